//! Groups keep their END, stages their order, threads their end.

use crate::{
    Actor, Crew, Duty, Meter, Outbox, Running, Slot, Stage, StageActor, StopFlag, Wait, start,
};
use link::{Batch, link};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
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
    let told = running.join().unwrap_err();
    assert!(told.contains("actor panics panicked: planted"), "{told}");
    assert!(stop.is_raised());
}

/// Sends five records and then panics.
struct Sends(Outbox<Record>, i64);

impl Actor for Sends {
    fn name(&self) -> &'static str {
        "sends"
    }

    fn turn(&mut self) -> Duty {
        assert!(self.1 < 5, "planted");
        self.1 += 1;
        self.0.push(timer(self.1));
        self.0.end();
        Duty::Busy
    }
}

/// Takes one record every other turn; done when its link is closed and empty.
struct Takes {
    input: link::Receiver<Record>,
    turns: u32,
    taken: Arc<AtomicU32>,
    stop: StopFlag,
    closed_before_stop: Arc<AtomicBool>,
}

impl Actor for Takes {
    fn name(&self) -> &'static str {
        "takes"
    }

    fn turn(&mut self) -> Duty {
        self.turns += 1;
        if self.turns.is_multiple_of(2) {
            return Duty::Idle;
        }
        let taken = &self.taken;
        match self.input.poll(1, |_| {
            taken.fetch_add(1, Ordering::Relaxed);
        }) {
            Batch::Took(_) => Duty::Busy,
            Batch::Empty => Duty::Idle,
            Batch::Closed => {
                self.closed_before_stop.store(!self.stop.is_raised(), Ordering::Relaxed);
                Duty::Done
            }
        }
    }
}

/// Whether all was taken when the sender panicked, in threads cut like this.
fn takes_all_of_a_panicking_sender(on_one_thread: bool) {
    let (sender, input) = link("a_b", 8, Record::EMPTY);
    let (stop, taken) = (StopFlag::new(), Arc::new(AtomicU32::new(0)));
    let closed_before_stop = Arc::new(AtomicBool::new(false));
    let sends: Box<dyn Actor> = Box::new(Sends(Outbox::new(sender), 0));
    let takes: Box<dyn Actor> = Box::new(Takes {
        input,
        turns: 0,
        taken: Arc::clone(&taken),
        stop: stop.clone(),
        closed_before_stop: Arc::clone(&closed_before_stop),
    });
    let mut crews = vec![crew(sends, None)];
    if on_one_thread {
        crews[0].actors.push(takes);
    } else {
        crews.push(crew(takes, None));
    }
    let running: Vec<_> = crews.into_iter().map(|crew| start(crew, &stop).unwrap()).collect();
    let mut ends = running.into_iter().map(Running::join);
    assert!(ends.next().unwrap().unwrap_err().contains("actor sends panicked"));
    assert!(ends.all(|end| end.is_ok()));
    assert_eq!(taken.load(Ordering::Relaxed), 5);
    // The cold side tells by this that the end is not one in order.
    assert!(!closed_before_stop.load(Ordering::Relaxed));
}

#[test]
fn what_was_sent_before_a_panic_is_taken_by_those_behind_it() {
    takes_all_of_a_panicking_sender(true);
    takes_all_of_a_panicking_sender(false);
}

/// Has nothing to do, like a stage whose reader is gone.
struct Waits;

impl Actor for Waits {
    fn name(&self) -> &'static str {
        "waits"
    }

    fn turn(&mut self) -> Duty {
        Duty::Idle
    }
}

#[test]
fn a_thread_that_nobody_feeds_ends_once_the_flag_is_raised() {
    let stop = StopFlag::new();
    let waits = start(crew(Box::new(Waits), None), &stop).unwrap();
    let panics = start(crew(Box::new(Panics(0)), None), &stop).unwrap();
    assert!(panics.join().is_err());
    // Without the flag this would never return.
    waits.join().unwrap();
}

#[test]
fn what_hangs_on_the_flag_is_done_before_anybody_sees_it_and_once() {
    let (stop, done) = (StopFlag::new(), Arc::new(AtomicU32::new(0)));
    let seen = Arc::new(AtomicBool::new(false));
    stop.on_raise({
        let (stop, done, seen) = (stop.clone(), Arc::clone(&done), Arc::clone(&seen));
        move || {
            done.fetch_add(1, Ordering::Relaxed);
            seen.store(stop.is_raised(), Ordering::Relaxed);
        }
    });
    assert_eq!(done.load(Ordering::Relaxed), 0);
    stop.raise();
    stop.clone().raise();
    assert_eq!(done.load(Ordering::Relaxed), 1);
    assert!(!seen.load(Ordering::Relaxed));
    // Hung on too late is done at once.
    let late = Arc::clone(&done);
    stop.on_raise(move || {
        late.fetch_add(10, Ordering::Relaxed);
    });
    assert_eq!(done.load(Ordering::Relaxed), 11);
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
