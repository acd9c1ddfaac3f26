//! The market behind one face: synthetic flows, a played capture, or what is pushed in.
//! It knows when its next step is due and what that step says; it knows no accounts.

use std::path::PathBuf;

use crate::capture::{Survey, Tapes, survey};
use crate::config::{ExchangeConfig, ExchangeError, Instrument, Source, Speed, Timing};
use crate::frames::{self, StreamKind};
use crate::funding::Mark;
use crate::matching::{Matching, Taken};
use crate::number::parse_told;
use crate::order::Side;
use crate::played::{PlayedBook, Print};
use crate::pushed::{Pushed, diff_of};
use crate::record::{Body, MarkPrice, What};
use crate::synthetic::{Flow, Step};

/// Levels in a full depth reply.
pub(crate) const DEPTH_LIMIT_MAX: usize = 1_000;

/// The market.
pub(crate) enum Market {
    Synthetic(Vec<Flow>),
    Capture(Box<Playback>),
    Pushed(Box<Pushed>),
}

impl Market {
    pub(crate) fn new(config: &ExchangeConfig) -> Result<Market, ExchangeError> {
        match &config.source {
            Source::Synthetic { rate } => {
                let count = config.instruments.len() as u32;
                if count == 0 || *rate == 0 {
                    return Err(ExchangeError::Config(
                        "a synthetic market needs at least one instrument and a rate above zero"
                            .to_owned(),
                    ));
                }
                let each = (rate / count).max(1);
                let lanes = config.instruments.iter().zip(0..);
                let flows = lanes.map(|(rules, lane)| {
                    let rules = Instrument { market: config.dialect, ..rules.clone() };
                    Flow::new(rules, config.seed, lane, each)
                });
                Ok(Market::Synthetic(flows.collect()))
            }
            Source::Capture { files, speed } => {
                let playback = Playback::new(files, *speed, config)?;
                Ok(Market::Capture(Box::new(playback)))
            }
            Source::Pushed => Ok(Market::Pushed(Box::new(Pushed::new(config)?))),
        }
    }

    pub(crate) fn instruments(&self) -> Vec<Instrument> {
        match self {
            Market::Synthetic(flows) => flows.iter().map(|f| f.instrument.clone()).collect(),
            Market::Capture(playback) => playback.survey.instruments.clone(),
            Market::Pushed(pushed) => pushed.instruments().cloned().collect(),
        }
    }

    /// Where virtual time begins, if the market says.
    pub(crate) fn first_at(&self) -> Option<i64> {
        match self {
            Market::Synthetic(_) | Market::Pushed(_) => None,
            Market::Capture(playback) => Some(playback.survey.first_at),
        }
    }

    pub(crate) fn start(&mut self, now: i64) {
        match self {
            Market::Synthetic(flows) => flows.iter_mut().for_each(|flow| flow.start(now)),
            Market::Capture(playback) => playback.anchor = now,
            Market::Pushed(pushed) => pushed.raise_floor(now),
        }
    }

    /// Moves everything still to come later by `span` ns.
    pub(crate) fn shift(&mut self, span: i64) {
        match self {
            Market::Synthetic(flows) => flows.iter_mut().for_each(|flow| flow.shift(span)),
            Market::Capture(playback) => playback.anchor = playback.anchor.saturating_add(span),
            // Somebody else's: it cannot be held.
            Market::Pushed(_) => {}
        }
    }

    /// From now on a synthetic market makes messages of this kind too.
    pub(crate) fn want(&mut self, kind: StreamKind) {
        if let Market::Synthetic(flows) = self {
            flows.iter_mut().for_each(|flow| flow.derived.want(kind));
        }
    }

    /// The kind of a stream that only a capture knows, by what follows the symbol.
    pub(crate) fn other_stream(&self, suffix: &str) -> Option<StreamKind> {
        match self {
            Market::Synthetic(_) | Market::Pushed(_) => None,
            Market::Capture(playback) => playback.survey.other(suffix),
        }
    }

    /// When the next step is due; none when the market has ended. Meaningful once started.
    pub(crate) fn next_due(&self) -> Option<i64> {
        match self {
            Market::Synthetic(flows) => flows.iter().map(Flow::next_due).min(),
            Market::Capture(playback) => playback.next_due(),
            Market::Pushed(pushed) => pushed.next_due(),
        }
    }

    /// Whether nothing will come any more; of a pushed market nobody knows.
    pub(crate) fn is_over(&self) -> bool {
        self.next_due().is_none() && !matches!(self, Market::Pushed(_))
    }

