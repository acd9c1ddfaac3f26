//! Which quotes are news, and which cannot be true: their ids, held against the
//! book's own.
//!
//! Fed by one instrument's book, which asks before it takes a quote. A quote is
//! newer than the last one by its update id, so one false id far ahead would
//! silence every true one after it; here it is told apart. Never here: a price.

use types::Nanos;

/// The most ids that pass in a second. Binance USD-M numbers all symbols
/// together: the recorded captures pass 80,000 a second, and at most 277,000 in
/// one message. So a false id that stays below this bound is caught up with in
/// seconds.
const IDS_PER_SECOND: u64 = 1_000_000;

/// What a quote's id says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It is newer than the last one.
    Newer,
    /// It repeats the last one or is older.
    Repeated,
    /// It is further ahead than ids can have come: nothing of it is believed.
    Implausible,
}

/// The ids of one instrument.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct QuoteIds {
    /// Of the last quote that was taken.
    last: u64,
    /// The highest id that was believed, and when.
    known: Option<(u64, Nanos)>,
}

impl QuoteIds {
    /// Judges a quote. Only one that is newer changes anything.
    pub(crate) fn on_quote(&mut self, id: u64, now: Nanos) -> Heard {
        if id <= self.last {
            return Heard::Repeated;
        }
        if self.known.is_some_and(|known| id > reach(known, now)) {
            return Heard::Implausible;
        }
        self.last = id;
        self.believe(id, now);
        Heard::Newer
    }

    /// The book was joined up to `id`, which its own chain of ids vouches for. A
    /// quote from before that was further ahead than can be is forgotten.
    pub(crate) fn on_book(&mut self, id: u64, now: Nanos) {
        if self.last > reach((id, now), now) {
            *self = Self::default();
        }
        self.believe(id, now);
    }

    fn believe(&mut self, id: u64, now: Nanos) {
        if self.known.is_none_or(|(known, _)| id >= known) {
            self.known = Some((id, now));
        }
    }
}

/// The highest id that can have come by `now`: a second's worth is granted for
/// messages that are under way.
fn reach((id, at): (u64, Nanos), now: Nanos) -> u64 {
    let seconds = now.0.saturating_sub(at.0).max(0).unsigned_abs() / Nanos::PER_SEC.unsigned_abs();
    id.saturating_add(IDS_PER_SECOND.saturating_mul(seconds.saturating_add(2)))
}
