//! What every registered rule must do, whatever it is about.

use super::settings;
use crate::Gate;
use crate::RuleSetting;
use crate::exposure::Held;
use crate::registry::{AnyRule, ORDER, RULES};
use crate::rule::Case;
use proptest::prelude::*;
use types::{
    InstrumentSpec, Money, Nanos, OrderFields, ParamKind, ParamValue, Params, Price, Qty, Touch,
};

/// A rule with all its limits at the least, or all at the most, of their range.
fn extreme(rule: &'static crate::RuleDescriptor, most: bool) -> AnyRule {
    let limits = rule.params.iter().map(|spec| {
        let value = match spec.kind {
            ParamKind::Integer { min, max } => ParamValue::Integer(if most { max } else { min }),
            ParamKind::Decimal { min, max } => ParamValue::Decimal(if most { max } else { min }),
            ParamKind::Flag => ParamValue::Flag(most),
        };
        (spec.name.to_owned(), value)
    });
    let params = Params::resolve(rule.params, &limits.collect::<Vec<_>>()).unwrap();
    AnyRule::new(rule.name, &params).unwrap().unwrap()
}

fn configured(name: &str) -> AnyRule {
    let settings = settings();
    let (_, setting) = settings.iter().find(|(given, _)| *given == name).unwrap();
    let RuleSetting::On(limits) = setting else { panic!("the helpers' rules are on") };
    let rule = RULES.iter().find(|rule| rule.name == name).unwrap();
    AnyRule::new(name, &Params::resolve(rule.params, limits).unwrap()).unwrap().unwrap()
}

#[test]
fn passes_at_the_edge_and_refuses_one_unit_beyond() {
    for rule in RULES {
        for built in [extreme(rule, false), configured(rule.name), extreme(rule, true)] {
            let edge = built.edge();
            let (at, beyond) = (built.check(&edge.passes), built.check(&edge.refuses));
            assert!(at.passed, "{} at its edge: {at:?}", rule.name);
            assert!(!beyond.passed, "{} beyond its edge: {beyond:?}", rule.name);
        }
    }
}

#[test]
fn says_what_it_sees_in_words() {
    for rule in RULES {
        assert!(!rule.doc.is_empty() && !rule.unit.is_empty(), "{}", rule.name);
        assert!(rule.params.iter().all(|p| p.default.is_none()), "{}: a limit is given", rule.name);
    }
}

/// Numbers that break arithmetic, and ordinary ones.
fn number() -> impl Strategy<Value = i64> {
    prop_oneof![
        Just(i64::MIN),
        Just(i64::MIN + 1),
        Just(-1),
        Just(0),
        Just(1),
        Just(i64::MAX - 1),
        Just(i64::MAX),
        any::<i64>(),
        1..20_000_000_i64,
    ]
}

fn specification() -> impl Strategy<Value = Option<InstrumentSpec>> {
    let grid = [number(), number(), number(), number()];
    let whole = (grid, any::<(u8, u8)>(), any::<i128>()).prop_map(|(grid, decimals, least)| {
        InstrumentSpec {
            price_decimals: decimals.0,
            qty_decimals: decimals.1,
            tick_size: Price(grid[0]),
            lot_size: Qty(grid[1]),
            min_qty: Qty(grid[2]),
            max_qty: Qty(grid[3]),
            min_notional: Money(least),
            ..super::spec()
        }
    });
    prop_oneof![Just(None), Just(Some(super::spec())), whole.prop_map(Some)]
}

fn quotes() -> impl Strategy<Value = Touch> {
    let any_touch = [number(), number(), number(), number()].prop_map(|n| Touch {
        bid: Price(n[0]),
        bid_qty: Qty(n[1]),
        ask: Price(n[2]),
        ask_qty: Qty(n[3]),
        ..super::touch()
    });
    prop_oneof![Just(super::touch()), Just(Touch::default()), any_touch]
}

fn orders() -> impl Strategy<Value = OrderFields> {
    (number(), number(), any::<[u8; 5]>()).prop_map(|(price, qty, codes)| OrderFields {
        price: Price(price),
        qty: Qty(qty),
        side: codes[0] % 3,
        order_type: codes[1] % 3,
        time_in_force: codes[2] % 6,
        flags: codes[3] % 2,
        action: codes[4] % 3,
        ..super::order(1, types::Side::Buy, 0, 0)
    })
}

