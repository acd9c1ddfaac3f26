//! Where a ledger lies: what it replaces and what it never does.

use crate::run::{Run, Scratch};
use cold::{Journal, Names};
use ledger::{Identity, Ledger, LedgerError, own_place, rebuild, rebuild_with};
use rusqlite::Connection;

#[test]
fn what_is_no_ledger_is_never_overwritten() {
    let scratch = Scratch::new();
    Run::of(2).write(&scratch.at("journal"), true);
    let foreign = scratch.at("foreign.sqlite");
    let other = Connection::open(&foreign).expect("a database");
    other.execute_batch("CREATE TABLE orders (mine)").expect("a table");
    drop(other);
    std::fs::write(scratch.at("notes.txt"), b"my notes").expect("written");
    std::fs::create_dir(scratch.at("folder")).expect("made");
    let before = scratch.names();
    for (name, said) in [
        ("foreign.sqlite", "another program's"),
        ("notes.txt", "no ledger"),
        ("folder", "a directory"),
    ] {
        let kept = std::fs::read(scratch.at(name)).ok();
        let why = rebuild(&scratch.at("journal"), &scratch.at(name)).expect_err("not ours");
        assert!(matches!(why, LedgerError::Foreign { .. }), "{why}");
        let why = why.to_string();
        assert!(why.contains(said) && why.contains(name) && why.contains("another place"), "{why}");
        assert_eq!(std::fs::read(scratch.at(name)).ok(), kept);
    }
    assert_eq!(scratch.names(), before, "nothing is left beside them");
    // What mktemp makes is nobody's yet.
    std::fs::write(scratch.at("empty"), b"").expect("written");
    assert_eq!(rebuild(&scratch.at("journal"), &scratch.at("empty")).expect("made").fills, 2);
}

#[test]
fn says_which_run_was_replaced_and_which_it_holds() {
    let scratch = Scratch::new();
    Run::of(2).write(&scratch.at("journal"), true);
    Run::of(3).write(&scratch.at("unsealed"), false);
    let db = scratch.at("ledger.sqlite");
    assert_eq!(rebuild(&scratch.at("unsealed"), &db).expect("made").replaced, None);
    let was = Identity::of(&db).expect("a ledger");
    assert!(!was.is_sealed && was.chain.is_none(), "{was:?}");
    let made = rebuild(&scratch.at("journal"), &db).expect("made");
    assert_eq!(made.replaced, Some("07".repeat(16)));
    let journal = Journal::open(&scratch.at("journal")).expect("a journal");
    let is = Identity::of(&db).expect("a ledger");
    assert_eq!((&is.run_id, &is.chain), (&journal.run_id(), &journal.chain()));
    assert!(is.is_sealed && is.chain.is_some_and(|chain| chain.len() == 64));
}

#[test]
fn lies_under_the_state_directory_or_beside_its_journal() {
    let scratch = Scratch::new();
    Run::of(1).write(&scratch.at("journal"), true);
    let whole = scratch.at("journal").canonicalize().expect("it is there");
    let wanted = format!("{}.sqlite", whole.display());
    assert_eq!(own_place(&scratch.at("journal")).display().to_string(), wanted);
    let dotted = scratch.at("journal").join("..").join("journal").join(".");
    assert_eq!(own_place(&dotted).display().to_string(), wanted);
    Run::of(1).write(&scratch.at("journal").join("0a1b"), true);
    let state = whole.parent().expect("a folder");
    assert_eq!(own_place(&whole.join("0a1b")), state.join("ledger").join("0a1b.sqlite"));
}

#[test]
fn what_a_rebuild_ended_by_force_has_left_goes_with_the_next() {
    let scratch = Scratch::new();
    Run::of(1).write(&scratch.at("journal"), true);
    // No process has so high a number, and one always has the first.
    let alive = "ledger.sqlite.new-1";
    for name in ["ledger.sqlite.new-4194999999", "ledger.sqlite.new-x", alive] {
        std::fs::write(scratch.at(name), b"half").expect("written");
    }
    rebuild(&scratch.at("journal"), &scratch.at("ledger.sqlite")).expect("made");
    let mut kept = ["journal", "ledger.sqlite", alive, "ledger.sqlite.new-x"];
    kept.sort_unstable();
    assert_eq!(scratch.names(), kept);
}

#[test]
fn a_ledger_of_another_version_says_so_and_can_be_made_again() {
    let scratch = Scratch::new();
    Run::of(1).write(&scratch.at("journal"), true);
    let db = scratch.at("odd name?#%.sqlite");
    rebuild(&scratch.at("journal"), &db).expect("made");
    assert!(Ledger::open(&db).is_ok(), "any name will do");
    let older = Connection::open(&db).expect("a database");
    older.pragma_update(None, "user_version", 1).expect("set");
    older.close().expect("closed");
    let Err(why) = Ledger::open(&db) else { panic!("it is of version 1") };
    let why = why.to_string();
    assert!(why.contains("version 1") && why.contains("althing ledger rebuild"), "{why}");
    rebuild(&scratch.at("journal"), &db).expect("made again");
    assert!(Ledger::open(&db).is_ok());
    // A half file says so too, and none says where it looked.
    let bytes = std::fs::read(&db).expect("a file");
    std::fs::write(&db, &bytes[..bytes.len() / 2]).expect("written");
    let Err(why) = Ledger::open(&db) else { panic!("half of it is gone") };
    assert!(why.to_string().contains("made again from the journal"), "{why}");
    assert!(Ledger::open(&scratch.at("nowhere")).is_err_and(|e| e.to_string().contains("nowhere")));
}

#[test]
fn progress_rises_to_the_whole_journal() {
    let scratch = Scratch::new();
    Run::of(3000).write(&scratch.at("journal"), true);
    let journal = Journal::open(&scratch.at("journal")).expect("a journal");
    let mut told = Vec::new();
    let to = scratch.at("ledger.sqlite");
    let mut hear = |progress| told.push(progress);
    rebuild_with(&journal, &to, &Names::default(), &mut hear).expect("made");
    assert!(told.len() > 2, "{told:?}");
    assert!(told.windows(2).all(|two| two[0].done <= two[1].done));
    let last = told.last().expect("some");
    assert_eq!(last.done, last.total);
    assert_eq!(last.total, journal.segment_bytes().iter().sum::<u64>());
}
