//! What the stage counts. Written by the stage alone, read by the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// A counter with one writer.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// The count so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        // Relaxed: a counter; nothing is read on the strength of it.
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, more: u64) {
        // Relaxed, one writer: see `get`.
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
    }
}

/// The stage's counters.
#[derive(Debug, Default)]
pub struct Counters {
    /// Touch records added.
    pub touch_emitted: Count,
    /// Signal records added.
    pub signal_emitted: Count,
    /// Frames after which a live book was crossed.
    pub crossed_seen: Count,
    /// Whole bars closed, over all instruments and intervals.
    pub bar_closed: Count,
    /// Bars closed that were not whole, and so fed to nothing.
    pub bar_incomplete: Count,
    /// Trades older than the bar they belong to, per interval.
    pub trade_late: Count,
    /// Trades that no bar can hold: no quantity, or past its range.
    pub trade_refused: Count,
    /// Trades told again in another form: single trades beside joined ones.
    pub trade_repeated: Count,
    /// Values that left their range: the indicator abstained.
    pub value_overflowed: Count,
    /// Levels beyond the book's range or with a negative quantity.
    pub level_refused: Count,
    /// Books that went to a finer grid, because a level stood between two ticks.
    pub book_regridded: Count,
    /// Levels that a full book did not keep.
    pub level_dropped: Count,
    /// Specifications that cannot be used, or came in pieces.
    pub spec_refused: Count,
    /// Inputs for an instrument that the engine does not hold, and second
    /// market events of one group.
    pub record_refused: Count,
}
