//! One recorded line to what it says: local time, stream, the inner text byte for byte, and the
//! numbers.
//! Reads only; playing and matching are elsewhere.

use serde::Deserialize;
use serde_json::value::RawValue;

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
    Frame { kind: StreamKind, symbol: String, text: &'a str, body: Body<'a> },
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
    #[serde(rename = "pu", default)]
    pub(crate) previous: i64,
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
}

/// A best bid and offer.
#[derive(Debug, Deserialize)]
pub(crate) struct Quote<'a> {
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
    #[serde(rename = "lastUpdateId", default)]
    snapshot: Option<i64>,
}

/// Reads one line. Errors: a sentence without file and line, which the caller knows.
pub(crate) fn read(line: &str) -> Result<Line<'_>, String> {
    let (time, json) =
        line.split_once(' ').ok_or("it should be a local time, a space and one JSON object")?;
    let at = local_time(time)?;
    let json = json.trim();
    if json.starts_with("{\"stream\"") {
        let outer: Combined<'_> = parse(json)?;
        let Some((symbol, kind)) = StreamKind::of_stream(outer.stream) else {
            return Ok(Line { at, what: What::Unused });
        };
        let text = outer.data.get();
        return Ok(Line { at, what: What::Frame { kind, symbol, text, body: body(kind, text)? } });
    }
    let bare: Bare<'_> = parse(json)?;
    if bare.snapshot.is_some() {
        return Ok(Line { at, what: What::Snapshot(parse(json)?) });
    }
    let kind = match bare.e {
        Some("depthUpdate") => StreamKind::Depth,
        Some("bookTicker") => StreamKind::BookTicker,
        Some("trade") => StreamKind::Trade,
        Some("aggTrade") => StreamKind::AggTrade,
        Some("markPriceUpdate") => StreamKind::MarkPrice,
        Some(_) => return Ok(Line { at, what: What::Unused }),
        None => return Err("the object is neither a stream frame nor a depth snapshot".to_owned()),
    };
    let symbol = bare.s.ok_or("the frame names no symbol")?.to_ascii_lowercase();
    Ok(Line { at, what: What::Frame { kind, symbol, text: json, body: body(kind, json)? } })
}

fn body(kind: StreamKind, text: &str) -> Result<Body<'_>, String> {
    Ok(match kind {
        StreamKind::Depth => Body::Depth(parse(text)?),
        StreamKind::Trade => Body::Trade(parse(text)?),
        StreamKind::BookTicker => Body::Quote(parse(text)?),
        StreamKind::AggTrade | StreamKind::MarkPrice => Body::Other,
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
    match text.len() {
        18..=19 => Ok(value),
        15..=17 => Ok(value * 1_000),
        12..=14 => Ok(value * 1_000_000),
        _ => Err(format!("its local time {text} is neither ns nor µs nor ms since 1970")),
    }
}
