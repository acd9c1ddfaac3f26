//! What is remembered is read again, and a journal that has gone is said to be.

use super::{read, write};
use std::path::PathBuf;

struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn scratch(name: &str) -> Scratch {
    let path = std::env::temp_dir().join(format!("althing-last-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&path).expect("a temporary directory");
    Scratch(path)
}

#[test]
fn reads_what_was_written_last() {
    let scratch = scratch("written");
    let file = scratch.0.join("deep").join("last");
    let (first, second) = (scratch.0.join("a"), scratch.0.join("b c"));
    std::fs::create_dir(&first).expect("made");
    std::fs::create_dir(&second).expect("made");
    write(&file, &first).expect("written");
    write(&file, &second).expect("written");
    assert_eq!(read(&file), Ok(second));
    assert_eq!(std::fs::read_dir(file.parent().expect("a folder")).expect("read").count(), 1);
}

#[test]
fn says_that_a_journal_has_gone() {
    let scratch = scratch("gone");
    let file = scratch.0.join("last");
    let sentence = read(&file).expect_err("no file");
    assert!(sentence.contains("the last run"), "{sentence}");
    write(&file, &scratch.0.join("gone")).expect("written");
    let sentence = read(&file).expect_err("no directory");
    assert!(sentence.contains("no directory now"), "{sentence}");
}
