//! Eight bytes looked at together, as one word: how far digits go, where a
//! string ends.
//!
//! Read by the cursor. Plain arithmetic, so that it is the same everywhere.
//! What it says is exact up to the first byte that it tells, which is all that
//! is asked: a carry starts only at a byte that is told itself.

const EACH: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = EACH * 0x80;

/// Eight digits zero.
pub(super) const ZEROS: u64 = EACH * 0x30;

/// How many digits stand at the front of eight bytes, first byte lowest.
#[inline(always)]
pub(super) const fn digits(word: u64) -> usize {
    (others(word ^ ZEROS).trailing_zeros() / 8) as usize
}

/// The top bit of each byte that is above nine.
#[inline(always)]
pub(super) const fn others(values: u64) -> u64 {
    (values.wrapping_add(EACH * 0x76) | values) & TOPS
}

/// Length of the string at the front of a window, up to its closing quote: at
/// most 31 bytes, each of them printable ASCII that stands for itself.
#[inline(always)]
pub(super) fn text(window: &[u8; 32]) -> Option<usize> {
    for (index, bytes) in window.as_chunks::<8>().0.iter().enumerate() {
        let ends = ends(u64::from_le_bytes(*bytes));
        if ends != 0 {
            let length = index * 8 + (ends.trailing_zeros() / 8) as usize;
            return (window[length] == b'"').then_some(length);
        }
    }
    None
}

/// The top bit of each byte that ends a plain string: a quote, a backslash, a
/// control character, the beginning of another alphabet.
#[inline(always)]
const fn ends(word: u64) -> u64 {
    let quotes = word ^ (EACH * b'"' as u64);
    let escapes = word ^ (EACH * b'\\' as u64);
    let control = word.wrapping_sub(EACH * b' ' as u64);
    let zero = quotes.wrapping_sub(EACH) & !quotes | escapes.wrapping_sub(EACH) & !escapes;
    (zero | control | word) & TOPS
}

/// The number that eight values of 0 to 9 make, first byte lowest and most
/// significant: joined in pairs, then fours, then eights, by multiplications
/// (D. Lemire, "Quickly parsing eight digits", 2018).
#[inline(always)]
pub(super) const fn join(digits: u64) -> u64 {
    const MASK: u64 = 0x0000_00ff_0000_00ff;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let high = (pairs & MASK).wrapping_mul(0x000f_4240_0000_0064);
    let low = ((pairs >> 16) & MASK).wrapping_mul(0x0000_2710_0000_0001);
    high.wrapping_add(low) >> 32
}

/// Keep the last `n` of eight bytes, which are the highest of a word.
pub(super) const LAST: [u64; 9] = {
    let mut masks = [0; 9];
    let mut n = 1;
    while n < masks.len() {
        masks[n] = u64::MAX << (64 - 8 * n);
        n += 1;
    }
    masks
};