    /// Does the next step. `stamp_ms`: send time to write into played frames; none leaves them.
    pub(crate) fn step(&mut self, stamp_ms: Option<i64>, step: &mut Step) {
        match self {
            Market::Synthetic(flows) => {
                let first = flows.iter_mut().enumerate().min_by_key(|(_, flow)| flow.next_due());
                if let Some((index, flow)) = first {
                    step.instrument = index;
                    flow.step(step);
                }
            }
            Market::Capture(playback) => playback.step(stamp_ms, step),
            Market::Pushed(pushed) => pushed.step(step),
        }
    }

    pub(crate) fn book(&self, instrument: usize) -> &dyn Matching {
        match self {
            Market::Synthetic(flows) => &flows[instrument].book,
            Market::Capture(playback) => &playback.books[instrument],
            Market::Pushed(pushed) => pushed.book(instrument),
        }
    }

    pub(crate) fn book_mut(&mut self, instrument: usize) -> &mut dyn Matching {
        match self {
            Market::Synthetic(flows) => &mut flows[instrument].book,
            Market::Capture(playback) => &mut playback.books[instrument],
            Market::Pushed(pushed) => pushed.book_mut(instrument),
        }
    }

    /// Whether every book of a recording is joined; a synthetic market has no snapshot to wait for.
    pub(crate) fn is_joined(&self) -> bool {
        match self {
            Market::Synthetic(_) => false,
            Market::Capture(playback) => playback.books.iter().all(PlayedBook::is_joined),
            Market::Pushed(pushed) => pushed.books().all(PlayedBook::is_joined),
        }
    }

    /// Whether orders can be matched: a played book is not there before its snapshot, a pushed one
    /// not before an update has shown that the snapshot joins.
    pub(crate) fn is_ready(&self, instrument: usize) -> bool {
        match self {
            Market::Synthetic(_) => true,
            Market::Capture(playback) => playback.books[instrument].is_ready(),
            Market::Pushed(pushed) => pushed.book(instrument).is_joined(),
        }
    }

    /// The depth reply; none while a played book waits for its snapshot.
    pub(crate) fn snapshot(&self, instrument: usize, ms: i64, limit: usize) -> Option<String> {
        if !self.is_ready(instrument) {
            return None;
        }
        let (rules, last) = match self {
            Market::Synthetic(flows) => (&flows[instrument].instrument, flows[instrument].update),
            Market::Capture(playback) => {
                (&playback.survey.instruments[instrument], playback.books[instrument].last())
            }
            Market::Pushed(pushed) => (pushed.rules(instrument), pushed.book(instrument).last()),
        };
        let book = self.book(instrument);
        let (bids, asks) = (book.levels(Side::Buy, limit), book.levels(Side::Sell, limit));
        Some(frames::snapshot(rules, ms, last, [&bids, &asks]))
    }

    /// Tells a synthetic market's public what an own order did; a recording has been told already.
    pub(crate) fn tell(&mut self, instrument: usize, at: i64, side: Side, taken: &[Taken]) -> Step {
        let mut step = Step { instrument, ..Step::default() };
        if let Market::Synthetic(flows) = self {
            let flow = &mut flows[instrument];
            flow.tell_trades(at, side, taken, &mut step);
            flow.tell_touch(at, &mut step);
        }
        step
    }

    /// Breaks in the recorded or pushed sequence so far.
    pub(crate) fn gap_seen(&self) -> u64 {
        match self {
            Market::Synthetic(_) => 0,
            Market::Capture(playback) => playback.books.iter().map(|book| book.gap_seen).sum(),
            Market::Pushed(pushed) => pushed.books().map(|book| book.gap_seen).sum(),
        }
    }
}

/// A capture being played.
pub(crate) struct Playback {
    tapes: Tapes,
    survey: Survey,
    books: Vec<PlayedBook>,
    timing: Timing,
    speed: Speed,
    anchor: i64,
    /// Recorded time from which on nothing is played; none: all is.
    until: Option<i64>,
    frame_played: i64,
    /// Why playing stopped early: a file that changed since it was surveyed.
    pub(crate) failed: Option<String>,
}

