//! `record`: a venue's public streams into files that every other verb reads.
//!
//! Sockets here, files and books in `recording`. It asks for snapshots when the
//! engine's own book says that it needs one, and sends nothing else.
#![allow(clippy::disallowed_methods, reason = "it waits for messages and shows progress")]

use super::asked::to_standard_output;
use crate::failure::Failure;
use crate::signals::Interrupt;
use crate::verbs::capture::dialect_named;
use actor::{Clock, Wire, WireEvent};
use clap::Args;
use net::{
    ConnectionPlan, Method, RestCall, RestClient, RestPlan, RestSettings, SocketWire, WireHandle,
    WireSettings,
};
use recording::{Fault, Recorded, RecordedStream, Recorder, RecorderPlan};
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use types::{InstrumentId, InstrumentSpec, KlineInterval, Nanos, Symbol};
use venue::{Dialect, Network, Streams};

/// Waiting when nothing is there: what a receive stamp may be late by on a
/// quiet market, for a hundredth of a core.
const REST: Duration = Duration::from_micros(100);
/// How often time is told to the recorder when nothing arrives.
const TICK: Duration = Duration::from_millis(50);
/// Longest message that is kept: the largest recorded one of any venue has 5 MB.
const MESSAGE_MAX: usize = 8 << 20;
/// Longest REST body: all of a venue's instruments in one answer.
const BODY_MAX: usize = 64 << 20;

