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
    assert!(check(&loaded(&[])).is_ok());
    for (key, value, said) in [
        ("feed.rotate_after_s", "86400", "closes a connection after 86400 s"),
        ("feed.rotate_overlap_ms", "3600000", "feed.rotate_overlap_ms = 3600000"),
        ("feed.streams_per_connection", "1025", "allows 1024"),
    ] {
        let why = check(&loaded(&[(key, value)])).expect_err("the start refuses it");
        assert_eq!(why.code, 3);
        assert!(why.sentence.contains(key) && why.sentence.contains(said), "{why}");
    }
}

/// The demo's configuration with pieces of its text replaced, from a file `t.toml`.
fn demo_with(pieces: &[(&str, &str)]) -> Loaded {
    let replaced = |text: String, (from, to): &(&str, &str)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let text = pieces.iter().fold(config::DEMO.to_owned(), replaced);
    let load =
        |known: &config::Registries<'_>| config::Config::load(&text, "t.toml", [], &[], known);
    super::with_registries(load).unwrap_or_else(|why| panic!("{why:?}"))
}

fn refused(pieces: &[(&str, &str)]) -> String {
    let why = check(&demo_with(pieces)).expect_err("it does not fit");
    assert_eq!(why.code, 3);
    assert!(why.sentence.lines().all(|line| line.starts_with("t.toml:")), "{why}");
    why.sentence
}

const ROLES: &str = "inputs = { fast = \"ema:4\", slow = \"ema:9\", rsi = \"rsi:5\" }";
const IMBALANCE: &str = "inputs = { imbalance = \"imbalance:5\" }";
const SET: &str = "set = [\"ema:4\", \"ema:9\", \"rsi:5\", \"imbalance:5\", \"microprice\"]";
const STREAMS: &str = "streams = [\"depth\", \"trades\", \"quotes\"]";

#[test]
fn an_input_of_another_unit_is_refused_with_what_fits() {
    let turned = "inputs = { fast = \"imbalance:5\", slow = \"ema:9\", rsi = \"ema:4\" }";
    let said = refused(&[(ROLES, turned), (IMBALANCE, "inputs = { imbalance = \"rsi:5\" }")]);
    let parts = [
        "council.member[0].inputs.fast = \"imbalance:5\": `imbalance:5` is counted in -1 to 1, \
         and this input in price",
        "what fits in indicators.set: ema:4, ema:9, microprice",
        "council.member[0].inputs.rsi = \"ema:4\"",
        "what fits in indicators.set: rsi:5",
        "council.member[1].inputs.imbalance = \"rsi:5\": `rsi:5` is counted in 0 to 100",
        "what fits in indicators.set: imbalance:5",
    ];
    for part in parts {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert_eq!(said.lines().count(), 3, "{said}");
}

#[test]
fn a_distance_of_prices_and_a_line_that_is_not_there_are_no_average_and_no_band() {
    let more = (SET, "set = [\"ema:4\", \"ema:9\", \"rsi:5\", \"imbalance:5\", \"atr:4\"]");
    let distance = ROLES.replace("ema:4", "atr:4");
    let said = refused(&[more, (ROLES, &distance)]);
    assert!(said.contains("`atr:4` is counted in price difference"), "{said}");
    let bands = "inputs = { bands = \"ema:4\", channel = \"ema:9\" }";
    let reverts = [("name = \"momentum\"", "name = \"mean_reversion\""), (ROLES, bands)];
    let said = refused(&reverts);
    assert!(said.contains("`ema:4` has 1 lines, and this input hears line 2, in price"), "{said}");
    assert!(said.contains("add one that fits to indicators.set: bbands, ichimoku, keltner"));
    let macd = "inputs = { rsi = \"rsi:5\", macd = \"ema:4\", ema = \"ema:9\" }";
    let said = refused(&[("name = \"momentum\"", "name = \"composite\""), (ROLES, macd)]);
    assert!(said.contains("inputs.macd") && said.contains("hears line 3"), "{said}");
}

#[test]
fn a_label_that_says_no_source_is_moved_by_what_fits() {
    let set = SET.replace("microprice", "trade_flow:20");
    let usual = demo_with(&[(SET, &set)]);
    assert!(check(&usual).is_ok());
    let flow = plan(&usual.config).unwrap().indicators.pop().unwrap();
    assert_eq!(flow.source, indicator::Source::Trades);
    let set = SET.replace("microprice", "trade_flow:20@1m");
    let said = refused(&[(SET, &set)]);
    assert!(said.contains("indicators.set: `trade_flow:20` cannot be moved by bars"), "{said}");
    assert!(said.contains("write trade_flow:20@trades"), "{said}");
}

#[test]
fn what_lives_on_a_stream_that_is_not_subscribed_is_refused() {
    let off = "off = \"feed.streams has no mark_price: a spot market, which the demo can be too, tells none\"";
    let on = "limit_ppm = 5000\nlimit_ms = 5000";
    let said = refused(&[(off, on)]);
    assert!(said.contains("feed.streams = ") && said.contains("risk.mark_collar is on"), "{said}");
    let marks = STREAMS.replace("quotes", "mark_price");
    assert!(check(&demo_with(&[(off, on), (STREAMS, &marks)])).is_ok());
    let set = SET.replace("microprice", "basis");
    assert!(refused(&[(SET, &set)]).contains("`basis` is moved by the venue's mark price"));
    assert!(check(&demo_with(&[(SET, &set), (STREAMS, &marks)])).is_ok());
    let said = refused(&[(STREAMS, "streams = [\"depth\", \"quotes\"]")]);
    assert!(said.contains("`ema:4` is moved by bars") && said.contains("\"agg_trades\""), "{said}");
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