impl Playback {
    fn new(
        files: &[PathBuf],
        speed: Speed,
        config: &ExchangeConfig,
    ) -> Result<Playback, ExchangeError> {
        let mut survey = survey(files, config.dialect, &config.instruments)?;
        survey.instruments.iter_mut().for_each(|rules| rules.market = config.dialect);
        let tapes = Tapes::open(files, &survey)?;
        let books = vec![PlayedBook::new(config.queue); survey.instruments.len()];
        let until = config.duration_ns.map(|span| survey.first_at.saturating_add(span));
        Ok(Playback {
            tapes,
            survey,
            books,
            timing: config.timing,
            speed,
            anchor: 0,
            until,
            frame_played: 0,
            failed: None,
        })
    }

    fn next_due(&self) -> Option<i64> {
        let at = self.tapes.next_at().filter(|_| self.failed.is_none())?;
        if self.until.is_some_and(|until| at >= until) {
            return None;
        }
        if let Timing::Virtual(_) = self.timing {
            return Some(at);
        }
        let wait = match self.speed {
            Speed::Max => 0,
            Speed::Rate(rate) => {
                i128::from(self.frame_played) * 1_000_000_000 / i128::from(rate.max(1))
            }
            Speed::Ratio(numerator, denominator) => {
                i128::from(at - self.survey.first_at) * i128::from(denominator)
                    / i128::from(numerator.max(1))
            }
        };
        Some(self.anchor + wait as i64)
    }

    fn step(&mut self, stamp_ms: Option<i64>, step: &mut Step) {
        let played = self.play(stamp_ms, step);
        let turned = self.tapes.turn();
        if let Err(why) = played.and(turned) {
            self.failed = Some(why.to_string());
        }
    }

    fn play(&mut self, stamp_ms: Option<i64>, step: &mut Step) -> Result<(), ExchangeError> {
        let Some(tape) = self.tapes.next() else { return Ok(()) };
        let strange = || tape.complain("a price or a quantity does not fit the instrument");
        match tape.read()?.what {
            What::Frame { kind, symbol, suffix, text, body } => {
                let kind = match kind {
                    StreamKind::Other(_) => self.survey.other(suffix).unwrap_or(kind),
                    kind => kind,
                };
                self.frame_played += 1;
                let Some(index) = index_of(&self.survey, &symbol) else { return Ok(()) };
                step.instrument = index;
                let text =
                    stamp_ms.map_or_else(|| text.to_owned(), |ms| frames::restamp(kind, text, ms));
                step.frames.push((kind, text));
                let rules = &self.survey.instruments[index];
                match body {
                    Body::Depth(depth) => {
                        let diff = diff_of(&depth, rules).ok_or_else(strange)?;
                        self.books[index].on_diff(&diff, &mut step.fills);
                    }
                    // An aggregate says again what the trades have said.
                    Body::Aggregate(_) if self.survey.has_trades[index] => {}
                    Body::Trade(trade) | Body::Aggregate(trade) => {
                        let number =
                            |text, decimals| parse_told(text, decimals).map_err(|_| strange());
                        let print = Print {
                            price: number(trade.p, rules.price_decimals)?,
                            qty: number(trade.q, rules.qty_decimals)?,
                            aggressor: if trade.m { Side::Sell } else { Side::Buy },
                        };
                        // Prints at price 0 are the venue's own insurance-fund entries, not trades.
                        if print.price > 0 && print.qty > 0 {
                            self.books[index].on_print(print, &mut step.fills);
                        }
                    }
                    Body::Mark(mark) => step.mark = mark_of(&mark),
                    Body::Quote(_) | Body::Other => {}
                }
            }
            What::Snapshot(depth) => {
                let named = depth.s.map(str::to_owned).or_else(|| tape.snapshot_symbol.clone());
                let symbol = named.unwrap_or_default();
                if let Some(index) = index_of(&self.survey, &symbol) {
                    let rules = &self.survey.instruments[index];
                    let mut diff = diff_of(&depth, rules).ok_or_else(strange)?;
                    diff.last = depth.snapshot;
                    self.books[index].on_snapshot(&diff, &mut step.fills);
                    step.instrument = index;
                    step.ready = true;
                }
            }
            What::Unused => {}
        }
        Ok(())
    }
}

/// The numbers of a markPrice frame; none when they are not the venue's.
pub(crate) fn mark_of(mark: &MarkPrice<'_>) -> Option<Mark> {
    Some(Mark {
        price_e8: parse_told(mark.p, 8).ok()?,
        rate_e8: parse_told(mark.r?, 8).ok()?,
        due_ms: mark.due_ms?,
    })
}

fn index_of(survey: &Survey, symbol: &str) -> Option<usize> {
    survey.instruments.iter().position(|i| i.symbol.eq_ignore_ascii_case(symbol))
}
