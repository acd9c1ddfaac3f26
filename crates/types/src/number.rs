//! Price, Qty, Nanos and Value: the numbers of the line.
//!
//! Price and Qty are decimal mantissas whose scale belongs to an instrument's
//! specification. They never convert to or from a float.

use bytemuck::{Pod, Zeroable};

/// A price: a count of 10^-price_decimals of its instrument. May be negative
/// (spreads); the venues of this crate never send such a price.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
pub struct Price(pub i64);

/// A quantity: a count of 10^-qty_decimals of its instrument. Negative only
/// where a signed position is meant.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
pub struct Qty(pub i64);

/// A point in time or a length of time: nanoseconds, UTC since 1970 for points.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
pub struct Nanos(pub i64);

impl Nanos {
    /// Nanoseconds in a millisecond.
    pub const PER_MS: i64 = 1_000_000;
    /// Nanoseconds in a second.
    pub const PER_SEC: i64 = 1_000_000_000;

    /// The point `ms` milliseconds after 1970, saturating at the end of time.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms.saturating_mul(Self::PER_MS))
    }

    /// Whole milliseconds since 1970, rounded toward the past.
    #[must_use]
    pub const fn as_ms(self) -> i64 {
        self.0.div_euclid(Self::PER_MS)
    }
}

/// What indicators derive: binary fixed point, 64 integer and 64 fractional
/// bits. Deterministic on every machine; becomes a price again only through a
/// conversion that names its rounding.
pub type Value = fixed::types::I64F64;
