//! A virtual run: the whole line in lock-step with an exchange in process.
#![allow(clippy::disallowed_methods, reason = "how long the run took, for the summary")]

use crate::failure::Failure;
use crate::line::{self, Ends, Line, LineCounters, Time};
use crate::signals::Interrupt;
use crate::startup::{self, Asked, Recovered, command};
use crate::worlds::in_process::InProcess;
use crate::worlds::inventory;
use crate::worlds::keys::{self, Key};
use crate::worlds::lockstep::{LockStep, LockStepParts, MARKET_BYTES};
use crate::worlds::realtime::{Ended, STALLED, WRITTEN, close_record, record_words};
use crate::worlds::record::{Record as RunRecord, RunDirectory};
use crate::worlds::session;
use crate::worlds::threads::Threads;
use crate::{plan, shape};
use actor::{Actor, Meter, StopFlag};
use cold::ColdHandle;
use config::{Config, Loaded};
use exchange::Exchange;
use gateway::KillLatch;
use link::Sender;
use net::{MemoryNames, MemoryPeer, MemorySizes, MemoryWire, memory_wire};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use types::{CommandOp, InstrumentId, Nanos, Record};
use venue::{AccountState, Signer};

/// Where virtual time begins for a synthetic market: 2024-01-01, a Monday.
const BEGIN: i64 = 1_704_067_200 * Nanos::PER_SEC;
/// How long, in virtual time, books may take to become LIVE, and orders to be
/// cancelled at the end.
const PATIENCE: i64 = 20 * Nanos::PER_SEC;

/// A virtual run in progress.
pub struct Virtual {
    loaded: Loaded,
    journal: PathBuf,
    driver: LockStep,
    threads: Threads,
    commands: Sender<Record>,
    cold: ColdHandle,
    cold_thread: cold::ColdThread,
    counters: LineCounters,
    kill: KillLatch,
    started: Instant,
    begin: i64,
    held_before: AccountState,
    armed: bool,
}

/// The exchange and the line's other ends, before the line runs.
struct Around {
    exchange: Exchange,
    begin: i64,
    recovered: Recovered,
    early: Early,
}

impl Virtual {
    /// Builds the exchange and the line, and brings them together.
    ///
    /// # Errors
    /// The first step that fails, with what to do; everything has ended then.
    pub fn start(
        loaded: Loaded,
        directory: &RunDirectory,
        interrupt: &Interrupt,
    ) -> Result<Self, Failure> {
        Self::start_with(loaded, directory, interrupt, |actor| actor)
    }

    /// As [`Virtual::start`], with each actor of the line handed through `wrap`:
    /// for tests, which plant a fault with it. No configuration reaches this.
    ///
    /// # Errors
    /// As [`Virtual::start`].
    pub fn start_with(
        loaded: Loaded,
        directory: &RunDirectory,
        interrupt: &Interrupt,
        wrap: impl FnMut(Box<dyn Actor>) -> Box<dyn Actor>,
    ) -> Result<Self, Failure> {
        let config = loaded.config.clone();
        let dialect = startup::dialect(&config)?;
        // Before a record is begun: a refused start leaves nothing behind.
        plan::check(&loaded)?;
        let plan = plan::plan(&config).map_err(|why| Failure::config(why.to_string()))?;
        let shape = shape::of(&config)?;
        session::check_layout(&config.engine.layout, &shape)?;
        let Around { exchange, begin, recovered, early } = around(&loaded)?;
        let signer = Key::of_the_exchange_inside(&config).signer()?;
        let epoch = epoch_of(config.exchange.seed);
        let (ends, market_peer, orders_peer) = ends(plan.instruments, signer);
        let time = Time { clock: None, meter: Meter::start() };
        let line = line::build(&plan, &shape, ends, time)
            .map_err(|why| Failure::config(why.to_string()))?;
        let run = RunRecord::create(directory, &loaded, epoch)?;
        let journal = run.path().to_owned();
        let (actors, line) = session::split(line);
        let actors = actors.into_iter().map(wrap).collect();
        // One stage works at a time, or the driver: who waits must not take its core, not
        // even a core of its own, which others may want while no latency is measured here.
        let wait = match config.engine.wait {
            config::Wait::Auto => config::Wait::SpinPark,
            asked => asked,
        };
        let (crews, applied) = session::crews(actors, &shape, &config.engine.layout, wait)?;
        let stop = StopFlag::new();
        let Line { tap, commands, gauges, counters, kill, .. } = line;
        stop.on_raise({
            let kill = kill.clone();
            move || kill.raise()
        });
        let (cold, cold_thread) = run.start(tap, stop.clone())?;
        let threads = Threads::start(crews, applied, stop.clone())?;
        let parts = LockStepParts {
            market: market_peer,
            orders: orders_peer,
            gauges,
            dialect,
            specs: recovered.specs.clone(),
            early,
            stop,
            interrupt: interrupt.clone(),
            quiet_after: quiet_after(&config),
        };
        let mut this = Self {
            loaded,
            journal,
            driver: LockStep::new(exchange, parts, begin),
            threads,
            commands,
            cold,
            cold_thread,
            counters,
            kill,
            started: Instant::now(),
            begin,
            held_before: recovered.account.clone(),
            armed: false,
        };
        match this.begin(&recovered, epoch) {
            Ok(()) => Ok(this),
            Err(why) => Err(this.fail(why)),
        }
    }

