//! Where the metrics' values come from.

use crate::side::{ColdHandle, ColdOutcome};
use crate::stats::StatsSnapshot;
use actor::Heartbeat;
use link::Gauge;
use std::sync::Arc;

/// The counters of one actor.
pub struct CounterSource {
    /// The actor's name in the shape.
    pub actor: &'static str,
    /// Reads them: name (`frame_dropped`), help, value since the start.
    pub read: ReadCounters,
}

/// Reads an actor's counters.
pub type ReadCounters = Box<dyn Fn() -> Vec<(&'static str, &'static str, u64)> + Send>;

/// Reads a list anew at each scrape.
pub type Read<T> = Box<dyn Fn() -> Vec<T> + Send>;

/// A connection at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionSample {
    /// `market.0`, `orders.1`: its wire, and its number there.
    pub name: String,
    /// Whether it is open.
    pub is_up: bool,
    /// Failures in a row.
    pub failures: u32,
}

/// What one connection brought of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySample {
    /// `market.0`: its wire, and its number there; a successor has one of its own.
    pub connection: String,
    /// The stream.
    pub stream: &'static str,
    /// Messages that it was the first to bring.
    pub first: u64,
    /// Messages that had come before, by another connection or by itself.
    pub late: u64,
}

/// Frames of one sort that nothing was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameSample {
    /// Who took them.
    pub actor: &'static str,
    /// Their type, as the venue names it.
    pub what: &'static str,
    /// What was wrong with them; empty: nothing, they are not used.
    pub why: &'static str,
    /// How many.
    pub count: u64,
}

/// What a shadow seat would have made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShadowSample {
    /// Its seat.
    pub seat: usize,
    /// Hypothetical fills.
    pub fills: u64,
    /// In millionths of the quote asset, before fees.
    pub pnl_micro: i64,
}

/// A seat, as configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeatWatched {
    /// Its member.
    pub member: String,
    /// It votes and counts for nothing.
    pub is_shadow: bool,
}

/// Everything that `/metrics` shows.
#[derive(Default)]
pub struct MetricsSource {
    /// Version of the build.
    pub version: String,
    /// The world: `paper`, `testnet`, `live`.
    pub mode: String,
    /// The layout as it was applied.
    pub layout: String,
    /// The cold side: statistics and journal.
    pub cold: ColdHandle,
    /// Every link.
    pub gauges: Vec<Arc<Gauge>>,
    /// Every actor.
    pub hearts: Vec<Heartbeat>,
    /// Every actor that counts.
    pub counters: Vec<CounterSource>,
    /// Rules in the order of judgement, for the refusals.
    pub rules: Vec<String>,
    /// Rules that are switched off.
    pub rules_off: Vec<String>,
    /// The seats, in their order.
    pub seats: Vec<SeatWatched>,
    /// The connections of every wire.
    pub connections: Option<Read<ConnectionSample>>,
    /// What each connection brought of each stream.
    pub copies: Option<Read<CopySample>>,
    /// Frames that were not understood, or are not used.
    pub frames: Option<Read<FrameSample>>,
    /// The shadow seats' scores.
    pub shadows: Option<Read<ShadowSample>>,
}

/// Answers `/healthz` and `/readyz`: `Err` is a sentence for the body of a 503.
pub struct HealthSource {
    /// Whether the process does its work at all.
    pub healthy: Check,
    /// Whether it is ready to trade.
    pub ready: Check,
}

/// A check: in order, or a sentence that says what is not.
pub type Check = Box<dyn Fn() -> Result<(), String> + Send>;

/// All values at one moment, so that one page does not contradict itself.
pub(crate) struct Scrape<'s> {
    pub(crate) source: &'s MetricsSource,
    pub(crate) stats: Arc<StatsSnapshot>,
    pub(crate) outcome: ColdOutcome,
    /// The line's allocations after the seal, and TLS's.
    pub(crate) allocations: (u64, u64),
}

impl<'s> Scrape<'s> {
    pub(crate) fn take(source: &'s MetricsSource) -> Self {
        Self {
            source,
            stats: source.cold.stats(),
            outcome: source.cold.outcome(),
            allocations: actor::allocations(),
        }
    }
}
