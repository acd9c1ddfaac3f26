//! The market messages in the exact forms that the venue writes them, read in
//! one pass without a parser.
//!
//! Asked first by the decoder, for nearly every message has such a form. It
//! knows one order of keys, no white space and no escape; whatever differs in
//! one byte, or would be an error, it leaves untouched to the full parser,
//! which is also its oracle: where it answers, both say the same (tests).

mod cursor;
mod decimal;
mod ladder;
mod words;

use super::Family;
use super::marks::{self, MarkTexts};
use crate::event::{Levels, time};
use crate::{Decoded, Depth, SpecTable};
use cursor::Cursor;
use ladder::read_levels;
use types::{AggTrade, InstrumentSpec, Nanos, Quote, Side, Trade};

/// Reads `padded[..length]`; the levels of a depth message are left in `levels`
/// and its own are empty. `None`: ask the parser, and clear the levels before.
#[inline]
pub(crate) fn decode(
    (padded, length): (&[u8], usize),
    family: Family,
    specs: &SpecTable,
    levels: &mut Levels,
) -> Option<Decoded<'static>> {
    let mut at = Cursor { bytes: padded, at: 0 };
    let combined = at.skip_if(b"{\"stream\":\"");
    if combined {
        at.word()?;
        at.skip(b",\"data\":")?;
    }
    let end = End { combined, length };
    match family {
        Family::UsdM => usdm((at, end), specs, levels),
        Family::Spot => spot((at, end), specs, levels),
    }
}

/// What must stand behind an event, and where the frame ends.
#[derive(Clone, Copy)]
struct End {
    combined: bool,
    length: usize,
}

impl End {
    /// Whether the event that was read up to `at` is the whole frame. What was
    /// read behind the frame ends behind it.
    #[inline(always)]
    fn is_at(self, mut at: Cursor<'_>) -> bool {
        at.skip_if(b"}") && (!self.combined || at.skip_if(b"}")) && at.at == self.length
    }
}

/// A place and its frame's end. Each kind of message is a function of its own,
/// so that its cursor has the registers for itself, and writes its answer where
/// the caller wants it.
type Place<'f> = (Cursor<'f>, End);

/// What a frame says, if it is one of the known forms.
type Read = Option<Decoded<'static>>;

#[inline(always)]
fn usdm((mut at, end): Place<'_>, specs: &SpecTable, levels: &mut Levels) -> Read {
    at.skip(b"{\"e\":\"")?;
    match at.ahead::<1>()? {
        b"b" => usdm_quote((at, end), specs),
        b"d" => usdm_depth((at, end), specs, levels),
        b"t" => usdm_trade((at, end), specs),
        b"a" => agg_trade((at, end), Family::UsdM, specs),
        b"m" => mark_price((at, end), specs),
        _ => None,
    }
}

#[inline(always)]
fn spot((mut at, end): Place<'_>, specs: &SpecTable, levels: &mut Levels) -> Read {
    if at.skip_if(b"{\"u\":") {
        return spot_quote((at, end), specs);
    }
    at.skip(b"{\"e\":\"")?;
    match at.ahead::<1>()? {
        b"d" => spot_depth((at, end), specs, levels),
        b"t" => spot_trade((at, end), specs),
        b"a" => agg_trade((at, end), Family::Spot, specs),
        _ => None,
    }
}

#[inline(never)]
fn usdm_quote((mut at, end): Place<'_>, specs: &SpecTable) -> Read {
    at.skip(b"bookTicker\",\"u\":")?;
    let update_id = at.integer()?;
    at.skip(b",\"s\":\"")?;
    let spec = at.spec(specs)?;
    let quote = sides(&mut at, spec)?;
    at.skip(b",\"T\":")?;
    let exch_ts = time(at.integer()?).ok()?;
    at.skip(b",\"E\":")?;
    at.skip_integer()?;
    let quote = Quote { exch_ts, ..quote };
    end.is_at(at).then_some(Decoded::Quote { instrument: spec.id, update_id, quote })
}

