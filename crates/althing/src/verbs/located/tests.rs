//! Which journal is taken, and what is said of a path that is none.

use super::{candidates, open};
use crate::cli::RecordFlags;
use std::path::{Path, PathBuf};
use types::ClientOrderId;

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let name = format!("althing-located-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a temporary directory");
        Self(path)
    }

    fn run(&self, epoch: u64) -> PathBuf {
        let path = self.0.join("journal").join(format!("{epoch:012x}"));
        std::fs::create_dir_all(&path).expect("a run's directory");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn flags(journal: Option<&Path>, state: Option<&Path>) -> RecordFlags {
    let own = |path: &Path| path.to_owned();
    RecordFlags { journal: journal.map(own), state: state.map(own), config: None, json: false }
}

#[test]
fn takes_the_journal_that_is_named_before_everything_else() {
    let scratch = Scratch::new("named");
    scratch.run(7);
    let named = Path::new("somewhere");
    let found = candidates(&flags(Some(named), Some(&scratch.0)), None).expect("one");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].path, named);
}

#[test]
fn takes_the_orders_own_run_before_the_newest() {
    let scratch = Scratch::new("epoch");
    // The epoch of a seed is far above that of any time, and says nothing of when.
    let (own, newest) = (scratch.run(0xe1e4_5932_0dd7), scratch.run(7));
    let age = std::time::SystemTime::UNIX_EPOCH;
    let opened = std::fs::File::open(&own).expect("a directory");
    opened.set_times(std::fs::FileTimes::new().set_modified(age)).expect("made old");
    let state = flags(None, Some(&scratch.0));
    let paths = |order| -> Vec<PathBuf> {
        let found = candidates(&state, order).expect("some");
        found.into_iter().map(|candidate| candidate.path).collect()
    };
    assert_eq!(paths(None), std::slice::from_ref(&newest));
    let order = ClientOrderId::new(0xe1e4_5932_0dd7, 1, 1);
    assert_eq!(paths(Some(order)), [own, newest.clone()]);
    assert_eq!(paths(Some(ClientOrderId::new(9, 1, 1))), [newest]);
}

#[test]
fn passes_over_a_newer_run_that_recorded_nothing() {
    let scratch = Scratch::new("nothing");
    let (recorded, refused) = (scratch.run(7), scratch.run(8));
    std::fs::write(recorded.join("00000001.journal"), b"something").expect("written");
    std::fs::write(refused.join("00000001.journal"), b"").expect("written");
    let age = std::time::SystemTime::UNIX_EPOCH;
    let opened = std::fs::File::open(&recorded).expect("a directory");
    opened.set_times(std::fs::FileTimes::new().set_modified(age)).expect("made old");
    let found = candidates(&flags(None, Some(&scratch.0)), None).expect("one");
    assert_eq!(found[0].path, recorded);
}

#[test]
fn says_where_it_looked_when_there_is_none() {
    let scratch = Scratch::new("none");
    let why = candidates(&flags(None, Some(&scratch.0)), None).expect_err("none");
    let place = scratch.0.display().to_string();
    assert_eq!(why.code, 1);
    assert!(why.sentence.contains(&place) && why.sentence.contains("--journal"), "{why}");
}

#[test]
fn says_what_is_wrong_with_a_path() {
    let scratch = Scratch::new("paths");
    let file = scratch.0.join("00000001.journal");
    std::fs::write(&file, b"no journal at all").expect("written");
    let empty = scratch.run(1);
    let cases: [(&Path, u8, &str); 5] = [
        (&scratch.0.join("missing"), 2, "no such directory"),
        (&file, 2, "is a file; a journal is a directory"),
        (&empty, 1, "is empty"),
        (&scratch.0.join("journal"), 1, "is a directory where segments should be"),
        (&scratch.0, 1, "journal: is a directory where"),
    ];
    for (path, code, part) in cases {
        let why = open(path).expect_err("no journal");
        assert_eq!(why.code, code, "{why}");
        assert!(why.sentence.contains(part), "{part}: {why}");
        assert!(why.sentence.contains(&scratch.0.display().to_string()), "{why}");
    }
}
