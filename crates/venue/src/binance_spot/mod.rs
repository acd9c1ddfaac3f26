//! Binance spot.
//!
//! Facts: VENUES.md 0, 1.1, 2.1. The private stream is in `account`, REST bodies
//! in `rest`, what USD-M shares in `binance`; here is what is data.

mod account;
mod rest;

use crate::binance::{self, Family, market, order, reply, scan, streams};
use crate::event::Levels;
use crate::session::{Ask, Call, Open};
use crate::tape::Tree;
use crate::venue::Venue;
use crate::{
    AccountState, ApiReply, Bases, ConnectionPlan, DecodeError, Decoded, EncodeError, Filters,
    Limits, Network, OpenOrder, Outcome, Paths, PositionState, PrivateEvent, SequenceRule,
    Snapshot, SpecTable, Streams, UserTrade,
};
use types::{InstrumentSpec, Nanos, Symbol};

/// The dialect.
pub(crate) struct BinanceSpot;

impl Venue for BinanceSpot {
    const SPOT: bool = true;
    const RULE: SequenceRule = SequenceRule::Spot;

    const LIMITS: Limits = Limits {
        connection_life_s: 86_400,
        streams_per_connection: 1024,
        sends_per_second: 5,
        connects_per_5min: 300,
        ping_every_s: 20,
        pong_within_s: 60,
        // The key is gone since 2026-02-20.
        listen_key_keep_s: 0,
        weight_per_minute: 6_000,
        // 501 to 1000 levels.
        snapshot_weight: 50,
        orders_per_10s: 100,
        // No limit by the minute: 200,000 a day, as much as ten seconds allow for
        // five hours and a half.
        orders_per_minute: 600,
        recv_window_ms_max: 60_000,
        // Largest seen in the captures: a REST snapshot of 52 KB; a snapshot of
        // 5000 levels would have 260 KB.
        frame_bytes_max: 1 << 19,
    };

    const PATHS: Paths = Paths {
        time: "/api/v3/time",
        exchange_info: "/api/v3/exchangeInfo",
        depth: "/api/v3/depth",
        account: "/api/v3/account",
        positions: "",
        open_orders: "/api/v3/openOrders",
        order: "/api/v3/order",
        cancel_all: "/api/v3/openOrders",
        countdown: "",
        listen_key: "",
        user_trades: "/api/v3/myTrades",
        orders: "/ws-api/v3",
    };

    const AMEND_KEEPS_PRICE: bool = true;
    const FEE_FROM_RECEIVED: bool = true;

    /// Spot writes eight places; the parser's worst case knows none.
    const SHORTEST_LEVEL: &'static [u8] = br#"["1","1"]"#;

    #[inline]
    fn scan(
        padded: &[u8],
        length: usize,
        specs: &SpecTable,
        levels: &mut Levels,
    ) -> Option<Decoded<'static>> {
        scan::decode((padded, length), Family::Spot, specs, levels)
    }

    fn market<'l>(
        tree: Tree<'_, '_>,
        specs: &SpecTable,
        levels: &'l mut Levels,
    ) -> Result<Decoded<'l>, DecodeError> {
        market::decode(tree, Family::Spot, specs, levels)
    }

    fn snapshot<'l>(
        tree: Tree<'_, '_>,
        spec: &InstrumentSpec,
        levels: &'l mut Levels,
    ) -> Result<Snapshot<'l>, DecodeError> {
        market::snapshot(tree, spec, levels)
    }

    fn private(tree: Tree<'_, '_>, specs: &SpecTable) -> Result<PrivateEvent, DecodeError> {
        account::decode(tree, specs)
    }

    fn reply(tree: Tree<'_, '_>, specs: &SpecTable) -> Result<ApiReply, DecodeError> {
        reply::reply(tree, Family::Spot, specs)
    }

    fn classify(status: u16, code: i32, message: &[u8]) -> Outcome {
        reply::classify(Family::Spot, (status, code), message)
    }

    #[inline]
    fn encode(
        call: &Call<'_>,
        ask: Ask<'_>,
        spec: &InstrumentSpec,
        buffer: &mut [u8],
    ) -> Result<usize, EncodeError> {
        order::encode(call, Family::Spot, (ask, spec), buffer)
    }

    fn encode_open(call: &Call<'_>, open: Open, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        order::encode_open(call, Family::Spot, open, buffer)
    }

    fn bases(network: Network) -> Bases {
        match network {
            Network::Live => Bases {
                rest: "https://api.binance.com",
                streams: "wss://stream.binance.com:9443",
                orders: "wss://ws-api.binance.com:443",
            },
            Network::Testnet => Bases {
                rest: "https://testnet.binance.vision",
                streams: "wss://stream.testnet.binance.vision",
                orders: "wss://ws-api.testnet.binance.vision",
            },
        }
    }

    fn depth_path(symbol: &Symbol) -> String {
        format!("{}?symbol={symbol}&limit=1000", Self::PATHS.depth)
    }

    /// The whole list has tens of megabytes; the quotes and brackets of the venue's JSON
    /// list are percent-encoded.
    fn specs_path(symbols: &[&str]) -> String {
        let list = symbols.join("%22,%22");
        format!("{}?symbols=%5B%22{list}%22%5D", Self::PATHS.exchange_info)
    }

    /// Everything on one path. Spot has no marks and no forced orders: asking
    /// for them asks for nothing.
    fn market_plan(symbols: &[Symbol], wanted: Streams) -> Vec<ConnectionPlan> {
        let wanted = Streams { mark_price: false, liquidation: false, ..wanted };
        streams::plan(
            symbols,
            (wanted, "depth@100ms"),
            &[("", "/stream")],
            Self::LIMITS.streams_per_connection,
        )
    }

    /// There is no key: the stream is subscribed on the order session's path.
    fn private_path(_listen_key: &str) -> String {
        Self::PATHS.orders.to_owned()
    }

    /// `BTCUSDT` is `BTCUSDT.BINANCE`.
    fn instrument_id(symbol: &str) -> String {
        format!("{symbol}.BINANCE")
    }

    fn symbol(text: &str) -> Option<Symbol> {
        let name = text.strip_suffix(".BINANCE").unwrap_or(text);
        let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        Symbol::new(name).filter(|_| name.bytes().all(plain))
    }

    fn parse_exchange_info(bytes: &[u8], wanted: &[&str]) -> Result<Vec<InstrumentSpec>, String> {
        binance::rest::exchange_info(bytes, wanted, &rest::DRESSING)
    }

    fn parse_filters(bytes: &[u8], wanted: &[&str]) -> Result<Vec<Filters>, String> {
        binance::rest::filters(bytes, wanted)
    }

    fn parse_server_time(bytes: &[u8]) -> Result<Nanos, String> {
        binance::rest::server_time(bytes)
    }

    fn parse_account(bytes: &[u8]) -> Result<AccountState, String> {
        rest::account(bytes)
    }

    fn parse_positions(bytes: &[u8]) -> Result<Vec<PositionState>, String> {
        // There are none to ask for.
        crate::cold::document(bytes, "the positions").map(|_| Vec::new())
    }

    fn parse_open_orders(bytes: &[u8]) -> Result<Vec<OpenOrder>, String> {
        binance::rest::open_orders(bytes)
    }

    fn parse_user_trades(bytes: &[u8]) -> Result<Vec<UserTrade>, String> {
        binance::rest::user_trades(bytes)
    }

    fn parse_listen_key(_bytes: &[u8]) -> Result<String, String> {
        Err("Binance spot has no listen key since 2026-02-20; subscribe on the order session"
            .to_owned())
    }
}
