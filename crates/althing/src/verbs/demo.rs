//! The demo: the whole line against the embedded exchange, a progress line, a
//! summary, and the replay of its own journal in another layout.
#![allow(clippy::disallowed_methods, reason = "the progress line and the duration read the clock")]

use crate::cli::RunFlags;
use crate::failure::Failure;
use crate::plan;
use crate::signals::Interrupt;
use crate::summary::{Summary, Verdict};
use crate::worlds::realtime::{Ended, RealTime};
use crate::worlds::record::RunDirectory;
use crate::worlds::virtually::Virtual;
use crate::worlds::{replay, session};
use cold::ColdHandle;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Runs it.
///
/// # Errors
/// The first thing that fails.
pub fn run(flags: &RunFlags) -> Result<(), Failure> {
    refuse_unknown_venue(flags)?;
    let loaded =
        plan::load(flags.config.as_deref(), &session::overrides(flags)).map_err(Failure::config)?;
    let loaded = session::for_instruments(loaded, flags)?;
    let directory = match &flags.state {
        Some(state) => RunDirectory::of_state(state),
        None => RunDirectory::fresh()?,
    };
    let interrupt = Interrupt::install()?;
    let (ended, world) = if flags.is_virtual {
        (virtual_run(loaded, &directory, &interrupt)?, "virtual time")
    } else {
        (real_run(loaded, &directory, &interrupt)?, "real time over loopback")
    };
    let sealed = ended.cold.outcome().sealed;
    let journal = sealed.ok_or_else(|| Failure::failed("the journal was not sealed"))?.directory;
    // Another layout than the run's own: the point is that it does not matter.
    let layout = if ended.layout == "fused" { "pinned" } else { "fused" };
    eprint!("replaying its own journal, layout {layout} … ");
    let replay = replay::replay(&journal, layout)?;
    eprintln!("{} events", replay.events);
    let verdict = Verdict { world, replay, replay_layout: layout.to_owned() };
    let summary = Summary::new(&ended, &verdict);
    report(&summary, flags)?;
    if summary.holds() {
        Ok(())
    } else {
        Err(Failure::failed("a promise did not hold; see the summary"))
    }
}

fn refuse_unknown_venue(flags: &RunFlags) -> Result<(), Failure> {
    match flags.venue.as_deref() {
        None => Ok(()),
        Some(name) if venue::Dialect::parse(name).is_some() => Ok(()),
        Some(name) => {
            let known: Vec<_> = venue::Dialect::ALL.iter().map(|dialect| dialect.name()).collect();
            Err(Failure::usage(format!(
                "--venue {name}: not spoken by this version; known: {}",
                known.join(", ")
            )))
        }
    }
}

fn real_run(
    loaded: config::Loaded,
    directory: &RunDirectory,
    interrupt: &Interrupt,
) -> Result<Ended, Failure> {
    let config = &loaded.config.exchange;
    let bounded = config.capture.is_empty().then(|| Duration::from_secs(config.duration_s));
    eprintln!("starting the embedded exchange and the line …");
    let mut world = RealTime::start(loaded, directory)?;
    let mut progress = Progress::new();
    while !world.market_ended() && !interrupt.is_raised() {
        world.check()?;
        if bounded.is_some_and(|span| world.elapsed() > span + Duration::from_secs(5)) {
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
    let mut world = Virtual::start(loaded, directory)?;
    let mut progress = Progress::new();
    let mut steps: u32 = 0;
    while world.step()? && !interrupt.is_raised() {
        steps = steps.wrapping_add(1);
        if steps.is_multiple_of(1024) {
            let passed = u64::try_from(world.market_time().0).unwrap_or(0);
            progress.show(&world.cold(), Duration::from_nanos(passed));
        }
    }
    progress.end();
    world.end()
}

/// Writes the summary where the flags want it.
fn report(summary: &Summary, flags: &RunFlags) -> Result<(), Failure> {
    let document = format!("{:#}\n", summary.json());
    if let Some(path) = &flags.report {
        std::fs::write(path, &document)
            .map_err(|why| Failure::failed(format!("--report {}: {why}", path.display())))?;
    }
    let text = if flags.json { document } else { summary.text() };
    let mut out = std::io::stdout().lock();
    // A reader that has gone away is not our failure.
    let _ = out.write_all(text.as_bytes());
    Ok(())
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
