//! Recorded files: opening, a first pass that learns symbols and rules, and a merge by local time.
//! Streams the files, so that their size does not matter; it never changes a frame's text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::config::{Dialect, ExchangeError, Instrument};
use crate::frames::StreamKind;
use crate::market::mark_of;
use crate::number::{NumberError, pow10, room_of, text as decimal_text};
use crate::record::{Body, Depth, Line, What, read};
use crate::session;

/// One open file and its next line.
pub(crate) struct Tape {
    path: PathBuf,
    reader: Box<dyn BufRead + Send>,
    line: String,
    number: u64,
    /// Local time of the line at hand; none when the file has ended.
    at: Option<i64>,
    /// The symbol that a snapshot without one belongs to.
    pub(crate) snapshot_symbol: Option<String>,
    /// Rules that a session's exchangeInfo states.
    stated: Vec<Instrument>,
    /// The market that a session says it is of, and what says so.
    origin: Option<(Dialect, String)>,
}

impl Tape {
    pub(crate) fn open(path: &Path) -> Result<Tape, ExchangeError> {
        let refuse = |why: String| {
            ExchangeError::Capture(format!(
                "{} cannot be opened ({why}); give the path of a recorded file",
                path.display()
            ))
        };
        let file = File::open(path).map_err(|why| refuse(why.to_string()))?;
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        let reader: Box<dyn BufRead + Send> = match ending {
            "gz" => Box::new(BufReader::with_capacity(
                1 << 16,
                flate2::read::MultiGzDecoder::new(BufReader::new(file)),
            )),
            "zst" => {
                let decoder = zstd::stream::read::Decoder::new(file)
                    .map_err(|why| refuse(why.to_string()))?;
                Box::new(BufReader::with_capacity(1 << 16, decoder))
            }
            _ => Box::new(BufReader::with_capacity(1 << 16, file)),
        };
        let mut tape = Tape {
            path: path.to_owned(),
            reader,
            line: String::new(),
            number: 0,
            at: None,
            snapshot_symbol: None,
            stated: Vec::new(),
            origin: None,
        };
        // A line of a recording begins with its time, one of a session with a brace.
        let first = tape.reader.fill_buf().map_err(|why| refuse(why.to_string()))?;
        if first.first() == Some(&b'{') {
            tape.load_session()?;
        }
        Ok(tape)
    }

    fn load_session(&mut self) -> Result<(), ExchangeError> {
        let loaded = session::load(&mut *self.reader).map_err(|(line, why)| {
            self.number = line;
            self.complain(&why)
        })?;
        self.reader = Box::new(std::io::Cursor::new(loaded.lines));
        self.stated = loaded.instruments;
        self.origin = loaded.origin;
        Ok(())
    }

    /// Moves to the next non-empty line; false at the end.
    pub(crate) fn turn(&mut self) -> Result<bool, ExchangeError> {
        loop {
            self.line.clear();
            self.at = None;
            let length = self.reader.read_line(&mut self.line).map_err(|why| {
                ExchangeError::Capture(format!(
                    "{} is damaged or cut off after line {} ({why}); record or copy it again",
                    self.path.display(),
                    self.number
                ))
            })?;
            if length == 0 {
                return Ok(false);
            }
            self.number += 1;
            if !self.line.trim().is_empty() {
                self.at = Some(self.read()?.at);
                return Ok(true);
            }
        }
    }

    /// What the line at hand says.
    pub(crate) fn read(&self) -> Result<Line<'_>, ExchangeError> {
        read(self.line.trim_end()).map_err(|why| self.complain(&why))
    }

    /// The refusal of a capture of another market.
    fn foreign(&self, origin: Dialect, why: &str, dialect: Dialect) -> ExchangeError {
        let market = |dialect| match dialect {
            Dialect::BinanceSpot => "spot",
            Dialect::BinanceUsdm => "USD-M futures",
        };
        ExchangeError::Capture(format!(
            "{} was recorded on Binance {} ({why}); play it as {}, or give a capture of {} for {}",
            self.path.display(),
            market(origin),
            origin.word(),
            market(dialect),
            dialect.word()
        ))
    }

    /// The refusal of the line at hand.
    pub(crate) fn complain(&self, why: &str) -> ExchangeError {
        ExchangeError::Capture(format!(
            "{} line {}: {why}; remove the line or record again",
            self.path.display(),
            self.number
        ))
    }
}

