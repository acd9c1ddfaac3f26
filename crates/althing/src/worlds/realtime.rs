//! Real time: the demo against the embedded exchange, and `run` against
//! whatever the configuration names. Sockets at both ends, a supervisor beside.
//!
//! The supervisor starts everything in order, arms the line once every book is
//! LIVE and both order links are up, and ends it in order. It decides nothing
//! that the sequence does not hold: what it wants goes in as a command. Whatever
//! fails once threads run goes through [`RealTime::fail`]: nothing is left
//! running, and the record is closed.
#![allow(clippy::disallowed_methods, reason = "the supervisor waits and reads the clock")]

mod access;
mod ending;
mod paper;

use crate::failure::Failure;
use crate::line::{Line, LineCounters};
use crate::signals::Interrupt;
use crate::startup::{Recovered, command};
use crate::worlds::record::{Record as RunRecord, RunDirectory};
use crate::worlds::session;
use crate::worlds::threads::Threads;
use crate::{plan, shape};
use access::{Access, Joined};
use actor::{Actor, Clock, StopFlag};
use cold::ColdHandle;
use config::Loaded;
use exchange::ServerHandle;
use gateway::KillLatch;
use link::{Gauge, Sender};
use net::WireHandle;
use paper::Paper;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use types::{CommandOp, Record};

pub use ending::Ended;
pub(crate) use ending::{STALLED, WRITTEN, close_record, record_words};

/// How long the order links, and then the books, may take to come up.
const READY: Duration = Duration::from_secs(15);
/// How long a recording waits for the line once its market has begun: after that
/// it goes on, so that a book that went STALE meanwhile can become LIVE again.
const HELD: Duration = Duration::from_secs(3);
/// How long working orders may take to be cancelled at the end, and a command to
/// be taken.
const CANCELLED: Duration = Duration::from_secs(3);
/// How often the supervisor looks.
const LOOK: Duration = Duration::from_millis(5);

/// A line that runs in real time.
pub struct RealTime {
    /// The configuration in force.
    pub loaded: Loaded,
    /// What was recovered at start.
    pub recovered: Recovered,
    access: Access,
    journal: PathBuf,
    threads: Threads,
    commands: Sender<Record>,
    clock: Clock,
    wires: Vec<WireHandle>,
    cold: ColdHandle,
    cold_thread: cold::ColdThread,
    counters: LineCounters,
    gauges: Vec<Arc<Gauge>>,
    /// Raised when anything fails: nothing is placed after that.
    kill: KillLatch,
    exchange: Option<ServerHandle>,
    /// Who answers orders in the paper world.
    paper: Option<Paper>,
    interrupt: Interrupt,
    draining: bool,
    /// When the line was armed, and the frames before that.
    armed: Option<(Instant, u64)>,
}

/// What a wait came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waited {
    /// It is so.
    Done,
    /// A signal came first.
    Interrupted,
    /// It took too long.
    TooLong,
}

impl RealTime {
    /// Starts everything and arms the line. When a signal comes first, the line
    /// is there and not armed.
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

    /// As [`RealTime::start`], with each actor of the line handed through `wrap`:
    /// for tests, which plant a fault with it. No configuration reaches this.
    ///
    /// # Errors
    /// As [`RealTime::start`].
    pub fn start_with(
        loaded: Loaded,
        directory: &RunDirectory,
        interrupt: &Interrupt,
        wrap: impl FnMut(Box<dyn Actor>) -> Box<dyn Actor>,
    ) -> Result<Self, Failure> {
        let config = loaded.config.clone();
        access::refuse_what_is_not_built(&loaded)?;
        // Before the venue is asked and a record begun: a refused start leaves nothing behind.
        plan::check(&loaded)?;
        let plan = plan::plan(&config).map_err(|why| Failure::config(why.to_string()))?;
        let shape = shape::of(&config)?;
        session::check_layout(&config.engine.layout, &shape)?;
        let exchange = access::embedded(&config)?;
        let access = access::access(&config, exchange.as_ref())?;
        let mut clock = Clock::start();
        let (recovered, model) = access::recover(&config, &access, clock.now(), interrupt)?;
        let epoch = u64::try_from(recovered.venue_time.as_ms()).unwrap_or(0);
        let run = RunRecord::create(directory, &loaded, epoch)?;
        let journal = run.path().to_owned();

        let Joined { line, wires, paper } = access::join(&config, &access, (&plan, &shape), model)?;
        let (actors, line) = session::split(line);
        let actors = actors.into_iter().map(wrap).collect();
        let (crews, applied) =
            session::crews(actors, &shape, &config.engine.layout, config.engine.wait)?;
        let stop = StopFlag::new();
        let Line { tap, mut commands, gauges, counters, kill, .. } = line;
        stop.on_raise({
            let kill = kill.clone();
            move || kill.raise()
        });
        // Before the first frame can be: what a frame is about must be known by then.
        let begin = recovered.commands(epoch, clock.now());
        let mut begin = begin.into_iter().peekable();
        while begin.next_if(|record| commands.try_send(*record).is_ok()).is_some() {}
        let (cold, cold_thread) = run.start(tap, stop.clone())?;
        let threads = Threads::start(crews, applied, stop)?;
        let mut this = Self {
            loaded,
            recovered,
            access,
            journal,
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
            paper,
            interrupt: interrupt.clone(),
            draining: false,
            armed: None,
        };
        match this.begin(begin) {
            Ok(()) => Ok(this),
            Err(why) => Err(this.fail(why)),
        }
    }

