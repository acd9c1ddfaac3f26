//! Cells to decimals, and decimals to one scale.

use std::collections::VecDeque;
use types::{Decimal, DecimalError};

/// The most digits of a decimal that is kept as it was written.
const DIGITS_MAX: usize = 18;
/// The most decimal places that a mantissa has.
const PLACES_MAX: i64 = 18;

/// What had to be rounded. A number may be rounded when it is read and once more when
/// all are brought to one scale: it counts once.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounding {
    /// Row and column of each that was rounded when it was read, in their order.
    read: VecDeque<(u64, usize)>,
    /// How many were rounded by [`Rounding::at`] or before it.
    pub(super) numbers: u64,
    /// The first row with one.
    pub(super) first_row: Option<u64>,
}

/// Reads a cell, exactly where 18 digits hold it, else rounded to 18 digits and
/// at most 18 places, half away from zero.
pub(super) fn read(
    cell: &str,
    place: (u64, usize),
    rounding: &mut Rounding,
) -> Result<Decimal, &'static str> {
    match Decimal::parse(cell.as_bytes()) {
        Ok(exact) => Ok(exact.trimmed()),
        Err(DecimalError::Malformed | DecimalError::Inexact) if cell.is_empty() => {
            Err("give a number")
        }
        Err(DecimalError::Malformed | DecimalError::Inexact) => Err("that is no number"),
        Err(DecimalError::Overflow) => {
            let rounded = shorten(cell).ok_or("that is beyond the range of a price")?;
            rounding.read.push_back(place);
            Ok(rounded)
        }
    }
}

/// The leading digits of a number that is too long; `None` where it is too
/// large. Invariant: [`Decimal::parse`] found its form right.
fn shorten(cell: &str) -> Option<Decimal> {
    let (number, exponent) = cell.split_once(['e', 'E']).unwrap_or((cell, "0"));
    let exponent: i64 = exponent.parse().ok().filter(|e: &i64| e.abs() < 10_000)?;
    let (sign, number) = match number.strip_prefix('-') {
        Some(number) => (-1, number),
        None => (1, number.trim_start_matches('+')),
    };
    let fraction = number.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let digits = number.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0');
    let digits: Vec<u8> = digits.collect();
    // The value is 0.DIGITS × 10^point.
    let behind = i64::try_from(fraction).ok()?.checked_sub(exponent)?;
    let point = i64::try_from(digits.len()).ok()?.checked_sub(behind)?;
    let kept = (PLACES_MAX + point).clamp(-1, DIGITS_MAX as i64);
    let Ok(kept) = usize::try_from(kept) else { return Some(Decimal::new(0, 0)) };
    let mut mantissa: i64 = 0;
    for at in 0..kept {
        let digit = digits.get(at).map_or(0, |digit| i64::from(digit - b'0'));
        mantissa = mantissa.checked_mul(10)?.checked_add(digit)?;
    }
    mantissa += i64::from(digits.get(kept).is_some_and(|digit| *digit >= b'5'));
    let places = i64::try_from(kept).ok()?.checked_sub(point)?;
    let up = u32::try_from((-places).max(0)).ok()?;
    let mantissa = (sign * mantissa).checked_mul(10_i64.checked_pow(up)?)?;
    Some(Decimal::new(mantissa, u8::try_from(places.max(0)).ok()?).trimmed())
}

/// As many places as the numbers were written with, but no more than leave the
/// largest of them `digits` digits.
pub(super) fn places<'n>(numbers: impl Iterator<Item = &'n Decimal>, digits: u32) -> u8 {
    let (mut written, mut whole) = (0, 0);
    for number in numbers {
        written = written.max(number.places);
        let above = number.mantissa.unsigned_abs() / 10_u64.pow(u32::from(number.places));
        whole = whole.max(above.checked_ilog10().map_or(0, |log| log + 1));
    }
    written.min(u8::try_from(digits.saturating_sub(whole)).unwrap_or(0))
}

impl Rounding {
    /// The number as a count of 10^-`places`, half away from zero. Asked in the order of
    /// [`read`]: `place` is its row and column.
    pub(super) fn at(&mut self, number: Decimal, place: (u64, usize), places: u8) -> i64 {
        let exact = number.at(places);
        let mut was_rounded = false;
        // What is before this place was never asked for: a time.
        while let Some(read) = self.read.pop_front_if(|read| *read <= place) {
            was_rounded = read == place;
        }
        if was_rounded || exact.is_none() {
            self.numbers += 1;
            self.first_row.get_or_insert(place.0);
        }
        exact.unwrap_or_else(|| {
            let drop = u32::from(number.places.saturating_sub(places));
            let unit = 10_u64.saturating_pow(drop);
            let size = number.mantissa.unsigned_abs();
            let size = size / unit + u64::from(size % unit >= unit.div_ceil(2));
            i64::try_from(size).unwrap_or(i64::MAX) * number.mantissa.signum()
        })
    }
}
