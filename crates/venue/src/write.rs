//! Bytes into a buffer of fixed size, without an allocation.
//!
//! Used by the encoders. A write that does not fit is remembered and reported
//! at the end, so that callers need not check each piece.

use std::fmt;
use types::{ClientOrderId, Decimal};

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

    #[inline(always)]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let end = self.at.wrapping_add(bytes.len());
        match self.buffer.get_mut(self.at..end) {
            Some(room) if !self.full => {
                room.copy_from_slice(bytes);
                self.at = end;
            }
            _ => self.full = true,
        }
    }

    /// Takes back the last `count` bytes.
    pub(crate) const fn back(&mut self, count: usize) {
        self.at = self.at.saturating_sub(count);
    }

    /// The length written.
    pub(crate) const fn finish(self) -> Result<usize, EncodeError> {
        if self.full { Err(EncodeError::BufferTooSmall) } else { Ok(self.at) }
    }

    /// What was written; `None` when something did not fit.
    pub(crate) fn written(&self) -> Option<&[u8]> {
        if self.full { None } else { self.buffer.get(..self.at) }
    }
}

/// Digits of a decimal or a whole number, on the stack.
pub(crate) struct Digits([u8; 40]);

impl Digits {
    pub(crate) const fn new() -> Self {
        Self([b'0'; 40])
    }

    /// As [`Decimal`] prints itself, two digits at a time. For a fresh value.
    #[inline]
    pub(crate) fn decimal(&mut self, decimal: Decimal) -> &[u8] {
        let places = usize::from(decimal.places.min(18));
        let mut at = self.pairs(decimal.mantissa.unsigned_abs());
        if places > 0 {
            // At least one digit before the point: zeros stand there already.
            at = at.min(self.0.len() - 1 - places);
            let point = self.0.len() - 1 - places;
            self.0.copy_within(at..=point, at - 1);
            self.0[point] = b'.';
            at -= 1;
        }
        self.signed(decimal.mantissa, at)
    }

    #[inline]
    pub(crate) fn integer(&mut self, value: i64) -> &[u8] {
        let at = self.pairs(value.unsigned_abs());
        self.signed(value, at)
    }

    /// Writes `size` up to the end and returns where it begins.
    #[inline]
    fn pairs(&mut self, mut size: u64) -> usize {
        let mut at = self.0.len();
        while size >= 10 {
            at -= 2;
            self.0[at..at + 2].copy_from_slice(&PAIRS[(size % 100) as usize]);
            size /= 100;
        }
        if size > 0 || at == self.0.len() {
            at -= 1;
            self.0[at] = b'0' + (size % 10) as u8;
        }
        at
    }

    fn signed(&mut self, value: i64, at: usize) -> &[u8] {
        if value >= 0 {
            return &self.0[at..];
        }
        self.0[at - 1] = b'-';
        &self.0[at - 1..]
    }
}

/// 00 to 99.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut n = 0;
    while n < pairs.len() {
        pairs[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        n += 1;
    }
    pairs
};

/// 32 bits as eight lower-case hex digits, without a table.
///
/// Halves, bytes and nibbles are spread over a word with the highest first;
/// each nibble above nine gets the letters' distance.
#[inline]
pub(crate) const fn hex8(bits: u32) -> [u8; 8] {
    let bits = bits as u64;
    let halves = (bits & 0xffff) << 32 | bits >> 16;
    let bytes = (halves & 0x0000_ff00_0000_ff00) >> 8 | (halves & 0x0000_00ff_0000_00ff) << 16;
    let nibbles = (bytes & 0x00f0_00f0_00f0_00f0) >> 4 | (bytes & 0x000f_000f_000f_000f) << 8;
    let letters = ((nibbles + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101;
    (nibbles + 0x3030_3030_3030_3030 + letters * 0x27).to_le_bytes()
}

/// An order's id as its 32 digits.
#[inline]
pub(crate) fn id_digits(id: ClientOrderId) -> [u8; 32] {
    let mut out = [0; 32];
    for (digits, bytes) in out.as_chunks_mut().0.iter_mut().zip(id.0.to_be_bytes().as_chunks().0) {
        *digits = hex8(u32::from_be_bytes(*bytes));
    }
    out
}
