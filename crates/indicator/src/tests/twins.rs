//! Each indicator against a slow twin that starts from scratch, and at the
//! edges of its range.

use super::known::{bar, made, over, walk};
use crate::{Input, Overflow};
use book::Book;
use proptest::prelude::*;
use types::{Price, Qty, Side, Touch, Value};

/// EMA from the definition, over all closes so far.
fn naive_ema(period: usize, closes: &[i64]) -> Option<f64> {
    let (first, rest) = closes.split_at_checked(period)?;
    let seed = first.iter().map(|close| *close as f64).sum::<f64>() / period as f64;
    let k = 2.0 / (period as f64 + 1.0);
    Some(rest.iter().fold(seed, |ema, close| ema + k * (*close as f64 - ema)))
}

/// RSI from the definition, over all closes so far.
fn naive_rsi(period: usize, closes: &[i64]) -> Option<f64> {
    let moves: Vec<f64> = closes.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
    let (first, rest) = moves.split_at_checked(period)?;
    let n = period as f64;
    let seed = |sign: f64| first.iter().map(|m| (m * sign).max(0.0)).sum::<f64>() / n;
    let smooth = |sign: f64| {
        rest.iter().fold(seed(sign), |avg, m| (avg * (n - 1.0) + (m * sign).max(0.0)) / n)
    };
    let (gain, loss) = (smooth(1.0), smooth(-1.0));
    Some(if gain + loss == 0.0 { 0.0 } else { 100.0 * gain / (gain + loss) })
}

