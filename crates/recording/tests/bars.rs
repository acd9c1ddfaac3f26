//! Candles from recorded trades against the venue's own: its bars of the same
//! hours, and the candle messages in a session.
#![allow(clippy::unwrap_used, reason = "tests: helpers outside #[test]")]
#![allow(missing_docs, reason = "tests")]

mod support;

use recording::{Question, RecordedBars, Survey, bars, interval, volume_text};
use serde_json::Value;
use std::path::PathBuf;
use support::{frames, scaled, shared, text};
use venue::Dialect;

fn made(paths: &[PathBuf], symbol: &str, every: &str) -> RecordedBars {
    let survey = Survey::read(paths).unwrap();
    // Trades need no dialect of their own: rules come from the strings.
    let dialect = Dialect::parse("binance_usdm").unwrap();
    let question = Question { survey: &survey, dialect, symbol, spec: None };
    bars(&question, interval(every).unwrap()).unwrap()
}

/// Open, high, low, close, volume as counts of 10^-18, and the number of trades.
fn row(made: &RecordedBars, index: usize) -> ([i128; 5], u64) {
    let candle = &made.bars[index].candle;
    let spec = &made.rules.spec;
    let [open, high, low, close] = [candle.open, candle.high, candle.low, candle.close]
        .map(|price| scaled(&spec.price(price).to_string()));
    let volume = scaled(&volume_text(candle.volume, spec.qty_decimals));
    ([open, high, low, close, volume], candle.trades)
}

#[test]
fn five_minute_bars_of_spot_trades_equal_the_venues_own() {
    let names =
        ["captures/binance/spot_btcusdt_20240808.gz", "captures/binance/spot_btcusdt_20240809.gz"];
    let paths: Vec<_> = names.iter().filter_map(|name| shared(name)).collect();
    let Some(venue) = shared("bars/binance_spot_BTCUSDT_5m_2024.csv.gz") else { return };
    if paths.len() < 2 {
        return;
    }
    let made = made(&paths, "BTCUSDT", "5m");
    let csv = text(&venue);
    let mut compared = 0;
    for (index, bar) in made.bars.iter().enumerate().filter(|(_, bar)| bar.complete) {
        let line = csv.lines().find(|line| line.starts_with(&bar.open_time_ms.to_string()));
        let expected: Vec<i128> = line.unwrap().split(',').skip(1).map(scaled).collect();
        assert_eq!(row(&made, index).0.to_vec(), expected, "bar of {}", bar.open_time_ms);
        compared += 1;
    }
    assert!(compared >= 1, "{:?}", made.bars);
    assert!(!made.bars[0].complete, "nobody saw its beginning");
    assert_eq!((made.holes, made.undecodable, made.made_of), (0, 0, "trade"));
    println!("{compared} complete of {} bars equal the venue's", made.bars.len());
}

/// The last candle message of a minute that began within the recording, against
/// what the aggregated trades up to its last trade make.
#[test]
fn candles_of_aggregated_trades_equal_the_candle_messages() {
    let mut compared = 0;
    for (name, symbols) in [
        ("BINANCE_FUTURES", ["SUSHIUSDT", "CTKUSDT", "AKROUSDT", "KEEPUSDT"]),
        ("BINANCE", ["NKNUSDT", "LRCBTC", "BLZETH", "RUNEEUR"]),
    ] {
        let Some(path) = shared(&format!("captures/venues/{name}.jsonl.zst")) else { continue };
        let heard = frames(&[path]);
        let first = heard.iter().filter_map(|h| h.json["data"]["E"].as_i64()).min().unwrap();
        for symbol in symbols {
            let of = |data: &Value, kind: &str| data["e"] == *kind && data["s"] == *symbol;
            let candles = heard.iter().map(|h| &h.json["data"]).filter(|data| of(data, "kline"));
            let mut begun = candles.filter(|data| data["k"]["t"].as_i64() >= Some(first));
            let Some(candle) = begun.next_back().map(|data| &data["k"]) else { continue };
            let upto = candle["L"].as_u64();
            let trades = heard.iter().filter(|h| of(&h.json["data"], "aggTrade"));
            let trades: Vec<_> = trades.filter(|h| h.json["data"]["l"].as_u64() <= upto).collect();
            if trades.last().and_then(|h| h.json["data"]["l"].as_u64()) != upto {
                continue;
            }
            let lines = trades.iter().map(|h| format!("{} {}\n", h.at, h.json["data"]));
            let path = written(&format!("{name}-{symbol}"), &lines.collect::<String>());
            let made = made(std::slice::from_ref(&path), symbol, "1m");
            std::fs::remove_file(path).unwrap();
            let index = made.bars.len() - 1;
            assert_eq!(Some(made.bars[index].open_time_ms), candle["t"].as_i64());
            let number = |key: &str| scaled(candle[key].as_str().unwrap());
            let expected = (["o", "h", "l", "c", "v"].map(number), count(candle));
            assert_eq!(row(&made, index), expected, "{symbol} {candle}");
            assert!(!made.bars[index].complete, "the recording ends within it");
            assert_eq!((made.made_of, made.holes), ("aggTrade", 0));
            compared += 1;
        }
    }
    if shared("captures/venues/BINANCE_FUTURES.jsonl.zst").is_some() {
        assert!(compared >= 3, "{compared} candles compared");
    }
}

fn count(candle: &Value) -> u64 {
    candle["n"].as_u64().unwrap()
}

fn written(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("althing-bars-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

fn trade(id: u64, at_s: i64, price: &str) -> String {
    let ms = at_s * 1000;
    format!(
        "{}000000 {{\"e\":\"trade\",\"E\":{ms},\"T\":{ms},\"s\":\"BTCUSDT\",\"t\":{id},\"p\":\"{price}\",\"q\":\"0.5\",\"X\":\"MARKET\",\"m\":false}}\n",
        1_600_000_000_000_i64 + at_s * 1000
    )
}

#[test]
fn intervals_without_trades_are_told_and_never_invented() {
    let lines = [trade(1, 59, "10.0"), trade(2, 61, "11.0"), trade(3, 181, "12.0")];
    let path = written("empty", &lines.concat());
    let made = made(std::slice::from_ref(&path), "BTCUSDT", "1m");
    let opens: Vec<_> = made.bars.iter().map(|bar| (bar.open_time_ms, bar.complete)).collect();
    assert_eq!(opens, [(0, false), (60_000, true), (180_000, false)]);
    assert_eq!(made.empty, [120_000]);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_missing_trade_id_leaves_its_intervals_incomplete() {
    let lines =
        [trade(1, 59, "10.0"), trade(2, 61, "11.0"), trade(4, 181, "12.0"), trade(5, 241, "12.0")];
    let path = written("hole", &lines.concat());
    let made = made(std::slice::from_ref(&path), "BTCUSDT", "1m");
    assert!(made.bars.iter().all(|bar| !bar.complete) && made.empty.is_empty(), "{made:?}");
    assert_eq!(made.holes, 1);
    std::fs::remove_file(path).unwrap();
}
