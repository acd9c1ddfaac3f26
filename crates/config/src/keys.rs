//! Every key that is not registered elsewhere: its kind, its default and why.
//!
//! The one table that the judge, the listing and docs/configuration.md read.
//! A new key is a line here and a field in `config.rs`.

use crate::schema::{Form, Given, KeySpec, Kind, Section};
use types::Decimal;

const fn integer(min: i128, max: i128) -> Kind {
    Kind::Integer { min, max }
}

const fn words(words: &'static [&'static str]) -> Kind {
    Kind::Text(Form::OneOf(words))
}

/// An amount of something: the least that 18 places can say, or more.
const AMOUNT: Kind =
    Kind::Decimal { min: Decimal::new(1, 18), max: Decimal::new(1_000_000_000_000, 0) };

/// A key that decisions depend on.
const fn key(name: &'static str, kind: Kind, given: Given, text: [&'static str; 2]) -> KeySpec {
    KeySpec { name, kind, given, volatile: false, doc: text[0], why: text[1] }
}

/// A key that no decision depends on.
const fn free(name: &'static str, kind: Kind, given: Given, text: [&'static str; 2]) -> KeySpec {
    KeySpec { name, kind, given, volatile: true, doc: text[0], why: text[1] }
}

/// The most that a power of two of records may be: 64 MiB × 64 bytes.
const DEEPEST: i128 = 1 << 26;

/// A week in seconds and in milliseconds: no wait of ours is longer.
const WEEK_S: i128 = 604_800;

/// Every section, in the order of the page.
pub const SECTIONS: &[Section] = &[
    Section { path: "", doc: "At the top of the file, before any section.", keys: TOP },
    Section { path: "engine", doc: "What runs, where, and on which threads.", keys: ENGINE },
    Section { path: "journal", doc: "The record of everything that happened.", keys: JOURNAL },
    Section {
        path: "venues.*",
        doc: "One table per venue. The name is yours, in lower case; in upper case it ends the ids of its instruments.",
        keys: VENUES,
    },
    Section { path: "instruments", doc: "What is traded.", keys: INSTRUMENTS },
    Section { path: "indicators", doc: "What is computed from the market.", keys: INDICATORS },
    Section { path: "council", doc: "How votes become intents.", keys: COUNCIL },
    Section { path: "council.order", doc: "The order that an intent becomes.", keys: ORDER },
    Section {
        path: "council.order.qty_of",
        doc: "Quantities of single instruments, by symbol: `BTCUSDT = \"0.01\"`.",
        keys: QTY_OF,
    },
    Section {
        path: "council.member[]",
        doc: "One `[[council.member]]` per seat, with the parameters of the member that sits there. `inputs.ROLE = \"LABEL\"` makes it listen to another indicator of the set than its usual one.",
        keys: MEMBER,
    },
    Section { path: "gateway", doc: "The only way out.", keys: GATEWAY },
    Section {
        path: "feed",
        doc: "What is read from the venues, and when it is too old.",
        keys: FEED,
    },
    Section {
        path: "links",
        doc: "Depths of links by name, where the shape's own is not wanted.",
        keys: LINKS,
    },
    Section { path: "metrics", doc: "What monitoring reads.", keys: METRICS },
    Section {
        path: "exchange",
        doc: "The embedded exchange: the other end of the demo, of paper on recordings and of the virtual worlds.",
        keys: EXCHANGE,
    },
];

const TOP: &[KeySpec] = &[key(
    "version",
    integer(0, 65_535),
    Given::Integer(1),
    ["Version of this format.", "1 is the only one so far; a file of another version is refused"],
)];

const ENGINE: &[KeySpec] = &[
    key(
        "mode",
        words(&["paper", "testnet", "live"]),
        Given::Text("paper"),
        [
            "`paper` sends no order, `testnet` sends to a test network or a simulated exchange, `live` to the real one.",
            "paper: whoever says nothing sends nothing",
        ],
    ),
    free(
        "state_dir",
        Kind::Text(Form::Path),
        Given::Text("state"),
        [
            "Directory of the journal and of everything else that is kept.",
            "beside where the engine was started; the demo and the virtual worlds use a new empty one unless told",
        ],
    ),
    free(
        "layout",
        Kind::Text(Form::Layout),
        Given::Text("auto"),
        [
            "Which actors share a thread.",
            "auto never spins more threads than there are cores less one",
        ],
    ),
    free(
        "wait",
        words(&["auto", "spin", "spin_yield", "spin_park"]),
        Given::Text("auto"),
        [
            "What a thread does when there is nothing to do.",
            "auto: spin where each thread has a core, spin_park where they share",
        ],
    ),
    free(
        "memory_mib",
        integer(16, 1_048_576),
        Given::Integer(512),
        [
            "The most memory that the links may take, in MiB.",
            "fits a laptop and is ten times what the default depths take",
        ],
    ),
    key(
        "strategy_id",
        integer(0, 65_535),
        Given::Integer(1),
        ["The strategy's number inside every client_order_id.", "16 bits is its place in the id"],
    ),
];

