//! Wilder's true range of a bar.

use crate::bars::Bar;
use crate::input::{Overflow, PriceX2};

/// What the next bar needs of this one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ohlc {
    pub(crate) high: i128,
    pub(crate) low: i128,
    pub(crate) close: i128,
}

impl Ohlc {
    pub(crate) fn of(bar: &Bar) -> Self {
        let [high, low, close] = [bar.high, bar.low, bar.close].map(|price| i128::from(price.0));
        Self { high, low, close }
    }
}

/// Twice max(high − low, |high − previous close|, |low − previous close|).
///
/// # Errors
/// The range is more than an `i64`, or high is below low.
#[inline]
pub(crate) fn true_range(previous: &Ohlc, bar: &Ohlc) -> Result<PriceX2, Overflow> {
    let highest = bar.high.max(previous.close);
    let lowest = bar.low.min(previous.close);
    distance(lowest, highest)
}

/// Twice the distance from `low` up to `high`.
///
/// # Errors
/// It is negative, or more than an `i64`.
#[inline]
pub(crate) fn distance(low: i128, high: i128) -> Result<PriceX2, Overflow> {
    let distance = high - low;
    if !(0..1 << 63).contains(&distance) {
        return Err(Overflow);
    }
    Ok(PriceX2(distance * 2))
}
