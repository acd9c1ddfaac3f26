//! Groups keep their END, stages their order, threads their end.

use crate::{Actor, Crew, Duty, Meter, Outbox, Slot, Stage, StageActor, StopFlag, Wait, start};
use link::{Batch, link};
use types::{InstrumentId, Kind, Mark, Nanos, Record, Timer, Timing};

/// Adds one timer to each group it sees.
struct Adds;

impl Stage for Adds {
    type In = Record;
    type Out = Record;
    const NAME: &'static str = "adds";
    const MARK: Mark = Mark::Indicator;
    const MAX_ADDED: usize = 1;

    fn forward(&mut self, record: Record) -> Record {
        record
    }

    fn on_record(&mut self, _input: &Record, _out: &mut Outbox<Record>) {}

    fn on_end(&mut self, out: &mut Outbox<Record>) {
        out.push(timer(99));
    }
}

fn timer(due: i64) -> Record {
    let body = Timer { due: Nanos(due), period: Nanos(1), pad: [0; 3] };
    Record::new(Kind::Timer, InstrumentId::NONE, Nanos(due), body)
}

fn ended(mut record: Record) -> Record {
    record.mark_end();
    record
}

#[test]
fn the_last_record_of_a_group_carries_its_end_and_no_other() {
    let (mut input, receiver) = link("a_b", 64, Record::EMPTY);
    let (sender, mut output) = link("b_c", 64, Record::EMPTY);
    let mut actor = StageActor::new(Adds, receiver, Outbox::new(sender), Meter::still());
    input.try_send(timer(1)).unwrap();
    let timing = Record::new(Kind::Timing, InstrumentId::NONE, Nanos(1), Timing::default());
    input.try_send(ended(timing)).unwrap();
    input.try_send(ended(timer(2))).unwrap();
    while actor.turn() == Duty::Busy {}
    let mut got = Vec::new();
    output.poll(64, |record| got.push((record.kind(), record.is_end())));
    let expected = [
        (Some(Kind::Timer), false),
        (Some(Kind::Timing), false),
        (Some(Kind::Timer), true),
        (Some(Kind::Timer), false),
        (Some(Kind::Timer), true),
    ];
    assert_eq!(got, expected);
}

#[test]
fn a_stage_without_room_takes_nothing_and_goes_on_later() {
    let (mut input, receiver) = link("a_b", 64, Record::EMPTY);
    let (sender, mut output) = link("b_c", 4, Record::EMPTY);
    let mut actor = StageActor::new(Adds, receiver, Outbox::new(sender), Meter::still());
    for n in 0..20 {
        input.try_send(ended(timer(n))).unwrap();
    }
    let mut got = 0;
    for _ in 0..200 {
        actor.turn();
        while let Batch::Took(n) = output.poll(1, |_| ()) {
            got += n;
        }
    }
    assert_eq!(got, 40);
}

#[test]
fn a_closed_input_ends_the_stage_and_the_next_one() {
    let (input, receiver) = link("a_b", 8, Record::EMPTY);
    let (sender, mut output) = link("b_c", 8, Record::EMPTY);
    let mut actor = StageActor::new(Adds, receiver, Outbox::new(sender), Meter::still());
    drop(input);
    assert_eq!(actor.turn(), Duty::Done);
    drop(actor);
    assert_eq!(output.poll(1, |_| ()), Batch::Closed);
}

/// Panics at its third turn.
struct Panics(u32);

impl Actor for Panics {
    fn name(&self) -> &'static str {
        "panics"
    }

    fn turn(&mut self) -> Duty {
        self.0 += 1;
        assert!(self.0 < 3, "planted");
        Duty::Busy
    }
}

fn crew(actor: Box<dyn Actor>, core: Option<usize>) -> Crew {
    Crew { name: "test".into(), actors: vec![actor], core, wait: Wait::SpinPark, sealed: false }
}

#[test]
fn a_panic_raises_the_stop_flag_and_is_told() {
    let stop = StopFlag::new();
    let running = start(crew(Box::new(Panics(0)), None), &stop).unwrap();
    assert!(running.join().unwrap_err().contains("planted"));
    assert!(stop.is_raised());
}

/// Done at once.
struct Done;

impl Actor for Done {
    fn name(&self) -> &'static str {
        "done"
    }

    fn turn(&mut self) -> Duty {
        Duty::Done
    }
}

#[test]
fn a_core_that_is_not_there_is_said_and_the_thread_runs_all_the_same() {
    for core in [100_000, 1023] {
        let running = start(crew(Box::new(Done), Some(core)), &StopFlag::new()).unwrap();
        assert_eq!((running.pinned.core, running.pinned.applied), (Some(core), false));
        running.join().unwrap();
    }
}
