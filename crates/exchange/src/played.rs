//! The book of a recording, and our own orders against it.
//!
//! It is rebuilt from the recorded snapshot and diffs by the venue's bridging rule. Liquidity
//! that we
//! took stays taken until a recorded frame names the level again; a passive order waits behind what
//! was displayed when it came. It never changes what is displayed to others: the frames are
//! history.

use std::collections::BTreeMap;

use crate::matching::{Fill, Matching, Taken};
use crate::order::Side;

/// One recorded depth update, as mantissas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Diff {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) previous: i64,
    pub(crate) bids: Vec<(i64, i64)>,
    pub(crate) asks: Vec<(i64, i64)>,
}

/// A recorded trade.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Print {
    pub(crate) price: i64,
    pub(crate) qty: i64,
    /// Who was aggressive.
    pub(crate) aggressor: Side,
}

/// An own order that waits in the recorded queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Passive {
    side: Side,
    price: i64,
    left: i64,
    /// Displayed quantity that trades before we do.
    ahead: i64,
}

#[derive(Clone, Debug, Default)]
struct Half {
    displayed: BTreeMap<i64, i64>,
    /// What we took from a level since a frame last named it. Never more than displayed there.
    taken: BTreeMap<i64, i64>,
}

impl Half {
    fn set(&mut self, price: i64, qty: i64) {
        self.taken.remove(&price);
        if qty == 0 {
            self.displayed.remove(&price);
        } else {
            self.displayed.insert(price, qty);
        }
    }

    fn available(&self, price: i64, displayed: i64) -> i64 {
        displayed - self.taken.get(&price).copied().unwrap_or(0)
    }
}

/// The played book of one instrument.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlayedBook {
    bids: Half,
    asks: Half,
    /// `u` of the last applied update; 0 until the snapshot has come.
    last: i64,
    ready: bool,
    /// Diffs that came before the snapshot.
    early: Vec<Diff>,
    own: BTreeMap<i64, Passive>,
    /// Breaks in the recorded `pu` chain.
    pub(crate) gap_seen: u64,
}

impl PlayedBook {
    /// Whether the snapshot has been reached and bridged.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready
    }

    /// `u` of the last applied update.
    pub(crate) fn last(&self) -> i64 {
        self.last
    }

    /// Starts the book from the recorded snapshot and replays the diffs that came before it.
    /// A later snapshot is ignored unless the chain has broken since.
    pub(crate) fn on_snapshot(&mut self, snapshot: &Diff) {
        if self.ready && (self.gap_seen == 0 || snapshot.last <= self.last) {
            return;
        }
        self.bids = Half::default();
        self.asks = Half::default();
        self.set_levels(snapshot);
        self.last = snapshot.last;
        self.ready = true;
        let mut bridged = false;
        for diff in std::mem::take(&mut self.early) {
            if diff.last < snapshot.last {
                continue;
            }
            let follows = if bridged {
                diff.previous == self.last
            } else {
                diff.first <= snapshot.last || diff.previous == snapshot.last
            };
            if !follows {
                self.gap_seen += 1;
            }
            bridged = true;
            self.set_levels(&diff);
            self.last = diff.last;
        }
    }

    /// Applies a recorded update; own orders that it crosses are filled into `fills`.
    pub(crate) fn on_diff(&mut self, diff: &Diff, fills: &mut Vec<Fill>) {
        if !self.ready {
            self.early.push(diff.clone());
            return;
        }
        if diff.last < self.last {
            return;
        }
        let bridges = diff.first <= self.last && self.last <= diff.last;
        if diff.previous != self.last && !bridges {
            self.gap_seen += 1;
        }
        self.set_levels(diff);
        self.last = diff.last;
        self.shorten_queues();
        self.fill_crossed(fills);
    }

    fn set_levels(&mut self, diff: &Diff) {
        for (price, qty) in &diff.bids {
            self.bids.set(*price, *qty);
        }
        for (price, qty) in &diff.asks {
            self.asks.set(*price, *qty);
        }
    }

    /// Nobody can be ahead of us who is no longer displayed.
    fn shorten_queues(&mut self) {
        for order in self.own.values_mut() {
            let half = match order.side {
                Side::Buy => &self.bids,
                Side::Sell => &self.asks,
            };
            let displayed = half.displayed.get(&order.price).copied().unwrap_or(0);
            order.ahead = order.ahead.min(displayed);
        }
    }

    /// The recorded opposite touch has come to or through an own price: it would have traded with
    /// us.
    fn fill_crossed(&mut self, fills: &mut Vec<Fill>) {
        let ids: Vec<i64> = self.own.keys().copied().collect();
        for id in ids {
            let Some(order) = self.own.get(&id).copied() else { continue };
            let mut taken = Vec::new();
            let left = self.take(order.side, Some(order.price), order.left, &mut taken);
            self.fill_own(id, order.left - left, order.price, fills);
        }
    }

    fn fill_own(&mut self, id: i64, qty: i64, price: i64, fills: &mut Vec<Fill>) {
        if qty == 0 {
            return;
        }
        fills.push(Fill { order: id, price, qty, maker: true });
        if let Some(order) = self.own.get_mut(&id) {
            order.left -= qty;
            if order.left == 0 {
                self.own.remove(&id);
            }
        }
    }

    /// A recorded trade: first those of ours that it went through, then those at its price whose
    /// queue
    /// it used up. One trade never fills more of ours than its own quantity.
    pub(crate) fn on_print(&mut self, print: Print, fills: &mut Vec<Fill>) {
        let side = print.aggressor.opposite();
        let mut budget = print.qty;
        let mut queue: Vec<(i64, i64)> = self
            .own
            .iter()
            .filter(|(_, own)| own.side == side)
            .filter(|(_, own)| print.aggressor.accepts(Some(print.price), own.price))
            .map(|(id, own)| (-side.sign() * own.price, *id))
            .collect();
        queue.sort_unstable();
        for (_, id) in queue {
            let Some(own) = self.own.get_mut(&id) else { continue };
            let price = own.price;
            let mut reach = budget;
            if price == print.price {
                // What those before us left of the print goes to the queue ahead first.
                reach = (budget - own.ahead).max(0);
                own.ahead = (own.ahead - print.qty).max(0);
            }
            let qty = reach.min(own.left);
            budget -= qty;
            self.fill_own(id, qty, price, fills);
        }
    }

    fn half(&self, side: Side) -> &Half {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    /// Every displayed level of `side` with something left for us, best first.
    fn available(&self, side: Side) -> Box<dyn Iterator<Item = (i64, i64)> + '_> {
        let half = self.half(side);
        let left = move |(price, qty): (&i64, &i64)| {
            let left = half.available(*price, *qty);
            (left > 0).then_some((*price, left))
        };
        match side {
            Side::Buy => Box::new(half.displayed.iter().rev().filter_map(left)),
            Side::Sell => Box::new(half.displayed.iter().filter_map(left)),
        }
    }

    /// Displayed quantity that trades before the own order does; none when it is not here.
    #[cfg(test)]
    pub(crate) fn ahead(&self, order: i64) -> Option<i64> {
        self.own.get(&order).map(|own| own.ahead)
    }
}

