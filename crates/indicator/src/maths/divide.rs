//! Division that is exact to the last bit and mostly does without dividing:
//! means of exact sums, and ratios of two sums.

use crate::input::PriceX2;
use types::Value;

/// Divides sums of [`PriceX2`] by twice a count that is known beforehand
/// (Granlund and Montgomery 1994: multiply by the reciprocal, then correct).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Divisor {
    /// Twice the count, because the inputs are twice a price.
    by: u64,
    /// 2^64 / `by`, rounded down.
    whole: u64,
    /// 2^95 / `by`, rounded down.
    part: u128,
}

impl Divisor {
    /// Of sums of `count` inputs (0 counts as 1).
    pub(crate) fn new(count: u32) -> Self {
        let by = u64::from(count.max(1)) * 2;
        let whole = u64::try_from((1_u128 << 64) / u128::from(by)).unwrap_or(u64::MAX);
        Self { by, whole, part: (1 << 95) / u128::from(by) }
    }

    /// The mean of the inputs behind `sum`, rounded down in its 64th bit.
    /// Invariant: it is the mean of prices, so it fits.
    #[inline]
    pub(crate) fn mean(&self, sum: PriceX2) -> Value {
        let (whole, rest) = self.split(sum.0);
        // Below its true value by less than four units: corrected at once.
        let mut part = (u128::from(rest) * self.part) >> 31;
        while (u128::from(rest) << 64) - part * u128::from(self.by) >= u128::from(self.by) {
            part += 1;
        }
        Value::from_bits((whole << 64) + part.cast_signed())
    }

    /// Quotient rounded down, and remainder.
    #[inline]
    fn split(&self, sum: i128) -> (i128, u64) {
        let Ok(small) = u64::try_from(sum) else { return self.split_wide(sum) };
        let mut whole = high(small, self.whole);
        let mut rest = small - whole * self.by;
        if rest >= self.by {
            whole += 1;
            rest -= self.by;
        }
        (i128::from(whole), rest)
    }

    #[cold]
    fn split_wide(&self, sum: i128) -> (i128, u64) {
        let by = i128::from(self.by);
        let rest = u64::try_from(sum.rem_euclid(by)).unwrap_or(0);
        (sum.div_euclid(by), rest)
    }
}

/// The upper half of a product.
#[inline]
fn high(a: u64, b: u64) -> u64 {
    u64::try_from((u128::from(a) * u128::from(b)) >> 64).unwrap_or(u64::MAX)
}

/// `part` / `whole` as a count of 2^-64, rounded down to 63 significant bits
/// of `whole`; 2^64 when they are equal. Invariant: `part` is at most `whole`,
/// and `whole` is not zero.
#[inline]
pub(crate) fn fraction(part: u128, whole: u128) -> u128 {
    // The leading 64 bits of the whole: then the quotient is one of 128 by 64.
    let shift = u64::BITS.saturating_sub(whole.leading_zeros());
    ((part >> shift) << 64) / (whole >> shift)
}

/// `sum` / `by` rounded down, with the precision of [`fraction`] behind the
/// point; `None` where it does not fit or `by` is not positive.
#[inline]
pub(crate) fn quotient(sum: i128, by: i128) -> Option<Value> {
    if by <= 0 {
        return None;
    }
    let (whole, rest) = (sum.div_euclid(by), sum.rem_euclid(by));
    let bits = i64::try_from(whole).ok().map(|whole| i128::from(whole) << 64)?;
    let part = fraction(rest.cast_unsigned(), by.cast_unsigned());
    bits.checked_add(part.cast_signed()).map(Value::from_bits)
}
