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

/// Reads `text` as [`parse`] does, and as JSON may write it too: `14e-3`. So a venue may tell a
/// number; nobody may send one so. Exact or an error.
pub(crate) fn parse_told(text: &str, decimals: u32) -> Result<i64, NumberError> {
    if !text.contains(['e', 'E']) {
        return parse(text, decimals);
    }
    let (value, power) = split(text)?;
    let shift = u32::try_from(i64::from(power) + i64::from(decimals));
    match shift {
        _ if value == 0 => Ok(0),
        Err(_) => Err(NumberError::TooPrecise),
        Ok(19..) => Err(NumberError::TooLarge),
        Ok(shift) => value.checked_mul(pow10(shift)).ok_or(NumberError::TooLarge),
    }
}

/// How much room a number takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    /// Decimals as written, at most 18; of an exponent form those needed.
    pub(crate) written: u32,
    /// Decimals needed once trailing zeros are cut, at most 18.
    pub(crate) needed: u32,
    /// Digits before the point.
    pub(crate) whole: u32,
    /// Of the number: -1, 0, 1.
    pub(crate) sign: i64,
}

/// How much room a number that a venue tells takes.
pub(crate) fn room_of(text: &str) -> Result<Room, NumberError> {
    let (value, power) = split(text)?;
    let needed = power.min(0).unsigned_abs();
    if needed > MONEY_DECIMALS {
        return Err(NumberError::TooPrecise);
    }
    let digits = value.unsigned_abs().checked_ilog10().map_or(0, |log| i64::from(log) + 1);
    let whole = u32::try_from(digits + i64::from(power)).unwrap_or(0);
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    let has_exponent = text.contains(['e', 'E']);
    let written = if has_exponent { 0 } else { fraction.len().min(MONEY_DECIMALS as usize) };
    Ok(Room { written: needed.max(written as u32), needed, whole, sign: value.signum() })
}

/// A number as digits that do not end in a zero, and the power of ten that they are multiplied by.
fn split(text: &str) -> Result<(i64, i32), NumberError> {
    let (plain, exponent) = match text.split_once(['e', 'E']) {
        Some((plain, exponent)) => (plain, exponent_of(exponent)?),
        None => (text, 0),
    };
    let digits = plain.strip_prefix('-').unwrap_or(plain);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(NumberError::Malformed);
    }
    let (mut value, mut zeros) = (0_i64, 0_i32);
    for byte in whole.bytes().chain(fraction.bytes()) {
        if byte == b'0' {
            zeros = zeros.saturating_add(i32::from(value != 0));
            continue;
        }
        for _ in 0..zeros {
            value = push_digit(value, b'0')?;
        }
        zeros = 0;
        value = push_digit(value, byte)?;
    }
    if value == 0 {
        return Ok((0, 0));
    }
    let places = i32::try_from(fraction.len()).map_err(|_| NumberError::TooPrecise)?;
    let sign = if plain.starts_with('-') { -1 } else { 1 };
    Ok((sign * value, exponent.saturating_sub(places).saturating_add(zeros)))
}

/// At most four digits: nothing of any market is beyond them.
fn exponent_of(text: &str) -> Result<i32, NumberError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NumberError::Malformed);
    }
    let value = digits.parse::<i32>().map_err(|_| NumberError::Malformed)?;
    Ok(if text.starts_with('-') { -value } else { value })
}

#[cfg(test)]
mod tests;