/// Flags of `record`.
#[derive(Clone, Debug, Args)]
pub struct RecorderFlags {
    /// Which venue.
    #[arg(long)]
    pub venue: String,
    /// Instruments, comma-separated: BTCUSDT or BTCUSDT-PERP.BINANCE.
    #[arg(long, value_delimiter = ',', required = true)]
    pub instrument: Vec<String>,
    /// Directory of the files; made when it is not there.
    #[arg(long)]
    pub out: PathBuf,
    /// The venue's test network instead of the real one.
    #[arg(long)]
    pub testnet: bool,
    /// Base of REST addresses, such as a simulated exchange's.
    #[arg(long)]
    pub rest: Option<String>,
    /// Base of stream addresses, such as a simulated exchange's.
    #[arg(long)]
    pub ws: Option<String>,
    /// A PEM file of certificates to trust besides the public ones.
    #[arg(long, value_name = "FILE")]
    pub extra_ca: Option<PathBuf>,
    /// What to listen to: depth, quote, trade, agg_trade, mark_price, liquidation,
    /// kline_1m and its like. A book needs depth.
    #[arg(long, value_delimiter = ',', default_value = "depth,quote,trade")]
    pub streams: Vec<String>,
    /// Seconds; without it until SIGTERM.
    #[arg(long)]
    pub duration: Option<u64>,
    /// A new file after so many minutes; 0 for never.
    #[arg(long, default_value_t = 60)]
    pub rotate_minutes: u64,
    /// A new file after so many compressed megabytes; 0 for never.
    #[arg(long, default_value_t = 512)]
    pub rotate_mb: u64,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Records until the duration is over or somebody asks for the end.
///
/// # Errors
/// Flags that make no sense, a venue that does not answer, a disk that takes no
/// more: then what was written stays readable.
pub fn run(flags: &RecorderFlags) -> Result<(), Failure> {
    let dialect = dialect_named(&flags.venue)?;
    let symbols = symbols(dialect, &flags.instrument)?;
    let site = Site::of(flags, dialect, &symbols)?;
    let interrupt = Interrupt::install()?;
    let (body, specs) = site.specifications()?;
    let plan = site.plan(flags, body, specs);
    let mut clock = Clock::start();
    let recorder = Recorder::start(plan, clock.now()).map_err(failed)?;
    let (wire, handle) = site.wire().map_err(Failure::venue)?;
    eprintln!("recording to {}; stop with Ctrl-C or SIGTERM", flags.out.display());
    let started = Instant::now();
    let limit = flags.duration.map(Duration::from_secs);
    let mut session = Session { recorder, wire, handle, clock, progress: Progress::new() };
    let outcome = session.turn_until(|| {
        interrupt.is_raised() || limit.is_some_and(|limit| started.elapsed() >= limit)
    });
    session.handle.shut();
    session.progress.end();
    let reason = session.reason();
    let Session { recorder, mut clock, .. } = session;
    outcome.map_err(failed)?;
    let recorded = recorder.finish(clock.now()).map_err(failed)?;
    report(flags, &recorded, started.elapsed())?;
    if recorded.frames == 0 {
        return Err(Failure::venue(format!(
            "nothing came from {}: {reason}; {}",
            site.streams,
            remedy(&reason, "check --ws, the network and the instruments")
        )));
    }
    Ok(())
}

/// What to do about `why`: a certificate that nobody vouches for is not cured by another address.
fn remedy(why: &str, otherwise: &'static str) -> &'static str {
    if why.contains("certificate") {
        "give --extra-ca and the PEM file of the certificate that signed it, or check the address"
    } else {
        otherwise
    }
}

fn failed(fault: Fault) -> Failure {
    Failure::failed(fault.to_string())
}

fn symbols(dialect: Dialect, names: &[String]) -> Result<Vec<Symbol>, Failure> {
    let mut symbols: Vec<Symbol> = Vec::new();
    for name in names.iter().map(|name| name.trim()) {
        let symbol = dialect.symbol(name).or_else(|| dialect.symbol(&name.to_uppercase()));
        let symbol = symbol.ok_or_else(|| {
            Failure::usage(format!(
                "--instrument {name}: not a name of {dialect}; give a symbol such as BTCUSDT"
            ))
        })?;
        if !symbols.contains(&symbol) {
            symbols.push(symbol);
        }
    }
    Ok(symbols)
}

fn streams(names: &[String]) -> Result<Streams, Failure> {
    let mut streams = Streams::NONE;
    for name in names.iter().map(|name| name.trim()) {
        match name {
            "depth" => streams.depth = true,
            "quote" => streams.quote = true,
            "trade" => streams.trade = true,
            "agg_trade" => streams.agg_trade = true,
            "mark_price" => streams.mark_price = true,
            "liquidation" => streams.liquidation = true,
            _ => {
                let interval = name.strip_prefix("kline_").map(str::as_bytes);
                let interval = interval.and_then(KlineInterval::parse);
                streams.kline = Some(interval.ok_or_else(|| {
                    Failure::usage(format!(
                        "--streams {name}: give depth, quote, trade, agg_trade, mark_price, \
                         liquidation or kline_1m"
                    ))
                })?);
            }
        }
    }
    Ok(streams)
}

/// Where the venue is and what is wanted of it.
struct Site<'s> {
    dialect: Dialect,
    symbols: &'s [Symbol],
    rest: String,
    streams: String,
    extra_ca: Option<PathBuf>,
    plans: Vec<venue::ConnectionPlan>,
}

impl<'s> Site<'s> {
    fn of(flags: &RecorderFlags, dialect: Dialect, symbols: &'s [Symbol]) -> Result<Self, Failure> {
        let network = if flags.testnet { Network::Testnet } else { Network::Live };
        let bases = dialect.bases(network);
        let base = |given: &Option<String>, usual: &str| {
            given.as_deref().unwrap_or(usual).trim_end_matches('/').to_owned()
        };
        let plans = dialect.market_plan(symbols, streams(&flags.streams)?);
        if plans.is_empty() {
            return Err(Failure::usage(format!("--streams: {dialect} has none of these")));
        }
        let (rest, streams) = (base(&flags.rest, bases.rest), base(&flags.ws, bases.streams));
        let extra_ca = flags.extra_ca.clone();
        Ok(Self { dialect, symbols, rest, streams, extra_ca, plans })
    }

    /// The exchange information as it came, and what it says of the instruments.
    fn specifications(&self) -> Result<(String, Vec<InstrumentSpec>), Failure> {
        let settings = RestSettings {
            max_body: BODY_MAX,
            timeout: Duration::from_secs(60),
            extra_ca: self.extra_ca.clone(),
            ..RestSettings::default()
        };
        // An address that is none says so itself; else it is the certificates' file.
        let client = RestClient::new(&self.rest, settings).map_err(|why| match &self.extra_ca {
            Some(path) if why.starts_with(&path.display().to_string()) => Failure::usage(format!(
                "--extra-ca {why}; give a PEM file with at least one certificate"
            )),
            _ => Failure::usage(why),
        });
        let mut client = client?;
        let path = self.specs_path();
        let unreachable = |why: String| {
            let remedy = remedy(&why, "check --rest");
            Failure::venue(format!("{}{path}: {why}; {remedy}", self.rest))
        };
        let reply = client.get(&path, &[]).map_err(|why| unreachable(why.sentence))?;
        if !reply.is_ok() {
            return Err(unreachable(format!("status {}", reply.status)));
        }
        let wanted: Vec<_> = self.symbols.iter().map(Symbol::as_str).collect();
        let specs = self.dialect.parse_exchange_info(&reply.body, &wanted);
        let specs = specs.map_err(Failure::venue)?;
        let body = String::from_utf8(reply.body);
        let body = body.map_err(|_| unreachable("the answer is not text".to_owned()))?;
        Ok((body, specs))
    }