const JOURNAL: &[KeySpec] = &[
    free(
        "segment_mib",
        integer(1, 4096),
        Given::Integer(256),
        [
            "Size of a journal segment in MiB.",
            "four million records: minutes of a busy market, and quick to verify",
        ],
    ),
    free(
        "durability",
        words(&["process", "disk"]),
        Given::Text("process"),
        [
            "What an order survives once sent: `process` a kill -9, `disk` a power loss.",
            "process costs nanoseconds; disk is not built yet and is refused",
        ],
    ),
    free(
        "flush_ms",
        integer(1, 10_000),
        Given::Integer(50),
        [
            "The longest time between two flushes to disk, in milliseconds.",
            "what a power loss can take; shorter only wears the disk, for nothing on the line waits for it",
        ],
    ),
];

const VENUES: &[KeySpec] = &[
    key(
        "dialect",
        Kind::Text(Form::Dialect),
        Given::Required,
        ["The protocol that the venue speaks.", "nothing can be guessed here"],
    ),
    key(
        "network",
        words(&["embedded", "custom", "mainnet", "testnet"]),
        Given::Required,
        [
            "Which one: `embedded` is the exchange inside this process, `custom` the addresses given here, the others the venue's own.",
            "said, never assumed: it decides whose money moves",
        ],
    ),
    key(
        "rest",
        Kind::Text(Form::Rest),
        Given::Optional,
        ["Base address of REST.", "needed for `custom`; the others know theirs"],
    ),
    key(
        "ws",
        Kind::Text(Form::Socket),
        Given::Optional,
        ["Base address of the streams.", "needed for `custom`; the others know theirs"],
    ),
    key(
        "ws_api",
        Kind::Text(Form::Socket),
        Given::Optional,
        [
            "Base address of order entry over WebSocket.",
            "where it is missing for `custom`, orders go to the address of the streams",
        ],
    ),
    free(
        "key_env",
        Kind::Text(Form::Variable),
        Given::Optional,
        [
            "Name of the environment variable that holds the API key.",
            "keys are never in this file; a simulated exchange takes its test key",
        ],
    ),
    free(
        "secret_env",
        Kind::Text(Form::Variable),
        Given::Optional,
        [
            "Name of the environment variable that holds the API secret.",
            "secrets are never in this file",
        ],
    ),
    free(
        "secret_file",
        Kind::Text(Form::Path),
        Given::Optional,
        [
            "File of mode 0600 that holds the API secret, instead of `secret_env`.",
            "an environment can be read by whoever may read the process",
        ],
    ),
    key(
        "recv_window_ms",
        integer(1, 60_000),
        Given::Integer(5000),
        [
            "How long after its stamp the venue may still accept a request, in milliseconds.",
            "the venues' own default; it bounds how long an order's outcome can stay unknown",
        ],
    ),
    free(
        "extra_ca",
        Kind::Text(Form::Path),
        Given::Optional,
        [
            "PEM file of a certificate authority to trust besides the usual ones.",
            "for a proxy or a simulated exchange with a certificate of its own",
        ],
    ),
];

const INSTRUMENTS: &[KeySpec] = &[key(
    "ids",
    Kind::List { of: Form::Instrument, min: 1, max: types::MAX_INSTRUMENTS },
    Given::Required,
    [
        "Instrument ids: SYMBOL or SYMBOL-PERP, a point, and the venue's name in upper case.",
        "1024 is the size of the engine's tables, taken at start",
    ],
)];

const INDICATORS: &[KeySpec] = &[
    key(
        "set",
        Kind::List { of: Form::Indicator, min: 0, max: 16 },
        Given::List(&[]),
        [
            "Indicators, each with its parameters in declared order and what moves it: `ema:12`, `rsi:14@5m`, `ema:50@touch`.",
            "16: all their values of one event must fit the link behind them",
        ],
    ),
    key(
        "source",
        Kind::Text(Form::Source),
        Given::Text("1m"),
        [
            "What moves an indicator of prices whose label names no source: each change of the touch, each trade, or the close of a bar of this length, aligned to UTC. Those of the touch or the book alone are moved by it anyway.",
            "the shortest bar that the venues publish, so that it can be checked against theirs",
        ],
    ),
    key(
        "bar_grace_ms",
        integer(0, 86_400_000),
        Given::Optional,
        [
            "Closes a bar when a quote is stamped this long past its end, in milliseconds, instead of with the next trade.",
            "without it a bar always equals the venue's own, however late",
        ],
    ),
];

const COUNCIL: &[KeySpec] = &[
    key(
        "mode",
        words(&["ensemble", "solo", "off"]),
        Given::Text("ensemble"),
        [
            "`ensemble` weighs every vote, `solo` follows one seat, `off` journals votes and routes nothing.",
            "an ensemble of one is a solo; so one default serves both",
        ],
    ),
    key(
        "solo",
        Kind::Text(Form::Member),
        Given::Optional,
        ["The member that `mode = \"solo\"` follows.", "needed for solo, nothing else reads it"],
    ),
    key(
        "quorum",
        integer(1, 8),
        Given::Integer(1),
        [
            "How many seats must hold an opinion that is not too old.",
            "one: a council of one can act",
        ],
    ),
    key(
        "threshold",
        Kind::Share { min_ppm: 0 },
        Given::Decimal(Decimal::new(5, 1)),
        [
            "The confidence, 0 to 1, from which the council acts.",
            "0.5: half of the weight, fully confident, carries it",
        ],
    ),
    key(
        "vote_ttl_ms",
        integer(1, WEEK_S * 1000),
        Given::Integer(1000),
        [
            "How long a vote counts, in milliseconds of event time.",
            "an opinion on a book that is a second old is about another market",
        ],
    ),
];

