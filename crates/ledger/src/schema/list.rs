//! Every table with every column. Read by `schema.rs`; never here: a statement.

use super::{ColumnSpec, TableSpec};

const fn col(name: &'static str, sql: &'static str, meaning: &'static str) -> ColumnSpec {
    ColumnSpec { name, sql, meaning }
}

const INTEGER: &str = "INTEGER NOT NULL";
const TEXT: &str = "TEXT NOT NULL";
const KEY: &str = "TEXT PRIMARY KEY";

/// The tables, in the order in which they are made.
pub const TABLES: &[TableSpec] = &[
    RUNS,
    INSTRUMENTS,
    ORDERS,
    ORDER_STATES,
    FILLS,
    POSITIONS,
    BALANCES,
    FUNDING,
    VOTES,
    REFUSALS,
];

const RUNS: TableSpec = TableSpec {
    name: "runs",
    meaning: "One row: the run that the journal holds, and how much of it is here",
    columns: &[
        col("run_id", KEY, "the run's own id, 32 hex digits"),
        col("config_hash", TEXT, "`althing config hash` of its configuration"),
        col("layout_hash", TEXT, "hash of the shape that the line ran in"),
        col("config", TEXT, "the configuration in force, as TOML"),
        col("first_ns", INTEGER, "time of the first event"),
        col("last_ns", INTEGER, "time of the last whole event"),
        col("last_sequence", INTEGER, "its sequence number"),
        col("events", INTEGER, "sequenced inputs"),
        col("records", INTEGER, "records, inputs and everything decided on them"),
        col("orders", INTEGER, "orders placed; denied ones are not among them"),
        col("order_digest", TEXT, "the order digest, as the run's summary has it"),
        col(
            "sealed",
            INTEGER,
            "1 when the run ended in order, 0 when its record goes on or was cut",
        ),
        col("chain", "TEXT", "hash over every byte of the journal, from its seal"),
    ],
    key: &[],
    order: "run_id",
};

const INSTRUMENTS: TableSpec = TableSpec {
    name: "instruments",
    meaning: "An instrument with the specification that was in force last",
    columns: &[
        col("instrument", KEY, "our id"),
        col("symbol", TEXT, "the venue's symbol"),
        col("version", INTEGER, "counts up with each change that the venue made"),
        col("price_decimals", INTEGER, "decimal places of a price mantissa"),
        col("qty_decimals", INTEGER, "decimal places of a quantity mantissa"),
        col("tick_size", TEXT, "prices are multiples of it"),
        col("lot_size", TEXT, "quantities are multiples of it"),
        col("min_qty", TEXT, "least quantity of an order"),
        col("max_qty", TEXT, "greatest quantity of an order"),
        col("min_notional", TEXT, "least price × quantity of an order, in the quote asset"),
        col(
            "maker_ppm",
            INTEGER,
            "fee of a resting fill, millionths of its notional; negative is a rebate",
        ),
        col("taker_ppm", INTEGER, "fee of a taking fill, millionths of its notional"),
    ],
    key: &[],
    order: "instrument",
};

const ORDERS: TableSpec = TableSpec {
    name: "orders",
    meaning: "An order that the council wanted, denied ones among them, as it stood last",
    columns: &[
        col("client_order_id", KEY, "our id of it, 32 hex digits; `althing why` takes it"),
        col("venue_order_id", "TEXT", "the venue's id; NULL before it said one"),
        col("instrument", TEXT, "our id of the instrument"),
        col("member", TEXT, "the member who wanted it most, or `council`"),
        col("strategy", INTEGER, "the strategy in its id"),
        col("side", TEXT, "`BUY` or `SELL`"),
        col("type", TEXT, "`LIMIT` or `MARKET`"),
        col("time_in_force", TEXT, "`GTC`, `IOC`, `FOK`, `GTX` (post-only) or `GTD`"),
        col(
            "price",
            "TEXT",
            "limit, quote asset for one base, the amended one if there was one; NULL of a market order",
        ),
        col(
            "price_mantissa",
            "INTEGER",
            "the same in units of the instrument's last price decimal",
        ),
        col("qty", TEXT, "quantity, base asset or contracts, the amended one if there was one"),
        col("qty_mantissa", INTEGER, "the same in units of the instrument's last quantity decimal"),
        col("reduce_only", INTEGER, "1 when it may only reduce"),
        col("created_ns", INTEGER, "time of the event on which it was wanted"),
        col("state", TEXT, "its last state"),
    ],
    key: &[],
    order: "created_ns, client_order_id",
};

const ORDER_STATES: TableSpec = TableSpec {
    name: "order_states",
    meaning: "A change of an order's state",
    columns: &[
        col("client_order_id", "TEXT NOT NULL REFERENCES orders", "the order"),
        col("number", INTEGER, "from 1, in sequence"),
        col("state", TEXT, "the new state"),
        col("cause", TEXT, "the report that caused it, or `TIMER`"),
        col("ts_ns", INTEGER, "when"),
        col("sequence", INTEGER, "in which event"),
    ],
    key: &["client_order_id", "number"],
    order: "sequence, client_order_id, number",
};

