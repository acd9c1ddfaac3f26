//! Real time: the demo against the embedded exchange, and `run` against
//! whatever the configuration names. Sockets at both ends, a supervisor beside.
//!
//! The supervisor starts everything in order, arms the line once every book is
//! LIVE and both order links are up, and ends it in order. It decides nothing
//! that the sequence does not hold: what it wants goes in as a command.
#![allow(clippy::disallowed_methods, reason = "the supervisor waits and reads the clock")]

use crate::failure::Failure;
use crate::line::{self, Ends, Line, LineCounters, Time};
use crate::startup::{self, Asked, Recovered, command};
use crate::worlds::record::{Record as RunRecord, RunDirectory};
use crate::worlds::session::{self, Threads};
use crate::{plan, shape};
use actor::{Clock, Meter, StopFlag};
use cold::ColdHandle;
use config::{Config, Loaded, Mode, Network};
use exchange::{ExchangeStats, Server, ServerConfig, ServerHandle};
use gateway::KillLatch;
use link::Sender;
use net::{
    ConnectionPlan, Method, RestCall, RestClient, RestPlan, RestSettings, SocketWire, Target,
    WireHandle, WireSettings,
};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use types::{CommandOp, InstrumentId, Nanos, Record, Symbol};
use venue::{Dialect, Signer, Streams};

/// How long the books and the order links may take to come up.
const READY: Duration = Duration::from_secs(15);
/// How long working orders may take to be cancelled at the end.
const CANCELLED: Duration = Duration::from_secs(3);
/// How often the supervisor looks.
const LOOK: Duration = Duration::from_millis(5);

/// Where a venue is and who speaks to it.
struct Access {
    dialect: Dialect,
    rest: String,
    streams: String,
    orders: String,
    key: String,
    secret: String,
    rest_settings: RestSettings,
}

/// A line that runs in real time.
pub struct RealTime {
    /// The configuration in force.
    pub loaded: Loaded,
    /// What was recovered at start.
    pub recovered: Recovered,
    threads: Threads,
    commands: Sender<Record>,
    clock: Clock,
    wires: Vec<WireHandle>,
    cold: ColdHandle,
    cold_thread: cold::ColdThread,
    counters: LineCounters,
    gauges: Vec<std::sync::Arc<link::Gauge>>,
    /// Raised when anything fails: nothing is placed after that.
    kill: KillLatch,
    exchange: Option<ServerHandle>,
    draining: bool,
    started: Instant,
}

/// What is known when it is over.
pub struct Ended {
    /// What every actor counted.
    pub counters: LineCounters,
    /// The cold side's last word.
    pub cold: ColdHandle,
    /// The embedded exchange's own view.
    pub exchange: Option<ExchangeStats>,
    /// The layout as it was applied.
    pub layout: String,
    /// Which actor got which core.
    pub pinned: Vec<(String, Option<usize>, bool)>,
    /// From arming to the end.
    pub elapsed: Duration,
    /// Orders still working when the line ended.
    pub left_open: u64,
}

impl RealTime {
    /// Starts everything and arms the line.
    ///
    /// # Errors
    /// The first step that fails, with what to do.
    pub fn start(loaded: Loaded, directory: &RunDirectory) -> Result<Self, Failure> {
        let config = loaded.config.clone();
        refuse_what_is_not_built(&config)?;
        let exchange = embedded(&config)?;
        let access = access(&config, exchange.as_ref())?;
        let signer = Signer::new(&access.key, &access.secret).map_err(Failure::config)?;
        let mut clock = Clock::start();
        let recovered = recover(&config, &access, &signer, clock.now())?;
        let epoch = u64::try_from(recovered.venue_time.as_ms()).unwrap_or(0);
        let run = RunRecord::create(directory, &loaded, epoch)?;

        let plan = plan::plan(&config).map_err(|why| Failure::config(why.to_string()))?;
        let shape = shape::of(&config)?;
        let (ends, wires) = ends(&config, &access, signer)?;
        let time = Time { clock: Some(Clock::start()), meter: Meter::start() };
        let line = line::build(&plan, &shape, ends, time)
            .map_err(|why| Failure::config(why.to_string()))?;
        let (actors, line) = session::split(line);
        let (crews, applied) =
            session::crews(actors, &shape, &config.engine.layout, config.engine.wait)?;
        let stop = StopFlag::new();
        let Line { tap, commands, gauges, counters, kill, .. } = line;
        let (cold, cold_thread) = run.start(tap, stop.clone())?;
        let threads = Threads::start(crews, applied, stop)?;
        let mut this = Self {
            loaded,
            recovered,
            threads,
            commands,
            clock,
            wires,
            cold,
            cold_thread,
            counters,
            gauges,
            kill,
            exchange,
            draining: false,
            started: Instant::now(),
        };
        this.begin(epoch)?;
        Ok(this)
    }

