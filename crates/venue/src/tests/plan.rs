//! Names, paths and connection plans.

use super::VENUE;
use crate::{ConnectionPlan, Dialect, Network, Streams};
use types::{KlineInterval, Symbol};

fn symbols(names: &[&str]) -> Vec<Symbol> {
    names.iter().map(|name| Symbol::new(name).unwrap()).collect()
}

#[test]
fn every_dialect_has_a_name_that_reads_back() {
    for dialect in Dialect::ALL {
        assert_eq!(Dialect::parse(dialect.name()), Some(*dialect));
        assert_eq!(dialect.to_string(), dialect.name());
    }
    assert_eq!(Dialect::parse("binance"), None);
    assert_eq!(VENUE.name(), "binance_usdm");
}

#[test]
fn names_instruments_and_reads_either_name() {
    for (symbol, id) in [
        ("BTCUSDT", "BTCUSDT-PERP.BINANCE"),
        ("1000PEPEUSDT", "1000PEPEUSDT-PERP.BINANCE"),
        ("BTCUSDT_261225", "BTCUSDT-261225.BINANCE"),
    ] {
        assert_eq!(VENUE.instrument_id(symbol), id);
        for name in [symbol, id] {
            assert_eq!(VENUE.symbol(name).unwrap().as_str(), symbol);
        }
    }
    for wrong in [
        "",
        "btcusdt",
        "BTCUSDT-PERP",
        "BTCUSDT.BINANCE",
        "BTCUSDT-PERP.BYBIT",
        "-PERP.BINANCE",
        "BTC USDT",
        "BTCUSDT-.BINANCE",
        "BTC\"USDT",
    ] {
        assert_eq!(VENUE.symbol(wrong), None, "{wrong}");
    }
}

#[test]
fn splits_streams_over_the_documented_paths() {
    let plan = VENUE.market_plan(&symbols(&["BTCUSDT", "ETHUSDT"]), Streams::CORE);
    let connection = |path: &str, streams: &[&str]| ConnectionPlan {
        path: path.to_owned(),
        streams: streams.iter().map(|&name| name.to_owned()).collect(),
    };
    let public =
        ["btcusdt@depth@0ms", "btcusdt@bookTicker", "ethusdt@depth@0ms", "ethusdt@bookTicker"];
    let market = ["btcusdt@trade", "ethusdt@trade"];
    assert_eq!(
        plan,
        [
            connection(
                "/public/stream?streams=btcusdt@depth@0ms/btcusdt@bookTicker/ethusdt@depth@0ms/ethusdt@bookTicker",
                &public
            ),
            connection("/market/stream?streams=btcusdt@trade/ethusdt@trade", &market),
        ]
    );
    let depth = Streams { depth: true, ..Streams::NONE };
    assert_eq!(VENUE.market_plan(&symbols(&["BTCUSDT"]), depth).len(), 1);
    assert!(VENUE.market_plan(&[], Streams::CORE).is_empty());
}

#[test]
fn no_connection_carries_more_streams_than_allowed() {
    let names: Vec<String> = (0..1024).map(|n| format!("A{n}USDT")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let plan = VENUE.market_plan(&symbols(&names), Streams::CORE);
    let most = VENUE.limits().streams_per_connection as usize;
    assert_eq!(plan.len(), 3);
    assert!(plan.iter().all(|connection| connection.streams.len() <= most));
    assert_eq!(plan.iter().map(|connection| connection.streams.len()).sum::<usize>(), 3 * 1024);
}

#[test]
fn gives_paths_and_bases() {
    let symbol = Symbol::new("BTCUSDT").unwrap();
    assert_eq!(VENUE.depth_path(&symbol), "/fapi/v1/depth?symbol=BTCUSDT&limit=1000");
    assert_eq!(VENUE.private_path("abc"), "/private/ws?listenKey=abc");
    assert_eq!(VENUE.paths().orders, "/ws-fapi/v1");
    assert_eq!(VENUE.bases(Network::Live).rest, "https://fapi.binance.com");
    assert_ne!(VENUE.bases(Network::Live), VENUE.bases(Network::Testnet));
}

const SPOT: Dialect = Dialect::BinanceSpot;

#[test]
fn spot_names_instruments_without_an_expiry() {
    assert_eq!(SPOT.instrument_id("BTCUSDT"), "BTCUSDT.BINANCE");
    for name in ["BTCUSDT", "BTCUSDT.BINANCE"] {
        assert_eq!(SPOT.symbol(name).unwrap().as_str(), "BTCUSDT");
    }
    for wrong in ["", "btcusdt", "BTCUSDT-PERP.BINANCE", "BTC\"USDT", ".BINANCE"] {
        assert_eq!(SPOT.symbol(wrong), None, "{wrong}");
    }
}

#[test]
fn spot_carries_everything_on_one_path_and_has_no_marks() {
    let all = Streams {
        agg_trade: true,
        mark_price: true,
        liquidation: true,
        kline: Some(KlineInterval::M5),
        ..Streams::CORE
    };
    let plan = SPOT.market_plan(&symbols(&["BTCUSDT"]), all);
    assert_eq!(plan.len(), 1);
    assert_eq!(
        plan[0].path,
        "/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade/btcusdt@aggTrade\
         /btcusdt@kline_5m"
    );
    let usdm = VENUE.market_plan(&symbols(&["BTCUSDT"]), all);
    assert_eq!(
        usdm[1].path,
        "/market/stream?streams=btcusdt@trade/btcusdt@aggTrade/btcusdt@markPrice@1s\
         /btcusdt@forceOrder/btcusdt@kline_5m"
    );
}

#[test]
fn spot_gives_its_paths_and_has_no_listen_key() {
    let symbol = Symbol::new("BTCUSDT").unwrap();
    assert_eq!(SPOT.depth_path(&symbol), "/api/v3/depth?symbol=BTCUSDT&limit=1000");
    assert_eq!(
        SPOT.specs_path(&["BTCUSDT", "ETHUSDT"]),
        "/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22,%22ETHUSDT%22%5D"
    );
    assert_eq!(VENUE.specs_path(&["BTCUSDT"]), "/fapi/v1/exchangeInfo");
    assert_eq!(SPOT.private_path("ignored"), "/ws-api/v3");
    assert_eq!((SPOT.paths().listen_key, SPOT.paths().positions), ("", ""));
    assert!(SPOT.parse_listen_key(br#"{"listenKey":"abc"}"#).is_err());
    let limits = SPOT.limits();
    assert_eq!((limits.connection_life_s, limits.streams_per_connection), (86_400, 1024));
    assert_eq!((limits.ping_every_s, limits.pong_within_s, limits.sends_per_second), (20, 60, 5));
}
