//! Cuts and flips at every byte: a prefix of whole groups, or an error.

use crate::journal::fixture::{Script, TempDir, write, writer};
use crate::journal::{DumpForm, Ending, Journal, JournalError, dump};
use crate::names::Names;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use types::Record;

/// The records that can be read, and how it ended.
fn read(directory: &Path) -> Result<(Vec<Record>, Ending), JournalError> {
    let mut groups = Journal::open(directory)?.groups();
    let mut records = Vec::new();
    while let Some(group) = groups.next_group()? {
        records.extend_from_slice(group.records);
    }
    let ending = groups.ending().cloned().expect("an end");
    Ok((records, ending))
}

fn files(directory: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.clone(), fs::read(&path).expect("a file")))
        .collect();
    files.sort();
    files
}

#[test]
fn finds_every_flipped_bit_of_a_sealed_journal() {
    let (dir, script) = (TempDir::new(), Script::small());
    write(dir.path(), &script.records, 1600);
    let files = files(dir.path());
    assert!(files.len() >= 2, "several segments");
    for (path, whole) in &files {
        for at in 0..whole.len() {
            // Every bit of every eighth byte; one bit, turning, of the others.
            let bits = if at % 8 == 0 { 0..8 } else { at % 8..at % 8 + 1 };
            for bit in bits {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                fs::write(path, &bytes).expect("written");
                let found = read(dir.path());
                let fault = found.expect_err(&format!("bit {bit} of byte {at} of {path:?}"));
                assert!(!fault.why.is_empty());
                // The place: this file, and the header, text, record or seal that holds the byte.
                let (from, to) = (fault.offset, fault.offset + 192);
                let here = (from..to).contains(&(at as u64));
                assert!(fault.segment == *path && here, "byte {at} of {path:?}: {fault}");
            }
        }
        fs::write(path, whole).expect("restored");
    }
    assert_eq!(read(dir.path()).expect("whole again"), (script.records, Ending::Sealed));
}

#[test]
fn a_cut_anywhere_in_a_sealed_journal_is_an_error() {
    let (dir, script) = (TempDir::new(), Script::small());
    write(dir.path(), &script.records, 1600);
    for (path, whole) in &files(dir.path()) {
        let is_copy_of_seal = path.ends_with("seal");
        for length in 0..whole.len() {
            fs::write(path, &whole[..length]).expect("written");
            let found = read(dir.path());
            if is_copy_of_seal {
                // As a kill in the middle of its writing leaves it: nothing is missing.
                assert_eq!(found.expect("whole"), (script.records.clone(), Ending::Sealed));
            } else {
                assert!(found.is_err(), "a cut at {length} of {}", path.display());
            }
        }
        fs::write(path, whole).expect("restored");
    }
}

#[test]
fn a_cut_anywhere_in_an_unsealed_journal_is_cut_at_a_group() {
    let (dir, script) = (TempDir::new(), Script::small());
    let mut open = writer(dir.path(), 1 << 20);
    for record in &script.records {
        open.append(record).expect("good");
    }
    drop(open);
    let (path, whole) = files(dir.path()).remove(0);
    let begin = whole.len() - script.records.len() * 64;
    for length in begin..=whole.len() {
        fs::write(&path, &whole[..length]).expect("written");
        let (records, ending) = read(dir.path()).expect("a prefix");
        let whole_records = (length - begin) / 64;
        let ends = script.records[..whole_records].iter().rposition(Record::is_end);
        assert_eq!(records, script.records[..ends.map_or(0, |end| end + 1)]);
        assert!(matches!(ending, Ending::Unsealed(_)));
    }
}