/// The spot stream tells no time.
#[inline(never)]
fn spot_quote((mut at, end): Place<'_>, specs: &SpecTable) -> Read {
    let update_id = at.integer()?;
    at.skip(b",\"s\":\"")?;
    let spec = at.spec(specs)?;
    let quote = sides(&mut at, spec)?;
    end.is_at(at).then_some(Decoded::Quote { instrument: spec.id, update_id, quote })
}

#[inline(always)]
fn sides(at: &mut Cursor<'_>, spec: &InstrumentSpec) -> Option<Quote> {
    at.skip(b",\"b\":\"")?;
    let bid = at.price(spec)?;
    at.skip(b",\"B\":\"")?;
    let bid_qty = at.qty(spec)?;
    at.skip(b",\"a\":\"")?;
    let ask = at.price(spec)?;
    at.skip(b",\"A\":\"")?;
    let ask_qty = at.qty(spec)?;
    Some(Quote { bid, bid_qty, ask, ask_qty, exch_ts: Nanos(0) })
}

#[inline(never)]
fn usdm_trade((mut at, end): Place<'_>, specs: &SpecTable) -> Read {
    at.skip(b"trade\",\"E\":")?;
    at.skip_integer()?;
    at.skip(b",\"T\":")?;
    let exch_ts = time(at.integer()?).ok()?;
    at.skip(b",\"s\":\"")?;
    let spec = at.spec(specs)?;
    let trade = printed(&mut at, spec)?;
    at.skip(b",\"X\":\"MARKET\",\"m\":")?;
    let aggressor = aggressor(at.truth()?);
    let trade = Trade { exch_ts, aggressor, ..trade };
    end.is_at(at).then_some(Decoded::Trade { instrument: spec.id, trade })
}

#[inline(never)]
fn spot_trade((mut at, end): Place<'_>, specs: &SpecTable) -> Read {
    at.skip(b"trade\",\"E\":")?;
    at.skip_integer()?;
    at.skip(b",\"s\":\"")?;
    let spec = at.spec(specs)?;
    let trade = printed(&mut at, spec)?;
    at.skip(b",\"T\":")?;
    let exch_ts = time(at.integer()?).ok()?;
    at.skip(b",\"m\":")?;
    let aggressor = aggressor(at.truth()?);
    // "Ignore", says the document; it is read by nobody.
    at.skip(b",\"M\":")?;
    at.truth()?;
    let trade = Trade { exch_ts, aggressor, ..trade };
    end.is_at(at).then_some(Decoded::Trade { instrument: spec.id, trade })
}

/// `,"t":…,"p":"…","q":"…"` of a trade.
#[inline(always)]
fn printed(at: &mut Cursor<'_>, spec: &InstrumentSpec) -> Option<Trade> {
    at.skip(b",\"t\":")?;
    let trade_id = at.integer()?;
    at.skip(b",\"p\":\"")?;
    let price = at.price(spec)?;
    at.skip(b",\"q\":\"")?;
    let qty = at.qty(spec).filter(|qty| qty.0 > 0)?;
    Some(Trade { price, qty, exch_ts: Nanos(0), trade_id, aggressor: 0, pad: [0; 7] })
}

/// The maker's side is told; the taker's is the other.
#[inline(always)]
fn aggressor(buyer_is_maker: bool) -> u8 {
    if buyer_is_maker { Side::Sell as u8 } else { Side::Buy as u8 }
}

#[inline(never)]
fn agg_trade((mut at, end): Place<'_>, family: Family, specs: &SpecTable) -> Read {
    at.skip(b"aggTrade\",\"E\":")?;
    at.skip_integer()?;
    let (agg_id, spec) = match family {
        Family::UsdM => {
            at.skip(b",\"a\":")?;
            let id = at.integer()?;
            at.skip(b",\"s\":\"")?;
            (id, at.spec(specs)?)
        }
        Family::Spot => {
            at.skip(b",\"s\":\"")?;
            let spec = at.spec(specs)?;
            at.skip(b",\"a\":")?;
            (at.integer()?, spec)
        }
    };
    at.skip(b",\"p\":\"")?;
    let price = at.price(spec)?;
    at.skip(b",\"q\":\"")?;
    let qty = at.qty(spec).filter(|qty| qty.0 > 0)?;
    at.skip(b",\"f\":")?;
    let first = at.integer()?;
    at.skip(b",\"l\":")?;
    let trades = marks::trades(first, at.integer()?)?;
    at.skip(b",\"T\":")?;
    let exch_ts = time(at.integer()?).ok()?;
    at.skip(b",\"m\":")?;
    let aggressor = aggressor(at.truth()?);
    if family == Family::Spot {
        at.skip(b",\"M\":")?;
        at.truth()?;
    }
    let trade = AggTrade { price, qty, exch_ts, agg_id, aggressor, pad: [0; 3], trades };
    end.is_at(at).then_some(Decoded::AggTrade { instrument: spec.id, trade })
}

