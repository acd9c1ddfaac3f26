//! What a frame of market data says, in fixed point.
//!
//! Made by the decoder, read by the normalizer. Everything but the levels is
//! copied out; the levels live in the decoder until its next call.

use std::fmt;
use types::{
    AggTrade, Decimal, DecimalError, InstrumentId, KlinePrices, KlineVolume, Liquidation,
    MarkPrice, Nanos, Price, Qty, Quote, Side, Trade,
};

/// One level of a depth message or snapshot: its new total quantity, zero
/// removes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelChange {
    /// Buy for bids, sell for asks.
    pub side: Side,
    /// Above zero.
    pub price: Price,
    /// Zero or above.
    pub qty: Qty,
}

/// A change of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth<'d> {
    /// Whose book.
    pub instrument: InstrumentId,
    /// Id of its first change.
    pub first_id: u64,
    /// Id of its last change; at least the first.
    pub final_id: u64,
    /// The final id of the message before it, where the venue says so.
    pub previous_id: Option<u64>,
    /// When the venue sent it.
    pub event_ts: Nanos,
    /// When the venue's matching engine made it.
    pub exch_ts: Nanos,
    /// Bids in the order sent, then asks in the order sent.
    pub levels: &'d [LevelChange],
}

/// A whole book, as a REST endpoint gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot<'d> {
    /// Whose book.
    pub instrument: InstrumentId,
    /// Id of the last change in it.
    pub last_id: u64,
    /// When the venue sent it; 0 where it does not say.
    pub event_ts: Nanos,
    /// When the venue's matching engine made it; 0 where it does not say.
    pub exch_ts: Nanos,
    /// Bids from the best, in the order sent.
    pub bids: &'d [LevelChange],
    /// Asks from the best, in the order sent.
    pub asks: &'d [LevelChange],
}

/// What one message of a market stream says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded<'d> {
    /// A book changed.
    Depth(Depth<'d>),
    /// The venue's best bid and ask.
    Quote {
        /// Whose.
        instrument: InstrumentId,
        /// The venue's id of the book at that moment.
        update_id: u64,
        /// Prices and quantities; an empty side is zero at zero.
        quote: Quote,
    },
    /// A trade.
    Trade {
        /// Whose.
        instrument: InstrumentId,
        /// Price, quantity, id, aggressor.
        trade: Trade,
    },
    /// Trades of one taking order, told as one.
    AggTrade {
        /// Whose.
        instrument: InstrumentId,
        /// Price, quantity, id, how many, aggressor.
        trade: AggTrade,
    },
    /// Mark price, index and funding.
    MarkPrice {
        /// Whose.
        instrument: InstrumentId,
        /// At their own scale.
        mark: MarkPrice,
    },
    /// The venue closed somebody's position.
    Liquidation {
        /// In what.
        instrument: InstrumentId,
        /// Its order.
        liquidation: Liquidation,
    },
    /// The venue's candle: two records, the prices first.
    Kline {
        /// Whose.
        instrument: InstrumentId,
        /// Open, high, low, close.
        prices: KlinePrices,
        /// What was traded; length; whether it is closed.
        volume: KlineVolume,
    },
    /// A request such as a subscription was taken.
    Control,
    /// A request was refused.
    ControlError {
        /// The venue's code; 0 where it gave none.
        code: i32,
    },
    /// A type of event that the venue documents and the engine does not use;
    /// counted by this name.
    Unused(&'static str),
    /// A type of event that this version does not know.
    UnusedUnknown,
    /// A known type of event for a symbol that is not in the table.
    UnknownSymbol,
}

/// Why a frame could not be decoded. Copy, no text: counted by the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Not JSON: truncated, empty, bad UTF-8, nested deeper than the parser
    /// goes, an integer beyond 64 bits.
    NotJson,
    /// JSON, but a field is missing or has another type. An unquoted price is
    /// this error: the parser would have put it through a float.
    Shape,
    /// A price, quantity or time that the specification cannot hold.
    Number(DecimalError),
    /// A price of zero or below, a negative quantity, a trade of nothing.
    Sign,
    /// More levels than a frame of the largest size can hold.
    TooManyLevels,
    /// The frame is larger than the decoder was made for.
    TooLong,
    /// The buffer has fewer than [`DecodeError::PADDING`] bytes behind the frame.
    Padding,
    /// A REST body or a reply that is the venue's error: its code.
    Refused(i32),
}

impl DecodeError {
    /// Bytes that must stand behind a frame; they may be overwritten.
    pub const PADDING: usize = simd_json::INPUT_PADDING;

    /// The error as one word, for a counter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::Shape => "shape",
            Self::Number(_) => "number",
            Self::Sign => "sign",
            Self::TooManyLevels => "too_many_levels",
            Self::TooLong => "too_long",
            Self::Padding => "padding",
            Self::Refused(_) => "refused",
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("the frame is not JSON"),
            Self::Shape => f.write_str("a field is missing or has another type"),
            Self::Number(error) => write!(f, "a number does not fit its instrument: {error}"),
            Self::Sign => f.write_str("a price is not above zero or a quantity is below zero"),
            Self::TooManyLevels => f.write_str("more levels than the decoder has room for"),
            Self::TooLong => f.write_str("the frame is larger than the decoder was made for"),
            Self::Padding => f.write_str("fewer than 64 bytes stand behind the frame"),
            Self::Refused(code) => write!(f, "the venue answered with its error {code}"),
        }
    }
}

impl std::error::Error for DecodeError {}

impl From<DecimalError> for DecodeError {
    fn from(error: DecimalError) -> Self {
        Self::Number(error)
    }
}

/// The levels of the message in hand: room for a frame of the largest size is
/// taken once.
pub(crate) struct Levels {
    slots: Box<[LevelChange]>,
    used: usize,
}

impl Levels {
    pub(crate) fn new(room: usize) -> Self {
        let empty = LevelChange { side: Side::Buy, price: Price(0), qty: Qty(0) };
        Self { slots: vec![empty; room].into_boxed_slice(), used: 0 }
    }

    pub(crate) const fn clear(&mut self) {
        self.used = 0;
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, change: LevelChange) -> Result<(), DecodeError> {
        let slot = self.slots.get_mut(self.used).ok_or(DecodeError::TooManyLevels)?;
        *slot = change;
        self.used += 1;
        Ok(())
    }

    pub(crate) fn as_slice(&self) -> &[LevelChange] {
        self.slots.get(..self.used).unwrap_or_default()
    }
}

/// A price above zero.
#[inline]
pub(crate) fn price(text: &[u8], places: u8) -> Result<Price, DecodeError> {
    match Decimal::parse_at(text, places)? {
        value @ 1.. => Ok(Price(value)),
        _ => Err(DecodeError::Sign),
    }
}

/// A quantity of zero or above.
#[inline]
pub(crate) fn qty(text: &[u8], places: u8) -> Result<Qty, DecodeError> {
    match Decimal::parse_at(text, places)? {
        value @ 0.. => Ok(Qty(value)),
        _ => Err(DecodeError::Sign),
    }
}

/// A point in time that a venue gives in milliseconds.
#[inline]
pub(crate) fn time(ms: u64) -> Result<Nanos, DecodeError> {
    i64::try_from(ms)
        .ok()
        .and_then(|ms| ms.checked_mul(Nanos::PER_MS))
        .map(Nanos)
        .ok_or(DecodeError::Number(DecimalError::Overflow))
}
