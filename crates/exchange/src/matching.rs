//! What order entry asks of any book, whether the flow keeps it or a recording plays it.
//! Two implementations: `book::Book` and `played::PlayedBook`; nothing here knows accounts or
//! frames.

use crate::order::Side;

/// One execution of an own order against the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fill {
    /// The own order.
    pub(crate) order: i64,
    pub(crate) price: i64,
    pub(crate) qty: i64,
    pub(crate) maker: bool,
}

/// A piece of a sweep: this much at this price. `maker` is the own order that stood there, if it
/// was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) price: i64,
    pub(crate) qty: i64,
    pub(crate) maker: Option<i64>,
}

/// A book that own orders can take from and rest in.
pub(crate) trait Matching {
    /// Best price and its available quantity on `side`.
    fn top(&self, side: Side) -> Option<(i64, i64)>;
    /// Best `limit` levels of `side` as displayed, best first.
    fn levels(&self, side: Side, limit: usize) -> Vec<(i64, i64)>;
    /// How much an order of `side` could take now, up to `qty`, and the worst price that it would
    /// reach.
    fn reach(&self, side: Side, limit: Option<i64>, qty: i64) -> (i64, Option<i64>);
    /// Takes up to `qty` for an order of `side`; returns what was not found.
    fn take(&mut self, side: Side, limit: Option<i64>, qty: i64, taken: &mut Vec<Taken>) -> i64;
    /// Lets an own order rest behind what is there.
    fn rest(&mut self, order: i64, side: Side, price: i64, qty: i64);
    /// Takes an own order out; returns what it still had resting.
    fn remove(&mut self, order: i64) -> i64;
    /// Lowers what an own order has resting to at most `qty`, keeping its place; returns what
    /// rests now.
    fn shrink(&mut self, order: i64, qty: i64) -> i64;

    /// Twice the mid price; none while a side is empty.
    fn mid_doubled(&self) -> Option<i64> {
        Some(self.top(Side::Buy)?.0 + self.top(Side::Sell)?.0)
    }
}
