//! What the writer writes and when it gives up.

use crate::journal::fixture::{Script, TempDir, command, read_all, run_info, write, writer};
use crate::journal::{
    DirStore, Durability, Ending, Journal, JournalSettings, JournalWriter, SegmentFile, Store,
};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use types::CommandOp;

#[test]
fn reads_back_what_was_written() {
    let (dir, script) = (TempDir::new(), Script::small());
    let sealed = write(dir.path(), &script.records, 1 << 20);
    assert_eq!(read_all(dir.path()), script.records);
    let journal = Journal::open(dir.path()).expect("a journal");
    assert_eq!(journal.run(), &run_info());
    let verified = journal.verify().expect("intact");
    assert_eq!(verified.ending, Ending::Sealed);
    assert_eq!(verified.records, sealed.records);
    assert_eq!(verified.last_sequence, sealed.last_sequence);
    assert_eq!(verified.order_digest, sealed.order_digest);
    assert_eq!((verified.actions, verified.orders), (3, 2));
    assert_eq!((verified.groups, verified.segments), (10, 1));
}

#[test]
fn rotates_only_between_groups() {
    let (dir, script) = (TempDir::new(), Script::small());
    let sealed = write(dir.path(), &script.records, 640);
    assert!(sealed.segments > 3, "{} segments", sealed.segments);
    assert_eq!(read_all(dir.path()), script.records);
    let mut groups = Journal::open(dir.path()).expect("a journal").groups();
    let mut segments = Vec::new();
    while let Some(group) = groups.next_group().expect("intact") {
        segments.push(group.segment);
    }
    assert!(segments.is_sorted());
    assert_eq!(segments.last(), Some(&(sealed.segments as usize - 1)));
}

#[test]
fn seals_a_run_without_a_record() {
    let dir = TempDir::new();
    write(dir.path(), &[], 1 << 20);
    let verified = Journal::open(dir.path()).expect("a journal").verify().expect("intact");
    assert_eq!((verified.groups, verified.ending), (0, Ending::Sealed));
}

#[test]
fn refuses_a_directory_that_is_not_empty() {
    let dir = TempDir::new();
    std::fs::write(dir.path().join("notes.txt"), "x").expect("a file");
    let sentence = DirStore::create(dir.path()).expect_err("not empty");
    assert!(sentence.contains("not empty") && sentence.contains("name another"), "{sentence}");
}

#[test]
fn refuses_a_record_whose_checksum_does_not_fit() {
    let (dir, script) = (TempDir::new(), Script::small());
    let mut writer = writer(dir.path(), 1 << 20);
    writer.append(&script.records[0]).expect("good");
    let mut bad = script.records[1];
    bad.seq += 1;
    let first = writer.append(&bad).expect_err("damaged");
    assert!(first.why.contains("checksum"), "{first}");
    // Latched: a good record is refused with the same sentence.
    assert_eq!(writer.append(&script.records[1]), Err(first.clone()));
    assert_eq!(writer.seal(), Err(first));
}

#[test]
fn refuses_a_gap_in_the_sequence() {
    let (dir, mut script) = (TempDir::new(), Script::new());
    script.opening();
    let mut writer = writer(dir.path(), 1 << 20);
    writer.append(&script.records[0]).expect("good");
    let later = *script.records.last().expect("records");
    let fault = writer.append(&later).expect_err("3 after 1");
    assert!(fault.why.contains("sequence 3 follows 1"), "{fault}");
}

#[test]
fn leaves_a_run_that_ends_inside_a_group_unsealed() {
    let (dir, script) = (TempDir::new(), Script::small());
    let mut writer = writer(dir.path(), 1 << 20);
    for record in &script.records[..3] {
        writer.append(record).expect("good");
    }
    let fault = writer.seal().expect_err("group 2 is open");
    assert!(fault.why.contains("middle of group 2"), "{fault}");
    drop(writer);
    let journal = Journal::open(dir.path()).expect("a journal");
    let Ending::Unsealed(torn) = journal.verify().expect("a torn tail").ending else {
        panic!("it was not sealed")
    };
    assert_eq!((torn.sequence, torn.bytes_cut), (1, 128));
}

