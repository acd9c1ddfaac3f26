//! A pure middle stage of the line and the actor that turns it.
//!
//! A stage has exactly one input, passes every record on in order, and adds
//! its own. It sees no clock: the meter's stamps go into the Timing record,
//! which nothing decides on.

use crate::{Actor, Duty, Meter, Outbox, Slot};
use link::{Batch, Receiver};
use types::{Kind, Mark, Record, Timing};

/// Most inputs that one turn takes: long enough to spread the cost of a turn,
/// short enough that a neighbour on the same thread is not kept waiting.
const BATCH: usize = 64;

/// One pure stage.
pub trait Stage: Send {
    /// What comes in.
    type In: Slot;
    /// What goes out.
    type Out: Slot;

    /// Its name in the shape.
    const NAME: &'static str;
    /// The stamp that it takes.
    const MARK: Mark;
    /// Most records that it adds while it takes one input record.
    const MAX_ADDED: usize;

    /// The record's form on the next link, unchanged but not the END of its group.
    fn forward(&mut self, record: Record) -> Self::Out;

    /// Takes in one record that was passed on already. `END` groups it: see
    /// [`Stage::on_end`].
    fn on_record(&mut self, input: &Self::In, out: &mut Outbox<Self::Out>);

    /// The group is complete: whatever the stage makes of it is added now.
    fn on_end(&mut self, out: &mut Outbox<Self::Out>);
}

/// Turns a [`Stage`] between two links.
pub struct StageActor<S: Stage> {
    stage: S,
    input: Receiver<S::In>,
    output: Outbox<S::Out>,
    meter: Meter,
}

impl<S: Stage> StageActor<S> {
    /// The stage between its two links.
    pub const fn new(
        stage: S,
        input: Receiver<S::In>,
        output: Outbox<S::Out>,
        meter: Meter,
    ) -> Self {
        Self { stage, input, output, meter }
    }
}

impl<S: Stage> Actor for StageActor<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn turn(&mut self) -> Duty {
        // Room for the whole batch before the first record is taken, or for one.
        let per_input = S::MAX_ADDED + 1;
        let limit = if self.output.has_room(BATCH * per_input) {
            BATCH
        } else if self.output.has_room(per_input) {
            1
        } else {
            return Duty::Idle;
        };
        let Self { stage, input, output, meter } = self;
        match input.poll(limit, |slot| take(stage, slot, output, *meter)) {
            Batch::Took(_) => Duty::Busy,
            Batch::Empty => Duty::Idle,
            Batch::Closed => Duty::Done,
        }
    }
}

#[inline]
fn take<S: Stage>(stage: &mut S, slot: &S::In, out: &mut Outbox<S::Out>, meter: Meter) {
    let record = *slot.record();
    if record.kind() == Some(Kind::Timing) {
        let mut timing: Timing = record.body();
        timing.stamp(S::MARK, meter.now());
        let mut stamped = record.sibling(Kind::Timing, record.instrument, timing);
        stamped.flags = record.flags;
        let forwarded = stage.forward(stamped.open());
        out.push(forwarded);
    } else {
        let forwarded = stage.forward(record.open());
        out.push(forwarded);
        stage.on_record(slot, out);
    }
    if record.is_end() {
        stage.on_end(out);
        out.end();
    }
}
