//! The rules about numbers of orders, sums, time and loss, each at its boundary:
//! below, at, above, missing, overflow; and what the stage measures for them.

use super::rules::{check, with};
use super::{Line, ONE, cancel, fill, id, order, record, settings, spec, touch};
use crate::RuleSetting;
use crate::day::Day;
use crate::exposure::Held;
use crate::rule::{Case, MISSING, OVERFLOW, apart_ppm};
use crate::twins::Twins;
use proptest::prelude::*;
use types::{
    Funding, HeldPosition, InstrumentId, Kind, Money, Nanos, ParamValue, Price, Qty, Record,
    Report, ReportStatus, Side, Touch,
};

const MS: i64 = Nanos::PER_MS;

fn money(text: &str) -> i128 {
    Money::parse(text.as_bytes()).unwrap().0
}

fn reducing(case: Case) -> Case {
    Case { held: Held { position: -1_000, ..Held::default() }, ..case }
}

#[test]
fn instrument_allowed_wants_a_specification() {
    check("instrument_allowed", with(|_| ()), true);
    assert_eq!(check("instrument_allowed", with(|c| c.spec = None), false).seen, MISSING);
}

#[test]
fn clock_skew_at_its_limit_either_way() {
    let off = |skew| with(|c| c.skew = skew);
    for sign in [1, -1] {
        check("clock_skew", off(Some(sign * (2_000 * MS - 1))), true);
        check("clock_skew", off(Some(sign * 2_000 * MS)), true);
        check("clock_skew", off(Some(sign * (2_000 * MS + 1))), false);
    }
    assert_eq!(check("clock_skew", off(None), false).seen, MISSING);
    check("clock_skew", off(Some(i64::MIN)), false);
}

#[test]
fn mark_collar_at_its_limit_either_way() {
    // Two percent of 65,000.00 is 1,300.00.
    let at = |price| with(|c| c.order.price = Price(price));
    assert_eq!(check("mark_collar", at(6_629_999), true).seen, 20_000, "rounded up");
    check("mark_collar", at(6_630_000), true);
    assert_eq!(check("mark_collar", at(6_630_001), false).seen, 20_001);
    check("mark_collar", at(6_370_000), true);
    check("mark_collar", at(6_369_999), false);
    check("mark_collar", at(i64::MAX), false);
}

#[test]
fn mark_collar_refuses_without_a_mark_and_with_an_old_one() {
    for mark in [None, Some((0, Nanos(0))), Some((-1, Nanos(0)))] {
        assert_eq!(check("mark_collar", with(|c| c.mark = mark), false).seen, MISSING);
    }
    let aged = |ms| with(|c| c.now = Nanos(ms * MS));
    check("mark_collar", aged(5_000), true);
    assert_eq!(check("mark_collar", aged(5_001), false).seen, MISSING);
    assert_eq!(check("mark_collar", aged(-1), false).seen, MISSING, "from the future");
    assert_eq!(check("mark_collar", with(|c| c.spec = None), false).seen, MISSING);
}

#[test]
fn max_order_qty_at_its_limit() {
    let of = |qty| with(|c| c.order.qty = Qty(qty));
    check("max_order_qty", of(19_999), true);
    assert_eq!(check("max_order_qty", of(20_000), true).seen, money("0.2"));
    check("max_order_qty", of(20_001), false);
    check("max_order_qty", of(i64::MAX), false);
    assert_eq!(check("max_order_qty", of(0), false).seen, MISSING);
    assert_eq!(check("max_order_qty", with(|c| c.spec = None), false).seen, MISSING);
}

#[test]
fn max_gross_exposure_at_its_limit() {
    // 0.01 at an ask of 65,000.10 is 650.001.
    let with_others = |others| with(|c| c.gross_else = others);
    let own = money("650.001");
    check("max_gross_exposure", with_others(money("100000") - own - 1), true);
    assert_eq!(
        check("max_gross_exposure", with_others(money("100000") - own), true).seen,
        money("100000")
    );
    check("max_gross_exposure", with_others(money("100000") - own + 1), false);
    assert_eq!(check("max_gross_exposure", with_others(MISSING), false).seen, MISSING);
    assert_eq!(check("max_gross_exposure", with_others(OVERFLOW), false).seen, MISSING);
    assert_eq!(check("max_gross_exposure", with_others(OVERFLOW - 1), false).seen, OVERFLOW);
    let unpriced = with(|c| c.touch = Touch::default());
    assert_eq!(check("max_gross_exposure", unpriced, false).seen, MISSING);
}

