//! A journal that somebody or something has changed: found, named with its place, never a crash.

use crate::program::{Finished, althing};
use crate::scratch::Scratch;
use crate::summary::text;
use crate::worlds::{Draw, files, shared};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A copy of the shared run's journal to be damaged.
struct Copy {
    scratch: Scratch,
}

impl Copy {
    fn new() -> Self {
        let scratch = Scratch::new();
        for file in shared().files() {
            let name = file.file_name().expect("a name");
            std::fs::copy(&file, scratch.path().join(name)).expect("copied");
        }
        Self { scratch }
    }

    fn journal(&self) -> String {
        self.scratch.path().display().to_string()
    }

    fn files(&self) -> Vec<PathBuf> {
        files(self.scratch.path())
    }

    fn replayed(&self) -> Finished {
        althing(&["replay", &self.journal(), "--verify", "--json"]).run()
    }

    fn verified(&self) -> Finished {
        althing(&["journal", "verify", &self.journal(), "--json"]).run()
    }
}

/// Turns one bit or more of one byte.
fn flip(file: &Path, offset: usize, mask: u8) {
    let mut bytes = std::fs::read(file).expect("a segment");
    bytes[offset] ^= mask;
    std::fs::write(file, bytes).expect("written");
}

fn length(file: &Path) -> usize {
    usize::try_from(std::fs::metadata(file).expect("a segment").len()).expect("fits")
}

/// Says where, says why, and says it on standard error too.
fn is_refused(ended: Finished, key: &str, what: &str) -> Value {
    is_told(&ended.code(1), key, what)
}

fn is_told(ended: &Finished, key: &str, what: &str) -> Value {
    let document = ended.json();
    assert_eq!(document[key], false, "{what}: {}", ended.said());
    let at = &document["at"];
    assert!(at["segment"].is_string(), "{what}: {document}");
    assert!(at["offset"].is_u64() && at["sequence"].is_u64(), "{what}: {document}");
    assert!(!text(&document, "why").is_empty(), "{what}");
    assert!(ended.err.contains("althing: "), "{what}: {}", ended.said());
    document
}

#[test]
fn the_journal_has_several_segments() {
    assert!(shared().files().len() > 2, "{:?}", shared().files());
}

/// Whether it holds records: beside the segments lies a copy of the seal.
fn is_segment(file: &std::path::Path) -> bool {
    file.extension().is_some_and(|extension| extension == "journal")
}

#[test]
fn a_flipped_byte_anywhere_fails_the_replay() {
    let mut draw = Draw(0x5eed);
    for index in 0..shared().files().len() {
        for _ in 0..3 {
            let copy = Copy::new();
            let file = &copy.files()[index];
            let offset = draw.below(length(file));
            flip(file, offset, 1 << draw.below(8));
            let what = format!("byte {offset} of {}", file.display());
            let document = is_refused(copy.replayed(), "equal", &what);
            let name = file.file_name().expect("a name").to_string_lossy().into_owned();
            // A break of the chain is seen where the next segment begins.
            let segment = text(&document["at"], "segment");
            let next = copy.files().get(index + 1).map(|next| next.display().to_string());
            let there = segment.ends_with(&name) || next.is_some_and(|next| next == segment);
            assert!(there, "{what} was found in {segment}");
        }
    }
}

#[test]
fn a_flipped_byte_of_each_part_of_a_segment_is_found_by_verify() {
    let copy = Copy::new();
    assert_eq!(copy.verified().code(0).json()["ok"], true);
    let mut draw = Draw(0xd1ce);
    for file in copy.files() {
        let length = length(&file);
        if !is_segment(&file) {
            for offset in 0..length {
                flip(&file, offset, 1 << draw.below(8));
                is_refused(copy.verified(), "ok", &format!("byte {offset} of {}", file.display()));
                std::fs::copy(shared().journal().join("seal"), &file).expect("restored");
            }
            continue;
        }
        // Magic, version, run, size, configuration hash, chain, checksum; texts; records; seal.
        let header = [0, 8, 10, 12, 16, 32, 36, 40, 72, 104, 136, 144, 152, 160, 164, 188, 191];
        let seal = [192, 184, 180, 176, 168, 160, 144, 128, 96, 64, 32, 4, 1];
        let seal = seal.map(|before| length - before);
        let drawn: Vec<usize> = (0..20).map(|_| 192 + draw.below(length - 384)).collect();
        for offset in header.into_iter().chain(seal).chain(drawn) {
            let mask = 1 << draw.below(8);
            flip(&file, offset, mask);
            let what = format!("byte {offset} of {}", file.display());
            is_refused(copy.verified(), "ok", &what);
            flip(&file, offset, mask);
        }
    }
    assert_eq!(copy.verified().code(0).json()["ok"], true);
}

