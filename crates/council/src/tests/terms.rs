//! Prices and quantities on their grids, ids in their epochs.

use super::{spec, touch};
use crate::OrderSettings;
use crate::gate::Ids;
use crate::pricing::{price, qty};
use proptest::prelude::*;
use types::{Command, CommandOp, Decimal, InstrumentSpec, Price, Qty, Side, TimeInForce, Touch};

fn settings(time_in_force: TimeInForce, offset_ticks: i64) -> OrderSettings {
    OrderSettings { time_in_force, offset_ticks, ..OrderSettings::new(Decimal::new(1, 0)) }
}

#[test]
fn moves_from_the_touch_toward_the_other_side() {
    // Bid 6,500,000, ask 6,500,040, tick 10.
    let table = [
        (TimeInForce::Gtc, Side::Buy, 0, 6_500_000),
        (TimeInForce::Gtc, Side::Buy, 2, 6_500_020),
        (TimeInForce::Gtc, Side::Buy, -2, 6_499_980),
        (TimeInForce::Ioc, Side::Buy, 5, 6_500_050),
        (TimeInForce::Gtc, Side::Sell, 0, 6_500_040),
        (TimeInForce::Gtc, Side::Sell, 2, 6_500_020),
        (TimeInForce::Gtc, Side::Sell, -2, 6_500_060),
        (TimeInForce::Ioc, Side::Sell, 5, 6_499_990),
        // Post-only stays one tick from the other side.
        (TimeInForce::Gtx, Side::Buy, 9, 6_500_030),
        (TimeInForce::Gtx, Side::Sell, 9, 6_500_010),
    ];
    for (tif, side, offset, wanted) in table {
        let found = price(side, &touch(1, 1), &spec(), &settings(tif, offset));
        assert_eq!(found, Some(Price(wanted)), "{tif} {side} {offset}");
    }
}

#[test]
fn off_the_grid_a_buy_rounds_down_and_a_sell_up() {
    let odd = Touch { bid: Price(6_500_007), ask: Price(6_500_033), ..touch(1, 1) };
    let plain = settings(TimeInForce::Gtc, 0);
    assert_eq!(price(Side::Buy, &odd, &spec(), &plain), Some(Price(6_500_000)));
    assert_eq!(price(Side::Sell, &odd, &spec(), &plain), Some(Price(6_500_040)));
}

#[test]
fn has_no_price_at_or_below_zero_or_beyond_the_range() {
    let low = Touch { bid: Price(5), ask: Price(40), ..touch(1, 1) };
    assert_eq!(price(Side::Buy, &low, &spec(), &settings(TimeInForce::Gtc, 0)), None);
    let high = Touch { ask: Price(i64::MAX - 3), ..touch(1, 1) };
    assert_eq!(price(Side::Sell, &high, &spec(), &settings(TimeInForce::Gtc, 0)), None);
    let wide = InstrumentSpec { tick_size: Price(i64::MAX), ..spec() };
    assert_eq!(price(Side::Buy, &touch(1, 1), &wide, &settings(TimeInForce::Gtc, 2)), None);
}

#[test]
fn quantities_round_down_to_the_lot_and_vanish_below_it() {
    assert_eq!(qty(1_000, i64::MAX, &spec()), Some(Qty(1_000)));
    assert_eq!(qty(1_099, i64::MAX, &spec()), Some(Qty(1_000)));
    assert_eq!(qty(1_000, 250, &spec()), Some(Qty(200)));
    assert_eq!(qty(99, i64::MAX, &spec()), None);
    assert_eq!(qty(1_000, -1, &spec()), None);
    assert_eq!(qty(i64::MIN, i64::MIN, &spec()), None);
}

#[test]
fn ids_begin_anew_with_a_later_epoch_only() {
    let epoch = |value| Command::new(CommandOp::Epoch, value);
    let mut ids = Ids::default();
    assert_eq!(ids.next(1), None);
    ids.on_epoch(&epoch(5));
    assert_eq!(ids.next(1).map(|id| (id.epoch(), id.strategy(), id.sequence())), Some((5, 1, 1)));
    for stale in [5, 4, -1, 1 << 48, i64::MIN] {
        ids.on_epoch(&epoch(stale));
    }
    assert_eq!(ids.next(1).map(|id| (id.epoch(), id.sequence())), Some((5, 2)));
    ids.on_epoch(&epoch(6));
    assert_eq!(ids.next(1).map(|id| (id.epoch(), id.sequence())), Some((6, 1)));
}

proptest! {
    #[test]
    fn every_price_is_on_the_grid_and_on_the_right_side(
        (bid, spread, tick) in (1..10_000_000_i64, 1..1_000_i64, 1..50_i64),
        offset in -100..100_i64,
        buys in any::<bool>(),
    ) {
        let spec = InstrumentSpec { tick_size: Price(tick), ..spec() };
        let quoted = Touch { bid: Price(bid), ask: Price(bid + spread), ..touch(1, 1) };
        let side = if buys { Side::Buy } else { Side::Sell };
        if let Some(Price(found)) = price(side, &quoted, &spec, &settings(TimeInForce::Gtx, offset)) {
            prop_assert_eq!(found % tick, 0);
            prop_assert!(found > 0);
            let rests = (buys && found < quoted.ask.0) || (!buys && found > quoted.bid.0);
            prop_assert!(rests);
        }
    }

    #[test]
    fn no_number_panics(numbers in any::<[i64; 6]>(), buys in any::<bool>()) {
        let spec = InstrumentSpec {
            tick_size: Price(numbers[0]),
            lot_size: Qty(numbers[1]),
            ..spec()
        };
        let quoted = Touch { bid: Price(numbers[2]), ask: Price(numbers[3]), ..touch(1, 1) };
        let side = if buys { Side::Buy } else { Side::Sell };
        for tif in [TimeInForce::Gtc, TimeInForce::Ioc, TimeInForce::Gtx] {
            let _ = price(side, &quoted, &spec, &settings(tif, numbers[4]));
        }
        let _ = qty(numbers[4], numbers[5], &spec);
    }
}
