//! `run`: trade in the mode of the configuration until told to stop.

use crate::cli::RunFlags;
use crate::failure::Failure;
use crate::plan;
use crate::signals::Interrupt;
use crate::telemetry;
use crate::verbs::demo::Progress;
use crate::worlds::realtime::RealTime;
use crate::worlds::record::RunDirectory;
use crate::worlds::session;

/// Runs until SIGINT or SIGTERM, or until the embedded exchange's market ends.
///
/// # Errors
/// The first thing that fails.
pub fn run(flags: &RunFlags) -> Result<(), Failure> {
    if flags.is_virtual {
        return Err(Failure::usage(
            "run is real time; for virtual time leave the verb out: althing --virtual",
        ));
    }
    let loaded =
        plan::load(flags.config.as_deref(), &session::overrides(flags)).map_err(Failure::config)?;
    let mut loaded = session::for_instruments(loaded, flags)?;
    // The embedded market goes on until the run is told to stop.
    loaded.config.exchange.duration_s = 0;
    let directory = RunDirectory::of_state(&loaded.config.engine.state_dir);
    let interrupt = Interrupt::install()?;
    let listen = loaded.config.metrics.listen;
    let bounded = flags.duration.map(std::time::Duration::from_secs);
    let plays = !loaded.config.exchange.capture.is_empty();
    let mut world = RealTime::start(loaded, &directory)?;
    let metrics = telemetry::serve(listen, &world)?;
    eprintln!(
        "running; metrics at http://{}/metrics; stop with Ctrl-C or SIGTERM",
        metrics.address()
    );
    let mut progress = Progress::new();
    while !interrupt.is_raised() {
        if bounded.is_some_and(|span| world.elapsed() >= span) || (plays && world.market_ended()) {
            break;
        }
        world.check()?;
        progress.show(&world.cold(), world.elapsed());
        world.rest();
    }
    progress.end();
    eprintln!("stopping: no new orders, working ones cancelled, the record sealed …");
    let ended = world.end()?;
    drop(metrics);
    let outcome = ended.cold.outcome();
    let stats = ended.cold.stats();
    let sealed = outcome.sealed.ok_or_else(|| Failure::failed("the journal was not sealed"))?;
    if ended.left_open > 0 {
        eprintln!(
            "{} orders were still working at the end; ask the venue about them",
            ended.left_open
        );
    }
    println!(
        "events {}  orders {}  fills {}  journal {}",
        stats.events,
        stats.orders,
        stats.fills,
        sealed.directory.display()
    );
    Ok(())
}
