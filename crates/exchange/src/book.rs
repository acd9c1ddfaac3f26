//! A price-time-priority limit order book: the synthetic market's, with own orders in the same
//! queues.
//! It reports what changed and who was hit; it never makes messages and knows no accounts.

use std::collections::{BTreeMap, VecDeque};

use crate::matching::{Matching, Taken};
use crate::order::Side;

/// Who stands in a queue: the flow (its own counter) or an own order (its venue id).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Flow(u64),
    Own(i64),
}

#[derive(Clone, Copy, Debug)]
struct Resting {
    side: Side,
    price: i64,
}

#[derive(Clone, Debug, Default)]
struct Level {
    /// Sum of the queue, kept so that a depth level costs one look.
    qty: i64,
    queue: VecDeque<(Owner, i64)>,
}

/// The book. Invariants: no level is empty; a level's quantity is the sum of its queue; bids stay
/// below
/// asks after every call of `take` followed by `insert`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    bids: BTreeMap<i64, Level>,
    asks: BTreeMap<i64, Level>,
    resting: BTreeMap<Owner, Resting>,
    /// Levels touched since `drain_changes`, in the order of touching, with repetitions.
    changes: Vec<(Side, i64)>,
}

impl Book {
    fn side(&self, side: Side) -> &BTreeMap<i64, Level> {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<i64, Level> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// Quantity at one price; 0 where there is no level.
    pub(crate) fn qty_at(&self, side: Side, price: i64) -> i64 {
        self.side(side).get(&price).map_or(0, |level| level.qty)
    }

    /// Number of price levels on a side.
    pub(crate) fn level_count(&self, side: Side) -> usize {
        self.side(side).len()
    }

    /// The price farthest from the touch.
    pub(crate) fn farthest(&self, side: Side) -> Option<i64> {
        match side {
            Side::Buy => self.bids.keys().next().copied(),
            Side::Sell => self.asks.keys().next_back().copied(),
        }
    }

    /// Joins the end of the queue at `price`. The caller has taken what crosses first.
    pub(crate) fn insert(&mut self, owner: Owner, side: Side, price: i64, qty: i64) {
        assert!(qty > 0, "an order rests with a quantity");
        let level = self.side_mut(side).entry(price).or_default();
        level.qty += qty;
        level.queue.push_back((owner, qty));
        self.resting.insert(owner, Resting { side, price });
        self.changes.push((side, price));
    }

    /// Takes an order out; returns what it had left, or none when it is not here.
    pub(crate) fn cancel(&mut self, owner: Owner) -> Option<i64> {
        let Resting { side, price } = self.resting.remove(&owner)?;
        let levels = self.side_mut(side);
        let level = levels.get_mut(&price)?;
        let place = level.queue.iter().position(|(who, _)| *who == owner)?;
        let (_, qty) = level.queue.remove(place)?;
        level.qty -= qty;
        if level.queue.is_empty() {
            levels.remove(&price);
        }
        self.changes.push((side, price));
        Some(qty)
    }

    /// Hands over the levels touched since the last call.
    pub(crate) fn drain_changes(&mut self) -> std::vec::Drain<'_, (Side, i64)> {
        self.changes.drain(..)
    }

    /// Takes from one level in time priority; returns the part of `want` that it could not give.
    fn take_level(&mut self, side: Side, price: i64, want: i64, taken: &mut Vec<Taken>) -> i64 {
        let mut want = want;
        let mut gone = Vec::new();
        let levels = self.side_mut(side);
        let Some(level) = levels.get_mut(&price) else { return want };
        while want > 0 {
            let Some((owner, qty)) = level.queue.front_mut() else { break };
            let part = want.min(*qty);
            *qty -= part;
            level.qty -= part;
            want -= part;
            let maker = match owner {
                Owner::Own(order) => Some(*order),
                Owner::Flow(_) => None,
            };
            taken.push(Taken { price, qty: part, maker });
            if *qty == 0 {
                gone.push(*owner);
                level.queue.pop_front();
            }
        }
        if level.queue.is_empty() {
            levels.remove(&price);
        }
        for owner in gone {
            self.resting.remove(&owner);
        }
        self.changes.push((side, price));
        want
    }
}

impl Matching for Book {
    fn top(&self, side: Side) -> Option<(i64, i64)> {
        let entry = match side {
            Side::Buy => self.bids.iter().next_back(),
            Side::Sell => self.asks.iter().next(),
        };
        entry.map(|(price, level)| (*price, level.qty))
    }

    fn levels(&self, side: Side, limit: usize) -> Vec<(i64, i64)> {
        let pair = |(price, level): (&i64, &Level)| (*price, level.qty);
        match side {
            Side::Buy => self.bids.iter().rev().take(limit).map(pair).collect(),
            Side::Sell => self.asks.iter().take(limit).map(pair).collect(),
        }
    }

    fn reach(&self, side: Side, limit: Option<i64>, qty: i64) -> (i64, Option<i64>) {
        let from = side.opposite();
        let (mut found, mut worst) = (0, None);
        let mut visit = |price: i64, level: &Level| {
            if found >= qty || !side.accepts(limit, price) {
                return false;
            }
            found = (found + level.qty).min(qty);
            worst = Some(price);
            true
        };
        match from {
            Side::Buy => self.bids.iter().rev().all(|(price, level)| visit(*price, level)),
            Side::Sell => self.asks.iter().all(|(price, level)| visit(*price, level)),
        };
        (found, worst)
    }

    fn take(&mut self, side: Side, limit: Option<i64>, qty: i64, taken: &mut Vec<Taken>) -> i64 {
        let from = side.opposite();
        let mut want = qty;
        while want > 0 {
            let Some((price, _)) = self.top(from) else { break };
            if !side.accepts(limit, price) {
                break;
            }
            want = self.take_level(from, price, want, taken);
        }
        want
    }

    fn rest(&mut self, order: i64, side: Side, price: i64, qty: i64) {
        self.insert(Owner::Own(order), side, price, qty);
    }

    fn remove(&mut self, order: i64) -> i64 {
        self.cancel(Owner::Own(order)).unwrap_or(0)
    }

    fn shrink(&mut self, order: i64, qty: i64) -> i64 {
        let owner = Owner::Own(order);
        if qty <= 0 {
            self.cancel(owner);
            return 0;
        }
        let Some(Resting { side, price }) = self.resting.get(&owner).copied() else { return 0 };
        let Some(level) = self.side_mut(side).get_mut(&price) else { return 0 };
        let Some(slot) = level.queue.iter_mut().find(|(who, _)| *who == owner) else { return 0 };
        let kept = slot.1.min(qty);
        level.qty -= slot.1 - kept;
        slot.1 = kept;
        self.changes.push((side, price));
        kept
    }
}

#[cfg(test)]
mod tests;
