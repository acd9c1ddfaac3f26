//! The journal's reader over damaged and invented segments. Nothing may panic,
//! and no change of a sealed journal may pass.
//!
//! The first byte picks the way in, because checksums stop plain noise early:
//! the rest of the input is a segment; or changes to a sealed one; or records
//! that get valid numbers, times and checksums behind a valid header.
#![no_main]

use bytemuck::Zeroable;
use cold::{
    DirStore, DumpForm, Journal, JournalSettings, JournalWriter, Names, RunInfo, dump, orders,
};
use libfuzzer_sys::fuzz_target;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use types::{Command, CommandOp, Flags, InstrumentId, Kind, Nanos, Price, Qty, Record, Trade};

const SEAL: usize = 192;
const RECORD: usize = size_of::<Record>();

fuzz_target!(|input: &[u8]| {
    let Some((way, rest)) = input.split_first() else { return };
    match way % 3 {
        0 => {
            let _ = read(rest);
        }
        1 => changed(rest),
        _ => invented(rest),
    }
});

/// Changes of three bytes each: where, and what to turn.
fn changed(changes: &[u8]) {
    let sealed = journal_of(4);
    let mut bytes = sealed.to_vec();
    for change in changes.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % bytes.len();
        bytes[at] ^= change[2];
    }
    let passed = read(&bytes);
    assert_eq!(passed, bytes == sealed, "a changed journal passed, or a whole one did not");
}

/// The input as records, one group after the other.
fn invented(records: &[u8]) {
    let mut bytes = journal_of(0).to_vec();
    bytes.truncate(bytes.len() - SEAL);
    let mut seq = 1;
    for chunk in records.chunks_exact(RECORD) {
        let record: Record = bytemuck::pod_read_unaligned(chunk);
        let record = record.sequenced(seq, Nanos(seq as i64)).stamped();
        seq += u64::from(record.is_end());
        bytes.extend_from_slice(bytemuck::bytes_of(&record));
    }
    let _ = read(&bytes);
}

/// Reads a segment in every way that the command line does. Whether it is a
/// whole journal.
fn read(bytes: &[u8]) -> bool {
    let scratch = Scratch::new("read");
    let folder = &scratch.0;
    std::fs::write(folder.join("00000001.journal"), bytes).expect("a temporary file");
    let Ok(journal) = Journal::open(folder) else { return false };
    for form in [DumpForm::Text, DumpForm::Json, DumpForm::Orders] {
        let _ = dump(&journal, &Names::default(), form, &mut std::io::sink());
    }
    let _ = orders(&journal);
    journal.verify().is_ok()
}

/// A sealed journal of some groups, one of them a market event.
fn journal_of(groups: u64) -> &'static [u8] {
    static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
    static SHORT: OnceLock<Vec<u8>> = OnceLock::new();
    let cell = if groups == 0 { &EMPTY } else { &SHORT };
    cell.get_or_init(|| {
        let scratch = Scratch::new("made");
        let folder = &scratch.0;
        write(folder, groups);
        std::fs::read(folder.join("00000001.journal")).expect("the journal just written")
    })
}

fn write(folder: &Path, groups: u64) {
    let store = DirStore::create(folder).expect("an empty folder");
    let run =
        RunInfo { instruments: vec!["BTCUSDT-PERP.BINANCE".to_owned()], ..RunInfo::default() };
    let mut writer = JournalWriter::create(Box::new(store), run, JournalSettings::default())
        .expect("a journal that can be made");
    for seq in 1..=groups {
        let epoch = Command::new(CommandOp::Epoch, 7);
        let trade = Trade { price: Price(65_000), qty: Qty(3), ..Trade::zeroed() };
        let mut record = if seq == 1 {
            Record::new(Kind::Command, InstrumentId::NONE, Nanos(0), epoch)
        } else {
            Record::new(Kind::Trade, InstrumentId(0), Nanos(0), trade)
        };
        record.flags = Flags::END;
        let record = record.sequenced(seq, Nanos(seq as i64)).stamped();
        writer.append(&record).expect("a record that follows the rules");
    }
    writer.seal().expect("a journal that can be sealed");
}

/// An empty folder of this process, in memory where there is such a place; it
/// goes away with the value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = base.join(format!("althing-fuzz-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
