//! What kind of message a frame of the Binance family is, whose it is, and the
//! strings in it, for counting and for reading rules off the strings.
//!
//! Fed by the survey and the bars. It decides nothing about a book: what a frame
//! means there, only the engine's decoder says.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The parts of a frame that are looked at.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Fields<'f> {
    #[serde(borrow, default)]
    stream: Option<Cow<'f, str>>,
    #[serde(borrow, default)]
    data: Option<&'f RawValue>,
    #[serde(borrow, default)]
    e: Option<&'f RawValue>,
    #[serde(borrow, default)]
    s: Option<&'f RawValue>,
    #[serde(borrow, default, rename = "lastUpdateId")]
    last_update_id: Option<&'f RawValue>,
    #[serde(borrow, default)]
    result: Option<&'f RawValue>,
    #[serde(borrow, default)]
    error: Option<&'f RawValue>,
    #[serde(borrow, default)]
    code: Option<&'f RawValue>,
    #[serde(borrow, default)]
    bids: Option<&'f RawValue>,
    #[serde(borrow, default)]
    asks: Option<&'f RawValue>,
    #[serde(borrow, default)]
    pu: Option<&'f RawValue>,
    #[serde(borrow, default)]
    u: Option<&'f RawValue>,
    #[serde(borrow, default)]
    b: Option<&'f RawValue>,
    #[serde(borrow, default)]
    a: Option<&'f RawValue>,
    #[serde(borrow, default, rename = "B")]
    bid_qty: Option<&'f RawValue>,
    #[serde(borrow, default, rename = "A")]
    ask_qty: Option<&'f RawValue>,
    #[serde(borrow, default)]
    p: Option<&'f RawValue>,
    #[serde(borrow, default)]
    q: Option<&'f RawValue>,
    #[serde(borrow, default)]
    t: Option<&'f RawValue>,
    #[serde(borrow, default)]
    f: Option<&'f RawValue>,
    #[serde(borrow, default)]
    l: Option<&'f RawValue>,
    #[serde(borrow, default, rename = "T")]
    made: Option<&'f RawValue>,
    #[serde(borrow, default, rename = "E")]
    sent: Option<&'f RawValue>,
    #[serde(borrow, default, rename = "X")]
    kind: Option<&'f RawValue>,
}

/// What kind of message it is, in the venue's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Depth,
    Quote,
    Trade,
    AggTrade,
    Snapshot,
    Control,
    Error,
    /// A documented or unknown event, by its own name.
    Named(String),
    Unreadable,
}

impl Kind {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Depth => "depthUpdate",
            Self::Quote => "bookTicker",
            Self::Trade => "trade",
            Self::AggTrade => "aggTrade",
            Self::Snapshot => "snapshot",
            Self::Control => "control",
            Self::Error => "error",
            Self::Named(name) => name,
            Self::Unreadable => "unreadable",
        }
    }
}

/// A frame, opened.
pub(crate) struct Frame<'f> {
    pub(crate) kind: Kind,
    /// The venue's symbol; `None` where the frame names none.
    pub(crate) symbol: Option<&'f str>,
    fields: Fields<'f>,
}

