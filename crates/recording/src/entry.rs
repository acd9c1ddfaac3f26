//! One line of a recording to what it says and when: both formats.
//!
//! A line of a plain recording is `<local time> <JSON>`; a line of a session is
//! one JSON object with `t`, `conn`, `ts` (seconds) and `data` (exact text).
//! Read by the survey and by the tape; never looks inside a frame.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use types::{Decimal, Nanos};

/// How a file's lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `<local time> <JSON>`.
    Plain,
    /// One object a line.
    Session,
}

impl Format {
    /// By the first byte of the first line.
    pub(crate) fn of(line: &str) -> Self {
        if line.starts_with('{') { Self::Session } else { Self::Plain }
    }
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What<'l> {
    /// What the recorder says of itself: the line's whole text.
    Header(&'l str),
    /// An answer to a REST request.
    Rest {
        /// What was asked.
        url: Cow<'l, str>,
        /// The body.
        body: Cow<'l, str>,
    },
    /// A connection was opened, or was open already when its file began.
    Opened {
        /// Its name.
        connection: Cow<'l, str>,
        /// It goes on from the file before: nothing was missed.
        continued: bool,
    },
    /// A connection was lost.
    Closed {
        /// Its name.
        connection: Cow<'l, str>,
    },
    /// One message of a connection.
    Frame {
        /// Its name; empty in a plain recording.
        connection: Cow<'l, str>,
        /// The message, byte for byte.
        text: Cow<'l, str>,
    },
    /// The recorder closed the file whole: lines before this one.
    End {
        /// How many lines stand before it.
        lines: u64,
    },
    /// What the recorder sent, or a line of a kind that this version does not know.
    Other,
}

/// A line: when it was received, and what it says. Headers have no stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'l> {
    /// The recorder's clock.
    pub at: Option<Nanos>,
    /// What it says.
    pub what: What<'l>,
}

#[derive(Deserialize)]
struct SessionLine<'l> {
    #[serde(borrow)]
    t: Cow<'l, str>,
    #[serde(borrow, default)]
    conn: Cow<'l, str>,
    #[serde(borrow, default)]
    ts: Option<&'l RawValue>,
    #[serde(borrow, default)]
    url: Cow<'l, str>,
    #[serde(borrow, default)]
    data: Cow<'l, str>,
    #[serde(default)]
    continued: bool,
    #[serde(default)]
    lines: u64,
}

/// Reads a line. The error is a sentence without its place.
pub(crate) fn read(format: Format, line: &str) -> Result<Entry<'_>, String> {
    match format {
        Format::Plain => plain(line),
        Format::Session => session(line),
    }
}

/// Only the stamp of a line: what ordering needs.
pub(crate) fn stamp(format: Format, line: &str) -> Result<Option<Nanos>, String> {
    #[derive(Deserialize)]
    struct Stamp<'l> {
        #[serde(borrow)]
        t: Cow<'l, str>,
        #[serde(borrow, default)]
        ts: Option<&'l RawValue>,
    }
    match format {
        Format::Plain => split(line).and_then(|(time, _)| local_time(time)).map(Some),
        Format::Session => {
            let line: Stamp<'_> = parse(line)?;
            seconds(&line.t, line.ts)
        }
    }
}

fn split(line: &str) -> Result<(&str, &str), String> {
    line.split_once(' ').ok_or_else(|| {
        "a line is a local time in ns or µs, a space and one JSON object; remove it or record again"
            .to_owned()
    })
}

fn plain(line: &str) -> Result<Entry<'_>, String> {
    let (time, json) = split(line)?;
    let frame = What::Frame { connection: Cow::Borrowed(""), text: Cow::Borrowed(json.trim()) };
    Ok(Entry { at: Some(local_time(time)?), what: frame })
}

fn session(line: &str) -> Result<Entry<'_>, String> {
    let read: SessionLine<'_> = parse(line)?;
    let at = seconds(&read.t, read.ts)?;
    let connection = read.conn;
    let what = match &*read.t {
        "header" => What::Header(line),
        "http" => What::Rest { url: read.url, body: read.data },
        "connect" => What::Opened { connection, continued: read.continued },
        "disconnect" => What::Closed { connection },
        "recv" => What::Frame { connection, text: read.data },
        "end" => What::End { lines: read.lines },
        _ => What::Other,
    };
    Ok(Entry { at, what })
}

fn parse<'l, T: Deserialize<'l>>(line: &'l str) -> Result<T, String> {
    serde_json::from_str(line).map_err(|why| {
        format!("the line is not one whole JSON object of a session ({why}); remove it or copy the file again")
    })
}

/// ns, µs or ms by the number of digits.
fn local_time(text: &str) -> Result<Nanos, String> {
    let wrong = || {
        format!("{text:?} is not a local time in ns or µs since 1970; correct or remove the line")
    };
    let value: i64 = text.parse().map_err(|_| wrong())?;
    let factor = match text.len() {
        _ if value <= 0 => return Err(wrong()),
        18..=19 => 1,
        15..=16 => 1_000,
        12..=13 => 1_000_000,
        _ => return Err(wrong()),
    };
    value.checked_mul(factor).map(Nanos).ok_or_else(wrong)
}

/// Seconds since 1970 by their digits; what is finer than a nanosecond is cut off.
fn seconds(kind: &str, raw: Option<&RawValue>) -> Result<Option<Nanos>, String> {
    let Some(raw) = raw else {
        return match kind {
            "header" => Ok(None),
            _ => Err(format!("a line of kind {kind:?} needs a time stamp \"ts\" in seconds")),
        };
    };
    let text = raw.get();
    let wrong =
        || format!("\"ts\" is {text}, which is not a time in seconds since 1970; correct the line");
    let kept = match text.find('.') {
        Some(point) if !text.contains(['e', 'E']) => &text[..text.len().min(point + 10)],
        _ => text,
    };
    let nanos = Decimal::parse_at(kept.as_bytes(), 9).map_err(|_| wrong())?;
    // Before 2001 it is no recording of a venue, but another unit or a mistake.
    if nanos < 1_000_000_000 * Nanos::PER_SEC { Err(wrong()) } else { Ok(Some(Nanos(nanos))) }
}

#[cfg(test)]
mod tests;
