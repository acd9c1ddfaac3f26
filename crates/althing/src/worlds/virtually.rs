//! A virtual run: the whole line in lock-step with an exchange in process.

use crate::failure::Failure;
use crate::line::{self, Ends, Line, LineCounters, Time};
use crate::startup::{self, Asked, Recovered, command};
use crate::worlds::lockstep::{InProcess, LockStep, LockStepParts, MARKET_BYTES};
use crate::worlds::realtime::Ended;
use crate::worlds::record::{Record as RunRecord, RunDirectory};
use crate::worlds::session::{self, Threads};
use crate::{plan, shape};
use actor::{Meter, StopFlag};
use cold::ColdHandle;
use config::Loaded;
use exchange::Exchange;
use link::Sender;
use net::{MemoryNames, MemorySizes, memory_wire};
use std::sync::atomic::Ordering;
use std::time::Instant;
use types::{CommandOp, InstrumentId, Nanos, Record};
use venue::{Dialect, Signer};

/// Where virtual time begins for a synthetic market: 2024-01-01, a Monday.
const BEGIN: i64 = 1_704_067_200 * Nanos::PER_SEC;
/// How long, in virtual time, books may take to become LIVE, and orders to be
/// cancelled at the end.
const PATIENCE: i64 = 20 * Nanos::PER_SEC;

/// A virtual run in progress.
pub struct Virtual {
    loaded: Loaded,
    driver: LockStep,
    threads: Threads,
    commands: Sender<Record>,
    cold: ColdHandle,
    cold_thread: cold::ColdThread,
    counters: LineCounters,
    started: Instant,
    begin: i64,
    armed: bool,
}

impl Virtual {
    /// Builds the exchange and the line, and brings them together.
    ///
    /// # Errors
    /// The first step that fails, with what to do.
    #[allow(clippy::disallowed_methods, reason = "how long the run took, for the summary")]
    pub fn start(loaded: Loaded, directory: &RunDirectory) -> Result<Self, Failure> {
        let config = loaded.config.clone();
        let exchange = session::exchange_config(&config, Some(BEGIN))?;
        let mut exchange =
            Exchange::new(exchange).map_err(|why| Failure::config(why.to_string()))?;
        let begin = exchange.next_due().unwrap_or(BEGIN);
        let signer = Signer::new("test-key", "test-secret").map_err(Failure::config)?;
        let (recovered, early) = recover(&loaded, &mut exchange, &signer, begin)?;
        let epoch = epoch_of(config.exchange.seed);
        let run = RunRecord::create(directory, &loaded, epoch)?;
        let plan = plan::plan(&config).map_err(|why| Failure::config(why.to_string()))?;
        let shape = shape::of(&config)?;
        let sizes = MemorySizes { inbound: MARKET_BYTES, ..MemorySizes::default() };
        let names = |inbound, outbound, requests| MemoryNames { inbound, outbound, requests };
        let (market, market_peer) =
            memory_wire(names("driver_feed", "feed_driver", "feed_driver_requests"), sizes);
        let (orders, orders_peer) = memory_wire(
            names("driver_gateway", "gateway_driver", "gateway_driver_requests"),
            MemorySizes::default(),
        );
        let all =
            (0..u16::try_from(plan.instruments).unwrap_or(u16::MAX)).map(InstrumentId).collect();
        let ends = Ends { market, carries: vec![all], orders, signer };
        let time = Time { clock: None, meter: Meter::start() };
        let line = line::build(&plan, &shape, ends, time)
            .map_err(|why| Failure::config(why.to_string()))?;
        let (actors, line) = session::split(line);
        let (crews, applied) =
            session::crews(actors, &shape, &config.engine.layout, config.engine.wait)?;
        let stop = StopFlag::new();
        let Line { tap, commands, gauges, counters, .. } = line;
        let (cold, cold_thread) = run.start(tap, stop.clone())?;
        let threads = Threads::start(crews, applied, stop.clone())?;
        let parts = LockStepParts {
            market: market_peer,
            orders: orders_peer,
            gauges,
            dialect: Dialect::BinanceUsdm,
            specs: recovered.specs.clone(),
            early,
            stop,
        };
        let driver = LockStep::new(exchange, parts, begin);
        let mut this = Self {
            loaded,
            driver,
            threads,
            commands,
            cold,
            cold_thread,
            counters,
            started: Instant::now(),
            begin,
            armed: false,
        };
        for record in recovered.commands(epoch, Nanos(begin)) {
            this.send(record)?;
        }
        this.driver.connect(1);
        Ok(this)
    }

