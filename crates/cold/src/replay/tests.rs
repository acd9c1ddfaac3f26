//! A replay that changes nothing is equal; one bit is found where it is.

use super::{Comparator, Comparison, ReplayFeed};
use crate::journal::fixture::{Script, TempDir, write};
use crate::journal::{Ending, Journal};
use actor::{Actor, Duty, Outbox};
use types::{Class, Flags, Kind, Record};

fn journal() -> (TempDir, Journal, Vec<Record>) {
    let (dir, script) = (TempDir::new(), Script::small());
    write(dir.path(), &script.records, 640);
    let journal = Journal::open(dir.path()).expect("a journal");
    (dir, journal, script.records)
}

fn compare(journal: &Journal, made: &[Record]) -> Comparison {
    let mut comparator = Comparator::new(journal);
    for record in made {
        comparator.on_record(record);
    }
    comparator.finish()
}

#[test]
fn the_same_records_are_equal() {
    let (_dir, journal, records) = journal();
    let found = compare(&journal, &records);
    assert_eq!(found.difference, None);
    assert_eq!((found.events, found.orders), (10, 2));
    assert_eq!(found.order_digest, journal.verify().expect("intact").order_digest);
    assert_eq!(found.ending, Some(Ending::Sealed));
}

/// The same run without what was measured, END on the last of the rest.
fn without_timings(records: &[Record]) -> Vec<Record> {
    let mut made: Vec<Record> = Vec::new();
    for record in records {
        if record.kind() != Some(Kind::Timing) {
            made.push(*record);
        } else if let Some(last) = made.last_mut() {
            last.flags |= record.flags & Flags::END;
        }
    }
    made
}

#[test]
fn what_was_measured_is_not_compared() {
    let (_dir, journal, records) = journal();
    let made = without_timings(&records);
    assert!(made.len() < records.len());
    assert_eq!(compare(&journal, &made).difference, None);
}

#[test]
fn finds_any_changed_bit_of_an_input_or_a_decision() {
    let (_dir, journal, records) = journal();
    for index in 0..records.len() {
        let class = records[index].kind().expect("known").class();
        for byte in (0..64).filter(|byte| !(20..24).contains(byte)) {
            let mut made = records.clone();
            let bytes = bytemuck::bytes_of_mut(&mut made[index]);
            // In the flags, FRAME_END: END only says where the group ends.
            bytes[byte] ^= if byte == 17 { Flags::FRAME_END } else { 1 << (byte % 8) };
            let found = compare(&journal, &made);
            if class == Class::Measured && byte != 16 {
                assert_eq!(found.difference, None, "a measured record");
                continue;
            }
            let found = found.difference.unwrap_or_else(|| panic!("byte {byte} of {index}"));
            assert_eq!(found.sequence, records[index].seq, "byte {byte} of record {index}");
            assert!(found.offset > 0 && !found.why.is_empty());
        }
    }
}

#[test]
fn says_which_record_and_which_field() {
    let (_dir, journal, records) = journal();
    let index = records.iter().position(|r| r.kind() == Some(Kind::Action)).expect("an order");
    let mut made = records.clone();
    let mut fields: types::OrderFields = made[index].body();
    fields.price.0 += 10;
    made[index] = made[index].sibling(Kind::Action, made[index].instrument, fields);
    let found = compare(&journal, &made);
    let difference = found.difference.expect("a difference");
    assert!(difference.why.contains("the action record differs"), "{difference}");
    assert!(difference.why.contains("price=65000.00") && difference.why.contains("price=65000.10"));
    assert_ne!(found.order_digest, journal.verify().expect("intact").order_digest);
    // The place is the record's own.
    let bytes = std::fs::read(&difference.segment).expect("a file");
    let at = usize::try_from(difference.offset).expect("small");
    assert_eq!(&bytes[at..at + 64], bytemuck::bytes_of(&records[index]));
}

#[test]
fn finds_what_is_missing_and_what_is_too_much() {
    let (_dir, journal, records) = journal();
    let short = compare(&journal, &records[..records.len() - 3]);
    assert!(short.difference.expect("short").why.contains("ended before group 10"));
    let cut = compare(&journal, &records[..records.len() - 1]);
    assert!(cut.difference.expect("cut").why.contains("middle of group 10"));
    let mut long = records.clone();
    let mut eleventh = records[0];
    eleventh.seq = 11;
    long.push(eleventh);
    assert!(compare(&journal, &long).difference.expect("long").why.contains("was not recorded"));
    let mut extra = records.clone();
    extra.insert(1, records[0]);
    assert!(compare(&journal, &extra).difference.is_some());
}

/// A line that makes of the inputs what was recorded: here, nothing at all.
#[test]
fn feeds_the_inputs_in_order_with_their_numbers() {
    let (_dir, journal, records) = journal();
    let (sender, mut receiver) = link::link("replay_indicator", 16, Record::EMPTY);
    let mut feed = ReplayFeed::new(&journal, Outbox::new(sender));
    let mut fed = Vec::new();
    loop {
        let duty = feed.turn();
        receiver.poll(64, |record| fed.push(*record));
        if duty == Duty::Done {
            break;
        }
    }
    drop(feed);
    while receiver.poll(64, |record| fed.push(*record)) != link::Batch::Closed {}
    let inputs: Vec<_> = records.iter().filter(|r| r.is_input()).collect();
    assert_eq!(fed.len(), inputs.len());
    for (fed, input) in fed.iter().zip(inputs) {
        assert_eq!(fed.checksum, 0);
        assert_eq!(
            (fed.seq, fed.ts, fed.is_frame_end()),
            (input.seq, input.ts, input.is_frame_end())
        );
        assert_eq!(fed.body::<types::Trade>(), input.body::<types::Trade>());
    }
    assert_eq!(fed.iter().filter(|r| r.is_end()).count(), 10);
}