#[test]
fn max_gross_exposure_lets_reductions_pass_and_counts_the_worse_side() {
    check("max_gross_exposure", reducing(with(|c| c.gross_else = money("200000"))), true);
    // Long 1, selling 2.5: what the sells could lead to, -1.5, is the worse.
    let mut both = with(|c| c.held = Held { position: 100_000, buying: 0, selling: 250_000 });
    assert_eq!(check("max_gross_exposure", both, true).seen, money("97500.15"));
    both.held.selling += 100_000;
    check("max_gross_exposure", both, false);
}

#[test]
fn counts_of_orders_at_their_limits() {
    for (open, passed) in [(198, true), (199, true), (200, false), (u32::MAX, false)] {
        check("max_open_orders", with(|c| c.open = open), passed);
    }
    for (siblings, passed) in [(58, true), (59, true), (60, false), (u32::MAX, false)] {
        check("fan_out", with(|c| c.siblings = siblings), passed);
    }
}

#[test]
fn duplicate_intent_at_the_end_of_its_window() {
    let since = |age: i64| with(|c| (c.twin, c.now) = (Some(Nanos(0)), Nanos(age)));
    check("duplicate_intent", with(|c| c.twin = None), true);
    for (age, passed) in [(0, false), (MS - 1, false), (MS, true), (-1, false), (i64::MAX, true)] {
        check("duplicate_intent", since(age), passed);
    }
}

#[test]
fn daily_loss_at_its_limit() {
    let lost = |loss| with(|c| c.day_loss = loss);
    let limit = money("1000");
    for (loss, passed) in
        [(0, true), (limit - 1, true), (limit, true), (limit + 1, false), (MISSING, false)]
    {
        check("daily_loss", lost(loss), passed);
    }
    check("daily_loss", lost(OVERFLOW), false);
    for loss in [limit + 1, MISSING, OVERFLOW] {
        check("daily_loss", reducing(lost(loss)), true);
    }
}

#[test]
fn the_worst_day_only_grows_and_each_day_begins_anew() {
    const DAY: i64 = 86_400 * Nanos::PER_SEC;
    let mut day = Day::default();
    assert_eq!(day.loss(Nanos(5), None), MISSING);
    assert_eq!(day.loss(Nanos(6), Some(100)), 0, "begins with the first measure");
    assert_eq!(day.loss(Nanos(7), Some(40)), 60);
    assert_eq!(day.loss(Nanos(8), Some(500)), 60, "a profit undoes nothing");
    assert_eq!(day.loss(Nanos(DAY), Some(450)), 60);
    assert_eq!(day.loss(Nanos(DAY + 1), Some(391)), 60);
    assert_eq!(day.loss(Nanos(DAY + 2), Some(389)), 61);
    assert_eq!(day.loss(Nanos(DAY + 3), None), MISSING);
    assert_eq!(day.loss(Nanos(DAY + 4), Some(i128::MIN + 2)), OVERFLOW);
}

#[test]
fn the_stage_measures_a_loss_with_every_fee_and_latches_it() {
    let mut line = Line::ready(&settings());
    assert_eq!(line.refusal(0, order(1, Side::Buy, 6_500_000, 15_000)), None);
    let bought = Report { price: Price(6_500_000), ..fill(1, Side::Buy, 15_000) };
    line.report(0, bought, 1);
    // 0.15 lose 1,000 when the middle falls by 6,666.67, less the half spread.
    let at = |mid: i64| Touch { bid: Price(mid - 5), ask: Price(mid + 5), ..touch() };
    line.touch(0, at(5_833_334));
    line.mark(0, 58_333);
    assert_eq!(line.refusal(0, order(2, Side::Buy, 5_833_330, 100)), None, "999.999 is lost");
    line.touch(0, at(5_833_333));
    assert_eq!(line.refusal(0, order(3, Side::Buy, 5_833_320, 100)), Some("daily_loss"));
    line.touch(0, at(6_500_000));
    line.mark(0, 65_000);
    assert_eq!(line.refusal(0, order(4, Side::Buy, 6_500_000, 100)), Some("daily_loss"), "latched");
    assert_eq!(line.refusal(0, order(5, Side::Sell, 6_500_000, 100)), None, "it reduces");
}

