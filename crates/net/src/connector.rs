//! The connector: a cold thread that keeps a wire's connections open. It starts
//! an attempt per connection that is due, hands over what was opened, takes
//! back what ended, and waits longer after each failure. For ever, until shut.
//! A connection that is to be replaced has two places, which take turns.
//!
//! It looks every 5 ms instead of waiting on its channels: then the polling
//! thread never has to wake it, which would be a lock and a system call.
#![allow(clippy::disallowed_methods, reason = "a cold room: starts attempts, waits, has a clock")]

use crate::backoff::mix;
use crate::connection::{Buffers, Cause, Connection};
use crate::counters::WireCounters;
use crate::open::{Means, limits, open};
use crate::plan::{ConnectionPlan, Rotation};
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
    /// The other place of its plan is in use.
    Resting,
    Waiting(Instant),
    Opening(JoinHandle<Attempt>),
    Up(Instant),
}

struct Line {
    plan: Arc<Mutex<ConnectionPlan>>,
    /// Where its plan stands in the status.
    row: usize,
    /// The other place of its plan.
    rotation: Option<(usize, Rotation)>,
    /// Its connection was told to end.
    is_retiring: bool,
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
    retire: Sender<usize>,
    counters: Arc<WireCounters>,
    status: StatusBoard,
    ends: Ends,
    breaker: Option<Agent>,
}

/// The connector's side of what it shares with the wire.
pub(crate) struct Shared {
    pub(crate) ready: Sender<Ready>,
    pub(crate) ended: Receiver<Ended>,
    /// Which slot's connection is to end.
    pub(crate) retire: Sender<usize>,
    pub(crate) counters: Arc<WireCounters>,
    pub(crate) status: StatusBoard,
    pub(crate) ends: Ends,
    /// Ends a REST call under way.
    pub(crate) breaker: Option<Agent>,
}

impl Connector {
    pub(crate) fn new(plans: Vec<ConnectionPlan>, means: Means, shared: Shared) -> Self {
        let Shared { ready, ended, retire, counters, status, ends, breaker } = shared;
        let (lines, means) = (lines(plans), Arc::new(means));
        Self { lines, means, ready, ended, retire, counters, status, ends, breaker }
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
            line.is_retiring = false;
            if self.may_rest(slot, cause) {
                self.lines[slot].state = State::Resting;
                if cause == Cause::Replaced {
                    self.counters.cold.replaced.count();
                }
                self.mark(slot, |_| ());
            } else {
                self.fail(slot, cause.to_string());
            }
        }
    }

    /// Whether the other place of its plan carries on without this one.
    fn may_rest(&self, slot: usize, cause: Cause) -> bool {
        self.lines[slot].rotation.is_some_and(|(peer, _)| match &self.lines[peer] {
            Line { state: State::Up(_), is_retiring, .. } => !is_retiring,
            Line { state: State::Resting, .. } => false,
            _ => cause == Cause::Replaced,
        })
    }

    /// A connection that is up: its successor is opened when it is old enough,
    /// and it ends when that has been beside it for long enough.
    fn rotate(&mut self, slot: usize, since: Instant) {
        let Some((peer, rotation)) = self.lines[slot].rotation else { return };
        if self.lines[slot].is_retiring {
            return;
        }
        match self.lines[peer].state {
            State::Resting if since.elapsed() >= rotation.after => {
                self.lines[peer].state = State::Waiting(Instant::now());
            }
            State::Up(newer) if (newer, peer) > (since, slot) && !self.lines[peer].is_retiring => {
                let is_long_enough = newer.elapsed() >= rotation.overlap;
                if is_long_enough && self.retire.try_send(slot).is_ok() {
                    self.lines[slot].is_retiring = true;
                }
            }
            _ => {}
        }
    }

    fn turn(&mut self, slot: usize) {
        let line = &mut self.lines[slot];
        match &line.state {
            State::Waiting(due) if *due <= Instant::now() => self.start(slot),
            State::Opening(thread) if thread.is_finished() => self.finish(slot),
            &State::Up(since) => self.rotate(slot, since),
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
                self.mark(slot, |_| ());
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
            status.failures = failures;
            status.last_reason = why;
        });
    }

    /// Writes the status of a slot's plan: up, if either of its places is.
    fn mark(&self, slot: usize, change: impl FnOnce(&mut crate::ConnectionStatus)) {
        let is_up = |line: &Line| matches!(line.state, State::Up(_));
        let line = &self.lines[slot];
        let up = is_up(line) || line.rotation.is_some_and(|(peer, _)| is_up(&self.lines[peer]));
        if let Some(status) = self.status.lock().connections.get_mut(line.row) {
            status.up = up;
            change(status);
        }
    }
}

/// The places of all plans, slot by slot: which plan, and the connection's number.
/// A successor stands right behind the one that it replaces.
pub(crate) fn berths(plans: &[ConnectionPlan]) -> impl Iterator<Item = (usize, u16)> {
    plans.iter().enumerate().flat_map(|(row, plan)| {
        let successor = plan.rotation.map(|rotation| rotation.successor);
        std::iter::once(plan.connection).chain(successor).map(move |number| (row, number))
    })
}

fn lines(plans: Vec<ConnectionPlan>) -> Vec<Line> {
    let now = Instant::now();
    let berths: Vec<_> = berths(&plans).collect();
    let plans: Vec<_> = plans
        .into_iter()
        .map(|plan| (plan.connection, plan.rotation, Arc::new(Mutex::new(plan))))
        .collect();
    let line = |(slot, (row, number)): (usize, (usize, u16))| {
        let (first, rotation, plan) = &plans[row];
        let is_first = number == *first;
        Line {
            plan: Arc::clone(plan),
            row,
            rotation: rotation.map(|r| (if is_first { slot + 1 } else { slot - 1 }, r)),
            is_retiring: false,
            salt: u64::from(number),
            failures: 0,
            state: if is_first { State::Waiting(now) } else { State::Resting },
            spare: None,
        }
    };
    berths.into_iter().enumerate().map(line).collect()
}

/// A seed for the masks of one connection: from the standard library's own
/// random state. Nothing is decided on it.
fn seed(slot: u64) -> u64 {
    mix(RandomState::new().build_hasher().finish(), slot)
}