    fn begin(&mut self, epoch: u64) -> Result<(), Failure> {
        let now = self.clock.now();
        for record in self.recovered.commands(epoch, now) {
            self.send(record)?;
        }
        let instruments = self.loaded.config.instruments.len() as u64;
        let deadline = Instant::now() + READY;
        while !self.is_ready(instruments) {
            self.check()?;
            if Instant::now() > deadline {
                return Err(self.not_ready(instruments));
            }
            std::thread::sleep(LOOK);
        }
        let now = self.clock.now();
        self.send(command(CommandOp::Arm, 0, now))?;
        self.started = Instant::now();
        Ok(())
    }

    fn is_ready(&self, instruments: u64) -> bool {
        let stats = self.cold.stats();
        let live =
            self.counters.normalizer.as_ref().map_or(0, |c| c.books_live.load(Ordering::Relaxed));
        live == instruments && stats.line.order_link && stats.line.private_link
    }

    fn not_ready(&self, instruments: u64) -> Failure {
        let stats = self.cold.stats();
        let live =
            self.counters.normalizer.as_ref().map_or(0, |c| c.books_live.load(Ordering::Relaxed));
        let last: Vec<String> =
            self.wires.iter().map(|wire| format!("{:?}", wire.status())).collect();
        Failure::venue(format!(
            "not ready after {} s: {live} of {instruments} books LIVE, order link {}, private \
                link {}; the wires say: {}",
            READY.as_secs(),
            if stats.line.order_link { "up" } else { "down" },
            if stats.line.private_link { "up" } else { "down" },
            last.join("; ")
        ))
    }

    /// One look of the supervisor: the cold side's link, and whether anything
    /// has ended that should not.
    ///
    /// # Errors
    /// What ended.
    pub fn check(&mut self) -> Result<(), Failure> {
        if let Some(failure) = self.cold.outcome().failure {
            self.kill.raise();
            return Err(Failure::failed(failure));
        }
        if self.threads.stop.is_raised() {
            self.kill.raise();
            return Err(Failure::failed("a thread of the line has stopped; see the message above"));
        }
        self.watch_cold_link()
    }

    /// The cold side falls behind: no new positions until it has caught up.
    fn watch_cold_link(&mut self) -> Result<(), Failure> {
        let link = self.gauges.iter().find(|gauge| gauge.name() == shape::links::GATEWAY_COLD);
        let Some(link) = link else { return Ok(()) };
        let (waiting, depth) = (link.waiting(), link.depth());
        let op = match self.draining {
            false if waiting > depth / 2 => CommandOp::Drain,
            true if waiting < depth / 8 => CommandOp::Resume,
            _ => return Ok(()),
        };
        self.draining = op == CommandOp::Drain;
        let now = self.clock.now();
        self.send(command(op, 0, now))
    }

    /// Waits for one look.
    pub fn rest(&self) {
        std::thread::sleep(LOOK);
    }

    /// Whether the embedded exchange's market is over.
    #[must_use]
    pub fn market_ended(&self) -> bool {
        self.exchange.as_ref().is_some_and(ServerHandle::finished)
    }

