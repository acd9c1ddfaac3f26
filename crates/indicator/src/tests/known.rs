//! Known answers: TA-Lib's (see tests/talib_answers.py), published ones, and
//! exact warm-ups.

use super::answers::{BTCUSDT, Known, PEPEUSDT, WALK};
use super::data;
use crate::bars::Bar;
use crate::bars::file::BarFile;
use crate::sheet::{Row, Sheet};
use crate::{AnyIndicator, Input};
use flate2::read::GzDecoder;
use std::io::BufReader;
use types::{Nanos, ParamValue, Price, Qty, Value};

/// A bar of one price.
pub(super) fn bar(close: i64) -> Bar {
    ohlc([close; 4])
}

/// A bar of open, high, low and close.
pub(super) fn ohlc(prices: [i64; 4]) -> Bar {
    let [open, high, low, close] = prices.map(Price);
    let (open_ts, interval) = (Nanos(0), Nanos(Nanos::PER_SEC));
    let (volume, trades, skipped, complete) = (Qty(1), 1, 0, true);
    Bar { open_ts, interval, open, high, low, close, volume, trades, skipped, complete }
}

pub(super) fn made(name: &str, params: &[(&str, i64)]) -> AnyIndicator {
    let given: Vec<_> =
        params.iter().map(|(k, v)| ((*k).to_owned(), ParamValue::Integer(*v))).collect();
    AnyIndicator::new(name, &given).expect("a registered indicator")
}

/// One value per close.
pub(super) fn over(name: &str, period: i64, closes: &[i64]) -> Vec<Option<Value>> {
    let mut indicator = made(name, &[("period", period)]);
    let apply = |close: &i64| indicator.first(Input::Bar(&bar(*close))).expect("no overflow");
    closes.iter().map(apply).collect()
}

/// Knuth's MMIX generator, its upper bits; the walk of tests/talib_answers.py.
pub(super) fn walk(rows: usize) -> Vec<i64> {
    let (mut state, mut price) = (1_u64, 100_000_i64);
    let step = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        price = 1_000.max(price + (state >> 33).cast_signed() % 401 - 200);
        price
    };
    std::iter::repeat_with(step).take(rows).collect()
}

/// The walk with highs and lows around it, as there.
fn walk_bars(rows: usize) -> Vec<Bar> {
    let closes = walk(rows);
    let mut open = closes[0];
    let bar = |(row, close): (usize, i64)| {
        let reach = (row as i64 * 7_919) % 97;
        let (high, low) = (open.max(close) + reach, open.min(close) - (reach * 31) % 89);
        let open_ts = Nanos(row as i64 * Nanos::PER_SEC);
        Bar { open_ts, ..ohlc([std::mem::replace(&mut open, close), high, low, close]) }
    };
    closes.into_iter().enumerate().map(bar).collect()
}

fn rows_of(sheet: &mut Sheet, bars: &[Bar]) -> Vec<Row> {
    let mut rows = Vec::new();
    for bar in bars {
        sheet.on_bar(bar, |row| rows.push(row.clone()));
    }
    sheet.finish(|row| rows.push(row.clone()));
    rows
}

const SET: &str = "rsi:14,rsi:2,ema:20,ema:200,sma:20,macd:12:26:9,bbands:20:2,atr:14,adx:14,\
    keltner:20:2,ichimoku:9:26:52,volatility:20";