impl<'f> Frame<'f> {
    pub(crate) fn open(text: &'f str) -> Self {
        let unreadable = Self { kind: Kind::Unreadable, symbol: None, fields: Fields::default() };
        let Ok(outer) = serde_json::from_str::<Fields<'f>>(text) else { return unreadable };
        let Some(data) = outer.data else { return Self::of(outer, None) };
        match serde_json::from_str::<Fields<'f>>(data.get()) {
            Ok(inner) => Self::of(inner, outer.stream.as_deref()),
            // An array of events, such as all marks at once: its stream names it.
            Err(_) => {
                let name = outer.stream.as_deref().and_then(stream_kind).unwrap_or("other");
                Self { kind: Kind::Named(name.to_owned()), ..unreadable }
            }
        }
    }

    fn of(fields: Fields<'f>, stream: Option<&str>) -> Self {
        let kind = match fields.e.and_then(word) {
            Some("depthUpdate") => Kind::Depth,
            Some("bookTicker") => Kind::Quote,
            Some("trade") => Kind::Trade,
            Some("aggTrade") => Kind::AggTrade,
            Some(other) => Kind::Named(other.to_owned()),
            // A stream of partial books has the same shape, and no say in the sequence.
            None if fields.last_update_id.is_some() && stream.is_none() => Kind::Snapshot,
            // Spot's best bid and ask has no event type.
            None if fields.bid_qty.is_some() && fields.ask_qty.is_some() => Kind::Quote,
            None if fields.error.is_some() || fields.code.is_some() => Kind::Error,
            None if fields.result.is_some() => Kind::Control,
            None => Kind::Named(stream.and_then(stream_kind).unwrap_or("other").to_owned()),
        };
        Self { kind, symbol: fields.s.and_then(word), fields }
    }

    /// Every price and every quantity in it, as written.
    pub(crate) fn numbers(&self, mut note: impl FnMut(Number, &str)) {
        let fields = &self.fields;
        match self.kind {
            Kind::Depth => {
                levels(fields.b, &mut note);
                levels(fields.a, &mut note);
            }
            Kind::Snapshot => {
                levels(fields.bids, &mut note);
                levels(fields.asks, &mut note);
            }
            Kind::Quote => {
                for (number, raw) in [
                    (Number::Price, fields.b),
                    (Number::Price, fields.a),
                    (Number::Qty, fields.bid_qty),
                    (Number::Qty, fields.ask_qty),
                ] {
                    raw.and_then(word).into_iter().for_each(|text| note(number, text));
                }
            }
            Kind::Trade | Kind::AggTrade => {
                fields.p.and_then(word).into_iter().for_each(|text| note(Number::Price, text));
                fields.q.and_then(word).into_iter().for_each(|text| note(Number::Qty, text));
            }
            _ => {}
        }
    }

    /// When the venue sent it, in nanoseconds.
    pub(crate) fn sent(&self) -> Option<i64> {
        self.fields.sent.and_then(time)
    }

    /// Whether it chains by `pu`, as USD-M depth does and spot's does not.
    pub(crate) fn has_previous(&self) -> bool {
        self.fields.pu.is_some()
    }

    /// Id of the last change of the book in it.
    pub(crate) fn final_id(&self) -> Option<u64> {
        self.fields.u.and_then(|raw| raw.get().parse().ok())
    }

    /// The trade in it. `None` where it is none, or cannot be understood.
    pub(crate) fn trade(&self) -> Option<Traded<'f>> {
        let fields = &self.fields;
        let number = |raw: Option<&RawValue>| raw?.get().parse::<u64>().ok();
        let (first_id, last_id) = match self.kind {
            Kind::Trade => (number(fields.t)?, number(fields.t)?),
            Kind::AggTrade => (number(fields.f)?, number(fields.l)?),
            _ => return None,
        };
        Some(Traded {
            first_id,
            last_id,
            made: time(fields.made?)?,
            price: fields.p.and_then(word)?,
            qty: fields.q.and_then(word)?,
            is_void: fields.kind.and_then(word) == Some("NA"),
        })
    }
}

/// A trade as its frame writes it.
pub(crate) struct Traded<'f> {
    pub(crate) first_id: u64,
    pub(crate) last_id: u64,
    /// Venue time in nanoseconds.
    pub(crate) made: i64,
    pub(crate) price: &'f str,
    pub(crate) qty: &'f str,
    /// An entry of the stream that is no trade (type `NA`, price and quantity zero).
    pub(crate) is_void: bool,
}

/// Which number of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    Price,
    Qty,
}

/// A string of JSON without escapes, as all of a venue's words and numbers are.
fn word(raw: &RawValue) -> Option<&str> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('\\')).then_some(inner)
}

/// Milliseconds, or microseconds where the venue was asked for them.
fn time(raw: &RawValue) -> Option<i64> {
    let text = raw.get();
    let value: i64 = text.parse().ok()?;
    value.checked_mul(if text.len() > 15 { 1_000 } else { 1_000_000 })
}

fn levels(raw: Option<&RawValue>, note: &mut impl FnMut(Number, &str)) {
    let Some(raw) = raw else { return };
    // Where they are not pairs of strings, the decoder says so; here nothing is read off them.
    let Ok(levels) = serde_json::from_str::<Vec<(&str, &str)>>(raw.get()) else { return };
    for (price, qty) in levels {
        note(Number::Price, price);
        note(Number::Qty, qty);
    }
}

/// `btcusdt@kline_1m` is of kind `kline`.
fn stream_kind(stream: &str) -> Option<&str> {
    let (_, kind) = stream.split_once('@').or_else(|| stream.split_once('!'))?;
    kind.split(['@', '_']).next().filter(|kind| !kind.is_empty())
}