    /// Since the line was armed.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The cold side, for progress and metrics.
    #[must_use]
    pub fn cold(&self) -> ColdHandle {
        self.cold.clone()
    }

    /// What the actors count.
    #[must_use]
    pub fn counters(&self) -> LineCounters {
        self.counters.clone()
    }

    /// The layout as it was applied.
    #[must_use]
    pub fn layout(&self) -> String {
        self.threads.applied.text()
    }

    /// Raised when a thread of the line has stopped.
    #[must_use]
    pub fn stop_flag(&self) -> StopFlag {
        self.threads.stop.clone()
    }

    /// Every link's counters.
    #[must_use]
    pub fn gauges(&self) -> Vec<std::sync::Arc<link::Gauge>> {
        self.gauges.clone()
    }

    /// Every actor's heart.
    #[must_use]
    pub fn hearts(&self) -> Vec<actor::Heartbeat> {
        self.threads.running.iter().flat_map(|thread| thread.hearts.clone()).collect()
    }

    /// Ends in order: no new orders, working ones cancelled, the record sealed.
    ///
    /// # Errors
    /// A thread that panicked or a journal that could not be sealed.
    pub fn end(mut self) -> Result<Ended, Failure> {
        let elapsed = self.started.elapsed();
        let now = self.clock.now();
        self.send(command(CommandOp::Disarm, 0, now))?;
        self.send(command(CommandOp::CancelAll, 0, now))?;
        let left_open = self.wait_for_cancels()?;
        let now = self.clock.now();
        self.send(command(CommandOp::Stop, 0, now))?;
        self.drain_commands();
        for wire in &self.wires {
            wire.shut();
        }
        let layout = self.threads.applied.text();
        let pinned = self.threads.pinned();
        drop(self.commands);
        self.threads.join()?;
        self.cold_thread.join().map_err(Failure::failed)?;
        if let Some(failure) = self.cold.outcome().failure {
            return Err(Failure::failed(failure));
        }
        let exchange = self.exchange.map(ServerHandle::stop);
        Ok(Ended {
            counters: self.counters,
            cold: self.cold,
            exchange,
            layout,
            pinned,
            elapsed,
            left_open,
        })
    }

    /// Waits, bounded, until no order works any more. How many still do.
    fn wait_for_cancels(&mut self) -> Result<u64, Failure> {
        let deadline = Instant::now() + CANCELLED;
        // One more look after the last order, so that its END is in the record.
        let mut quiet = 0;
        loop {
            self.check()?;
            let open = self.counters.gateway.open_orders.load(Ordering::Relaxed);
            quiet = if open == 0 { quiet + 1 } else { 0 };
            if quiet > 20 || Instant::now() > deadline {
                return Ok(open);
            }
            std::thread::sleep(LOOK);
        }
    }

    fn drain_commands(&self) {
        let deadline = Instant::now() + CANCELLED;
        let link = self.commands.gauge();
        while link.waiting() > 0 && Instant::now() < deadline {
            std::thread::sleep(LOOK);
        }
    }

