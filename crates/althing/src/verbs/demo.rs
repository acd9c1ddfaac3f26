//! The demo: the whole line against the embedded exchange, a progress line, a
//! summary, and the replay of its own journal in another layout.
#![allow(clippy::disallowed_methods, reason = "the progress line and the duration read the clock")]

use crate::cli::RunFlags;
use crate::failure::Failure;
use crate::signals::Interrupt;
use crate::summary::{Summary, Verdict};
use crate::verbs::asked::{self, Report};
use crate::worlds::realtime::{Ended, RealTime};
use crate::worlds::record::RunDirectory;
use crate::worlds::replay;
use crate::worlds::virtually::Virtual;
use cold::ColdHandle;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// How long past its duration a market may take to say that it is over.
const LATE: Duration = Duration::from_secs(5);

/// Runs it.
///
/// # Errors
/// The first thing that fails.
pub fn run(flags: &RunFlags) -> Result<(), Failure> {
    let loaded = asked::load(flags)?;
    let report = Report::open(flags)?;
    let directory = match &flags.state {
        Some(state) => RunDirectory::of_state(state),
        None => RunDirectory::fresh()?,
    };
    let _lock = directory.lock()?;
    let interrupt = Interrupt::install()?;
    let (ended, world) = if flags.is_virtual {
        (virtual_run(loaded, &directory, &interrupt)?, "virtual time")
    } else {
        (real_run(loaded, &directory, &interrupt)?, "real time over loopback")
    };
    let journal = ended.journal()?;
    crate::remembered::remember(&journal);
    // Another layout than the run's own: the point is that it does not matter.
    let layout = if ended.layout == "fused" { "pinned" } else { "fused" };
    eprint!("replaying its own journal, layout {layout} … ");
    let replay = replay::replay(&journal, layout)?;
    eprintln!("{} events", replay.events);
    let verdict = Verdict { replay, replay_layout: layout.to_owned() };
    let summary = Summary::new(&ended, world, Some(&verdict));
    asked::tell(summary.json(), &summary.text(), flags, report)?;
    summary.verdict()
}

fn real_run(
    loaded: config::Loaded,
    directory: &RunDirectory,
    interrupt: &Interrupt,
) -> Result<Ended, Failure> {
    let config = &loaded.config.exchange;
    let bounded = config.capture.is_empty().then(|| Duration::from_secs(config.duration_s));
    eprintln!("starting the embedded exchange and the line …");
    let mut world = RealTime::start(loaded, directory, interrupt)?;
    let mut progress = Progress::new();
    while !world.market_ended() && !interrupt.is_raised() {
        if let Err(why) = world.check() {
            progress.end();
            return Err(world.fail(why));
        }
        if bounded.is_some_and(|span| world.elapsed() > span + LATE) {
            break;
        }
        progress.show(&world.cold(), world.elapsed());
        world.rest();
    }
    progress.end();
    world.end()
}

fn virtual_run(
    loaded: config::Loaded,
    directory: &RunDirectory,
    interrupt: &Interrupt,
) -> Result<Ended, Failure> {
    let mut world = Virtual::start(loaded, directory, interrupt)?;
    let mut progress = Progress::new();
    let mut steps: u32 = 0;
    loop {
        match world.step() {
            Ok(true) if !interrupt.is_raised() => {}
            Ok(_) => break,
            Err(why) => {
                progress.end();
                return Err(world.fail(why));
            }
        }
        steps = steps.wrapping_add(1);
        if steps.is_multiple_of(1024) {
            let passed = u64::try_from(world.market_time().0).unwrap_or(0);
            progress.show(&world.cold(), Duration::from_nanos(passed));
        }
    }
    progress.end();
    world.end()
}

/// The live line on standard error; silent where nobody looks.
pub struct Progress {
    shown: Instant,
    is_terminal: bool,
    any: bool,
}

impl Progress {
    /// Nothing shown yet.
    #[must_use]
    pub fn new() -> Self {
        Self { shown: Instant::now(), is_terminal: std::io::stderr().is_terminal(), any: false }
    }

    /// Shows where the run stands, four times a second on a terminal, every
    /// five seconds elsewhere.
    pub fn show(&mut self, cold: &ColdHandle, passed: Duration) {
        let every = if self.is_terminal { 250 } else { 5000 };
        if self.shown.elapsed() < Duration::from_millis(every) {
            return;
        }
        self.shown = Instant::now();
        let stats = cold.stats();
        let t2o = stats.tick_to_order.summary.p50_ns;
        let (start, end) = if self.is_terminal { ("\r\x1b[2K", "") } else { ("", "\n") };
        eprint!(
            "{start}{:>6.1} s  events {:>9}  votes {:>8}  orders {:>6}  denied {:>5}  fills \
                {:>5}  tick-to-order p50 {:>7} ns{end}",
            passed.as_secs_f64(),
            stats.events,
            stats.votes,
            stats.orders,
            stats.denied_sum(),
            stats.fills,
            t2o
        );
        self.any = true;
    }

    /// Leaves the line behind.
    pub fn end(&self) {
        if self.any && self.is_terminal {
            eprintln!();
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}
