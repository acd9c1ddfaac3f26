//! One instrument's L2 book: absolute quantities per price, both sides.
//!
//! Fed by the indicator stage from snapshots and level changes; read for the
//! touch, the best levels and sums over them. It never judges a sequence and
//! never uncrosses itself.

use crate::grid::Grid;
use crate::ladder::{Applied, Keys, Ladder};
use types::{Price, Qty, Side};

/// How many of the best levels of a side [`Book::is_truncated_near_touch`]
/// answers for: more than any indicator or depth query of the engine reads.
pub const NEAR_LEVELS: usize = 64;

/// A price ladder of integer mantissas.
///
/// About 64 KiB for the two windows, and 16 bytes per far level and side.
#[derive(Clone, Debug)]
pub struct Book {
    grid: Grid,
    /// By [`Side`] as a number.
    sides: [Ladder; 2],
    off_grid: u64,
    refused: u64,
}

impl Book {
    /// An empty book on multiples of `tick_size` (below 1 counts as 1), which
    /// keeps up to `far_levels` levels per side (0 counts as 1) beyond the
    /// dense window around its touch. All memory is taken here.
    #[must_use]
    pub fn new(tick_size: Price, far_levels: usize) -> Self {
        let side = || Ladder::new(far_levels.max(1));
        Self { grid: Grid::new(tick_size), sides: [side(), side()], off_grid: 0, refused: 0 }
    }

    /// Empties both sides: a snapshot begins. The counters go on.
    pub fn reset(&mut self) {
        for side in &mut self.sides {
            side.reset();
        }
    }

    /// Sets the whole quantity at a price; zero removes the level.
    #[inline]
    pub fn apply(&mut self, side: Side, price: Price, qty: Qty) -> Applied {
        let Some(index) = self.grid.index(price) else {
            self.off_grid += 1;
            return Applied::OffGrid;
        };
        if qty.0 < 0 {
            self.refused += 1;
            return Applied::Refused;
        }
        self.sides[side as usize].apply(turned(side, index), qty.0)
    }

    /// The highest bid and its quantity.
    #[inline]
    #[must_use]
    pub fn best_bid(&self) -> Option<(Price, Qty)> {
        self.best(Side::Buy)
    }

    /// The lowest ask and its quantity.
    #[inline]
    #[must_use]
    pub fn best_ask(&self) -> Option<(Price, Qty)> {
        self.best(Side::Sell)
    }

    /// The best level of a side.
    #[inline]
    #[must_use]
    pub fn best(&self, side: Side) -> Option<(Price, Qty)> {
        let (key, qty) = self.sides[side as usize].best()?;
        Some((self.grid.price(turned(side, key)), Qty(qty)))
    }

    /// The best `levels` of a side, best first.
    #[inline]
    #[must_use]
    pub fn top(&self, side: Side, levels: usize) -> Levels<'_> {
        Levels { keys: self.sides[side as usize].iter(), grid: self.grid, side, left: levels }
    }

    /// The quantity on the best `levels` of a side; `None` when the sum leaves
    /// the range of a quantity.
    #[must_use]
    pub fn depth(&self, side: Side, levels: usize) -> Option<Qty> {
        let mut sum: i64 = 0;
        for (_, qty) in self.sides[side as usize].iter().take(levels) {
            sum = sum.checked_add(qty)?;
        }
        Some(Qty(sum))
    }

    /// How many levels a side has.
    #[must_use]
    pub fn levels(&self, side: Side) -> usize {
        self.sides[side as usize].len()
    }

    /// Whether the best bid is at or above the best ask.
    #[inline]
    #[must_use]
    pub fn is_crossed(&self) -> bool {
        match (self.best_bid(), self.best_ask()) {
            (Some((bid, _)), Some((ask, _))) => bid >= ask,
            _ => false,
        }
    }

    /// Levels that were not kept because the far store was full, since the
    /// book was made.
    #[must_use]
    pub const fn dropped_levels(&self) -> u64 {
        self.sides[0].dropped() + self.sides[1].dropped()
    }

    /// Level changes off the tick grid, since the book was made; none was kept.
    #[must_use]
    pub const fn off_grid_levels(&self) -> u64 {
        self.off_grid
    }

    /// Level changes with a negative quantity, since the book was made.
    #[must_use]
    pub const fn refused_levels(&self) -> u64 {
        self.refused
    }

    /// Whether any of the best [`NEAR_LEVELS`] levels of a side may be missing,
    /// because it was dropped earlier when the touch was elsewhere. The book
    /// must not be acted on then; a new snapshot ends it.
    #[must_use]
    pub fn is_truncated_near_touch(&self) -> bool {
        self.sides.iter().any(|side| side.is_truncated_within(NEAR_LEVELS))
    }

    /// The grid's step.
    #[must_use]
    pub const fn tick_size(&self) -> Price {
        self.grid.tick_size()
    }

    /// Moves every level to the grid of a new tick size (below 1 counts as 1),
    /// in place. Levels that are off the new grid are removed and counted as
    /// such. Takes time in proportion to the book, and no memory.
    pub fn regrid(&mut self, tick_size: Price) {
        let (old, new) = (self.grid, Grid::new(tick_size));
        if old.tick_size() == new.tick_size() {
            return;
        }
        for side in [Side::Buy, Side::Sell] {
            let rekey = |key| {
                let index = new.index(old.price(turned(side, key)))?;
                Some(turned(side, index))
            };
            // Rounded toward the touch: what may be missing is never understated.
            let dropped_from = |key| scaled_down(key, old.tick_size(), new.tick_size());
            self.off_grid += self.sides[side as usize].rekey(rekey, dropped_from);
        }
        self.grid = new;
    }
}

/// Index to key and back: a bid's key is the negative of its tick index.
/// Invariant: an index is never `i64::MIN`; the grid keeps two bits free.
#[inline]
const fn turned(side: Side, index: i64) -> i64 {
    // 0 for asks, all ones for bids: a negation without a branch.
    let mask = side as i64 - 1;
    (index ^ mask).wrapping_sub(mask)
}

fn scaled_down(key: i64, from: Price, to: Price) -> i64 {
    let scaled = (i128::from(key) * i128::from(from.0)).div_euclid(i128::from(to.0));
    i64::try_from(scaled).unwrap_or(if scaled < 0 { i64::MIN } else { i64::MAX - 1 })
}

/// Levels of one side, best first.
#[derive(Clone, Debug)]
pub struct Levels<'b> {
    keys: Keys<'b>,
    grid: Grid,
    side: Side,
    left: usize,
}

impl Iterator for Levels<'_> {
    type Item = (Price, Qty);

    #[inline]
    fn next(&mut self) -> Option<(Price, Qty)> {
        self.left = self.left.checked_sub(1)?;
        let (key, qty) = self.keys.next()?;
        Some((self.grid.price(turned(self.side, key)), Qty(qty)))
    }
}
