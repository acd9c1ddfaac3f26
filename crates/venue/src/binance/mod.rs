//! What Binance's spot and USD-M dialects have in common: events, replies,
//! requests and the fields of REST bodies.
//!
//! Called by the two dialects, which hold their own addresses, limits and
//! private streams. Where the two differ it asks for the [`Family`].
//!
//! Facts: VENUES.md 0, 1.1, 1.2, 2.1.

pub(crate) mod envelope;
pub(crate) mod fields;
pub(crate) mod market;
pub(crate) mod marks;
pub(crate) mod order;
pub(crate) mod reply;
pub(crate) mod rest;
pub(crate) mod scan;
pub(crate) mod streams;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Spot.
    Spot,
    /// Linear futures.
    UsdM,
}
