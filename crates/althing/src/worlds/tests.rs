//! How the worlds begin and end: in order, with a panic in each actor, called off
//! by a signal; and what of a recording reaches the line.
//!
//! Each test takes the process for itself, so that a thread left behind is found.
#![allow(clippy::disallowed_methods, reason = "tests wait for threads to end")]

mod playing;

use crate::cli::RunFlags;
use crate::plan;
use crate::signals::Interrupt;
use crate::worlds::chosen;
use crate::worlds::realtime::RealTime;
use crate::worlds::record::RunDirectory;
use crate::worlds::virtually::Virtual;
use actor::{Actor, Duty};
use cold::{Ending, Journal, Verified};
use config::Loaded;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The process, and a directory of its own. Dropped: no thread of a world is left.
struct Stage {
    _alone: MutexGuard<'static, ()>,
    path: PathBuf,
}

impl Stage {
    fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("althing-worlds-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self { _alone: alone, path }
    }

    fn directory(&self) -> RunDirectory {
        RunDirectory::of_state(&self.path)
    }

    /// The one journal under it, read to its end.
    fn journal(&self) -> Verified {
        let journals = std::fs::read_dir(self.path.join("journal")).unwrap();
        let journals: Vec<_> = journals.map(|entry| entry.unwrap().path()).collect();
        assert_eq!(journals.len(), 1, "{journals:?}");
        Journal::open(&journals[0]).unwrap().verify().unwrap()
    }

