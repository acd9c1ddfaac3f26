//! Bars: closing, completeness, refusals, and the venue's own candles.

use super::data;
use crate::bars::{Bar, BarBuilder, TradeRefusal};
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use types::{Decimal, Nanos, Price, Qty, Trade};

pub(super) fn trade(at_ms: i64, price: i64, qty: i64) -> Trade {
    Trade {
        price: Price(price),
        qty: Qty(qty),
        exch_ts: Nanos::from_ms(at_ms),
        trade_id: 0,
        aggressor: 0,
        pad: [0; 7],
    }
}

fn closed(builder: &mut BarBuilder, trades: &[(i64, i64, i64)]) -> Vec<Bar> {
    let take = |&(at, price, qty): &(i64, i64, i64)| {
        builder.on_trade(&trade(at, price, qty)).expect("in time")
    };
    trades.iter().filter_map(take).collect()
}

#[test]
fn closes_with_the_first_trade_past_its_end() {
    let mut builder = BarBuilder::new(1);
    let bars = closed(&mut builder, &[(999, 5, 1), (1_000, 7, 1), (1_500, 9, 2), (1_999, 6, 3)]);
    assert_eq!(bars.len(), 1);
    let [bar] = closed(&mut builder, &[(2_000, 8, 1)])[..] else { panic!("one bar") };
    assert_eq!((bar.open.0, bar.high.0, bar.low.0, bar.close.0), (7, 9, 6, 6));
    assert_eq!((bar.volume.0, bar.trades, bar.skipped), (6, 3, 0));
    assert_eq!((bar.open_ts, bar.complete), (Nanos::from_ms(1_000), true));
}

#[test]
fn first_bar_is_incomplete_and_so_is_a_bar_cut_short() {
    let mut builder = BarBuilder::new(1);
    let bars = closed(&mut builder, &[(0, 5, 1), (1_000, 5, 1), (2_000, 5, 1)]);
    assert_eq!(bars.iter().map(|bar| bar.complete).collect::<Vec<_>>(), [false, true]);
    assert_eq!(builder.finish().map(|bar| bar.complete), Some(false));
    assert_eq!(builder.finish(), None);
    // Going on after the end, within the same second.
    assert_eq!(closed(&mut builder, &[(2_500, 5, 1)]), []);
}

#[test]
fn states_how_many_intervals_had_no_trade() {
    let mut builder = BarBuilder::new(1);
    let bars = closed(&mut builder, &[(0, 5, 1), (4_500, 5, 1), (5_000, 5, 1)]);
    assert_eq!(bars.iter().map(|bar| bar.skipped).collect::<Vec<_>>(), [0, 3]);
}

