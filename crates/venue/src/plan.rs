//! Where a venue listens and what it allows, as data.
//!
//! The feed, the gateway and cold rooms read it at start. It never connects.

/// Which of a venue's worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Real money.
    Live,
    /// The venue's test network.
    Testnet,
}

/// The bases that paths are put behind. A simulated exchange replaces them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bases {
    /// REST, `https://…`.
    pub rest: &'static str,
    /// Market and private streams, `wss://…`.
    pub streams: &'static str,
    /// The order session, `wss://…`; its path is [`Paths::orders`].
    pub orders: &'static str,
}

/// REST paths, and the path of the order session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paths {
    /// Server time.
    pub time: &'static str,
    /// Specifications of all instruments.
    pub exchange_info: &'static str,
    /// A book; see [`crate::Dialect::depth_path`].
    pub depth: &'static str,
    /// Balances and positions (signed).
    pub account: &'static str,
    /// Positions with their entry prices (signed).
    pub positions: &'static str,
    /// Working orders (signed).
    pub open_orders: &'static str,
    /// One order: POST places, DELETE cancels, GET asks (signed).
    pub order: &'static str,
    /// Cancels every order of a symbol (DELETE, signed).
    pub cancel_all: &'static str,
    /// The venue's dead man's switch (POST, signed).
    pub countdown: &'static str,
    /// The private stream's key: POST makes it, PUT keeps it (key header only).
    pub listen_key: &'static str,
    /// The order session's WebSocket.
    pub orders: &'static str,
}

/// Numbers that the venue enforces. Those marked \[T\] are third-party
/// statements (VENUES.md), to be verified before real money depends on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The venue closes a connection after this long.
    pub connection_life_s: u32,
    /// Streams that one connection may carry.
    pub streams_per_connection: u32,
    /// Messages that a client may send per second \[T\].
    pub sends_per_second: u32,
    /// The private stream's key wants to be kept alive this often.
    pub listen_key_keep_s: u32,
    /// REST weight per minute and address \[T\].
    pub weight_per_minute: u32,
    /// REST weight of one snapshot.
    pub snapshot_weight: u32,
    /// Orders per ten seconds \[T\].
    pub orders_per_10s: u32,
    /// Orders per minute \[T\].
    pub orders_per_minute: u32,
    /// The widest receive window, in milliseconds.
    pub recv_window_ms_max: u32,
    /// The largest message of a market stream that is expected, in bytes.
    pub frame_bytes_max: usize,
}

/// Which streams of an instrument are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    /// Changes of the book.
    pub depth: bool,
    /// The venue's best bid and ask.
    pub quote: bool,
    /// Trades.
    pub trade: bool,
}

impl Streams {
    /// All that the engine uses.
    pub const ALL: Self = Self { depth: true, quote: true, trade: true };
}

/// One connection to open: the path goes behind [`Bases::streams`] and already
/// subscribes everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionPlan {
    /// Path and query.
    pub path: String,
    /// The streams it carries, as the venue names them.
    pub streams: Vec<String>,
}
