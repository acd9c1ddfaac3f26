//! Where the nanoseconds go: a histogram per stage, and from the tick to the
//! order.
//!
//! Fed with the Timing record of each group. Every event is measured from the
//! moment its frame had been read from its socket, however long it waited
//! after that, so a stalled line shows in its own numbers.

use hdrhistogram::Histogram;
use types::{Mark, Timing};

/// The stages, each ending at the [`Mark`] of the same index. Where the line
/// skipped a mark, its time counts for the stage that ends at the next one.
pub const STAGES: [&str; 8] = [
    // From the socket read until the normalizer took the frame.
    "feed_normalizer",
    // Decoding, the book's integrity, sequencing.
    "normalizer",
    // Waiting for the indicator stage.
    "normalizer_indicator",
    // Indicators, and the hop to the council.
    "indicator",
    // Members and council, and the hop to risk.
    "council",
    // Rules, and the hop to the gateway.
    "risk",
    // Lock, reservation, encoding and signing.
    "gateway",
    // The socket write.
    "write",
];

/// Upper bounds of the exported buckets in nanoseconds: 1-2-5 steps from 200 ns
/// (about one hop) to 10 ms, then to a second; what is beyond is only counted.
pub const LATENCY_BOUNDS_NS: [u64; 18] = [
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    50_000_000,
    200_000_000,
    1_000_000_000,
];

/// Longest time told apart: 10 s.
const LONGEST_NS: u64 = 10_000_000_000;

/// The times of one stage, or from tick to order.
#[derive(Clone, Debug)]
pub(crate) struct Latency {
    histogram: Histogram<u64>,
    buckets: [u64; LATENCY_BOUNDS_NS.len()],
    sum_ns: u128,
}

/// What a summary shows of one [`StageLatency`]; nanoseconds; 0 when none was
/// measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LatencySummary {
    /// How many were measured.
    pub count: u64,
    /// Half were at most this.
    pub p50_ns: u64,
    /// 99 % were at most this.
    pub p99_ns: u64,
    /// 99.9 % were at most this.
    pub p999_ns: u64,
    /// The worst.
    pub max_ns: u64,
}

/// A stage's times, for the summary and for `/metrics`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageLatency {
    /// One of [`STAGES`], or `tick_to_order`.
    pub name: &'static str,
    /// Percentiles, to three significant digits.
    pub summary: LatencySummary,
    /// Sum of all of them.
    pub sum_ns: u128,
    /// How many were at most [`LATENCY_BOUNDS_NS`], each bound by itself
    /// (not cumulative).
    pub buckets: [u64; LATENCY_BOUNDS_NS.len()],
}

impl Latency {
    pub(crate) fn new() -> Self {
        // Three digits: 0.1 % is finer than any two runs agree.
        let histogram = Histogram::new_with_bounds(1, LONGEST_NS, 3);
        Self {
            histogram: histogram.expect("Invariant: 1 ns to 10 s in 3 digits is a valid range."),
            buckets: [0; LATENCY_BOUNDS_NS.len()],
            sum_ns: 0,
        }
    }

    pub(crate) fn record(&mut self, ns: u64) {
        self.histogram.saturating_record(ns);
        self.sum_ns += u128::from(ns);
        let bucket = LATENCY_BOUNDS_NS.partition_point(|bound| *bound < ns);
        if let Some(count) = self.buckets.get_mut(bucket) {
            *count += 1;
        }
    }

    pub(crate) fn read(&self, name: &'static str) -> StageLatency {
        let at = |quantile| self.histogram.value_at_quantile(quantile);
        let summary = match self.histogram.len() {
            0 => LatencySummary::default(),
            count => LatencySummary {
                count,
                p50_ns: at(0.5),
                p99_ns: at(0.99),
                p999_ns: at(0.999),
                max_ns: self.histogram.max(),
            },
        };
        StageLatency { name, summary, sum_ns: self.sum_ns, buckets: self.buckets }
    }
}

/// The stages that `timing` went through, with the nanoseconds of each.
pub(crate) fn stage_times(timing: &Timing) -> impl Iterator<Item = (usize, u64)> + '_ {
    let mut before = 0;
    Mark::ALL.into_iter().enumerate().filter_map(move |(index, mark)| {
        let at = u64::from(timing.at(mark)?);
        let spent = at.saturating_sub(before);
        before = at.max(before);
        Some((index, spent))
    })
}
