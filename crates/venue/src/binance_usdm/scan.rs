//! The three market messages in the exact form that the venue writes them,
//! read in one pass without a parser.
//!
//! Asked first by the decoder, for nearly every message has this form. It
//! knows one order of keys, no white space and no escape; whatever differs in
//! one byte, or would be an error, it leaves untouched to the full parser,
//! which is also its oracle: where it answers, both say the same (tests).

use crate::event::{Levels, time};
use crate::{Decoded, Depth, LevelChange, SpecTable};
use types::{InstrumentSpec, Price, Qty, Quote, Side, Trade};

/// Reads `frame`; the levels of a depth message are left in `levels` and its
/// own are empty. `None`: ask the parser, and clear the levels before.
#[inline]
pub(super) fn decode(
    frame: &[u8],
    specs: &SpecTable,
    levels: &mut Levels,
) -> Option<Decoded<'static>> {
    let mut scan = Scan { rest: frame };
    let combined = scan.skip(b"{\"stream\":\"").is_some();
    if combined {
        scan.name()?;
        scan.skip(b",\"data\":")?;
    }
    scan.skip(b"{\"e\":\"")?;
    let (decoded, rest) = match *scan.rest.first()? {
        b'b' => quote(scan, specs),
        b'd' => depth(scan, specs, levels),
        b't' => trade(scan, specs),
        _ => None,
    }?;
    let end: &[u8] = if combined { b"}}" } else { b"}" };
    (rest == end).then_some(decoded)
}

/// What a frame says, and what is left of it. The scan is passed by value, so
/// that it stays in registers.
type Read<'f> = Option<(Decoded<'static>, &'f [u8])>;

#[inline]
fn quote<'f>(mut scan: Scan<'f>, specs: &SpecTable) -> Read<'f> {
    scan.skip(b"bookTicker\",\"u\":")?;
    let update_id = scan.integer()?;
    let spec = scan.spec(specs)?;
    scan.skip(b",\"b\":\"")?;
    let bid = scan.price(spec)?;
    scan.skip(b",\"B\":\"")?;
    let bid_qty = scan.qty(spec)?;
    scan.skip(b",\"a\":\"")?;
    let ask = scan.price(spec)?;
    scan.skip(b",\"A\":\"")?;
    let ask_qty = scan.qty(spec)?;
    scan.skip(b",\"T\":")?;
    let exch_ts = time(scan.integer()?).ok()?;
    scan.skip(b",\"E\":")?;
    scan.integer()?;
    let quote = Quote { bid, bid_qty, ask, ask_qty, exch_ts };
    Some((Decoded::Quote { instrument: spec.id, update_id, quote }, scan.rest))
}

#[inline]
fn trade<'f>(mut scan: Scan<'f>, specs: &SpecTable) -> Read<'f> {
    scan.skip(b"trade\",\"E\":")?;
    scan.integer()?;
    scan.skip(b",\"T\":")?;
    let exch_ts = time(scan.integer()?).ok()?;
    let spec = scan.spec(specs)?;
    scan.skip(b",\"t\":")?;
    let trade_id = scan.integer()?;
    scan.skip(b",\"p\":\"")?;
    let price = scan.price(spec)?;
    scan.skip(b",\"q\":\"")?;
    let qty = scan.qty(spec).filter(|qty| qty.0 > 0)?;
    scan.skip(b",\"X\":\"MARKET\",\"m\":")?;
    let aggressor = match scan.rest.first()? {
        b't' => scan.skip(b"true").map(|()| Side::Sell),
        _ => scan.skip(b"false").map(|()| Side::Buy),
    }? as u8;
    let trade = Trade { price, qty, exch_ts, trade_id, aggressor, pad: [0; 7] };
    Some((Decoded::Trade { instrument: spec.id, trade }, scan.rest))
}

