//! Square roots of exact sums of squares, and the scale that turns them into
//! values.

use types::{Decimal, Value};

/// A root before its scale: `digits` × 2^-`shift`, 63 significant bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Root {
    digits: u64,
    shift: u32,
}

/// The square root of an integer, rounded down in its 64th significant bit.
#[inline]
pub(crate) fn root(square: u128) -> Root {
    // An even shift, so that it can be halved; zero stays zero.
    let shift = (square.leading_zeros() & !1).min(126);
    let digits = (square << shift).isqrt();
    Root { digits: u64::try_from(digits).unwrap_or(u64::MAX), shift: shift / 2 }
}

/// A positive factor with 64 significant bits: `digits` × 2^-`shift`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    digits: u64,
    shift: u32,
}

impl Scale {
    /// `factor` / `by`, rounded down in its 64th significant bit; a factor that
    /// is not positive counts as zero.
    pub(crate) fn new(factor: Decimal, by: u64) -> Self {
        let by = u128::from(by.max(1)) * 10_u128.pow(u32::from(factor.places));
        let Ok(part) = u128::try_from(factor.mantissa) else { return Self::ZERO };
        if part == 0 {
            return Self::ZERO;
        }
        // As many bits as fit before the division, then the leading 64 of it.
        let before = part.leading_zeros();
        let ratio = (part << before) / by;
        let excess = 64_u32.saturating_sub(ratio.leading_zeros());
        let digits = u64::try_from(ratio >> excess).unwrap_or(u64::MAX);
        Self { digits, shift: before.saturating_sub(excess) }
    }

    const ZERO: Self = Self { digits: 0, shift: 0 };

    /// The root times this factor; `None` where it leaves the range.
    #[inline]
    pub(crate) fn times(self, root: Root) -> Option<Value> {
        let product = u128::from(self.digits) * u128::from(root.digits);
        // The value has 64 bits behind its point.
        let down = i64::from(self.shift) + i64::from(root.shift) - 64;
        shifted(product, down)
    }

    /// The value, which is not negative, times this factor, rounded down;
    /// `None` where it leaves the range.
    #[inline]
    pub(crate) fn times_value(self, value: Value) -> Option<Value> {
        let bits = u128::try_from(value.to_bits()).ok()?;
        let zeros = bits.leading_zeros().min(64);
        // The leading 64 bits: a relative error of 2^-63.
        let digits = u64::try_from((bits << zeros) >> 64).ok()?;
        let down = i64::from(self.shift) + i64::from(zeros) - 64;
        let product = u128::from(self.digits) * u128::from(digits);
        shifted(product, down)
    }
}

/// `product` × 2^-`down` as the bits of a value.
#[inline]
fn shifted(product: u128, down: i64) -> Option<Value> {
    let bits = match u32::try_from(down) {
        Ok(down) => product.checked_shr(down).unwrap_or(0),
        Err(_) => {
            let up = u32::try_from(-down).ok()?;
            let bits = product.checked_shl(up)?;
            (bits >> up == product).then_some(bits)?
        }
    };
    i128::try_from(bits).ok().map(Value::from_bits)
}
