//! What every registered member must do, and what each of ours says.

use super::{ONE, bar, dead, labels, spec, touch};
use crate::member::{MemberContext, View, reasons};
use crate::registry::{AnyMember, MEMBERS, reason};
use proptest::prelude::*;
use types::{
    BookState, Direction, InstrumentId, InstrumentSpec, Nanos, ParamValue, Params, Price, Qty,
    Signal, Touch, Value, Vote,
};

pub(super) fn seat(name: &str, given: &[(&str, i64)], inputs: &[(&str, &str)]) -> AnyMember {
    let specs = MEMBERS.iter().find(|member| member.name == name).unwrap().params;
    let given: Vec<_> =
        given.iter().map(|(key, value)| ((*key).to_owned(), ParamValue::Integer(*value))).collect();
    let inputs: Vec<_> =
        inputs.iter().map(|(role, label)| ((*role).to_owned(), (*label).to_owned())).collect();
    let params = Params::resolve(specs, &given).unwrap();
    let context = MemberContext { instruments: 2, labels: &labels(), inputs: &inputs };
    AnyMember::new(name, &params, &context).unwrap().unwrap()
}

pub(super) fn ask(member: &mut AnyMember, touch: &Touch, now: i64) -> Option<Vote> {
    ask_with(member, touch, &spec(), now)
}

fn ask_with(
    member: &mut AnyMember,
    touch: &Touch,
    spec: &InstrumentSpec,
    now: i64,
) -> Option<Vote> {
    let view =
        View { instrument: ONE, spec, touch, position: Qty(0), working: None, now: Nanos(now) };
    member.on_touch(ONE, touch);
    member.vote(&view)
}

pub(super) fn hear(member: &mut AnyMember, fast: &str, slow: &str, rsi: i64) {
    for signal in bar(fast, slow, rsi) {
        member.on_signal(ONE, &signal.body());
    }
    // A histogram of 1,000, and bands that 65,000 has left below.
    lines(member, 3, ["1500", "500", "1000"]);
    lines(member, 4, ["67000", "66500", "66000"]);
    lines(member, 5, ["67000", "66500", "66000"]);
}

/// Prices, said as an indicator says them: in units of the price mantissa.
pub(super) fn lines(member: &mut AnyMember, indicator: u16, values: [&str; 3]) {
    let unit = 10_i128.pow(u32::from(spec().price_decimals));
    for (line, value) in (0..).zip(values) {
        let price: Value = value.parse().unwrap();
        member.on_signal(ONE, &Signal::new(indicator, line, price * unit));
    }
}

pub(super) fn word(name: &str, vote: Option<Vote>) -> (Direction, &'static str) {
    let vote = vote.expect("a vote");
    (vote.direction(), reason(name, vote.reason).unwrap().name)
}

#[test]
fn every_member_abstains_once_on_a_book_that_is_not_live() {
    let unusable = [
        dead(),
        Touch { state: BookState::Syncing as u8, ..touch(9, 1) },
        Touch { crossed: 1, ..touch(9, 1) },
        Touch { ask_qty: Qty(0), ..touch(9, 1) },
        Touch { bid_qty: Qty(0), ..touch(9, 1) },
    ];
    for member in MEMBERS {
        for unusable in &unusable {
            let mut seat = seat(member.name, &[], &[]);
            hear(&mut seat, "66000", "65000", 50);
            let first = word(member.name, ask(&mut seat, unusable, 0));
            assert_eq!(first, (Direction::Abstain, "book_not_live"), "{}", member.name);
            assert_eq!(ask(&mut seat, unusable, 1), None, "{}: said once", member.name);
        }
    }
}

#[test]
fn every_member_speaks_again_when_the_book_is_back() {
    for member in MEMBERS {
        let mut seat = seat(member.name, &[], &[]);
        hear(&mut seat, "66000", "65000", 50);
        let before = ask(&mut seat, &touch(9, 1), 0).unwrap();
        // All that ours hear points up; another's opinion of it is its own.
        let is_ours =
            ["composite", "mean_reversion", "microstructure", "momentum"].contains(&member.name);
        assert!(!is_ours || before.direction() == Direction::Buy, "{}", member.name);
        ask(&mut seat, &dead(), 1);
        assert_eq!(ask(&mut seat, &touch(9, 1), 2), Some(before), "{}", member.name);
    }
}

