//! A recorded session (`.jsonl`): whatever its connections carried, as the lines of a recording.
//!
//! Fed by `capture`, which plays the lines. Its exchangeInfo becomes the instruments' rules, its
//! depth responses become snapshots that name their symbol, its received messages become frames,
//! all by their time stamps. It holds the whole session in memory, because a session is not in the
//! order of time. Never here: what a frame says.

use std::borrow::Cow;
use std::io::BufRead;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::config::{Dialect, Instrument};
use crate::listing::stated;
use crate::number::parse_told;

/// A session as a recording.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// `<ns> <JSON>` lines by time.
    pub(crate) lines: String,
    /// What its exchangeInfo states.
    pub(crate) instruments: Vec<Instrument>,
    /// The market that it is of, and what says so.
    pub(crate) origin: Option<(Dialect, String)>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    t: &'a str,
    #[serde(borrow, default)]
    ts: Option<&'a RawValue>,
    #[serde(borrow, default)]
    exchange: Option<&'a str>,
    #[serde(borrow, default)]
    url: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    addr: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    data: Option<Cow<'a, str>>,
}

/// Reads a whole session. Errors: the line and a sentence without the file, which the caller knows.
pub(crate) fn load(reader: &mut dyn BufRead) -> Result<Loaded, (u64, String)> {
    let mut loaded = Loaded::default();
    let mut rows: Vec<(i64, String)> = Vec::new();
    for (number, line) in (1..).zip(reader.lines()) {
        let line = line.map_err(|why| (number, format!("cannot be read on ({why})")))?;
        if line.trim().is_empty() {
            continue;
        }
        let entry: Entry<'_> = serde_json::from_str(&line)
            .map_err(|why| (number, format!("is not an entry of a session: {why}")))?;
        loaded.note_origin(&entry);
        let Some(data) = &entry.data else { continue };
        let row = match entry.t {
            "recv" => is_frame(data).then(|| data.to_string()),
            "http" => loaded.response(entry.url.as_deref().unwrap_or(""), data),
            _ => None,
        };
        if let Some(row) = row {
            let stamp = entry.ts.and_then(|ts| parse_told(ts.get(), 9).ok());
            let at = stamp.ok_or_else(|| (number, "has no ts in seconds".to_owned()))?;
            rows.push((at, row));
        }
    }
    rows.sort_by_key(|(at, _)| *at);
    for (at, row) in rows {
        loaded.lines.push_str(&format!("{at} {row}\n"));
    }
    Ok(loaded)
}

/// Whether a received message is one of a stream, and not the answer to a subscription.
fn is_frame(data: &str) -> bool {
    data.starts_with("{\"stream\"") || data.starts_with("{\"e\"") || data.starts_with("{\"u\"")
}

impl Loaded {
    fn note_origin(&mut self, entry: &Entry<'_>) {
        if self.origin.is_some() {
            return;
        }
        let place = entry.url.as_deref().or(entry.addr.as_deref()).unwrap_or("");
        let found = match (entry.t, entry.exchange) {
            ("header", Some("BINANCE")) => Some(Dialect::BinanceSpot),
            ("header", Some("BINANCE_FUTURES")) => Some(Dialect::BinanceUsdm),
            _ if place.contains("/fapi/") || place.contains("//fstream.") => {
                Some(Dialect::BinanceUsdm)
            }
            _ if place.contains("/api/v3/") || place.contains("//stream.binance.") => {
                Some(Dialect::BinanceSpot)
            }
            _ => None,
        };
        let place = if entry.t == "header" { "its header" } else { place };
        self.origin = found.map(|dialect| (dialect, format!("{place} says so")));
    }

    /// The line that an HTTP response becomes, if any.
    fn response(&mut self, url: &str, data: &str) -> Option<String> {
        if url.contains("/exchangeInfo") {
            let info: Value = serde_json::from_str(data).ok()?;
            let symbols = info["symbols"].as_array()?;
            self.instruments.extend(symbols.iter().filter_map(stated));
            return None;
        }
        if !url.contains("/depth?") {
            return None;
        }
        let pairs = url.split_once('?')?.1.split('&');
        let symbol = pairs.filter_map(|pair| pair.strip_prefix("symbol=")).next()?;
        let rest = data.trim_start().strip_prefix('{')?;
        Some(format!("{{\"symbol\":\"{symbol}\",{rest}"))
    }
}
