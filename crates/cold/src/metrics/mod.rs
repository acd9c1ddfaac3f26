//! `/metrics`, `/healthz` and `/readyz` over HTTP, on loopback by default.
//!
//! Fed by snapshots, gauges and counters that others publish; read by
//! Prometheus, an orchestrator, or a person with curl. `METRICS` is the list of
//! all metrics as data; the page and the docs both come from it.
//!
//! Never here: a lock that the line waits for, an order id, a write of any kind.

mod http;
mod page;
mod registry;
mod render;
mod server;
mod source;

pub use page::{ActorCounters, metrics_page};
pub use registry::{METRICS, MetricKind, MetricSpec};
pub use render::{TextForm, counter_metric_name, render_metrics};
pub use server::MetricsServer;
pub use source::{
    Check, ConnectionSample, CopySample, CounterSource, FrameSample, HealthSource, MetricsSource,
    Read, ReadCounters, SeatWatched, ShadowSample,
};

#[cfg(test)]
mod tests;
