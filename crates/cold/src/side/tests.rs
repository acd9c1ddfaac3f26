//! The cold actor between a link and a directory.
#![allow(clippy::disallowed_methods, reason = "a test of the clock wants to wait")]

use super::{ColdActor, ColdSettings, start};
use crate::journal::fixture::{Script, TempDir, read_all, run_info, writer};
use actor::{Actor, Duty, StopFlag};
use std::time::Duration;
use types::Record;

fn actor(dir: &TempDir, stop: &StopFlag) -> (link::Sender<Record>, ColdActor) {
    let (sender, receiver) = link::link("gateway_cold", 256, Record::EMPTY);
    let ids = run_info().instruments.into();
    let actor = ColdActor::new(receiver, ids, stop.clone(), ColdSettings::default());
    (sender, actor.with_journal(writer(dir.path(), 640)))
}

#[test]
fn keeps_every_record_and_seals_at_the_end() {
    let (dir, stop, script) = (TempDir::new(), StopFlag::new(), Script::small());
    let (mut sender, actor) = actor(&dir, &stop);
    let handle = actor.handle();
    let thread = start(actor).expect("a thread");
    for record in &script.records {
        while sender.try_send(*record).is_err() {}
    }
    drop(sender);
    thread.join().expect("an orderly end");
    let outcome = handle.outcome();
    assert!(outcome.finished && outcome.failure.is_none() && !stop.is_raised());
    let sealed = outcome.sealed.expect("sealed");
    assert_eq!(sealed.directory, dir.path().canonicalize().expect("a path"));
    assert_eq!(sealed.records, script.records.len() as u64);
    assert_eq!(handle.stats().order_digest, sealed.order_digest);
    assert_eq!(handle.stats().records, sealed.records);
    assert_eq!(read_all(dir.path()), script.records);
}

#[test]
fn stops_the_line_when_a_record_is_damaged() {
    let (dir, stop, mut script) = (TempDir::new(), StopFlag::new(), Script::small());
    let (mut sender, mut actor) = actor(&dir, &stop);
    let handle = actor.handle();
    script.records[10].checksum ^= 1;
    for record in &script.records {
        sender.try_send(*record).expect("room");
    }
    assert_eq!(actor.turn(), Duty::Busy);
    assert!(stop.is_raised());
    // The link goes on draining, so that the line can come to its end.
    drop(sender);
    assert_eq!(actor.turn(), Duty::Done);
    let outcome = handle.outcome();
    assert!(outcome.failure.expect("a sentence").contains("checksum"));
    assert_eq!(outcome.not_kept, script.records.len() as u64 - 10);
    assert_eq!(outcome.sealed, None);
    assert_eq!(handle.stats().records, script.records.len() as u64);
}

#[test]
fn flushes_by_the_clock_without_a_full_buffer() {
    let (dir, stop, script) = (TempDir::new(), StopFlag::new(), Script::small());
    let (mut sender, mut actor) = actor(&dir, &stop);
    sender.try_send(script.records[0]).expect("room");
    assert_eq!(actor.turn(), Duty::Busy);
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(actor.turn(), Duty::Idle);
    assert_eq!(read_all(dir.path()), script.records[..1]);
}

#[test]
fn publishes_the_last_words_at_the_end() {
    let (sender, receiver) = link::link("gateway_cold", 256, Record::EMPTY);
    let (mut sender, stop) = (sender, StopFlag::new());
    let mut actor =
        ColdActor::new(receiver, Vec::new().into(), stop.clone(), ColdSettings::default());
    for record in &Script::small().records {
        sender.try_send(*record).expect("room");
    }
    drop(sender);
    while actor.turn() != Duty::Done {}
    assert_eq!(actor.handle().stats().orders, 2);
    assert!(actor.handle().outcome().finished && !stop.is_raised());
}

#[test]
fn a_link_that_closes_behind_a_raised_stop_is_kept_to_its_end_and_not_sealed() {
    let (dir, stop, script) = (TempDir::new(), StopFlag::new(), Script::small());
    let (mut sender, mut actor) = actor(&dir, &stop);
    for record in &script.records {
        sender.try_send(*record).expect("room");
    }
    stop.raise();
    drop(sender);
    while actor.turn() != Duty::Done {}
    let outcome = actor.handle().outcome();
    assert!(outcome.finished && outcome.failure.is_none());
    assert_eq!(outcome.sealed, None);
    assert_eq!(read_all(dir.path()), script.records);
}
