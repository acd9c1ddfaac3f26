//! Decimal text to integers and back, and money at scale 18.
//! Everything in this crate counts with these; nothing here ever goes through a float.

/// Decimals of an amount of money: one unit of the `i128` is 10^-18 of the quote asset.
pub const MONEY_DECIMALS: u32 = 18;

/// One whole unit of the quote asset, at scale 18.
pub const MONEY_ONE: i128 = 1_000_000_000_000_000_000;

/// The venue settles money at eight decimals; finer amounts are truncated toward zero.
pub(crate) const SETTLED_STEP: i128 = 10_000_000_000;

/// Why a decimal string could not become a mantissa.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberError {
    /// Not digits with at most one point and an optional leading minus.
    Malformed,
    /// Non-zero digits beyond the decimals that the instrument has.
    TooPrecise,
    /// Does not fit in an i64.
    TooLarge,
}

/// 10^n. `n` is at most 18 by construction of every instrument.
pub(crate) fn pow10(n: u32) -> i64 {
    10_i64.pow(n)
}

/// Reads `text` as a count of 10^-`decimals`. Trailing zeros beyond `decimals` are allowed.
pub(crate) fn parse(text: &str, decimals: u32) -> Result<i64, NumberError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(NumberError::Malformed);
    }
    let mut value: i64 = 0;
    for byte in whole.bytes() {
        value = push_digit(value, byte)?;
    }
    let kept = decimals as usize;
    for place in 0..kept.max(fraction.len()) {
        let byte = fraction.as_bytes().get(place).copied().unwrap_or(b'0');
        if !byte.is_ascii_digit() {
            return Err(NumberError::Malformed);
        }
        if place < kept {
            value = push_digit(value, byte)?;
        } else if byte != b'0' {
            return Err(NumberError::TooPrecise);
        }
    }
    Ok(if negative { -value } else { value })
}

fn push_digit(value: i64, byte: u8) -> Result<i64, NumberError> {
    if !byte.is_ascii_digit() {
        return Err(NumberError::Malformed);
    }
    value
        .checked_mul(10)
        .and_then(|v| v.checked_add(i64::from(byte - b'0')))
        .ok_or(NumberError::TooLarge)
}

/// Appends `mantissa` × 10^-`decimals` with exactly `decimals` decimals.
pub(crate) fn push(text: &mut String, mantissa: i64, decimals: u32) {
    push_wide(text, i128::from(mantissa), decimals);
}

/// `mantissa` × 10^-`decimals` with exactly `decimals` decimals.
pub(crate) fn text(mantissa: i64, decimals: u32) -> String {
    let mut out = String::with_capacity(20);
    push(&mut out, mantissa, decimals);
    out
}

/// Money with eight decimals, the rest truncated toward zero.
pub(crate) fn money_text(amount: i128) -> String {
    let mut out = String::with_capacity(24);
    push_wide(&mut out, amount / SETTLED_STEP, 8);
    out
}

/// Appends an unsigned integer without allocating.
pub(crate) fn push_integer(text: &mut String, value: i64) {
    push_wide(text, i128::from(value), 0);
}

fn push_wide(text: &mut String, value: i128, decimals: u32) {
    // 39 digits of an i128, a point, a sign and leading zeros.
    let mut buffer = [0_u8; 64];
    let mut at = buffer.len();
    // Nearly every number fits u64, whose division is several times cheaper.
    let mut wide = value.unsigned_abs();
    let mut places = 0_u32;
    loop {
        if places == decimals && places > 0 {
            at -= 1;
            buffer[at] = b'.';
        }
        let digit = if let Ok(narrow) = u64::try_from(wide) {
            wide = u128::from(narrow / 10);
            (narrow % 10) as u8
        } else {
            let digit = (wide % 10) as u8;
            wide /= 10;
            digit
        };
        at -= 1;
        buffer[at] = b'0' + digit;
        places += 1;
        if wide == 0 && places > decimals {
            break;
        }
    }
    if value < 0 {
        text.push('-');
    }
    text.extend(buffer[at..].iter().map(|b| char::from(*b)));
}

/// Price × quantity at scale 18. Exact: an instrument's decimals add up to at most 18.
pub(crate) fn notional(price: i64, qty: i64, decimals: u32) -> i128 {
    let scale = 10_i128.pow(MONEY_DECIMALS - decimals);
    i128::from(price) * i128::from(qty) * scale
}

/// Truncates toward zero at the eight decimals that the venue settles in.
pub(crate) fn settled(amount: i128) -> i128 {
    amount / SETTLED_STEP * SETTLED_STEP
}

/// (decimals written, decimals needed once trailing zeros are cut) of a decimal string.
pub(crate) fn decimals_of(text: &str) -> (u32, u32) {
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    let needed = fraction.trim_end_matches('0').len();
    (fraction.len() as u32, needed as u32)
}

#[cfg(test)]
mod tests;
