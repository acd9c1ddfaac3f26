//! The side thread: journal, statistics, metrics. May block, may allocate.
//!
//! Fed by the gateway's output link, which carries every record of the line in
//! order; read by `/metrics`, by the summary, and through the journal by
//! `althing why`, `orders`, `journal` and `replay`.
//!
//! Never here: a decision, an order, a record that is dropped without a word.

mod explain;
mod journal;
mod metrics;
mod names;
mod replay;
mod side;
mod stats;
mod unit;

pub use explain::{
    BookStanding, Breaker, Explanation, FeedStanding, OrderFill, OrderStories, OrderStory, Shown,
    StageTime, Standing, StateChange, TallyShown, explain, orders, standing, utc,
};
pub use journal::{
    DirStore, DumpForm, Durability, Ending, Field, Group, Groups, Journal, JournalError,
    JournalSettings, JournalWriter, Kept, OrderDigest, RunInfo, Sealed, SegmentFile, Specs, Store,
    Torn, Verified, dump, order_line, visit_fields,
};
pub use metrics::{
    ActorCounters, Check, ConnectionSample, CopySample, CounterSource, FrameSample, HealthSource,
    METRICS, MetricKind, MetricSpec, MetricsServer, MetricsSource, Read, ReadCounters, SeatWatched,
    ShadowSample, TextForm, counter_metric_name, metrics_page, render_metrics,
};
pub use names::{Counting, IndicatorWords, Judged, Measured, Names, RuleWords, SeatWords};
pub use replay::{Comparator, Comparison, ReplayFeed};
pub use side::{ColdActor, ColdHandle, ColdOutcome, ColdSettings, ColdThread, start};
pub use stats::{
    BookSummary, InstrumentStats, LATENCY_BOUNDS_NS, LatencySummary, LineState, Opinion, REASONS,
    STAGES, SharedStats, StageLatency, Stats, StatsSnapshot,
};
pub use unit::Unit;
