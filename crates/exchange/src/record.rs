//! One recorded line to what it says: local time, stream, the inner text byte for byte, and the
//! numbers.
//! Reads only; playing and matching are elsewhere.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::config::Dialect;
use crate::frames::StreamKind;

/// A recorded line.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    /// Local time of the recorder, ns UTC.
    pub(crate) at: i64,
    pub(crate) what: What<'a>,
}

/// What a recorded line holds.
#[derive(Debug)]
pub(crate) enum What<'a> {
    /// A stream frame; `text` is the inner object exactly as recorded.
    /// Of a kind that only captures hold, `suffix` (what follows the symbol) is the name.
    Frame { kind: StreamKind, symbol: String, suffix: &'a str, text: &'a str, body: Body<'a> },
    /// A REST depth snapshot.
    Snapshot(Depth<'a>),
    /// A stream that is not played.
    Unused,
}

/// The numbers of a frame, where playing needs them.
#[derive(Debug)]
pub(crate) enum Body<'a> {
    Depth(Depth<'a>),
    Trade(Trade<'a>),
    Quote(Quote<'a>),
    /// Trades of one order at one price.
    Aggregate(Trade<'a>),
    Mark(MarkPrice<'a>),
    Other,
}

/// A depth update or a REST snapshot (which has `lastUpdateId` only).
#[derive(Debug, Deserialize)]
pub(crate) struct Depth<'a> {
    #[serde(rename = "lastUpdateId", default)]
    pub(crate) snapshot: i64,
    #[serde(rename = "U", default)]
    pub(crate) first: i64,
    #[serde(rename = "u", default)]
    pub(crate) last: i64,
    /// USD-M only.
    #[serde(rename = "pu", default)]
    pub(crate) previous: Option<i64>,
    /// A snapshot's time: USD-M only.
    #[serde(rename = "E", default)]
    pub(crate) stamp: Option<i64>,
    #[serde(borrow, alias = "bids")]
    pub(crate) b: Vec<(&'a str, &'a str)>,
    #[serde(borrow, alias = "asks")]
    pub(crate) a: Vec<(&'a str, &'a str)>,
    #[serde(borrow, default, alias = "symbol")]
    pub(crate) s: Option<&'a str>,
}

/// A trade.
#[derive(Debug, Deserialize)]
pub(crate) struct Trade<'a> {
    #[serde(borrow)]
    pub(crate) p: &'a str,
    #[serde(borrow)]
    pub(crate) q: &'a str,
    pub(crate) m: bool,
    /// Its id; a trade's.
    #[serde(rename = "t", default)]
    pub(crate) id: Option<i64>,
    /// When it happened.
    #[serde(rename = "T", default)]
    pub(crate) time_ms: Option<i64>,
    /// Id of the first trade in it; an aggregate's.
    #[serde(rename = "f", default)]
    pub(crate) first: Option<i64>,
    /// Id of the last trade in it; an aggregate's.
    #[serde(rename = "l", default)]
    pub(crate) last: Option<i64>,
    /// Spot only.
    #[serde(rename = "M", default)]
    pub(crate) ignored: Option<bool>,
}

/// A mark price, the funding rate and when it falls due.
#[derive(Debug, Deserialize)]
pub(crate) struct MarkPrice<'a> {
    #[serde(borrow)]
    pub(crate) p: &'a str,
    #[serde(borrow, default)]
    pub(crate) r: Option<&'a str>,
    #[serde(rename = "T", default)]
    pub(crate) due_ms: Option<i64>,
    #[serde(rename = "E", default)]
    pub(crate) told_ms: i64,
}

/// A best bid and offer.
#[derive(Debug, Deserialize)]
pub(crate) struct Quote<'a> {
    /// USD-M only.
    #[serde(borrow, default)]
    pub(crate) e: Option<&'a str>,
    #[serde(borrow)]
    pub(crate) b: &'a str,
    #[serde(rename = "B", borrow)]
    pub(crate) bid_qty: &'a str,
    #[serde(borrow)]
    pub(crate) a: &'a str,
    #[serde(rename = "A", borrow)]
    pub(crate) ask_qty: &'a str,
}

#[derive(Deserialize)]
struct Combined<'a> {
    #[serde(borrow)]
    stream: &'a str,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Deserialize)]
struct Bare<'a> {
    #[serde(borrow, default)]
    e: Option<&'a str>,
    #[serde(borrow, default)]
    s: Option<&'a str>,
    /// The order inside a forceOrder.
    #[serde(default)]
    o: Option<serde_json::Value>,
    #[serde(rename = "lastUpdateId", default)]
    snapshot: Option<i64>,
    /// Spot's best bid and offer has an update id and no event type.
    #[serde(default)]
    u: Option<i64>,
}

