//! The tick grid: price mantissas to tick indices and back, without a division.
//!
//! Read by the book at each level; never rounds: a price between two ticks has
//! no index.

use types::Price;

/// Largest tick index by size. Two bits are kept free so that the difference of
/// any two indices, plus a window, stays inside an `i64`.
const INDEX_MAX: i64 = 1 << 61;

/// Multiples of one tick size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    tick: i64,
    /// Power of two in the tick size, and the bits below it.
    shift: u32,
    below: i64,
    /// Inverse of the tick size's odd part modulo 2^64.
    inverse: i64,
    /// Largest index whose price is an `i64`, and at most `INDEX_MAX`.
    limit: i64,
    /// Twice the limit.
    span: u64,
}

impl Grid {
    /// A tick size below 1 counts as 1: then every mantissa is on the grid.
    pub(crate) const fn new(tick_size: Price) -> Self {
        let tick = if tick_size.0 < 1 { 1 } else { tick_size.0 };
        let shift = tick.trailing_zeros();
        let limit = i64::MAX / tick;
        let limit = if limit < INDEX_MAX { limit } else { INDEX_MAX };
        let below = (1 << shift) - 1;
        let inverse = inverse(tick >> shift);
        Self { tick, shift, below, inverse, limit, span: limit.unsigned_abs() * 2 }
    }

    pub(crate) const fn tick_size(&self) -> Price {
        Price(self.tick)
    }

    /// Which multiple of the tick size `price` is; `None` for none.
    ///
    /// Division by multiplication with the modular inverse (Granlund and
    /// Montgomery 1994, section 9): the product is the quotient exactly when it
    /// is in the quotient's range.
    #[inline]
    pub(crate) const fn index(&self, price: Price) -> Option<i64> {
        let index = price.0.wrapping_shr(self.shift).wrapping_mul(self.inverse);
        let even = price.0 & self.below == 0;
        // From -limit to limit, in one comparison.
        let inside = index.wrapping_add(self.limit).cast_unsigned() <= self.span;
        if even & inside { Some(index) } else { None }
    }

    /// Invariant: `index` came from [`Grid::index`] of this grid, so the
    /// product fits.
    #[inline]
    pub(crate) const fn price(&self, index: i64) -> Price {
        Price(index * self.tick)
    }
}

/// Inverse of an odd number modulo 2^64 by Newton's iteration: three bits are
/// right at the start, each step doubles them, five steps make 96.
const fn inverse(odd: i64) -> i64 {
    let mut guess = odd;
    let mut step = 0;
    while step < 5 {
        guess = guess.wrapping_mul(2_i64.wrapping_sub(odd.wrapping_mul(guess)));
        step += 1;
    }
    guess
}