    /// Waits for the threads of the worlds to be gone. Those that open connections
    /// end a few milliseconds after the line.
    fn assert_empty(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let left = threads();
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "still running: {left:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Threads of this process that belong to a world, by their names.
fn threads() -> Vec<String> {
    let ours = ["feed", "normalizer", "indicator", "council", "risk", "gateway", "cold"];
    let others = ["exchange", "market-", "orders-", "recover"];
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    let is_ours = |name: &String| ours.iter().chain(&others).any(|word| name.starts_with(word));
    names.map(|name| name.trim().to_owned()).filter(is_ours).collect()
}

/// The demo's configuration with these flags.
fn loaded(flags: &RunFlags) -> Loaded {
    let loaded = plan::load(flags.config.as_deref(), &chosen::overrides(flags)).unwrap();
    chosen::for_instruments(loaded, flags).unwrap()
}

fn flags(layout: &str) -> RunFlags {
    RunFlags {
        seed: Some(7),
        rate: Some(500),
        duration: Some(20),
        layout: Some(layout.to_owned()),
        ..RunFlags::default()
    }
}

/// When an actor panics.
#[derive(Clone)]
enum Breaking {
    /// After it has been busy so often.
    After(u32),
    /// When the test says so.
    When(Arc<AtomicBool>),
}

/// Turns an actor until it is to panic.
struct Breaks {
    actor: Box<dyn Actor>,
    breaking: Breaking,
}

impl Actor for Breaks {
    fn name(&self) -> &'static str {
        self.actor.name()
    }

    fn turn(&mut self) -> Duty {
        let breaks = match &self.breaking {
            Breaking::After(left) => *left == 0,
            Breaking::When(now) => now.load(Ordering::SeqCst),
        };
        assert!(!breaks, "planted");
        let duty = self.actor.turn();
        if let Breaking::After(left) = &mut self.breaking {
            *left -= u32::from(duty == Duty::Busy);
        }
        duty
    }
}

fn breaks(name: &'static str, breaking: Breaking) -> impl FnMut(Box<dyn Actor>) -> Box<dyn Actor> {
    move |actor| {
        if actor.name() == name {
            Box::new(Breaks { actor, breaking: breaking.clone() })
        } else {
            actor
        }
    }
}

/// Runs in virtual time until a planted panic; what is told of it, and the record.
fn broken_virtual_run(name: &'static str, layout: &str) -> (crate::failure::Failure, Verified) {
    let stage = Stage::new();
    let interrupt = Interrupt::default();
    let wrap = breaks(name, Breaking::After(2000));
    let mut world =
        Virtual::start_with(loaded(&flags(layout)), &stage.directory(), &interrupt, wrap).unwrap();
    let why = loop {
        match world.step() {
            Ok(true) => {}
            Ok(false) => panic!("the market ended before {name} panicked"),
            Err(why) => break why,
        }
    };
    let failure = world.fail(why);
    stage.assert_empty();
    (failure, stage.journal())
}

#[test]
fn a_panic_in_any_actor_ends_a_virtual_run_with_its_name_and_an_unsealed_record() {
    for name in ["feed", "normalizer", "indicator", "council", "risk", "gateway"] {
        let (failure, record) = broken_virtual_run(name, "fused");
        let said = &failure.sentence;
        assert_eq!(failure.code, 5, "{said}");
        assert!(said.contains(&format!("actor {name} panicked: planted")), "{said}");
        assert!(said.contains("not sealed"), "{said}");
        assert!(matches!(record.ending, Ending::Unsealed(_)), "{name}: {:?}", record.ending);
        assert!(record.groups > 100, "{name}: {}", record.groups);
    }
}

#[test]
fn a_panic_on_one_of_many_threads_ends_the_others() {
    for name in ["normalizer", "council", "gateway"] {
        let (failure, record) = broken_virtual_run(name, "pinned");
        assert!(failure.sentence.contains(&format!("actor {name} panicked")), "{failure}");
        assert!(matches!(record.ending, Ending::Unsealed(_)));
    }
}

#[test]
fn a_virtual_run_that_fails_in_order_is_sealed_and_says_why() {
    let stage = Stage::new();
    let interrupt = Interrupt::default();
    let mut world =
        Virtual::start(loaded(&flags("fused")), &stage.directory(), &interrupt).unwrap();
    while world.market_time().0 < 3 * types::Nanos::PER_SEC {
        assert!(world.step().unwrap());
    }
    let failure = world.fail(crate::failure::Failure::venue("the venue is gone"));
    stage.assert_empty();
    assert_eq!(failure.code, 4);
    assert!(failure.sentence.starts_with("the venue is gone; the record"), "{failure}");
    assert_eq!(stage.journal().ending, Ending::Sealed);
}

#[test]
fn a_start_that_is_refused_leaves_no_record() {
    let stage = Stage::new();
    let interrupt = Interrupt::default();
    let mut without_trades = loaded(&flags("fused"));
    without_trades.config.feed.streams = vec![config::Stream::Depth];
    let mut without_ca = loaded(&flags("fused"));
    let missing = stage.path.join("missing.pem");
    for venue in without_ca.config.venues.values_mut() {
        venue.extra_ca = Some(missing.clone());
    }
    let start = |loaded| RealTime::start(loaded, &stage.directory(), &interrupt).err();
    let refusals = [
        Virtual::start(without_trades.clone(), &stage.directory(), &interrupt).err(),
        start(without_trades),
        start(without_ca),
    ];
    let said = refusals.map(|why| why.expect("it is refused"));
    assert_eq!(said.each_ref().map(|why| why.code), [3; 3]);
    assert!(said[1].sentence.contains("feed.streams"), "{}", said[1]);
    let (key, remedy) = ("venues.binance.extra_ca: ", "name a PEM file");
    assert!(said[2].sentence.starts_with(key) && said[2].sentence.contains(remedy), "{}", said[2]);
    assert!(!stage.path.join("journal").exists());
    stage.assert_empty();
}

/// Runs in real time until a planted panic: `Breaking::When` is said after the
/// first order, so that the line is armed by then on any machine.
fn broken_real_run(name: &'static str, breaking: Breaking) -> (crate::failure::Failure, Verified) {
    let stage = Stage::new();
    let interrupt = Interrupt::default();
    let wrap = breaks(name, breaking.clone());
    let started =
        RealTime::start_with(loaded(&flags("pinned")), &stage.directory(), &interrupt, wrap);
    let failure = match started {
        Err(failure) => failure,
        Ok(mut world) => loop {
            if let Err(why) = world.check() {
                break world.fail(why);
            }
            if let Breaking::When(now) = &breaking
                && world.cold().stats().orders > 0
            {
                now.store(true, Ordering::SeqCst);
            }
            world.rest();
        },
    };
    stage.assert_empty();
    (failure, stage.journal())
}

#[test]
fn a_panic_in_real_time_has_the_venue_cancel_and_leaves_nothing_running() {
    for name in ["council", "gateway"] {
        let (failure, record) = broken_real_run(name, Breaking::When(Arc::default()));
        let said = &failure.sentence;
        assert_eq!(failure.code, 5, "{said}");
        assert!(said.contains(&format!("actor {name} panicked: planted")), "{said}");
        assert!(said.contains("the venue was asked to cancel every order, and did"), "{said}");
        assert!(matches!(record.ending, Ending::Unsealed(_)));
    }
}

#[test]
fn a_panic_before_the_arming_asks_the_venue_for_nothing() {
    let (failure, _) = broken_real_run("normalizer", Breaking::After(1));
    assert_eq!(failure.code, 5);
    assert!(failure.sentence.contains("actor normalizer panicked"), "{failure}");
    assert!(!failure.sentence.contains("cancel"), "{failure}");
}

#[test]
fn a_failure_beside_a_living_line_cancels_through_it_and_seals_the_record() {
    let stage = Stage::new();
    let interrupt = Interrupt::default();
    let mut world =
        RealTime::start(loaded(&flags("fused")), &stage.directory(), &interrupt).unwrap();
    while world.cold().stats().orders == 0 {
        world.check().unwrap();
        world.rest();
    }
    let failure = world.fail(crate::failure::Failure::config("the port is taken"));
    stage.assert_empty();
    assert_eq!(failure.code, 3);
    assert!(failure.sentence.starts_with("the port is taken; the record"), "{failure}");
    assert_eq!(stage.journal().ending, Ending::Sealed);
}

#[test]
fn a_signal_before_the_line_is_there_starts_nothing() {
    let stage = Stage::new();
    let interrupt = Interrupt::default();
    interrupt.raise();
    let started = RealTime::start(loaded(&flags("fused")), &stage.directory(), &interrupt);
    let failure = started.err().unwrap();
    stage.assert_empty();
    assert!(failure.sentence.contains("signal"), "{failure}");
    assert!(!stage.path.join("journal").exists());
}

#[test]
fn a_signal_while_the_line_comes_up_ends_it_in_order_without_arming() {
    let stage = Stage::new();
    let interrupt = Interrupt::default();
    // Raised when the actors are there and nothing runs yet.
    let raise = |actor| {
        interrupt.raise();
        actor
    };
    let started =
        RealTime::start_with(loaded(&flags("fused")), &stage.directory(), &interrupt, raise);
    let world = started.unwrap();
    assert_eq!(world.elapsed(), Duration::ZERO);
    let ended = world.end().unwrap();
    stage.assert_empty();
    assert_eq!(ended.cold.stats().orders, 0);
    assert!(!ended.cold.stats().line.armed);
    assert_eq!(stage.journal().ending, Ending::Sealed);
}

/// Never done with what it took: a stage that holds the line up.
struct Holds(Box<dyn Actor>);

impl Actor for Holds {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn turn(&mut self) -> Duty {
        Duty::Idle
    }
}

#[test]
fn a_signal_ends_a_lock_step_that_would_wait_for_ever() {
    let stage = Stage::new();
    let interrupt = Interrupt::default();
    interrupt.raise();
    let wrap = |actor: Box<dyn Actor>| -> Box<dyn Actor> {
        if actor.name() == "risk" { Box::new(Holds(actor)) } else { actor }
    };
    let started =
        Virtual::start_with(loaded(&flags("fused")), &stage.directory(), &interrupt, wrap);
    let failure = started.err().unwrap();
    stage.assert_empty();
    assert_eq!(failure.code, 5);
    assert!(failure.sentence.contains("did not come to rest"), "{failure}");
}

/// Where the recorded market data lies; says so and gives nothing where it does not.
pub(crate) fn recorded(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("ALTHING_DATA").map_or(beside, PathBuf::from);
    let path = root.join("captures/binance").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {} is missing; set ALTHING_DATA to the data folder", path.display());
        return None;
    }
    Some(path)
}
