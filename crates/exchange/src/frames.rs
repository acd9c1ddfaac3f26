//! Market frames as text, field by field as the venue writes them.
//! Written by hand because tens of thousands a second are; decides nothing.

use crate::config::{Dialect, Instrument};
use crate::funding::Mark;
use crate::number::{push, push_integer};
use crate::order::Side;

/// The kinds of market stream that this exchange serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StreamKind {
    /// `@depth`, at whatever speed suffix.
    Depth,
    /// `@bookTicker`.
    BookTicker,
    /// `@trade`.
    Trade,
    /// `@aggTrade`.
    AggTrade,
    /// `@markPrice`, at whatever speed suffix.
    MarkPrice,
    /// `@forceOrder`: liquidations.
    ForceOrder,
    /// `@kline_1m`.
    Kline,
    /// Another stream that a capture holds; the number is the capture's own.
    Other(u16),
}

impl StreamKind {
    /// The kind and lower-case symbol of a stream name such as `btcusdt@depth@100ms`.
    /// None for a stream that this exchange does not serve.
    pub fn of_stream(stream: &str) -> Option<(String, StreamKind)> {
        let mut parts = stream.split('@');
        let symbol = parts.next()?.to_ascii_lowercase();
        let kind = match parts.next()? {
            // Partial books are snapshots of another name.
            "depth" => StreamKind::Depth,
            "forceOrder" => StreamKind::ForceOrder,
            "kline_1m" => StreamKind::Kline,
            "bookTicker" => StreamKind::BookTicker,
            "trade" => StreamKind::Trade,
            "aggTrade" => StreamKind::AggTrade,
            "markPrice" => StreamKind::MarkPrice,
            _ => return None,
        };
        Some((symbol, kind))
    }

    /// The word that fault scripts use for a message of this kind.
    pub(crate) fn word(self) -> &'static str {
        match self {
            StreamKind::Depth => "depth",
            StreamKind::BookTicker => "bookTicker",
            StreamKind::Trade => "trade",
            StreamKind::AggTrade => "aggTrade",
            StreamKind::MarkPrice => "markPrice",
            StreamKind::ForceOrder => "forceOrder",
            StreamKind::Kline => "kline",
            StreamKind::Other(_) => "other",
        }
    }

    /// Whether `T` inside a frame of this kind is when it happened. Elsewhere it is the end of a
    /// bar or the time of the next funding, which stay.
    fn has_stamp_t(self) -> bool {
        !matches!(self, StreamKind::MarkPrice | StreamKind::Kline | StreamKind::Other(_))
    }
}

/// `{"stream":…,"data":…}` around one frame, as a combined connection gets it.
pub fn wrap_combined(stream: &str, data: &str, out: &mut String) {
    out.push_str("{\"stream\":\"");
    out.push_str(stream);
    out.push_str("\",\"data\":");
    out.push_str(data);
    out.push('}');
}

/// The three ids of a depth update.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DepthIds {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) previous: i64,
}

fn is_spot(instrument: &Instrument) -> bool {
    instrument.market == Dialect::BinanceSpot
}

fn head(out: &mut String, kind: &str, ms: i64, instrument: &Instrument) {
    out.push_str("{\"e\":\"");
    out.push_str(kind);
    out.push_str("\",\"E\":");
    push_integer(out, ms);
    if !is_spot(instrument) {
        out.push_str(",\"T\":");
        push_integer(out, ms);
    }
    out.push_str(",\"s\":\"");
    out.push_str(&instrument.symbol);
    out.push('"');
}

/// A `depthUpdate` of the given levels.
pub(crate) fn depth(
    instrument: &Instrument,
    ms: i64,
    ids: DepthIds,
    levels: &[(Side, i64, i64)],
) -> String {
    let mut out = String::with_capacity(160 + levels.len() * 24);
    head(&mut out, "depthUpdate", ms, instrument);
    let ids = [("U", ids.first), ("u", ids.last), ("pu", ids.previous)];
    // Spot counts without gaps, and says no previous one.
    for (name, id) in ids.into_iter().take(if is_spot(instrument) { 2 } else { 3 }) {
        out.push_str(",\"");
        out.push_str(name);
        out.push_str("\":");
        push_integer(&mut out, id);
    }
    for (name, side) in [("b", Side::Buy), ("a", Side::Sell)] {
        out.push_str(",\"");
        out.push_str(name);
        out.push_str("\":");
        let of_side = levels.iter().filter(|level| level.0 == side);
        push_levels(&mut out, instrument, of_side.map(|level| (level.1, level.2)));
    }
    out.push('}');
    out
}

fn push_levels(
    out: &mut String,
    instrument: &Instrument,
    levels: impl Iterator<Item = (i64, i64)>,
) {
    out.push('[');
    for (index, (price, qty)) in levels.enumerate() {
        out.push_str(if index == 0 { "[\"" } else { ",[\"" });
        push(out, price, instrument.price_decimals);
        out.push_str("\",\"");
        push(out, qty, instrument.qty_decimals);
        out.push_str("\"]");
    }
    out.push(']');
}

