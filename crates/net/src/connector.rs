//! The connector: a cold thread that keeps a wire's connections open. It starts
//! an attempt per connection that is due, hands over what was opened, takes
//! back what ended, and waits longer after each failure. For ever, until shut.
//!
//! It looks every 5 ms instead of waiting on its channels: then the polling
//! thread never has to wake it, which would be a lock and a system call.
#![allow(clippy::disallowed_methods, reason = "a cold room: starts attempts, waits, has a clock")]

use crate::backoff::mix;
use crate::connection::{Buffers, Cause, Connection};
use crate::counters::WireCounters;
use crate::open::{Means, limits, open};
use crate::plan::ConnectionPlan;
use crate::status::StatusBoard;
use crate::wire::Ends;
use crossbeam_channel::{Receiver, Sender};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use ureq::Agent;

/// How often the cold rooms look at their channels.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A connection on its way to the polling thread: which slot, and it.
pub(crate) type Ready = (usize, Box<Connection>);
/// A connection on its way back: which slot, it, and why it ended.
pub(crate) type Ended = (usize, Box<Connection>, Cause);

type Attempt = Result<Box<Connection>, String>;

enum State {
    Waiting(Instant),
    Opening(JoinHandle<Attempt>),
    Up(Instant),
}

struct Line {
    plan: Arc<Mutex<ConnectionPlan>>,
    salt: u64,
    failures: u32,
    state: State,
    spare: Option<Buffers>,
}

/// Runs on its own thread until the wire is shut.
pub(crate) struct Connector {
    lines: Vec<Line>,
    means: Arc<Means>,
    ready: Sender<Ready>,
    ended: Receiver<Ended>,
    counters: Arc<WireCounters>,
    status: StatusBoard,
    ends: Ends,
    breaker: Option<Agent>,
}

/// The connector's side of what it shares with the wire.
pub(crate) struct Shared {
    pub(crate) ready: Sender<Ready>,
    pub(crate) ended: Receiver<Ended>,
    pub(crate) counters: Arc<WireCounters>,
    pub(crate) status: StatusBoard,
    pub(crate) ends: Ends,
    /// Ends a REST call under way.
    pub(crate) breaker: Option<Agent>,
}

impl Connector {
    pub(crate) fn new(plans: Vec<ConnectionPlan>, means: Means, shared: Shared) -> Self {
        let now = Instant::now();
        let lines = plans.into_iter().map(|plan| Line {
            salt: u64::from(plan.connection),
            plan: Arc::new(Mutex::new(plan)),
            failures: 0,
            state: State::Waiting(now),
            spare: None,
        });
        let Shared { ready, ended, counters, status, ends, breaker } = shared;
        let lines = lines.collect();
        Self { lines, means: Arc::new(means), ready, ended, counters, status, ends, breaker }
    }

    /// The thread. Attempts that are under way at the end are let go of: they
    /// hold nothing but their own socket and end by their own limits.
    pub(crate) fn run(mut self) {
        while !self.ends.stop.is_raised() {
            self.take_back();
            for slot in 0..self.lines.len() {
                self.turn(slot);
            }
            std::thread::sleep(LOOK_EVERY);
        }
        if let Some(breaker) = self.breaker {
            breaker.shutdown();
        }
    }

    fn take_back(&mut self) {
        while let Ok((slot, connection, cause)) = self.ended.try_recv() {
            let Some(line) = self.lines.get_mut(slot) else { continue };
            // Here its socket is closed and its TLS state freed.
            line.spare = Some(connection.into_buffers());
            if let State::Up(since) = line.state
                && since.elapsed() >= self.means.settings.stable_after
            {
                line.failures = 0;
            }
            self.fail(slot, cause.to_string());
        }
    }

    fn turn(&mut self, slot: usize) {
        let line = &mut self.lines[slot];
        match &line.state {
            State::Waiting(due) if *due <= Instant::now() => self.start(slot),
            State::Opening(thread) if thread.is_finished() => self.finish(slot),
            _ => {}
        }
    }

    fn start(&mut self, slot: usize) {
        let means = Arc::clone(&self.means);
        let line = &mut self.lines[slot];
        let plan = Arc::clone(&line.plan);
        let spare = line.spare.take();
        let name = format!("{}-open", means.settings.name);
        let attempt = std::thread::Builder::new().name(name).spawn(move || {
            let mut plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
            let buffers = spare.unwrap_or_else(|| Buffers::new(limits(&plan, &means.settings)));
            open(&mut plan, slot, &means, buffers, seed(slot as u64))
        });
        match attempt {
            Ok(thread) => line.state = State::Opening(thread),
            Err(why) => self.fail_to_open(slot, format!("no thread for the attempt: {why}")),
        }
    }

    fn finish(&mut self, slot: usize) {
        let state = std::mem::replace(&mut self.lines[slot].state, State::Up(Instant::now()));
        let State::Opening(thread) = state else { return };
        match thread.join() {
            Ok(Ok(connection)) => {
                self.mark(slot, |status| status.up = true);
                self.counters.cold.connects.count();
                // Room is certain: one at most is under way per slot.
                let _ = self.ready.try_send((slot, connection));
            }
            Ok(Err(why)) => self.fail_to_open(slot, why),
            Err(_) => self.fail_to_open(slot, "the attempt panicked".to_owned()),
        }
    }

    fn fail_to_open(&mut self, slot: usize, why: String) {
        // The words first: whoever sees the counter finds them.
        self.fail(slot, why);
        self.counters.cold.connect_failures.count();
    }

    fn fail(&mut self, slot: usize, why: String) {
        let line = &mut self.lines[slot];
        let delay = self.means.settings.backoff.delay(line.failures, line.salt);
        line.failures = line.failures.saturating_add(1);
        line.state = State::Waiting(Instant::now() + delay);
        let failures = line.failures;
        self.mark(slot, |status| {
            status.up = false;
            status.failures = failures;
            status.last_reason = why;
        });
    }

    fn mark(&self, slot: usize, change: impl FnOnce(&mut crate::ConnectionStatus)) {
        if let Some(status) = self.status.lock().connections.get_mut(slot) {
            change(status);
        }
    }
}

/// A seed for the masks of one connection: from the standard library's own
/// random state. Nothing is decided on it.
fn seed(slot: u64) -> u64 {
    mix(RandomState::new().build_hasher().finish(), slot)
}
