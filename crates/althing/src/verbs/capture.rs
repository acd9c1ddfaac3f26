//! `capture inspect` and `capture bars`: what is in a recording, and the candles
//! that its trades make. Reads files and prints; everything is worked out in
//! `recording`.

use crate::failure::Failure;
use clap::{Args, Subcommand};
use recording::{Fault, Inspected, Question, RecordedBars, Rules, Survey};
use serde_json::{Value, json};
use std::path::PathBuf;
use types::{BookState, Side};
use venue::Dialect;

/// Levels of each side that are shown.
const SHOWN: usize = 10;

/// What to do with a recording.
#[derive(Clone, Debug, Subcommand)]
pub enum CaptureVerb {
    /// Play it through the engine's own decoder and book, and say what is in it.
    Inspect(CaptureFlags),
    /// The candles that its trades make, by the trades' own times.
    Bars {
        /// Which recording.
        #[command(flatten)]
        capture: CaptureFlags,
        /// Length of a candle: 30s, 5m, 1h, 1d.
        #[arg(long, default_value = "5m")]
        interval: String,
    },
}

/// Which recording, and whose.
#[derive(Clone, Debug, Args)]
pub struct CaptureFlags {
    /// Recorded files, in order: `<local time> <JSON>` lines or sessions; plain, gz, zst.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Whose messages they are; without it the recording's own word is taken.
    #[arg(long)]
    pub venue: Option<String>,
    /// BTCUSDT or BTCUSDT-PERP.BINANCE; may be left out where there is only one.
    #[arg(long)]
    pub instrument: Option<String>,
    /// A specification: the venue's exchangeInfo, or {"tick_size":"0.1","lot_size":"0.001"}.
    #[arg(long)]
    pub spec: Option<PathBuf>,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Does what the command line asks.
///
/// # Errors
/// Flags that make no sense, or a recording that cannot be read, with its line.
pub fn run(what: &CaptureVerb) -> Result<(), Failure> {
    match what {
        CaptureVerb::Inspect(flags) => asked(flags, |question| {
            let found = recording::inspect(question, |_, _| ()).map_err(failed)?;
            say_rules(&found.rules);
            let document = inspected(&found, question);
            Ok(if flags.json { document.to_string() } else { inspected_text(&found, question) })
        }),
        CaptureVerb::Bars { capture, interval } => {
            let nanos = recording::interval(interval).map_err(Failure::usage)?;
            asked(capture, |question| {
                let made = recording::bars(question, nanos).map_err(failed)?;
                say_rules(&made.rules);
                let document = bars(&made, question, interval);
                Ok(if capture.json { document.to_string() } else { bars_text(&made) })
            })
        }
    }
}

fn failed(fault: Fault) -> Failure {
    Failure::failed(fault.to_string())
}

/// Reads the files once, settles whose they are, and prints what `answer` makes.
fn asked(
    flags: &CaptureFlags,
    answer: impl FnOnce(&Question<'_>) -> Result<String, Failure>,
) -> Result<(), Failure> {
    // Flags first: a wrong name should not cost a pass over gigabytes.
    let stated = flags.venue.as_deref().map(dialect_named).transpose()?;
    let survey = Survey::read(&flags.files).map_err(failed)?;
    survey.notes.iter().for_each(|note| eprintln!("note: {note}"));
    let dialect = match stated {
        Some(dialect) => {
            check_market(dialect, &survey)?;
            dialect
        }
        None => dialect_of(&survey)?,
    };
    let symbol = symbol_of(flags, dialect, &survey)?;
    let question =
        Question { survey: &survey, dialect, symbol: &symbol, spec: flags.spec.as_deref() };
    let text = answer(&question)?;
    super::asked::to_standard_output(&format!("{}\n", text.trim_end()))
}

/// A venue by its name on the command line.
///
/// # Errors
/// A sentence that names those this version speaks.
pub(crate) fn dialect_named(name: &str) -> Result<Dialect, Failure> {
    Dialect::parse(name).ok_or_else(|| {
        let known: Vec<_> = Dialect::ALL.iter().map(|dialect| dialect.name()).collect();
        let known = known.join(", ");
        Failure::usage(format!("--venue {name}: not spoken by this version; known: {known}"))
    })
}

/// Refuses a venue that the depth messages are not of: only futures chain by `pu`.
fn check_market(stated: Dialect, survey: &Survey) -> Result<(), Failure> {
    let has_depth = survey.symbols.values().any(|facts| facts.count("depthUpdate") > 0);
    if has_depth && survey.has_previous == stated.is_spot() {
        let (found, other) = if survey.has_previous {
            ("chain by `pu`", Dialect::BinanceUsdm)
        } else {
            ("do not chain by `pu`", Dialect::BinanceSpot)
        };
        return Err(Failure::usage(format!(
            "--venue {stated}: the recording's depth messages {found}, as those of {other} do; \
             give --venue {other}"
        )));
    }
    Ok(())
}

/// The venue by a session's header, or by the shape of its depth messages.
fn dialect_of(survey: &Survey) -> Result<Dialect, Failure> {
    let name = match survey.venue.as_deref() {
        Some("BINANCE_FUTURES") => "binance_usdm",
        Some("BINANCE") => "binance_spot",
        Some(name) => name,
        None if survey.has_previous => "binance_usdm",
        None => "binance_spot",
    };
    Dialect::parse(name).ok_or_else(|| {
        let failure =
            format!("the recording looks like one of {name}, which this version does not speak");
        Failure::usage(format!("{failure}; give --venue if it is another's"))
    })
}

fn symbol_of(flags: &CaptureFlags, dialect: Dialect, survey: &Survey) -> Result<String, Failure> {
    if let Some(given) = &flags.instrument {
        let symbol = dialect.symbol(given).or_else(|| dialect.symbol(&given.to_uppercase()));
        return symbol.map(|symbol| symbol.to_string()).ok_or_else(|| {
            Failure::usage(format!(
                "--instrument {given}: not a name of {dialect}; give a symbol such as BTCUSDT"
            ))
        });
    }
    let mut symbols = survey.symbols.keys();
    match (symbols.next(), symbols.next()) {
        (Some(only), None) => Ok(only.clone()),
        (None, _) => Err(Failure::failed("the recording has no frame of any instrument")),
        _ => {
            let known: Vec<_> = survey.symbols.keys().map(String::as_str).collect();
            let known = known.join(", ");
            Err(Failure::usage(format!(
                "the recording has several instruments: {known}; give --instrument"
            )))
        }
    }
}

fn say_rules(rules: &Rules) {
    eprintln!("{}", rules.sentence());
}

fn rules_json(rules: &Rules) -> Value {
    let spec = &rules.spec;
    json!({
        "from": rules.source.name(),
        "widened": rules.widened,
        "tick_size": spec.price(spec.tick_size).to_string(),
        "lot_size": spec.qty(spec.lot_size).to_string(),
    })
}

fn levels(found: &Inspected, side: Side) -> Vec<[String; 2]> {
    let spec = &found.watched.spec;
    let top = found.watched.book.top(side, SHOWN);
    top.map(|(price, qty)| [spec.price(price).to_string(), spec.qty(qty).to_string()]).collect()
}

const fn state(found: &Inspected) -> &'static str {
    match found.watched.state {
        BookState::Live => "live",
        BookState::Stale => "stale",
        BookState::Syncing => "syncing",
    }
}

fn inspected(found: &Inspected, question: &Question<'_>) -> Value {
    let counts = &found.counts;
    let why: Vec<_> = counts
        .undecodable_by
        .iter()
        .map(|((what, why), count)| json!({"type": what, "why": why, "frames": count}))
        .collect();
    let book = &found.watched.book;
    json!({
        "frames": found.frames,
        "by_type": found.by_type,
        "events": counts.events,
        "trades": found.trades,
        "gaps": counts.gaps,
        "crossed": found.watched.crossed,
        "undecodable": counts.undecodable,
        "first_ns": found.first.0,
        "last_ns": found.last.0,
        "book": {"bids": levels(found, Side::Buy), "asks": levels(found, Side::Sell)},
        "digest": found.digest,
        "venue": question.dialect.name(),
        "instrument": question.dialect.instrument_id(&found.symbol),
        "of_instrument": {
            "by_type": found.by_type_of_instrument,
            "frames": found.by_type_of_instrument.values().sum::<u64>(),
        },
        "book_state": state(found),
        "update_id": found.watched.update_id,
        "book_levels": {"bids": book.levels(Side::Buy), "asks": book.levels(Side::Sell)},
        "book_dropped": book.dropped_levels(),
        "breaks": found.breaks,
        "repeated": counts.repeated,
        "not_bridged": counts.not_bridged,
        "undecodable_by": why,
        "spec": rules_json(&found.rules),
    })
}

fn inspected_text(found: &Inspected, question: &Question<'_>) -> String {
    let counts = &found.counts;
    let types: Vec<_> = found.by_type.iter().map(|(name, n)| format!("{name} {n}")).collect();
    let seconds = (found.last.0 - found.first.0) / types::Nanos::PER_SEC;
    let id = question.dialect.instrument_id(&found.symbol);
    let mut text = format!(
        "{id}  {seconds} s  frames {}  ({})\n\
         events {}  trades {}  gaps {}  breaks {}  crossed {}  undecodable {}  book {} at {}\n",
        found.frames,
        types.join(", "),
        counts.events,
        found.trades,
        counts.gaps,
        found.breaks,
        found.watched.crossed,
        counts.undecodable,
        state(found),
        found.watched.update_id,
    );
    let (bids, asks) = (levels(found, Side::Buy), levels(found, Side::Sell));
    let cell = |side: &[[String; 2]], row: usize| {
        let level = side.get(row).cloned().unwrap_or_default();
        format!("{:>18} {:>18}", level[0], level[1])
    };
    for row in 0..bids.len().max(asks.len()) {
        text.push_str(&format!("{}  {}\n", cell(&bids, row), cell(&asks, row)));
    }
    text.push_str(&format!("digest {}\n", found.digest));
    text
}

fn bars(made: &RecordedBars, question: &Question<'_>, interval: &str) -> Value {
    let rows: Vec<_> = made.bars.iter().map(|bar| bar_json(made, bar)).collect();
    json!({
        "bars": rows,
        "empty": made.empty,
        "interval": interval,
        "venue": question.dialect.name(),
        "instrument": question.dialect.instrument_id(question.symbol),
        "made_of": made.made_of,
        "repeated": made.repeated,
        "undecodable": made.undecodable,
        "holes": made.holes,
        "spec": rules_json(&made.rules),
    })
}

fn bar_json(made: &RecordedBars, bar: &recording::RecordedBar) -> Value {
    let (candle, spec) = (&bar.candle, &made.rules.spec);
    let price = |price| spec.price(price).to_string();
    json!({
        "open_time_ms": bar.open_time_ms,
        "open": price(candle.open),
        "high": price(candle.high),
        "low": price(candle.low),
        "close": price(candle.close),
        "volume": recording::volume_text(candle.volume, spec.qty_decimals),
        "trades": candle.trades,
        "complete": bar.complete,
    })
}

fn bars_text(made: &RecordedBars) -> String {
    let mut text = format!(
        "{:>14} {:>14} {:>14} {:>14} {:>14} {:>18} {:>8}\n",
        "open_time_ms", "open", "high", "low", "close", "volume", "trades"
    );
    let spec = &made.rules.spec;
    for bar in &made.bars {
        let candle = &bar.candle;
        let [open, high, low, close] =
            [candle.open, candle.high, candle.low, candle.close].map(|p| spec.price(p).to_string());
        text.push_str(&format!(
            "{:>14} {open:>14} {high:>14} {low:>14} {close:>14} {:>18} {:>8}{}\n",
            bar.open_time_ms,
            recording::volume_text(candle.volume, spec.qty_decimals),
            candle.trades,
            if bar.complete { "" } else { "  incomplete" },
        ));
    }
    if !made.empty.is_empty() {
        text.push_str(&format!("{} intervals without a trade\n", made.empty.len()));
    }
    text
}
