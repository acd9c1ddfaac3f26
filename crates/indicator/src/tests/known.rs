//! Known answers of TA-Lib 0.8.1 (see tests/talib_answers.py), and exact
//! warm-ups.

use super::data;
use crate::bars::Bar;
use crate::{AnyIndicator, Input};
use flate2::read::GzDecoder;
use std::io::{BufRead, BufReader};
use types::{Decimal, Nanos, ParamValue, Params, Price, Qty, Value};

pub(super) fn bar(close: i64) -> Bar {
    let price = Price(close);
    let (open_ts, interval) = (Nanos(0), Nanos(Nanos::PER_SEC));
    Bar {
        open_ts,
        interval,
        open: price,
        high: price,
        low: price,
        close: price,
        volume: Qty(1),
        trades: 1,
        skipped: 0,
        complete: true,
    }
}

pub(super) fn made(name: &str, params: &[(&str, i64)]) -> AnyIndicator {
    let given: Vec<_> =
        params.iter().map(|(k, v)| ((*k).to_owned(), ParamValue::Integer(*v))).collect();
    AnyIndicator::new(name, &given).expect("a registered indicator")
}

/// One value per close.
pub(super) fn over(name: &str, period: i64, closes: &[i64]) -> Vec<Option<Value>> {
    let mut indicator = made(name, &[("period", period)]);
    let apply = |close: &i64| indicator.apply(Input::Bar(&bar(*close))).expect("no overflow");
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

type Known = (&'static str, i64, &'static [(usize, f64)]);

const WALK: &[Known] = &[
    (
        "ema",
        20,
        &[
            (19, 100_037.85),
            (500, 97_490.911134220),
            (501, 97_492.729121437),
            (750, 97_516.323327618),
            (1_000, 97_996.855298907),
            (1_500, 100_228.345875647),
            (1_999, 104_910.318851415),
        ],
    ),
    (
        "ema",
        200,
        &[
            (199, 98_511.57),
            (500, 97_139.970484643),
            (501, 97_143.652370368),
            (750, 97_737.904113848),
            (1_000, 98_106.403681720),
            (1_500, 99_473.811119016),
            (1_999, 104_137.304498788),
        ],
    ),
    (
        "rsi",
        14,
        &[
            (14, 37.396121884),
            (500, 45.204548914),
            (501, 52.400416873),
            (750, 47.374011529),
            (1_000, 34.751639484),
            (1_500, 60.574215278),
            (1_999, 32.926167416),
        ],
    ),
    (
        "rsi",
        2,
        &[
            (2, 21.621621622),
            (500, 11.531836981),
            (501, 70.412163300),
            (750, 84.335302732),
            (1_000, 10.274548299),
            (1_500, 17.958463027),
            (1_999, 0.321089407),
        ],
    ),
];

const BTCUSDT: &[Known] = &[
    (
        "ema",
        20,
        &[
            (19, 4_246_716.25),
            (500, 4_519_204.402302189),
            (5_000, 4_285_535.061765485),
            (12_345, 4_985_081.730383079),
            (30_000, 6_317_474.361971757),
            (50_001, 6_431_154.658139663),
            (70_000, 5_925_094.257355046),
        ],
    ),
    (
        "ema",
        200,
        &[
            (199, 4_254_804.405),
            (500, 4_508_179.623381963),
            (5_000, 4_272_079.867470969),
            (12_345, 4_893_187.516588384),
            (30_000, 6_485_390.419413131),
            (50_001, 6_427_913.818858065),
            (70_000, 5_909_971.552435675),
        ],
    ),
    (
        "rsi",
        14,
        &[
            (14, 57.205121788),
            (500, 43.161510165),
            (5_000, 43.853203755),
            (12_345, 65.052538215),
            (30_000, 55.426231243),
            (50_001, 52.872231410),
            (70_000, 51.161093575),
        ],
    ),
    (
        "rsi",
        2,
        &[
            (2, 100.0),
            (500, 43.275248725),
            (5_000, 19.761472265),
            (12_345, 95.848436462),
            (30_000, 82.288686894),
            (50_001, 14.435154693),
            (70_000, 21.878835615),
        ],
    ),
];

fn equal_talib(known: &[Known], closes: &[i64]) {
    for (name, period, answers) in known {
        let ours = over(name, *period, closes);
        let largest = ours.iter().flatten().map(|v| v.to_num::<f64>().abs()).fold(0.0, f64::max);
        let first = answers[0].0;
        assert!(ours[..first].iter().all(Option::is_none), "{name} {period}: warm-up");
        assert!(ours[first..].iter().all(Option::is_some), "{name} {period}: after warm-up");
        for (row, expected) in *answers {
            let value: f64 = ours[*row].expect("a value").to_num();
            let off = (value - expected).abs();
            // A thousand times closer than the contract's 1e-6.
            assert!(off < 1e-9 * largest, "{name} {period} row {row}: {value}, not {expected}");
        }
    }
}

#[test]
fn equals_talib_over_a_random_walk() {
    equal_talib(WALK, &walk(2_000));
}

#[test]
fn equals_talib_over_the_btcusdt_bars() {
    let Some(file) = data("bars/binance_spot_BTCUSDT_5m_2024.csv.gz") else { return };
    let lines = BufReader::new(GzDecoder::new(file)).lines().skip(1);
    let closes = lines.map(|line| {
        let line = line.expect("text");
        let close = line.split(',').nth(4).expect("a close");
        Decimal::parse_at(close.as_bytes(), 2).expect("a price in cents")
    });
    equal_talib(BTCUSDT, &closes.collect::<Vec<_>>());
}

#[test]
fn declared_warm_up_is_exact_for_every_indicator_of_prices() {
    for descriptor in crate::registry::ALL.iter().filter(|d| d.wants.bars) {
        for period in [2, 3, 14, 200] {
            let given = [("period".to_owned(), ParamValue::Integer(period))];
            let params = Params::resolve(descriptor.params, &given).expect("in range");
            let values = over(descriptor.name, period, &walk(300));
            let silent = values.iter().take_while(|value| value.is_none()).count();
            assert_eq!(silent, (descriptor.warm_up)(&params) as usize, "{}", descriptor.name);
        }
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