    /// Moves on by one step. False when the market is over.
    ///
    /// # Errors
    /// A line that stopped, books that never became LIVE.
    pub fn step(&mut self) -> Result<bool, Failure> {
        self.driver.step();
        self.check()?;
        if !self.armed {
            let live = self
                .counters
                .normalizer
                .as_ref()
                .map_or(0, |c| c.books_live.load(Ordering::Relaxed));
            if live == self.loaded.config.instruments.len() as u64 {
                self.armed = true;
                self.command(CommandOp::Arm)?;
            } else if self.driver.now().0 - self.begin > PATIENCE {
                return Err(Failure::venue(format!(
                    "only {live} of {} books became LIVE in {} s of market time",
                    self.loaded.config.instruments.len(),
                    PATIENCE / Nanos::PER_SEC
                )));
            }
        }
        Ok(!self.driver.exchange().is_ended())
    }

    /// Virtual time since the market began.
    #[must_use]
    pub fn market_time(&self) -> Nanos {
        Nanos(self.driver.now().0 - self.begin)
    }

    /// The cold side, for progress.
    #[must_use]
    pub fn cold(&self) -> ColdHandle {
        self.cold.clone()
    }

    /// Ends in order, as in real time, but in virtual time.
    ///
    /// # Errors
    /// A thread that panicked or a journal that could not be sealed.
    pub fn end(mut self) -> Result<Ended, Failure> {
        let elapsed = self.started.elapsed();
        self.command(CommandOp::Disarm)?;
        self.command(CommandOp::CancelAll)?;
        let deadline = self.driver.now().0 + PATIENCE;
        let open = || self.counters.gateway.open_orders.load(Ordering::Relaxed);
        while open() > 0 && self.driver.now().0 < deadline && !self.threads.stop.is_raised() {
            self.driver.step();
        }
        let left_open = open();
        self.command(CommandOp::Stop)?;
        let exchange = self.driver.exchange().stats();
        let layout = self.threads.applied.text();
        let pinned = self.threads.pinned();
        drop(self.driver);
        drop(self.commands);
        self.threads.join()?;
        self.cold_thread.join().map_err(Failure::failed)?;
        if let Some(failure) = self.cold.outcome().failure {
            return Err(Failure::failed(failure));
        }
        Ok(Ended {
            counters: self.counters,
            cold: self.cold,
            exchange: Some(exchange),
            layout,
            pinned,
            elapsed,
            left_open,
        })
    }

    fn command(&mut self, op: CommandOp) -> Result<(), Failure> {
        let now = self.driver.now();
        self.send(command(op, 0, now))?;
        self.driver.settle();
        self.check()
    }

    fn send(&mut self, record: Record) -> Result<(), Failure> {
        while self.commands.try_send(record).is_err() {
            self.check()?;
            std::thread::yield_now();
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Failure> {
        if let Some(failure) = self.driver.exchange().failure() {
            return Err(Failure::failed(failure));
        }
        if self.threads.stop.is_raised() {
            let failure = self.cold.outcome().failure;
            return Err(Failure::failed(failure.unwrap_or_else(|| {
                "a thread of the line has stopped; see the message above".to_owned()
            })));
        }
        Ok(())
    }
}

type Early = Vec<exchange::Outgoing>;

fn recover(
    loaded: &Loaded,
    exchange: &mut Exchange,
    signer: &Signer,
    begin: i64,
) -> Result<(Recovered, Early), Failure> {
    let asked = Asked {
        dialect: Dialect::BinanceUsdm,
        signer,
        now: Nanos(begin),
        clock_limit: Nanos::from_ms(1000),
    };
    let symbols: Vec<_> = loaded.config.instruments.iter().map(|i| i.symbol.as_str()).collect();
    let mut rest = InProcess { exchange, now: begin, early: Vec::new() };
    let recovered = startup::recover(&mut rest, &asked, &symbols).map_err(Failure::venue)?;
    startup::listen_key(&mut rest, Dialect::BinanceUsdm, signer.api_key())
        .map_err(Failure::venue)?;
    Ok((recovered, rest.early))
}

/// The epoch of order ids in a virtual world: from the seed alone (splitmix64's
/// finisher, 48 bits), so that the same seed gives the same ids.
fn epoch_of(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) & ((1 << 48) - 1)
}
