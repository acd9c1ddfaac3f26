//! Market events: what a venue says about its book.

use crate::{Nanos, Price, Qty, Side};
use bytemuck::{CheckedBitPattern, NoUninit, Pod, Zeroable};

/// Whether a book may be acted on.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, NoUninit, CheckedBitPattern)]
pub enum BookState {
    /// No snapshot yet, or waiting for a new one to bridge.
    #[default]
    Syncing = 0,
    /// Every change since the snapshot is in.
    Live = 1,
    /// It was live; a gap, a crossing, silence or a closed connection ended that.
    Stale = 2,
}

/// Why a book changed its state.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, NoUninit, CheckedBitPattern)]
pub enum StateReason {
    /// The engine has started.
    #[default]
    Start = 0,
    /// The snapshot bridged.
    Bridged = 1,
    /// A break in the venue's sequence rule.
    Gap = 2,
    /// Best bid at or above best ask after a whole message.
    Crossed = 3,
    /// The connection closed.
    Disconnected = 4,
    /// Nothing arrived for longer than the feed's limit.
    Silent = 5,
    /// Frames flow again, in sequence.
    Resumed = 6,
    /// The snapshot was older than the first buffered change.
    NotBridged = 7,
    /// The buffer of changes waiting for a snapshot was full.
    BufferFull = 8,
    /// A frame that could not be understood may have held a change.
    Undecodable = 9,
    /// The touch came near levels that the book had no room for.
    Truncated = 10,
}

/// A level of the book: its new total quantity; zero removes it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Level {
    /// Where.
    pub price: Price,
    /// The whole quantity there from now on.
    pub qty: Qty,
    /// When the venue says it happened.
    pub exch_ts: Nanos,
    /// The venue's id of the message that held it.
    pub update_id: u64,
    /// [`Side`] as a number: 0 bids, 1 asks.
    pub side: u8,
    /// Zero.
    pub pad: [u8; 7],
}

impl Level {
    /// Which side of the book.
    #[must_use]
    pub const fn side(&self) -> Side {
        if self.side == 0 { Side::Buy } else { Side::Sell }
    }
}

/// A snapshot begins: the book is emptied; its levels follow.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct BookReset {
    /// The venue's id of the snapshot.
    pub update_id: u64,
    /// When the venue says it was taken; 0 where it does not say.
    pub exch_ts: Nanos,
    /// Levels that follow on the bid side.
    pub bids: u32,
    /// Levels that follow on the ask side.
    pub asks: u32,
    /// Zero.
    pub pad: [u64; 2],
}

/// The venue's best bid and ask (bookTicker).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Quote {
    /// Best bid.
    pub bid: Price,
    /// Quantity at the best bid.
    pub bid_qty: Qty,
    /// Best ask.
    pub ask: Price,
    /// Quantity at the best ask.
    pub ask_qty: Qty,
    /// When the venue says it held; 0 where it does not say.
    pub exch_ts: Nanos,
}

/// The state of a book changed.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct BookChange {
    /// [`BookState`] as a number.
    pub state: u8,
    /// [`StateReason`] as a number.
    pub reason: u8,
    /// Zero.
    pub pad: [u8; 6],
    /// The venue's id at which it changed; 0 where there is none.
    pub update_id: u64,
    /// What the sequence rule wanted; 0 where it does not apply.
    pub expected: u64,
    /// Zero.
    pub pad2: [u64; 2],
}

impl BookChange {
    /// The change to `state` for `reason`.
    #[must_use]
    pub fn new(state: BookState, reason: StateReason) -> Self {
        Self { state: state as u8, reason: reason as u8, ..Self::zeroed() }
    }

    /// The state; an unknown number is [`BookState::Stale`], which trades nothing.
    #[must_use]
    pub const fn state(&self) -> BookState {
        match self.state {
            0 => BookState::Syncing,
            1 => BookState::Live,
            _ => BookState::Stale,
        }
    }

    /// The reason as a word.
    #[must_use]
    pub fn reason(&self) -> StateReason {
        bytemuck::checked::try_cast(self.reason).unwrap_or_default()
    }
}

/// Best bid and ask as the indicator stage sees them after a whole message:
/// the newer of the venue's quote and the top of our book.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Touch {
    /// Best bid; 0 with a zero quantity when the side is empty.
    pub bid: Price,
    /// Quantity there.
    pub bid_qty: Qty,
    /// Best ask.
    pub ask: Price,
    /// Quantity there.
    pub ask_qty: Qty,
    /// [`BookState`] as a number.
    pub state: u8,
    /// 1 when bid ≥ ask after a whole message.
    pub crossed: u8,
    /// Zero.
    pub pad: [u8; 6],
}

impl Touch {
    /// Whether anything may be decided on it: live, both sides there, not crossed.
    #[must_use]
    pub const fn usable(&self) -> bool {
        self.state == BookState::Live as u8
            && self.crossed == 0
            && self.bid_qty.0 > 0
            && self.ask_qty.0 > 0
            && self.bid.0 < self.ask.0
    }

    /// Twice the mid price, exact.
    #[must_use]
    pub const fn mid_x2(&self) -> i64 {
        self.bid.0.saturating_add(self.ask.0)
    }
}
