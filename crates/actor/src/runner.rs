//! Runs crews of actors: one thread per crew, its duty loop, its wait strategy,
//! its core, and an end that is told to everybody.
//!
//! A panic in an actor raises the stop flag and ends that actor and those before
//! it on its thread; those behind it first deal with what was sent to them, as
//! they do when a world ends in order. Once the flag is raised every thread ends
//! within [`LAST`], so no link stays wedged behind a reader that is gone.
#![allow(clippy::disallowed_methods, reason = "the runner starts the line's threads and waits")]

use crate::{Actor, Duty, Heartbeat, Pinned, StopFlag, Wait, Waiting, pin_to, seal_thread};
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Once the stop flag is raised: how long a thread without anything to do waits
/// for its inputs to close. A neighbour that was not scheduled comes back sooner.
const QUIET: Duration = Duration::from_secs(1);
/// And how long a thread goes on at most, whatever still comes in.
pub const LAST: Duration = Duration::from_secs(5);

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
    /// Which actor panicked first and with what words, when one did.
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
            run(crew, &hearts, &stop)
        }
    })?;
    let pinned = heard.recv().unwrap_or(Pinned { core: None, applied: false });
    Ok(Running { name, hearts, pinned, thread })
}

/// Turns a crew until all of it is done, or over.
fn run(crew: Crew, hearts: &[Heartbeat], stop: &StopFlag) -> Result<(), String> {
    let mut slots: Vec<Option<Box<dyn Actor>>> = crew.actors.into_iter().map(Some).collect();
    let at = Cell::new(0);
    let mut first = Ok(());
    if crew.sealed {
        seal_thread();
    }
    loop {
        let turned = catch_unwind(AssertUnwindSafe(|| {
            turn_until_done(&mut slots, hearts, &at, crew.wait, stop);
        }));
        let Err(panic) = turned else { return first };
        // Before anything is dropped: who sees a link close sees the flag.
        stop.raise();
        let failed = at.get();
        let who = hearts.get(failed).map_or("?", Heartbeat::name);
        first = first.and(Err(format!("actor {who} panicked: {}", panic_text(panic.as_ref()))));
        slots.iter_mut().take(failed + 1).for_each(let_go);
    }
}

/// Drops an actor, and so closes its links. What its end throws is not the
/// reason of anything: the first panic is told.
fn let_go(slot: &mut Option<Box<dyn Actor>>) {
    let actor = slot.take();
    let _ = catch_unwind(AssertUnwindSafe(|| drop(actor)));
}

fn turn_until_done(
    slots: &mut [Option<Box<dyn Actor>>],
    hearts: &[Heartbeat],
    at: &Cell<usize>,
    wait: Wait,
    stop: &StopFlag,
) {
    let mut left = slots.iter().flatten().count();
    let mut waiting = Waiting::new(wait);
    let mut over = Over::default();
    while left > 0 {
        let mut busy = false;
        for (index, (slot, heart)) in slots.iter_mut().zip(hearts).enumerate() {
            let Some(actor) = slot.as_mut() else { continue };
            at.set(index);
            match actor.turn() {
                Duty::Busy => busy = true,
                Duty::Idle => {}
                Duty::Done => {
                    // Dropping it closes its outputs, and so ends the next stage.
                    *slot = None;
                    left -= 1;
                    busy = true;
                }
            }
            heart.beat();
        }
        if stop.is_raised() && over.has_come(busy) {
            return slots.iter_mut().for_each(let_go);
        }
        waiting.after(busy);
    }
}

/// When a thread is over although its inputs are not: only once the stop flag
/// is raised, since a stage before or behind it may be gone.
#[derive(Default)]
struct Over {
    since: Option<Instant>,
    quiet_since: Option<Instant>,
}

impl Over {
    fn has_come(&mut self, busy: bool) -> bool {
        let now = Instant::now();
        let since = *self.since.get_or_insert(now);
        if busy {
            self.quiet_since = None;
        }
        let quiet_since = if busy { now } else { *self.quiet_since.get_or_insert(now) };
        now - since >= LAST || now - quiet_since >= QUIET
    }
}

/// Linux keeps 15 bytes of a thread's name.
fn short_name(name: &str) -> String {
    name.chars().take(15).collect()
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".to_owned())
}
