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

impl Counters {
    /// Name, meaning and value of each counter, for the metrics.
    #[must_use]
    pub fn read(&self) -> Vec<(&'static str, &'static str, u64)> {
        vec![
            ("touches_emitted", "Touch records added.", self.touch_emitted.get()),
            ("signals_emitted", "Signal records added.", self.signal_emitted.get()),
            (
                "books_crossed",
                "Frames after which a live book was crossed.",
                self.crossed_seen.get(),
            ),
            (
                "bars_closed",
                "Whole bars closed, over all instruments and intervals.",
                self.bar_closed.get(),
            ),
            (
                "bars_incomplete",
                "Bars closed that were not whole, and so fed to nothing.",
                self.bar_incomplete.get(),
            ),
            (
                "trades_late",
                "Trades older than the bar they belong to, per interval.",
                self.trade_late.get(),
            ),
            (
                "trades_refused",
                "Trades that no bar can hold: no quantity, or past its range.",
                self.trade_refused.get(),
            ),
            (
                "trades_repeated",
                "Trades told again in another form: single trades beside joined ones.",
                self.trade_repeated.get(),
            ),
            (
                "values_overflowed",
                "Values that left their range: the indicator abstained.",
                self.value_overflowed.get(),
            ),
            (
                "levels_refused",
                "Levels beyond the book's range or with a negative quantity.",
                self.level_refused.get(),
            ),
            (
                "books_regridded",
                "Books that went to a finer grid, because a level stood between two ticks.",
                self.book_regridded.get(),
            ),
            ("levels_dropped", "Levels that a full book did not keep.", self.level_dropped.get()),
            (
                "specs_refused",
                "Specifications that cannot be used, or came in pieces.",
                self.spec_refused.get(),
            ),
            (
                "records_refused",
                "Inputs for an instrument that the engine does not hold, and second market events of one group.",
                self.record_refused.get(),
            ),
        ]
    }
}