const FILLS: TableSpec = TableSpec {
    name: "fills",
    meaning: "A fill of one of our orders",
    columns: &[
        col("client_order_id", "TEXT NOT NULL REFERENCES orders", "the order"),
        col("number", INTEGER, "from 1, in sequence, of its order"),
        col("instrument", TEXT, "our id of the instrument"),
        col("side", TEXT, "`BUY` or `SELL`"),
        col("price", TEXT, "quote asset for one base"),
        col("price_mantissa", INTEGER, "the same in units of the instrument's last price decimal"),
        col("qty", TEXT, "base asset or contracts"),
        col("qty_mantissa", INTEGER, "the same in units of the instrument's last quantity decimal"),
        col("fee", TEXT, "paid, in what `fee_asset` says; negative is a rebate"),
        col("fee_mantissa", TEXT, "the same in units of 10^-18"),
        col("fee_asset", TEXT, "`QUOTE`, `BASE` or `OTHER`"),
        col(
            "liquidity",
            TEXT,
            "`MAKER` when it rested, `TAKER` when it took, `NONE` where nobody said",
        ),
        col("trade_id", "TEXT", "the venue's id; NULL where it did not say"),
        col("ts_ns", INTEGER, "when it entered the sequence"),
        col("exch_ts_ns", "INTEGER", "when the venue says it happened; NULL where it did not say"),
        col("sequence", INTEGER, "in which event"),
    ],
    key: &["client_order_id", "number"],
    order: "sequence, client_order_id, number",
};

const POSITIONS: TableSpec = TableSpec {
    name: "positions",
    meaning: "An instrument's position and money at the end of what is here, as the run's summary counts them",
    columns: &[
        col("instrument", KEY, "our id"),
        col("qty", TEXT, "base asset or contracts; short is negative"),
        col("qty_mantissa", INTEGER, "the same in units of the instrument's last quantity decimal"),
        col(
            "average_entry",
            "TEXT",
            "average entry price, quote asset for one base; NULL when flat",
        ),
        col("average_entry_mantissa", "TEXT", "the same in units of 10^-18"),
        col(
            "realised",
            "TEXT",
            "made by closing, before fees, in the quote asset; NULL past any number",
        ),
        col("realised_mantissa", "TEXT", "the same in units of 10^-18"),
        col(
            "unrealised",
            "TEXT",
            "of the open quantity at the last mid, in the quote asset; NULL before one",
        ),
        col("unrealised_mantissa", "TEXT", "the same in units of 10^-18"),
        col("fees", "TEXT", "paid, in the quote asset; negative is a rebate"),
        col("fees_mantissa", "TEXT", "the same in units of 10^-18"),
        col("fills", INTEGER, "fills of it"),
    ],
    key: &[],
    order: "instrument",
};

const BALANCES: TableSpec = TableSpec {
    name: "balances",
    meaning: "An asset's balance, as the venue told it last",
    columns: &[
        col("asset", KEY, "the venue's name of it"),
        col("total", TEXT, "how much, in that asset"),
        col("total_mantissa", TEXT, "the same in units of 10^-18"),
        col("ts_ns", INTEGER, "when it was told"),
        col("sequence", INTEGER, "in which event"),
    ],
    key: &[],
    order: "asset",
};

const FUNDING: TableSpec = TableSpec {
    name: "funding",
    meaning: "A funding payment, as the venue told it",
    columns: &[
        col("sequence", INTEGER, "in which event"),
        col("number", INTEGER, "place among the records of that event"),
        col("ts_ns", INTEGER, "when it was told"),
        col("exch_ts_ns", INTEGER, "when it was booked, on the venue's clock"),
        col(
            "instrument",
            "TEXT",
            "our id of it; NULL where the venue does not say, as in crossed margin",
        ),
        col("asset", TEXT, "the venue's name of what was paid"),
        col("amount", TEXT, "in that asset; negative was paid, positive received"),
        col("amount_mantissa", TEXT, "the same in units of 10^-18"),
    ],
    key: &["sequence", "number"],
    order: "sequence, number",
};

const VOTES: TableSpec = TableSpec {
    name: "votes",
    meaning: "What a seat of the council said, seated and shadow members alike",
    columns: &[
        col("sequence", INTEGER, "on which event"),
        col("number", INTEGER, "place among the records of that event"),
        col("ts_ns", INTEGER, "when"),
        col("instrument", TEXT, "our id of the instrument"),
        col("member", TEXT, "the member's name, or `member N` where this build does not know it"),
        col("shadow", INTEGER, "1 when it counts for nothing"),
        col("direction", INTEGER, "1 buy, -1 sell, 0 abstain"),
        col("confidence_ppm", INTEGER, "millionths, 0 to 1000000"),
        col("reason", TEXT, "the member's reason, as `althing members` explains it"),
    ],
    key: &["sequence", "number"],
    order: "sequence, number",
};

const REFUSALS: TableSpec = TableSpec {
    name: "refusals",
    meaning: "A rule's no: what it saw and what it allows",
    columns: &[
        col("sequence", INTEGER, "on which event"),
        col("number", INTEGER, "place among the records of that event"),
        col("ts_ns", INTEGER, "when"),
        col("instrument", TEXT, "our id of the instrument"),
        col("client_order_id", "TEXT", "the order that was denied; NULL where it had no id"),
        col("rule", TEXT, "the rule, as `althing rules` explains it"),
        col("seen", "TEXT", "what it measured, in `unit`; NULL where there was nothing to measure"),
        col("seen_mantissa", TEXT, "the number in the record"),
        col("allowed", "TEXT", "what it allows, in `unit`, or the words of its code"),
        col("allowed_mantissa", TEXT, "the number in the record"),
        col("unit", TEXT, "what both count; empty for words"),
    ],
    key: &["sequence", "number"],
    order: "sequence, number",
};
