//! The first pass over a recording: that every line can be read, which files are
//! in order, how many frames of which kind, whose, and how their numbers are
//! written.
//!
//! Feeds the tape (which files want sorting), the specifications (what the
//! strings need) and the inspection (counts). Keeps counts, never frames.

use crate::entry::{Entry, Format, What, read};
use crate::frame::{Frame, Kind, Number};
use crate::grain::Grain;
use crate::source::Lines;
use crate::{Fault, url};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use types::Nanos;

/// Frames by kind, in the venue's own words.
pub type ByType = BTreeMap<String, u64>;

/// What is known of one file.
#[derive(Clone, Debug)]
pub(crate) struct FileFacts {
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
    pub(crate) is_ordered: bool,
    /// Whose a snapshot is that does not say it.
    pub(crate) snapshot_of: Option<String>,
}

/// What is known of one symbol.
#[derive(Clone, Debug, Default)]
pub struct SymbolFacts {
    /// Its frames by kind.
    pub by_type: ByType,
    /// How its prices are written.
    pub prices: Grain,
    /// How its quantities are written.
    pub qtys: Grain,
    /// Connections that carried its depth.
    pub(crate) depth_on: BTreeSet<String>,
    /// Connections that carried its trades.
    pub(crate) trades_on: BTreeSet<String>,
    /// The first change of its book and the newest snapshot, by their ids.
    pub(crate) first_change: Option<u64>,
}

impl SymbolFacts {
    /// Frames of one kind.
    #[must_use]
    pub fn count(&self, kind: &str) -> u64 {
        self.by_type.get(kind).copied().unwrap_or(0)
    }
}

/// What a first pass found.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    pub(crate) files: Vec<FileFacts>,
    /// Messages and REST snapshots, all instruments together.
    pub frames: u64,
    /// The same by kind.
    pub by_type: ByType,
    /// REST answers that are no snapshot of a book.
    pub rest_other: u64,
    /// By the venue's symbol.
    pub symbols: BTreeMap<String, SymbolFacts>,
    /// The newest exchange information, as the venue sent it.
    pub exchange_info: Option<String>,
    /// What a session calls its venue.
    pub venue: Option<String>,
    /// Whether any depth message chains by `pu`, which tells USD-M from spot.
    pub has_previous: bool,
    /// Bytes of the longest frame.
    pub longest: usize,
    /// Stamps of the earliest and the latest frame.
    pub span: Option<(Nanos, Nanos)>,
    /// What a reader should know and what is no fault, as sentences.
    pub notes: Vec<String>,
}

impl Survey {
    /// Reads every file once.
    ///
    /// # Errors
    /// The first line that cannot be read, with its place and what to do.
    pub fn read(files: &[PathBuf]) -> Result<Self, Fault> {
        if files.is_empty() {
            return Err(Fault::whole("give at least one recorded file"));
        }
        let mut survey = Self::default();
        for path in files {
            FilePass::new(path)?.run(&mut survey)?;
        }
        if survey.frames == 0 {
            return Err(Fault::whole(
                "the recording holds no frame; give files with a venue's messages",
            ));
        }
        Ok(survey)
    }

    /// What is known of `symbol`.
    ///
    /// # Errors
    /// A sentence that names the symbols that are there.
    pub fn symbol(&self, symbol: &str) -> Result<&SymbolFacts, Fault> {
        self.symbols.get(symbol).ok_or_else(|| {
            let known: Vec<_> = self.symbols.keys().map(String::as_str).collect();
            Fault::whole(format!(
                "the recording has no frame of {symbol}; it has {}",
                if known.is_empty() { "none of any symbol".to_owned() } else { known.join(", ") }
            ))
        })
    }

    fn count(&mut self, symbol: Option<&str>, kind: &str) {
        *self.by_type.entry(kind.to_owned()).or_default() += 1;
        if let Some(symbol) = symbol {
            let facts = self.symbols.entry(symbol.to_owned()).or_default();
            *facts.by_type.entry(kind.to_owned()).or_default() += 1;
        }
    }
}

/// The pass over one file.
struct FilePass<'p> {
    path: &'p Path,
    lines: Lines,
    format: Option<Format>,
    latest: i64,
    is_ordered: bool,
    symbols: BTreeSet<String>,
    /// Snapshots that do not say whose they are, and their numbers.
    nameless: SymbolFacts,
    is_ours: bool,
    is_ended: bool,
}

impl<'p> FilePass<'p> {
    fn new(path: &'p Path) -> Result<Self, Fault> {
        Ok(Self {
            path,
            lines: Lines::open(path)?,
            format: None,
            latest: i64::MIN,
            is_ordered: true,
            symbols: BTreeSet::new(),
            nameless: SymbolFacts::default(),
            is_ours: false,
            is_ended: false,
        })
    }

    fn run(mut self, survey: &mut Survey) -> Result<(), Fault> {
        while self.lines.turn()? {
            let text = self.lines.text()?.to_owned();
            let format = *self.format.get_or_insert_with(|| Format::of(&text));
            let entry = read(format, &text).map_err(|why| self.lines.complain(why))?;
            self.order(format, &entry)?;
            self.entry(entry, survey)?;
        }
        self.end(survey)
    }

