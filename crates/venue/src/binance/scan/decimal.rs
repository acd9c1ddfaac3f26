//! Decimal text of a known number of places to an integer, without a loop.
//!
//! Used by the cursor. Answers only what is written with exactly the places of
//! its instrument, as venues do; everything else is for the parser's reader.

use super::words::{LAST, ZEROS, digits, join, others};

const LAST_WIDE: [u128; 17] = {
    let mut masks = [0; 17];
    let mut n = 1;
    while n < masks.len() {
        masks[n] = u128::MAX << (128 - 8 * n);
        n += 1;
    }
    masks
};

/// Where the point stands in the word that ends with the last digit, for one
/// number of places.
#[derive(Clone, Copy)]
struct Form {
    /// Characters of the shortest text: a digit, the point, the places.
    least: usize,
    narrow: Narrow,
    wide: Wide,
}

/// Of decimals of at most eight characters.
#[derive(Clone, Copy)]
pub(super) struct Narrow {
    point: u64,
    point_mask: u64,
    below: u64,
    above: u64,
}

/// Of decimals of at most sixteen characters.
#[derive(Clone, Copy)]
pub(super) struct Wide {
    point: u128,
    point_mask: u128,
    below: u128,
    above: u128,
}

const FORMS: [Form; 19] = {
    // Whole numbers: no point to look for, nothing to close up.
    let mut forms = [Form {
        least: 1,
        narrow: Narrow { point: 0, point_mask: 0, below: 0, above: u64::MAX },
        wide: Wide { point: 0, point_mask: 0, below: 0, above: u128::MAX },
    }; 19];
    let mut places = 1;
    while places < forms.len() {
        forms[places].least = places + 2;
        if places < 7 {
            let at = 8 * (7 - places);
            forms[places].narrow = Narrow {
                point: (b'.' as u64) << at,
                point_mask: 0xff << at,
                below: (1 << at) - 1,
                above: u64::MAX << (at + 8),
            };
        }
        if places < 15 {
            let at = 8 * (15 - places);
            forms[places].wide = Wide {
                point: (b'.' as u128) << at,
                point_mask: 0xff << at,
                below: (1 << at) - 1,
                above: u128::MAX << (at + 8),
            };
        }
        places += 1;
    }
    forms
};

/// The `length` bytes from `start` as a count of 10^-`places`, when they are
/// digits with exactly that many places, 16 characters at most.
#[inline(always)]
pub(super) fn decimal(bytes: &[u8], (start, length): (usize, usize), places: u8) -> Option<i64> {
    let form = FORMS.get(usize::from(places))?;
    // Invariant: `least` is above 8 or 16 where the point would lie outside.
    if length < form.least {
        return None;
    }
    let end = start.wrapping_add(length);
    if length <= 8 {
        narrow(bytes, end, (length, &form.narrow))
    } else {
        wide(bytes, end, (length, &form.wide))
    }
}

/// Characters of the shortest decimal of `places`: a digit, the point, the places.
#[inline(always)]
pub(super) fn least(places: u8) -> usize {
    FORMS.get(usize::from(places)).map_or(usize::MAX, |form| form.least)
}

/// How long a decimal of `places` at the front of `word` is, if it is one: the
/// digits before the point, of which there must be fewer than eight, tell it.
#[inline(always)]
pub(super) fn length(word: u64, places: u8) -> usize {
    let whole = digits(word);
    if places == 0 { whole } else { whole.wrapping_add(1).wrapping_add(usize::from(places)) }
}

#[inline(always)]
fn narrow(bytes: &[u8], end: usize, (length, form): (usize, &Narrow)) -> Option<i64> {
    let ended: &[u8; 8] = bytes.get(end.checked_sub(8)?..)?.first_chunk()?;
    let (value, fault) = form.read(u64::from_le_bytes(*ended), *LAST.get(length)?);
    (fault == 0).then_some(value)
}

#[inline(always)]
fn wide(bytes: &[u8], end: usize, (length, form): (usize, &Wide)) -> Option<i64> {
    let ended: &[u8; 16] = bytes.get(end.checked_sub(16)?..)?.first_chunk()?;
    let (value, fault) = form.read(u128::from_le_bytes(*ended), *LAST_WIDE.get(length)?);
    (fault == 0).then_some(value)
}

/// How a decimal is read from a word that ends with its last digit.
pub(super) trait Width: Copy {
    /// The word.
    type Word: Copy;
    /// Characters that it holds.
    const BYTES: usize;
    /// The form of a number of places.
    fn form(places: u8) -> Option<Self>;
    /// The word in the last bytes of `ended`, the first of which count.
    fn load(ended: &[u8; 16]) -> Self::Word;
    /// The characters of a text of `length`; none where it is too long.
    fn kept(length: usize) -> Self::Word;
    /// The value, and zero if the word is a decimal of this form.
    fn read(self, word: Self::Word, kept: Self::Word) -> (i64, u64);
}

impl Width for Narrow {
    type Word = u64;
    const BYTES: usize = 8;

    #[inline(always)]
    fn form(places: u8) -> Option<Self> {
        FORMS.get(usize::from(places)).filter(|form| form.least <= 8).map(|form| form.narrow)
    }

    #[inline(always)]
    fn load(ended: &[u8; 16]) -> u64 {
        u64::from_le_bytes(ended.as_chunks().0[1])
    }

    #[inline(always)]
    fn kept(length: usize) -> u64 {
        LAST.get(length).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn read(self, word: u64, kept: u64) -> (i64, u64) {
        let digits = (word ^ ZEROS) & kept;
        let closed = digits & self.above | (digits & self.below) << 8;
        let point = (word ^ self.point) & self.point_mask;
        (join(closed).cast_signed(), point | others(closed))
    }
}

impl Width for Wide {
    type Word = u128;
    const BYTES: usize = 16;

    #[inline(always)]
    fn form(places: u8) -> Option<Self> {
        FORMS.get(usize::from(places)).filter(|form| form.least <= 16).map(|form| form.wide)
    }

    #[inline(always)]
    fn load(ended: &[u8; 16]) -> u128 {
        u128::from_le_bytes(*ended)
    }

    #[inline(always)]
    fn kept(length: usize) -> u128 {
        LAST_WIDE.get(length).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn read(self, word: u128, kept: u128) -> (i64, u64) {
        const WIDE_ZEROS: u128 = (ZEROS as u128) << 64 | ZEROS as u128;
        let digits = (word ^ WIDE_ZEROS) & kept;
        let closed = digits & self.above | (digits & self.below) << 8;
        let (high, low) = (closed as u64, (closed >> 64) as u64);
        let point = (word ^ self.point) & self.point_mask;
        // Sixteen digits at most: no product or sum leaves 64 bits.
        let value = join(high).wrapping_mul(100_000_000).wrapping_add(join(low));
        let fault = point as u64 | (point >> 64) as u64 | others(high) | others(low);
        (value.cast_signed(), fault)
    }
}
