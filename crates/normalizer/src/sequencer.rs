//! The sequencer: every input of the line gets its number and its time here, and
//! nowhere else. Commands, then reports, then timers go before a market event.
//!
//! Time never decreases from one group to the next. In real time a clock says
//! when a timer is due although nothing arrives; in virtual time only stamps do.

use crate::counters::{NormalizerCounters, add};
use actor::{Clock, Meter, Outbox};
use link::Receiver;
use std::sync::Arc;
use types::{InstrumentId, Kind, Mark, Nanos, Record, Report, Timer, Timing};

/// How often a timer is due: fine enough for order ages and timeouts, which are
/// tens of milliseconds and up, and cheap enough not to matter.
pub const TIMER_PERIOD: Nanos = Nanos(100 * Nanos::PER_MS);

/// A silence longer than this is told by one timer at its end instead of
/// thousands: a recording may pause for hours.
const LONGEST_CATCH_UP: i64 = 60 * Nanos::PER_SEC;

/// Most records of one input group, its Timing included.
const GROUP: usize = 4;

/// What the sequencer reads besides the feeds.
pub struct SequencerInputs {
    /// What became of orders, and what the gateway asks for.
    pub feedback: Receiver<Record>,
    /// What the operator, the start-up and the cold side say.
    pub commands: Receiver<Record>,
}

/// The sequencer.
pub struct Sequencer {
    inputs: SequencerInputs,
    out: Outbox<Record>,
    clock: Option<Clock>,
    meter: Meter,
    counters: Arc<NormalizerCounters>,
    seq: u64,
    latest: Nanos,
    next_timer: Option<i64>,
    partial: Partial,
}

/// An input group of several records, as far as it has arrived.
#[derive(Default)]
struct Partial {
    records: [Option<Record>; 3],
    have: usize,
    need: usize,
}

impl Partial {
    /// Takes one record; gives the group when it is whole.
    fn take(&mut self, record: Record) -> bool {
        if self.have == 0 {
            self.need = match record.kind() {
                Some(Kind::Report) if record.body::<Report>().detailed == 1 => 2,
                Some(Kind::SpecName) => 3,
                _ => 1,
            };
        }
        self.records[self.have] = Some(record);
        self.have += 1;
        self.have == self.need
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Sequencer {
    /// A sequencer that has numbered nothing yet. `clock` is `None` in virtual time.
    #[must_use]
    pub fn new(
        inputs: SequencerInputs,
        out: Outbox<Record>,
        clock: Option<Clock>,
        meter: Meter,
        counters: Arc<NormalizerCounters>,
    ) -> Self {
        Self {
            inputs,
            out,
            clock,
            meter,
            counters,
            seq: 0,
            latest: Nanos(0),
            next_timer: None,
            partial: Partial::default(),
        }
    }

    /// Sequences every command and report that waits, and in real time the
    /// timers that are due. `seen` looks at each record as it was sequenced.
    /// True when something was done.
    pub(crate) fn higher(&mut self, seen: &mut impl FnMut(&Record)) -> bool {
        let mut busy = false;
        while self.out.has_room(GROUP) && self.one_higher(seen) {
            busy = true;
        }
        if let Some(now) = self.clock.as_mut().map(Clock::now) {
            let before = self.seq;
            self.timers_until(now, seen);
            busy |= self.seq != before;
        }
        busy
    }

    /// Sequences one market event, after everything that goes before it. False
    /// when there is no room: ask again with the same event.
    pub(crate) fn market(
        &mut self,
        record: &Record,
        timing: Option<Timing>,
        seen: &mut impl FnMut(&Record),
    ) -> bool {
        while self.out.has_room(GROUP) && self.one_higher(seen) {}
        if !self.timers_until(record.ts, seen) || !self.out.has_room(GROUP) {
            return false;
        }
        let first = self.number(*record);
        self.out.push(first);
        if let Some(mut timing) = timing {
            timing.stamp(Mark::Sequenced, self.meter.now());
            self.out.push(first.sibling(Kind::Timing, first.instrument, timing));
        }
        self.out.end();
        true
    }

    /// Virtual time has come to `now` without a message. False when there is no
    /// room for its timers yet.
    pub(crate) fn tick(&mut self, now: Nanos, seen: &mut impl FnMut(&Record)) -> bool {
        self.timers_until(now, seen)
    }

    /// Everything that came of the inputs so far is in the next link, and what
    /// the books had to say to them too: the links may count them as taken.
    pub(crate) fn settle(&mut self) {
        if self.partial.have == 0 {
            self.inputs.commands.settle();
            self.inputs.feedback.settle();
        }
    }

    /// The time of the latest group.
    #[must_use]
    pub fn latest(&self) -> Nanos {
        self.latest
    }

    /// The oldest command, or else the oldest report; a group of several records
    /// is sequenced when its last one is there.
    fn one_higher(&mut self, seen: &mut impl FnMut(&Record)) -> bool {
        let mut got = None;
        if self.partial.have == 0 || self.partial_is_command() {
            got = self.inputs.commands.take();
        }
        if got.is_none() && !self.partial_is_command() {
            got = self.inputs.feedback.take();
        }
        let Some(record) = got else { return false };
        if self.partial.take(record) {
            self.group(seen);
        }
        true
    }

    fn partial_is_command(&self) -> bool {
        let first = self.partial.records[0].as_ref();
        first.is_some_and(|record| record.kind() == Some(Kind::SpecName))
    }

    fn group(&mut self, seen: &mut impl FnMut(&Record)) {
        let records = self.partial.records;
        self.partial.clear();
        let mut records = records.into_iter().flatten();
        let Some(first) = records.next() else { return };
        // A timer due by this input's stamp goes before it. Room was checked for
        // one group only: timers that do not fit now come right after it.
        if self.out.has_room(2 * GROUP) {
            self.timers_until(first.ts, seen);
        }
        let first = self.number(first);
        seen(&first);
        self.out.push(first);
        for other in records {
            let other = other.sequenced(first.seq, first.ts);
            seen(&other);
            self.out.push(other);
        }
        self.push_timing(&first);
        self.out.end();
    }

    fn push_timing(&mut self, first: &Record) {
        let mut timing = Timing { base: self.meter.now(), ..Timing::default() };
        timing.stamp(Mark::Sequenced, timing.base);
        self.out.push(first.sibling(Kind::Timing, first.instrument, timing));
    }

    fn number(&mut self, record: Record) -> Record {
        self.seq += 1;
        add(&self.counters.events, 1);
        self.latest = self.latest.max(record.ts);
        record.sequenced(self.seq, self.latest)
    }

    /// Sequences the timers due at or before `now`. False when room ran out.
    fn timers_until(&mut self, now: Nanos, seen: &mut impl FnMut(&Record)) -> bool {
        let period = TIMER_PERIOD.0;
        let mut due = match self.next_timer {
            Some(due) => due,
            None => now.0.saturating_sub(now.0.rem_euclid(period)).saturating_add(period),
        };
        if now.0.saturating_sub(due) > LONGEST_CATCH_UP {
            due = now.0 - now.0.rem_euclid(period);
        }
        while due <= now.0 {
            if !self.out.has_room(2 * GROUP) {
                self.next_timer = Some(due);
                return false;
            }
            let body = Timer { due: Nanos(due), period: TIMER_PERIOD, pad: [0; 3] };
            let record = Record::new(Kind::Timer, InstrumentId::NONE, Nanos(due), body);
            let record = self.number(record);
            seen(&record);
            self.out.push(record);
            self.push_timing(&record);
            self.out.end();
            due += period;
        }
        self.next_timer = Some(due);
        true
    }
}
