//! The worst day so far: how much it had lost at its worst moment.
//!
//! Fed by the stage with what all instruments together have made; read by
//! `daily_loss`. A day is a UTC day of sequenced time. Never here: a loss that
//! grows smaller.

use crate::rule::{MISSING, OVERFLOW};
use types::Nanos;

/// One UTC day.
const DAY: i64 = 24 * 3_600 * Nanos::PER_SEC;

/// The fold.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Day {
    day: Option<i64>,
    /// What had been made when the day began.
    base: Option<i128>,
    worst: i128,
}

impl Day {
    /// At `now`, `made` is what was made since the start. Gives the greatest loss
    /// of any day so far; [`MISSING`] while what was made is not known.
    pub(crate) fn loss(&mut self, now: Nanos, made: Option<i128>) -> i128 {
        let day = now.0.div_euclid(DAY);
        if self.day != Some(day) {
            // A day that begins while nothing can be measured begins with the
            // first measure.
            (self.day, self.base) = (Some(day), None);
        }
        let Some(made) = made else { return MISSING };
        let base = *self.base.get_or_insert(made);
        self.worst = self.worst.max(base.checked_sub(made).unwrap_or(OVERFLOW));
        self.worst
    }
}
