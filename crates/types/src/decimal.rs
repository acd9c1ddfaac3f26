//! Exact decimal text to integers and back, without an allocation.
//!
//! Read by every codec. Never rounds: a digit that does not fit is an error.

use std::fmt;

/// Why a text is not an exact decimal at the wanted scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// Empty, or a character that no number has.
    Malformed,
    /// A digit that is not zero lies below the last decimal place.
    Inexact,
    /// The value is beyond the integer that holds it.
    Overflow,
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a decimal number",
            Self::Inexact => "more decimal places than the instrument has",
            Self::Overflow => "beyond the range of a 64-bit mantissa",
        })
    }
}

impl std::error::Error for DecimalError {}

/// A decimal as it was written: mantissa and number of decimal places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// The digits as one integer.
    pub mantissa: i64,
    /// How many of them stand behind the point, 0 to 18.
    pub places: u8,
}

impl Decimal {
    /// Reads `text` (`-12.340`, `1.3e-06`) and keeps the places it was written
    /// with, so that printing gives the same digits back.
    ///
    /// # Errors
    /// [`DecimalError::Malformed`] or [`DecimalError::Overflow`].
    pub fn parse(text: &[u8]) -> Result<Self, DecimalError> {
        let parts = Parts::split(text)?;
        let written = i32::try_from(parts.fraction.len()).map_err(|_| DecimalError::Overflow)?;
        let places = (written - parts.exponent).max(0);
        let places = u8::try_from(places).map_err(|_| DecimalError::Overflow)?;
        if places > 18 {
            return Err(DecimalError::Overflow);
        }
        let mantissa = narrow(parts.scaled(places)?)?;
        Ok(Self { mantissa, places })
    }

    /// Reads `text` as a count of 10^-`places`.
    ///
    /// # Errors
    /// [`DecimalError::Inexact`] where a digit below the last place is not
    /// zero; else as [`Decimal::parse`].
    #[inline]
    pub fn parse_at(text: &[u8], places: u8) -> Result<i64, DecimalError> {
        match parse_plain(text, places) {
            Some(mantissa) => Ok(mantissa),
            None => narrow(Self::parse_wide(text, places)?),
        }
    }

    /// As [`Decimal::parse_at`], into 128 bits.
    ///
    /// # Errors
    /// As [`Decimal::parse_at`].
    pub fn parse_wide(text: &[u8], places: u8) -> Result<i128, DecimalError> {
        Parts::split(text)?.scaled(places)
    }

    /// A mantissa at `places`, for printing.
    #[must_use]
    pub const fn new(mantissa: i64, places: u8) -> Self {
        Self { mantissa, places }
    }

    /// Order by value, whatever the places.
    #[must_use]
    pub fn compare(self, other: Self) -> std::cmp::Ordering {
        let places = self.places.max(other.places);
        let wide = |d: Self| i128::from(d.mantissa) * 10_i128.pow(u32::from(places - d.places));
        wide(self).cmp(&wide(other))
    }

    /// The same value as a count of 10^-`places`; `None` when digits would be
    /// lost or the range is left.
    #[must_use]
    pub fn at(self, places: u8) -> Option<i64> {
        let trimmed = self.trimmed();
        let missing = places.checked_sub(trimmed.places)?;
        trimmed.mantissa.checked_mul(10_i64.checked_pow(u32::from(missing))?)
    }

    /// The fewest places that still hold the value: trailing zeros go.
    #[must_use]
    pub const fn trimmed(mut self) -> Self {
        while self.places > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.places -= 1;
        }
        self
    }

    /// Writes the decimal into `buffer` and returns the bytes written.
    /// Invariant: 40 bytes hold every `i64` at up to 18 places.
    pub fn write<'b>(&self, buffer: &'b mut [u8; 40]) -> &'b [u8] {
        let mut at = buffer.len();
        let mut size = self.mantissa.unsigned_abs();
        let mut place = 0;
        while size > 0 || place <= self.places {
            if place == self.places && self.places > 0 {
                at -= 1;
                buffer[at] = b'.';
            }
            at -= 1;
            buffer[at] = b'0' + (size % 10) as u8;
            size /= 10;
            place += 1;
        }
        if self.mantissa < 0 {
            at -= 1;
            buffer[at] = b'-';
        }
        &buffer[at..]
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; 40];
        let text = self.write(&mut buffer);
        f.write_str(std::str::from_utf8(text).map_err(|_| fmt::Error)?)
    }
}

