//! The book of a recording, and our own orders against it.
//!
//! It is rebuilt from the recorded snapshot and diffs by the venue's bridging rule. Liquidity
//! that we
//! took stays taken until a recorded frame names the level again; a passive order waits behind what
//! was displayed when it came. It never changes what is displayed to others: the frames are
//! history.

use std::collections::{BTreeMap, VecDeque};

use crate::matching::{Fill, Matching, Taken};
use crate::order::Side;
use crate::queue::{QueueModel, QueuePlace};

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
    place: QueuePlace,
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

/// Most diffs that wait for a snapshot. A recorded snapshot joins within seconds of its diffs; this
/// is more than a minute of the fastest stream.
const EARLY: usize = 8_192;

/// The played book of one instrument.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlayedBook {
    bids: Half,
    asks: Half,
    /// `u` of the last applied update; 0 until the snapshot has come.
    last: i64,
    ready: bool,
    /// A recorded update has followed the snapshot: a client's book can be whole.
    joined: bool,
    /// Diffs that wait for a snapshot: the latest [`EARLY`].
    early: VecDeque<Diff>,
    own: BTreeMap<i64, Passive>,
    model: QueueModel,
    /// Breaks in the recorded `pu` chain.
    pub(crate) gap_seen: u64,
}

impl PlayedBook {
    /// An empty book whose queues follow `model`.
    pub(crate) fn new(model: QueueModel) -> PlayedBook {
        PlayedBook { model, ..PlayedBook::default() }
    }

    /// Whether what the book holds is known: a snapshot was reached, and nothing is missing since.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready
    }

    /// Whether a client that heard everything so far, and asks for a snapshot, has a whole book.
    pub(crate) fn is_joined(&self) -> bool {
        self.ready && self.joined
    }

    /// `u` of the last applied update.
    pub(crate) fn last(&self) -> i64 {
        self.last
    }

    /// Starts the book from a recorded snapshot and replays the diffs that waited for it. A later
    /// snapshot is ignored unless the chain has broken since.
    pub(crate) fn on_snapshot(&mut self, snapshot: &Diff, fills: &mut Vec<Fill>) {
        if self.ready {
            return;
        }
        self.bids = Half::default();
        self.asks = Half::default();
        self.set_levels(snapshot);
        self.resync_queues();
        self.last = snapshot.last;
        self.ready = true;
        self.catch_up(fills);
    }

    /// Whether nothing is missing between what was applied and `diff`.
    fn follows(&self, diff: &Diff) -> bool {
        diff.previous == self.last || (diff.first <= self.last && self.last <= diff.last)
    }

    /// Applies what waited, as far as it follows; own orders that the book now crosses are filled.
    fn catch_up(&mut self, fills: &mut Vec<Fill>) {
        while let Some(diff) = self.early.pop_front() {
            if diff.last <= self.last {
                self.joined |= diff.last == self.last;
            } else if self.follows(&diff) {
                self.update(&diff);
            } else {
                return self.lose(diff);
            }
        }
        if self.joined {
            self.fill_crossed(fills);
        }
    }

    fn update(&mut self, diff: &Diff) {
        self.move_queues(diff);
        self.set_levels(diff);
        self.last = diff.last;
        self.joined = true;
    }

    /// Updates behind a hole wait; when another connection brings what is missing, they follow.
    fn heal(&mut self, fills: &mut Vec<Fill>) {
        while self.early.front().is_some_and(|diff| diff.last <= self.last) {
            self.early.pop_front();
        }
        let Some(front) = self.early.front() else { return };
        if self.last == 0 || !self.follows(front) {
            return;
        }
        // What seemed to be a gap was none.
        self.gap_seen = self.gap_seen.saturating_sub(1);
        self.ready = true;
        self.catch_up(fills);
    }

    /// Messages may be missing from here on, and nobody brings them: only a later snapshot says
    /// what the book is.
    pub(crate) fn forget(&mut self) {
        self.ready = false;
        self.joined = false;
        self.last = 0;
        self.early.clear();
    }

    /// Applies a recorded update; own orders that it crosses are filled into `fills`.
    pub(crate) fn on_diff(&mut self, diff: &Diff, fills: &mut Vec<Fill>) {
        if !self.ready {
            self.keep(diff.clone());
            return self.heal(fills);
        }
        if diff.last <= self.last {
            // A copy, or older than the book; at the book's own id it still confirms the join.
            self.joined |= diff.last == self.last;
            return;
        }
        if !self.follows(diff) {
            return self.lose(diff.clone());
        }
        self.update(diff);
        self.fill_crossed(fills);
    }

    /// Updates are missing in the recording: what the book was from here on is not known, so it is
    /// not shown and nothing is matched in it, until a recorded snapshot says.
    fn lose(&mut self, diff: Diff) {
        self.gap_seen += 1;
        self.ready = false;
        self.joined = false;
        self.early.push_front(diff);
    }

    /// Keeps an update for later, in the order of ids, each once.
    fn keep(&mut self, diff: Diff) {
        if self.early.len() == EARLY {
            self.early.pop_front();
        }
        let at = self.early.partition_point(|held| held.last < diff.last);
        if self.early.get(at).is_none_or(|held| held.last != diff.last) {
            self.early.insert(at, diff);
        }
    }

    /// Own orders take their places in a book that a snapshot has shown anew. Behind its last
    /// level nobody knows, and they stay where they were.
    fn resync_queues(&mut self) {
        for order in self.own.values_mut() {
            let half = if order.side == Side::Buy { &self.bids } else { &self.asks };
            let farthest = match order.side {
                Side::Buy => half.displayed.keys().next(),
                Side::Sell => half.displayed.keys().next_back(),
            };
            if farthest.is_some_and(|far| order.side.accepts(Some(order.price), *far)) {
                order.place.on_resync(half.displayed.get(&order.price).copied().unwrap_or(0));
            }
        }
    }

    fn set_levels(&mut self, diff: &Diff) {
        for (price, qty) in &diff.bids {
            self.bids.set(*price, *qty);
        }
        for (price, qty) in &diff.asks {
            self.asks.set(*price, *qty);
        }
    }

    /// Levels at which we wait are about to be shown with other quantities.
    fn move_queues(&mut self, diff: &Diff) {
        for order in self.own.values_mut() {
            let (half, named) = match order.side {
                Side::Buy => (&self.bids, &diff.bids),
                Side::Sell => (&self.asks, &diff.asks),
            };
            let before = half.displayed.get(&order.price).copied().unwrap_or(0);
            if let Some((_, after)) = named.iter().rev().find(|(price, _)| *price == order.price) {
                order.place.on_change(self.model, before, *after);
            }
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
    /// it used up. One trade never fills more of ours than its own quantity. While the book is not
    /// known nobody knows what stood before us, and nothing is filled.
    pub(crate) fn on_print(&mut self, print: Print, fills: &mut Vec<Fill>) {
        if !self.ready {
            return;
        }
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
                reach = (budget - own.place.ahead).max(0);
                own.place.on_trade(print.qty);
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
        self.own.get(&order).map(|own| own.place.ahead)
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
        let place = QueuePlace::behind(ahead);
        self.own.insert(order, Passive { side, price, left: qty, place });
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
