//! Keys of the line's two ends and of what links and watches it.
//!
//! Read with the rest of the table by [`super`].

use super::{WEEK_S, free, integer, key};
use crate::schema::{Form, Given, KeySpec, Kind};

/// The most that a power of two of records may be: 64 MiB × 64 bytes.
const DEEPEST: i128 = 1 << 26;

pub(super) const GATEWAY: &[KeySpec] = &[key(
    "order_timeout_ms",
    integer(1, 600_000),
    Given::Integer(1000),
    [
        "How long to wait for the venue's answer before the outcome counts as unknown, in \
            milliseconds.",
        "far above a round trip: an order that is called unknown locks its instrument",
    ],
)];

pub(super) const FEED: &[KeySpec] = &[
    key(
        "streams",
        Kind::List { of: Form::OneOf(&["depth", "trades", "quotes"]), min: 1, max: 3 },
        Given::List(&["depth", "trades", "quotes"]),
        [
            "What is subscribed for each instrument: book changes, trades, best bid and ask.",
            "all three: what an indicator might want",
        ],
    ),
    key(
        "stale_after_ms",
        integer(1, WEEK_S * 1000),
        Given::Integer(2000),
        [
            "After how long without an event an instrument's book is too old to act on, in \
                milliseconds.",
            "twenty updates of a depth stream of 100 ms",
        ],
    ),
    key(
        "silence_ms",
        integer(1, WEEK_S * 1000),
        Given::Integer(10_000),
        [
            "After how long without a byte a connection is given up and opened again, in \
                milliseconds.",
            "longer than stale_after_ms: first stop acting, then reconnect",
        ],
    ),
    free(
        "max_frame_kib",
        integer(4, 65_536),
        Given::Integer(4096),
        [
            "The longest message or REST answer that is read, in KiB; a longer one closes the \
                connection.",
            "the longest is an exchange's list of all its instruments",
        ],
    ),
];

pub(super) const LINKS: &[KeySpec] = &[free(
    "*",
    Kind::PowerOfTwo { min: 2, max: DEEPEST },
    Given::Optional,
    [
        "Depth of the link of that name: bytes for frames, records of 64 bytes or requests else.",
        "the shape holds each default with its reason",
    ],
)];

pub(super) const METRICS: &[KeySpec] = &[
    free(
        "listen",
        Kind::Text(Form::Address),
        Given::Text("127.0.0.1:0"),
        [
            "Where /metrics, /healthz and /readyz answer; port 0 takes a free one and prints it.",
            "loopback: nobody outside asked",
        ],
    ),
    free(
        "allow_remote",
        Kind::Flag,
        Given::Flag(false),
        [
            "Whether `listen` may be reached from other machines.",
            "positions and balances are nobody else's business",
        ],
    ),
];

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
            "Seed of the synthetic market and of its faults.",
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
            "How long the market runs, in seconds.",
            "long enough to see percentiles, short enough to wait for",
        ],
    ),
    key(
        "latency_us",
        integer(0, 10_000_000),
        Given::Optional,
        [
            "Latency added between an order and its effect, and again before the answer, in \
                microseconds.",
            "where it is missing: none over sockets, which have their own, and 500 on virtual time",
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