    fn specs_path(&self) -> String {
        let symbols: Vec<_> = self.symbols.iter().map(Symbol::as_str).collect();
        self.dialect.specs_path(&symbols)
    }

    fn plan(
        &self,
        flags: &RecorderFlags,
        body: String,
        specs: Vec<InstrumentSpec>,
    ) -> RecorderPlan {
        let url = |path: &str| format!("{}{path}", self.rest);
        let streams = self.plans.iter().enumerate().map(|(number, plan)| RecordedStream {
            name: format!("{}.ws.{}", self.dialect, number + 1),
            address: format!("{}{}", self.streams, plan.path),
            carries: self.depth_on(plan),
        });
        let minutes = i64::try_from(flags.rotate_minutes).unwrap_or(0);
        RecorderPlan {
            dialect: self.dialect,
            specs,
            exchange_info: (url(&self.specs_path()), body),
            snapshot_urls: self.snapshot_urls(),
            streams: streams.collect(),
            directory: flags.out.clone(),
            rotate_after: (minutes > 0).then(|| Nanos(minutes.saturating_mul(60 * Nanos::PER_SEC))),
            rotate_bytes: (flags.rotate_mb > 0).then(|| flags.rotate_mb.saturating_mul(1 << 20)),
        }
    }

    /// Whose depth a connection carries, by the names of its streams.
    fn depth_on(&self, plan: &venue::ConnectionPlan) -> Vec<InstrumentId> {
        let carries = |symbol: &Symbol| {
            let start = format!("{}@depth", symbol.as_str().to_lowercase());
            plan.streams.iter().any(|stream| stream.starts_with(&start))
        };
        let ids = (0..).map(InstrumentId).zip(self.symbols);
        ids.filter(|(_, symbol)| carries(symbol)).map(|(id, _)| id).collect()
    }

    fn snapshot_urls(&self) -> Vec<String> {
        let path = |symbol| format!("{}{}", self.rest, self.dialect.depth_path(symbol));
        self.symbols.iter().map(path).collect()
    }

    fn wire(&self) -> Result<(SocketWire, WireHandle), String> {
        let urls = self.snapshot_urls();
        let rest = RestPlan::new(Box::new(move |token| RestCall {
            method: Method::Get,
            url: usize::try_from(token)
                .ok()
                .and_then(|at| urls.get(at))
                .cloned()
                .unwrap_or_default(),
            headers: Vec::new(),
        }));
        let plans = (0..).zip(&self.plans).map(|(number, plan)| {
            ConnectionPlan::new(number, format!("{}{}", self.streams, plan.path))
        });
        let settings = WireSettings {
            name: "record",
            max_message: MESSAGE_MAX,
            extra_ca: self.extra_ca.clone(),
            ..WireSettings::default()
        };
        SocketWire::start(settings, plans.collect(), Some(rest))
    }
}

/// A recording under way over sockets.
struct Session {
    recorder: Recorder,
    wire: SocketWire,
    handle: WireHandle,
    clock: Clock,
    progress: Progress,
}

impl Session {
    /// Records until `is_over` says so.
    fn turn_until(&mut self, is_over: impl Fn() -> bool) -> Result<(), Fault> {
        let mut told = Instant::now();
        while !is_over() {
            let any = self.turn()?;
            for instrument in self.recorder.wanted() {
                // A full queue is forgotten: the book asks again.
                let _ = self.wire.request(u64::from(instrument.0));
            }
            if told.elapsed() >= TICK {
                told = Instant::now();
                let now = self.clock.now();
                self.recorder.on_time(now)?;
                self.progress.show(&mut self.recorder)?;
            }
            if !any {
                std::thread::sleep(REST);
            }
        }
        Ok(())
    }