#[test]
fn momentum_says_why() {
    let table = [
        ("66000", "65000", 50, (Direction::Buy, "trend_up")),
        ("64000", "65000", 50, (Direction::Sell, "trend_down")),
        ("66000", "65000", 70, (Direction::Abstain, "overbought")),
        ("66000", "65000", 69, (Direction::Buy, "trend_up")),
        ("64000", "65000", 30, (Direction::Abstain, "oversold")),
        ("64000", "65000", 31, (Direction::Sell, "trend_down")),
        ("65000", "65000", 50, (Direction::Abstain, "flat")),
        ("65001", "65000", 50, (Direction::Abstain, "flat")),
        // 50 millionths of 65,000 are 3.25.
        ("65003.25", "65000", 50, (Direction::Buy, "trend_up")),
        ("65003.24", "65000", 50, (Direction::Abstain, "flat")),
        ("65000", "0", 50, (Direction::Abstain, "unmeasurable")),
        ("65000", "-1", 50, (Direction::Abstain, "unmeasurable")),
        ("9000000000000000000", "1", 50, (Direction::Abstain, "unmeasurable")),
    ];
    for (fast, slow, rsi, wanted) in table {
        let mut member = seat("momentum", &[], &[]);
        hear(&mut member, fast, slow, rsi);
        let said = word("momentum", ask(&mut member, &touch(1, 1), 0));
        assert_eq!(said, wanted, "{fast} {slow} {rsi}");
    }
}

#[test]
fn momentum_shows_what_it_saw_and_how_sure_it_is() {
    let mut member = seat("momentum", &[], &[]);
    hear(&mut member, "65065", "65000", 55);
    let vote = ask(&mut member, &touch(1, 1), 0).unwrap();
    assert_eq!(vote.seen, [65_065_000_000, 65_000_000_000, 1_000, 55_000_000]);
    assert_eq!(vote.confidence, 500_000, "half of the 2,000 ppm that are full");
    hear(&mut member, "70000", "65000", 55);
    assert_eq!(ask(&mut member, &touch(1, 1), 0).unwrap().confidence, Vote::SURE);
}

#[test]
fn momentum_warms_up_and_votes_with_each_bar_but_not_with_each_touch() {
    let mut member = seat("momentum", &[], &[]);
    let warming = word("momentum", ask(&mut member, &touch(1, 1), 0));
    assert_eq!(warming, (Direction::Abstain, "warming_up"));
    let [fast, slow, rsi] = bar("66000", "65000", 50).map(|record| record.body::<Signal>());
    member.on_signal(ONE, &fast);
    member.on_signal(ONE, &slow);
    assert_eq!(ask(&mut member, &touch(1, 1), 1), None, "still warming up: not said again");
    member.on_signal(ONE, &rsi);
    let first = ask(&mut member, &touch(1, 1), 2);
    assert!(first.is_some());
    assert_eq!(ask(&mut member, &touch(5, 1), 3), None);
    member.on_signal(ONE, &fast);
    assert_eq!(ask(&mut member, &touch(1, 1), 4), first, "a new bar renews it");
}

#[test]
fn momentum_hears_only_its_own_lines_and_instruments() {
    let mut member = seat("momentum", &[], &[]);
    hear(&mut member, "66000", "65000", 50);
    ask(&mut member, &touch(1, 1), 0);
    let other = Signal::new(0, 0, Value::from_num(1));
    member.on_signal(InstrumentId(1), &other);
    member.on_signal(InstrumentId(9), &other);
    member.on_signal(ONE, &Signal::new(0, 1, Value::from_num(1)));
    member.on_signal(ONE, &Signal::new(77, 0, Value::from_num(1)));
    assert_eq!(ask(&mut member, &touch(1, 1), 1), None);
}

#[test]
fn microstructure_measures_the_microprice() {
    // (3 − 1) / (3 + 1) = 0.5, times half of four ticks: one tick.
    let mut member = seat("microstructure", &[("enter_ppm", 500_000)], &[]);
    let vote = ask(&mut member, &touch(300, 100), 0).unwrap();
    assert_eq!(vote.seen, [500_000, 1_000, 6_500_000, 6_500_040]);
    assert_eq!((vote.direction(), vote.confidence), (Direction::Buy, 500_000));
    let vote = ask(&mut member, &touch(100, 300), 1).unwrap();
    assert_eq!(vote.seen[..2], [-500_000, -1_000]);
    assert_eq!(word("microstructure", Some(vote)), (Direction::Sell, "ask_pressure"));
}