    fn begin(&mut self, recovered: &Recovered, epoch: u64) -> Result<(), Failure> {
        for record in recovered.commands(epoch, Nanos(self.begin)) {
            self.send(record)?;
        }
        self.driver.connect(1);
        self.check()
    }

    /// Moves on by one step. False when the market is over. After an error the
    /// world must [`Virtual::fail`].
    ///
    /// # Errors
    /// A line that stopped, books that never became LIVE.
    pub fn step(&mut self) -> Result<bool, Failure> {
        self.driver.step();
        self.check()?;
        if !self.armed {
            if self.is_ready() {
                self.armed = true;
                self.command(CommandOp::Arm)?;
            } else if self.driver.now().0 - self.begin > self.patience() {
                return Err(self.not_ready());
            }
        }
        Ok(!self.driver.exchange().is_ended())
    }

    /// How long books may take to become LIVE.
    fn patience(&self) -> i64 {
        let snapshots = session::snapshots_take(self.loaded.config.instruments.len());
        PATIENCE.saturating_add(i64::try_from(snapshots.as_nanos()).unwrap_or(i64::MAX))
    }

    /// Whether every book is LIVE and both order links are up, as in real time.
    fn is_ready(&self) -> bool {
        let (order, private) = self.order_links();
        self.books_live() == self.loaded.config.instruments.len() as u64 && order && private
    }

    /// Whether an order connection and the private stream are ready.
    fn order_links(&self) -> (bool, bool) {
        // Relaxed: the line is at rest, and its gauges were read before.
        let is_up = |link: &AtomicU64| link.load(Ordering::Relaxed) == 1;
        let gateway = &self.counters.gateway;
        (is_up(&gateway.order_link_up), is_up(&gateway.private_link_up))
    }

    fn books_live(&self) -> u64 {
        let normalizer = self.counters.normalizer.as_ref();
        // Relaxed: as in `order_links`.
        normalizer.map_or(0, |c| c.books_live.load(Ordering::Relaxed))
    }

