//! What is not one journal is refused with a sentence.

use crate::journal::fixture::{Script, TempDir, run_info, write};
use crate::journal::format::{FORMAT_VERSION, Header};
use crate::journal::{DirStore, Journal, JournalError, JournalSettings, JournalWriter};
use std::fs;
use std::path::Path;

/// A journal of at least three segments.
fn journal() -> TempDir {
    let dir = TempDir::new();
    let sealed = write(dir.path(), &Script::small().records, 640);
    assert!(sealed.segments >= 3);
    dir
}

fn sentence(directory: &Path) -> String {
    let opened = Journal::open(directory).and_then(|journal| journal.verify());
    opened.expect_err("refused").to_string()
}

fn segment(directory: &Path, number: u32) -> std::path::PathBuf {
    directory.join(format!("{number:08}.journal"))
}

#[test]
fn a_missing_segment_is_named() {
    let dir = journal();
    fs::remove_file(segment(dir.path(), 2)).expect("removed");
    let text = sentence(dir.path());
    assert!(text.contains("00000002.journal: is missing"), "{text}");
    let dir = journal();
    // Beside the segments lies the seal's copy.
    let last = fs::read_dir(dir.path()).expect("a directory").count() as u32 - 1;
    fs::remove_file(segment(dir.path(), last)).expect("removed");
    let text = sentence(dir.path());
    assert!(text.contains(&format!("segment {last} is missing")), "{text}");
    let dir = journal();
    fs::remove_file(segment(dir.path(), 1)).expect("removed");
    assert!(sentence(dir.path()).contains("00000001.journal: is missing"));
}

#[test]
fn swapped_segments_are_named() {
    let dir = journal();
    let aside = dir.path().join("aside");
    fs::rename(segment(dir.path(), 2), &aside).expect("renamed");
    fs::rename(segment(dir.path(), 3), segment(dir.path(), 2)).expect("renamed");
    fs::rename(&aside, segment(dir.path(), 3)).expect("renamed");
    let text = sentence(dir.path());
    assert!(text.contains("is segment 3") && text.contains("place of segment 2"), "{text}");
}

#[test]
fn another_runs_segment_is_named() {
    let dir = journal();
    let other = TempDir::new();
    let store = DirStore::create(other.path()).expect("a directory");
    let run = crate::journal::RunInfo { run_id: [9; 16], ..run_info() };
    let settings = JournalSettings { segment_bytes: 640, ..JournalSettings::default() };
    let mut writer = JournalWriter::create(Box::new(store), run, settings).expect("a writer");
    for record in &Script::small().records {
        writer.append(record).expect("good");
    }
    writer.seal().expect("sealed");
    fs::copy(segment(other.path(), 2), segment(dir.path(), 2)).expect("copied");
    assert!(sentence(dir.path()).contains("another run (0909"), "{}", sentence(dir.path()));
}

#[test]
fn a_segment_of_the_same_run_id_with_another_past_is_found() {
    let dir = journal();
    let other = TempDir::new();
    let mut script = Script::small();
    script.records[0] = {
        let mut record = script.records[0];
        record.ts = types::Nanos(1);
        record.stamped()
    };
    write(other.path(), &script.records, 640);
    fs::copy(segment(other.path(), 2), segment(dir.path(), 2)).expect("copied");
    assert!(sentence(dir.path()).contains("chain differs"));
}

/// Opens the journal after `change` to its first header.
fn with_header(change: impl FnOnce(&mut [u8])) -> String {
    let dir = TempDir::new();
    write(dir.path(), &Script::small().records, 1 << 20);
    let path = segment(dir.path(), 1);
    let mut bytes = fs::read(&path).expect("a file");
    change(&mut bytes);
    fs::write(&path, bytes).expect("written");
    sentence(dir.path())
}

#[test]
fn another_version_and_byte_order_are_named() {
    let text = with_header(|bytes| bytes[8..10].copy_from_slice(&9_u16.to_ne_bytes()));
    assert!(text.contains("format version 9") && text.contains("build that wrote it"), "{text}");
    let text = with_header(|bytes| bytes[10..12].copy_from_slice(&7_u16.to_ne_bytes()));
    assert!(text.contains("record version 7"), "{text}");
    let text = with_header(|bytes| bytes[12..16].reverse());
    assert!(text.contains("other byte order"), "{text}");
}

