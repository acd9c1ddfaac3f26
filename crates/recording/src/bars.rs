//! The candles that a recording's trades make, which of them are whole, and
//! which intervals had none.
//!
//! Fed by the tape; read by `capture bars`. An interval is complete when the
//! recording covers all of it on the venue's own clock and no trade id is
//! missing in it; it is empty when it is covered and nothing was traded.
//!
//! Covered: the connection that brought the trades had something to say at or
//! before the interval's beginning, and after its end either a trade or, a
//! second later, anything.

use crate::Fault;
use crate::candle::{Candle, Candles, Dealt};
use crate::entry::What;
use crate::frame::{Frame, Kind};
use crate::inspect::Question;
use crate::rules::{Rules, rules};
use crate::tape::Tape;
use types::{Decimal, Nanos, Price, Qty};

/// How far one stream of a connection may be behind another: what was sent so
/// long after an interval is behind all of its trades.
const LAG: i64 = Nanos::PER_SEC;
/// Most empty intervals that are listed.
const EMPTY_MAX: usize = 1_000_000;

/// One bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedBar {
    /// When its interval begins, in milliseconds since 1970.
    pub open_time_ms: i64,
    /// Its prices, volume and number of trades.
    pub candle: Candle,
    /// Whether the recording covers all of it.
    pub complete: bool,
}

/// What the trades of a recording make.
#[derive(Clone, Debug)]
pub struct RecordedBars {
    /// Bars by time; none without a trade.
    pub bars: Vec<RecordedBar>,
    /// Beginnings of the intervals that were covered and had no trade.
    pub empty: Vec<i64>,
    /// The rules that prices and volumes are written by.
    pub rules: Rules,
    /// Which messages they were made of: `trade`, or else `aggTrade`.
    pub made_of: &'static str,
    /// Trades that the recording holds twice.
    pub repeated: u64,
    /// Trades that could not be understood.
    pub undecodable: u64,
    /// Runs of trade ids that are missing in the recording.
    pub holes: u64,
}

/// Reads an interval such as `30s`, `5m`, `1h` or `1d`, in nanoseconds.
///
/// # Errors
/// A sentence.
pub fn interval(text: &str) -> Result<i64, String> {
    let wrong =
        || format!("--interval {text}: give a number and s, m, h or d, such as 5m; a day at most");
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => return Err(wrong()),
    };
    let count: i64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let seconds = count.checked_mul(unit).ok_or_else(wrong)?;
    // A week begins on a Monday and 1970 did not: beyond a day, bars need a calendar.
    if (1..=86_400).contains(&seconds) { Ok(seconds * Nanos::PER_SEC) } else { Err(wrong()) }
}

/// Makes bars of `interval` nanoseconds, above zero.
///
/// # Errors
/// A sentence: a line that cannot be read, a symbol or trades that are not there.
pub fn bars(question: &Question<'_>, interval: i64) -> Result<RecordedBars, Fault> {
    let facts = question.survey.symbol(question.symbol)?;
    let kind = match (facts.count("trade"), facts.count("aggTrade")) {
        (0, 0) => {
            return Err(Fault::whole(format!(
                "the recording has no trades of {}; bars are made of trades",
                question.symbol
            )));
        }
        (0, _) => Kind::AggTrade,
        _ => Kind::Trade,
    };
    let rules = rules(question.dialect, question.symbol, question.survey, question.spec)?;
    let mut maker = Maker {
        question: *question,
        kind,
        candles: Candles::new(interval),
        rules,
        span: None,
        broken: None,
        uncovered: Vec::new(),
        undecodable: 0,
    };
    let mut tape = Tape::open(question.survey)?;
    while let Some((_, entry)) = tape.turn()? {
        maker.play(&entry.what);
    }
    Ok(maker.finish(interval))
}

struct Maker<'q> {
    question: Question<'q>,
    kind: Kind,
    candles: Candles,
    rules: Rules,
    /// First and last time on the venue's clock that the connection told.
    span: Option<(i64, i64)>,
    /// The connection was lost: the last id and time before that.
    broken: Option<(Option<u64>, i64)>,
    /// Times in which trades may be missing.
    uncovered: Vec<(i64, i64)>,
    undecodable: u64,
}

