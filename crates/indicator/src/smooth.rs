//! Exponential smoothing without a division: a factor in 64 fractional bits,
//! and the exact mean that seeds it.
//!
//! Read by the moving averages. Rounds toward the past by 2^-64 of a price
//! mantissa a step, which the decay forgets again: no drift.

use crate::input::PriceX2;
use types::Value;

/// A factor from 0 to below 1, as a count of 2^-64.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decay(u64);

impl Decay {
    /// `part` / `whole`, rounded down. Invariant: `part` is below `whole`.
    pub(crate) fn new(part: u32, whole: u32) -> Self {
        assert!(part < whole, "Invariant: a decay is below one.");
        let scaled = (u128::from(part) << 64) / u128::from(whole);
        Self(u64::try_from(scaled).unwrap_or(u64::MAX))
    }

    /// `new` + decay × (`old` − `new`), rounded down; between the two, so only
    /// their difference can overflow.
    #[inline]
    pub(crate) fn step(self, old: Value, new: Value) -> Option<Value> {
        let (old, new) = (old.to_bits(), new.to_bits());
        let gap = old.checked_sub(new)?;
        // The 192-bit product by halves: neither half's product overflows.
        let high = (gap >> 64) * i128::from(self.0);
        let low = ((gap.cast_unsigned() & u128::from(u64::MAX)) * u128::from(self.0)) >> 64;
        Some(Value::from_bits(new + (high + low.cast_signed())))
    }
}

/// The mean of the first inputs, from their exact sum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed {
    sum: i128,
    count: u32,
    left: u32,
}

impl Seed {
    /// Of `count` inputs, at least 1.
    pub(crate) const fn new(count: u32) -> Self {
        Self { sum: 0, count, left: count }
    }

    /// Adds an input; the mean, rounded down, with the last one. At most 2^32
    /// inputs of 65 bits each: the sum cannot overflow.
    pub(crate) fn add(&mut self, input: PriceX2) -> Option<Value> {
        self.sum += input.0;
        self.left = self.left.saturating_sub(1);
        if self.left > 0 {
            return None;
        }
        let count = i128::from(self.count);
        let (whole, rest) = (self.sum.div_euclid(count), self.sum.rem_euclid(count));
        Some(Value::from_bits((whole << 63) + (rest << 63) / count))
    }
}
