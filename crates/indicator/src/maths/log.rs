//! The natural logarithm of a ratio of two prices, in fixed point.

use crate::input::PriceX2;

/// Bits behind the point while the series is summed.
const WORKING: u32 = 62;
/// Bits behind the point of the result: the greatest logarithm, 44.4, still has
/// a square that a thousand million of fit into 128 bits.
const RESULT: u32 = 48;
/// ln 2 with 62 bits behind its point: 0.693147180559945309417232121458176568.
const LN_2: i128 = 3_196_577_161_300_663_915;

/// ln(`to` / `from`) as a count of 2^-48, rounded to nearest; `None` unless
/// both are positive.
///
/// 2 × artanh(z) = 2 × (z + z³/3 + z⁵/5 + …) with z = (to − from) / (to + from),
/// after the ratio was brought between one half and two by a power of two.
#[inline]
pub(crate) fn log_return(from: PriceX2, to: PriceX2) -> Option<i64> {
    if from.0 <= 0 || to.0 <= 0 {
        return None;
    }
    let powers = i128::from(to.0.ilog2()) - i128::from(from.0.ilog2());
    // At most 65 bits and 65 more: below 2^128, and unsigned.
    let shift = u32::try_from(powers.unsigned_abs()).ok()?;
    let (from, to) = (from.0.cast_unsigned(), to.0.cast_unsigned());
    let (from, to) = match powers {
        0 => (from, to),
        1.. => (from << shift, to),
        _ => (from, to << shift),
    };
    let series = series(from, to);
    let working = 2 * series + powers * LN_2;
    let half = 1 << (WORKING - RESULT - 1);
    i64::try_from((working + half) >> (WORKING - RESULT)).ok()
}

/// artanh((to − from) / (to + from)) as a count of 2^-62.
#[inline]
fn series(from: u128, to: u128) -> i128 {
    // Leading bits are enough: 62 of them are kept, and the quotient fits.
    let drop = 66_u32.saturating_sub(from.max(to).leading_zeros());
    let (from, to) = ((from >> drop).cast_signed(), (to >> drop).cast_signed());
    let z = ((to - from) << WORKING) / (to + from);
    let square = (z * z) >> WORKING;
    let (mut sum, mut power, mut odd) = (z, z, 3);
    loop {
        power = (power * square) >> WORKING;
        // The shift rounds down: a negative power ends at -1, not at 0.
        if power == 0 || power == -1 {
            return sum;
        }
        sum += power / odd;
        odd += 2;
    }
}