#[test]
fn a_flip_in_an_unsealed_journal_is_found_or_cut() {
    let (dir, script) = (TempDir::new(), Script::small());
    let mut open = writer(dir.path(), 1 << 20);
    for record in &script.records {
        open.append(record).expect("good");
    }
    drop(open);
    let (path, whole) = files(dir.path()).remove(0);
    let last = whole.len() - 64;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        fs::write(&path, &bytes).expect("written");
        match read(dir.path()) {
            Err(_) => assert!(at < last, "the last record is a torn tail, byte {at}"),
            Ok((records, _)) => {
                assert!(at >= last, "byte {at} was not found");
                assert!(script.records.starts_with(&records));
                assert!(records.len() < script.records.len());
            }
        }
    }
}

/// What is shown of a damaged journal is what a whole prefix shows, or nothing.
#[test]
fn every_reader_of_a_cut_or_flipped_journal_sees_a_prefix_or_a_fault() {
    let (dir, script) = (TempDir::new(), Script::small());
    let mut open = writer(dir.path(), 1 << 20);
    for record in &script.records {
        open.append(record).expect("good");
    }
    drop(open);
    let (path, whole) = files(dir.path()).remove(0);
    let begin = whole.len() - script.records.len() * 64;
    let mut prefixes = BTreeSet::from([shown(dir.path()).expect("whole")]);
    for length in (begin..whole.len()).step_by(64) {
        fs::write(&path, &whole[..length]).expect("written");
        prefixes.insert(shown(dir.path()).expect("a prefix"));
    }
    assert!(prefixes.len() > 5, "{} states", prefixes.len());
    for at in 0..whole.len() {
        fs::write(&path, &whole[..at]).expect("written");
        let cut = shown(dir.path());
        assert!(cut.map_or(at < begin, |state| prefixes.contains(&state)), "cut at {at}");
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, &bytes).expect("written");
        let flipped = shown(dir.path());
        assert!(flipped.is_none_or(|state| prefixes.contains(&state)), "flip at {at}");
    }
}

/// The orders and the dump of a journal; `None` when any of them finds a fault.
fn shown(directory: &Path) -> Option<(String, Vec<u8>)> {
    let journal = Journal::open(directory).ok()?;
    let orders = crate::explain::orders(&journal).ok()?;
    let orders: Vec<_> = orders.iter().map(|order| order.to_json().to_string()).collect();
    let mut text = Vec::new();
    let dumped = dump(&journal, &Names::default(), DumpForm::Text, &mut text).expect("written");
    dumped.ok().map(|_| (orders.join("\n"), text))
}

#[test]
fn a_run_that_ended_while_it_rotated_is_whole() {
    let (dir, script) = (TempDir::new(), Script::small());
    write(dir.path(), &script.records, 1600);
    let files = files(dir.path());
    // The state between the next header and this seal: header alone, no seal.
    for (path, _) in &files[2..] {
        fs::remove_file(path).expect("removed");
    }
    let (first, second) = (&files[0], &files[1]);
    for header in [0, 1, 191, 192] {
        for seal in [0, 1, 63, 191] {
            let unsealed = first.1.len() - 192;
            fs::write(&first.0, &first.1[..unsealed + seal]).expect("written");
            fs::write(&second.0, &second.1[..header]).expect("written");
            let (records, ending) = read(dir.path()).expect("nothing is missing");
            assert!(script.records.starts_with(&records) && records.len() > 5);
            let Ending::Unsealed(torn) = ending else { panic!("it was not closed") };
            assert_eq!(torn.bytes_cut, (header + seal) as u64);
        }
    }
    // The same with a record gone is damage, since the chain does not fit.
    fs::write(&first.0, &first.1[..first.1.len() - 192 - 64]).expect("written");
    fs::write(&second.0, &second.1[..192]).expect("written");
    assert!(read(dir.path()).is_err());
}

#[test]
fn bytes_after_the_seal_are_damage() {
    let (dir, script) = (TempDir::new(), Script::small());
    write(dir.path(), &script.records, 1 << 20);
    let (path, whole) = files(dir.path()).remove(0);
    for extra in [vec![0], vec![0; 64], whole[whole.len() - 256..whole.len() - 192].to_vec()] {
        fs::write(&path, [whole.clone(), extra].concat()).expect("written");
        assert!(read(dir.path()).is_err());
    }
}
