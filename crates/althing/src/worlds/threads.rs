//! The threads of a running line: started together and ended together, within a
//! bound whatever happens.
//!
//! Made by the worlds, from the crews of a layout. Never here: an order to the
//! line; by then it has none to take.
#![allow(clippy::disallowed_methods, reason = "the supervisor waits and reads the clock")]

use crate::failure::Failure;
use actor::{Crew, LAST, Running, StopFlag, start};
use std::time::{Duration, Instant};
use topology::Applied;

/// How long threads may take to deal with what is left, once their inputs are
/// closed: a disk that stalls longer than this is not coming back.
const PATIENCE: Duration = Duration::from_secs(30);
/// And past the runner's own bound, once the stop flag is raised.
const MARGIN: Duration = Duration::from_secs(2);
/// How often their end is looked for.
const LOOK: Duration = Duration::from_millis(1);

/// A running line. Dropped before its end it raises the stop flag, and with it
/// the kill latch, and waits for its threads.
pub struct Threads {
    /// One per crew.
    pub running: Vec<Running>,
    /// The layout as it was applied.
    pub applied: Applied,
    /// Raised by a panic or by the cold side.
    pub stop: StopFlag,
}

impl Threads {
    /// Starts every crew.
    ///
    /// # Errors
    /// A thread that the system refuses; those before it have ended then.
    pub fn start(crews: Vec<Crew>, applied: Applied, stop: StopFlag) -> Result<Self, Failure> {
        let mut this = Self { running: Vec::new(), applied, stop };
        for crew in crews {
            let name = crew.name.clone();
            let started = start(crew, &this.stop);
            let thread = started.map_err(|why| Failure::failed(format!("thread {name}: {why}")))?;
            this.running.push(thread);
        }
        Ok(this)
    }

    /// Waits, bounded, for every thread's end.
    ///
    /// # Errors
    /// Each actor that panicked, in words, and each thread that does not end.
    pub fn join(mut self) -> Result<(), Failure> {
        self.finish()
    }

    fn finish(&mut self) -> Result<(), Failure> {
        let asked = Instant::now();
        while self.running.iter().any(|thread| !thread.is_finished()) {
            if asked.elapsed() > PATIENCE {
                self.stop.raise();
            }
            if asked.elapsed() > PATIENCE + LAST + MARGIN {
                break;
            }
            std::thread::sleep(LOOK);
        }
        let mut faults = Vec::new();
        for thread in self.running.drain(..) {
            let name = thread.name.clone();
            if !thread.is_finished() {
                faults.push(format!("thread {name} hangs in a turn and was left behind"));
            } else if let Err(panic) = thread.join() {
                faults.push(format!("{panic} (thread {name})"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Failure::not_safe(faults.join("; "))) }
    }

    /// Which actor got which core.
    #[must_use]
    pub fn pinned(&self) -> Vec<(String, Option<usize>, bool)> {
        let each = self.running.iter().flat_map(|thread| {
            let pinned = thread.pinned;
            let name = |heart: &actor::Heartbeat| heart.name().to_owned();
            thread.hearts.iter().map(move |heart| (name(heart), pinned.core, pinned.applied))
        });
        each.collect()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if !self.running.is_empty() {
            self.stop.raise();
            // Nobody is left to tell; the panics have told of themselves.
            let _ = self.finish();
        }
    }
}