#[test]
fn a_segment_of_a_sealed_journal_that_is_cut_short_is_damage() {
    let mut draw = Draw(0xc07);
    for index in 0..shared().files().len() {
        for _ in 0..3 {
            let copy = Copy::new();
            let file = &copy.files()[index];
            if !is_segment(file) {
                continue;
            }
            let keep = draw.below(length(file) - 1);
            let opened = std::fs::OpenOptions::new().write(true).open(file).expect("a segment");
            opened.set_len(keep as u64).expect("cut");
            let what = format!("{} cut at byte {keep}", file.display());
            is_refused(copy.replayed(), "equal", &what);
            is_refused(copy.verified(), "ok", &what);
        }
    }
}

#[test]
fn an_empty_segment_is_no_whole_journal() {
    let copy = Copy::new();
    std::fs::write(&copy.files()[0], b"").expect("written");
    is_refused(copy.replayed(), "equal", "empty first segment");
}

#[test]
fn a_missing_segment_is_named() {
    for index in 0..shared().files().len() - 1 {
        let copy = Copy::new();
        std::fs::remove_file(&copy.files()[index]).expect("removed");
        is_refused(copy.replayed(), "equal", "a segment is missing");
        is_refused(copy.verified(), "ok", "a segment is missing");
    }
}

#[test]
fn segments_in_each_others_place_are_found() {
    let copy = Copy::new();
    let files = copy.files();
    let (first, second) = (std::fs::read(&files[0]).unwrap(), std::fs::read(&files[1]).unwrap());
    std::fs::write(&files[0], second).unwrap();
    std::fs::write(&files[1], first).unwrap();
    is_refused(copy.replayed(), "equal", "swapped");
}

#[test]
fn what_is_behind_the_seal_is_found() {
    let copy = Copy::new();
    let file = copy.files().pop().expect("a segment");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.extend([0; 64]);
    std::fs::write(&file, bytes).unwrap();
    is_refused(copy.replayed(), "equal", "64 zeros behind the seal");
    is_refused(copy.verified(), "ok", "64 zeros behind the seal");
}

#[test]
fn a_strange_file_beside_the_segments_is_named() {
    let copy = Copy::new();
    copy.scratch.file("notes.txt", "not a segment");
    let document = is_refused(copy.replayed(), "equal", "a strange file");
    assert!(text(&document, "why").contains("notes.txt"), "{document}");
}

#[test]
fn a_directory_that_is_no_journal_is_named() {
    let scratch = Scratch::new();
    let empty = scratch.path().display().to_string();
    let missing = scratch.at("missing");
    // A place that does not exist is a slip of the hand, an empty one is no journal.
    for (journal, hint, code) in [(&empty, "run's directory", 1), (&missing, "missing", 2)] {
        for verb in ["replay", "verify"] {
            let ended = match verb {
                "replay" => althing(&["replay", journal, "--verify", "--json"]).run(),
                _ => althing(&["journal", "verify", journal, "--json"]).run(),
            };
            let key = if verb == "replay" { "equal" } else { "ok" };
            let document = is_told(&ended.code(code), key, journal);
            assert!(text(&document, "why").contains(hint), "{document}");
        }
        althing(&["journal", "dump", journal]).run().code(code).names(&[hint]);
        althing(&["orders", "--journal", journal]).run().code(code).names(&[hint]);
    }
}

#[test]
fn a_journal_of_another_version_names_both_versions() {
    let copy = Copy::new();
    // The format's version, behind the magic of eight bytes.
    flip(&copy.files()[0], 8, 0x40);
    let document = is_refused(copy.replayed(), "equal", "another version");
    let why = text(&document, "why");
    assert!(why.contains("version 65") && why.contains("the build that wrote it"), "{why}");
}