impl Maker<'_> {
    fn play(&mut self, what: &What<'_>) {
        match what {
            What::Frame { connection, text } if self.carries_trades(connection) => self.frame(text),
            What::Opened { connection, continued: false } | What::Closed { connection }
                if self.carries_trades(connection) =>
            {
                self.lost();
            }
            _ => {}
        }
    }

    fn carries_trades(&self, connection: &str) -> bool {
        let facts = self.question.survey.symbols.get(self.question.symbol);
        facts.is_some_and(|facts| facts.trades_on.contains(connection))
    }

    fn lost(&mut self) {
        if let Some((_, to)) = self.span {
            let last = self.candles.last();
            self.broken = self.broken.or(Some((last.map(|(id, _)| id), to)));
        }
    }

    fn frame(&mut self, text: &str) {
        let frame = Frame::open(text);
        let is_trade = frame.kind == self.kind && frame.symbol == Some(self.question.symbol);
        if is_trade {
            match self.dealt(&frame) {
                Some(dealt) => self.deal(&dealt),
                None => self.undecodable += 1,
            }
        }
        if let Some(sent) = frame.sent() {
            let (from, to) = self.span.unwrap_or((sent, sent));
            self.span = Some((from.min(sent), to.max(sent - if is_trade { 0 } else { LAG })));
        }
    }

    fn deal(&mut self, dealt: &Dealt) {
        if let Some((before, since)) = self.broken.take() {
            let joins = before.is_some_and(|id| dealt.first_id <= id + 1);
            if !joins {
                self.uncovered.push((since, dealt.made));
            }
        }
        self.candles.on_trade(dealt);
        let (from, to) = self.span.unwrap_or((dealt.made, dealt.made));
        self.span = Some((from.min(dealt.made), to.max(dealt.made)));
    }

    fn dealt(&self, frame: &Frame<'_>) -> Option<Dealt> {
        let traded = frame.trade()?;
        let spec = &self.rules.spec;
        let qty = Decimal::parse_at(traded.qty.as_bytes(), spec.qty_decimals).ok()?;
        let price = Decimal::parse_at(traded.price.as_bytes(), spec.price_decimals).ok()?;
        let is_void = traded.is_void && qty == 0;
        if !is_void && (qty <= 0 || price <= 0) || traded.first_id > traded.last_id {
            return None;
        }
        let (first_id, last_id, made) = (traded.first_id, traded.last_id, traded.made);
        Some(Dealt { first_id, last_id, made, price: Price(price), qty: Qty(qty) })
    }

    fn finish(mut self, interval: i64) -> RecordedBars {
        let (from, to) = self.span.unwrap_or_default();
        if let Some((_, since)) = self.broken.take() {
            self.uncovered.push((since, to));
        }
        let holes = self.candles.holes.len() as u64;
        self.uncovered.extend(self.candles.holes.values().map(|hole| (hole.from, hole.to)));
        let whole = |open: i64| {
            let end = open + interval;
            let is_apart = |(since, until): &(i64, i64)| *until < open || *since >= end;
            from <= open && to >= end && self.uncovered.iter().all(is_apart)
        };
        let bars = self.candles.by_open.iter().map(|(open, candle)| RecordedBar {
            open_time_ms: open / Nanos::PER_MS,
            candle: *candle,
            complete: whole(*open),
        });
        let first = from.div_euclid(interval) * interval;
        let intervals = (first..to).step_by(usize::try_from(interval).unwrap_or(usize::MAX));
        let is_empty = |open: &i64| !self.candles.by_open.contains_key(open) && whole(*open);
        let empty = intervals.filter(is_empty).map(|open| open / Nanos::PER_MS).take(EMPTY_MAX);
        RecordedBars {
            bars: bars.collect(),
            empty: empty.collect(),
            rules: self.rules,
            made_of: if self.kind == Kind::Trade { "trade" } else { "aggTrade" },
            repeated: self.candles.repeated,
            undecodable: self.undecodable,
            holes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn intervals_are_seconds_to_a_day() {
        assert_eq!(interval("5m"), Ok(300_000_000_000));
        assert_eq!(interval("1d"), Ok(86_400_000_000_000));
        for bad in ["", "5", "m", "0m", "-5m", "2d", "1w", "5M", "99999999999999999999s"] {
            assert!(interval(bad).is_err(), "{bad}");
        }
    }
}