/// The room that the numbers of one kind take.
#[derive(Debug, Default)]
struct Width {
    written: u32,
    needed: u32,
    whole: u32,
    /// Where the most digits before the point stand.
    place: String,
}

impl Width {
    /// Takes a number in and gives its sign. Errors: a sentence without the line.
    fn widen(&mut self, (text, name): (&str, &str), line: &Place<'_>) -> Result<i64, String> {
        let room = room_of(text).map_err(|why| {
            let why = match why {
                NumberError::Malformed => "is no decimal number",
                NumberError::TooPrecise => "has more than 18 decimals",
                NumberError::TooLarge => "has more than 18 digits",
            };
            format!("its {name} {text:?} {why}")
        })?;
        if room.sign < 0 {
            return Err(format!("its {name} {text:?} is below zero"));
        }
        self.written = self.written.max(room.written);
        self.needed = self.needed.max(room.needed);
        if room.whole > self.whole {
            self.whole = room.whole;
            self.place = format!("{} line {}", line.0.display(), line.1);
        }
        Ok(room.sign)
    }

    fn join(&mut self, other: Width) {
        self.written = self.written.max(other.written);
        self.needed = self.needed.max(other.needed);
        if other.whole > self.whole {
            (self.whole, self.place) = (other.whole, other.place);
        }
    }

    /// Refuses numbers that do not fit 18 digits with so many decimals.
    fn check(&self, name: &str, decimals: u32) -> Result<(), ExchangeError> {
        if self.whole.saturating_add(decimals) <= 18 {
            return Ok(());
        }
        Err(ExchangeError::Capture(format!(
            "{}: a {name} has {} digits before the point, and {decimals} decimals are needed: more \
                than 18 together; remove the line or record again",
            self.place, self.whole
        )))
    }
}

/// A file and the number of a line in it.
type Place<'a> = (&'a Path, u64);

/// What a first pass learned about one symbol.
#[derive(Debug, Default)]
struct Seen {
    price: Width,
    qty: Width,
    price_first: String,
    has_depth: bool,
    has_trade: bool,
    has_snapshot: bool,
    path: PathBuf,
    others: BTreeSet<String>,
}

impl Seen {
    fn price(&mut self, text: &str, line: &Place<'_>) -> Result<i64, String> {
        let sign = self.price.widen((text, "price"), line)?;
        if self.price_first.is_empty() {
            text.clone_into(&mut self.price_first);
        }
        Ok(sign)
    }

    fn qty(&mut self, text: &str, line: &Place<'_>) -> Result<(), String> {
        self.qty.widen((text, "quantity"), line).map(drop)
    }

    fn levels(&mut self, depth: &Depth<'_>, line: &Place<'_>) -> Result<(), String> {
        for (price, qty) in depth.b.iter().chain(&depth.a) {
            if self.price(price, line)? == 0 {
                return Err("a level of its book has the price 0".to_owned());
            }
            self.qty(qty, line)?;
        }
        Ok(())
    }

    /// What a snapshot said that came before anybody knew whose it was.
    fn join(&mut self, other: Seen) {
        self.price.join(other.price);
        self.qty.join(other.qty);
    }
}

/// What a first pass over all files found.
pub(crate) struct Survey {
    pub(crate) instruments: Vec<Instrument>,
    /// Per file, the symbol of its snapshots.
    pub(crate) snapshot_symbols: Vec<Option<String>>,
    pub(crate) first_at: i64,
    /// By instrument, whether its trades are recorded one by one, and not only aggregated.
    pub(crate) has_trades: Vec<bool>,
    /// The streams that only captures hold, by what follows the symbol.
    others: Vec<String>,
}

impl Survey {
    /// The kind of a stream that only captures hold.
    pub(crate) fn other(&self, suffix: &str) -> Option<StreamKind> {
        let place = self.others.iter().position(|other| other.eq_ignore_ascii_case(suffix))?;
        u16::try_from(place).ok().map(StreamKind::Other)
    }
}

