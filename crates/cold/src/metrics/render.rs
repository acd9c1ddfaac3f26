//! The page: Prometheus text, or OpenMetrics for whoever asks for it.
//!
//! The two differ in the name of a counter's family, and both end with `# EOF`
//! (a comment to the older one).

use super::registry::{METRICS, MetricKind, MetricSpec};
use super::source::{MetricsSource, Scrape};
use crate::stats::{LATENCY_BOUNDS_NS, StageLatency};
use std::fmt::{Display, Write};
use types::Decimal;

/// Which text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextForm {
    /// Prometheus text format 0.0.4.
    Prometheus,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl TextForm {
    /// The value of Content-Type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The whole page.
#[must_use]
pub fn render_metrics(source: &MetricsSource, form: TextForm) -> String {
    let scrape = Scrape::take(source);
    let mut out = String::with_capacity(32 << 10);
    for spec in METRICS {
        head(&mut out, form, spec.name, spec.kind, spec.help);
        (spec.read)(&scrape, &mut Samples { out: &mut out, spec });
    }
    render_counters(source, form, &mut out);
    out.push_str("# EOF\n");
    out
}

/// The name under which an actor's counter is shown.
#[must_use]
pub fn counter_metric_name(actor: &str, counter: &str) -> String {
    let plain = |text: &str| -> String {
        text.chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect()
    };
    format!("althing_{}_{}_total", plain(actor), plain(counter))
}

/// Writes the samples of one metric.
pub(crate) struct Samples<'o> {
    out: &'o mut String,
    spec: &'static MetricSpec,
}

impl Samples<'_> {
    /// One sample, with a value for each of the metric's labels.
    pub(crate) fn one(&mut self, labels: &[&str], value: impl Display) {
        self.sample("", labels, None, value);
    }

    /// Cumulative buckets, sum and count.
    pub(crate) fn histogram(&mut self, labels: &[&str], of: &StageLatency) {
        let mut below = 0;
        for (bound, count) in LATENCY_BOUNDS_NS.iter().zip(of.buckets) {
            below += count;
            self.sample("_bucket", labels, Some(&bound_text(*bound)), below);
        }
        self.sample("_bucket", labels, Some("+Inf"), of.summary.count);
        let (whole, rest) = (of.sum_ns / 1_000_000_000, of.sum_ns % 1_000_000_000);
        self.sample("_sum", labels, None, format_args!("{whole}.{rest:09}"));
        self.sample("_count", labels, None, of.summary.count);
    }

    /// Writing to a string cannot fail, so results are let go.
    fn sample(&mut self, suffix: &str, labels: &[&str], le: Option<&str>, value: impl Display) {
        assert_eq!(labels.len(), self.spec.labels.len(), "Invariant: a value for each label.");
        let _ = write!(self.out, "{}{suffix}", self.spec.name);
        let named = self.spec.labels.iter().copied().zip(labels.iter().copied());
        let mut separator = '{';
        for (name, label) in named.chain(le.map(|le| ("le", le))) {
            let _ = write!(self.out, "{separator}{name}=\"{}\"", escaped(label));
            separator = ',';
        }
        if separator == ',' {
            self.out.push('}');
        }
        let _ = writeln!(self.out, " {value}");
    }
}

/// A bound in seconds; OpenMetrics wants a point in it.
fn bound_text(ns: u64) -> String {
    let text = Decimal::new(i64::try_from(ns).unwrap_or(i64::MAX), 9).trimmed().to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

fn head(out: &mut String, form: TextForm, name: &str, kind: MetricKind, help: &str) {
    let family = match (form, kind) {
        (TextForm::OpenMetrics, MetricKind::Counter) => name.strip_suffix("_total").unwrap_or(name),
        _ => name,
    };
    let help = help.replace('\\', "\\\\").replace('\n', "\\n");
    let _ = writeln!(out, "# HELP {family} {help}\n# TYPE {family} {}", kind.as_str());
}

fn render_counters(source: &MetricsSource, form: TextForm, out: &mut String) {
    for counters in &source.counters {
        for (name, help, value) in (counters.read)() {
            let name = counter_metric_name(counters.actor, name);
            head(out, form, &name, MetricKind::Counter, help);
            let _ = writeln!(out, "{name} {value}");
        }
    }
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
