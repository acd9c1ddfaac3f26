//! A place in a frame, and how one steps over keys, whole numbers, words and
//! decimals from there.
//!
//! Used by the scanner. The bytes behind the frame may be looked at and never
//! count: whoever uses a cursor compares its place with the frame's end.

use super::decimal::{decimal, length};
use super::words::{self, LAST, ZEROS, join};
use crate::SpecTable;
use crate::event::{price, qty};
use types::{InstrumentSpec, Price, Qty};

/// A place in a frame. Everything that reads moves it; after `None` it is
/// nowhere in particular.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'f> {
    pub(super) bytes: &'f [u8],
    pub(super) at: usize,
}

impl<'f> Cursor<'f> {
    /// Steps over exactly `text`.
    #[inline(always)]
    pub(super) fn skip<const N: usize>(&mut self, text: &[u8; N]) -> Option<()> {
        let found: &[u8; N] = self.ahead()?;
        self.at = self.at.wrapping_add(N);
        (found == text).then_some(())
    }

    /// Steps over `text` if it is there.
    #[inline(always)]
    pub(super) fn skip_if<const N: usize>(&mut self, text: &[u8; N]) -> bool {
        let there = self.ahead::<N>() == Some(text);
        self.at = self.at.wrapping_add(if there { N } else { 0 });
        there
    }

    /// The next `N` bytes.
    #[inline(always)]
    pub(super) fn ahead<const N: usize>(&self) -> Option<&'f [u8; N]> {
        self.bytes.get(self.at..)?.first_chunk()
    }

    /// Steps over a string of at most 31 plain characters and its closing quote.
    #[inline(always)]
    pub(super) fn word(&mut self) -> Option<&'f [u8]> {
        let window: &[u8; 32] = self.ahead()?;
        let length = words::text(window)?;
        self.at = self.at.wrapping_add(length).wrapping_add(1);
        window.get(..length)
    }

    /// Steps over a symbol of the table and its closing quote.
    #[inline(always)]
    pub(super) fn spec<'s>(&mut self, specs: &'s SpecTable) -> Option<&'s InstrumentSpec> {
        let window: &[u8; 32] = self.ahead()?;
        let length = words::text(window)?;
        self.at = self.at.wrapping_add(length).wrapping_add(1);
        specs.by_window(window, length)
    }

    /// Steps over a whole number of at most 16 digits.
    #[inline(always)]
    pub(super) fn integer(&mut self) -> Option<u64> {
        let length = self.digits()?;
        self.at = self.at.wrapping_add(length);
        // The sixteen bytes that end with the last digit.
        let ended: &[u8; 16] = self.bytes.get(self.at.checked_sub(16)?..)?.first_chunk()?;
        let (halves, _) = ended.as_chunks();
        let (high, low) = (u64::from_le_bytes(halves[0]), u64::from_le_bytes(halves[1]));
        let high = (high ^ ZEROS) & *LAST.get(length.saturating_sub(8))?;
        let low = (low ^ ZEROS) & *LAST.get(length.min(8))?;
        Some(join(high).wrapping_mul(100_000_000).wrapping_add(join(low)))
    }

    /// Steps over a whole number whose value nobody needs.
    #[inline(always)]
    pub(super) fn skip_integer(&mut self) -> Option<()> {
        self.at = self.at.wrapping_add(self.digits()?);
        Some(())
    }

    /// How many digits a whole number has: 1 to 16, and no leading zero, which
    /// JSON does not know.
    #[inline(always)]
    fn digits(&self) -> Option<usize> {
        let ahead: &[u8; 17] = self.ahead()?;
        let (halves, rest) = ahead.as_chunks();
        let mut length = words::digits(u64::from_le_bytes(halves[0]));
        if length == 8 {
            length = length.wrapping_add(words::digits(u64::from_le_bytes(halves[1])));
        }
        let longer = length == 16 && rest[0].is_ascii_digit();
        let leading_zero = length > 1 && ahead[0] == b'0';
        (length > 0 && !longer && !leading_zero).then_some(length)
    }

    /// A truth: true or false.
    #[inline(always)]
    pub(super) fn truth(&mut self) -> Option<bool> {
        let truth = self.skip_if(b"true");
        if !truth {
            self.skip(b"false")?;
        }
        Some(truth)
    }

    /// Steps over a price above zero, and its closing quote.
    #[inline(always)]
    pub(super) fn price(&mut self, spec: &InstrumentSpec) -> Option<Price> {
        match self.decimal(spec.price_decimals) {
            Some(value) => (value > 0).then_some(Price(value)),
            None => {
                let (value, end) = odd_price(self.bytes, self.at, spec)?;
                self.at = end;
                Some(value)
            }
        }
    }

    /// Steps over a quantity of zero or above, and its closing quote.
    #[inline(always)]
    pub(super) fn qty(&mut self, spec: &InstrumentSpec) -> Option<Qty> {
        match self.decimal(spec.qty_decimals) {
            Some(value) => Some(Qty(value)),
            None => {
                let (value, end) = odd_qty(self.bytes, self.at, spec)?;
                self.at = end;
                Some(value)
            }
        }
    }

    /// A decimal of exactly `places` and its closing quote; `None` leaves the
    /// cursor where it was.
    #[inline(always)]
    fn decimal(&mut self, places: u8) -> Option<i64> {
        let length = length(u64::from_le_bytes(*self.ahead()?), places);
        let end = self.at.wrapping_add(length);
        if *self.bytes.get(end)? != b'"' {
            return None;
        }
        let value = decimal(self.bytes, (self.at, length), places)?;
        self.at = end.wrapping_add(1);
        Some(value)
    }
}

/// A price that is written in another way, and the place behind its closing
/// quote: the parser's own reader takes it, which is exact or refuses. Given
/// what it needs by value: a cursor whose address is taken leaves its registers.
#[cold]
#[inline(never)]
fn odd_price(bytes: &[u8], at: usize, spec: &InstrumentSpec) -> Option<(Price, usize)> {
    let mut cursor = Cursor { bytes, at };
    Some((price(cursor.word()?, spec.price_decimals).ok()?, cursor.at))
}

/// As [`odd_price`], of a quantity.
#[cold]
#[inline(never)]
fn odd_qty(bytes: &[u8], at: usize, spec: &InstrumentSpec) -> Option<(Qty, usize)> {
    let mut cursor = Cursor { bytes, at };
    Some((qty(cursor.word()?, spec.qty_decimals).ok()?, cursor.at))
}