    fn send(&mut self, record: Record) -> Result<(), Failure> {
        let deadline = Instant::now() + CANCELLED;
        while self.commands.try_send(record).is_err() {
            if self.threads.stop.is_raised() || Instant::now() > deadline {
                return Err(Failure::failed("the line takes no commands any more"));
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}

/// What would be dangerous to pretend: live without recovery, and paper against
/// a venue, since this version's fills come from the embedded exchange alone.
fn refuse_what_is_not_built(config: &Config) -> Result<(), Failure> {
    if config.engine.mode == Mode::Live {
        return Err(Failure::not_safe(
            "engine.mode = \"live\" is refused: this version has no recovery and no checklist; \
             use testnet or paper",
        ));
    }
    let outside = config.venues.iter().find(|(_, venue)| venue.network != Network::Embedded);
    match outside {
        Some((name, _)) if config.engine.mode == Mode::Paper => Err(Failure::not_safe(format!(
            "engine.mode = \"paper\" with venues.{name}.network outside this process is refused: \
             orders would leave, and paper sends none; set network = \"embedded\", or \
             mode = \"testnet\" for a test network"
        ))),
        _ => Ok(()),
    }
}

/// The exchange inside this process, if a venue wants it.
fn embedded(config: &Config) -> Result<Option<ServerHandle>, Failure> {
    let wanted = config.venues.values().any(|venue| venue.network == Network::Embedded);
    if !wanted {
        return Ok(None);
    }
    let mut server = ServerConfig::new(session::exchange_config(config, None)?);
    let symbols = symbols(config);
    let dialect = Dialect::BinanceUsdm;
    server.market_clients_min = dialect.market_plan(&symbols, streams(config)).len();
    Server::start(server).map(Some).map_err(|why| Failure::venue(why.to_string()))
}

fn symbols(config: &Config) -> Vec<Symbol> {
    config.instruments.iter().map(|instrument| instrument.symbol).collect()
}

fn streams(config: &Config) -> Streams {
    let has = |stream| config.feed.streams.contains(&stream);
    Streams {
        depth: has(config::Stream::Depth),
        quote: has(config::Stream::Quotes),
        trade: has(config::Stream::Trades),
    }
}

fn access(config: &Config, exchange: Option<&ServerHandle>) -> Result<Access, Failure> {
    let (name, venue) = config
        .venues
        .iter()
        .next()
        .ok_or_else(|| Failure::config("no venue is configured; add [venues.NAME]"))?;
    let dialect = Dialect::parse(&venue.dialect).ok_or_else(|| {
        Failure::config(format!("venues.{name}.dialect = {:?} is not known", venue.dialect))
    })?;
    let given =
        |url: &Option<String>| url.clone().unwrap_or_default().trim_end_matches('/').to_owned();
    let (rest, streams, orders) = match (venue.network, exchange) {
        (Network::Embedded, Some(exchange)) => {
            (exchange.rest_base(), exchange.ws_base(), exchange.ws_base())
        }
        (Network::Mainnet, _) => bases(dialect, venue::Network::Live),
        (Network::Testnet, _) => bases(dialect, venue::Network::Testnet),
        _ => {
            let orders = venue.ws_api.as_ref().or(venue.ws.as_ref()).cloned();
            (given(&venue.rest), given(&venue.ws), given(&orders))
        }
    };
    let found = config::credentials(venue, |name| std::env::var(name).ok())
        .map_err(|why| Failure::config(format!("venues.{name}: {why}")))?;
    let (key, secret) = match found {
        Some(found) => (found.key.expose().to_owned(), found.secret.expose().to_owned()),
        // The simulated exchange's own: no secret to anyone.
        None if venue.network == Network::Embedded => {
            ("test-key".to_owned(), "test-secret".to_owned())
        }
        None => {
            return Err(Failure::config(format!(
                "venues.{name} has no key; set key_env and secret_env to the names of two \
                    environment variables"
            )));
        }
    };
    let rest_settings =
        RestSettings { extra_ca: venue.extra_ca.clone(), ..RestSettings::default() };
    Ok(Access { dialect, rest, streams, orders, key, secret, rest_settings })
}

fn bases(dialect: Dialect, network: venue::Network) -> (String, String, String) {
    let bases = dialect.bases(network);
    (bases.rest.to_owned(), bases.streams.to_owned(), bases.orders.to_owned())
}

fn recover(
    config: &Config,
    access: &Access,
    signer: &Signer,
    now: Nanos,
) -> Result<Recovered, Failure> {
    let mut rest =
        RestClient::new(&access.rest, access.rest_settings.clone()).map_err(Failure::config)?;
    let venue = config.venues.values().next();
    let window = venue.map_or(5000, |venue| i64::try_from(venue.recv_window_ms).unwrap_or(5000));
    let asked = Asked {
        dialect: access.dialect,
        signer,
        now,
        // The venue refuses requests from its future by a second, from its past by the window.
        clock_limit: Nanos::from_ms(window.min(1000)),
    };
    let symbols: Vec<_> = config.instruments.iter().map(|i| i.symbol.as_str()).collect();
    startup::recover(&mut rest, &asked, &symbols).map_err(Failure::venue)
}

/// The line's two wires.
fn ends(
    config: &Config,
    access: &Access,
    signer: Signer,
) -> Result<(Ends<SocketWire, SocketWire>, Vec<WireHandle>), Failure> {
    let (market, carries, market_handle) = market_wire(config, access)?;
    let (orders, orders_handle) = order_wire(config, access)?;
    let ends = Ends { market, carries, orders, signer };
    Ok((ends, vec![market_handle, orders_handle]))
}

fn wire_settings(config: &Config, access: &Access, name: &'static str) -> WireSettings {
    WireSettings {
        name,
        max_message: config.feed.max_frame_kib << 10,
        extra_ca: access.rest_settings.extra_ca.clone(),
        ..WireSettings::default()
    }
}

type MarketWire = (SocketWire, Vec<Vec<InstrumentId>>, WireHandle);

fn market_wire(config: &Config, access: &Access) -> Result<MarketWire, Failure> {
    let symbols = symbols(config);
    let silence = Duration::from_millis(config.feed.silence_ms);
    let planned = access.dialect.market_plan(&symbols, streams(config));
    let mut carries = Vec::new();
    let mut plans = Vec::new();
    for (number, plan) in (0_u16..).zip(planned) {
        let carried = symbols.iter().zip(0_u16..).filter(|(symbol, _)| {
            let depth = format!("{}@depth", symbol.as_str().to_ascii_lowercase());
            plan.streams.iter().any(|stream| stream.starts_with(&depth))
        });
        carries.push(carried.map(|(_, index)| InstrumentId(index)).collect());
        let url = format!("{}{}", access.streams, plan.path);
        plans.push(ConnectionPlan { silence_limit: silence, ..ConnectionPlan::new(number, url) });
    }
    let (base, dialect) = (access.rest.clone(), access.dialect);
    let resolver = Box::new(move |token: u64| {
        let symbol = usize::try_from(token).ok().and_then(|index| symbols.get(index));
        let path = symbol.map_or_else(String::new, |symbol| dialect.depth_path(symbol));
        RestCall { method: Method::Get, url: format!("{base}{path}"), headers: Vec::new() }
    });
    let mut rest = RestPlan::new(resolver);
    rest.settings = access.rest_settings.clone();
    let settings = wire_settings(config, access, "market");
    let (wire, handle) = SocketWire::start(settings, plans, Some(rest)).map_err(Failure::venue)?;
    Ok((wire, carries, handle))
}

fn order_wire(config: &Config, access: &Access) -> Result<(SocketWire, WireHandle), Failure> {
    let paths = access.dialect.paths();
    let api = ConnectionPlan::new(gateway::API, format!("{}{}", access.orders, paths.orders));
    let (rest, settings) = (access.rest.clone(), access.rest_settings.clone());
    let (dialect, key, streams) = (access.dialect, access.key.clone(), access.streams.clone());
    let ask = move || {
        let mut rest = RestClient::new(&rest, settings.clone())?;
        let listen_key = startup::listen_key(&mut rest, dialect, &key)?;
        Ok(format!("{streams}{}", dialect.private_path(&listen_key)))
    };
    let private = ConnectionPlan {
        url: Target::Asked(Box::new(ask)),
        ..ConnectionPlan::new(gateway::PRIVATE, "")
    };
    let mut settings = wire_settings(config, access, "orders");
    // What the gateway keeps of one message.
    settings.max_message = 64 << 10;
    SocketWire::start(settings, vec![api, private], None).map_err(Failure::venue)
}