/// Fails at the n-th operation and at every later one.
struct FailingStore {
    inner: DirStore,
    left: Arc<AtomicU32>,
    after_failure: Arc<AtomicU32>,
}

struct FailingFile {
    inner: Box<dyn SegmentFile>,
    left: Arc<AtomicU32>,
    after_failure: Arc<AtomicU32>,
}

fn spend(left: &AtomicU32, after_failure: &AtomicU32) -> io::Result<()> {
    if left.load(Ordering::Relaxed) == 0 {
        after_failure.fetch_add(1, Ordering::Relaxed);
        return Err(io::Error::from(io::ErrorKind::StorageFull));
    }
    left.fetch_sub(1, Ordering::Relaxed);
    Ok(())
}

impl Store for FailingStore {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn SegmentFile>> {
        spend(&self.left, &self.after_failure)?;
        let (left, after_failure) = (Arc::clone(&self.left), Arc::clone(&self.after_failure));
        Ok(Box::new(FailingFile { inner: self.inner.create(name)?, left, after_failure }))
    }

    fn sync_names(&mut self) -> io::Result<()> {
        spend(&self.left, &self.after_failure)
    }

    fn path(&self) -> &Path {
        self.inner.path()
    }
}

impl SegmentFile for FailingFile {
    /// Half of the bytes arrive, as on a full disk.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = spend(&self.left, &self.after_failure) {
            self.inner.append(&bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.inner.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        spend(&self.left, &self.after_failure)
    }
}

#[test]
fn stops_for_good_at_the_first_error_wherever_it_comes() {
    let script = Script::small();
    let mut failures = 0;
    for operations in 0.. {
        let (dir, left) = (TempDir::new(), Arc::new(AtomicU32::new(operations)));
        let after_failure = Arc::new(AtomicU32::new(0));
        let inner = DirStore::create(dir.path()).expect("a directory");
        let store = FailingStore {
            inner,
            left: Arc::clone(&left),
            after_failure: Arc::clone(&after_failure),
        };
        let settings = JournalSettings { segment_bytes: 640, durability: Durability::Disk };
        let outcome =
            JournalWriter::create(Box::new(store), run_info(), settings).and_then(|mut writer| {
                for record in &script.records {
                    writer.append(record)?;
                    if record.is_end() {
                        writer.flush()?;
                    }
                }
                writer.seal()
            });
        let Err(fault) = outcome else { break };
        failures += 1;
        assert!(fault.why.contains("failed:"), "{fault}");
        assert_eq!(after_failure.load(Ordering::Relaxed), 1, "never tried twice");
        // What is there is a prefix of the run, or nothing to read, never wrong.
        if let Ok(journal) = Journal::open(dir.path()) {
            let mut groups = journal.groups();
            let mut count = 0;
            while let Some(group) = groups.next_group().expect("a prefix") {
                for record in group.records {
                    assert_eq!(*record, script.records[count]);
                    count += 1;
                }
            }
        }
    }
    assert!(failures > 20, "{failures} places to fail");
}

#[test]
fn refuses_an_instrument_id_that_would_break_a_line() {
    let dir = TempDir::new();
    let store = DirStore::create(dir.path()).expect("a directory");
    let mut run = run_info();
    run.instruments.push("A|B".to_owned());
    let made = JournalWriter::create(Box::new(store), run, JournalSettings::default());
    assert!(made.is_err_and(|fault| fault.why.contains("A|B")));
}

#[test]
fn keeps_a_flushed_group_without_a_seal() {
    let dir = TempDir::new();
    let mut script = Script::new();
    script.group(&[command(CommandOp::Epoch, 7)]);
    let mut writer = writer(dir.path(), 1 << 20);
    writer.append(&script.records[0]).expect("good");
    writer.flush().expect("flushed");
    // Still open, as after kill -9: the bytes are there.
    assert_eq!(read_all(dir.path()), script.records);
}
