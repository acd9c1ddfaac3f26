//! One side of a book: keys that grow away from the touch, the nearest in a
//! dense window, the rest in a sorted store of fixed capacity.
//!
//! Fed and read by the book, which turns prices into keys (asks by tick index,
//! bids by its negative), so that the best level always has the least key.
//!
//! Invariant: when the side is not empty, its best key is inside the window,
//! and every key of the far store lies past the window's end.

use crate::window::{WINDOW_TICKS, Window};
use std::collections::VecDeque;

/// What became of a level change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The level is new.
    Added,
    /// The level had another quantity, or the same one.
    Changed,
    /// The level is gone.
    Removed,
    /// A removal of a level that was not there: nothing happened.
    Absent,
    /// The far store is full and the level lies past all of it: not kept, counted.
    Dropped,
    /// The price is no multiple of the tick size, or beyond the book's range:
    /// not kept, counted.
    OffGrid,
    /// The quantity is negative: nothing happened, counted.
    Refused,
}

/// By whether the level was there (2) and is there now (1).
const OUTCOMES: [Applied; 4] =
    [Applied::Absent, Applied::Added, Applied::Removed, Applied::Changed];

/// Where the touch stands in a window that was just moved: a quarter of it is
/// kept for better prices, because depth matters on the other side.
const LEAD: i64 = WINDOW_TICKS as i64 / 4;
/// The touch this deep in the window moves it, so that a move pays for itself
/// over at least a quarter window of touch changes.
const DEEP: i64 = WINDOW_TICKS as i64 / 2;
/// The best key of an empty side, and "nothing was dropped".
const NOWHERE: i64 = i64::MAX;

#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    best: i64,
    base: i64,
    near: Window,
    /// Ascending keys with their quantities.
    far: VecDeque<(i64, i64)>,
    capacity: usize,
    dropped: u64,
    /// The least key dropped since the last reset.
    dropped_from: i64,
}

impl Ladder {
    pub(crate) fn new(far_levels: usize) -> Self {
        Self {
            best: NOWHERE,
            base: 0,
            near: Window::new(),
            // Never holds more than its capacity, so it never grows.
            far: VecDeque::with_capacity(far_levels),
            capacity: far_levels,
            dropped: 0,
            dropped_from: NOWHERE,
        }
    }

    /// Empties the side. The count of dropped levels goes on.
    pub(crate) fn reset(&mut self) {
        self.near.clear();
        self.far.clear();
        self.best = NOWHERE;
        self.dropped_from = NOWHERE;
    }