#[test]
fn microstructure_leans_at_one_level_and_lets_go_at_another() {
    let mut member = seat("microstructure", &[], &[]);
    // Bid share of 1,000: imbalance is twice that less one. 0.6 in, 0.3 out.
    let table = [
        (799, Some((Direction::Abstain, "balanced"))),
        (800, Some((Direction::Buy, "bid_pressure"))),
        (790, None),
        (650, None),
        (649, Some((Direction::Abstain, "balanced"))),
        (799, None),
        (900, Some((Direction::Buy, "bid_pressure"))),
        (100, Some((Direction::Sell, "ask_pressure"))),
        (650, Some((Direction::Abstain, "balanced"))),
    ];
    for (bid, wanted) in table {
        let said = ask(&mut member, &touch(bid, 1_000 - bid), 0);
        assert_eq!(said.map(|vote| word("microstructure", Some(vote))), wanted, "{bid}");
    }
}

#[test]
fn microstructure_renews_a_vote_that_holds() {
    let mut member = seat("microstructure", &[("refresh_ms", 500)], &[]);
    assert!(ask(&mut member, &touch(9, 1), 0).is_some());
    assert!(ask(&mut member, &touch(9, 1), 499 * super::MS).is_none());
    assert!(ask(&mut member, &touch(9, 1), 500 * super::MS).is_some());
    assert!(ask(&mut member, &touch(9, 1), 501 * super::MS).is_none());
}

#[test]
fn microstructure_wants_its_distance() {
    let mut member = seat("microstructure", &[("offset_min_millitick", 1_601)], &[]);
    let near = word("microstructure", ask(&mut member, &touch(900, 100), 0));
    assert_eq!(near, (Direction::Abstain, "balanced"), "0.8 × 2 ticks = 1.6");
    let mut member = seat("microstructure", &[("offset_min_millitick", 1_600)], &[]);
    let far = word("microstructure", ask(&mut member, &touch(900, 100), 0));
    assert_eq!(far, (Direction::Buy, "bid_pressure"));
}

#[test]
fn microstructure_takes_a_configured_imbalance() {
    let mut member = seat("microstructure", &[], &[("imbalance", "rsi:14")]);
    let warming = word("microstructure", ask(&mut member, &touch(1, 9), 0));
    assert_eq!(warming, (Direction::Abstain, "warming_up"));
    member.on_signal(ONE, &Signal::new(2, 0, Value::from_num(0.75)));
    let apart = word("microstructure", ask(&mut member, &touch(1, 9), 0));
    assert_eq!(apart, (Direction::Abstain, "balanced"), "the microprice points the other way");
    let vote = ask(&mut member, &touch(2, 1), 0).unwrap();
    assert_eq!((vote.direction(), vote.confidence), (Direction::Buy, 750_000));
}

fn any_value() -> impl Strategy<Value = Value> {
    any::<i128>().prop_map(Value::from_bits)
}

proptest! {
    #[test]
    fn no_input_panics_and_equal_inputs_give_equal_votes(
        inputs in prop::collection::vec(
            (any::<[i64; 5]>(), any::<u8>(), (0..7_u16, 0..4_u16), any_value()),
            1..20,
        ),
    ) {
        for member in MEMBERS {
            let (mut one, mut two) = (seat(member.name, &[], &[]), seat(member.name, &[], &[]));
            for (numbers, state, number, value) in &inputs {
                let quoted = Touch {
                    bid: Price(numbers[0]),
                    bid_qty: Qty(numbers[1]),
                    ask: Price(numbers[2]),
                    ask_qty: Qty(numbers[3]),
                    state: state % 3,
                    ..Touch::default()
                };
                let signal = Signal::new(number.0, number.1, *value);
                one.on_signal(ONE, &signal);
                two.on_signal(ONE, &signal);
                let said = ask(&mut one, &quoted, numbers[4]);
                prop_assert_eq!(said, ask(&mut two, &quoted, numbers[4]));
                let said = said.unwrap_or_default();
                prop_assert!(said.confidence <= Vote::SURE);
                prop_assert!(quoted.usable() || said.direction == 0);
                let known = reason(member.name, said.reason).is_some();
                prop_assert!(said.reason < reasons::OWN || known);
            }
        }
    }

    #[test]
    fn the_microprice_lies_between_bid_and_ask(
        bid_qty in 1..1_000_000_000_i64,
        ask_qty in 1..1_000_000_000_i64,
        ticks in 1..1_000_i64,
    ) {
        let tight = InstrumentSpec { tick_size: Price(1), ..spec() };
        let quoted = Touch { ask: Price(6_500_000 + ticks), ..touch(bid_qty, ask_qty) };
        let mut member = seat("microstructure", &[], &[]);
        let vote = ask_with(&mut member, &quoted, &tight, 0).unwrap();
        prop_assert!(vote.seen[1].abs() <= ticks * 500);
        prop_assert_eq!(vote.seen[1].signum() * (bid_qty - ask_qty).signum() < 0, false);
    }
}