    fn order(&mut self, format: Format, entry: &Entry<'_>) -> Result<(), Fault> {
        let Some(at) = entry.at else { return Ok(()) };
        if at.0 < self.latest {
            if format == Format::Plain {
                return Err(self.lines.complain(
                    "its local time is before that of the line above; correct or remove one of them",
                ));
            }
            self.is_ordered = false;
        }
        self.latest = self.latest.max(at.0);
        Ok(())
    }

    fn entry(&mut self, entry: Entry<'_>, survey: &mut Survey) -> Result<(), Fault> {
        let at = entry.at.unwrap_or(Nanos(self.latest));
        match entry.what {
            What::Frame { connection, text } => self.frame(survey, (at, &connection), &text)?,
            What::Rest { url, body } if url::is_depth(&url) => {
                let frame = Frame::open(&body);
                self.measure(survey, at, body.len());
                survey.count(url::symbol(&url), Kind::Snapshot.name());
                if let Some(symbol) = url::symbol(&url) {
                    note_numbers(survey.symbols.entry(symbol.to_owned()).or_default(), &frame);
                    self.symbols.insert(symbol.to_owned());
                }
            }
            What::Rest { url, body } => {
                survey.rest_other += 1;
                if url::is_exchange_info(&url) {
                    survey.exchange_info = Some(body.into_owned());
                }
            }
            What::Header(text) => self.header(text, survey),
            What::End { lines } => {
                if lines != self.lines.number() - 1 {
                    return Err(self.lines.complain(format!(
                        "the file ends after {} lines where its recorder wrote {lines}; \
                         copy it again",
                        self.lines.number() - 1
                    )));
                }
                self.is_ended = true;
            }
            What::Opened { .. } | What::Closed { .. } | What::Other => {}
        }
        Ok(())
    }

    fn header(&mut self, text: &str, survey: &mut Survey) {
        let header: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let named = header["venue"].as_str().or_else(|| header["exchange"].as_str());
        survey.venue = named.map(str::to_owned).or(survey.venue.take());
        self.is_ours = header["writer"].as_str() == Some("althing");
    }

    fn frame(
        &mut self,
        survey: &mut Survey,
        (at, connection): (Nanos, &str),
        text: &str,
    ) -> Result<(), Fault> {
        let frame = Frame::open(text);
        if frame.kind == Kind::Unreadable && self.lines.is_unterminated() {
            return Err(self.lines.complain(
                "the file is cut off in the middle of this line; copy it again or remove the line",
            ));
        }
        self.measure(survey, at, text.len());
        survey.count(frame.symbol, frame.kind.name());
        survey.has_previous |= frame.kind == Kind::Depth && frame.has_previous();
        let Some(symbol) = frame.symbol else {
            if frame.kind == Kind::Snapshot {
                note_numbers(&mut self.nameless, &frame);
                *self.nameless.by_type.entry("snapshot".to_owned()).or_default() += 1;
            }
            return Ok(());
        };
        self.symbols.insert(symbol.to_owned());
        let facts = survey.symbols.entry(symbol.to_owned()).or_default();
        note_numbers(facts, &frame);
        let carried_on = match frame.kind {
            Kind::Depth => {
                facts.first_change = facts.first_change.or(frame.final_id());
                &mut facts.depth_on
            }
            Kind::Trade | Kind::AggTrade => &mut facts.trades_on,
            _ => return Ok(()),
        };
        if !carried_on.contains(connection) {
            carried_on.insert(connection.to_owned());
        }
        Ok(())
    }

    fn measure(&self, survey: &mut Survey, at: Nanos, length: usize) {
        survey.frames += 1;
        survey.longest = survey.longest.max(length);
        let (first, last) = survey.span.unwrap_or((at, at));
        survey.span = Some((first.min(at), last.max(at)));
    }

    fn end(self, survey: &mut Survey) -> Result<(), Fault> {
        let snapshots = self.nameless.count("snapshot");
        let mut symbols = self.symbols.iter();
        let only = symbols.next().filter(|_| symbols.next().is_none()).cloned();
        if snapshots > 0 && self.symbols.len() > 1 {
            return Err(Fault::at(
                self.path,
                0,
                format!(
                    "holds {} symbols and a snapshot that may belong to any of them; \
                     give one file per symbol",
                    self.symbols.len()
                ),
            ));
        }
        if let Some(facts) = only.as_ref().and_then(|symbol| survey.symbols.get_mut(symbol)) {
            facts.prices.join(&self.nameless.prices);
            facts.qtys.join(&self.nameless.qtys);
            if snapshots > 0 {
                *facts.by_type.entry("snapshot".to_owned()).or_default() += snapshots;
            }
        }
        if self.is_ours && !self.is_ended {
            survey.notes.push(format!(
                "{} has no end mark: its recorder was stopped before it could close it; \
                 what is there was read",
                self.path.display()
            ));
        }
        let format = self.format.unwrap_or(Format::Plain);
        survey.files.push(FileFacts {
            path: self.path.to_owned(),
            format,
            is_ordered: self.is_ordered,
            snapshot_of: only,
        });
        Ok(())
    }
}

fn note_numbers(facts: &mut SymbolFacts, frame: &Frame<'_>) {
    frame.numbers(|number, text| match number {
        Number::Price => facts.prices.note(text),
        Number::Qty => facts.qtys.note(text),
    });
}