/// The common case, `123.45` of at most 18 digits; `None` sends the caller to
/// the general reader, which also names the error.
#[inline]
fn parse_plain(text: &[u8], places: u8) -> Option<i64> {
    if text.len() > 18 {
        return None;
    }
    let mut mantissa: i64 = 0;
    let mut behind: Option<u8> = None;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            if let Some(count) = behind.as_mut() {
                if *count == places {
                    if digit != 0 {
                        return None;
                    }
                    continue;
                }
                *count += 1;
            }
            mantissa = mantissa * 10 + i64::from(digit);
        } else if byte == b'.' && behind.is_none() {
            behind = Some(0);
        } else {
            return None;
        }
    }
    // An empty text, a bare point and a leading or trailing point are for the
    // general reader to judge.
    let first = *text.first()?;
    if first == b'.' || text.last() == Some(&b'.') {
        return None;
    }
    let missing = places.checked_sub(behind.unwrap_or(0))?;
    mantissa.checked_mul(10_i64.checked_pow(u32::from(missing))?)
}

fn narrow(wide: i128) -> Result<i64, DecimalError> {
    i64::try_from(wide).map_err(|_| DecimalError::Overflow)
}

struct Parts<'t> {
    negative: bool,
    whole: &'t [u8],
    fraction: &'t [u8],
    exponent: i32,
}

impl<'t> Parts<'t> {
    fn split(text: &'t [u8]) -> Result<Self, DecimalError> {
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let (number, exponent) = match text.iter().position(|b| matches!(b, b'e' | b'E')) {
            Some(at) => (&text[..at], exponent(&text[at + 1..])?),
            None => (text, 0),
        };
        let (whole, fraction) = match number.iter().position(|&b| b == b'.') {
            Some(at) if at + 1 < number.len() => (&number[..at], &number[at + 1..]),
            Some(_) => return Err(DecimalError::Malformed),
            None => (number, &number[..0]),
        };
        if whole.is_empty() || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
            return Err(DecimalError::Malformed);
        }
        Ok(Self { negative, whole, fraction, exponent })
    }

    /// The value as a count of 10^-`places`.
    fn scaled(&self, places: u8) -> Result<i128, DecimalError> {
        let digits = self.whole.len() + self.fraction.len();
        let point = i64::try_from(self.whole.len()).map_err(|_| DecimalError::Overflow)?
            + i64::from(self.exponent);
        let wanted = point + i64::from(places);
        let mut value: i128 = 0;
        for (index, &byte) in self.whole.iter().chain(self.fraction).enumerate() {
            let digit = i128::from(byte - b'0');
            if (index as i64) < wanted {
                value = value
                    .checked_mul(10)
                    .and_then(|v| v.checked_add(digit))
                    .ok_or(DecimalError::Overflow)?;
            } else if digit != 0 {
                return Err(DecimalError::Inexact);
            }
        }
        if value != 0 {
            let missing = u32::try_from(wanted - digits as i64).unwrap_or(0);
            let factor = 10_i128.checked_pow(missing).ok_or(DecimalError::Overflow)?;
            value = value.checked_mul(factor).ok_or(DecimalError::Overflow)?;
        }
        Ok(if self.negative { -value } else { value })
    }
}

fn exponent(text: &[u8]) -> Result<i32, DecimalError> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(DecimalError::Malformed);
    }
    let mut value: i32 = 0;
    for &byte in digits {
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(i32::from(byte - b'0')))
            .filter(|v| *v <= 4096)
            .ok_or(DecimalError::Overflow)?;
    }
    Ok(if negative { -value } else { value })
}
