//! The typed configuration: what the rest of the engine reads.
//!
//! Made by the loader only, so whoever holds one holds a checked one. No field
//! ever holds a secret: venues name where theirs is.

use crate::venue_model::VenueModel;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use types::{Decimal, InstrumentId, OrderType, ParamValue, Symbol, TimeInForce};

/// Name and value of each parameter, complete, in declared order: what
/// `types::Params::resolve` takes.
pub type ParamList = Vec<(String, ParamValue)>;

/// A checked configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Version of the format: 1.
    pub version: u32,
    /// `[engine]`.
    pub engine: Engine,
    /// `[journal]`.
    pub journal: Journal,
    /// `[venues.NAME]`, by name in lower case; at least one.
    pub venues: BTreeMap<String, Venue>,
    /// `[instruments] ids`: 1 to 1024; the place is the `InstrumentId`.
    pub instruments: Vec<Instrument>,
    /// `[indicators]`.
    pub indicators: Indicators,
    /// `[council]`.
    pub council: Council,
    /// `[risk.RULE]`: every registered rule, in the registry's order.
    pub risk: Vec<RuleChoice>,
    /// `[gateway]`.
    pub gateway: Gateway,
    /// `[feed]`.
    pub feed: Feed,
    /// `[links]`: depths by link name, powers of two; only those given.
    pub links: BTreeMap<String, usize>,
    /// `[metrics]`.
    pub metrics: Metrics,
    /// `[exchange]`: the embedded one.
    pub exchange: Exchange,
}

/// Whether orders leave, and to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// None leave; our own matching model fills them.
    Paper,
    /// To a test network or a simulated exchange.
    Testnet,
    /// To the real one.
    Live,
}

/// What a thread does when there is nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Spin where each thread has a core, park where they share.
    Auto,
    /// Spin.
    Spin,
    /// Spin, then yield.
    SpinYield,
    /// Spin, then yield, then sleep.
    SpinPark,
}

/// `[engine]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// Whether orders leave.
    pub mode: Mode,
    /// Where the journal and the rest of the state live.
    pub state_dir: PathBuf,
    /// Which actors share a thread.
    pub layout: topology::Layout,
    /// How threads wait.
    pub wait: Wait,
    /// The most memory of the links, in MiB.
    pub memory_mib: usize,
    /// The strategy's number in every order id.
    pub strategy_id: u16,
}

/// What an order survives once it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process, up to the last flush.
    Process,
}

/// `[journal]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Size of a segment in MiB.
    pub segment_mib: u32,
    /// What an order survives.
    pub durability: Durability,
    /// The longest time between two flushes, in milliseconds.
    pub flush_ms: u64,
}

/// Which of a venue's networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// The exchange inside this process.
    Embedded,
    /// The addresses of the configuration.
    Custom,
    /// The venue's real one.
    Mainnet,
    /// The venue's test network.
    Testnet,
}

/// Where a venue's API secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// In the environment variable of this name.
    Environment(String),
    /// In this file of mode 0600.
    File(PathBuf),
}

/// What an API secret signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// HMAC-SHA256; the secret is shared with the venue.
    Hmac,
    /// Ed25519; the secret is the private key in PKCS #8.
    Ed25519,
}

/// `[venues.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Venue {
    /// Registered name of its protocol.
    pub dialect: String,
    /// Which network.
    pub network: Network,
    /// Base address of REST; given for [`Network::Custom`].
    pub rest: Option<String>,
    /// Base address of the streams; given for [`Network::Custom`].
    pub ws: Option<String>,
    /// Base address of order entry over WebSocket.
    pub ws_api: Option<String>,
    /// Environment variable of the API key; there if and only if `secret` is.
    pub key_env: Option<String>,
    /// What the secret signs with.
    pub key_type: KeyType,
    /// Where the API secret is.
    pub secret: Option<SecretPlace>,
    /// How long after its stamp a request may be accepted, in milliseconds.
    pub recv_window_ms: u64,
    /// PEM file of one more certificate authority.
    pub extra_ca: Option<PathBuf>,
}

/// One of `[instruments] ids`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// As given: `BTCUSDT-PERP.BINANCE`, or `BTCUSDT` where there is one venue.
    pub id: String,
    /// `BTCUSDT`.
    pub symbol: Symbol,
    /// Key in [`Config::venues`], lower case.
    pub venue: String,
}

/// What moves an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Each change of the touch or the book at the end of a frame.
    Touch,
    /// Each trade.
    Trades,
    /// The close of each bar of this many seconds; divides a day.
    Bars(u32),
}

/// `[indicators]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indicators {
    /// In the order given: the place is the signal's index.
    pub set: Vec<IndicatorChoice>,
    /// What moves those of prices whose label names no source.
    pub source: Source,
    /// When a bar closes without a trade, in milliseconds past its end.
    pub bar_grace_ms: Option<u64>,
}

/// One of `[indicators] set`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndicatorChoice {
    /// As given, `ema:12` or `ema:12@5m`; unique.
    pub label: String,
    /// Registered name.
    pub name: String,
    /// Its parameters.
    pub params: ParamList,
    /// What its label says moves it; `None`: [`Indicators::source`] if it can
    /// take that, else the touch.
    pub source: Option<Source>,
}

