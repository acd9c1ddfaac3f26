//! Longer bars from shorter ones.
//!
//! Fed by whoever has bars already. A stretch without bars is either stated by
//! the next one's `skipped`, and then it was quiet, or it is a gap, and then
//! the longer bar around it is not complete.

use super::Bar;
use types::{Nanos, Qty};

/// Why a bar is in no longer bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarRefusal {
    /// It begins before the end of the one before it.
    Late,
    /// Its length does not divide the longer one's, it is not aligned to UTC,
    /// or the volume leaves the range.
    Invalid,
}

/// Makes bars of one interval from shorter ones.
#[derive(Clone, Debug)]
pub struct BarMerger {
    interval: i64,
    open: Option<Bar>,
    /// Where the bar before ended.
    next: Option<i64>,
    /// Where the last closed bar began.
    last: Option<i64>,
}

impl BarMerger {
    /// A merger into bars of `seconds` (0 counts as 1).
    #[must_use]
    pub fn new(seconds: u32) -> Self {
        let interval = i64::from(seconds.max(1)) * Nanos::PER_SEC;
        Self { interval, open: None, next: None, last: None }
    }

    /// Takes the next bar; `closed` is given each longer bar that it closes:
    /// one that ended before it, one that it fills.
    ///
    /// # Errors
    /// The bar is in no longer bar.
    pub fn on_bar(&mut self, bar: &Bar, mut closed: impl FnMut(&Bar)) -> Result<(), BarRefusal> {
        let (at, length) = (bar.open_ts.0, bar.interval.0);
        let fits = length > 0 && self.interval % length == 0 && at.rem_euclid(length) == 0;
        let end = at.checked_add(length).filter(|_| fits).ok_or(BarRefusal::Invalid)?;
        if self.next.is_some_and(|next| at < next) {
            return Err(BarRefusal::Late);
        }
        let quiet = i128::from(bar.skipped) * i128::from(length);
        let follows = self.next.is_some_and(|next| i128::from(at) - i128::from(next) == quiet);
        // Invariant: at or before `at`, which is an `i64`, by less than an interval.
        let begin = at.saturating_sub(at.rem_euclid(self.interval));
        if self.open.is_some_and(|open| open.open_ts.0 != begin) {
            self.close(follows, &mut closed);
        }
        match &mut self.open {
            Some(open) => add(open, bar, follows)?,
            None => self.start(bar, begin, follows),
        }
        self.next = Some(end);
        if end == begin.saturating_add(self.interval) {
            self.close(true, &mut closed);
        }
        Ok(())
    }

    /// The open bar as it stands, marked incomplete: there are no more.
    pub fn finish(&mut self) -> Option<Bar> {
        let bar = self.open.take()?;
        self.last = Some(bar.open_ts.0);
        Some(Bar { complete: false, ..bar })
    }

    fn close(&mut self, known: bool, closed: &mut impl FnMut(&Bar)) {
        if let Some(mut bar) = self.open.take() {
            bar.complete &= known;
            self.last = Some(bar.open_ts.0);
            closed(&bar);
        }
    }

    fn start(&mut self, bar: &Bar, begin: i64, follows: bool) {
        let steps = self.last.map_or(1, |last| begin.abs_diff(last) / self.interval.unsigned_abs());
        self.open = Some(Bar {
            open_ts: Nanos(begin),
            interval: Nanos(self.interval),
            skipped: steps.saturating_sub(1),
            complete: bar.complete && (follows || bar.open_ts.0 == begin),
            ..*bar
        });
    }
}

fn add(open: &mut Bar, bar: &Bar, follows: bool) -> Result<(), BarRefusal> {
    open.complete &= bar.complete && follows;
    let Some(volume) = open.volume.0.checked_add(bar.volume.0) else {
        open.complete = false;
        return Err(BarRefusal::Invalid);
    };
    open.volume = Qty(volume);
    open.high = open.high.max(bar.high);
    open.low = open.low.min(bar.low);
    open.close = bar.close;
    open.trades = open.trades.saturating_add(bar.trades);
    Ok(())
}
