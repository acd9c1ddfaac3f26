//! The members that weigh several measures: known answers, worked by hand.

use super::members::{ask, hear, lines, seat, word};
use super::{ONE, touch};
use crate::registry::{AnyMember, MEMBERS};
use types::{Direction, Signal, Touch, Value, Vote};

/// The middle of this touch is 65,000.20.
fn here() -> Touch {
    touch(1, 1)
}

fn bands(member: &mut AnyMember, bands: [&str; 3], channel: [&str; 3]) {
    lines(member, 4, bands);
    lines(member, 5, channel);
}

#[test]
fn mean_reversion_wants_both_bands_left() {
    let table = [
        (["67000", "66500", "66000"], ["67000", "66500", "66000"], (Direction::Buy, "below_bands")),
        (
            ["64000", "63500", "63000"],
            ["64000", "63500", "63000"],
            (Direction::Sell, "above_bands"),
        ),
        (
            ["67000", "66500", "66000"],
            ["66000", "65500", "64000"],
            (Direction::Abstain, "within_bands"),
        ),
        (
            ["66000", "65000", "64000"],
            ["66000", "65000", "64000"],
            (Direction::Abstain, "within_bands"),
        ),
        // On the line is not beyond it.
        (
            ["66000", "65500", "65000.2"],
            ["66000", "65500", "65000.2"],
            (Direction::Abstain, "within_bands"),
        ),
        (["0", "0", "0"], ["0", "0", "-1"], (Direction::Abstain, "unmeasurable")),
    ];
    for (inner, outer, wanted) in table {
        let mut member = seat("mean_reversion", &[], &[]);
        bands(&mut member, inner, outer);
        let said = word("mean_reversion", ask(&mut member, &here(), 0));
        assert_eq!(said, wanted, "{inner:?} {outer:?}");
    }
}

#[test]
fn mean_reversion_is_surer_the_farther_it_is_beyond() {
    let mut member = seat("mean_reversion", &[("beyond_full_ppm", 1_000)], &[]);
    // 65,000.20 is 499 millionths below 65,032.70, cut: confidence 499,000.
    bands(&mut member, ["67000", "66000", "65032.7"], ["67000", "66000", "65040"]);
    let vote = ask(&mut member, &here(), 0).unwrap();
    assert_eq!((vote.direction(), vote.confidence), (Direction::Buy, 499_000));
    assert_eq!(vote.seen[3], 499);
    bands(&mut member, ["69000", "68000", "67000"], ["69000", "68000", "67000"]);
    assert_eq!(ask(&mut member, &here(), 1).unwrap().confidence, Vote::SURE);
    let mut shy = seat("mean_reversion", &[("beyond_min_ppm", 500)], &[]);
    bands(&mut shy, ["67000", "66000", "65032.7"], ["67000", "66000", "65040"]);
    let said = word("mean_reversion", ask(&mut shy, &here(), 0));
    assert_eq!(said, (Direction::Abstain, "within_bands"));
}

#[test]
fn composite_adds_its_measures_by_weight() {
    let mut member = seat("composite", &[], &[]);
    // Index 60: 0.2. Histogram 16.25005 of 65,000.2: 250 of 500 millionths: 0.5.
    // The price is 1,000 of 2,000 millionths above 64,935.2647...: a little less.
    hear(&mut member, "0", "6493530", 60);
    lines(&mut member, 3, ["0", "0", "16.2501"]);
    let vote = ask(&mut member, &here(), 0).unwrap();
    assert_eq!(vote.seen, [200_000, 500_000, 499_500, 399_833]);
    assert_eq!((vote.direction(), vote.confidence), (Direction::Buy, 399_833));
}

#[test]
fn composite_says_why_and_counts_nothing_twice() {
    let weigh = |rsi: i64, given: &[(&str, i64)]| {
        let mut member = seat("composite", given, &[]);
        hear(&mut member, "0", "6500020", rsi);
        lines(&mut member, 3, ["0", "0", "0"]);
        let vote = ask(&mut member, &here(), 0);
        (word("composite", vote), vote.unwrap().confidence)
    };
    assert_eq!(weigh(50, &[]), ((Direction::Abstain, "undecided"), 0));
    assert_eq!(weigh(79, &[]).0, (Direction::Abstain, "undecided"), "0.58 of a third: 0.193");
    assert_eq!(weigh(80, &[]), ((Direction::Buy, "score_up"), 200_000));
    assert_eq!(weigh(20, &[]), ((Direction::Sell, "score_down"), 200_000));
    let alone = [("macd_weight_ppm", 0), ("ema_weight_ppm", 0), ("rsi_weight_ppm", 1)];
    assert_eq!(weigh(80, &alone).1, 600_000, "only the proportion of weights counts");
}

#[test]
fn composite_warms_up_until_all_three_have_spoken() {
    let mut member = seat("composite", &[], &[]);
    for (indicator, line) in [(2, 0), (3, 0), (3, 1), (1, 0)] {
        member.on_signal(ONE, &Signal::new(indicator, line, Value::from_num(50)));
        let said = ask(&mut member, &here(), 0);
        assert!(said.is_none_or(|vote| word("composite", Some(vote)).1 == "warming_up"));
    }
    member.on_signal(ONE, &Signal::new(3, 2, Value::from_num(50)));
    assert_ne!(word("composite", ask(&mut member, &here(), 1)).1, "warming_up");
}

#[test]
fn momentum_wants_its_macd_to_agree_where_one_is_given() {
    let with = [("macd", "macd:12:26:9")];
    for (fast, histogram, wanted) in [
        ("66000", "1", (Direction::Buy, "trend_up")),
        ("66000", "0", (Direction::Abstain, "unconfirmed")),
        ("66000", "-1", (Direction::Abstain, "unconfirmed")),
        ("64000", "-1", (Direction::Sell, "trend_down")),
        ("64000", "1", (Direction::Abstain, "unconfirmed")),
    ] {
        let mut member = seat("momentum", &[], &with);
        hear(&mut member, fast, "65000", 50);
        lines(&mut member, 3, ["9", "9", histogram]);
        assert_eq!(word("momentum", ask(&mut member, &here(), 0)), wanted, "{fast} {histogram}");
    }
    let mut member = seat("momentum", &[], &with);
    for signal in super::bar("66000", "65000", 50) {
        member.on_signal(ONE, &signal.body());
    }
    assert_eq!(word("momentum", ask(&mut member, &here(), 0)).1, "warming_up");
}

#[test]
fn every_member_says_when_it_is_warm_and_gives_every_range() {
    for member in MEMBERS {
        assert!(!member.warm_up.is_empty() && !member.doc.is_empty(), "{}", member.name);
        assert!(member.params.iter().all(|param| param.default.is_some()), "{}", member.name);
        assert!(member.inputs.iter().all(|input| !input.doc.is_empty()), "{}", member.name);
    }
}
