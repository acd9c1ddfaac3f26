//! Binance USD-M futures: linear perpetuals and dated futures.
//!
//! Facts: VENUES.md 0, 1.2, 2.1. The private stream is in `account`, REST bodies
//! in `rest`, what spot shares in `binance`; here is what is data.

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
pub(crate) struct BinanceUsdm;

impl Venue for BinanceUsdm {
    const SPOT: bool = false;
    const RULE: SequenceRule = SequenceRule::UsdM;

    const LIMITS: Limits = Limits {
        connection_life_s: 86_400,
        // The spot document's number; USD-M's own was not read.
        streams_per_connection: 1024,
        sends_per_second: 10,
        connects_per_5min: 300,
        ping_every_s: 180,
        pong_within_s: 600,
        // The key lives 60 minutes; half of that leaves one failure's room.
        listen_key_keep_s: 1_800,
        weight_per_minute: 2_400,
        snapshot_weight: 20,
        orders_per_10s: 300,
        orders_per_minute: 1_200,
        recv_window_ms_max: 60_000,
        // Largest seen in the captures: a REST snapshot of 42 KB, a diff of 26 KB.
        frame_bytes_max: 1 << 18,
    };

    const PATHS: Paths = Paths {
        time: "/fapi/v1/time",
        exchange_info: "/fapi/v1/exchangeInfo",
        depth: "/fapi/v1/depth",
        account: "/fapi/v3/account",
        positions: "/fapi/v3/positionRisk",
        open_orders: "/fapi/v1/openOrders",
        order: "/fapi/v1/order",
        cancel_all: "/fapi/v1/allOpenOrders",
        countdown: "/fapi/v1/countdownCancelAll",
        listen_key: "/fapi/v1/listenKey",
        user_trades: "/fapi/v1/userTrades",
        orders: "/ws-fapi/v1",
    };

    const AMEND_KEEPS_PRICE: bool = false;
    const FEE_FROM_RECEIVED: bool = false;

    const SHORTEST_LEVEL: &'static [u8] = br#"["1","1"]"#;

    #[inline]
    fn scan(
        padded: &[u8],
        length: usize,
        specs: &SpecTable,
        levels: &mut Levels,
    ) -> Option<Decoded<'static>> {
        scan::decode((padded, length), Family::UsdM, specs, levels)
    }

    fn market<'l>(
        tree: Tree<'_, '_>,
        specs: &SpecTable,
        levels: &'l mut Levels,
    ) -> Result<Decoded<'l>, DecodeError> {
        market::decode(tree, Family::UsdM, specs, levels)
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
        reply::reply(tree, Family::UsdM, specs)
    }

    fn classify(status: u16, code: i32, message: &[u8]) -> Outcome {
        reply::classify(Family::UsdM, (status, code), message)
    }

    #[inline]
    fn encode(
        call: &Call<'_>,
        ask: Ask<'_>,
        spec: &InstrumentSpec,
        buffer: &mut [u8],
    ) -> Result<usize, EncodeError> {
        order::encode(call, Family::UsdM, (ask, spec), buffer)
    }

    fn encode_open(call: &Call<'_>, open: Open, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        order::encode_open(call, Family::UsdM, open, buffer)
    }

    fn bases(network: Network) -> Bases {
        match network {
            Network::Live => Bases {
                rest: "https://fapi.binance.com",
                streams: "wss://fstream.binance.com",
                orders: "wss://ws-fapi.binance.com",
            },
            // Streams: third-party sources agree on the host, none is official.
            Network::Testnet => Bases {
                rest: "https://testnet.binancefuture.com",
                streams: "wss://stream.binancefuture.com",
                orders: "wss://testnet.binancefuture.com",
            },
        }
    }

    fn depth_path(symbol: &Symbol) -> String {
        format!("{}?symbol={symbol}&limit=1000", Self::PATHS.depth)
    }

    /// Depth and quotes on `/public`, the rest on `/market`: the split of
    /// 2026-04-23 (VENUES.md 0.3). `trade` is in neither documented list.
    fn market_plan(symbols: &[Symbol], wanted: Streams) -> Vec<ConnectionPlan> {
        let hosts = [("public", "/public/stream"), ("market", "/market/stream")];
        streams::plan(symbols, (wanted, "depth@0ms"), &hosts, Self::LIMITS.streams_per_connection)
    }

    fn private_path(listen_key: &str) -> String {
        format!("/private/ws?listenKey={listen_key}")
    }

    /// A perpetual `BTCUSDT` is `BTCUSDT-PERP.BINANCE`; a dated future
    /// `BTCUSDT_261225` is `BTCUSDT-261225.BINANCE`.
    fn instrument_id(symbol: &str) -> String {
        match symbol.split_once('_') {
            Some((pair, date)) => format!("{pair}-{date}.BINANCE"),
            None => format!("{symbol}-PERP.BINANCE"),
        }
    }

    fn symbol(text: &str) -> Option<Symbol> {
        let plain = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        };
        let Some(name) = text.strip_suffix(".BINANCE") else {
            return Symbol::new(text).filter(|_| plain(text));
        };
        let (pair, expiry) = name.split_once('-')?;
        if !plain(pair) || !plain(expiry) {
            return None;
        }
        match expiry {
            "PERP" => Symbol::new(pair),
            date => Symbol::new(&format!("{pair}_{date}")),
        }
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
        rest::positions(bytes)
    }

    fn parse_open_orders(bytes: &[u8]) -> Result<Vec<OpenOrder>, String> {
        binance::rest::open_orders(bytes)
    }

    fn parse_user_trades(bytes: &[u8]) -> Result<Vec<UserTrade>, String> {
        binance::rest::user_trades(bytes)
    }

    fn parse_listen_key(bytes: &[u8]) -> Result<String, String> {
        rest::listen_key(bytes)
    }
}