    fn not_ready(&self) -> Failure {
        let word = |up| if up { "up" } else { "down" };
        let (order, private) = self.order_links();
        let failure = Failure::venue(format!(
            "only {} of {} books became LIVE in {} s of market time, order link {}, private link \
             {}{}",
            self.books_live(),
            self.loaded.config.instruments.len(),
            self.patience() / Nanos::PER_SEC,
            word(order),
            word(private),
            session::unjoined(&self.loaded.config)
        ));
        match self.counters.gateway.refusal() {
            Some(why) => failure.with(&why),
            None => failure,
        }
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
    /// What failed meanwhile; everything has ended then all the same.
    pub fn end(mut self) -> Result<Ended, Failure> {
        let elapsed = self.started.elapsed();
        match self.wind_down() {
            Ok(left_open) => {
                let path = self.journal.clone();
                let ended = self.close(elapsed, left_open);
                ended.map_err(|why| why.with(&record_words(&path, false)))
            }
            Err(why) => Err(self.fail(why)),
        }
    }

    /// Ends because of `why`, and gives it back with what became of the record. The
    /// exchange is in this process: no order outlives it.
    #[must_use]
    pub fn fail(mut self, why: Failure) -> Failure {
        self.kill.raise();
        if self.armed && !self.threads.stop.is_raised() {
            // For the record: what could be cancelled was. Why it ends is known already.
            let _ = self.cancel_all();
        }
        let (cold, path) = (self.cold.clone(), self.journal.clone());
        let has_stopped = self.threads.stop.is_raised() && cold.outcome().failure.is_none();
        let is_wedged = self.driver.is_wedged();
        let why = match self.close(Duration::ZERO, 0) {
            Err(stopped) if has_stopped && !is_wedged => stopped,
            Err(more) => why.with(&format!("and then {more}")),
            Ok(_) => why,
        };
        why.with(&record_words(&path, cold.outcome().sealed.is_some()))
    }

    fn wind_down(&mut self) -> Result<u64, Failure> {
        self.command(CommandOp::Disarm)?;
        let left_open = self.cancel_all()?;
        self.command(CommandOp::Stop)?;
        Ok(left_open)
    }

    /// Has working orders cancelled. How many still work after a while.
    fn cancel_all(&mut self) -> Result<u64, Failure> {
        self.command(CommandOp::CancelAll)?;
        let deadline = self.driver.now().0 + PATIENCE;
        // Relaxed: as in `step`.
        let open = |this: &Self| this.counters.gateway.open_orders.load(Ordering::Relaxed);
        while open(self) > 0 && self.driver.now().0 < deadline && !self.threads.stop.is_raised() {
            self.driver.step();
        }
        self.check()?;
        Ok(open(self))
    }

    /// Every step of the end, whatever the one before came to.
    fn close(self, elapsed: Duration, left_open: u64) -> Result<Ended, Failure> {
        let exchange = self.driver.exchange().stats();
        let layout = self.threads.applied.text();
        let pinned = self.threads.pinned();
        // Its ends of the wires go with it: so the line's inputs close.
        drop(self.driver);
        drop(self.commands);
        let threads = self.threads.join();
        let patience = if threads.is_ok() { WRITTEN } else { STALLED };
        let record = close_record(&self.cold, self.cold_thread, patience);
        threads.and(record)?;
        Ok(Ended {
            counters: self.counters,
            cold: self.cold,
            exchange: Some(exchange),
            model: None,
            layout,
            pinned,
            elapsed,
            frames_before: 0,
            held_before: self.held_before,
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
        if self.driver.is_wedged() {
            return Err(Failure::not_safe("the line did not come to rest after an input"));
        }
        if let Some(failure) = self.cold.outcome().failure {
            return Err(Failure::failed(failure));
        }
        if self.threads.stop.is_raised() {
            return Err(Failure::not_safe("a thread of the line has stopped"));
        }
        Ok(())
    }
}

/// The exchange, and what it says before anything runs.
fn around(loaded: &Loaded) -> Result<Around, Failure> {
    let mut exchange = session::exchange_config(&loaded.config, Some(BEGIN))?;
    keys::admit(&loaded.config, &mut exchange)?;
    let mut exchange = Exchange::new(exchange).map_err(|why| Failure::config(why.to_string()))?;
    let dialect = startup::dialect(&loaded.config)?;
    for stream in session::subscribe(&loaded.config, dialect, &mut exchange) {
        eprintln!("{}", session::untold(&loaded.config, &stream));
    }
    let begin = exchange.next_due().unwrap_or(BEGIN);
    let signer = Key::of_the_exchange_inside(&loaded.config).signer()?;
    let (recovered, early) = recover(loaded, &mut exchange, &signer, begin)?;
    Ok(Around { exchange, begin, recovered, early })
}

type MemoryEnds = Ends<MemoryWire, MemoryWire>;

/// The line's two wires, and the driver's ends of them: market, orders.
fn ends(instruments: usize, signer: Signer) -> (MemoryEnds, MemoryPeer, MemoryPeer) {
    // Every book asks for its snapshot at once, and one that is not heard asks again late.
    let requests = instruments.next_power_of_two().max(2) * 2;
    let sizes = MemorySizes { inbound: MARKET_BYTES, requests, ..MemorySizes::default() };
    let names = |inbound, outbound, requests| MemoryNames { inbound, outbound, requests };
    let (market, market_peer) =
        memory_wire(names("driver_feed", "feed_driver", "feed_driver_requests"), sizes);
    let (orders, orders_peer) = memory_wire(
        names("driver_gateway", "gateway_driver", "gateway_driver_requests"),
        MemorySizes::default(),
    );
    let all = (0..u16::try_from(instruments).unwrap_or(u16::MAX)).map(InstrumentId).collect();
    (
        Ends { market, carries: vec![all], copies: Vec::new(), orders, signer },
        market_peer,
        orders_peer,
    )
}

/// Longer than every age and timeout in the configuration, and than the sequencer
/// catches up tick by tick (a minute): after that a timer finds nothing to do.
fn quiet_after(config: &Config) -> Nanos {
    let (order, council) = (&config.council.order, &config.council);
    let longest = [
        order.max_age_ms,
        order.cooldown_ms,
        order.cancel_retry_ms,
        council.vote_ttl_ms,
        config.gateway.order_timeout_ms,
        config.feed.stale_after_ms,
        60_000,
    ];
    let longest = longest.into_iter().max().unwrap_or(0).saturating_add(1000);
    Nanos::from_ms(i64::try_from(longest).unwrap_or(i64::MAX))
}

type Early = Vec<exchange::Outgoing>;

fn recover(
    loaded: &Loaded,
    exchange: &mut Exchange,
    signer: &Signer,
    begin: i64,
) -> Result<(Recovered, Early), Failure> {
    let dialect = startup::dialect(&loaded.config)?;
    let asked = Asked { dialect, signer, now: Nanos(begin), clock_limit: Nanos::from_ms(1000) };
    let symbols: Vec<_> = loaded.config.instruments.iter().map(|i| i.symbol.as_str()).collect();
    let mut rest = InProcess { exchange, now: begin, early: Vec::new() };
    let recovered = startup::recover(&mut rest, &asked, &symbols).map_err(Failure::venue)?;
    inventory::check(&loaded.config, &recovered)?;
    startup::listen_key(&mut rest, dialect, signer.api_key()).map_err(Failure::venue)?;
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
