//! The model by which the exchange inside this process fills orders: its keys against each other,
//! and their typed form.
//!
//! Fed by the judged values, for the cross-checks and the builder. A key of a model that is not
//! chosen would do nothing, so it is refused.

use crate::values::Values;
use std::path::PathBuf;
use types::Decimal;

/// Where a resting order stands in a queue that does not name its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// Whoever cancels was behind us, until the level is smaller than what was before us.
    RiskAverse,
    /// Cancellations are shared by the power of what is before and behind us.
    Probabilistic {
        /// From 1 to 3.
        power: u32,
    },
}

/// How long orders and answers are under way, each way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Latency {
    /// Always this long, in microseconds; `None`: nothing in real time, 500 on virtual time.
    Constant(Option<u64>),
    /// Drawn evenly, ends included; `min_us` is not above `max_us`.
    Uniform {
        /// The shortest, in microseconds.
        min_us: u64,
        /// The longest, in microseconds.
        max_us: u64,
    },
    /// As this file has them, `there_ns,back_ns` a line.
    Recorded(PathBuf),
}

/// A funding rate in place of the market's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funding {
    /// What longs pay, a count of 10^-8 of the position's value, from -10^8 to 10^8.
    pub rate_e8: i64,
    /// Minutes from one payment to the next, above zero.
    pub interval_min: u32,
}

/// The model by which orders are filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueModel {
    /// Where a resting order stands.
    pub queue: Queue,
    /// How long everything takes.
    pub latency: Latency,
    /// Of the passive side, parts per million; below zero a rebate; `None`: the venue's usual.
    pub maker_fee_ppm: Option<i64>,
    /// Of the aggressive side, likewise.
    pub taker_fee_ppm: Option<i64>,
    /// `None`: what the market tells.
    pub funding: Option<Funding>,
    /// USDT at the start, not below zero; `None`: a million.
    pub wallet: Option<Decimal>,
}

/// Of `latency = "uniform"`, where nothing is given.
const UNIFORM_US: (u64, u64) = (50_000, 200_000);
/// Of `funding_rate`, where nothing is given.
const INTERVAL_MIN: u32 = 480;
/// As finely as venues tell a rate.
const RATE_PLACES: u8 = 8;

/// The longest way there or back, in microseconds, with which a run can start, trade and end. A
/// request must arrive within the shortest `recv_window_ms`, and its answer be there before
/// `order_timeout_ms` is over: both with a twentieth to spare for the machine itself. At the start
/// the two clocks are compared, which a way of a second makes differ by one; and working orders
/// have three seconds to be cancelled at the end, which two such ways are within.
#[must_use]
pub const fn longest_way_us(recv_window_ms: u64, order_timeout_ms: u64) -> u64 {
    let shorter = if recv_window_ms < order_timeout_ms { recv_window_ms } else { order_timeout_ms };
    let us = shorter.saturating_mul(1000 * 19 / 40);
    if us < CLOCKS_US { us } else { CLOCKS_US }
}

/// How far the start lets the venue's clock be from ours.
const CLOCKS_US: u64 = 1_000_000;

/// A fault: the key, what is wrong, what to do.
type Found = (&'static str, String, &'static str);

/// The typed model. Invariant: the values have passed [`check`].
pub(crate) fn read(values: &Values) -> VenueModel {
    let number = |key: &str| values.integer(key).and_then(|value| u64::try_from(value).ok());
    let fee = |key: &str| values.integer(key).and_then(|value| i64::try_from(value).ok());
    let queue = match values.text("exchange.queue") {
        Some("probabilistic") => {
            let power = number("exchange.queue_power").and_then(|power| power.try_into().ok());
            Queue::Probabilistic { power: power.unwrap_or(1) }
        }
        _ => Queue::RiskAverse,
    };
    let latency = match values.text("exchange.latency") {
        Some("uniform") => {
            let (min_us, max_us) = uniform(values);
            Latency::Uniform { min_us, max_us }
        }
        Some("recorded") => {
            let path = values.text("exchange.latency_file").unwrap_or_default();
            Latency::Recorded(PathBuf::from(path))
        }
        _ => Latency::Constant(number("exchange.latency_us")),
    };
    let interval = number("exchange.funding_interval_min").and_then(|min| min.try_into().ok());
    let rate = values.decimal("exchange.funding_rate").and_then(|rate| rate.at(RATE_PLACES));
    VenueModel {
        queue,
        latency,
        maker_fee_ppm: fee("exchange.maker_fee_ppm"),
        taker_fee_ppm: fee("exchange.taker_fee_ppm"),
        funding: rate
            .map(|rate_e8| Funding { rate_e8, interval_min: interval.unwrap_or(INTERVAL_MIN) }),
        wallet: values.decimal("exchange.wallet"),
    }
}