impl Matching for PlayedBook {
    fn top(&self, side: Side) -> Option<(i64, i64)> {
        self.available(side).next()
    }

    fn levels(&self, side: Side, limit: usize) -> Vec<(i64, i64)> {
        let pair = |(price, qty): (&i64, &i64)| (*price, *qty);
        let displayed = &self.half(side).displayed;
        match side {
            Side::Buy => displayed.iter().rev().take(limit).map(pair).collect(),
            Side::Sell => displayed.iter().take(limit).map(pair).collect(),
        }
    }

    fn reach(&self, side: Side, limit: Option<i64>, qty: i64) -> (i64, Option<i64>) {
        let (mut found, mut worst) = (0, None);
        for (price, left) in self.available(side.opposite()) {
            if found >= qty || !side.accepts(limit, price) {
                break;
            }
            found = (found + left).min(qty);
            worst = Some(price);
        }
        (found, worst)
    }

    fn take(&mut self, side: Side, limit: Option<i64>, qty: i64, taken: &mut Vec<Taken>) -> i64 {
        let mut want = qty;
        let mut parts = Vec::new();
        for (price, left) in self.available(side.opposite()) {
            if want == 0 || !side.accepts(limit, price) {
                break;
            }
            let part = want.min(left);
            want -= part;
            parts.push(Taken { price, qty: part, maker: None });
        }
        let half = match side {
            Side::Buy => &mut self.asks,
            Side::Sell => &mut self.bids,
        };
        for part in &parts {
            *half.taken.entry(part.price).or_insert(0) += part.qty;
        }
        taken.extend(parts);
        want
    }

    fn rest(&mut self, order: i64, side: Side, price: i64, qty: i64) {
        let ahead = self.half(side).displayed.get(&price).copied().unwrap_or(0);
        self.own.insert(order, Passive { side, price, left: qty, ahead });
    }

    fn remove(&mut self, order: i64) -> i64 {
        self.own.remove(&order).map_or(0, |own| own.left)
    }

    fn shrink(&mut self, order: i64, qty: i64) -> i64 {
        if qty <= 0 {
            self.own.remove(&order);
            return 0;
        }
        self.own.get_mut(&order).map_or(0, |own| {
            own.left = own.left.min(qty);
            own.left
        })
    }
}

#[cfg(test)]
mod tests;
