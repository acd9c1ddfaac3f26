//! Market events: trades, trades told together, forced ones.
//!
//! Made by the decoders from the venue's streams; read by bars, indicators and
//! the record. A venue tells a trade on up to two streams (single and
//! aggregate): whoever sums volume takes one of the two kinds, never both.

use crate::{Nanos, Price, Qty, Side};
use bytemuck::{Pod, Zeroable};

/// A trade.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Trade {
    /// At what price.
    pub price: Price,
    /// How much.
    pub qty: Qty,
    /// When the venue says it happened.
    pub exch_ts: Nanos,
    /// The venue's id.
    pub trade_id: u64,
    /// The side that took liquidity: 0 bought, 1 sold.
    pub aggressor: u8,
    /// Zero.
    pub pad: [u8; 7],
}

/// The trades of one taking order at one price, told as one.
///
/// Its first 33 bytes are those of a [`Trade`].
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct AggTrade {
    /// At what price, all of them.
    pub price: Price,
    /// How much in all.
    pub qty: Qty,
    /// When the venue says the last of them happened.
    pub exch_ts: Nanos,
    /// The venue's id of the aggregate; a series of its own.
    pub agg_id: u64,
    /// The side that took liquidity: 0 bought, 1 sold.
    pub aggressor: u8,
    /// Zero.
    pub pad: [u8; 3],
    /// How many trades it tells of, at least 1; saturates.
    pub trades: u32,
}

impl AggTrade {
    /// The same as one trade under the aggregate's id, for readers of trades.
    #[must_use]
    pub const fn as_trade(&self) -> Trade {
        Trade {
            price: self.price,
            qty: self.qty,
            exch_ts: self.exch_ts,
            trade_id: self.agg_id,
            aggressor: self.aggressor,
            pad: [0; 7],
        }
    }
}

/// The venue closed somebody's position with an order of its own (forceOrder).
/// A venue may thin these out: Binance tells the latest of each second.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Liquidation {
    /// The order's limit.
    pub price: Price,
    /// Average price of its fills, cut (rounded toward zero) to the
    /// instrument's places; 0 while it has none.
    pub average: Price,
    /// What has been filled of it.
    pub filled: Qty,
    /// When the venue says it happened.
    pub exch_ts: Nanos,
    /// The side of the venue's order: 0 buys, which closes a short; 1 sells.
    pub side: u8,
    /// 1 when nothing is left of it.
    pub complete: u8,
    /// Zero.
    pub pad: [u8; 6],
}

impl Liquidation {
    /// The side of the venue's order.
    #[must_use]
    pub const fn side(&self) -> Side {
        if self.side == 0 { Side::Buy } else { Side::Sell }
    }
}
