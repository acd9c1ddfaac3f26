//! Faults that a script injects: what may go wrong, when, and which of it is due now.
//! Parsing refuses what it does not know; carrying a fault out is the exchange's and the server's.

mod script;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use script::FaultScript;

use crate::outgoing::{Target, WireAction};
use crate::rng::Rng;

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The request takes effect, its answer never leaves.
    DropAck,
    /// The message leaves this much later, ns.
    Delay(i64),
    Duplicate,
    /// The message leaves right after the next one to the same kind of destination.
    Reorder,
    /// The message is not sent at all; its sequence numbers are missing.
    Gap,
    /// This text leaves instead.
    Garbage(String),
    /// The request takes effect and is answered as unknown, with this code.
    UnknownAccepted(i32),
    /// The request takes no effect and is answered as unknown, with this code.
    UnknownDropped(i32),
    /// Requests are refused for this long, ns: 429, or 418 when banned, or 503 when down.
    Refuse {
        status: u16,
        for_ns: i64,
    },
    /// The venue's clock is off by this much for that long, ns.
    ClockSkew {
        by_ns: i64,
        for_ns: i64,
    },
    /// Nothing leaves for this long, ns; then everything does.
    Stall(i64),
    /// Connections fail.
    Wire(Option<Target>, WireAction),
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// This long after the market started, ns.
    At(i64),
    /// At the n-th message of its kind, from 1.
    Nth(u64),
    /// At each message of its kind with this chance.
    Chance { ppm: u64 },
}

/// One entry of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) trigger: Trigger,
    /// The kind of message that it waits for.
    pub(crate) on: String,
    pub(crate) action: Action,
}

/// The script at work: what has struck, and how many messages of each kind have gone by.
#[derive(Debug)]
pub(crate) struct Faults {
    pending: Vec<Fault>,
    seen: BTreeMap<String, u64>,
    rng: Rng,
    /// Faults that have struck.
    pub(crate) injected: u64,
}

impl Faults {
    pub(crate) fn new(script: &FaultScript, seed: u64) -> Faults {
        Faults {
            pending: script.faults.clone(),
            seen: BTreeMap::new(),
            rng: Rng::new(seed, 0xFA),
            injected: 0,
        }
    }

    /// When the next fault strikes by itself, in ns since the start.
    pub(crate) fn next_at(&self) -> Option<i64> {
        let timed = self.pending.iter().filter(|f| strikes_alone(&f.action));
        timed.filter_map(|f| if let Trigger::At(at) = f.trigger { Some(at) } else { None }).min()
    }

    /// Takes out one fault that strikes by itself at or before `elapsed`.
    pub(crate) fn on_time(&mut self, elapsed: i64) -> Option<Action> {
        let due = |f: &Fault| {
            strikes_alone(&f.action) && matches!(f.trigger, Trigger::At(at) if at <= elapsed)
        };
        let place = self.pending.iter().position(due)?;
        self.injected += 1;
        Some(self.pending.remove(place).action)
    }

    /// Counts one message that goes by all of `kinds`, and tells what strikes it.
    pub(crate) fn on_message(&mut self, kinds: &[&str], elapsed: i64) -> Vec<Action> {
        if self.pending.is_empty() {
            return Vec::new();
        }
        for kind in kinds {
            *self.seen.entry((*kind).to_owned()).or_insert(0) += 1;
        }
        let mut actions = Vec::new();
        let (seen, rng) = (&self.seen, &mut self.rng);
        self.pending.retain(|fault| {
            if !kinds.contains(&fault.on.as_str()) {
                return true;
            }
            let (strikes, stays) = match fault.trigger {
                Trigger::At(at) => (!strikes_alone(&fault.action) && at <= elapsed, false),
                Trigger::Nth(nth) => (seen.get(&fault.on) == Some(&nth), false),
                Trigger::Chance { ppm } => (rng.chance_ppm(ppm), true),
            };
            if strikes {
                actions.push(fault.action.clone());
            }
            !strikes || stays
        });
        self.injected += actions.len() as u64;
        actions
    }
}

/// Whether a timed fault of this kind needs no message to strike.
fn strikes_alone(action: &Action) -> bool {
    matches!(
        action,
        Action::Refuse { .. }
            | Action::ClockSkew { .. }
            | Action::Stall(_)
            | Action::Wire(Some(_), _)
    )
}
