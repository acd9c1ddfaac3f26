//! A market that whoever listens to a real one pushes in: its frames make the books that own orders
//! are matched against.
//!
//! Fed by [`Exchange::push`] and its neighbours, turned by `advance` like a played recording, and
//! built on the same book. The same message may come over several connections, in any order: its
//! ids decide what is news. Nothing of the market is sent on. Never here: a socket, a request for a
//! snapshot, an account.

use std::collections::VecDeque;

use crate::config::{Dialect, ExchangeConfig, ExchangeError, Instrument};
use crate::exchange::Exchange;
use crate::funding::Mark;
use crate::market::{Market, mark_of};
use crate::newest::{Newest, News};
use crate::number::parse_told;
use crate::order::Side;
use crate::played::{Diff, PlayedBook, Print};
use crate::record::{Body, Depth, Trade, What, what};
use crate::synthetic::Step;

/// Messages that may wait for `advance`, which is called after each: more than the busiest recorded
/// second has.
const WAITING: usize = 4_096;

/// What was pushed in, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PushCounters {
    /// Messages that changed something, or will.
    pub frame_taken: u64,
    /// Messages of streams or symbols that nothing is made from; best quotes too, for the book is
    /// made from its updates.
    pub frame_unused: u64,
    /// Trades and mark prices that had come before.
    pub frame_repeated: u64,
    /// Messages that could not be understood, snapshots among them, and those whose number is so far
    /// from the one before that one of both is wrong.
    pub frame_malformed: u64,
    /// Messages lost because nobody called `advance`; the books were given up with them.
    pub frame_dropped: u64,
}

/// What one message says.
#[derive(Debug)]
enum Told {
    Diff(Diff),
    Snapshot(Diff),
    Print(Print),
    Mark(Mark),
    /// Of every instrument: messages may be missing from here on.
    Break,
}

/// One instrument: its book and the newest of what has no chain of its own.
struct Lane {
    rules: Instrument,
    book: PlayedBook,
    /// By the ids of trades, told alone or in aggregates.
    trades: Newest,
    /// By the event times of mark prices, ms.
    marks: Newest,
}

/// The market.
pub(crate) struct Pushed {
    dialect: Dialect,
    lanes: Vec<Lane>,
    /// By time: when, which instrument, what.
    waiting: VecDeque<(i64, usize, Told)>,
    /// Nothing takes effect before this, ns.
    floor: i64,
    pub(crate) counters: PushCounters,
}

/// Why a message says nothing new.
enum Nothing {
    Unused,
    Repeated,
    Malformed,
}

impl From<News> for Nothing {
    fn from(news: News) -> Nothing {
        match news {
            News::Repeated => Nothing::Repeated,
            News::Far => Nothing::Malformed,
        }
    }
}

impl Pushed {
    pub(crate) fn new(config: &ExchangeConfig) -> Result<Pushed, ExchangeError> {
        if config.instruments.is_empty() {
            return Err(ExchangeError::Config(
                "a pushed market needs at least one instrument; read them off the venue's \
                    exchangeInfo"
                    .to_owned(),
            ));
        }
        let lanes = config.instruments.iter().map(|rules| Lane {
            rules: Instrument { market: config.dialect, ..rules.clone() },
            book: PlayedBook::new(config.queue),
            trades: Newest::default(),
            marks: Newest::default(),
        });
        Ok(Pushed {
            dialect: config.dialect,
            lanes: lanes.collect(),
            waiting: VecDeque::new(),
            floor: i64::MIN,
            counters: PushCounters::default(),
        })
    }