    /// One event of the wire. False when there was none.
    fn turn(&mut self) -> Result<bool, Fault> {
        let recorder = &mut self.recorder;
        match self.wire.poll() {
            WireEvent::Message { connection, received, bytes, .. } => {
                recorder.on_message(connection, received, bytes)?;
            }
            WireEvent::Rest { token, received, bytes, .. } => {
                let id = u16::try_from(token).map_or(InstrumentId::NONE, InstrumentId);
                recorder.on_snapshot(id, received, bytes)?;
            }
            WireEvent::Up { connection, received } => recorder.on_up(connection, received)?,
            WireEvent::Down { connection, received } => recorder.on_down(connection, received)?,
            WireEvent::Oversized { .. } => recorder.on_oversized(),
            WireEvent::Tick { .. } | WireEvent::Idle | WireEvent::Closed => return Ok(false),
        }
        Ok(true)
    }

    /// Why nothing comes, in the wire's words.
    fn reason(&self) -> String {
        let status = self.handle.status();
        let reasons = status.connections.iter().map(|connection| &connection.last_reason);
        let first = reasons.chain([&status.rest_last_reason]).find(|reason| !reason.is_empty());
        first.cloned().unwrap_or_else(|| "it is connected and silent".to_owned())
    }
}

/// The live line on standard error.
struct Progress {
    started: Instant,
    shown: Instant,
    is_terminal: bool,
}

impl Progress {
    fn new() -> Self {
        let now = Instant::now();
        Self { started: now, shown: now, is_terminal: std::io::stderr().is_terminal() }
    }

    /// Once a second on a terminal, once a minute elsewhere.
    fn show(&mut self, recorder: &mut Recorder) -> Result<(), Fault> {
        let every = if self.is_terminal { 1 } else { 60 };
        if self.shown.elapsed() < Duration::from_secs(every) {
            return Ok(());
        }
        self.shown = Instant::now();
        let now = recorder.standing()?;
        let (start, end) = if self.is_terminal { ("\r\x1b[2K", "") } else { ("", "\n") };
        eprint!(
            "{start}{:>6} s  frames {:>9}  {:>8} KiB  books live {}  gaps {}  breaks {}  files {}{end}",
            self.started.elapsed().as_secs(),
            now.frames,
            now.bytes >> 10,
            now.live,
            now.gaps,
            now.breaks,
            now.files.len() + 1,
        );
        Ok(())
    }

    fn end(&self) {
        if self.is_terminal {
            eprintln!();
        }
    }
}

fn report(flags: &RecorderFlags, recorded: &Recorded, elapsed: Duration) -> Result<(), Failure> {
    if flags.json {
        return to_standard_output(&format!("{}\n", summary(recorded, elapsed)));
    }
    let file = |file: &recording::ClosedFile| {
        let (path, bytes, frames) = (file.path.display(), file.bytes, file.frames);
        format!("{path}  {bytes} bytes  {frames} frames  verified\n")
    };
    let mut page: String = recorded.files.iter().map(file).collect();
    page += &format!(
        "frames {}  snapshots {}  gaps {}  breaks {}  undecodable {}  oversized {}\n",
        recorded.frames,
        recorded.snapshots,
        recorded.gaps,
        recorded.breaks,
        recorded.undecodable,
        recorded.oversized,
    );
    to_standard_output(&page)
}

fn summary(recorded: &Recorded, elapsed: Duration) -> Value {
    let files: Vec<_> = recorded
        .files
        .iter()
        .map(|file| {
            json!({
                "path": file.path.display().to_string(),
                "bytes": file.bytes,
                "lines": file.lines,
                "frames": file.frames,
                "sha256": file.sha256,
                "verified": true,
            })
        })
        .collect();
    json!({
        "frames": recorded.frames,
        "snapshots": recorded.snapshots,
        "gaps": recorded.gaps,
        "breaks": recorded.breaks,
        "undecodable": recorded.undecodable,
        "oversized": recorded.oversized,
        "not_text": recorded.not_text,
        "books_live": recorded.live,
        "bytes": recorded.bytes,
        "elapsed_s": elapsed.as_secs_f64(),
        "files": files,
    })
}