/// The body of `GET /fapi/v1/depth`; `sides` are bids and asks, best first.
pub(crate) fn snapshot(
    instrument: &Instrument,
    ms: i64,
    last: i64,
    sides: [&[(i64, i64)]; 2],
) -> String {
    let mut out = String::with_capacity(96 + (sides[0].len() + sides[1].len()) * 24);
    out.push_str("{\"lastUpdateId\":");
    push_integer(&mut out, last);
    if !is_spot(instrument) {
        out.push_str(",\"E\":");
        push_integer(&mut out, ms);
        out.push_str(",\"T\":");
        push_integer(&mut out, ms);
    }
    out.push_str(",\"bids\":");
    push_levels(&mut out, instrument, sides[0].iter().copied());
    out.push_str(",\"asks\":");
    push_levels(&mut out, instrument, sides[1].iter().copied());
    out.push('}');
    out
}

/// Best bid and ask, each with its quantity; a missing side is written as zeros.
pub(crate) type Touch = [Option<(i64, i64)>; 2];

/// A `bookTicker`.
pub(crate) fn book_ticker(instrument: &Instrument, ms: i64, id: i64, touch: &Touch) -> String {
    let mut out = String::with_capacity(192);
    let head = if is_spot(instrument) { "{\"u\":" } else { "{\"e\":\"bookTicker\",\"u\":" };
    out.push_str(head);
    push_integer(&mut out, id);
    out.push_str(",\"s\":\"");
    out.push_str(&instrument.symbol);
    for (names, side) in [(("b", "B"), touch[0]), (("a", "A"), touch[1])] {
        let (price, qty) = side.unwrap_or((0, 0));
        for (name, value, decimals) in
            [(names.0, price, instrument.price_decimals), (names.1, qty, instrument.qty_decimals)]
        {
            out.push_str("\",\"");
            out.push_str(name);
            out.push_str("\":\"");
            push(&mut out, value, decimals);
        }
    }
    out.push('"');
    if !is_spot(instrument) {
        out.push_str(",\"T\":");
        push_integer(&mut out, ms);
        out.push_str(",\"E\":");
        push_integer(&mut out, ms);
    }
    out.push('}');
    out
}

/// A `trade`; `aggressor` is the taker's side.
pub(crate) fn trade(
    instrument: &Instrument,
    ms: i64,
    (id, price, qty): (i64, i64, i64),
    aggressor: Side,
) -> String {
    let mut out = String::with_capacity(160);
    head(&mut out, "trade", ms, instrument);
    out.push_str(",\"t\":");
    push_integer(&mut out, id);
    out.push_str(",\"p\":\"");
    push(&mut out, price, instrument.price_decimals);
    out.push_str("\",\"q\":\"");
    push(&mut out, qty, instrument.qty_decimals);
    if is_spot(instrument) {
        out.push_str("\",\"T\":");
        push_integer(&mut out, ms);
        out.push_str(",\"m\":");
    } else {
        out.push_str("\",\"X\":\"MARKET\",\"m\":");
    }
    out.push_str(if aggressor == Side::Sell { "true" } else { "false" });
    out.push_str(if is_spot(instrument) { ",\"M\":true}" } else { "}" });
    out
}

/// A `markPriceUpdate`.
pub(crate) fn mark_price(instrument: &Instrument, ms: i64, mark: Mark) -> String {
    let mut price = String::with_capacity(24);
    push(&mut price, mark.price_e8, 8);
    let mut out = String::with_capacity(224);
    out.push_str("{\"e\":\"markPriceUpdate\",\"E\":");
    push_integer(&mut out, ms);
    out.push_str(",\"s\":\"");
    out.push_str(&instrument.symbol);
    // Index and settlement price are the mark price itself: there is one market only.
    for name in ["p", "ap", "i", "P"] {
        out.push_str("\",\"");
        out.push_str(name);
        out.push_str("\":\"");
        out.push_str(&price);
    }
    out.push_str("\",\"r\":\"");
    push(&mut out, mark.rate_e8, 8);
    out.push_str("\",\"T\":");
    push_integer(&mut out, mark.due_ms);
    out.push('}');
    out
}

/// Rewrites every stamp of a recorded frame to `ms`: numeric `"E"`, and `"T"` where it is one.
pub(crate) fn restamp(kind: StreamKind, text: &str, ms: i64) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut rest = text;
    while let Some(at) = rest.find("\":") {
        let (before, after) = rest.split_at(at + 2);
        out.push_str(before);
        let is_stamp =
            before.ends_with("\"E\":") || kind.has_stamp_t() && before.ends_with("\"T\":");
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        if is_stamp && digits > 0 {
            push_integer(&mut out, ms);
            rest = &after[digits..];
        } else {
            rest = after;
        }
    }
    out.push_str(rest);
    out
}