#[test]
fn a_loss_by_funding_is_a_loss_of_the_day() {
    let mut line = Line::ready(&settings());
    let paid = |text: &str| {
        let amount = Money::parse(text.as_bytes()).unwrap().into();
        record(Kind::Funding, Funding { asset: [0; 16], amount, exch_ts: Nanos(1) })
    };
    assert_eq!(line.refusal(0, order(1, Side::Buy, 6_500_000, 100)), None);
    line.group(0, &[paid("-1000")]);
    assert_eq!(line.refusal(0, order(2, Side::Buy, 6_500_000, 200)), None, "at the limit");
    line.group(0, &[paid("-0.000000000000000001")]);
    assert_eq!(line.refusal(0, order(3, Side::Buy, 6_500_000, 300)), Some("daily_loss"));
}

#[test]
fn the_stage_adds_up_what_the_other_instruments_hold() {
    let mut line = Line::ready(&settings());
    let held = HeldPosition { qty: Qty(100_000), entry: Price(6_500_000), pad: [0; 3] };
    let mut other = record(Kind::HeldPosition, held);
    other.instrument = InstrumentId(1);
    line.group(0, &[other]);
    assert_eq!(line.refusal(0, order(1, Side::Buy, 6_500_000, 100)), Some("max_gross_exposure"));
    let theirs = |mut record: Record| {
        record.instrument = InstrumentId(1);
        record
    };
    let (name, grid, money) = spec().to_bodies();
    let thirds = [
        record(Kind::SpecName, name),
        record(Kind::SpecGrid, grid),
        record(Kind::SpecMoney, money),
    ];
    line.group(0, &thirds.map(theirs));
    line.group(0, &[theirs(record(Kind::Touch, touch()))]);
    // 65,000.10 there; 0.53846 at 65,000.10 here would be 35,000 and a little.
    assert_eq!(line.refusal(0, order(2, Side::Buy, 6_500_000, 100)), Some("daily_loss"));
}

#[test]
fn one_input_brings_as_many_orders_as_it_may_and_cancels_besides() {
    let mut three = settings();
    let limit = ("limit".to_owned(), ParamValue::Integer(3));
    three.iter_mut().find(|(name, _)| *name == "fan_out").unwrap().1 = RuleSetting::On(vec![limit]);
    let mut line = Line::ready(&three);
    let mut group = vec![record(Kind::Quote, types::Quote::default())];
    group.extend(
        (1..=5).map(|n| record(Kind::Intent, order(n, Side::Buy, 6_500_000 + n.cast_signed(), 10))),
    );
    group.push(record(Kind::Intent, cancel(1)));
    let out = line.group(0, &group);
    assert_eq!(out.iter().filter(|judged| judged.approved().is_some()).count(), 3 + 1);
    let refused: Vec<_> = line.counters.refused().filter(|(_, n)| *n > 0).collect();
    assert_eq!(refused, [("fan_out", 2)]);
    assert_eq!(line.refusal(0, order(9, Side::Buy, 6_500_000, 10)), None, "another input");
}

#[test]
fn the_same_order_again_is_refused_whatever_its_id() {
    let mut line = Line::ready(&settings());
    assert_eq!(line.refusal(0, order(1, Side::Buy, 6_500_000, 1_000)), None);
    line.report(0, Report::new(id(1), ReportStatus::Canceled, 0), 0);
    assert_eq!(line.refusal(0, order(2, Side::Buy, 6_500_000, 1_000)), Some("duplicate_intent"));
    assert_eq!(line.refusal(0, order(3, Side::Buy, 6_500_000, 1_010)), None);
    assert_eq!(line.refusal(0, order(4, Side::Sell, 6_500_010, 1_000)), None);
    assert_eq!(line.refusal(MS, order(5, Side::Buy, 6_500_000, 1_000)), None);
    let mut twins = Twins::new(1);
    twins.add(InstrumentId(7), &order(1, Side::Buy, 1, 1), Nanos(0));
    assert_eq!(twins.last(ONE, &order(1, Side::Buy, 1, 1)), None);
}

proptest! {
    /// The distance against the same in parts, digit by digit.
    #[test]
    fn prop_a_distance_in_millionths_is_rounded_up(
        price in 0_i128..1 << 60,
        reference in 1_i128..1 << 60,
    ) {
        let ppm = apart_ppm(price, reference);
        let apart = (price - reference).abs() * 1_000_000;
        prop_assert!(ppm * reference >= apart && (ppm - 1) * reference < apart);
    }
}