#[test]
fn bars_around_an_interruption_are_incomplete() {
    let mut builder = BarBuilder::new(1);
    closed(&mut builder, &[(0, 5, 1), (1_000, 5, 1)]);
    builder.interrupt();
    let bars = closed(&mut builder, &[(4_500, 5, 1), (5_000, 5, 1), (6_000, 5, 1)]);
    assert_eq!(bars.iter().map(|bar| bar.complete).collect::<Vec<_>>(), [false, false, true]);
    builder.interrupt();
    let bars = closed(&mut builder, &[(6_100, 5, 1), (7_000, 5, 1), (8_000, 5, 1)]);
    assert_eq!(bars.iter().map(|bar| bar.complete).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn refuses_late_and_senseless_trades() {
    let mut builder = BarBuilder::new(1);
    closed(&mut builder, &[(5_000, 5, 1)]);
    assert_eq!(builder.on_trade(&trade(4_999, 5, 1)), Err(TradeRefusal::Late));
    assert_eq!(builder.on_trade(&trade(5_000, 5, 0)), Err(TradeRefusal::Invalid));
    assert_eq!(builder.on_trade(&trade(5_000, 5, i64::MAX)), Err(TradeRefusal::Invalid));
    let mut extreme = trade(0, 5, 1);
    extreme.exch_ts = Nanos(i64::MIN);
    assert_eq!(BarBuilder::new(7).on_trade(&extreme), Err(TradeRefusal::Invalid));
    extreme.exch_ts = Nanos(i64::MAX);
    assert_eq!(builder.on_trade(&extreme).map(|bar| bar.map(|b| b.volume.0)), Ok(Some(1)));
    assert_eq!(builder.on_time(Nanos(i64::MAX), Nanos(i64::MAX)), None);
}

#[test]
fn closes_by_time_only_after_the_grace() {
    let mut builder = BarBuilder::new(1);
    closed(&mut builder, &[(0, 5, 1), (1_200, 5, 1)]);
    let grace = Nanos::from_ms(100);
    assert_eq!(builder.on_time(Nanos::from_ms(2_099), grace), None);
    let bar = builder.on_time(Nanos::from_ms(2_100), grace).expect("closed");
    assert_eq!((bar.open_ts, bar.complete), (Nanos::from_ms(1_000), true));
    assert_eq!(builder.on_time(Nanos::from_ms(9_000), grace), None);
    assert_eq!(builder.on_trade(&trade(1_900, 5, 1)), Err(TradeRefusal::Late));
    let next = closed(&mut builder, &[(3_000, 5, 1), (4_000, 5, 1)]);
    assert_eq!((next[0].skipped, next[0].complete), (1, true));
}

/// The venue's own candle: open, high, low, close in cents, volume in 10^-5.
fn candles(name: &str) -> Option<BTreeMap<i64, [i64; 5]>> {
    let lines = BufReader::new(GzDecoder::new(data(name)?)).lines().skip(1);
    let candle = |line: std::io::Result<String>| {
        let line = line.expect("text");
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().expect("a number")).collect();
        // A few of the file's volumes are written with a sixth place.
        let scaled = |at: usize, unit: f64| (cells[at] * unit).round() as i64;
        let prices = [1, 2, 3, 4].map(|at| scaled(at, 1e2));
        let [open, high, low, close] = prices;
        (cells[0] as i64, [open, high, low, close, scaled(5, 1e5)])
    };
    Some(lines.map(candle).collect())
}

fn captured_trades(name: &str) -> Option<Vec<Trade>> {
    let lines = BufReader::new(GzDecoder::new(data(name)?)).lines();
    let parse = |line: std::io::Result<String>| {
        let line = line.expect("text");
        let (_, text) = line.split_once(' ').filter(|(_, text)| text.contains("@trade"))?;
        let json: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let data = &json["data"];
        let number = |key: &str, places| {
            let text = data[key].as_str().expect("a string").as_bytes();
            Decimal::parse_at(text, places).expect("a decimal")
        };
        Some(trade(data["T"].as_i64().expect("ms"), number("p", 2), number("q", 5)))
    };
    Some(lines.filter_map(parse).collect())
}

#[test]
fn equals_the_venues_candles_over_the_spot_captures() {
    let files = ["spot_btcusdt_20240808.gz", "spot_btcusdt_20240809.gz"];
    let trades = files.map(|name| captured_trades(&format!("captures/binance/{name}")));
    let candles = candles("bars/binance_spot_BTCUSDT_5m_2024.csv.gz");
    let ([Some(first), Some(second)], Some(candles)) = (trades, candles) else { return };
    let mut builder = BarBuilder::new(300);
    let mut compared = 0;
    for trade in first.iter().chain(&second) {
        let Some(bar) = builder.on_trade(trade).expect("in time") else { continue };
        if bar.complete {
            let ours = [bar.open.0, bar.high.0, bar.low.0, bar.close.0, bar.volume.0];
            assert_eq!(candles.get(&bar.open_ts.as_ms()), Some(&ours));
            compared += 1;
        }
    }
    assert!(compared >= 2, "the captures hold whole bars, not {compared}");
    println!("{compared} bars equal the venue's");
}
