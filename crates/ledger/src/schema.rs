//! The tables. STRICT, so that SQLite refuses a value of another type; no REAL.
//!
//! Times are nanoseconds since 1970, UTC. `sequence` is the journal's. Ids of the
//! venue are text, as they pass 2^63.

/// The tables' names, in the order in which they are made.
pub const TABLES: [&str; 8] =
    ["runs", "orders", "order_states", "fills", "positions", "balances", "votes", "refusals"];

/// What a file says of itself in `user_version`; counts up with any change below.
pub(crate) const VERSION: i64 = 1;

pub(crate) const SCHEMA: &str = "
CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    config_hash TEXT NOT NULL,
    layout_hash TEXT NOT NULL,
    config TEXT NOT NULL,
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    events INTEGER NOT NULL,
    records INTEGER NOT NULL,
    orders INTEGER NOT NULL,
    order_digest TEXT NOT NULL,
    sealed INTEGER NOT NULL
) STRICT;
CREATE TABLE orders (
    client_order_id TEXT PRIMARY KEY,
    venue_order_id TEXT,
    instrument TEXT NOT NULL,
    member TEXT NOT NULL,
    strategy INTEGER NOT NULL,
    side TEXT NOT NULL,
    type TEXT NOT NULL,
    time_in_force TEXT NOT NULL,
    price TEXT,
    price_mantissa INTEGER,
    qty TEXT NOT NULL,
    qty_mantissa INTEGER NOT NULL,
    reduce_only INTEGER NOT NULL,
    created_ns INTEGER NOT NULL,
    state TEXT NOT NULL
) STRICT;
CREATE TABLE order_states (
    client_order_id TEXT NOT NULL REFERENCES orders,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    cause TEXT NOT NULL,
    ts_ns INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (client_order_id, number)
) STRICT;
CREATE TABLE fills (
    client_order_id TEXT NOT NULL REFERENCES orders,
    number INTEGER NOT NULL,
    instrument TEXT NOT NULL,
    side TEXT NOT NULL,
    price TEXT NOT NULL,
    price_mantissa INTEGER NOT NULL,
    qty TEXT NOT NULL,
    qty_mantissa INTEGER NOT NULL,
    fee TEXT NOT NULL,
    fee_mantissa TEXT NOT NULL,
    liquidity TEXT NOT NULL,
    trade_id TEXT,
    ts_ns INTEGER NOT NULL,
    exch_ts_ns INTEGER,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (client_order_id, number)
) STRICT;
CREATE TABLE positions (
    instrument TEXT PRIMARY KEY,
    qty TEXT NOT NULL,
    qty_mantissa INTEGER NOT NULL,
    average_entry TEXT,
    average_entry_mantissa TEXT,
    realised TEXT,
    realised_mantissa TEXT,
    unrealised TEXT,
    unrealised_mantissa TEXT,
    fees TEXT,
    fees_mantissa TEXT,
    fills INTEGER NOT NULL
) STRICT;
CREATE TABLE balances (
    asset TEXT PRIMARY KEY,
    total TEXT NOT NULL,
    total_mantissa TEXT NOT NULL,
    ts_ns INTEGER NOT NULL,
    sequence INTEGER NOT NULL
) STRICT;
CREATE TABLE votes (
    sequence INTEGER NOT NULL,
    number INTEGER NOT NULL,
    ts_ns INTEGER NOT NULL,
    instrument TEXT NOT NULL,
    member TEXT NOT NULL,
    shadow INTEGER NOT NULL,
    direction INTEGER NOT NULL,
    confidence_ppm INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (sequence, number)
) STRICT;
CREATE TABLE refusals (
    sequence INTEGER NOT NULL,
    number INTEGER NOT NULL,
    ts_ns INTEGER NOT NULL,
    instrument TEXT NOT NULL,
    client_order_id TEXT,
    rule TEXT NOT NULL,
    seen TEXT,
    seen_mantissa TEXT NOT NULL,
    allowed TEXT,
    allowed_mantissa TEXT NOT NULL,
    unit TEXT NOT NULL,
    PRIMARY KEY (sequence, number)
) STRICT;
CREATE INDEX orders_by_instrument ON orders (instrument, created_ns);
CREATE INDEX fills_by_time ON fills (ts_ns);
";