/// Reads every file once: checks every line, infers each symbol's rules, finds the snapshots.
/// Errors: a sentence with file and line, or naming the symbol whose book has no snapshot.
pub(crate) fn survey(
    files: &[PathBuf],
    dialect: Dialect,
    known: &[Instrument],
) -> Result<Survey, ExchangeError> {
    let mut known = known.to_vec();
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    let mut snapshot_symbols = Vec::new();
    let mut first_at = i64::MAX;
    for path in files {
        let mut tape = Tape::open(path)?;
        if let Some((origin, why)) = &tape.origin
            && *origin != dialect
        {
            return Err(tape.foreign(*origin, why, dialect));
        }
        let found = survey_file(&mut tape, dialect, (&mut seen, &mut first_at))?;
        known.append(&mut tape.stated);
        snapshot_symbols.push(found);
    }
    for (symbol, seen) in &seen {
        if seen.has_depth && !seen.has_snapshot {
            return Err(ExchangeError::Capture(format!(
                "{} has depth updates of {} but no REST snapshot of its book; add the file that \
                    holds the snapshot, or record again with one",
                seen.path.display(),
                symbol.to_ascii_uppercase()
            )));
        }
    }
    if seen.is_empty() {
        let names: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
        return Err(ExchangeError::Capture(format!(
            "{}: the capture holds no frame of a stream that is played; give files with depth, \
                bookTicker or trade",
            names.join(", ")
        )));
    }
    let instruments = seen
        .iter()
        .map(|(symbol, seen)| rules(&symbol.to_ascii_uppercase(), seen, &known))
        .collect::<Result<_, _>>()?;
    let has_trades = seen.values().map(|seen| seen.has_trade).collect();
    let others: BTreeSet<&String> = seen.values().flat_map(|seen| &seen.others).collect();
    let others = others.into_iter().cloned().collect();
    Ok(Survey { instruments, snapshot_symbols, first_at, has_trades, others })
}

fn survey_file(
    tape: &mut Tape,
    dialect: Dialect,
    (seen, first_at): (&mut BTreeMap<String, Seen>, &mut i64),
) -> Result<Option<String>, ExchangeError> {
    let mut symbols: Vec<String> = Vec::new();
    // Snapshots that do not say whose they are.
    let mut snapshots = 0;
    let mut unnamed = Seen::default();
    let mut named = None;
    let mut before = i64::MIN;
    while tape.turn()? {
        let line = tape.read()?;
        if line.at < before {
            return Err(tape.complain("its local time is before that of the line above"));
        }
        before = line.at;
        *first_at = line.at.min(*first_at);
        if let Some((origin, why)) = line.what.origin()
            && origin != dialect
        {
            let why = format!("line {} is {why}", tape.number);
            return Err(tape.foreign(origin, &why, dialect));
        }
        match line.what {
            What::Frame { kind, symbol, suffix, body, .. } => {
                let entry = seen.entry(symbol.clone()).or_default();
                if matches!(kind, StreamKind::Other(_)) && !entry.others.contains(suffix) {
                    entry.others.insert(suffix.to_owned());
                }
                let place = (tape.path.as_path(), tape.number);
                note(entry, &body, &place).map_err(|why| tape.complain(&why))?;
                if !symbols.contains(&symbol) {
                    symbols.push(symbol);
                }
            }
            What::Snapshot(depth) => {
                snapshots += u32::from(depth.s.is_none());
                let symbol = depth.s.map(str::to_ascii_lowercase);
                named = symbol.or(named).or_else(|| symbols.first().cloned());
                let entry = match &named {
                    Some(symbol) => seen.entry(symbol.clone()).or_default(),
                    None => &mut unnamed,
                };
                entry.has_snapshot = true;
                let place = (tape.path.as_path(), tape.number);
                entry.levels(&depth, &place).map_err(|why| tape.complain(&why))?;
            }
            What::Unused => {}
        }
    }
    if snapshots > 0 && symbols.len() > 1 {
        return Err(ExchangeError::Capture(format!(
            "{} holds {} symbols and a snapshot that may belong to any of them; split it into \
                one file per symbol",
            tape.path.display(),
            symbols.len()
        )));
    }
    if snapshots > 0 && named.is_none() {
        // The snapshot came before every frame: its symbol is the only one of the file.
        named = symbols.first().cloned();
        if let Some(entry) = named.as_ref().and_then(|symbol| seen.get_mut(symbol)) {
            entry.has_snapshot = true;
            entry.join(unnamed);
        }
    }
    Ok(named)
}