/// Rare enough to be read by the parser's own functions, text by text.
#[inline(never)]
fn mark_price((mut at, end): Place<'_>, specs: &SpecTable) -> Read {
    at.skip(b"markPriceUpdate\",\"E\":")?;
    let event_ms = at.integer()?;
    at.skip(b",\"s\":\"")?;
    let spec = at.spec(specs)?;
    at.skip(b",\"p\":\"")?;
    let mark = at.word()?;
    if at.skip_if(b",\"ap\":\"") {
        at.word()?;
    }
    at.skip(b",\"i\":\"")?;
    let index = Some(at.word()?);
    at.skip(b",\"P\":\"")?;
    let settle = Some(at.word()?);
    at.skip(b",\"r\":\"")?;
    let rate = at.word()?;
    at.skip(b",\"T\":")?;
    let funding_ms = at.integer()?;
    let texts = MarkTexts { mark, index, settle, rate, event_ms, funding_ms };
    let mark = marks::mark_price(&texts).ok()?;
    end.is_at(at).then_some(Decoded::MarkPrice { instrument: spec.id, mark })
}

#[inline(never)]
fn usdm_depth((mut at, end): Place<'_>, specs: &SpecTable, levels: &mut Levels) -> Read {
    at.skip(b"depthUpdate\",\"E\":")?;
    let event_ts = time(at.integer()?).ok()?;
    at.skip(b",\"T\":")?;
    let exch_ts = time(at.integer()?).ok()?;
    at.skip(b",\"s\":\"")?;
    let spec = at.spec(specs)?;
    at.skip(b",\"U\":")?;
    let first_id = at.integer()?;
    at.skip(b",\"u\":")?;
    let final_id = at.integer()?;
    at.skip(b",\"pu\":")?;
    let previous_id = Some(at.integer()?);
    let at = both_sides(at, spec, levels)?;
    let instrument = spec.id;
    let depth =
        Depth { instrument, first_id, final_id, previous_id, event_ts, exch_ts, levels: &[] };
    (first_id <= final_id && end.is_at(at)).then_some(Decoded::Depth(depth))
}

#[inline(never)]
fn spot_depth((mut at, end): Place<'_>, specs: &SpecTable, levels: &mut Levels) -> Read {
    at.skip(b"depthUpdate\",\"E\":")?;
    let event_ts = time(at.integer()?).ok()?;
    at.skip(b",\"s\":\"")?;
    let spec = at.spec(specs)?;
    at.skip(b",\"U\":")?;
    let first_id = at.integer()?;
    at.skip(b",\"u\":")?;
    let final_id = at.integer()?;
    let at = both_sides(at, spec, levels)?;
    let (instrument, exch_ts) = (spec.id, event_ts);
    let depth =
        Depth { instrument, first_id, final_id, previous_id: None, event_ts, exch_ts, levels: &[] };
    (first_id <= final_id && end.is_at(at)).then_some(Decoded::Depth(depth))
}

#[inline(always)]
fn both_sides<'f>(
    mut at: Cursor<'f>,
    spec: &InstrumentSpec,
    levels: &mut Levels,
) -> Option<Cursor<'f>> {
    at.skip(b",\"b\":[")?;
    at = read_levels(at, (Side::Buy, spec), levels)?;
    at.skip(b",\"a\":[")?;
    read_levels(at, (Side::Sell, spec), levels)
}

#[cfg(test)]
mod tests;