#[test]
fn what_is_no_journal_is_named() {
    let dir = TempDir::new();
    assert!(sentence(dir.path()).contains("is empty"));
    let nowhere = sentence(&dir.path().join("nowhere"));
    assert!(nowhere.contains("nowhere: ") && nowhere.contains("give the directory"), "{nowhere}");
    fs::write(segment(dir.path(), 1), "").expect("written");
    assert!(sentence(dir.path()).contains("is empty: the run ended"));
    fs::write(segment(dir.path(), 1), "hello").expect("written");
    assert!(sentence(dir.path()).contains("5 bytes long"));
    fs::write(segment(dir.path(), 1), [b'x'; 500]).expect("written");
    assert!(sentence(dir.path()).contains("not a journal segment"));
    assert!(sentence(&segment(dir.path(), 1)).contains("is a file; a journal is a directory"));
    fs::write(dir.path().join("notes.txt"), "x").expect("written");
    assert!(sentence(dir.path()).contains("notes.txt: is no segment"));
    fs::create_dir(dir.path().join("0000")).expect("made");
    assert!(sentence(dir.path()).contains("0000: is a directory where segments should be"));
}

#[test]
fn what_may_not_be_read_is_named_with_a_remedy() {
    // By the error itself: whoever runs as root may read everything.
    let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let text = JournalError::io(Path::new("run/00000001.journal"), "opening it", &denied);
    let text = text.to_string();
    assert!(text.starts_with("run/00000001.journal: opening it failed: "), "{text}");
    assert!(text.contains("as the user that wrote it"), "{text}");
}

/// Segments of two runs under one run's names, whichever comes first.
#[test]
fn two_runs_in_one_directory_are_named() {
    let dir = journal();
    fs::copy(segment(dir.path(), 1), dir.path().join("00000001 (copy).journal")).expect("copied");
    assert!(sentence(dir.path()).contains("(copy).journal: is no segment"));
    let (dir, other) = (journal(), TempDir::new());
    let store = DirStore::create(other.path()).expect("a directory");
    let run = crate::journal::RunInfo { run_id: [9; 16], ..run_info() };
    let mut writer =
        JournalWriter::create(Box::new(store), run, JournalSettings::default()).expect("a writer");
    for record in &Script::small().records {
        writer.append(record).expect("good");
    }
    writer.seal().expect("sealed");
    fs::copy(segment(other.path(), 1), segment(dir.path(), 1)).expect("copied");
    let text = sentence(dir.path());
    assert!(text.contains("00000002.journal: belongs to another run (0707"), "{text}");
}

#[test]
fn a_header_stands_where_the_format_says() {
    let mut header = Header::new();
    (header.segment, header.run) = (1, *b"0123456789abcdef");
    let header = header.signed();
    let bytes = bytemuck::bytes_of(&header);
    assert_eq!(bytes.len(), 192);
    assert_eq!(&bytes[..8], b"ALTHJRNL");
    assert_eq!(bytes[8..10], FORMAT_VERSION.to_ne_bytes());
    assert_eq!(bytes[12..16], 0x0102_0304_u32.to_ne_bytes());
    assert_eq!(&bytes[16..32], b"0123456789abcdef");
    assert_eq!(bytes[188..], crc32c::crc32c(&bytes[..188]).to_ne_bytes());
    assert_eq!(Header::read(bytes.try_into().expect("192 bytes")), Ok(header));
}

#[test]
fn the_chain_is_sha256_over_the_previous_chain_and_the_bytes() {
    use sha2::{Digest, Sha256};
    let dir = journal();
    let first = fs::read(segment(dir.path(), 1)).expect("a file");
    let second = fs::read(segment(dir.path(), 2)).expect("a file");
    let body = &first[..first.len() - 192];
    let chain: [u8; 32] = Sha256::digest([&[0; 32], body].concat()).into();
    assert_eq!(first[first.len() - 192 + 72..first.len() - 192 + 104], chain);
    assert_eq!(second[104..136], chain);
}