/// Takes in what a frame says. Errors: a sentence without the line.
fn note(entry: &mut Seen, body: &Body<'_>, line: &Place<'_>) -> Result<(), String> {
    match body {
        Body::Depth(depth) => {
            if !entry.has_depth {
                line.0.clone_into(&mut entry.path);
            }
            entry.has_depth = true;
            entry.levels(depth, line)
        }
        Body::Trade(trade) => {
            entry.has_trade = true;
            entry.price(trade.p, line)?;
            entry.qty(trade.q, line)
        }
        Body::Quote(quote) => {
            entry.price(quote.b, line)?;
            entry.price(quote.a, line)?;
            entry.qty(quote.bid_qty, line)?;
            entry.qty(quote.ask_qty, line)
        }
        Body::Aggregate(trade) => {
            entry.price(trade.p, line)?;
            entry.qty(trade.q, line)
        }
        Body::Mark(mark) => {
            // One without a rate or a time is of a contract that pays no funding.
            let is_paid = mark.r.is_some_and(|rate| !rate.is_empty()) && mark.due_ms.is_some();
            if is_paid && mark_of(mark).is_none() {
                return Err("its mark price or rate does not fit eight decimals".to_owned());
            }
            Ok(())
        }
        Body::Other => Ok(()),
    }
}

/// The stated rules of a symbol, or rules inferred from its strings: decimals as written, steps
/// as fine
/// as any string needs.
fn rules(symbol: &str, seen: &Seen, known: &[Instrument]) -> Result<Instrument, ExchangeError> {
    if let Some(stated) = known.iter().find(|i| i.symbol == symbol) {
        if stated.price_decimals < seen.price.needed || stated.qty_decimals < seen.qty.needed {
            return Err(ExchangeError::Config(format!(
                "{symbol}: the capture needs {} price and {} quantity decimals, more than the \
                    stated rules have; leave the rules out to infer them",
                seen.price.needed, seen.qty.needed
            )));
        }
        seen.price.check("price", stated.price_decimals)?;
        seen.qty.check("quantity", stated.qty_decimals)?;
        return Ok(stated.clone());
    }
    seen.price.check("price", seen.price.written)?;
    seen.qty.check("quantity", seen.qty.written)?;
    let step = |w: &Width| decimal_text(pow10(w.written - w.needed), w.written);
    let mut instrument = Instrument::new(
        symbol,
        (seen.price.written, seen.qty.written),
        (&step(&seen.price), &step(&seen.qty)),
        &seen.price_first,
    )?;
    instrument.inferred = true;
    instrument.qty_max = instrument.qty_max.max(largest(&instrument));
    Ok(instrument)
}

/// The largest order where nobody states one: ten million of the quote asset, in whole lots. A coin
/// of a hundred-thousandth is traded by the million.
fn largest(instrument: &Instrument) -> i64 {
    let unit = i128::from(pow10(instrument.price_decimals))
        .saturating_mul(i128::from(pow10(instrument.qty_decimals)));
    let qty = unit.saturating_mul(10_000_000) / i128::from(instrument.price_start.max(1));
    let qty = i64::try_from(qty).unwrap_or(i64::MAX);
    qty - qty % instrument.lot_size
}

/// The files of a capture, merged by local time; at equal times the earlier file goes first.
pub(crate) struct Tapes {
    tapes: Vec<Tape>,
}

impl Tapes {
    pub(crate) fn open(files: &[PathBuf], survey: &Survey) -> Result<Tapes, ExchangeError> {
        let mut tapes = Vec::new();
        for (path, symbol) in files.iter().zip(&survey.snapshot_symbols) {
            let mut tape = Tape::open(path)?;
            tape.snapshot_symbol.clone_from(symbol);
            tape.turn()?;
            tapes.push(tape);
        }
        Ok(Tapes { tapes })
    }

    fn front(&self) -> Option<usize> {
        let open = self.tapes.iter().enumerate();
        open.filter_map(|(index, tape)| Some((tape.at?, index))).min().map(|(_, index)| index)
    }

    /// Local time of the next line.
    pub(crate) fn next_at(&self) -> Option<i64> {
        self.front().and_then(|index| self.tapes[index].at)
    }

    /// The file whose line is next.
    pub(crate) fn next(&self) -> Option<&Tape> {
        self.front().map(|index| &self.tapes[index])
    }

    /// Moves past the next line.
    pub(crate) fn turn(&mut self) -> Result<(), ExchangeError> {
        if let Some(index) = self.front() {
            self.tapes[index].turn()?;
        }
        Ok(())
    }
}