fn held() -> impl Strategy<Value = Held> {
    let wide = || prop_oneof![any::<i128>(), number().prop_map(i128::from), Just(i128::MIN)];
    let working = || prop_oneof![0..=i128::MAX, (0..1_000_000_i128)];
    (wide(), working(), working()).prop_map(|(position, buying, selling)| Held {
        position,
        buying,
        selling,
    })
}

fn cases() -> impl Strategy<Value = Case> {
    let states = prop_oneof![
        Just(Gate::Armed),
        Just(Gate::Draining),
        Just(Gate::Disarmed),
        Just(Gate::Stopped),
        Just(Gate::Killed),
    ];
    let market = (specification(), quotes(), prop::option::of(number()), number());
    let wide =
        prop_oneof![any::<i128>(), Just(crate::MISSING), Just(crate::OVERFLOW), 0..=1_i128 << 90];
    (orders(), market, held(), states, any::<u32>(), wide).prop_map(
        |(order, market, held, breaker, n, wide)| Case {
            order,
            spec: market.0,
            touch: market.1,
            touched: market.2.map(Nanos),
            now: Nanos(market.3),
            held,
            gate: breaker,
            recent: n,
            mark: market.2.map(|mark| (mark, Nanos(market.3))),
            skew: market.2,
            open: n,
            siblings: n,
            twin: market.2.map(Nanos),
            gross_else: wide,
            day_loss: wide,
        },
    )
}

/// Cases near the limits, in which rules pass and refuse in turn.
fn near() -> impl Strategy<Value = Case> {
    let held = (-80_000..80_000_i128, 0..60_000_i128, 0..60_000_i128)
        .prop_map(|(position, buying, selling)| Held { position, buying, selling });
    let terms = (6_400_000..6_600_000_i64, 1..120_000_i64, 0..2_u8, 0..2_u8, 0..2_u8);
    (terms, held, 0..100_u32, any::<bool>()).prop_map(|(terms, held, recent, draining)| Case {
        order: OrderFields {
            price: Price(if terms.3 == 0 { terms.0 } else { 0 }),
            qty: Qty(terms.1),
            side: terms.2,
            order_type: terms.3,
            flags: terms.4,
            ..super::order(1, types::Side::Buy, 0, 0)
        },
        spec: Some(super::spec()),
        touch: super::touch(),
        touched: Some(Nanos(0)),
        now: Nanos(0),
        held,
        gate: if draining { Gate::Draining } else { Gate::Armed },
        recent,
        ..crate::rule::plain_case(0)
    })
}

proptest! {
    #[test]
    fn never_panics_on_extremes(case in cases()) {
        for rule in RULES {
            for built in [extreme(rule, false), configured(rule.name), extreme(rule, true)] {
                let _ = built.check(&case);
            }
        }
    }

    #[test]
    fn the_same_case_gets_the_same_finding(case in cases()) {
        for name in ORDER {
            let built = configured(name);
            prop_assert_eq!(built.check(&case), built.check(&case));
        }
    }

    #[test]
    fn a_smaller_order_is_never_refused_where_a_larger_passes(
        case in near(),
        part in 1..1_000_i64,
    ) {
        for rule in RULES.iter().filter(|rule| rule.not_monotone.is_none()) {
            let built = configured(rule.name);
            let mut smaller = case;
            smaller.order.qty = Qty((case.order.qty.0 * part / 1_000).max(1));
            if built.check(&case).passed {
                prop_assert!(built.check(&smaller).passed, "{}", rule.name);
            }
        }
    }

    #[test]
    fn a_measure_that_is_missing_or_overflows_never_passes(case in cases()) {
        for rule in RULES {
            // The one rule whose pass shows a measure that it did not need.
            let exempt = rule.name == "conformity" && case.order.reduce_only();
            let finding = extreme(rule, true).check(&case);
            let unmeasured = finding.seen == crate::MISSING || finding.seen == crate::OVERFLOW;
            prop_assert!(!(unmeasured && finding.passed && !exempt), "{}", rule.name);
        }
    }
}