fn is_close(ours: Option<Value>, twin: Option<f64>, scale: f64) -> bool {
    match (ours.map(Value::to_num::<f64>), twin) {
        (Some(ours), Some(twin)) => (ours - twin).abs() <= 1e-9 * scale,
        (None, None) => true,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn ema_and_rsi_equal_their_twins(
        closes in prop::collection::vec(1..10_000_000_i64, 1..120),
        period in 2..30_usize,
    ) {
        let ema = over("ema", period as i64, &closes);
        let rsi = over("rsi", period as i64, &closes);
        for row in 0..closes.len() {
            let so_far = &closes[..=row];
            prop_assert!(is_close(ema[row], naive_ema(period, so_far), 1e7));
            prop_assert!(is_close(rsi[row], naive_rsi(period, so_far), 100.0));
        }
    }

    #[test]
    fn ema_and_rsi_survive_any_price(
        closes in prop::collection::vec(prop_oneof![any::<i64>(), Just(i64::MAX), Just(i64::MIN)], 1..60),
        period in 2..10_i64,
    ) {
        let mut ema = made("ema", &[("period", period)]);
        let mut rsi = made("rsi", &[("period", period)]);
        for close in closes {
            let value = ema.first(Input::Bar(&bar(close)));
            prop_assert!(value.is_err() || value.is_ok());
            if let Ok(Some(value)) = rsi.first(Input::Bar(&bar(close))) {
                prop_assert!((Value::ZERO..=Value::from_num(100)).contains(&value));
            }
        }
    }

    #[test]
    fn microprice_lies_in_the_spread_and_equals_its_twin(
        bid in 1..10_000_000_i64, spread in 1..1_000_i64,
        bid_qty in 1..1_000_000_000_i64, ask_qty in 1..1_000_000_000_i64,
    ) {
        let touch = touch((bid, bid_qty), (bid + spread, ask_qty));
        let value = made("microprice", &[]).first(Input::Touch(&touch));
        let value = value.expect("no overflow").expect("a value");
        prop_assert!(value >= Value::from_num(bid) && value <= Value::from_num(bid + spread));
        // Exact in rationals: |value × total − numerator| is below one rounding.
        let total = i128::from(bid_qty + ask_qty);
        let numerator = i128::from(bid) * i128::from(ask_qty)
            + i128::from(bid + spread) * i128::from(bid_qty);
        let whole = value.to_num::<i128>();
        prop_assert!((numerator.div_euclid(total) - whole).abs() <= 1);
        let twin = numerator as f64 / total as f64;
        prop_assert!((value.to_num::<f64>() - twin).abs() < 1e-6);
    }

    #[test]
    fn microprice_survives_any_touch(bid in any::<[i64; 2]>(), ask in any::<[i64; 2]>()) {
        let touch = touch((bid[0], bid[1]), (ask[0], ask[1]));
        let _ = made("microprice", &[]).first(Input::Touch(&touch));
    }

    #[test]
    fn imbalance_equals_its_twin(
        levels in prop::collection::vec((any::<bool>(), 1..60_i64, 0..1_000_i64), 1..120),
        count in 1..50_usize,
    ) {
        let mut book = Book::new(Price(1), 64);
        let mut twin = book::NaiveBook::new();
        for (buys, price, qty) in levels {
            let side = if buys { Side::Buy } else { Side::Sell };
            book.apply(side, Price(price), Qty(qty));
            twin.apply(side, Price(price), Qty(qty));
        }
        let sum = |side| twin.top(side, count).iter().map(|(_, qty)| qty.0).sum::<i64>() as f64;
        let (bids, asks) = (sum(Side::Buy), sum(Side::Sell));
        let value = made("imbalance", &[("levels", count as i64)]).first(Input::Book(&book));
        let expected = (bids + asks > 0.0).then(|| (bids - asks) / (bids + asks));
        prop_assert!(is_close(value.expect("no overflow"), expected, 1.0));
    }
}

fn touch(bid: (i64, i64), ask: (i64, i64)) -> Touch {
    Touch {
        bid: Price(bid.0),
        bid_qty: Qty(bid.1),
        ask: Price(ask.0),
        ask_qty: Qty(ask.1),
        state: 1,
        ..Touch::default()
    }
}

#[test]
fn microprice_leans_to_the_thinner_side() {
    let value = |touch| made("microprice", &[]).first(Input::Touch(&touch)).expect("no overflow");
    assert_eq!(value(touch((100, 30), (104, 10))), Some(Value::from_num(103)));
    assert_eq!(value(touch((100, 5), (104, 5))), Some(Value::from_num(102)));
    assert_eq!(value(touch((100, 0), (104, 5))), None);
}

#[test]
fn imbalance_is_one_with_bids_alone_and_nothing_over_an_empty_book() {
    let mut book = Book::new(Price(1), 4);
    let mut imbalance = made("imbalance", &[]);
    assert_eq!(imbalance.first(Input::Book(&book)), Ok(None));
    book.apply(Side::Buy, Price(10), Qty(3));
    assert_eq!(imbalance.first(Input::Book(&book)), Ok(Some(Value::ONE)));
    book.apply(Side::Sell, Price(11), Qty(9));
    assert_eq!(imbalance.first(Input::Book(&book)), Ok(Some(Value::from_num(-0.5))));
    book.apply(Side::Buy, Price(9), Qty(i64::MAX));
    assert_eq!(imbalance.first(Input::Book(&book)), Err(Overflow));
}

#[test]
fn an_overflowing_input_is_not_taken() {
    let mut with = made("ema", &[("period", 2)]);
    let mut without = with.clone();
    for close in [i64::MAX, i64::MAX] {
        assert!(with.first(Input::Bar(&bar(close))).is_ok());
        assert!(without.first(Input::Bar(&bar(close))).is_ok());
    }
    assert_eq!(with.first(Input::Bar(&bar(i64::MIN))), Err(Overflow));
    let next = Input::Bar(&bar(7)).price_x2().expect("a price").value();
    assert_eq!(next, Value::from_num(7));
    assert_eq!(with.first(Input::Bar(&bar(7))), without.first(Input::Bar(&bar(7))));
}

#[test]
fn the_past_is_forgotten_and_no_drift_is_left() {
    // Two averages with different pasts and the same last 3,000 inputs.
    let tail = walk(3_000);
    let mut wild: Vec<_> = (0..500).map(|row| 1 + row * 40_000 % 9_999_991).collect();
    wild.extend(&tail);
    let (one, other) = (over("ema", 20, &wild), over("ema", 20, &tail));
    let (one, other) = (one.last().expect("rows"), other.last().expect("rows"));
    let off = one.expect("a value").to_bits() - other.expect("a value").to_bits();
    // Some roundings of 2^-64 each, divided by k.
    assert!(off.abs() <= 32, "{off} × 2^-64");
}