impl What<'_> {
    /// Which market a line can only come from, and what shows it; none when it could be either.
    pub(crate) fn origin(&self) -> Option<(Dialect, &'static str)> {
        use Dialect::{BinanceSpot, BinanceUsdm};
        Some(match self {
            What::Frame { body: Body::Depth(depth), .. } => match depth.previous {
                Some(_) => (BinanceUsdm, "a depth update with pu"),
                None => (BinanceSpot, "a depth update without pu"),
            },
            What::Frame { body: Body::Quote(quote), .. } => match quote.e {
                Some(_) => (BinanceUsdm, "a bookTicker with an event type"),
                None => (BinanceSpot, "a bookTicker without an event type"),
            },
            What::Frame { body: Body::Trade(trade), .. } => match trade.ignored {
                Some(_) => (BinanceSpot, "a trade with M"),
                None => (BinanceUsdm, "a trade without M"),
            },
            // Without one it may also be cut down by whoever recorded it.
            What::Snapshot(Depth { stamp: Some(_), .. }) => {
                (BinanceUsdm, "a depth snapshot with its time")
            }
            What::Snapshot(_) => return None,
            What::Frame { body: Body::Aggregate(_) | Body::Mark(_) | Body::Other, .. }
            | What::Unused => return None,
        })
    }
}

/// A stream that only captures hold, until the capture has numbered it.
const OTHER: StreamKind = StreamKind::Other(u16::MAX);

/// Reads one line. Errors: a sentence without file and line, which the caller knows.
pub(crate) fn read(line: &str) -> Result<Line<'_>, String> {
    let (time, json) =
        line.split_once(' ').ok_or("it should be a local time, a space and one JSON object")?;
    let at = local_time(time)?;
    Ok(Line { at, what: what(json.trim())? })
}

/// Reads one message of a stream, combined or raw, or a depth snapshot.
/// Errors: a sentence that says what is wrong with its JSON.
pub(crate) fn what(json: &str) -> Result<What<'_>, String> {
    if json.starts_with("{\"stream\"") {
        let outer: Combined<'_> = parse(json)?;
        let Some((symbol, suffix)) = outer.stream.split_once('@').filter(|s| !s.0.contains('!'))
        else {
            return Ok(What::Unused);
        };
        let kind = StreamKind::of_stream(outer.stream).map_or(OTHER, |(_, kind)| kind);
        let text = outer.data.get();
        let symbol = symbol.to_ascii_lowercase();
        let body = body(kind, text)?;
        return Ok(What::Frame { kind, symbol, suffix, text, body });
    }
    let bare: Bare<'_> = parse(json)?;
    if bare.snapshot.is_some() {
        return Ok(What::Snapshot(parse(json)?));
    }
    let kind = match bare.e {
        Some("depthUpdate") => StreamKind::Depth,
        Some("bookTicker") => StreamKind::BookTicker,
        Some("trade") => StreamKind::Trade,
        Some("aggTrade") => StreamKind::AggTrade,
        Some("markPriceUpdate") => StreamKind::MarkPrice,
        Some("forceOrder") => StreamKind::ForceOrder,
        Some(_) => return Ok(What::Unused),
        None if bare.u.is_some() => StreamKind::BookTicker,
        None => return Err("the object is neither a stream frame nor a depth snapshot".to_owned()),
    };
    let inner = bare.o.as_ref().and_then(|order| order["s"].as_str());
    let symbol = bare.s.or(inner).ok_or("the frame names no symbol")?.to_ascii_lowercase();
    let body = body(kind, json)?;
    Ok(What::Frame { kind, symbol, suffix: "", text: json, body })
}

fn body(kind: StreamKind, text: &str) -> Result<Body<'_>, String> {
    Ok(match kind {
        StreamKind::Depth => Body::Depth(parse(text)?),
        StreamKind::Trade => Body::Trade(parse(text)?),
        StreamKind::BookTicker => Body::Quote(parse(text)?),
        StreamKind::AggTrade => Body::Aggregate(parse(text)?),
        StreamKind::MarkPrice => Body::Mark(parse(text)?),
        StreamKind::ForceOrder | StreamKind::Kline | StreamKind::Other(_) => Body::Other,
    })
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|why| format!("its JSON is not understood: {why}"))
}

/// ns, µs or ms by the number of digits, as ns.
fn local_time(text: &str) -> Result<i64, String> {
    let value: i64 = text.parse().map_err(|_| {
        format!("it begins with {text:?} where a local time in ns or µs should stand")
    })?;
    let unit = match text.len() {
        18..=19 => 1,
        15..=17 => 1_000,
        12..=14 => 1_000_000,
        _ => return Err(format!("its local time {text} is neither ns nor µs nor ms since 1970")),
    };
    let ns = value.checked_mul(unit).filter(|ns| (0..=LATEST).contains(ns));
    ns.ok_or_else(|| format!("its local time {text} is not between the years 1970 and 2200"))
}

/// The year 2200 in ns: whatever is added to a time before it fits an i64.
const LATEST: i64 = 7_258_118_400 * 1_000_000_000;