const ORDER: &[KeySpec] = &[
    key(
        "type",
        words(&["LIMIT"]),
        Given::Text("LIMIT"),
        ["Order type.", "the price is part of the decision; no other is built yet"],
    ),
    key(
        "time_in_force",
        words(&["GTC", "IOC", "GTX"]),
        Given::Text("GTX"),
        ["How long it stands; GTX is post-only.", "GTX: whoever says nothing pays no taker fee"],
    ),
    key(
        "qty",
        AMOUNT,
        Given::Required,
        [
            "Quantity of an order in the base asset or in contracts, rounded down to the lot.",
            "no default: what to risk is nobody's guess",
        ],
    ),
    key(
        "position_max",
        AMOUNT,
        Given::Optional,
        [
            "The largest position that the council asks for, long or short, in the same unit.",
            "without it, risk alone holds the line and its refusals fill the record",
        ],
    ),
    key(
        "offset_ticks",
        integer(-1_000_000, 1_000_000),
        Given::Integer(0),
        [
            "Ticks from the own side's best toward the other side; negative rests behind it.",
            "0 joins the queue",
        ],
    ),
    key(
        "max_age_ms",
        integer(1, WEEK_S * 1000),
        Given::Integer(5000),
        [
            "How long an order may rest before it is cancelled, in milliseconds of event time.",
            "longer than any vote behind it lives",
        ],
    ),
    key(
        "cooldown_ms",
        integer(0, WEEK_S * 1000),
        Given::Integer(1000),
        [
            "The shortest time between two places on one instrument, in milliseconds of event time.",
            "longer than a round trip, so that the next decision sees what came of the last",
        ],
    ),
    key(
        "cancel_retry_ms",
        integer(1, WEEK_S * 1000),
        Given::Integer(1000),
        [
            "The shortest time before a cancel that came to nothing is asked for again, in milliseconds of event time.",
            "the venue's answer to the first may still be under way",
        ],
    ),
];

const QTY_OF: &[KeySpec] = &[key(
    "*",
    AMOUNT,
    Given::Optional,
    [
        "Quantity of an order in the instrument of this symbol, instead of `qty`.",
        "a lot of one instrument is worth a thousand of another",
    ],
)];

const MEMBER: &[KeySpec] = &[
    key(
        "name",
        Kind::Text(Form::Member),
        Given::Required,
        ["Which registered member sits here.", "nothing can be guessed here"],
    ),
    key(
        "weight",
        Kind::Share { min_ppm: 1 },
        Given::Decimal(Decimal::new(1, 0)),
        ["How much its vote weighs against the others'.", "1: every seat alike"],
    ),
    key(
        "shadow",
        Kind::Flag,
        Given::Flag(false),
        [
            "Whether it only votes for the record and counts for nothing.",
            "a seat that is configured is meant to count",
        ],
    ),
];

const GATEWAY: &[KeySpec] = &[key(
    "order_timeout_ms",
    integer(1, 600_000),
    Given::Integer(1000),
    [
        "How long to wait for the venue's answer before the outcome counts as unknown, in milliseconds.",
        "far above a round trip: an order that is called unknown locks its instrument",
    ],
)];

const FEED: &[KeySpec] = &[
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
            "After how long without an event an instrument's book is too old to act on, in milliseconds.",
            "twenty updates of the slowest depth stream",
        ],
    ),
    key(
        "silence_ms",
        integer(1, WEEK_S * 1000),
        Given::Integer(10_000),
        [
            "After how long without a byte a connection is given up and opened again, in milliseconds.",
            "longer than stale_after_ms: first stop acting, then reconnect",
        ],
    ),
    free(
        "max_frame_kib",
        integer(4, 65_536),
        Given::Integer(4096),
        [
            "The longest message or REST answer that is read, in KiB; a longer one closes the connection.",
            "an exchange's list of instruments is 1 to 3 MiB",
        ],
    ),
];

const LINKS: &[KeySpec] = &[free(
    "*",
    Kind::PowerOfTwo { min: 2, max: DEEPEST },
    Given::Optional,
    [
        "Depth of the link of that name: bytes for frames, records of 64 bytes or requests else.",
        "the shape holds each default with its reason",
    ],
)];

const METRICS: &[KeySpec] = &[
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

const EXCHANGE: &[KeySpec] = &[
    key(
        "rate",
        integer(1, 10_000_000),
        Given::Integer(2000),
        ["Messages a second of the synthetic market.", "a busy day of the largest perpetual"],
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
            "Latency added between an order and its effect, and again before the answer, in microseconds.",
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
