//! What is in a recording: its frames, what the engine makes of them, and the
//! book at its end.
//!
//! Fed by the tape; drives the engine's own first half ([`BookLine`]). Read by
//! `capture inspect`. Never here: decoding, bridging, a repair.

use crate::entry::What;
use crate::frame::{Frame, Kind};
use crate::line::{BookLine, Counts, Watched};
use crate::rules::{Rules, rules};
use crate::survey::{ByType, Survey};
use crate::tape::Tape;
use crate::{Fault, digest, url};
use std::path::Path;
use types::{InstrumentId, Nanos};
use venue::Dialect;

/// Which part of which recording.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The first pass over its files.
    pub survey: &'q Survey,
    /// Whose language it is.
    pub dialect: Dialect,
    /// The venue's symbol.
    pub symbol: &'q str,
    /// A specification of the user's own.
    pub spec: Option<&'q Path>,
}

/// What was found.
pub struct Inspected {
    /// The venue's symbol.
    pub symbol: String,
    /// Messages and REST snapshots of the recording.
    pub frames: u64,
    /// The same by the venue's own names.
    pub by_type: ByType,
    /// Those of the instrument.
    pub by_type_of_instrument: ByType,
    /// Trade messages of the instrument, whatever their kind.
    pub trades: u64,
    /// What the engine counted.
    pub counts: Counts,
    /// Stamp of the first frame.
    pub first: Nanos,
    /// Stamp of the last frame.
    pub last: Nanos,
    /// Times that the connection of the book was lost within the recording.
    pub breaks: u64,
    /// The instrument, its book and its crossings.
    pub watched: Watched,
    /// The rules it was read with.
    pub rules: Rules,
    /// SHA-256 over all of it.
    pub digest: String,
}

const IT: InstrumentId = InstrumentId(0);

/// Plays the recording through the engine's first half. `probe` sees the
/// instrument after each frame, with the number of frames so far.
///
/// # Errors
/// A sentence: a line that cannot be read, a symbol that is not there, or a book
/// whose snapshot is missing or does not join.
pub fn inspect(
    question: &Question<'_>,
    mut probe: impl FnMut(u64, &Watched),
) -> Result<Inspected, Fault> {
    let Question { survey, dialect, symbol, spec } = *question;
    let facts = survey.symbol(symbol)?;
    let rules = rules(dialect, symbol, survey, spec)?;
    let specs = [(rules.spec, rules.grid)];
    let line = BookLine::new(dialect, &specs, vec![vec![IT]], survey.longest);
    let mut player = Player { question: *question, line, is_up: false, frames: 0, breaks: 0 };
    let mut tape = Tape::open(survey)?;
    while let Some((file, entry)) = tape.turn()? {
        let at = entry.at.unwrap_or_default();
        if player.play(file, at, &entry.what) {
            probe(player.frames, &player.line.watched()[IT.index()]);
        }
    }
    let counts = player.line.counts();
    let depth = facts.count(Kind::Depth.name());
    if depth > 0 && player.line.watched()[IT.index()].resets == 0 {
        return Err(without_snapshot(question, &counts));
    }
    let (first, last) = survey.span.unwrap_or_default();
    let breaks = player.breaks;
    let mut found = Inspected {
        symbol: symbol.to_owned(),
        frames: survey.frames,
        by_type: survey.by_type.clone(),
        by_type_of_instrument: facts.by_type.clone(),
        trades: facts.count(Kind::Trade.name()) + facts.count(Kind::AggTrade.name()),
        counts,
        first,
        last,
        breaks,
        watched: player.line.into_watched(),
        rules,
        digest: String::new(),
    };
    found.digest = digest::of(&found);
    Ok(found)
}

fn without_snapshot(question: &Question<'_>, counts: &Counts) -> Fault {
    let symbol = question.symbol;
    if counts.not_bridged > 0 {
        return Fault::whole(format!(
            "the recording's snapshots of {symbol} do not join its depth messages ({} tried): \
             its book cannot be known; record again with a snapshot taken while depth was arriving",
            counts.not_bridged
        ));
    }
    Fault::whole(format!(
        "the recording has depth messages of {symbol} but no REST snapshot of its book, \
         so the book cannot be known; add the file that holds the snapshot, before this one, \
         or record again with one"
    ))
}

/// Gives a recording's lines to the line.
struct Player<'q> {
    question: Question<'q>,
    line: BookLine,
    is_up: bool,
    frames: u64,
    breaks: u64,
}

impl Player<'_> {
    /// True when it was a frame.
    fn play(&mut self, file: usize, at: Nanos, what: &What<'_>) -> bool {
        match what {
            What::Frame { connection, text } => {
                self.open(at);
                match self.snapshot_in(file, connection, text) {
                    Some(true) => self.line.on_snapshot(IT, at, text.as_bytes()),
                    Some(false) => {}
                    None => self.line.on_message(0, at, text.as_bytes()),
                }
            }
            What::Rest { url, body } if url::is_depth(url) => {
                self.open(at);
                if url::symbol(url).is_none_or(|symbol| symbol == self.question.symbol) {
                    self.line.on_snapshot(IT, at, body.as_bytes());
                }
            }
            What::Opened { connection, continued } => {
                if !continued && self.is_up && self.carries_depth(connection) {
                    self.close(at);
                }
                return false;
            }
            What::Closed { connection } => {
                if self.is_up && self.carries_depth(connection) {
                    self.close(at);
                }
                return false;
            }
            _ => return false,
        }
        self.frames += 1;
        true
    }

    /// A snapshot among the frames of a plain recording: whether it is ours.
    fn snapshot_in(&self, file: usize, connection: &str, text: &str) -> Option<bool> {
        // A cheap look first: all but one frame of a file have a stream or an event.
        if !connection.is_empty() || !text.contains("\"lastUpdateId\"") {
            return None;
        }
        let frame = Frame::open(text);
        if frame.kind != Kind::Snapshot {
            return None;
        }
        let facts = self.question.survey.files.get(file);
        let owner = frame.symbol.or_else(|| facts.and_then(|facts| facts.snapshot_of.as_deref()));
        Some(owner.is_none_or(|owner| owner == self.question.symbol))
    }

    fn carries_depth(&self, connection: &str) -> bool {
        let facts = self.question.survey.symbols.get(self.question.symbol);
        facts.is_some_and(|facts| facts.depth_on.contains(connection))
    }

    fn open(&mut self, at: Nanos) {
        if !std::mem::replace(&mut self.is_up, true) {
            self.line.on_up(0, at);
        }
    }

    fn close(&mut self, at: Nanos) {
        self.is_up = false;
        self.breaks += 1;
        self.line.on_down(0, at);
    }
}
