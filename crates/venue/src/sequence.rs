//! The venues' rules for joining a snapshot and the changes after it.
//!
//! Pure: the normalizer feeds ids and obeys the step. It never keeps levels
//! and never asks for a snapshot itself.
//!
//! Sources: Binance USD-M "How to manage a local order book correctly" (as
//! quoted in VENUES.md 1.2), Binance Spot web-socket-streams.md (1.1).

/// How a venue numbers the changes of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SequenceRule {
    /// Binance USD-M: drop u < last; the first has U ≤ last ≤ u; from then on
    /// each message's pu is the u before it. A first message whose pu is the
    /// snapshot's id continues it too: nothing lies between them.
    UsdM,
    /// Binance Spot: drop u ≤ last; the first has U ≤ last + 1 ≤ u; from then
    /// on U > last + 1 is a gap, u ≤ last is old, and an overlap is applied.
    Spot,
}

/// Why a message changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It ends exactly where the book stands: it has been applied.
    Duplicate,
    /// It ends before.
    Old,
}

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is no snapshot yet: keep the message.
    Hold,
    /// It is the next one: apply its levels.
    Apply,
    /// It changes nothing.
    Ignore(Skip),
    /// Changes are missing: the book needs a new snapshot.
    Gap {
        /// The id that would have joined.
        expected: u64,
        /// The id that came instead; 0 where the message gave none.
        seen: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Bridging(u64),
    Live(u64),
}

/// Where one book stands in its venue's sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepthSequence {
    rule: SequenceRule,
    state: State,
}

impl DepthSequence {
    /// A book without a snapshot.
    #[must_use]
    pub const fn new(rule: SequenceRule) -> Self {
        Self { rule, state: State::Waiting }
    }

    /// Forgets the snapshot: after a gap, a disconnect or a lost frame.
    pub const fn reset(&mut self) {
        self.state = State::Waiting;
    }

    /// A snapshot was taken in; `last_id` is its last change.
    pub const fn on_snapshot(&mut self, last_id: u64) {
        self.state = State::Bridging(last_id);
    }

    /// Whether a message has joined the snapshot.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.state, State::Live(_))
    }

    /// Id of the last change in the book; `None` before a snapshot.
    #[must_use]
    pub const fn last_id(&self) -> Option<u64> {
        match self.state {
            State::Waiting => None,
            State::Bridging(last) | State::Live(last) => Some(last),
        }
    }

    /// Judges the message `first` to `last`. [`Step::Apply`] moves the book on;
    /// after [`Step::Gap`] it waits for a snapshot.
    pub fn step(&mut self, first: u64, last: u64, previous: Option<u64>) -> Step {
        let step = match (self.state, self.rule) {
            (State::Waiting, _) => Step::Hold,
            (_, _) if first > last => Step::Gap { expected: last, seen: first },
            (State::Bridging(at), SequenceRule::UsdM) => bridge_usdm(at, first, last, previous),
            (State::Live(at), SequenceRule::UsdM) => follow_usdm(at, last, previous),
            (State::Bridging(at) | State::Live(at), SequenceRule::Spot) => {
                follow_spot(at, first, last)
            }
        };
        match step {
            Step::Apply => self.state = State::Live(last),
            Step::Gap { .. } => self.state = State::Waiting,
            Step::Hold | Step::Ignore(_) => {}
        }
        step
    }
}

const fn bridge_usdm(at: u64, first: u64, last: u64, previous: Option<u64>) -> Step {
    if last < at {
        return Step::Ignore(Skip::Old);
    }
    let continues = matches!(previous, Some(id) if id == at);
    if first <= at || continues { Step::Apply } else { Step::Gap { expected: at, seen: first } }
}

const fn follow_usdm(at: u64, last: u64, previous: Option<u64>) -> Step {
    match previous {
        Some(id) if id == at && last >= at => Step::Apply,
        _ if last == at => Step::Ignore(Skip::Duplicate),
        _ if last < at => Step::Ignore(Skip::Old),
        Some(seen) => Step::Gap { expected: at, seen },
        None => Step::Gap { expected: at, seen: 0 },
    }
}

const fn follow_spot(at: u64, first: u64, last: u64) -> Step {
    if last == at {
        return Step::Ignore(Skip::Duplicate);
    }
    if last < at {
        return Step::Ignore(Skip::Old);
    }
    // Cannot overflow: `last` is above `at`.
    let next = at + 1;
    if first <= next { Step::Apply } else { Step::Gap { expected: next, seen: first } }
}