    pub(crate) fn instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.lanes.iter().map(|lane| &lane.rules)
    }

    pub(crate) fn rules(&self, instrument: usize) -> &Instrument {
        &self.lanes[instrument].rules
    }

    pub(crate) fn book(&self, instrument: usize) -> &PlayedBook {
        &self.lanes[instrument].book
    }

    pub(crate) fn book_mut(&mut self, instrument: usize) -> &mut PlayedBook {
        &mut self.lanes[instrument].book
    }

    pub(crate) fn books(&self) -> impl Iterator<Item = &PlayedBook> {
        self.lanes.iter().map(|lane| &lane.book)
    }

    pub(crate) fn next_due(&self) -> Option<i64> {
        self.waiting.front().map(|(at, ..)| *at)
    }

    /// What is pushed from now on takes effect at `now` or later.
    pub(crate) fn raise_floor(&mut self, now: i64) {
        self.floor = self.floor.max(now);
    }

    /// Takes the next message in.
    pub(crate) fn step(&mut self, step: &mut Step) {
        let Some((_, instrument, told)) = self.waiting.pop_front() else { return };
        step.instrument = instrument;
        let Some(lane) = self.lanes.get_mut(instrument) else { return };
        let was_joined = lane.book.is_joined();
        match told {
            Told::Diff(diff) => lane.book.on_diff(&diff, &mut step.fills),
            Told::Snapshot(snapshot) => lane.book.on_snapshot(&snapshot, &mut step.fills),
            Told::Print(print) => lane.book.on_print(print, &mut step.fills),
            Told::Mark(mark) => step.mark = Some(mark),
            Told::Break => self.lanes.iter_mut().for_each(|lane| lane.book.forget()),
        }
        step.ready = !was_joined && self.lanes[instrument].book.is_joined();
    }

    fn keep(&mut self, at: i64, instrument: usize, told: Told) {
        let last = self.waiting.back().map_or(self.floor, |(at, ..)| *at);
        let at = at.max(self.floor).max(last);
        if self.waiting.len() < WAITING {
            self.waiting.push_back((at, instrument, told));
            return;
        }
        // Part of a chain is worth nothing: all of it goes, and the books with it.
        self.counters.frame_dropped += self.waiting.len() as u64 + 1;
        self.waiting.clear();
        self.waiting.push_back((at, 0, Told::Break));
    }

    fn push(&mut self, at: i64, frame: &[u8]) {
        match self.read(at, frame) {
            Ok((instrument, told)) => {
                self.counters.frame_taken += 1;
                self.keep(at, instrument, told);
            }
            Err(Nothing::Unused) => self.counters.frame_unused += 1,
            Err(Nothing::Repeated) => self.counters.frame_repeated += 1,
            Err(Nothing::Malformed) => self.counters.frame_malformed += 1,
        }
    }

    fn push_snapshot(&mut self, at: i64, instrument: usize, body: &[u8]) {
        let read = || -> Option<Diff> {
            let What::Snapshot(depth) = what(std::str::from_utf8(body).ok()?.trim()).ok()? else {
                return None;
            };
            let mut snapshot = diff_of(&depth, &self.lanes.get(instrument)?.rules)?;
            snapshot.last = depth.snapshot;
            (depth.snapshot > 0).then_some(snapshot)
        };
        match read() {
            Some(snapshot) => {
                self.counters.frame_taken += 1;
                self.keep(at, instrument, Told::Snapshot(snapshot));
            }
            None => self.counters.frame_malformed += 1,
        }
    }

    /// Nobody carries the market any more: a venue that comes back may count anew.
    fn break_off(&mut self, at: i64) {
        for lane in &mut self.lanes {
            lane.trades.forget(at);
            lane.marks.forget(at);
        }
        self.keep(at, 0, Told::Break);
    }

    /// What a frame tells of which instrument.
    fn read(&mut self, at: i64, frame: &[u8]) -> Result<(usize, Told), Nothing> {
        let text = std::str::from_utf8(frame).map_err(|_| Nothing::Malformed)?.trim();
        let is_answer = |text: &str| text.starts_with("{\"result\"") || text.starts_with("{\"id\"");
        let (symbol, body) = match what(text) {
            Ok(What::Frame { symbol, body, .. }) => (symbol, body),
            // A partial book says no symbol; whoever asks for a snapshot knows whose it is.
            Ok(What::Snapshot(_) | What::Unused) => return Err(Nothing::Unused),
            Err(_) if is_answer(text) => return Err(Nothing::Unused),
            Err(_) => return Err(Nothing::Malformed),
        };
        let is_it = |lane: &Lane| lane.rules.symbol.eq_ignore_ascii_case(&symbol);
        let found = self.lanes.iter_mut().enumerate().find(|(_, lane)| is_it(lane));
        let Some((instrument, lane)) = found else { return Err(Nothing::Unused) };
        let told = match body {
            Body::Depth(depth) => Told::Diff(lane.update(&depth, self.dialect)?),
            Body::Trade(trade) => Told::Print(lane.trade(at, &trade)?),
            Body::Aggregate(trade) => Told::Print(lane.aggregate(at, &trade)?),
            Body::Mark(mark) => {
                let told = mark_of(&mark).ok_or(Nothing::Malformed)?;
                let told_ms = mark.told_ms;
                lane.marks.take(at, (told_ms, told_ms), told_ms)?;
                Told::Mark(told)
            }
            Body::Quote(_) | Body::Other => return Err(Nothing::Unused),
        };
        Ok((instrument, told))
    }
}

impl Lane {
    fn update(&self, depth: &Depth<'_>, dialect: Dialect) -> Result<Diff, Nothing> {
        let is_ours = depth.previous.is_some() == (dialect == Dialect::BinanceUsdm);
        let has_ids = depth.first > 0 && depth.first <= depth.last;
        if !is_ours || !has_ids {
            return Err(Nothing::Malformed);
        }
        diff_of(depth, &self.rules).ok_or(Nothing::Malformed)
    }

