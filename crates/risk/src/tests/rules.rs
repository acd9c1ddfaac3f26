//! Each rule at its boundary: below, at, above, missing, overflow.

use crate::exposure::Held;
use crate::registry::{AnyRule, RULES};
use crate::rule::{Case, Finding, MISSING, OVERFLOW};
use crate::{Gate, RuleSetting};
use types::{
    BookState, Decimal, Nanos, OrderFlags, OrderType, ParamValue, Params, Price, Qty, Side,
    TimeInForce, Touch,
};

pub(super) fn rule(name: &str) -> AnyRule {
    let settings = super::settings();
    let (_, setting) = settings.iter().find(|(given, _)| *given == name).unwrap();
    let RuleSetting::On(limits) = setting else { panic!("the helpers' rules are on") };
    let specs = RULES.iter().find(|rule| rule.name == name).unwrap().params;
    AnyRule::new(name, &Params::resolve(specs, limits).unwrap()).unwrap().unwrap()
}

/// A buy of 0.01 at the bid, in order in every way.
pub(super) fn case() -> Case {
    Case {
        order: super::order(1, Side::Buy, 6_500_000, 1_000),
        spec: Some(super::spec()),
        touch: super::touch(),
        touched: Some(Nanos(0)),
        now: Nanos(0),
        held: Held::default(),
        gate: Gate::Armed,
        recent: 0,
        mark: Some((65_000 * 100_000_000, Nanos(0))),
        ..crate::rule::plain_case(0)
    }
}

pub(super) fn with(change: impl FnOnce(&mut Case)) -> Case {
    let mut changed = case();
    change(&mut changed);
    changed
}

#[track_caller]
pub(super) fn check(name: &str, case: Case, passed: bool) -> Finding {
    let finding = rule(name).check(&case);
    assert_eq!(finding.passed, passed, "{finding:?}");
    finding
}

#[test]
fn kill_latch_passes_only_the_armed_and_the_drained_that_reduce() {
    use Gate::{Armed, Disarmed, Draining, Killed, Stopped};
    let flat = Held::default();
    let short = Held { position: -1_000, ..flat };
    let short_and_buying = Held { position: -1_000, buying: 1, ..flat };
    let short_by_less = Held { position: -999, ..flat };
    let table = [
        (Armed, flat, true),
        (Draining, flat, false),
        (Draining, short, true),
        (Draining, short_and_buying, false),
        (Draining, short_by_less, false),
        (Disarmed, short, false),
        (Stopped, short, false),
        (Killed, short, false),
    ];
    for (breaker, held, passed) in table {
        check("kill_latch", with(|c| (c.gate, c.held) = (breaker, held)), passed);
    }
}

#[test]
fn kill_latch_drains_a_long_by_sells() {
    let sell = |position, selling| {
        with(|c| {
            c.gate = Gate::Draining;
            c.order.side = Side::Sell as u8;
            c.held = Held { position, selling, buying: 0 };
        })
    };
    check("kill_latch", sell(1_000, 0), true);
    check("kill_latch", sell(1_999, 1_000), false);
    check("kill_latch", sell(-1_000, 0), false);
}

#[test]
fn book_live_judges_the_age_of_the_touch() {
    let second = Nanos::PER_SEC;
    let aged = |now| with(|c| c.now = Nanos(now));
    assert_eq!(check("book_live", aged(second - 1), true).seen, i128::from(second - 1));
    check("book_live", aged(second), true);
    check("book_live", aged(second + 1), false);
    assert_eq!(check("book_live", aged(-1), false).seen, OVERFLOW);
    let endless = with(|c| (c.touched, c.now) = (Some(Nanos(i64::MIN)), Nanos(i64::MAX)));
    check("book_live", endless, false);
}

#[test]
fn book_live_refuses_what_is_not_live_crossed_one_sided_or_never_seen() {
    let unusable = [
        Touch { state: BookState::Stale as u8, ..super::touch() },
        Touch { state: BookState::Syncing as u8, ..super::touch() },
        Touch { crossed: 1, ..super::touch() },
        Touch { bid_qty: Qty(0), ..super::touch() },
        Touch { ask_qty: Qty(0), ..super::touch() },
        Touch { ask: Price(6_500_000), ..super::touch() },
        Touch::default(),
    ];
    for touch in unusable {
        assert_eq!(check("book_live", with(|c| c.touch = touch), false).seen, MISSING);
    }
    assert_eq!(check("book_live", with(|c| c.touched = None), false).seen, MISSING);
}

#[test]
fn conformity_names_the_fault() {
    let limit = |change: fn(&mut Case)| check("conformity", with(change), false).limit;
    assert_eq!(limit(|c| c.spec = None), 1);
    assert_eq!(limit(|c| c.order.side = 2), 2);
    assert_eq!(limit(|c| c.order.order_type = 2), 2);
    assert_eq!(limit(|c| c.order.time_in_force = 5), 2);
    assert_eq!(limit(|c| c.order.price = Price(0)), 3);
    assert_eq!(limit(|c| c.order.price = Price(i64::MIN)), 3);
    assert_eq!(limit(|c| c.order.qty = Qty(0)), 5);
    assert_eq!(limit(|c| c.order.qty = Qty(-10)), 5);
    assert_eq!(limit(|c| c.order.qty = Qty(1_001)), 5);
    assert_eq!(limit(|c| c.order.qty = Qty(1_000_010)), 7);
    assert_eq!(limit(|c| (c.order.price, c.order.qty) = (Price(4_999_999), Qty(10))), 8);
}

