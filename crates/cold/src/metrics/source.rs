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
