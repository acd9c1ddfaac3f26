//! docs/metrics.md: every metric of the registry as a page for people.
//!
//! Made from `METRICS` alone, so that the page and what is served cannot differ; a
//! test compares the file with it.

use super::registry::{METRICS, MetricKind, MetricSpec};
use std::fmt::Write;

const HEAD: &str = "# Metrics

Made from the code by `ALTHING_BLESS=1 cargo test -p cold --test metrics_page`; a test compares.
Not to be edited.

`althing run` serves them as Prometheus text, or as OpenMetrics to whoever asks for it, at
`metrics.listen`, on loopback by default.
Every name begins with `althing_`, times are seconds, sizes are bytes, and what only rises ends
with `_total`.
No order id is ever a label.
A histogram has `_bucket`, `_sum` and `_count`.
Every counter counts from the start of the process.

| metric | type | labels | unit | meaning |
|---|---|---|---|---|
";

const ACTORS: &str = "
## Counters of the actors

What an actor counts for itself follows on the page as `althing_ACTOR_COUNTER_total`, with its
meaning in the HELP line: the actors are `feed`, `normalizer`, `council`, `risk` and `gateway`.

## The other two pages

`/healthz` answers 200 while the process does its work, and 503 with a sentence once the journal
has failed or a thread of the line has stopped.
`/readyz` answers 200 when orders may be placed, and 503 with the first reason why not: not armed,
killed, a connection down, a book that is not live.
Any other path is 404, any other method 405; a request that is too long, has a body or is not
finished within two seconds is refused or closed.
";

/// The whole page.
#[must_use]
pub fn metrics_page() -> String {
    let mut page = HEAD.to_owned();
    for spec in METRICS {
        let labels: Vec<_> = spec.labels.iter().map(|label| format!("`{label}`")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} |",
            spec.name,
            spec.kind.as_str(),
            labels.join(", "),
            spec.unit(),
            spec.help.trim_end_matches('.')
        );
    }
    page.push_str(ACTORS);
    page
}

impl MetricSpec {
    /// What one of it is: the name says it, or else what it measures.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        let name = self.name.trim_end_matches("_total");
        match name {
            _ if name.ends_with("_seconds") => "seconds",
            _ if name.ends_with("_bytes") => "bytes",
            _ if self.help.contains("quote asset") => "quote asset",
            "althing_position" => "base asset or contracts",
            _ if self.kind == MetricKind::Gauge && self.help.contains("1 when") => "0 or 1",
            "althing_info" => "always 1",
            _ => "count",
        }
    }
}
