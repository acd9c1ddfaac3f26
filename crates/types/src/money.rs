//! Money: `i128` at scale 18, exact, checked. An overflow is a refusal.
//!
//! Never here: a float, a rounding that is not named.

use crate::{Decimal, InstrumentSpec, Price, Qty};
use bytemuck::{Pod, Zeroable};
use std::fmt;

/// An amount of one asset at scale 18: one unit is 10^-18 of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(pub i128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// Decimal places of every amount.
    pub const SCALE: u8 = 18;

    /// price × quantity of `spec`, exact; `None` when it leaves the range.
    /// Every specification keeps price and quantity decimals within 18.
    #[must_use]
    pub fn notional(spec: &InstrumentSpec, price: Price, qty: Qty) -> Option<Self> {
        let places = spec.price_decimals.checked_add(spec.qty_decimals)?;
        let scale = Self::SCALE.checked_sub(places)?;
        let product = i128::from(price.0) * i128::from(qty.0);
        product.checked_mul(10_i128.pow(u32::from(scale))).map(Self)
    }

    /// Sum, or `None` when it leaves the range.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference, or `None` when it leaves the range.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Reads a decimal string such as `-12.5`.
    ///
    /// # Errors
    /// More than 18 decimals that are not zero, or not a number.
    pub fn parse(text: &[u8]) -> Result<Self, crate::DecimalError> {
        Decimal::parse_wide(text, Self::SCALE).map(Self)
    }
}

impl fmt::Display for Money {
    /// Shortest exact decimal: trailing zeros are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u128.pow(u32::from(Self::SCALE));
        let size = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let (whole, mut fraction) = (size / unit, size % unit);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let mut width = usize::from(Self::SCALE);
        while fraction.is_multiple_of(10) {
            fraction /= 10;
            width -= 1;
        }
        write!(f, "{whole}.{fraction:0width$}")
    }
}

/// An `i128` in two 8-byte-aligned halves, as it stands in a record body.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Wide {
    low: u64,
    high: u64,
}

impl Wide {
    /// Splits `value`.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "halves")]
    pub const fn new(value: i128) -> Self {
        let bits = value as u128;
        Self { low: bits as u64, high: (bits >> 64) as u64 }
    }

    /// Joins the halves again.
    #[must_use]
    #[allow(clippy::cast_possible_wrap, reason = "two's complement by design")]
    pub const fn get(self) -> i128 {
        ((self.high as u128) << 64 | self.low as u128) as i128
    }
}

impl From<Money> for Wide {
    fn from(money: Money) -> Self {
        Self::new(money.0)
    }
}

impl From<Wide> for Money {
    fn from(wide: Wide) -> Self {
        Self(wide.get())
    }
}
