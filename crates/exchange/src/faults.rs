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
    /// The message leaves right after the next one to the same place, or this much later, ns.
    Reorder(i64),
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
    /// Connections end.
    Wire(Option<Target>, WireAction),
    /// Connections stay open and carry nothing. On virtual time for this long, ns: then the other
    /// side has noticed. A socket stays so until its client gives it up.
    HalfOpen(Option<Target>, i64),
    /// Connections carry this many bytes per second, for this long, ns.
    Slow(Option<Target>, u32, i64),
}

impl Action {
    /// The word that scripts use for it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Action::DropAck => "drop_ack",
            Action::Delay(_) => "delay",
            Action::Duplicate => "duplicate",
            Action::Reorder(_) => "reorder",
            Action::Gap => "gap",
            Action::Garbage(_) => "garbage",
            Action::UnknownAccepted(_) => "unknown_accepted",
            Action::UnknownDropped(_) => "unknown_dropped",
            Action::Refuse { status: 418, .. } => "ban",
            Action::Refuse { status: 503, .. } => "maintenance",
            Action::Refuse { .. } => "throttle",
            Action::ClockSkew { .. } => "clock_skew",
            Action::Stall(_) => "stall",
            Action::Wire(_, WireAction::Reset) => "reset",
            Action::Wire(..) => "close",
            Action::HalfOpen(..) => "half_open",
            Action::Slow(..) => "slow",
        }
    }
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
    /// What may still strike, each with its place in the script.
    pending: Vec<(u64, Fault)>,
    seen: BTreeMap<String, u64>,
    seed: u64,
    /// How often each kind of fault has struck.
    pub(crate) struck: BTreeMap<&'static str, u64>,
}

impl Faults {
    pub(crate) fn new(script: &FaultScript, seed: u64) -> Faults {
        Faults {
            pending: (0..).zip(script.faults.iter().cloned()).collect(),
            seen: BTreeMap::new(),
            seed,
            struck: BTreeMap::new(),
        }
    }

    /// Faults that have struck.
    pub(crate) fn injected(&self) -> u64 {
        self.struck.values().sum()
    }

    /// When the next fault strikes by itself, in ns since the start.
    pub(crate) fn next_at(&self) -> Option<i64> {
        let timed = self.pending.iter().map(|(_, f)| f).filter(|f| strikes_alone(&f.action));
        timed.filter_map(|f| if let Trigger::At(at) = f.trigger { Some(at) } else { None }).min()
    }

    /// Takes out one fault that strikes by itself at or before `elapsed`.
    pub(crate) fn on_time(&mut self, elapsed: i64) -> Option<Action> {
        let due = |(_, f): &(u64, Fault)| {
            strikes_alone(&f.action) && matches!(f.trigger, Trigger::At(at) if at <= elapsed)
        };
        let place = self.pending.iter().position(due)?;
        let action = self.pending.remove(place).1.action;
        *self.struck.entry(action.word()).or_insert(0) += 1;
        Some(action)
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
        let (seen, seed) = (&self.seen, self.seed);
        self.pending.retain(|(place, fault)| {
            if !kinds.contains(&fault.on.as_str()) {
                return true;
            }
            let nth = seen.get(&fault.on).copied().unwrap_or(0);
            let (strikes, stays) = match fault.trigger {
                Trigger::At(at) => (!strikes_alone(&fault.action) && at <= elapsed, false),
                Trigger::Nth(wanted) => (nth == wanted, false),
                Trigger::Chance { ppm } => (chance(seed, *place, nth).chance_ppm(ppm), true),
            };
            if strikes {
                actions.push(fault.action.clone());
            }
            !strikes || stays
        });
        for action in &actions {
            *self.struck.entry(action.word()).or_insert(0) += 1;
        }
        actions
    }
}

/// The draw for the n-th message of a fault's kind. It depends on nothing else, so that the same
/// seed strikes the same messages however they interleave with others.
fn chance(seed: u64, place: u64, nth: u64) -> Rng {
    Rng::new(seed ^ nth.wrapping_mul(0x9E37_79B9_7F4A_7C15), 0xFA00 + place)
}

/// Whether a timed fault of this kind needs no message to strike.
fn strikes_alone(action: &Action) -> bool {
    matches!(
        action,
        Action::Refuse { .. }
            | Action::ClockSkew { .. }
            | Action::Stall(_)
            | Action::Wire(Some(_), _)
            | Action::HalfOpen(Some(_), _)
            | Action::Slow(Some(_), ..)
    )
}
