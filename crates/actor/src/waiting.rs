//! How a thread waits when it has nothing to do: the three strategies, and the
//! state that one wait needs.
//!
//! Used by the runner for its crews, and by a driver that waits for them.
#![allow(clippy::disallowed_methods, reason = "a thread that may park looks at the clock")]

use std::time::{Duration, Instant};

/// How a thread waits when no actor of its crew had anything to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Never gives the core away: the lowest latency, a core of its own.
    Spin,
    /// Spins a while, then yields: for threads that share cores.
    SpinYield,
    /// Spins a while, yields for at most 200 µs, then sleeps 50 µs at a time: kind
    /// to a laptop, and to whoever shares its cores.
    SpinPark,
}

/// Idle turns before a thread yields.
const SPINS: u32 = 256;
/// How long it yields before it sleeps. By the clock and not by count: on a busy
/// core each yield waits for everybody else, and one who sleeps is woken first.
const YIELDS: Duration = Duration::from_micros(200);
const NAP: Duration = Duration::from_micros(50);

/// One thread's waiting.
#[derive(Debug)]
pub struct Waiting {
    wait: Wait,
    idle: u32,
    /// When this idleness came to its first yield.
    since: Option<Instant>,
}

impl Waiting {
    /// Not idle yet.
    #[must_use]
    pub const fn new(wait: Wait) -> Self {
        Self { wait, idle: 0, since: None }
    }

    /// After a turn: waits as the strategy says when it was idle.
    #[inline]
    pub fn after(&mut self, busy: bool) {
        if busy {
            self.idle = 0;
            return;
        }
        self.idle = self.idle.saturating_add(1);
        match (self.wait, self.idle) {
            (Wait::Spin, _) | (_, ..SPINS) => std::hint::spin_loop(),
            (Wait::SpinYield, _) => std::thread::yield_now(),
            (Wait::SpinPark, _) => self.park(),
        }
    }

    fn park(&mut self) {
        if self.idle == SPINS {
            self.since = Some(Instant::now());
        }
        if self.since.is_some_and(|since| since.elapsed() < YIELDS) {
            std::thread::yield_now();
        } else {
            self.since = None;
            std::thread::sleep(NAP);
        }
    }
}