#[test]
fn conformity_keeps_to_the_grid_and_the_sizes() {
    let coarse = |price, qty| {
        with(|c| {
            let spec = c.spec.as_mut().unwrap();
            (spec.tick_size, spec.min_qty, spec.max_qty) = (Price(10), Qty(500), Qty(2_000));
            (c.order.price, c.order.qty) = (Price(price), Qty(qty));
        })
    };
    check("conformity", coarse(6_500_000, 500), true);
    check("conformity", coarse(6_500_000, 2_000), true);
    assert_eq!(check("conformity", coarse(6_500_001, 500), false).limit, 4);
    assert_eq!(check("conformity", coarse(6_500_000, 490), false).limit, 6);
    assert_eq!(check("conformity", coarse(6_500_000, 2_010), false).limit, 7);
}

#[test]
fn conformity_measures_the_least_notional_exactly() {
    // 0.00010 at 50,000.00 is 5.00 and at 49,999.99 is 4.999999.
    let at = |price| with(|c| (c.order.price, c.order.qty) = (Price(price), Qty(10)));
    assert_eq!(check("conformity", at(5_000_000), true).seen, 5_000_000_000_000_000_000);
    assert_eq!(check("conformity", at(4_999_999), false).seen, 4_999_999_000_000_000_000);
    let mut reducing = at(4_999_999);
    reducing.order.flags = OrderFlags::REDUCE_ONLY;
    check("conformity", reducing, true);
}

#[test]
fn conformity_refuses_a_notional_beyond_the_range() {
    // 0 and 0 decimals: 9.2e18 × 9.2e18 × 10^18 does not fit 128 bits.
    let huge = with(|c| {
        let spec = c.spec.as_mut().unwrap();
        (spec.price_decimals, spec.qty_decimals) = (0, 0);
        (spec.lot_size, spec.max_qty) = (Qty(1), Qty(i64::MAX));
        (c.order.price, c.order.qty) = (Price(i64::MAX), Qty(i64::MAX));
    });
    assert_eq!(check("conformity", huge, false).seen, OVERFLOW);
    assert_eq!(check("max_order_notional", huge, false).seen, OVERFLOW);
}

#[test]
fn conformity_of_a_market_order_needs_no_price_and_a_touch() {
    let market = |c: &mut Case| {
        c.order.order_type = OrderType::Market as u8;
        c.order.price = Price(0);
        c.order.time_in_force = TimeInForce::Ioc as u8;
    };
    check("conformity", with(market), true);
    let mut priced = with(market);
    priced.order.price = Price(1);
    assert_eq!(check("conformity", priced, false).limit, 3);
    let mut resting = with(market);
    resting.order.time_in_force = TimeInForce::Gtx as u8;
    assert_eq!(check("conformity", resting, false).limit, 2);
    let mut blind = with(market);
    blind.touch = Touch::default();
    assert_eq!(check("conformity", blind, false).seen, MISSING);
}

#[test]
fn price_collar_measures_both_ways_from_the_mid() {
    // Mid 65,000.05; 10,000 ppm of it is 650.0005.
    let at = |price| with(|c| c.order.price = Price(price));
    for (price, passed) in
        [(6_565_005, true), (6_565_006, false), (6_435_005, true), (6_435_004, false)]
    {
        check("price_collar", at(price), passed);
    }
    assert_eq!(check("price_collar", at(6_500_005), true).seen, 0);
    check("price_collar", at(i64::MAX), false);
    check("price_collar", at(i64::MIN), false);
}

#[test]
fn price_collar_needs_a_reference() {
    let blind = with(|c| c.touch = Touch::default());
    assert_eq!(check("price_collar", blind, false).seen, MISSING);
    let below_zero = with(|c| (c.touch.bid, c.touch.ask) = (Price(-3), Price(2)));
    assert_eq!(check("price_collar", below_zero, false).seen, MISSING);
}

#[test]
fn price_collar_measures_a_market_order_at_the_opposite_touch() {
    let market = |ask| {
        with(|c| {
            c.order.order_type = OrderType::Market as u8;
            c.order.price = Price(0);
            c.touch.ask = Price(ask);
        })
    };
    check("price_collar", market(6_500_010), true);
    // Mid 66,000; the ask is 15,152 ppm above it.
    assert_eq!(check("price_collar", market(6_700_000), false).seen, 15_152);
}