fn uniform(values: &Values) -> (u64, u64) {
    let end = |key: &str, usual| {
        values.integer(key).and_then(|value| u64::try_from(value).ok()).unwrap_or(usual)
    };
    (end("exchange.latency_min_us", UNIFORM_US.0), end("exchange.latency_max_us", UNIFORM_US.1))
}

/// Which key belongs to which choice: key, chooser, word, what to do.
const OWNED: [(&str, &str, &str, &str); 5] = [
    (
        "exchange.queue_power",
        "exchange.queue",
        "probabilistic",
        "leave it out, or write queue = \"probabilistic\"",
    ),
    (
        "exchange.latency_us",
        "exchange.latency",
        "constant",
        "leave it out, or write latency = \"constant\"",
    ),
    (
        "exchange.latency_min_us",
        "exchange.latency",
        "uniform",
        "leave it out, or write latency = \"uniform\"",
    ),
    (
        "exchange.latency_max_us",
        "exchange.latency",
        "uniform",
        "leave it out, or write latency = \"uniform\"",
    ),
    (
        "exchange.latency_file",
        "exchange.latency",
        "recorded",
        "leave it out, or write latency = \"recorded\"",
    ),
];

/// What disagrees. `is_spot`: the venue that the exchange stands for is a spot market;
/// `window_ms`: how long its requests are valid.
pub(crate) fn check(values: &Values, is_spot: bool, window_ms: u64) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for (key, chooser, word, remedy) in OWNED {
        let chosen = values.text(chooser).unwrap_or(word);
        if values.get(key).is_some() && chosen != word {
            let name = chooser.trim_start_matches("exchange.");
            found.push((key, format!("it does nothing with {name} = \"{chosen}\""), remedy));
        }
    }
    let is_uniform = values.text("exchange.latency") == Some("uniform");
    let (min, max) = uniform(values);
    if is_uniform && min > max {
        let key = if values.get("exchange.latency_max_us").is_some() {
            "exchange.latency_max_us"
        } else {
            "exchange.latency_min_us"
        };
        let sentence = format!("the shortest way ({min} us) is longer than the longest ({max} us)");
        found.push((key, sentence, "give latency_min_us <= latency_max_us"));
    }
    let is_recorded = values.text("exchange.latency") == Some("recorded");
    if is_recorded && values.get("exchange.latency_file").is_none() {
        let sentence = "recorded latencies are in a file, and none is named".to_owned();
        found.push(("exchange.latency", sentence, "write latency_file = \"PATH\""));
    }
    check_longest(values, window_ms, &mut found);
    check_funding(values, is_spot, &mut found);
    found
}

/// Latencies with which no run could start or end.
fn check_longest(values: &Values, window_ms: u64, found: &mut Vec<Found>) {
    let us = |key: &str| values.integer(key).and_then(|value| u64::try_from(value).ok());
    let timeout_ms = us("gateway.order_timeout_ms").unwrap_or(u64::MAX);
    let most = longest_way_us(window_ms, timeout_ms);
    let (key, way) = match values.text("exchange.latency") {
        Some("recorded") => return,
        Some("uniform") => {
            let given = values.get("exchange.latency_max_us").is_some();
            let key = if given { "exchange.latency_max_us" } else { "exchange.latency" };
            (key, uniform(values).1)
        }
        _ => ("exchange.latency_us", us("exchange.latency_us").unwrap_or(0)),
    };
    if way > most {
        let sentence = format!(
            "{way} us each way is too long: the answer must be back within recv_window_ms \
             ({window_ms}) and gateway.order_timeout_ms ({timeout_ms}), and a way takes at most a \
             second; the most that works is {most}"
        );
        found.push((key, sentence, "give that or less, or raise the shorter of the two"));
    }
}

fn check_funding(values: &Values, is_spot: bool, found: &mut Vec<Found>) {
    let rate = values.decimal("exchange.funding_rate");
    if rate.is_some_and(|rate| rate.at(RATE_PLACES).is_none()) {
        found.push((
            "exchange.funding_rate",
            "a rate has at most eight places".to_owned(),
            "give one such as \"0.0001\"",
        ));
    }
    if rate.is_some() && is_spot {
        found.push((
            "exchange.funding_rate",
            "funding is for perpetuals, and the venue's dialect is spot".to_owned(),
            "leave it out",
        ));
    }
    if rate.is_none() && values.get("exchange.funding_interval_min").is_some() {
        found.push((
            "exchange.funding_interval_min",
            "it does nothing without funding_rate".to_owned(),
            "leave it out, or give funding_rate",
        ));
    }
}
