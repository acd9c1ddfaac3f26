//! docs/metrics.md: every metric of the registry as a page for people.
//!
//! Made from `METRICS` and from what the actors count, so that the page and what is served cannot differ; a
//! test compares the file with it.

use super::registry::{METRICS, MetricKind, MetricSpec};
use super::render::counter_metric_name;
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

What an actor counts for itself follows on the page, one counter without labels each.

| metric | actor | meaning |
|---|---|---|
";

const REST: &str = "
## The other two pages

`/healthz` answers 200 while the process does its work, and 503 with a sentence once the journal
has failed or a thread of the line has stopped.
`/readyz` answers 200 when orders may be placed, and 503 with the first reason why not: not armed,
killed, a connection down, a book that is not live.
Any other path is 404, any other method 405; a request that is too long, has a body or is not
finished within two seconds is refused or closed.
";

/// What an actor counts: its name in the shape, and its counters with their
/// meanings, as their `read` gives them.
pub type ActorCounters = (&'static str, Vec<(&'static str, &'static str, u64)>);

/// The whole page. `actors` are those that [`super::MetricsSource`] is given, in
/// that order; their values are not looked at.
#[must_use]
pub fn metrics_page(actors: &[ActorCounters]) -> String {
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
    for (actor, counters) in actors {
        for (name, meaning, _) in counters {
            let metric = counter_metric_name(actor, name);
            let meaning = meaning.trim_end_matches('.');
            let _ = writeln!(page, "| `{metric}` | {actor} | {meaning} |");
        }
    }
    page.push_str(REST);
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
            "althing_member_opinion" => "-1 to 1",
            _ => "count",
        }
    }
}
