//! Statistics of a run: one pass over its records, as they come or from a journal.
//!
//! Fed by the cold actor; read as a snapshot by the summary and `/metrics`.
//! Money is exact; the one rounding (a share of a position's cost) is named
//! where it happens.
//!
//! Never here: a clock, a file.

mod counts;
mod holding;
mod latency;
mod snapshot;
mod votes;
mod wallet;

pub use account::LineState;
pub use counts::Stats;
pub use latency::{LATENCY_BOUNDS_NS, LatencySummary, STAGES, StageLatency};
pub use snapshot::{BookSummary, InstrumentStats, Opinion, REASONS, SharedStats, StatsSnapshot};

pub(crate) use latency::stage_times;

#[cfg(test)]
mod tests;