    /// Brings the line up: what the link had no room for, the order links, the
    /// market, the books, and then the arming.
    fn begin(&mut self, rest: impl Iterator<Item = Record>) -> Result<(), Failure> {
        for record in rest {
            self.send(record)?;
        }
        let links = |this: &Self| this.order_links() == (true, true) && this.market_up();
        match self.wait_until(READY, links)? {
            Waited::Done => {}
            Waited::Interrupted => return Ok(()),
            Waited::TooLong => return Err(self.not_ready()),
        }
        self.release_market();
        let ready = |this: &Self| this.books_live() == this.instruments();
        let mut waited = self.wait_until(HELD, ready)?;
        if waited == Waited::TooLong {
            self.release_market();
            waited = self.wait_until(self.patience(), ready)?;
        }
        match waited {
            Waited::Done => {}
            Waited::Interrupted => return Ok(()),
            Waited::TooLong => return Err(self.not_ready()),
        }
        let now = self.clock.now();
        self.send(command(CommandOp::Arm, 0, now))?;
        self.drain_commands();
        self.armed = Some((Instant::now(), self.counters.frames()));
        self.release_market();
        Ok(())
    }

    fn wait_until(
        &mut self,
        longest: Duration,
        is_so: impl Fn(&Self) -> bool,
    ) -> Result<Waited, Failure> {
        let deadline = Instant::now() + longest;
        loop {
            self.check()?;
            if is_so(self) {
                return Ok(Waited::Done);
            }
            if self.interrupt.is_raised() {
                return Ok(Waited::Interrupted);
            }
            if Instant::now() > deadline {
                return Ok(Waited::TooLong);
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Lets the embedded exchange's market begin, or go on.
    fn release_market(&self) {
        if let Some(exchange) = &self.exchange {
            exchange.release();
        }
    }

    /// Whether the order connection and the private stream are up, as sequenced.
    fn order_links(&self) -> (bool, bool) {
        let line = self.cold.stats().line;
        (line.order_link, line.private_link)
    }

    /// How long books may take to become LIVE.
    fn patience(&self) -> Duration {
        READY + session::snapshots_take(self.loaded.config.instruments.len())
    }

    fn market_up(&self) -> bool {
        let market = self.wires.first();
        market.is_some_and(|wire| wire.status().connections.iter().all(|one| one.up))
    }

    fn books_live(&self) -> u64 {
        // Relaxed: a gauge; the arming that follows is a command in sequence.
        self.counters.normalizer.as_ref().map_or(0, |c| c.books_live.load(Ordering::Relaxed))
    }

    fn instruments(&self) -> u64 {
        self.loaded.config.instruments.len() as u64
    }

    fn not_ready(&self) -> Failure {
        let last: Vec<String> = self.wires.iter().map(|wire| wire.status().to_string()).collect();
        let word = |up| if up { "up" } else { "down" };
        let (order, private) = self.order_links();
        let failure = Failure::venue(format!(
            "not ready after {} s: {} of {} books LIVE, order link {}, private link {}; the \
                wires say: {}{}",
            if self.market_up() { self.patience() } else { READY }.as_secs(),
            self.books_live(),
            self.instruments(),
            word(order),
            word(private),
            last.join("; "),
            session::unjoined(&self.loaded.config)
        ));
        match self.counters.gateway.refusal() {
            Some(why) => failure.with(&why),
            None => failure,
        }
    }

    /// One look of the supervisor: the cold side's link, and whether anything
    /// has ended that should not. After an error the world must [`RealTime::fail`].
    ///
    /// # Errors
    /// What ended.
    pub fn check(&mut self) -> Result<(), Failure> {
        if let Some(failure) = self.cold.outcome().failure {
            return Err(Failure::failed(failure));
        }
        if self.threads.stop.is_raised() {
            return Err(Failure::not_safe("a thread of the line has stopped"));
        }
        if self.wires.iter().any(WireHandle::is_broken) {
            return Err(Failure::not_safe("a thread that opens connections has panicked"));
        }
        if self.exchange.as_ref().is_some_and(|exchange| !exchange.is_running()) {
            return Err(Failure::failed("the simulated exchange has panicked"));
        }
        if self.paper.as_ref().is_some_and(|paper| !paper.is_running()) {
            return Err(Failure::failed("the matching model has panicked"));
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

    /// Since the line was armed; nothing before.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.armed.map_or(Duration::ZERO, |(since, _)| since.elapsed())
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
    pub fn gauges(&self) -> Vec<Arc<Gauge>> {
        self.gauges.clone()
    }

    /// The wires from outside, by name: the market's, the orders'.
    #[must_use]
    pub fn wires(&self) -> Vec<(&'static str, WireHandle)> {
        ["market", "orders"].into_iter().zip(self.wires.iter().cloned()).collect()
    }

    /// The directory of the run's journal.
    #[must_use]
    pub fn journal(&self) -> &Path {
        &self.journal
    }

    /// Every actor's heart.
    #[must_use]
    pub fn hearts(&self) -> Vec<actor::Heartbeat> {
        self.threads.running.iter().flat_map(|thread| thread.hearts.clone()).collect()
    }

    /// Waits, bounded, until the line has taken every command.
    fn drain_commands(&self) {
        let deadline = Instant::now() + CANCELLED;
        let link = self.commands.gauge();
        while link.waiting() > 0 && Instant::now() < deadline && !self.threads.stop.is_raised() {
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
