//! What the exchange has counted, for tests to hold a client's own books against.
//! Plain data; amounts are mantissas and scale-18 money.

/// Things counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Market frames made (before faults).
    pub frame_sent: u64,
    /// Private events made (before faults).
    pub private_sent: u64,
    /// Messages that left, of any kind (a fan-out counts once).
    pub message_sent: u64,
    /// REST and WebSocket-API requests taken.
    pub requests: u64,
    /// Orders accepted.
    pub orders: u64,
    /// Requests refused with an error code.
    pub refusals: u64,
    /// Orders canceled on request.
    pub cancels: u64,
    /// Fills of own orders.
    pub fills: u64,
}

/// One instrument's position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionStats {
    /// The venue's symbol.
    pub symbol: String,
    /// Signed quantity, a mantissa of `qty_decimals`.
    pub qty: i64,
    /// Decimals of `qty`.
    pub qty_decimals: u32,
    /// Signed entry cost of what is held, scale 18.
    pub entry_cost: i128,
    /// Realised profit before fees, scale 18.
    pub realised: i128,
}

/// The exchange's own view of everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeStats {
    /// Things counted.
    pub counters: Counters,
    /// Faults that have struck.
    pub faults_injected: u64,
    /// Breaks in the recorded sequence of a capture.
    pub gap_recorded: u64,
    /// One per instrument.
    pub positions: Vec<PositionStats>,
    /// Realised profit of all instruments before fees, scale 18.
    pub realised: i128,
    /// Fees paid, scale 18.
    pub fees: i128,
    /// Wallet balance, scale 18: start + realised - fees.
    pub wallet: i128,
    /// Orders that are open now.
    pub open_orders: usize,
    /// Whether the market has ended.
    pub market_ended: bool,
    /// Market clients that were disconnected because they did not read (server only).
    pub client_too_slow: u64,
}
