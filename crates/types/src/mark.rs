//! Market event: mark price, index and funding of a perpetual.
//!
//! Made by the decoders, read by risk, indicators and the record. Venues state
//! these prices with more digits than an instrument has, so they have a scale
//! of their own and are no [`crate::Price`].

use crate::{Decimal, Nanos};
use bytemuck::{Pod, Zeroable};

/// The prices that margin and funding are computed with.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct MarkPrice {
    /// Mark price, a count of 10^-[`MarkPrice::PLACES`]; above zero.
    pub mark: i64,
    /// Price of the index under it, at the same scale; 0 where it is not told.
    pub index: i64,
    /// Estimated settlement price, at the same scale; 0 where it is not told.
    pub settle: i64,
    /// When the venue says it held.
    pub exch_ts: Nanos,
    /// Funding rate at the same scale, so ±21 at most; positive: longs pay
    /// shorts. 0 for an instrument without funding.
    pub rate: i32,
    /// When funding is exchanged next, in whole seconds since 1970 (rounded
    /// toward the past); 0 for an instrument without funding.
    pub next_funding_s: u32,
}

impl MarkPrice {
    /// Decimal places of its prices and of its rate: what Binance writes.
    pub const PLACES: u8 = 8;

    /// The mark price, for printing and for exact conversions.
    #[must_use]
    pub const fn mark(&self) -> Decimal {
        Decimal::new(self.mark, Self::PLACES)
    }

    /// The index price.
    #[must_use]
    pub const fn index(&self) -> Decimal {
        Decimal::new(self.index, Self::PLACES)
    }

    /// The estimated settlement price.
    #[must_use]
    pub const fn settle(&self) -> Decimal {
        Decimal::new(self.settle, Self::PLACES)
    }

    /// The funding rate: 0.0001 is one basis point.
    #[must_use]
    pub const fn rate(&self) -> Decimal {
        Decimal::new(self.rate as i64, Self::PLACES)
    }

    /// When funding is exchanged next; 0 for an instrument without funding.
    #[must_use]
    pub const fn next_funding(&self) -> Nanos {
        Nanos(self.next_funding_s as i64 * Nanos::PER_SEC)
    }
}
