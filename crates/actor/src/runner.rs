//! Runs crews of actors: one thread per crew, its duty loop, its wait strategy,
//! its core, and an end that is told to everybody.
//!
//! A panic in any actor raises the stop flag and is reported; it never leaves a
//! link wedged behind a thread that is gone.
#![allow(clippy::disallowed_methods, reason = "the runner starts the line's threads and waits")]

use crate::{Actor, Duty, Heartbeat, Pinned, pin_to, seal_thread};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

/// How a thread waits when no actor of its crew had anything to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Never gives the core away: the lowest latency, a core of its own.
    Spin,
    /// Spins a while, then yields: for threads that share cores.
    SpinYield,
    /// Spins a while, yields a while, then sleeps 50 µs: kind to a laptop.
    SpinPark,
}

/// Idle turns before a thread yields, and before it sleeps.
const SPINS: u32 = 256;
const YIELDS: u32 = 1024;

/// Raised once; everybody looks.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// A flag that is down.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everybody to come to an end.
    pub fn raise(&self) {
        // Release pairs with the Acquire in `is_raised`.
        self.0.store(true, Ordering::Release);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        // Acquire pairs with the Release in `raise`.
        self.0.load(Ordering::Acquire)
    }
}

/// The actors of one thread, in the order of the line.
pub struct Crew {
    /// The thread's name: the group as the layout wrote it.
    pub name: String,
    /// Who runs on it.
    pub actors: Vec<Box<dyn Actor>>,
    /// The core asked for.
    pub core: Option<usize>,
    /// How it waits.
    pub wait: Wait,
    /// Whether it is of the line: sealed once it runs, so that every allocation
    /// counts.
    pub sealed: bool,
}

/// A running crew.
pub struct Running {
    /// The crew's name.
    pub name: String,
    /// Its actors' hearts.
    pub hearts: Vec<Heartbeat>,
    /// What became of its wish for a core.
    pub pinned: Pinned,
    thread: JoinHandle<Result<(), String>>,
}

impl Running {
    /// Waits for the thread's end.
    ///
    /// # Errors
    /// The panic's message, when it ended by one.
    pub fn join(self) -> Result<(), String> {
        let name = self.name;
        self.thread.join().unwrap_or_else(|_| Err(format!("thread {name} panicked outside a turn")))
    }

    /// Whether the thread has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }
}

/// Starts a crew on a thread of its own, pinned, sealed and turning.
///
/// # Errors
/// When the system refuses the thread.
pub fn start(crew: Crew, stop: &StopFlag) -> std::io::Result<Running> {
    let hearts: Vec<_> = crew.actors.iter().map(|actor| Heartbeat::new(actor.name())).collect();
    let (said, heard) = mpsc::sync_channel(1);
    let name = crew.name.clone();
    let thread = std::thread::Builder::new().name(short_name(&name)).spawn({
        let (hearts, stop) = (hearts.clone(), stop.clone());
        move || {
            let pinned = crew.core.map_or(Pinned { core: None, applied: false }, pin_to);
            let _ = said.send(pinned);
            drop(said);
            let ended = catch_unwind(AssertUnwindSafe(|| run(crew, &hearts)));
            ended.map_err(|panic| {
                stop.raise();
                panic_text(panic.as_ref())
            })
        }
    })?;
    let pinned = heard.recv().unwrap_or(Pinned { core: None, applied: false });
    Ok(Running { name, hearts, pinned, thread })
}

fn run(mut crew: Crew, hearts: &[Heartbeat]) {
    let mut left: Vec<bool> = crew.actors.iter().map(|_| true).collect();
    let mut slots: Vec<Option<Box<dyn Actor>>> = crew.actors.drain(..).map(Some).collect();
    if crew.sealed {
        seal_thread();
    }
    let mut idle: u32 = 0;
    while left.iter().any(|&l| l) {
        let mut busy = false;
        for ((slot, here), heart) in slots.iter_mut().zip(&mut left).zip(hearts) {
            let Some(actor) = slot.as_mut() else { continue };
            match actor.turn() {
                Duty::Busy => busy = true,
                Duty::Idle => {}
                Duty::Done => {
                    // Dropping it closes its outputs, and so ends the next stage.
                    *slot = None;
                    *here = false;
                    busy = true;
                }
            }
            heart.beat();
        }
        idle = if busy { 0 } else { idle.saturating_add(1) };
        rest(crew.wait, idle);
    }
}

#[inline]
fn rest(wait: Wait, idle: u32) {
    match (wait, idle) {
        (_, 0) => {}
        (Wait::Spin, _) => std::hint::spin_loop(),
        (_, 1..SPINS) => std::hint::spin_loop(),
        (Wait::SpinYield, _) | (Wait::SpinPark, SPINS..YIELDS) => std::thread::yield_now(),
        (Wait::SpinPark, _) => std::thread::sleep(Duration::from_micros(50)),
    }
}

/// Linux keeps 15 bytes of a thread's name.
fn short_name(name: &str) -> String {
    name.chars().take(15).collect()
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".to_owned())
}