#[inline]
fn depth<'f>(mut scan: Scan<'f>, specs: &SpecTable, levels: &mut Levels) -> Read<'f> {
    scan.skip(b"depthUpdate\",\"E\":")?;
    let event_ts = time(scan.integer()?).ok()?;
    scan.skip(b",\"T\":")?;
    let exch_ts = time(scan.integer()?).ok()?;
    let spec = scan.spec(specs)?;
    scan.skip(b",\"U\":")?;
    let first_id = scan.integer()?;
    scan.skip(b",\"u\":")?;
    let final_id = scan.integer().filter(|id| *id >= first_id)?;
    scan.skip(b",\"pu\":")?;
    let previous_id = Some(scan.integer()?);
    scan.skip(b",\"b\":[")?;
    scan = scan.levels(Side::Buy, spec, levels)?;
    scan.skip(b",\"a\":[")?;
    scan = scan.levels(Side::Sell, spec, levels)?;
    let instrument = spec.id;
    let depth =
        Depth { instrument, first_id, final_id, previous_id, event_ts, exch_ts, levels: &[] };
    Some((Decoded::Depth(depth), scan.rest))
}

/// What is left of a frame.
#[derive(Clone, Copy)]
struct Scan<'f> {
    rest: &'f [u8],
}

impl<'f> Scan<'f> {
    /// Steps over exactly `text`.
    #[inline(always)]
    fn skip(&mut self, text: &'static [u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// Steps over a stream's name and its closing quote.
    #[inline]
    fn name(&mut self) -> Option<()> {
        let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'@' | b'_' | b'!' | b'-');
        let end = self.rest.iter().position(|byte| !plain(byte))?;
        self.rest = self.rest.get(end..)?.strip_prefix(b"\"")?;
        Some(())
    }

    /// The specification of `,"s":"…"`.
    #[inline]
    fn spec<'s>(&mut self, specs: &'s SpecTable) -> Option<&'s InstrumentSpec> {
        self.skip(b",\"s\":\"")?;
        // No symbol is longer than 24 bytes, and none in the table holds what
        // JSON would have escaped.
        let end = self.rest.iter().take(25).position(|byte| *byte == b'"')?;
        let (symbol, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..)?;
        specs.by_symbol(symbol)
    }

    /// A whole number of at most 19 digits, which 64 bits hold.
    #[inline(always)]
    fn integer(&mut self) -> Option<u64> {
        let first = *self.rest.first()?;
        let (value, length) = self.digits()?;
        // JSON knows no leading zero.
        (length == 1 || first != b'0').then_some(value)
    }

    /// One digit or more, 19 at most, and how many they are.
    #[inline(always)]
    fn digits(&mut self) -> Option<(u64, usize)> {
        let (mut value, mut length) = (0_u64, 0);
        loop {
            let (part, count) = match self.rest.first_chunk() {
                Some(chunk) => eight_digits(u64::from_le_bytes(*chunk)),
                None => few_digits(self.rest),
            };
            self.rest = &self.rest[count..];
            length += count;
            // Wraps only past 19 digits, which are refused.
            value = value.wrapping_mul(TENS[count]).wrapping_add(part);
            if count < 8 {
                return (1..=19).contains(&length).then_some((value, length));
            }
            if length > 19 {
                return None;
            }
        }
    }

    #[inline(always)]
    fn price(&mut self, spec: &InstrumentSpec) -> Option<Price> {
        self.decimal(spec.price_decimals).filter(|value| *value > 0).map(Price)
    }

    #[inline(always)]
    fn qty(&mut self, spec: &InstrumentSpec) -> Option<Qty> {
        self.decimal(spec.qty_decimals).map(Qty)
    }

    /// `123.45"` at `places`: digits, at most one point between digits, no
    /// more digits behind it than `places`, 18 at most in all.
    #[inline(always)]
    fn decimal(&mut self, places: u8) -> Option<i64> {
        if let Some(value) = self.short_decimal(places) {
            return Some(value);
        }
        // By value: a scan whose address is taken leaves its registers.
        let (value, rest) = Self { rest: self.rest }.long_decimal(places)?;
        self.rest = rest;
        Some(value)
    }

    /// Nearly every price and quantity: a point and at most seven digits, in
    /// one load and without a branch on their number.
    #[inline(always)]
    fn short_decimal(&mut self, places: u8) -> Option<i64> {
        let chunk = self.rest.first_chunk::<9>()?;
        let bytes = u64::from_le_bytes(*chunk.first_chunk()?);
        let others = other_bytes(bytes);
        // Bits below the first two bytes that are no digits; 64: all eight are.
        let point = others.trailing_zeros() & 0x78;
        let end = (others & others.wrapping_sub(1)).trailing_zeros() & 0x78;
        let behind = end.wrapping_sub(point) / 8;
        let missing = u32::from(places).wrapping_add(1).wrapping_sub(behind) as usize;
        let (mark, close) = (bytes.wrapping_shr(point) as u8, chunk[(end / 8) as usize]);
        // A digit before the point and one behind it, no more than there are
        // places; `missing` wraps beyond the table where there are.
        if point == 0 || behind < 2 || mark != b'.' || close != b'"' || missing >= TENS.len() {
            return None;
        }
        let digits = bytes ^ (EACH * 0x30);
        let below = 1_u64.wrapping_shl(point).wrapping_sub(1);
        let closed = digits & below | (digits >> 8) & !below;
        // Invariant: 16 to 56 bits of digits, the point not counted.
        let value = join_digits(closed.wrapping_shl(72_u32.wrapping_sub(end)));
        self.rest = self.rest.get((end / 8) as usize + 1..)?;
        i64::try_from(value.checked_mul(TENS[missing])?).ok()
    }

    #[inline(never)]
    fn long_decimal(mut self, places: u8) -> Option<(i64, &'f [u8])> {
        let (mut value, mut length) = self.digits()?;
        let mut missing = usize::from(places);
        if let Some((b'.', rest)) = self.rest.split_first() {
            self.rest = rest;
            let (fraction, behind) = self.digits()?;
            missing = missing.checked_sub(behind)?;
            length += behind;
            // Wraps only past 18 digits in all, which are refused.
            value = value.wrapping_mul(*TENS.get(behind)?).wrapping_add(fraction);
        }
        self.skip(b"\"")?;
        if length > 18 {
            return None;
        }
        let value = value.checked_mul(*TENS.get(missing)?)?;
        Some((i64::try_from(value).ok()?, self.rest))
    }

    /// Levels up to and with the bracket that closes them.
    #[inline]
    fn levels(mut self, side: Side, spec: &InstrumentSpec, levels: &mut Levels) -> Option<Self> {
        if self.skip(b"]").is_some() {
            return Some(self);
        }
        loop {
            self.skip(b"[\"")?;
            let price = self.price(spec)?;
            self.skip(b",\"")?;
            let qty = self.qty(spec)?;
            levels.push(LevelChange { side, price, qty }).ok()?;
            match self.rest {
                [b']', b',', rest @ ..] => self.rest = rest,
                [b']', b']', rest @ ..] => return Some(Scan { rest }),
                _ => return None,
            }
        }
    }
}