#[test]
fn max_order_notional_is_exact_to_the_last_digit() {
    // The limit is 10,000. 0.2 at 50,000.00 is just that.
    let at = |price, qty| with(|c| (c.order.price, c.order.qty) = (Price(price), Qty(qty)));
    check("max_order_notional", at(5_000_000, 19_999), true);
    check("max_order_notional", at(5_000_000, 20_000), true);
    check("max_order_notional", at(5_000_001, 20_000), false);
    check("max_order_notional", at(5_000_000, 20_001), false);
    assert_eq!(check("max_order_notional", at(0, 1), false).seen, MISSING);
    assert_eq!(check("max_order_notional", at(1, i64::MIN), false).seen, MISSING);
    assert_eq!(check("max_order_notional", with(|c| c.spec = None), false).seen, MISSING);
}

#[test]
fn max_order_notional_values_a_taking_sell_at_the_bid() {
    let sell = with(|c| {
        (c.order.side, c.order.price, c.order.qty) = (Side::Sell as u8, Price(1), Qty(20_000));
    });
    assert_eq!(check("max_order_notional", sell, false).seen, 13_000_000_000_000_000_000_000);
}

#[test]
fn max_position_counts_what_works_on_the_same_side() {
    // The limit is 0.5: 50,000 at 10^-5.
    let buy = |position, buying, selling, qty| {
        with(|c| {
            c.held = Held { position, buying, selling };
            c.order.qty = Qty(qty);
        })
    };
    check("max_position", buy(0, 0, 0, 49_999), true);
    check("max_position", buy(0, 0, 0, 50_000), true);
    check("max_position", buy(0, 0, 0, 50_001), false);
    check("max_position", buy(20_000, 20_000, 0, 10_000), true);
    check("max_position", buy(20_000, 20_000, 0, 10_001), false);
    check("max_position", buy(20_000, 20_000, 99_999, 10_001), false);
    check("max_position", buy(-50_000, 0, 0, 100_000), true);
    check("max_position", buy(i128::MAX, 0, 0, 1), false);
    check("max_position", buy(0, i128::MAX, 0, 1), false);
    assert_eq!(check("max_position", buy(0, 0, 0, 0), false).seen, MISSING);
    assert_eq!(check("max_position", with(|c| c.spec = None), false).seen, MISSING);
}

#[test]
fn max_position_lets_a_position_that_is_over_the_limit_be_reduced() {
    let sell = |position, selling, qty| {
        with(|c| {
            c.held = Held { position, selling, buying: 0 };
            (c.order.side, c.order.qty) = (Side::Sell as u8, Qty(qty));
        })
    };
    check("max_position", sell(90_000, 0, 10), true);
    check("max_position", sell(90_000, 0, 140_000), true);
    check("max_position", sell(90_000, 0, 140_001), false);
    check("max_position", sell(-90_000, 0, 10), false);
    check("max_position", sell(0, 40_000, 10_000), true);
    check("max_position", sell(0, 40_000, 10_001), false);
}

#[test]
fn max_position_refuses_a_reduce_only_that_does_not_reduce() {
    let reduce = |position, qty| {
        with(|c| {
            c.order.flags = OrderFlags::REDUCE_ONLY;
            c.order.qty = Qty(qty);
            c.held.position = position;
        })
    };
    check("max_position", reduce(-1_000, 1_000), true);
    check("max_position", reduce(-1_000, 1_010), false);
    check("max_position", reduce(0, 10), false);
    check("max_position", reduce(1_000, 10), false);
}

#[test]
fn max_short_bounds_what_is_sold_beyond_what_was_bought() {
    let none = Params::resolve(
        crate::registry::descriptor("max_short").unwrap().params,
        &[("limit".to_owned(), ParamValue::Decimal(Decimal::new(0, 0)))],
    );
    let rule = AnyRule::new("max_short", &none.unwrap()).unwrap().unwrap();
    let trade = |side: Side, position, selling, qty| {
        rule.check(&with(|c| {
            c.held = Held { position, selling, buying: 0 };
            (c.order.side, c.order.qty) = (side as u8, Qty(qty));
        }))
    };
    assert!(trade(Side::Sell, 50_000, 0, 50_000).passed, "what was bought may go");
    assert!(!trade(Side::Sell, 50_000, 0, 50_001).passed);
    assert!(!trade(Side::Sell, 50_000, 1, 50_000).passed, "what works counts");
    assert_eq!(trade(Side::Sell, 0, 0, 100_000).seen, 1_000_000_000_000_000_000);
    assert!(trade(Side::Buy, -50_000, 0, 10).passed, "a buy is never one");
    assert!(!trade(Side::Sell, i128::MIN, 0, 1).passed, "nor wraps");
    assert!(!rule.check(&with(|c| (c.spec, c.order.side) = (None, Side::Sell as u8))).passed);
}

#[test]
fn order_rate_counts_this_order_too() {
    for (recent, passed) in [(0, true), (49, true), (50, false), (u32::MAX, false)] {
        let finding = check("order_rate", with(|c| c.recent = recent), passed);
        assert_eq!((finding.seen, finding.limit), (i128::from(recent) + 1, 50));
    }
}
