//! What an actor is: a name and a duty, turned again and again by whoever owns
//! the thread.

use crossbeam_utils::CachePadded;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What one turn of duty came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Something was done; turn again at once.
    Busy,
    /// Nothing to do, or no room to do it.
    Idle,
    /// Every input is closed and drained: never turn again, drop the actor.
    Done,
}

/// One stage of the line, or one of its ends.
pub trait Actor: Send {
    /// Its name in the shape, the metrics and the thread list.
    fn name(&self) -> &'static str;

    /// One turn: take a bounded batch of input, send on what comes of it, return.
    /// Never blocks. When an output has no room it takes nothing and is idle.
    fn turn(&mut self) -> Duty;
}

/// How often an actor has turned; read by the watchdog.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    name: &'static str,
    turns: Arc<CachePadded<AtomicU64>>,
}

impl Heartbeat {
    /// A heart that has not beaten yet.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, turns: Arc::new(CachePadded::new(AtomicU64::new(0))) }
    }

    /// The actor's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Turns since the start.
    #[must_use]
    pub fn turns(&self) -> u64 {
        // Relaxed: a progress hint; nothing is read on the strength of it.
        self.turns.load(Ordering::Relaxed)
    }

    pub(crate) fn beat(&self) {
        // Relaxed, one writer: see `turns`.
        self.turns.store(self.turns.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}