    fn trade(&mut self, at: i64, trade: &Trade<'_>) -> Result<Print, Nothing> {
        let id = trade.id.ok_or(Nothing::Malformed)?;
        let print = self.print(trade)?;
        self.trades.take(at, (id, id), time_of(at, trade))?;
        Ok(print)
    }

    /// The trades of an aggregate have come if any of them has: each counts once, whichever of the
    /// two streams told it first.
    fn aggregate(&mut self, at: i64, trade: &Trade<'_>) -> Result<Print, Nothing> {
        let (first, last) = trade.first.zip(trade.last).ok_or(Nothing::Malformed)?;
        let print = self.print(trade)?;
        self.trades.take(at, (first, last.max(first)), time_of(at, trade))?;
        Ok(print)
    }

    fn print(&self, trade: &Trade<'_>) -> Result<Print, Nothing> {
        let number = |text, decimals| parse_told(text, decimals).map_err(|_| Nothing::Malformed);
        let price = number(trade.p, self.rules.price_decimals)?;
        let qty = number(trade.q, self.rules.qty_decimals)?;
        match price.min(qty) {
            ..0 => Err(Nothing::Malformed),
            // The venue's own entries, which are no trades.
            0 => Err(Nothing::Unused),
            _ => {
                let aggressor = if trade.m { Side::Sell } else { Side::Buy };
                Ok(Print { price, qty, aggressor })
            }
        }
    }
}

/// When a trade happened, ms; when it was received, if it does not say.
fn time_of(at: i64, trade: &Trade<'_>) -> i64 {
    trade.time_ms.unwrap_or(at / 1_000_000)
}

/// Text levels to mantissas; none when one of them does not fit the instrument's decimals.
pub(crate) fn diff_of(depth: &Depth<'_>, rules: &Instrument) -> Option<Diff> {
    let levels = |side: &[(&str, &str)]| -> Option<Vec<(i64, i64)>> {
        let level = |(price, qty): &(&str, &str)| {
            let price = parse_told(price, rules.price_decimals).ok().filter(|price| *price > 0)?;
            Some((price, parse_told(qty, rules.qty_decimals).ok().filter(|qty| *qty >= 0)?))
        };
        side.iter().map(level).collect()
    };
    Some(Diff {
        first: depth.first,
        last: depth.last,
        // Spot counts without gaps.
        previous: depth.previous.unwrap_or(depth.first.saturating_sub(1)),
        bids: levels(&depth.b)?,
        asks: levels(&depth.a)?,
    })
}

impl Exchange {
    /// Takes one market message that was received at `at`, ns UTC, byte for byte as a combined or
    /// a raw connection brings it. It takes effect in the order of time at the next `advance`, never
    /// before what an earlier `advance` has done; call that after each push. The first one starts
    /// the market.
    ///
    /// Copies, and messages older than what has come, change nothing. What cannot be understood is
    /// counted ([`Exchange::push_counters`]). Partial books (`depth20`) must not be pushed from a
    /// raw connection, where nothing tells them from updates. Without [`Source::Pushed`] nothing
    /// happens.
    ///
    /// [`Source::Pushed`]: crate::Source::Pushed
    pub fn push(&mut self, at: i64, frame: &[u8]) {
        if let Some(market) = self.pushed(at) {
            market.push(at, frame);
        }
    }

    /// Takes the body of a depth answer for the instrument of this index, received at `at`. It is
    /// ignored while the book is whole.
    pub fn push_snapshot(&mut self, at: i64, instrument: usize, body: &[u8]) {
        if let Some(market) = self.pushed(at) {
            market.push_snapshot(at, instrument, body);
        }
    }

    /// No connection carries the market any more, as of `at`: messages may be missing, so no book
    /// is ready until a later snapshot has joined. Not for the loss of one connection beside which
    /// another carries the same streams: that leaves no hole, or one that the ids show.
    pub fn push_break(&mut self, at: i64) {
        if let Some(market) = self.pushed(at) {
            market.break_off(at);
        }
    }

    /// What was pushed; all zero without a pushed market.
    pub fn push_counters(&self) -> PushCounters {
        match &self.market {
            Market::Pushed(market) => market.counters,
            Market::Synthetic(_) | Market::Capture(_) => PushCounters::default(),
        }
    }

    /// Whether orders on the instrument of this index can be matched: its book is known. A pushed
    /// book that stays unready needs a snapshot.
    pub fn is_book_ready(&self, instrument: usize) -> bool {
        instrument < self.instruments.len() && self.market.is_ready(instrument)
    }

    fn pushed(&mut self, at: i64) -> Option<&mut Pushed> {
        if matches!(self.market, Market::Pushed(_)) {
            self.start(at);
        }
        match &mut self.market {
            Market::Pushed(market) => Some(market),
            Market::Synthetic(_) | Market::Capture(_) => None,
        }
    }
}
