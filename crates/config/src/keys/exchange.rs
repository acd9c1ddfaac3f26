//! Keys of the exchange inside this process: its market, and the model by which it fills orders,
//! also beside a real market in paper.
//!
//! Read with the rest of the table by [`super`].

use super::{WEEK_S, integer, key, words};
use crate::schema::{Form, Given, KeySpec, Kind};
use types::Decimal;

/// Ten seconds: no venue that anybody trades on is farther away.
const LATENCY_US: Kind = integer(0, 10_000_000);

/// A tenth of the notional: far beyond every venue's dearest rate.
const FEE: Kind = integer(-100_000, 100_000);

pub(super) const EXCHANGE: &[KeySpec] = &[
    key(
        "rate",
        integer(1, 10_000_000),
        Given::Integer(2000),
        ["Messages a second of the synthetic market.", "the simulated exchange's own default"],
    ),
    key(
        "seed",
        integer(0, u64::MAX as i128),
        Given::Integer(1),
        [
            "Seed of the synthetic market, of its faults and of drawn latencies.",
            "any number; the same one repeats the run",
        ],
    ),
    key(
        "capture",
        Kind::List { of: Form::Path, min: 0, max: 64 },
        Given::List(&[]),
        [
            "Recordings to play instead of the synthetic market, in order.",
            "none: the synthetic market needs no file",
        ],
    ),
    key(
        "speed",
        Kind::Text(Form::Speed),
        Given::Text("1"),
        ["How fast a recording plays.", "1: as it happened"],
    ),
    key(
        "duration_s",
        integer(1, WEEK_S),
        Given::Integer(10),
        [
            "How long the simulated market runs, in seconds. A recording is played to its end, \
                unless `--duration` says otherwise.",
            "long enough to see percentiles, short enough to wait for",
        ],
    ),
    key(
        "queue",
        words(&["risk_averse", "probabilistic"]),
        Given::Text("risk_averse"),
        [
            "Where a resting order stands in a recorded or a real market's queue, which shows how \
                much waits at a price and not whose. `risk_averse`: whoever cancels was behind us, \
                until the level is smaller than what was before us. `probabilistic`: cancellations \
                are shared between before and behind us by `queue_power`. A synthetic market keeps \
                real queues and needs neither.",
            "risk_averse: fills come late rather than early, so that paper does not flatter",
        ],
    ),
    key(
        "queue_power",
        integer(1, 3),
        Given::Optional,
        [
            "Of `queue = \"probabilistic\"`: the front loses front^n / (front^n + back^n) of what \
                is canceled.",
            "where it is missing 1, an even share; more takes more from the larger part",
        ],
    ),
    key(
        "latency",
        words(&["constant", "uniform", "recorded"]),
        Given::Text("constant"),
        [
            "How long an order is under way to its effect, and its answer back: always \
                `latency_us`, drawn evenly between `latency_min_us` and `latency_max_us`, or as \
                `latency_file` has them.",
            "constant: the simplest that can be said of an exchange in the same process",
        ],
    ),
    key(
        "latency_us",
        LATENCY_US,
        Given::Optional,
        [
            "Of `latency = \"constant\"`: each way, in microseconds.",
            "where it is missing: none in real time, which has its own, and 500 on virtual time",
        ],
    ),
    key(
        "latency_min_us",
        LATENCY_US,
        Given::Optional,
        [
            "Of `latency = \"uniform\"`: the shortest way, in microseconds.",
            "where it is missing 50,000: the venue is a continent away",
        ],
    ),
    key(
        "latency_max_us",
        LATENCY_US,
        Given::Optional,
        [
            "Of `latency = \"uniform\"`: the longest way, in microseconds; not below \
                latency_min_us.",
            "where it is missing 200,000: a continent away on a bad day",
        ],
    ),
    key(
        "latency_file",
        Kind::Text(Form::Path),
        Given::Optional,
        [
            "Of `latency = \"recorded\"`: a file of lines `there_ns,back_ns`, taken one after the \
                other and then from the start again; a first line of names is skipped.",
            "nothing can be guessed here",
        ],
    ),
    key(
        "maker_fee_ppm",
        FEE,
        Given::Optional,
        [
            "Fee of a fill that rested in the book, in parts per million of its value; below zero \
                is a rebate.",
            "where it is missing the venue's lowest tier: 200 on Binance's futures, 1000 on spot",
        ],
    ),
    key(
        "taker_fee_ppm",
        FEE,
        Given::Optional,
        [
            "Fee of a fill that took from the book, in parts per million of its value; below zero \
                is a rebate.",
            "where it is missing the venue's lowest tier: 500 on Binance's futures, 1000 on spot",
        ],
    ),
    key(
        "funding_rate",
        Kind::Decimal { min: Decimal::new(-1, 0), max: Decimal::new(1, 0) },
        Given::Optional,
        [
            "What a long position pays to shorts at each funding, as a share of its value, of at \
                most eight places; below zero shorts pay. In place of whatever a recorded or real \
                market tells.",
            "without it: what the market's mark_price stream tells, and nothing on a synthetic one",
        ],
    ),
    key(
        "funding_interval_min",
        integer(1, WEEK_S / 60),
        Given::Optional,
        [
            "Of `funding_rate`: minutes from one funding to the next, counted from 00:00 UTC on \
                1970-01-01.",
            "where it is missing 480: eight hours, as most of Binance's perpetuals",
        ],
    ),
    key(
        "wallet",
        Kind::Decimal { min: Decimal::new(0, 0), max: Decimal::new(1_000_000_000_000, 0) },
        Given::Optional,
        [
            "USDT that the account has at the start.",
            "where it is missing 1,000,000: no limit of the venue's is met before one of ours",
        ],
    ),
    key(
        "script",
        Kind::Text(Form::Path),
        Given::Optional,
        [
            "Fault script to inject, a TOML file of `[[fault]]` tables.",
            "none: a venue without faults",
        ],
    ),
];