/// Who decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CouncilMode {
    /// Everyone, by weight.
    Ensemble,
    /// The member of this name, which has exactly one seat that is no shadow.
    Solo(String),
    /// Nobody: votes are journaled, nothing is routed.
    Off,
}

/// `[council]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Council {
    /// Who decides.
    pub mode: CouncilMode,
    /// How many seats must hold an opinion.
    pub quorum: u32,
    /// The confidence from which the council acts, in millionths, 0 to 1,000,000.
    pub threshold_ppm: u32,
    /// How long a vote counts, in milliseconds of event time.
    pub vote_ttl_ms: u64,
    /// `[council.order]`.
    pub order: OrderPlan,
    /// `[[council.member]]`, in the order given: the place is the `MemberId`.
    pub seats: Vec<Seat>,
}

/// `[council.order]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderPlan {
    /// Limit or market.
    pub order_type: OrderType,
    /// How long it stands.
    pub time_in_force: TimeInForce,
    /// Quantity in the base asset or in contracts; more than zero.
    pub qty: Decimal,
    /// Other quantities for single instruments.
    pub qty_of: Vec<(InstrumentId, Decimal)>,
    /// The largest position that the council asks for; `None` leaves it to risk.
    pub position_max: Option<Decimal>,
    /// Distance from the own side's best, in ticks; positive is nearer to the
    /// other side.
    pub offset_ticks: i64,
    /// From how many ticks on a resting order is amended; `None` never does.
    pub amend_ticks: Option<i64>,
    /// How long it may rest, in milliseconds of event time.
    pub max_age_ms: u64,
    /// The shortest time between two places on an instrument, likewise.
    pub cooldown_ms: u64,
    /// The shortest time before a fruitless cancel is repeated, likewise.
    pub cancel_retry_ms: u64,
}

/// One `[[council.member]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Registered name of the member that sits there.
    pub name: String,
    /// How much its vote weighs, in millionths, 1 to 1,000,000.
    pub weight_ppm: u32,
    /// Whether it counts for nothing.
    pub is_shadow: bool,
    /// The member's parameters.
    pub params: ParamList,
    /// Role to label of `indicators.set`, for every role that is filled.
    pub inputs: Vec<(String, String)>,
}

/// One `[risk.RULE]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleChoice {
    /// Registered name.
    pub name: String,
    /// On or off.
    pub state: RuleState,
}

/// Whether a rule judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleState {
    /// With these limits, and others for single instruments.
    On {
        /// Everywhere else.
        limits: ParamList,
        /// By instrument: complete limits.
        own: Vec<(InstrumentId, ParamList)>,
    },
    /// Not, for this reason.
    Off(String),
}

/// `[gateway]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// How long to wait for an answer before the outcome is unknown.
    pub order_timeout_ms: u64,
}

/// A kind of market data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Changes of the book.
    Depth,
    /// Trades.
    Trades,
    /// Best bid and ask.
    Quotes,
    /// Trades of one taking order told as one.
    AggTrades,
    /// Mark price, index and funding.
    MarkPrice,
    /// Positions that the venue closed.
    Liquidations,
    /// The venue's own candles.
    Klines,
}

/// `[feed]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// What is subscribed; at least one, each once.
    pub streams: Vec<Stream>,
    /// When a book is too old to act on, in milliseconds.
    pub stale_after_ms: u64,
    /// When a silent connection is given up, in milliseconds; not below
    /// `stale_after_ms`.
    pub silence_ms: u64,
    /// The longest message, in KiB.
    pub max_frame_kib: usize,
    /// The length of the candles in [`Stream::Klines`], in the venue's word.
    pub kline_interval: types::KlineInterval,
    /// How many connections carry each stream; 1 to 4.
    pub copies: usize,
    /// How long another connection may take to bring what one has lost.
    pub gap_wait_ms: u64,
    /// When a connection is replaced, in seconds since it opened.
    pub rotate_after_s: u64,
    /// How long a connection and its successor run side by side.
    pub rotate_overlap_ms: u64,
    /// The most streams of one connection; `None`: the venue's own limit.
    pub streams_per_connection: Option<u32>,
    /// Levels per side that each book keeps beyond its dense window.
    pub book_levels: usize,
}

/// `[metrics]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// Where it answers; loopback unless the configuration allows more.
    pub listen: SocketAddr,
}

/// How fast a recording plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// As fast as the line takes it.
    Max,
    /// This many times real time.
    Times(u32),
}

/// `[exchange]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Messages a second of the synthetic market.
    pub rate: u32,
    /// Its seed.
    pub seed: u64,
    /// Recordings to play instead; may be none.
    pub capture: Vec<PathBuf>,
    /// How fast they play.
    pub speed: Speed,
    /// How long the market runs, in seconds.
    pub duration_s: u64,
    /// How it fills orders, also beside a real market in paper.
    pub model: VenueModel,
    /// Fault script.
    pub script: Option<PathBuf>,
}