const EACH: u64 = 0x0101_0101_0101_0101;

/// The top bit of each byte that is no digit, first byte lowest. Exact up to
/// and with the first byte above 0xb9, behind which a carry may reach.
#[inline(always)]
const fn other_bytes(bytes: u64) -> u64 {
    let values = bytes ^ (EACH * 0x30);
    (values.wrapping_add(EACH * 0x76) | values) & (EACH * 0x80)
}

/// The number that eight digits make, first byte lowest and most significant.
///
/// Digits are joined in pairs, then fours, then eights, by two multiplications
/// (D. Lemire, "Quickly parsing eight digits", 2018).
#[inline(always)]
const fn join_digits(digits: u64) -> u64 {
    const MASK: u64 = 0x0000_00ff_0000_00ff;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let high = (pairs & MASK).wrapping_mul(0x000f_4240_0000_0064);
    let low = ((pairs >> 16) & MASK).wrapping_mul(0x0000_2710_0000_0001);
    high.wrapping_add(low) >> 32
}

/// The value of the digits at the front of eight bytes and how many they are.
/// Without a branch: lengths vary from field to field.
#[inline(always)]
fn eight_digits(bytes: u64) -> (u64, usize) {
    let count = other_bytes(bytes).trailing_zeros() / 8;
    // Digits move to the end, zeros in front of them; no digit leaves zero.
    let moved = (bytes ^ (EACH * 0x30)).checked_shl(64 - 8 * count).unwrap_or(0);
    (join_digits(moved), count as usize)
}

/// The same near the end of a frame, where fewer than eight bytes are left.
fn few_digits(bytes: &[u8]) -> (u64, usize) {
    let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value = bytes[..count].iter().fold(0, |sum, byte| sum * 10 + u64::from(byte - b'0'));
    (value, count)
}

/// Powers of ten that 64 bits hold.
const TENS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

#[cfg(test)]
mod tests;
