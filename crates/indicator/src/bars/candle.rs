//! Bars as they are printed, and bar lengths as they are written.

use super::Bar;
use types::Decimal;

/// A bar with the decimals of its instrument: what a venue calls a candle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candle {
    /// When it begins, in milliseconds since 1970, UTC.
    pub open_time_ms: i64,
    /// First price.
    pub open: Decimal,
    /// Highest price.
    pub high: Decimal,
    /// Lowest price.
    pub low: Decimal,
    /// Last price.
    pub close: Decimal,
    /// Sum of the quantities.
    pub volume: Decimal,
    /// Number of trades.
    pub trades: u64,
    /// Intervals without a trade between the bar before and this one.
    pub skipped: u64,
    /// Whether every trade of the interval is known to be in.
    pub complete: bool,
}

impl Bar {
    /// The bar of an instrument with these decimal places, exact.
    #[must_use]
    pub const fn candle(&self, price_decimals: u8, qty_decimals: u8) -> Candle {
        Candle {
            open_time_ms: self.open_ts.as_ms(),
            open: Decimal::new(self.open.0, price_decimals),
            high: Decimal::new(self.high.0, price_decimals),
            low: Decimal::new(self.low.0, price_decimals),
            close: Decimal::new(self.close.0, price_decimals),
            volume: Decimal::new(self.volume.0, qty_decimals),
            trades: self.trades,
            skipped: self.skipped,
            complete: self.complete,
        }
    }
}

/// `5m` in seconds: a whole number and s, m, h or d. `None` unless it divides
/// a day, because bars are aligned to UTC.
#[must_use]
pub fn interval_seconds(text: &str) -> Option<u32> {
    const DAY: u32 = 86_400;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => DAY,
        _ => return None,
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = number.parse::<u32>().ok()?.checked_mul(unit)?;
    (seconds > 0 && DAY.is_multiple_of(seconds)).then_some(seconds)
}
