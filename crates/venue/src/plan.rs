//! Where a venue listens and what it allows, as data.
//!
//! The feed, the gateway and cold rooms read it at start. It never connects.

use types::KlineInterval;

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
    /// Positions with their entry prices (signed); empty where there are none.
    pub positions: &'static str,
    /// Working orders (signed).
    pub open_orders: &'static str,
    /// One order: POST places, DELETE cancels, GET asks (signed).
    pub order: &'static str,
    /// Cancels every order of a symbol (DELETE, signed).
    pub cancel_all: &'static str,
    /// The venue's dead man's switch (POST, signed); empty where there is none.
    pub countdown: &'static str,
    /// The private stream's key: POST makes it, PUT keeps it (key header only).
    /// Empty where the stream is subscribed on the order session instead
    /// ([`crate::OrderSession::encode_subscribe`]).
    pub listen_key: &'static str,
    /// Our fills (GET, signed).
    pub user_trades: &'static str,
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
    /// Messages that a client may send per second, pings and pongs among them
    /// \[T for USD-M\].
    pub sends_per_second: u32,
    /// Connections that an address may open in five minutes.
    pub connects_per_5min: u32,
    /// The venue pings this often; a pong has the ping's payload \[T for USD-M\].
    pub ping_every_s: u32,
    /// Without a pong for this long the venue closes \[T for USD-M\].
    pub pong_within_s: u32,
    /// The private stream's key wants to be kept alive this often; 0 where
    /// there is none.
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
    /// Trades, each by itself.
    pub trade: bool,
    /// Trades of one taking order told as one. Both kinds tell of the same
    /// volume.
    pub agg_trade: bool,
    /// Mark price, index and funding, each second; futures only.
    pub mark_price: bool,
    /// Positions that the venue closed; futures only.
    pub liquidation: bool,
    /// The venue's own candles of this length.
    pub kline: Option<KlineInterval>,
}

impl Streams {
    /// None of them, to name some: `Streams { depth: true, ..Streams::NONE }`.
    pub const NONE: Self = Self {
        depth: false,
        quote: false,
        trade: false,
        agg_trade: false,
        mark_price: false,
        liquidation: false,
        kline: None,
    };
    /// Book, quotes and trades: what the books and most members want.
    pub const CORE: Self = Self { depth: true, quote: true, trade: true, ..Self::NONE };
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
