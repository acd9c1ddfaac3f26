//! What a configuration becomes, and what a journal remembers of it.

use super::{check, check_rules, names_in, plan, recorded, recorded_text};
use cold::{DirStore, Journal, JournalSettings, JournalWriter, RunInfo};
use config::{Loaded, Override};
use std::path::PathBuf;
use types::Nanos;

fn loaded(given: &[(&str, &str)]) -> Loaded {
    let flags = given.iter().map(|(key, value)| Override {
        flag: "test".to_owned(),
        key: (*key).to_owned(),
        value: (*value).to_owned(),
    });
    super::load(None, &flags.collect::<Vec<_>>()).unwrap()
}

/// An empty, sealed journal with this text in its head.
struct Kept {
    folder: PathBuf,
    journal: Journal,
}

impl Kept {
    fn with(name: &str, config_text: String) -> Self {
        let folder =
            std::env::temp_dir().join(format!("althing-plan-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let store = DirStore::create(&folder.join("journal")).unwrap();
        let run = RunInfo { config_text, ..RunInfo::default() };
        let writer = JournalWriter::create(Box::new(store), run, JournalSettings::default());
        writer.unwrap().seal().unwrap();
        let journal = Journal::open(&folder.join("journal")).unwrap();
        Self { folder, journal }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn check_refuses_what_the_start_would() {
    assert!(check(&loaded(&[]).config).is_ok());
    for (key, value, said) in [
        ("feed.rotate_after_s", "86400", "closes a connection after 86400 s"),
        ("feed.rotate_overlap_ms", "3600000", "feed.rotate_overlap_ms = 3600000"),
        ("feed.streams_per_connection", "1025", "allows 1024"),
    ] {
        let why = check(&loaded(&[(key, value)]).config).expect_err("the start refuses it");
        assert_eq!(why.code, 3);
        assert!(why.sentence.contains(key) && why.sentence.contains(said), "{why}");
    }
}

#[test]
fn what_the_indicators_are_told_reaches_their_stage() {
    let options = |given: &[(&str, &str)]| plan(&loaded(given).config).unwrap().indicator_options();
    assert_eq!(options(&[]).bar_grace, None);
    let given = [("indicators.bar_grace_ms", "250"), ("feed.book_levels", "77")];
    let options = options(&given);
    assert_eq!(options.bar_grace, Some(Nanos::from_ms(250)));
    assert_eq!(options.far_levels, 77);
}

#[test]
fn a_journal_remembers_the_rules_by_their_places() {
    let loaded = loaded(&[]);
    let kept = Kept::with("same", recorded_text(&loaded));
    assert!(check_rules(&kept.journal).is_ok());
    let read = recorded(&kept.journal).unwrap();
    assert_eq!(read.hash, loaded.hash, "the list is no part of what decides");
    assert_eq!(names_in(&kept.journal, &read.config), super::names(&read.config));
}

#[test]
fn a_journal_of_other_rules_is_named_by_its_own_and_not_replayed() {
    let loaded = loaded(&[]);
    let first = risk::ORDER[0];
    let text = recorded_text(&loaded).replacen(first, &format!("moon_phase {first}"), 1);
    let kept = Kept::with("other", text);
    let names = names_in(&kept.journal, &recorded(&kept.journal).unwrap().config);
    assert_eq!((names.rule(0).as_str(), names.rule(1).as_str()), ("moon_phase", first));
    // What this build knows of a rule that it has too goes with its name, not with its place.
    assert_eq!(names.rules[1].unit, super::rule_words(first).unit);
    let why = check_rules(&kept.journal).expect_err("other rules");
    assert_eq!(why.code, 3);
    assert!(why.sentence.contains("its rule 1 is moon_phase"), "{why}");
    assert!(why.sentence.contains(&format!("this build's is {first}")), "{why}");
    let fewer = recorded_text(&loaded).replacen(risk::BUILT_IN.last().unwrap(), "", 1);
    let kept = Kept::with("fewer", fewer);
    assert!(check_rules(&kept.journal).is_err_and(|why| why.sentence.contains("is none")));
    // A journal that does not say is read as before.
    let kept = Kept::with("older", loaded.canonical.clone());
    assert!(check_rules(&kept.journal).is_ok());
}
