//! Candles from the trades of a recording, by the trades' own times and ids.
//!
//! Fed by [`crate::bars`]. The engine's bar builder takes trades as they come,
//! as it must on the line; a venue's candle goes by its ids, so here a late or
//! repeated trade changes nothing but its own place, and missing ids are known.
//! Never here: an interval without a trade made into a candle.

use std::collections::BTreeMap;
use types::{Decimal, Price, Qty};

/// One candle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candle {
    /// Price of the trade with the lowest id.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Price of the trade with the highest id.
    pub close: Price,
    /// Sum of the quantities, in the instrument's quantity decimals.
    pub volume: i128,
    /// Number of trades.
    pub trades: u64,
    first_id: u64,
    last_id: u64,
}

/// A trade, or several at one price that the venue put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dealt {
    pub(crate) first_id: u64,
    pub(crate) last_id: u64,
    /// Venue time, nanoseconds.
    pub(crate) made: i64,
    pub(crate) price: Price,
    /// Zero for an entry that is no trade: it only says that its id is none.
    pub(crate) qty: Qty,
}

/// Ids that were not seen, between two trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    last_id: u64,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// Candles of one interval, as they grow.
#[derive(Debug)]
pub(crate) struct Candles {
    interval: i64,
    pub(crate) by_open: BTreeMap<i64, Candle>,
    /// By the first id that is missing.
    pub(crate) holes: BTreeMap<u64, Hole>,
    last: Option<(u64, i64)>,
    pub(crate) repeated: u64,
}

impl Candles {
    /// Of `interval` nanoseconds, above zero.
    pub(crate) const fn new(interval: i64) -> Self {
        Self { interval, by_open: BTreeMap::new(), holes: BTreeMap::new(), last: None, repeated: 0 }
    }

    /// Takes a trade; one whose ids were seen before is counted and left out.
    pub(crate) fn on_trade(&mut self, dealt: &Dealt) {
        if self.is_new(dealt) {
            if dealt.qty.0 > 0 {
                self.add(dealt);
            }
        } else {
            self.repeated += 1;
        }
    }

    /// Id and time of the trade with the highest id.
    pub(crate) const fn last(&self) -> Option<(u64, i64)> {
        self.last
    }

    fn is_new(&mut self, dealt: &Dealt) -> bool {
        let Some((last_id, last_made)) = self.last else {
            self.last = Some((dealt.last_id, dealt.made));
            return true;
        };
        if dealt.first_id > last_id {
            if dealt.first_id > last_id + 1 {
                let (from, to) = (last_made.min(dealt.made), last_made.max(dealt.made));
                self.holes.insert(last_id + 1, Hole { last_id: dealt.first_id - 1, from, to });
            }
            self.last = Some((dealt.last_id, last_made.max(dealt.made)));
            return true;
        }
        self.fill(dealt)
    }

    /// A late trade: new if its ids are among those that are missing.
    fn fill(&mut self, dealt: &Dealt) -> bool {
        let at = self.holes.range(..=dealt.first_id).next_back();
        let Some((first, hole)) = at.map(|(first, hole)| (*first, *hole)) else { return false };
        if dealt.last_id > hole.last_id {
            return false;
        }
        self.holes.remove(&first);
        if first < dealt.first_id {
            self.holes.insert(first, Hole { last_id: dealt.first_id - 1, ..hole });
        }
        if dealt.last_id < hole.last_id {
            self.holes.insert(dealt.last_id + 1, hole);
        }
        true
    }

    fn add(&mut self, dealt: &Dealt) {
        let open_time = dealt.made.div_euclid(self.interval) * self.interval;
        let count = dealt.last_id - dealt.first_id + 1;
        let candle = self.by_open.entry(open_time).or_insert(Candle {
            open: dealt.price,
            high: dealt.price,
            low: dealt.price,
            close: dealt.price,
            volume: 0,
            trades: 0,
            first_id: dealt.first_id,
            last_id: dealt.last_id,
        });
        if dealt.first_id < candle.first_id {
            (candle.first_id, candle.open) = (dealt.first_id, dealt.price);
        }
        if dealt.last_id > candle.last_id {
            (candle.last_id, candle.close) = (dealt.last_id, dealt.price);
        }
        candle.high = candle.high.max(dealt.price);
        candle.low = candle.low.min(dealt.price);
        candle.volume += i128::from(dealt.qty.0);
        candle.trades += count;
    }
}

/// A sum of quantities as text: more digits than a [`Decimal`] holds.
#[must_use]
pub fn volume_text(volume: i128, places: u8) -> String {
    match i64::try_from(volume) {
        Ok(mantissa) => Decimal::new(mantissa, places).to_string(),
        Err(_) => {
            let unit = 10_u128.pow(u32::from(places));
            let size = volume.unsigned_abs();
            let sign = if volume < 0 { "-" } else { "" };
            match places {
                0 => format!("{sign}{size}"),
                _ => format!("{sign}{}.{:0>2$}", size / unit, size % unit, usize::from(places)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn dealt(id: u64, at_s: i64, price: i64) -> Dealt {
        let (price, qty) = (Price(price), Qty(2));
        Dealt { first_id: id, last_id: id, made: at_s * SECOND, price, qty }
    }

    #[test]
    fn open_and_close_go_by_id_however_late_a_trade_comes() {
        let mut candles = Candles::new(60 * SECOND);
        for trade in [dealt(1, 0, 100), dealt(4, 30, 130), dealt(5, 61, 90)] {
            candles.on_trade(&trade);
        }
        assert_eq!(candles.holes.len(), 1, "2 and 3 are missing");
        candles.on_trade(&dealt(2, 10, 140));
        candles.on_trade(&dealt(3, 20, 80));
        assert!(candles.holes.is_empty());
        let first = candles.by_open[&0];
        let prices = [first.open, first.high, first.low, first.close].map(|price| price.0);
        assert_eq!((prices, first.volume, first.trades), ([100, 140, 80, 130], 8, 4));
        assert_eq!(candles.by_open[&(60 * SECOND)].trades, 1);
    }

    #[test]
    fn a_trade_that_was_seen_is_left_out() {
        let mut candles = Candles::new(SECOND);
        for trade in [dealt(7, 0, 1), dealt(8, 0, 2), dealt(8, 0, 2), dealt(7, 0, 1)] {
            candles.on_trade(&trade);
        }
        assert_eq!((candles.by_open[&0].trades, candles.repeated), (2, 2));
    }

    #[test]
    fn trades_put_together_count_each() {
        let mut candles = Candles::new(SECOND);
        candles.on_trade(&Dealt { last_id: 9, ..dealt(5, 0, 1) });
        candles.on_trade(&Dealt { qty: Qty(0), ..dealt(10, 0, 1) });
        candles.on_trade(&dealt(11, 0, 1));
        assert_eq!((candles.by_open[&0].trades, candles.holes.len()), (6, 0));
    }

    #[test]
    fn a_volume_beyond_64_bits_is_written_whole() {
        assert_eq!(volume_text(12_345, 3), "12.345");
        assert_eq!(volume_text(i128::from(i64::MAX) * 10 + 5, 3), "92233720368547758.075");
        assert_eq!(volume_text(i128::from(i64::MAX) * 10, 0), "92233720368547758070");
    }
}