    pub(crate) fn len(&self) -> usize {
        self.near.occupied() + self.far.len()
    }

    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }

    #[inline]
    pub(crate) fn best(&self) -> Option<(i64, i64)> {
        (self.best != NOWHERE).then(|| (self.best, self.near.quantity(self.best)))
    }

    #[inline(always)]
    pub(crate) fn apply(&mut self, key: i64, quantity: i64) -> Applied {
        if key.wrapping_sub(self.base).cast_unsigned() >= WINDOW_TICKS as u64 {
            return self.apply_outside(key, quantity);
        }
        let was = self.near.put(key, quantity);
        let present = quantity != 0;
        // A change behind the touch, the common one, is done here.
        if key <= self.best {
            if present {
                self.best = key;
            } else if was {
                self.best_left();
            }
        }
        OUTCOMES[usize::from(was) * 2 + usize::from(present)]
    }

    /// The levels from the best outward.
    #[inline]
    pub(crate) fn iter(&self) -> Keys<'_> {
        Keys { ladder: self, at: self.best, far: 0 }
    }

    /// Whether any of the best `levels` may be missing because it was dropped.
    pub(crate) fn is_truncated_within(&self, levels: usize) -> bool {
        self.dropped_from != NOWHERE
            && self
                .iter()
                .nth(levels.saturating_sub(1))
                .is_none_or(|(key, _)| key >= self.dropped_from)
    }

    /// Gives each level the key that `rekey` says, which must keep their order;
    /// levels without one are removed and counted.
    pub(crate) fn rekey(
        &mut self,
        rekey: impl Fn(i64) -> Option<i64>,
        dropped_from: impl Fn(i64) -> i64,
    ) -> u64 {
        self.evict_from(i64::MIN);
        let before = self.far.len();
        self.far.retain_mut(|level| rekey(level.0).map(|key| level.0 = key).is_some());
        if self.dropped_from != NOWHERE {
            self.dropped_from = dropped_from(self.dropped_from);
        }
        self.best = NOWHERE;
        self.best_from_far();
        (before - self.far.len() - self.near.occupied()) as u64
    }

    /// Not inlined: its registers would be saved on every change of a level.
    #[inline(never)]
    fn best_left(&mut self) {
        match self.near.first_from(self.base, self.best) {
            Some(key) => {
                self.best = key;
                if key - self.base > DEEP {
                    self.move_to(key);
                }
            }
            None => self.best_from_far(),
        }
    }

    #[cold]
    fn best_from_far(&mut self) {
        self.best = self.far.front().map_or(NOWHERE, |level| level.0);
        if self.best != NOWHERE {
            self.move_to(self.best);
        }
    }

    #[cold]
    #[inline(never)]
    fn apply_outside(&mut self, key: i64, quantity: i64) -> Applied {
        if self.best == NOWHERE || key < self.base {
            if quantity == 0 {
                return Applied::Absent;
            }
            self.move_to(key);
            self.near.put(key, quantity);
            self.best = key;
            return Applied::Added;
        }
        match (self.far.binary_search_by_key(&key, |level| level.0), quantity) {
            (Ok(at), 0) => {
                self.far.remove(at);
                Applied::Removed
            }
            (Ok(at), _) => {
                self.far[at].1 = quantity;
                Applied::Changed
            }
            (Err(_), 0) => Applied::Absent,
            (Err(at), _) => self.insert_far(at, key, quantity),
        }
    }

    fn insert_far(&mut self, at: usize, key: i64, quantity: i64) -> Applied {
        if self.far.len() == self.capacity {
            if at == self.far.len() {
                self.note_dropped(key);
                return Applied::Dropped;
            }
            self.drop_farthest();
        }
        self.far.insert(at, (key, quantity));
        Applied::Added
    }

    /// Moves the window so that `key`, the best or about to be, stands at its
    /// lead. Nothing leaves at the better end: no level is better than `key`.
    #[cold]
    fn move_to(&mut self, key: i64) {
        let base = key - LEAD;
        let end = base + WINDOW_TICKS as i64;
        self.evict_from(end);
        self.base = base;
        while let Some(&(key, quantity)) = self.far.front()
            && key < end
        {
            self.far.pop_front();
            self.near.put(key, quantity);
        }
    }

    /// Moves the window's levels at and past `end` to the far store.
    fn evict_from(&mut self, end: i64) {
        while let Some(key) = self.near.last(self.base)
            && key >= end
        {
            let quantity = self.near.quantity(key);
            self.near.put(key, 0);
            if self.far.len() == self.capacity && !self.drop_farthest() {
                self.note_dropped(key);
            } else {
                self.far.push_front((key, quantity));
            }
        }
    }

    fn drop_farthest(&mut self) -> bool {
        let Some((key, _)) = self.far.pop_back() else { return false };
        self.note_dropped(key);
        true
    }

    fn note_dropped(&mut self, key: i64) {
        self.dropped += 1;
        self.dropped_from = self.dropped_from.min(key);
    }
}

/// Keys and quantities from the best outward.
#[derive(Clone, Debug)]
pub(crate) struct Keys<'l> {
    ladder: &'l Ladder,
    at: i64,
    far: usize,
}

impl Iterator for Keys<'_> {
    type Item = (i64, i64);

    #[inline]
    fn next(&mut self) -> Option<(i64, i64)> {
        let Ladder { base, near, far, .. } = self.ladder;
        let end = base + WINDOW_TICKS as i64;
        if self.at < end {
            if let Some(key) = near.first_from(*base, self.at) {
                self.at = key + 1;
                return Some((key, near.quantity(key)));
            }
            self.at = end;
        }
        let level = far.get(self.far).copied()?;
        self.far += 1;
        Some(level)
    }
}
