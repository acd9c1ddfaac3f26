//! The levels of one side of a depth message.
//!
//! Called by the scanner; leaves them in the decoder's memory. Most of all bytes
//! that a venue sends are read here, so a level is read from one window without
//! a branch until all of it is known to be as expected; one that is not is read
//! step by step.

use super::cursor::Cursor;
use super::decimal::{Narrow, Wide, Width, least};
use super::words::digits;
use crate::LevelChange;
use crate::event::Levels;
use types::{InstrumentSpec, Price, Qty, Side};

/// Levels up to and with the bracket that closes them.
pub(super) fn read_levels<'f>(
    mut at: Cursor<'f>,
    (side, spec): (Side, &InstrumentSpec),
    levels: &mut Levels,
) -> Option<Cursor<'f>> {
    if at.skip_if(b"]") {
        return Some(at);
    }
    at.skip(b"[\"")?;
    loop {
        // The first level tells how long prices are; the others have its length
        // until one differs.
        let (length, more) = step(&mut at, (side, spec), levels)?;
        if !more {
            return Some(at);
        }
        let (place, more) = if length <= Narrow::BYTES && spec.qty_decimals < 6 {
            run::<Narrow>((at.bytes, at.at), length, (side, spec), levels)
        } else {
            run::<Wide>((at.bytes, at.at), length, (side, spec), levels)
        };
        at.at = place;
        if !more {
            return Some(at);
        }
    }
}

/// One level, step by step, and what is behind it: the length of its price, and
/// whether another level follows.
#[inline(never)]
fn step(
    at: &mut Cursor<'_>,
    (side, spec): (Side, &InstrumentSpec),
    levels: &mut Levels,
) -> Option<(usize, bool)> {
    let start = at.at;
    let price = at.price(spec)?;
    let length = at.at.wrapping_sub(start).wrapping_sub(1);
    at.skip(b",\"")?;
    let qty = at.qty(spec)?;
    levels.push(LevelChange { side, price, qty }).ok()?;
    if at.skip_if(b"],[\"") {
        return Some((length, true));
    }
    at.skip(b"]]")?;
    Some((length, false))
}

/// Bytes of a window: the longest two decimals, what stands around them, and the
/// sixteen bytes in front that a word reaches back to.
const WINDOW: usize = 16 + REACH + 1 + 8;
/// The furthest place in a window that is asked for; above 16 + 3 + 8 + 16, and
/// a mask that tells the compiler so.
const REACH: usize = 0x3f;

/// Levels whose prices have `length` characters, from `place` on, as long as all
/// is as expected. Gives the place of the first level that is not, and true; or
/// the place behind the last level's brackets, and false. A function of its own,
/// so that its masks have the registers for themselves.
#[inline(never)]
fn run<W: Width>(
    (bytes, mut place): (&[u8], usize),
    length: usize,
    (side, spec): (Side, &InstrumentSpec),
    levels: &mut Levels,
) -> (usize, bool) {
    let (Some(price_form), Some(qty_form)) =
        (W::form(spec.price_decimals), W::form(spec.qty_decimals))
    else {
        return (place, true);
    };
    // A shorter text has no digit before its point, a longer one fits no word.
    if length < least(spec.price_decimals) || length > W::BYTES {
        return (place, true);
    }
    let price_kept = W::kept(length);
    // Behind the point; a whole number has none.
    let places = usize::from(spec.qty_decimals);
    let behind = if places == 0 { 0 } else { places + 1 };
    let most = W::BYTES - behind;
    while let Some(window) = window(bytes, place) {
        let (price, price_fault) = price_form.read(W::load(ended(window, length)), price_kept);
        let between = word(window, length) & 0x00ff_ffff ^ BETWEEN;
        // The digits before the point tell where the quantity ends.
        let start = length + 3;
        let whole = digits(word(window, start));
        let (qty_length, end) = (whole + behind, start + whole + behind);
        let kept = W::kept(qty_length);
        let (qty, qty_fault) = qty_form.read(W::load(ended(window, end)), kept);
        let after = word(window, end);
        let fault = price_fault | between | qty_fault | u64::from(whole.wrapping_sub(1) >= most);
        if fault != 0 || price == 0 {
            return (place, true);
        }
        let next = after & 0x00ff_ffff_ffff == NEXT;
        let last = after & 0x00ff_ffff == LAST;
        let change = LevelChange { side, price: Price(price), qty: Qty(qty) };
        if !(next || last) || levels.push(change).is_err() {
            return (place, true);
        }
        if last {
            return (place.wrapping_add(end).wrapping_add(3), false);
        }
        place = place.wrapping_add(end).wrapping_add(5);
    }
    (place, true)
}

/// `","` between price and quantity.
const BETWEEN: u64 = u32::from_le_bytes(*b"\",\"\0") as u64;
/// `"],["` behind a level, lower five bytes.
const NEXT: u64 = u64::from_le_bytes(*b"\"],[\"\0\0\0") & 0x00ff_ffff_ffff;
/// `"]]` behind the last, lower three bytes.
const LAST: u64 = u32::from_le_bytes(*b"\"]]\0") as u64;

/// The bytes around `place`, which stands at its sixteenth.
#[inline(always)]
fn window(bytes: &[u8], place: usize) -> Option<&[u8; WINDOW]> {
    bytes.get(place.checked_sub(16)?..)?.first_chunk()
}

/// Eight bytes from `at` behind the window's place.
#[inline(always)]
fn word(window: &[u8; WINDOW], at: usize) -> u64 {
    let at = 16 + (at & REACH);
    window.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The sixteen bytes that end `end` behind the window's place.
#[inline(always)]
fn ended(window: &[u8; WINDOW], end: usize) -> &[u8; 16] {
    const NOTHING: &[u8; 16] = &[0; 16];
    window.get(end & REACH..).and_then(<[u8]>::first_chunk).unwrap_or(NOTHING)
}
