//! Exponential smoothing without a division: a factor in 64 fractional bits,
//! and the exact mean that seeds it.
//!
//! Rounds toward the past by 2^-64 of a price mantissa a step, which the decay
//! forgets again: no drift.

use crate::input::{Overflow, PriceX2};
use types::Value;

/// A factor from 0 to below 1, as a count of 2^-64.
#[derive(Clone, Copy, Debug)]
struct Decay(u64);

impl Decay {
    /// `part` / `whole`, rounded down. Invariant: `part` is below `whole`.
    fn new(part: u32, whole: u32) -> Self {
        assert!(part < whole, "Invariant: a decay is below one.");
        let scaled = (u128::from(part) << 64) / u128::from(whole);
        Self(u64::try_from(scaled).unwrap_or(u64::MAX))
    }

    /// `new` + decay × (`old` − `new`), rounded down; between the two, so only
    /// their difference can overflow.
    #[inline]
    fn step(self, old: Value, new: Value) -> Option<Value> {
        let (old, new) = (old.to_bits(), new.to_bits());
        let gap = old.checked_sub(new)?;
        // The 192-bit product by halves: neither half's product overflows.
        let high = (gap >> 64) * i128::from(self.0);
        let low = ((gap.cast_unsigned() & u128::from(u64::MAX)) * u128::from(self.0)) >> 64;
        Some(Value::from_bits(new + (high + low.cast_signed())))
    }
}

/// A running average, seeded by the simple mean of its first inputs. Takes
/// either prices or values, always the same of the two.
///
/// Copied before a step that may still fail elsewhere, and put back after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Average {
    decay: Decay,
    count: u32,
    /// Inputs that the seed still waits for.
    left: u32,
    /// Of the seed: twice prices, or bits of values.
    sum: i128,
    value: Value,
}

impl Average {
    /// k = 2 / (period + 1), as TA-Lib's `EMA`; a period of 0 counts as 1.
    pub(crate) fn exponential(period: u32) -> Self {
        let period = period.max(1);
        Self::new(Decay::new(period - 1, period + 1), period)
    }

    /// k = 1 / period, as Wilder's; a period of 0 counts as 1.
    pub(crate) fn wilder(period: u32) -> Self {
        let period = period.max(1);
        Self::new(Decay::new(period - 1, period), period)
    }

    const fn new(decay: Decay, count: u32) -> Self {
        Self { decay, count, left: count, sum: 0, value: Value::ZERO }
    }

    /// Starts anew.
    pub(crate) const fn clear(&mut self) {
        *self = Self::new(self.decay, self.count);
    }

    /// Takes a price; the average, `None` while it is seeded.
    ///
    /// # Errors
    /// The price is too far from the average; it was not taken.
    #[inline]
    pub(crate) fn add(&mut self, price: PriceX2) -> Result<Option<Value>, Overflow> {
        if self.left > 0 {
            return Ok(self.seed(price));
        }
        self.step(price.value()).map(Some)
    }

    /// As [`Average::add`] for a value.
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub(crate) fn add_value(&mut self, value: Value) -> Result<Option<Value>, Overflow> {
        if self.left > 0 {
            return self.seed_value(value);
        }
        self.step(value).map(Some)
    }

    /// The average, `None` while it is seeded.
    #[inline]
    pub(crate) const fn value(&self) -> Option<Value> {
        if self.left == 0 { Some(self.value) } else { None }
    }

    /// Counts a price of nothing among the seed's inputs without waiting for
    /// it: Wilder's directional sums begin with one input less.
    pub(crate) const fn skip(&mut self) {
        self.left -= 1;
    }

    #[inline]
    fn step(&mut self, value: Value) -> Result<Value, Overflow> {
        self.value = self.decay.step(self.value, value).ok_or(Overflow)?;
        Ok(self.value)
    }

    /// At most 2^32 inputs of 65 bits each: the sum cannot overflow.
    #[cold]
    fn seed(&mut self, price: PriceX2) -> Option<Value> {
        self.sum += price.0;
        self.left -= 1;
        let count = i128::from(self.count);
        let (whole, rest) = (self.sum.div_euclid(count), self.sum.rem_euclid(count));
        self.value = Value::from_bits((whole << 63) + (rest << 63) / count);
        self.value()
    }

    #[cold]
    fn seed_value(&mut self, value: Value) -> Result<Option<Value>, Overflow> {
        self.sum = self.sum.checked_add(value.to_bits()).ok_or(Overflow)?;
        self.left -= 1;
        self.value = Value::from_bits(self.sum.div_euclid(i128::from(self.count)));
        Ok(self.value())
    }
}
