//! Every key that is not registered elsewhere: its kind, its default and why.
//!
//! The one table that the judge, the listing and docs/configuration.md read.
//! A new key is a line here and a field in `config.rs`.

use crate::schema::{Form, Given, KeySpec, Kind, Section};

mod decide;
mod ends;
mod exchange;

use decide::{COUNCIL, MEMBER, ORDER, QTY_OF};
use ends::{FEED, GATEWAY, LINKS, METRICS};
use exchange::EXCHANGE;

const fn integer(min: i128, max: i128) -> Kind {
    Kind::Integer { min, max }
}

const fn words(words: &'static [&'static str]) -> Kind {
    Kind::Text(Form::OneOf(words))
}

/// A key that decisions depend on.
const fn key(name: &'static str, kind: Kind, given: Given, text: [&'static str; 2]) -> KeySpec {
    KeySpec { name, kind, given, volatile: false, doc: text[0], why: text[1] }
}

/// A key that no decision depends on.
const fn free(name: &'static str, kind: Kind, given: Given, text: [&'static str; 2]) -> KeySpec {
    KeySpec { name, kind, given, volatile: true, doc: text[0], why: text[1] }
}

/// A week in seconds and in milliseconds: no wait of ours is longer.
const WEEK_S: i128 = 604_800;

/// Every section, in the order of the page.
pub const SECTIONS: &[Section] = &[
    Section { path: "", doc: "At the top of the file, before any section.", keys: TOP },
    Section { path: "engine", doc: "What runs, where, and on which threads.", keys: ENGINE },
    Section { path: "journal", doc: "The record of everything that happened.", keys: JOURNAL },
    Section {
        path: "venues.*",
        doc: "One table per venue. The name is yours, in lower case; in upper case it ends the \
            ids of its instruments.",
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
        doc: "One `[[council.member]]` per seat, with the parameters of the member that sits \
            there. `inputs.ROLE = \"LABEL\"` makes it listen to another indicator of the set \
                than its usual one.",
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
        doc: "The embedded exchange: the other end of the demo, of paper and of the virtual \
            worlds. Beside a real market, paper uses its model of filling and no market of its own.",
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
            "`paper` sends no order, `testnet` sends to a test network or a simulated exchange, \
                `live` to the real one.",
            "paper: whoever says nothing sends nothing",
        ],
    ),
    free(
        "state_dir",
        Kind::Text(Form::Path),
        Given::Text("state"),
        [
            "Directory of the journal and of everything else that is kept.",
            "beside where the engine was started; the demo and the virtual worlds use a new \
                empty one unless told",
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
            "fits a laptop; a shape whose depths add up to more is refused",
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
            "What the record survives: `process` the end of the process up to its last flush (`flush_ms`), `disk` a power loss.",
            "process costs nanoseconds; disk is not built yet and is refused",
        ],
    ),
    free(
        "flush_ms",
        integer(1, 10_000),
        Given::Integer(50),
        [
            "The longest time between two flushes to disk, in milliseconds.",
            "what a power loss can take; shorter only wears the disk, for nothing on the line \
                waits for it",
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
            "Which one: `embedded` is the exchange inside this process, `custom` the addresses \
                given here, the others the venue's own.",
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
        "key_type",
        words(&["hmac", "ed25519"]),
        Given::Text("hmac"),
        [
            "What signs: `hmac` signs each request with the secret; `ed25519` logs on once for each \
                order connection, after which orders carry no signature. Its secret is the \
                private key in PKCS #8: a PEM file in `secret_file`, or the Base64 inside it.",
            "hmac: what most keys are; with ed25519 the private half never reaches the venue",
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
        Kind::List { of: Form::Indicator, min: 0, max: 62 },
        Given::List(&[]),
        [
            "Indicators, each with its parameters in declared order and what moves it: `ema:12`, \
                `rsi:14@5m`, `ema:50@touch`.",
            "62 lines, of which an indicator has one to five: all their values of one event must fit \
                the link behind them",
        ],
    ),
    key(
        "source",
        Kind::Text(Form::Source),
        Given::Text("1m"),
        [
            "What moves an indicator of prices whose label names no source: each change of the \
                touch, each trade, or the close of a bar of this length, aligned to UTC. Those of the touch, the book or trades alone are moved by it anyway.",
            "the shortest bar that the venues publish, so that it can be checked against theirs",
        ],
    ),
    key(
        "bar_grace_ms",
        integer(0, 86_400_000),
        Given::Optional,
        [
            "Closes a bar when a quote is stamped this long past its end, in milliseconds, \
                instead of with the next trade.",
            "without it a bar always equals the venue's own, however late",
        ],
    ),
];