fn equal_talib(known: &[Known], bars: &[Bar], places: u8) {
    let mut sheet = Sheet::parse(SET, places).expect("a good set");
    let columns = sheet.columns().to_vec();
    let rows = rows_of(&mut sheet, bars);
    for (name, answers) in known {
        let at = columns.iter().position(|column| column.name == *name).expect(name);
        let is_of_price = columns[at].unit.is_of_price();
        let scale = if is_of_price { 10_f64.powi(i32::from(places)) } else { 1.0 };
        let ours: Vec<Option<f64>> =
            rows.iter().map(|row| row.values[at].map(|v| v.to_num::<f64>() / scale)).collect();
        let largest = ours.iter().flatten().map(|value| value.abs()).fold(0.0, f64::max);
        let first = answers[0].0;
        assert_eq!(columns[at].warm_up as usize, first, "{name}: declared warm-up");
        assert!(ours[..first].iter().all(Option::is_none), "{name}: warm-up");
        assert!(ours[first..].iter().all(Option::is_some), "{name}: after warm-up");
        for (row, expected) in *answers {
            let value = ours[*row].expect("a value");
            let off = (value - expected).abs();
            // A thousand times closer than the contract's 1e-6.
            assert!(off < 1e-9 * largest, "{name} row {row}: {value}, not {expected}");
        }
    }
}

#[test]
fn equals_talib_over_a_random_walk() {
    equal_talib(WALK, &walk_bars(2_000), 0);
}

#[test]
fn equals_talib_over_the_btcusdt_bars() {
    let Some(file) = data("bars/binance_spot_BTCUSDT_5m_2024.csv.gz") else { return };
    let file = BarFile::read(BufReader::new(GzDecoder::new(file))).expect("a good file");
    assert_eq!((file.bars.len(), file.price_places, file.rounded), (71_769, 2, 0));
    equal_talib(BTCUSDT, &file.bars, 2);
}

/// Prices with exponents, and hundreds of movements that are equal in decimals
/// and differ as doubles: TA-Lib sees the doubles.
#[test]
fn equals_talib_over_the_pepeusdt_bars() {
    let Some(file) = data("bars/binance_spot_PEPEUSDT_5m_2024.csv.gz") else { return };
    let file = BarFile::read(BufReader::new(GzDecoder::new(file))).expect("a good file");
    assert_eq!((file.bars.len(), file.price_places, file.rounded), (72_028, 8, 0));
    equal_talib(PEPEUSDT, &file.bars, 8);
}

/// The worked example of the RSI of ChartSchool (StockCharts): QQQ, December
/// 2009 and January 2010, to the two decimals that are printed there.
#[test]
fn rsi_equals_the_published_example() {
    let closes = [
        443_389, 440_902, 441_497, 436_124, 443_278, 448_264, 450_955, 454_245, 458_433, 460_826,
        458_931, 460_328, 456_140, 462_820, 462_820, 460_028, 460_328, 464_116, 462_222, 456_439,
        462_122, 462_521, 457_137, 464_515, 457_835, 453_548, 440_288, 441_783, 442_181, 445_672,
        434_205, 426_628, 431_314,
    ];
    let published = [
        70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93, 63.26, 56.06, 62.38, 54.71, 50.42, 39.99,
        41.46, 41.87, 45.46, 37.30, 33.08, 37.77,
    ];
    let ours: Vec<f64> =
        over("rsi", 14, &closes).into_iter().flatten().map(Value::to_num).collect();
    assert_eq!(ours.len(), published.len());
    for (ours, published) in ours.iter().zip(published) {
        assert!((ours - published).abs() < 0.0101, "{ours}, not {published}");
    }
}

#[test]
fn ema_of_one_is_the_price_itself() {
    let closes = walk(50);
    let values = over("ema", 1, &closes);
    assert!(values.iter().zip(&closes).all(|(v, c)| *v == Some(Value::from_num(*c))));
}

#[test]
fn rsi_is_0_in_a_fall_100_in_a_rise_and_0_where_nothing_moves() {
    let rise: Vec<_> = (1..40).collect();
    let fall: Vec<_> = (1..40).rev().collect();
    assert_eq!(over("rsi", 14, &rise)[38], Some(Value::from_num(100)));
    assert_eq!(over("rsi", 14, &fall)[38], Some(Value::ZERO));
    assert_eq!(over("rsi", 14, &[7; 40])[38], Some(Value::ZERO));
}
