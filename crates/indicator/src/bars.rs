//! Bars from trades, by the trades' own times, aligned to UTC.
//!
//! Fed by the stage, and by whoever makes bars of a capture. A bar without a
//! trade is never invented: the next one says how many were skipped.

mod candle;
pub mod file;
mod fuzz;
mod merge;

pub use candle::{Candle, interval_seconds};
pub use fuzz::fuzz_bars;
pub use merge::{BarMerger, BarRefusal};

use types::{AggTrade, Nanos, Price, Qty, Trade};

/// One bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// When its interval begins; a multiple of the interval since 1970, UTC.
    pub open_ts: Nanos,
    /// Length of the interval.
    pub interval: Nanos,
    /// Price of the first trade that arrived.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Price of the last trade that arrived.
    pub close: Price,
    /// Sum of the quantities.
    pub volume: Qty,
    /// Number of trades.
    pub trades: u64,
    /// Intervals without a trade between the bar before and this one.
    pub skipped: u64,
    /// Whether every trade of the interval is known to be in: not so for the
    /// first bar, for those around an interruption, and for one cut short.
    pub complete: bool,
}

/// Why a trade is in no bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradeRefusal {
    /// Its interval was closed before.
    Late,
    /// Its quantity is not positive, or its time or the bar's volume leaves
    /// the range.
    Invalid,
}

/// Makes the bars of one interval.
#[derive(Clone, Debug)]
pub struct BarBuilder {
    interval: i64,
    open: Option<Bar>,
    /// Trades before this are late: where the open bar began, or the last ended.
    since: i64,
    /// Where the last closed bar began.
    last: Option<i64>,
    /// Trades may have been missed before the next one.
    interrupted: bool,
}

impl BarBuilder {
    /// A builder of bars of `seconds` (0 counts as 1). The first bar will be
    /// marked incomplete: nobody knows what was traded before.
    #[must_use]
    pub fn new(seconds: u32) -> Self {
        let interval = i64::from(seconds.max(1)) * Nanos::PER_SEC;
        Self { interval, open: None, since: i64::MIN, last: None, interrupted: true }
    }

    /// Takes a trade; gives the bar that it closes, if it is the first one past
    /// that bar's end.
    ///
    /// # Errors
    /// The trade is in no bar. One that would overflow a volume leaves its bar
    /// marked incomplete.
    #[inline]
    pub fn on_trade(&mut self, trade: &Trade) -> Result<Option<Bar>, TradeRefusal> {
        self.take(trade, 1)
    }

    /// As [`BarBuilder::on_trade`] for trades told as one. They are one taking
    /// order at one price, so that prices and volume come out the same; where
    /// such an order goes on past the end of a bar, its venue's own bar may
    /// have the part before it.
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub fn on_agg_trade(&mut self, joined: &AggTrade) -> Result<Option<Bar>, TradeRefusal> {
        self.take(&joined.as_trade(), u64::from(joined.trades))
    }

    #[inline]
    pub(crate) fn take(&mut self, trade: &Trade, trades: u64) -> Result<Option<Bar>, TradeRefusal> {
        if trade.qty.0 <= 0 {
            return Err(TradeRefusal::Invalid);
        }
        let at = trade.exch_ts.0;
        if at < self.since {
            return Err(TradeRefusal::Late);
        }
        if let Some(bar) = &mut self.open
            && at.abs_diff(bar.open_ts.0) < self.interval.unsigned_abs()
        {
            bar.complete &= !self.interrupted;
            self.interrupted = false;
            return add(bar, trade, trades).map(|()| None);
        }
        self.start(trade, trades)
    }

    /// Closes the open bar when `now`, on the clock of the trades, is at least
    /// `grace` past its end.
    pub fn on_time(&mut self, now: Nanos, grace: Nanos) -> Option<Bar> {
        let end = self.open.as_ref()?.open_ts.0.checked_add(self.interval)?;
        if now.0 < end.checked_add(grace.0)? {
            return None;
        }
        self.since = end;
        self.close()
    }

    /// Trades may be missed from here on: the open bar is not complete, nor is
    /// the one that the next trade falls into.
    pub fn interrupt(&mut self) {
        self.interrupted = true;
        if let Some(bar) = &mut self.open {
            bar.complete = false;
        }
    }

    /// Starts anew, as if just made.
    pub fn reset(&mut self) {
        *self = Self { open: None, since: i64::MIN, last: None, interrupted: true, ..*self };
    }

    /// The open bar as it stands, marked incomplete: the recording has ended.
    pub fn finish(&mut self) -> Option<Bar> {
        self.interrupt();
        self.close()
    }

    fn close(&mut self) -> Option<Bar> {
        let bar = self.open.take()?;
        self.last = Some(bar.open_ts.0);
        Some(bar)
    }

    #[cold]
    fn start(&mut self, trade: &Trade, trades: u64) -> Result<Option<Bar>, TradeRefusal> {
        let number = trade.exch_ts.0.div_euclid(self.interval);
        let begin = number.checked_mul(self.interval).ok_or(TradeRefusal::Invalid)?;
        let closed = self.close();
        let steps = self.last.map_or(1, |last| begin.abs_diff(last) / self.interval.unsigned_abs());
        self.since = begin;
        self.open = Some(Bar {
            open_ts: Nanos(begin),
            interval: Nanos(self.interval),
            open: trade.price,
            high: trade.price,
            low: trade.price,
            close: trade.price,
            volume: trade.qty,
            trades,
            skipped: steps.saturating_sub(1),
            complete: !self.interrupted,
        });
        self.interrupted = false;
        Ok(closed)
    }
}

#[inline]
fn add(bar: &mut Bar, trade: &Trade, trades: u64) -> Result<(), TradeRefusal> {
    let Some(volume) = bar.volume.0.checked_add(trade.qty.0) else {
        bar.complete = false;
        return Err(TradeRefusal::Invalid);
    };
    bar.volume = Qty(volume);
    bar.high = bar.high.max(trade.price);
    bar.low = bar.low.min(trade.price);
    bar.close = trade.price;
    bar.trades = bar.trades.saturating_add(trades);
    Ok(())
}
