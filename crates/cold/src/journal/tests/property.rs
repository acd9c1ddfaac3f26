//! Any run, any segment size, any cut; and the checksum against a slow twin.

use crate::journal::fixture::{BTC, Script, TempDir, read_all, record, trade, write};
use crate::journal::store::WITNESS;
use crate::journal::{Ending, Journal};
use proptest::prelude::*;
use types::{Kind, Nanos, Record, Signal, Timer, Value};

/// CRC-32C bit by bit (reflected polynomial 0x82F63B78).
fn slow_crc(bytes: impl Iterator<Item = u8>) -> u32 {
    !bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0x82F6_3B78 } else { crc >> 1 }
        })
    })
}

#[test]
fn the_slow_checksum_gives_the_known_answer() {
    // RFC 3720, and every catalogue of CRCs.
    assert_eq!(slow_crc(b"123456789".iter().copied()), 0xE306_9283);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_records_checksum_is_crc32c_over_the_other_sixty_bytes(
        seq: u64, ts: i64, price: i64, qty: i64, stale: u32,
    ) {
        let mut record = trade(price, qty);
        (record.seq, record.ts, record.checksum) = (seq, Nanos(ts), stale);
        let stamped = record.stamped();
        let bytes = bytemuck::bytes_of(&record);
        let rest = bytes[..20].iter().chain(&bytes[24..]).copied();
        prop_assert_eq!(stamped.checksum, slow_crc(rest));
        prop_assert!(stamped.is_intact());
        prop_assert_eq!(record.is_intact(), stale == stamped.checksum);
    }

    /// What was written is read, whole at the end or as a prefix of groups.
    #[test]
    fn any_run_reads_back(
        sizes in proptest::collection::vec(1_usize..6, 1..60),
        segment_bytes in 1_u64..4000,
        cut: proptest::sample::Index,
    ) {
        let (dir, mut script) = (TempDir::new(), Script::new());
        for (index, size) in sizes.iter().enumerate() {
            let timer = Timer { due: Nanos(index as i64), period: Nanos(1), pad: [0; 3] };
            let signal = record(Kind::Signal, Signal::new(0, 0, Value::from_num(index)));
            let mut group = vec![signal; *size];
            group[0] = Record::new(Kind::Timer, BTC, Nanos(0), timer);
            script.group(&group);
        }
        let sealed = write(dir.path(), &script.records, segment_bytes);
        prop_assert_eq!(&read_all(dir.path()), &script.records);
        let last = dir.path().join(format!("{:08}.journal", sealed.segments));
        let bytes = std::fs::read(&last).expect("a file");
        let length = 192 + cut.index(bytes.len() - 192);
        std::fs::write(&last, &bytes[..length]).expect("written");
        let was_sealed = Journal::open(dir.path()).and_then(|journal| journal.verify());
        prop_assert!(was_sealed.is_err(), "a sealed journal was cut, and that passed");
        std::fs::remove_file(dir.path().join(WITNESS)).expect("as if it was never sealed");
        let records = match Journal::open(dir.path()) {
            Ok(_) => read_all(dir.path()),
            // The first segment's configuration was cut.
            Err(_) => {
                prop_assert!(sealed.segments == 1 && length < 256 + 192);
                return Ok(());
            }
        };
        prop_assert!(script.records.starts_with(&records));
        prop_assert!(records.last().is_none_or(Record::is_end));
        let ending = Journal::open(dir.path()).and_then(|j| j.verify()).expect("a prefix").ending;
        prop_assert!(matches!(ending, Ending::Unsealed(_)));
    }
}
