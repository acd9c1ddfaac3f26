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

const STREAMS: &[&str] =
    &["depth", "trades", "quotes", "agg_trades", "mark_price", "liquidations", "klines"];

/// As Binance writes them; those below a minute only spot has.
const INTERVALS: &[&str] = &[
    "1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w",
    "1M",
];

pub(super) const FEED: &[KeySpec] = &[
    key(
        "streams",
        Kind::List { of: Form::OneOf(STREAMS), min: 1, max: STREAMS.len() },
        Given::List(&["depth", "trades", "quotes"]),
        [
            "What is subscribed for each instrument: book changes, single trades, best bid and ask, \
                trades told together, mark price with funding, forced orders, the venue's candles. \
                A venue without a stream is not asked for it.",
            "the first three: what most indicators and members want; agg_trades tell the same \
                volume as trades",
        ],
    ),
    key(
        "kline_interval",
        Kind::Text(Form::OneOf(INTERVALS)),
        Given::Text("1m"),
        ["The length of the candles in `klines`.", "the shortest that every venue has"],
    ),
    free(
        "copies",
        integer(1, 4),
        Given::Integer(1),
        [
            "How many connections carry each stream; the first copy of a message to arrive wins.",
            "1: a second one costs the venue's patience and ours; 2 where a lost or late message \
                costs more",
        ],
    ),
    free(
        "gap_wait_ms",
        integer(0, 600_000),
        Given::Integer(1000),
        [
            "How long another connection may take to bring a message that one has lost, in \
                milliseconds; after that it is a gap, and a book asks for a snapshot. What comes \
                meanwhile waits.",
            "half of stale_after_ms: a book that waits is not yet too old to act on",
        ],
    ),
    free(
        "rotate_after_s",
        integer(1, WEEK_S),
        Given::Integer(82_800),
        [
            "A connection this old, in seconds, is replaced: its successor opens and carries the \
                same streams beside it before it closes. Must be below the venue's own limit.",
            "23 hours: Binance closes a connection after 24, and an hour is left for venues that \
                refuse for a while",
        ],
    ),
    free(
        "rotate_overlap_ms",
        integer(1, 3_600_000),
        Given::Integer(10_000),
        [
            "How long a connection and its successor run side by side, in milliseconds.",
            "longer than one lags behind the other: what the old one had not brought is lost",
        ],
    ),
    free(
        "streams_per_connection",
        integer(1, 65_535),
        Given::Optional,
        [
            "The most streams of one connection.",
            "without it the venue's own limit, 1024 on Binance; less spreads the load",
        ],
    ),
    key(
        "book_levels",
        integer(1, 1 << 20),
        Given::Integer(8192),
        [
            "How many levels per side a book keeps beyond the 4096 ticks around its touch, in \
                memory taken at start. A full book drops its farthest levels and counts them; a \
                touch that comes near what was dropped makes the book STALE and asks for a snapshot.",
            "the recorded Binance books hold up to 5,000 a side",
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
        Given::Integer(8192),
        [
            "The longest message or REST answer that is read, in KiB; a longer one closes the \
                connection.",
            "the longest recorded message of any venue, a book's snapshot, has 5 MB",
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
