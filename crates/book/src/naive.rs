//! The slow, obvious twin of the book: two ordered maps.
//!
//! The oracle of the property tests and the yardstick of the bench. Allocates
//! and keeps everything; never on the line.

use std::collections::BTreeMap;
use types::{Price, Qty, Side};

/// A book of two `BTreeMap`s, without a tick grid and without a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NaiveBook {
    bids: BTreeMap<Price, Qty>,
    asks: BTreeMap<Price, Qty>,
}

impl NaiveBook {
    /// An empty book.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Empties both sides.
    pub fn reset(&mut self) {
        self.bids.clear();
        self.asks.clear();
    }

    /// Sets the whole quantity at a price; zero removes the level.
    pub fn apply(&mut self, side: Side, price: Price, qty: Qty) {
        let levels = match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        if qty.0 == 0 {
            levels.remove(&price);
        } else {
            levels.insert(price, qty);
        }
    }

    /// The highest bid and its quantity.
    #[must_use]
    pub fn best_bid(&self) -> Option<(Price, Qty)> {
        self.bids.last_key_value().map(|(price, qty)| (*price, *qty))
    }

    /// The lowest ask and its quantity.
    #[must_use]
    pub fn best_ask(&self) -> Option<(Price, Qty)> {
        self.asks.first_key_value().map(|(price, qty)| (*price, *qty))
    }

    /// The best `levels` of a side, best first.
    #[must_use]
    pub fn top(&self, side: Side, levels: usize) -> Vec<(Price, Qty)> {
        let owned = |(price, qty): (&Price, &Qty)| (*price, *qty);
        match side {
            Side::Buy => self.bids.iter().rev().take(levels).map(owned).collect(),
            Side::Sell => self.asks.iter().take(levels).map(owned).collect(),
        }
    }

    /// How many levels a side has.
    #[must_use]
    pub fn levels(&self, side: Side) -> usize {
        match side {
            Side::Buy => self.bids.len(),
            Side::Sell => self.asks.len(),
        }
    }

    /// Whether the best bid is at or above the best ask.
    #[must_use]
    pub fn is_crossed(&self) -> bool {
        match (self.best_bid(), self.best_ask()) {
            (Some((bid, _)), Some((ask, _))) => bid >= ask,
            _ => false,
        }
    }
}
