//! Longer bars from shorter ones, lengths as they are written, bars as they are
//! printed.

use super::bars::trade;
use crate::bars::{Bar, BarBuilder, BarMerger, BarRefusal, interval_seconds};
use proptest::prelude::*;
use types::{AggTrade, Nanos, Price, Qty};

fn small(at_s: i64, skipped: u64) -> Bar {
    let price = Price(at_s + 1);
    Bar {
        open_ts: Nanos(at_s * Nanos::PER_SEC),
        interval: Nanos(Nanos::PER_SEC),
        open: price,
        high: Price(price.0 + 1),
        low: Price(price.0 - 1),
        close: price,
        volume: Qty(2),
        trades: 3,
        skipped,
        complete: true,
    }
}

/// Closed bars as (begin in seconds, trades, skipped, complete).
fn merged(merger: &mut BarMerger, bars: &[Bar]) -> Vec<(i64, u64, u64, bool)> {
    let mut closed = Vec::new();
    for bar in bars {
        let brief =
            |bar: &Bar| (bar.open_ts.0 / Nanos::PER_SEC, bar.trades, bar.skipped, bar.complete);
        merger.on_bar(bar, |bar| closed.push(brief(bar))).expect("in order");
    }
    closed
}

#[test]
fn a_longer_bar_closes_with_its_last_part() {
    let mut merger = BarMerger::new(3);
    let parts: Vec<_> = (0..7).map(|at| small(at, 0)).collect();
    assert_eq!(merged(&mut merger, &parts), [(0, 9, 0, true), (3, 9, 0, true)]);
    let rest = merger.finish().expect("the seventh second");
    assert_eq!((rest.trades, rest.complete, rest.open_ts.0), (3, false, 6 * Nanos::PER_SEC));
    assert_eq!(merger.finish(), None);
}

#[test]
fn quiet_seconds_that_are_stated_leave_it_whole_and_a_gap_does_not() {
    // Second 1 was quiet and is stated; seconds 4 to 10 are a gap; 12, 13 were quiet.
    let parts = [small(0, 0), small(2, 1), small(3, 0), small(11, 0), small(14, 2)];
    let closed = merged(&mut BarMerger::new(3), &parts);
    assert_eq!(closed, [(0, 6, 0, true), (3, 3, 0, false), (9, 3, 1, false), (12, 3, 0, true)]);
}

#[test]
fn a_first_bar_that_begins_late_is_not_whole() {
    let closed = merged(&mut BarMerger::new(3), &[small(1, 0), small(2, 0), small(3, 0)]);
    assert_eq!(closed, [(0, 6, 0, false)]);
}

#[test]
fn refuses_bars_out_of_order_unaligned_or_of_another_length() {
    let mut merger = BarMerger::new(3);
    let mut of = |bar: &Bar| merger.on_bar(bar, |_| {});
    assert_eq!(of(&small(5, 0)), Ok(()));
    assert_eq!(of(&small(5, 0)), Err(BarRefusal::Late));
    assert_eq!(of(&small(4, 0)), Err(BarRefusal::Late));
    let two = Bar { interval: Nanos(2 * Nanos::PER_SEC), ..small(6, 0) };
    assert_eq!(of(&two), Err(BarRefusal::Invalid));
    assert_eq!(of(&Bar { open_ts: Nanos(6_500_000_000), ..small(6, 0) }), Err(BarRefusal::Invalid));
    assert_eq!(of(&Bar { interval: Nanos(0), ..small(6, 0) }), Err(BarRefusal::Invalid));
    let last = Bar { open_ts: Nanos(i64::MAX / Nanos::PER_SEC * Nanos::PER_SEC), ..small(6, 0) };
    assert_eq!(of(&last), Err(BarRefusal::Invalid));
    assert_eq!(of(&small(6, 0)), Ok(()));
    assert_eq!(of(&Bar { volume: Qty(i64::MAX), ..small(7, 0) }), Err(BarRefusal::Invalid));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Bars of bars are the bars of the trades, wherever those are whole.
    #[test]
    fn prop_merged_bars_equal_those_of_the_trades(
        trades in prop::collection::vec((0..4_000_i64, 1..100_i64, 1..9_i64), 1..150),
        (short, factor) in (1..4_u32, 1..6_u32),
    ) {
        let (mut shorter, mut longer) = (BarBuilder::new(short), BarBuilder::new(short * factor));
        let mut merger = BarMerger::new(short * factor);
        let (mut direct, mut joined) = (Vec::new(), Vec::new());
        let mut at = 0;
        for (wait, price, qty) in trades {
            at += wait;
            let trade = trade(at, price, qty);
            direct.extend(longer.on_trade(&trade).expect("in time"));
            if let Some(bar) = shorter.on_trade(&trade).expect("in time") {
                merger.on_bar(&bar, |bar| joined.push(*bar)).expect("in order");
            }
        }
        let whole = |bars: Vec<Bar>| -> Vec<Bar> {
            let bars = bars.into_iter().filter(|bar| bar.complete);
            bars.map(|bar| Bar { skipped: 0, ..bar }).collect()
        };
        let (direct, joined) = (whole(direct), whole(joined));
        // The last one may still be open on either side.
        let common = direct.len().min(joined.len());
        prop_assert!(direct.len().abs_diff(joined.len()) <= 1);
        prop_assert_eq!(&direct[..common], &joined[..common]);
    }
}

#[test]
fn bar_lengths_are_those_that_divide_a_day() {
    let known = [("1s", 1), ("5m", 300), ("1h", 3_600), ("4h", 14_400), ("1d", 86_400)];
    for (text, seconds) in known {
        assert_eq!(interval_seconds(text), Some(seconds));
    }
    for text in ["", "m", "0m", "7s", "2d", "5", "5 m", "-5m", "+5m", "5M", "99999999999h", "é"] {
        assert_eq!(interval_seconds(text), None, "{text}");
    }
}

#[test]
fn trades_told_as_one_count_as_many() {
    let mut builder = BarBuilder::new(1);
    let joined = AggTrade {
        price: Price(5),
        qty: Qty(7),
        exch_ts: Nanos(1),
        agg_id: 1,
        aggressor: 0,
        pad: [0; 3],
        trades: 4,
    };
    assert_eq!(builder.on_agg_trade(&joined), Ok(None));
    assert_eq!(builder.on_agg_trade(&AggTrade { trades: 2, ..joined }), Ok(None));
    let bar = builder.finish().expect("open");
    assert_eq!((bar.trades, bar.volume), (6, Qty(14)));
}

#[test]
fn a_candle_prints_exact_decimals() {
    let bar = Bar { open: Price(-5), volume: Qty(1_234_567), ..small(61, 2) };
    let candle = bar.candle(3, 5);
    assert_eq!(candle.open_time_ms, 61_000);
    assert_eq!(
        (candle.open.to_string(), candle.high.to_string()),
        ("-0.005".into(), "0.063".into())
    );
    assert_eq!(candle.volume.to_string(), "12.34567");
    assert_eq!((candle.trades, candle.skipped, candle.complete), (3, 2, true));
}
