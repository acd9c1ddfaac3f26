//! Bytes into a buffer of fixed size, without an allocation.
//!
//! Used by the encoders. A write that does not fit is remembered and reported
//! at the end, so that callers need not check each piece.

use std::fmt;
use types::Decimal;

/// Why an order message could not be encoded. Nothing may be sent then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// The buffer is too small; 1024 bytes hold every message.
    BufferTooSmall,
    /// A limit order without a price above zero, or a market order with one.
    Price,
    /// A quantity that is not above zero.
    Qty,
    /// The venue has no such order type, time in force or combination.
    Unsupported,
    /// The fields ask for another action than the one that is encoded.
    Action,
    /// A symbol that the venue's rules for ids do not allow.
    Symbol,
    /// A request id or a time beyond what the venue takes.
    Request,
}

impl EncodeError {
    /// The error as one word, for a counter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BufferTooSmall => "buffer_too_small",
            Self::Price => "price",
            Self::Qty => "qty",
            Self::Unsupported => "unsupported",
            Self::Action => "action",
            Self::Symbol => "symbol",
            Self::Request => "request",
        }
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BufferTooSmall => "the message does not fit its buffer",
            Self::Price => "a limit order wants a price above zero, a market order none",
            Self::Qty => "an order wants a quantity above zero",
            Self::Unsupported => "the venue has no such order",
            Self::Action => "the fields are those of another action",
            Self::Symbol => "the symbol has a character that no venue uses",
            Self::Request => "the request id or the time is out of range",
        })
    }
}

impl std::error::Error for EncodeError {}

/// Writes from the front of a buffer.
pub(crate) struct Writer<'b> {
    buffer: &'b mut [u8],
    at: usize,
    full: bool,
}

impl<'b> Writer<'b> {
    pub(crate) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, at: 0, full: false }
    }

    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let end = self.at + bytes.len();
        match self.buffer.get_mut(self.at..end) {
            Some(room) if !self.full => {
                room.copy_from_slice(bytes);
                self.at = end;
            }
            _ => self.full = true,
        }
    }

    /// The length written.
    pub(crate) const fn finish(self) -> Result<usize, EncodeError> {
        if self.full { Err(EncodeError::BufferTooSmall) } else { Ok(self.at) }
    }
}

/// Digits of a decimal or a whole number, on the stack.
pub(crate) struct Digits([u8; 40]);

impl Digits {
    pub(crate) const fn new() -> Self {
        Self([0; 40])
    }

    pub(crate) fn decimal(&mut self, decimal: Decimal) -> &[u8] {
        decimal.write(&mut self.0)
    }

    pub(crate) fn integer(&mut self, value: i64) -> &[u8] {
        Decimal::new(value, 0).write(&mut self.0)
    }
}
