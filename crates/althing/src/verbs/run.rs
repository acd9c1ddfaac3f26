//! `run`: trade in the mode of the configuration until told to stop.

use crate::cli::RunFlags;
use crate::failure::Failure;
use crate::signals::Interrupt;
use crate::summary::Summary;
use crate::telemetry;
use crate::verbs::asked::{self, Report};
use crate::verbs::demo::Progress;
use crate::worlds::realtime::{Ended, RealTime};
use crate::worlds::record::RunDirectory;
use config::Loaded;
use std::net::TcpListener;
use std::time::Duration;

/// Runs until SIGINT or SIGTERM, for `--duration`, or until the embedded
/// exchange's recording ends.
///
/// # Errors
/// The first thing that fails.
pub fn run(flags: &RunFlags) -> Result<(), Failure> {
    if flags.is_virtual {
        return Err(Failure::usage(
            "run is real time; for virtual time leave the verb out: althing --virtual",
        ));
    }
    let mut loaded = asked::load(flags)?;
    // The embedded market goes on until the run is told to stop.
    loaded.config.exchange.duration_s = 0;
    let report = Report::open(flags)?;
    let directory = RunDirectory::of_state(&loaded.config.engine.state_dir);
    let _lock = directory.lock()?;
    let interrupt = Interrupt::install()?;
    let ended = until_told(loaded, &directory, &interrupt, flags.duration)?;
    let path = ended.journal()?;
    crate::remembered::remember(&path);
    let summary = Summary::new(&ended, "real time", None);
    let stats = ended.cold.stats();
    let page = format!(
        "events {}  orders {}  fills {}  journal {}\n",
        stats.events,
        stats.orders,
        stats.fills,
        path.display()
    );
    asked::tell(summary.json(), &page, flags, report)?;
    if let Some(missed) = ended.missed_by_model() {
        eprintln!("{missed}");
    }
    if ended.left_open > 0 {
        let what = if ended.is_paper() {
            "they ended with the model; none was ever at a venue, so nothing is to be done there"
        } else {
            "the venue was asked to cancel them; ask it about them"
        };
        return Err(Failure::not_safe(format!(
            "{} orders were still working at the end: {what}",
            ended.left_open
        )));
    }
    summary.verdict()
}

fn until_told(
    loaded: Loaded,
    directory: &RunDirectory,
    interrupt: &Interrupt,
    seconds: Option<u64>,
) -> Result<Ended, Failure> {
    let listen = loaded.config.metrics.listen;
    let bounded = seconds.map(Duration::from_secs);
    let plays = !loaded.config.exchange.capture.is_empty();
    // Before anything is armed: a port that is in use starts nothing.
    TcpListener::bind(listen).map_err(|why| {
        Failure::config(format!(
            "metrics.listen = \"{listen}\": {why}; stop what uses it, or write another port"
        ))
    })?;
    let mut world = RealTime::start(loaded, directory, interrupt)?;
    let metrics = match telemetry::serve(listen, &world) {
        Ok(metrics) => metrics,
        Err(why) => return Err(world.fail(why)),
    };
    let announced = match directory.announce(metrics.address(), world.journal()) {
        Ok(announced) => announced,
        Err(why) => return Err(world.fail(why)),
    };
    eprintln!(
        "running; metrics at http://{}/metrics; stop with Ctrl-C or SIGTERM",
        metrics.address()
    );
    let mut progress = Progress::new();
    while !interrupt.is_raised() {
        if bounded.is_some_and(|span| world.elapsed() >= span) || (plays && world.market_ended()) {
            break;
        }
        if let Err(why) = world.check() {
            progress.end();
            return Err(world.fail(why));
        }
        progress.show(&world.cold(), world.elapsed());
        world.rest();
    }
    progress.end();
    eprintln!("stopping: no new orders, working ones cancelled, the record sealed …");
    let ended = world.end();
    drop((announced, metrics));
    ended
}
