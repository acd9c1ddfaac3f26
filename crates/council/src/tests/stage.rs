//! The stage between two real links: when it decides, and what it asks for.

use super::{
    Line, MS, ONE, at, bar, bodies, config, dead, fill, id, intents, quote, record, solo, spec,
    touch, votes,
};
use crate::{CANCELS_PER_GROUP, CouncilConfig, CouncilStage, Mode, SeatSettings};
use actor::Stage;
use proptest::prelude::*;
use types::{
    Action, BookChange, BookState, CommandOp, Decimal, HeldPosition, InstrumentId, InstrumentSpec,
    Kind, MemberId, Nanos, OrderType, Price, Qty, Record, Report, ReportStatus, Side, StateReason,
    TimeInForce, Touch, Trade, Vote,
};

fn momentum() -> Line {
    Line::ready(solo("momentum"), 1)
}

/// A line whose first order works.
fn working(config: CouncilConfig) -> Line {
    let mut line = Line::ready(config, 1);
    assert_eq!(intents(&line.up(0)).len(), 1);
    line.told(0, 1, ReportStatus::Accepted);
    line
}

fn patient() -> CouncilConfig {
    let mut config = solo("momentum");
    config.order.cooldown_ms = 0;
    config
}

#[test]
fn a_bar_becomes_a_vote_and_the_vote_an_intent() {
    let mut line = momentum();
    let out = line.up(MS);
    assert_eq!(
        out.iter().map(Record::kind).collect::<Vec<_>>(),
        [Some(Kind::Vote), Some(Kind::Intent)]
    );
    assert_eq!((votes(&out)[0].member, votes(&out)[0].direction), (0, 1));
    let intent = intents(&out)[0];
    assert_eq!((intent.id(), intent.action(), intent.side()), (id(1), Action::Place, Side::Buy));
    assert_eq!((intent.price, intent.qty), (Price(6_500_000), Qty(1_000)));
    assert_eq!(intent.time_in_force(), TimeInForce::Gtx);
    assert_eq!((intent.member, intent.strategy, intent.flags), (MemberId(0), 7, 0));
    assert_eq!(out[1].instrument, ONE);
}

#[test]
fn decides_only_when_the_book_is_whole() {
    let mut line = momentum();
    let trade = record(
        Kind::Trade,
        Trade {
            price: Price(1),
            qty: Qty(1),
            exch_ts: Nanos(0),
            trade_id: 1,
            aggressor: 0,
            pad: [0; 7],
        },
    );
    let mut middle = vec![trade, record(Kind::Touch, touch(1, 1))];
    middle.extend(bar("66000", "65000", 50));
    assert!(line.group(0, &middle).is_empty());
    assert_eq!(intents(&line.group(0, &[quote()])).len(), 1, "at the end of the frame");
}

#[test]
fn one_decision_at_a_time() {
    let mut line = Line::ready(patient(), 1);
    assert_eq!(intents(&line.up(0)).len(), 1);
    for step in 1..5 {
        assert!(intents(&line.up(step)).is_empty(), "in flight");
    }
    line.told(5, 1, ReportStatus::Sent);
    line.told(5, 1, ReportStatus::Accepted);
    assert!(intents(&line.up(6)).is_empty(), "working");
    let after = line.told(7, 1, ReportStatus::Expired);
    assert_eq!(intents(&after)[0].id(), id(2), "the vote still lives, the lock is free");
}

#[test]
fn a_denial_frees_the_lock() {
    for status in [ReportStatus::Denied, ReportStatus::WouldBlock, ReportStatus::Rejected] {
        let mut line = Line::ready(patient(), 1);
        line.up(0);
        assert_eq!(intents(&line.told(1, 1, status))[0].id(), id(2), "{status}");
    }
}

#[test]
fn an_unknown_order_holds_the_lock_until_its_end() {
    let mut line = Line::ready(patient(), 1);
    line.up(0);
    line.command(1, CommandOp::OrderLinkDown, 1);
    line.command(2, CommandOp::OrderLinkUp, 2);
    for step in 3..10 {
        assert!(intents(&line.up(step)).is_empty());
    }
    line.told(10, 1, ReportStatus::NotFound);
    line.told(10, 1, ReportStatus::Accepted);
    assert!(intents(&line.up(11)).is_empty());
    assert_eq!(intents(&line.told(12, 1, ReportStatus::Canceled))[0].id(), id(2));
}

#[test]
fn waits_out_the_cooldown() {
    let mut line = momentum();
    line.up(0);
    line.told(1, 1, ReportStatus::Rejected);
    assert!(intents(&line.up(1_000 * MS - 1)).is_empty());
    assert_eq!(intents(&line.up(1_000 * MS)).len(), 1);
}

#[test]
fn an_order_that_is_too_old_is_cancelled_once() {
    let mut line = working(solo("momentum"));
    assert!(line.timer(5_000 * MS).is_empty());
    let out = line.timer(5_000 * MS + 1);
    let cancel = intents(&out)[0];
    assert_eq!((cancel.id(), cancel.action(), cancel.side()), (id(1), Action::Cancel, Side::Buy));
    assert_eq!((cancel.price, cancel.qty), (Price(0), Qty(0)));
    assert!(line.timer(6_000 * MS).is_empty());
    assert!(intents(&line.up(9_000 * MS)).is_empty());
}

#[test]
fn a_resting_order_follows_the_touch_when_it_is_told_to() {
    let mut config = patient();
    config.order.amend_ticks = Some(5);
    let mut line = working(config);
    let moved = |by: i64| {
        let touch = touch(1, 1);
        let ticks = 10 * by;
        Touch { bid: Price(touch.bid.0 + ticks), ask: Price(touch.ask.0 + ticks), ..touch }
    };
    assert!(intents(&line.touch(1, moved(4))).is_empty(), "four ticks are too few");
    let amend = intents(&line.touch(2, moved(5)))[0];
    assert_eq!((amend.id(), amend.action()), (id(1), Action::Amend));
    assert_eq!((amend.price, amend.qty), (Price(6_500_050), Qty(1_000)));
    assert!(intents(&line.touch(3, moved(20))).is_empty(), "one at a time");
    line.told(4, 1, ReportStatus::AmendSent);
    line.told(4, 1, ReportStatus::AmendRejected);
    assert!(intents(&line.touch(1_000 * MS, moved(20))).is_empty(), "not at once again");
    let again = intents(&line.touch(1_000 * MS + 4, moved(20)))[0];
    assert_eq!((again.action(), again.price), (Action::Amend, Price(6_500_200)));
    let taken = Report {
        price: Price(6_500_200),
        qty: Qty(1_000),
        ..Report::new(id(1), ReportStatus::Amended, 0)
    };
    line.group(1_001 * MS, &[record(Kind::Report, taken)]);
    assert!(intents(&line.touch(1_002 * MS, moved(24))).is_empty(), "it stands there now");
    assert_eq!(intents(&line.touch(1_003 * MS, moved(25))).len(), 1);
}

#[test]
fn a_market_order_has_no_price_and_does_not_rest() {
    let mut config = solo("momentum");
    config.order.order_type = OrderType::Market;
    let mut line = Line::ready(config, 1);
    let intent = intents(&line.up(MS))[0];
    assert_eq!((intent.order_type(), intent.price), (OrderType::Market, Price(0)));
    assert_eq!(intent.time_in_force(), TimeInForce::Ioc);
    line.told(2 * MS, 1, ReportStatus::Accepted);
    assert!(line.timer(50_000 * MS).is_empty(), "nothing of it is left to cancel");
}

#[test]
fn age_is_looked_at_with_each_touch_too() {
    let mut line = working(solo("momentum"));
    assert_eq!(intents(&line.touch(5_001 * MS, touch(1, 1)))[0].action(), Action::Cancel);
}

#[test]
fn an_order_that_takes_is_not_cancelled_for_its_age() {
    let mut config = solo("momentum");
    config.order.time_in_force = TimeInForce::Ioc;
    let mut line = working(config);
    assert!(line.timer(50_000 * MS).is_empty());
    assert!(intents(&line.down(50_001 * MS)).is_empty(), "nor for an opposite decision");
}

#[test]
fn a_cancel_that_failed_is_asked_for_again_after_the_interval() {
    for status in [ReportStatus::CancelRejected, ReportStatus::CancelNotSent] {
        let mut line = working(solo("momentum"));
        assert_eq!(intents(&line.timer(6_000 * MS)).len(), 1);
        line.told(6_100 * MS, 1, status);
        assert!(line.timer(7_099 * MS).is_empty());
        assert_eq!(intents(&line.timer(7_100 * MS)).len(), 1);
    }
}

#[test]
fn an_opposite_decision_cancels_first_and_places_after() {
    let mut line = working(patient());
    let out = line.down(1);
    let both = intents(&out);
    assert_eq!((both.len(), both[0].action()), (1, Action::Cancel));
    line.told(2, 1, ReportStatus::CancelSent);
    assert!(intents(&line.down(3)).is_empty());
    let after = intents(&line.told(4, 1, ReportStatus::Canceled));
    assert_eq!((after[0].side(), after[0].price), (Side::Sell, Price(6_500_040)));
}

#[test]
fn an_opposite_decision_waits_for_an_order_in_flight() {
    let mut line = Line::ready(patient(), 1);
    line.up(0);
    assert!(intents(&line.down(1)).is_empty());
    let accepted = intents(&line.told(2, 1, ReportStatus::Accepted));
    assert_eq!(accepted[0].action(), Action::Cancel);
}

#[test]
fn starts_closed_and_asks_for_nothing_without_an_epoch() {
    let mut line = Line::new(solo("momentum"), 1);
    line.spec(0, &spec());
    let out = line.up(0);
    assert_eq!((votes(&out).len(), intents(&out).len()), (1, 0), "disarmed");
    line.command(0, CommandOp::Arm, 0);
    assert!(intents(&line.up(1)).is_empty(), "no epoch");
    assert_eq!(line.counters.decision_unpriced(), 1);
    line.command(0, CommandOp::Epoch, 100);
    assert_eq!(intents(&line.up(2))[0].id(), id(1));
}

#[test]
fn places_nothing_while_disarmed_drained_killed_or_stopped() {
    for op in [CommandOp::Disarm, CommandOp::Drain, CommandOp::Kill, CommandOp::Stop] {
        let mut line = momentum();
        line.command(0, op, 0);
        assert!(intents(&line.up(1)).is_empty(), "{op:?}");
    }
    let mut killed = momentum();
    killed.command(0, CommandOp::Kill, 0);
    killed.command(0, CommandOp::Arm, 0);
    assert!(intents(&killed.up(1)).is_empty());
    let mut drained = momentum();
    drained.command(0, CommandOp::Drain, 0);
    drained.command(0, CommandOp::Resume, 0);
    assert_eq!(intents(&drained.up(1)).len(), 1);
}

fn held(qty: i64) -> Record {
    record(Kind::HeldPosition, HeldPosition { qty: Qty(qty), entry: Price(1), pad: [0; 3] })
}

#[test]
fn while_drained_it_only_reduces() {
    let mut line = momentum();
    line.group(0, &[held(750)]);
    line.command(0, CommandOp::Drain, 0);
    assert!(intents(&line.up(1)).is_empty(), "a buy would add to the long");
    let out = intents(&line.down(2));
    assert_eq!((out[0].side(), out[0].qty), (Side::Sell, Qty(700)), "down to the lot");
    assert!(out[0].reduce_only());
}

#[test]
fn keeps_to_its_own_largest_position() {
    let mut config = patient();
    config.order.position_max = Some(Decimal::new(15, 3));
    let mut line = Line::ready(config, 1);
    assert_eq!(intents(&line.up(0))[0].qty, Qty(1_000));
    line.told(0, 1, ReportStatus::Accepted);
    let whole = fill(1, Side::Buy, 1_000, ReportStatus::FilledAll);
    assert_eq!(intents(&line.filled(1, whole, 5))[0].qty, Qty(500));
    assert!(intents(&line.filled(1, whole, 5)).is_empty(), "the same fill again");
    let rest = fill(2, Side::Buy, 500, ReportStatus::FilledAll);
    assert!(intents(&line.filled(2, rest, 6)).is_empty(), "full");
    assert_eq!(intents(&line.down(3))[0].qty, Qty(1_000));
}

#[test]
fn cancels_go_on_after_a_kill_but_not_after_the_stop() {
    let mut line = working(solo("momentum"));
    line.command(1, CommandOp::Kill, 0);
    assert_eq!(intents(&line.command(2, CommandOp::CancelAll, 0)).len(), 1);
    let mut line = working(solo("momentum"));
    line.command(1, CommandOp::Stop, 0);
    assert!(line.command(2, CommandOp::CancelAll, 0).is_empty());
    assert!(line.timer(60_000 * MS).is_empty());
}

/// A market group of `instrument` with a rising bar.
fn rising(instrument: u16) -> Vec<Record> {
    let mut group = vec![quote(), record(Kind::Touch, touch(100, 100))];
    group.extend(bar("66000", "65000", 50));
    group.into_iter().map(|record| at(instrument, record)).collect()
}

#[test]
fn cancel_all_is_spread_over_groups_and_forgets_nobody() {
    let mut line = Line::ready(solo("momentum"), 40);
    for instrument in 0..40 {
        let placed = intents(&line.group(0, &rising(instrument)));
        let report = types::Report::new(placed[0].id(), ReportStatus::Accepted, 0);
        line.group(0, &[at(instrument, record(Kind::Report, report))]);
    }
    let mut canceled = Vec::new();
    let mut per_group = Vec::new();
    let first = intents(&line.command(1, CommandOp::CancelAll, 0));
    for out in [first, intents(&line.timer(2)), intents(&line.timer(3)), intents(&line.timer(4))] {
        per_group.push(out.len());
        canceled.extend(out.iter().map(|cancel| cancel.id().sequence()));
    }
    assert_eq!(per_group, [CANCELS_PER_GROUP, CANCELS_PER_GROUP, 8, 0]);
    assert_eq!(canceled, (1..=40).collect::<Vec<u64>>());
}

#[test]
fn bars_that_a_timer_closes_take_turns() {
    let mut line = Line::ready(solo("momentum"), 5);
    for instrument in 0..5 {
        line.group(0, &[at(instrument, quote()), at(instrument, record(Kind::Touch, touch(1, 1)))]);
    }
    let timer = types::Timer { due: Nanos(1), period: Nanos(1), pad: [0; 3] };
    let mut group = vec![at(u16::MAX, record(Kind::Timer, timer))];
    for instrument in 0..5 {
        group.extend(bar("66000", "65000", 50).map(|signal| at(instrument, signal)));
    }
    let asked = |out: Vec<Record>| -> Vec<u16> {
        let intents = out.iter().filter(|record| record.kind() == Some(Kind::Intent));
        intents.map(|record| record.instrument.0).collect()
    };
    assert_eq!(asked(line.group(1, &group)), [0, 1]);
    assert_eq!(asked(line.timer(2)), [2, 3]);
    assert_eq!(asked(line.timer(3)), [4]);
    assert!(line.timer(4).is_empty());
}

#[test]
fn off_votes_and_asks_for_nothing() {
    let mut line = Line::ready(config(Mode::Off), 1);
    let out = line.up(0);
    assert_eq!((votes(&out).len(), intents(&out).len()), (2, 0));
}

#[test]
fn an_ensemble_waits_for_its_quorum() {
    let mut line = Line::ready(CouncilConfig { quorum: 2, ..config(Mode::Ensemble) }, 1);
    assert!(intents(&line.up(0)).is_empty(), "microstructure sees a balanced touch");
    let out = line.touch(1, touch(900, 100));
    assert_eq!((votes(&out).len(), intents(&out).len()), (1, 1));
}

fn with_shadow() -> CouncilConfig {
    let mut config = solo("momentum");
    config.members.push(SeatSettings { shadow: true, ..SeatSettings::new("microstructure") });
    config
}

#[test]
fn a_shadow_votes_apart_and_is_scored_on_what_it_would_have_done() {
    let mut line = Line::ready(with_shadow(), 1);
    let out = line.touch(0, touch(900, 100));
    let shadow: Vec<Vote> = bodies(&out, Kind::ShadowVote);
    assert_eq!((shadow[0].member, shadow[0].direction), (1, 1));
    assert_eq!((votes(&out).len(), intents(&out).len()), (1, 0), "momentum is warming up");
    // It bought 0.01 at 65,000.40; a hundred higher it sells at the bid.
    let mut higher = touch(100, 900);
    (higher.bid, higher.ask) = (Price(6_510_000), Price(6_510_040));
    line.touch(1, higher);
    let gauge = &line.counters.shadows()[0];
    assert_eq!((gauge.name.as_str(), gauge.seat), ("microstructure", 1));
    assert_eq!(gauge.fills(), 2);
    assert_eq!(gauge.pnl_micro(), 996_000, "0.01 × (65,100.00 − 65,000.40)");
    assert_eq!(line.counters.shadow_vote_cast(), 2);
}

#[test]
fn a_shadow_changes_no_decision() {
    let run = |config: CouncilConfig| {
        let mut line = Line::ready(config, 1);
        let mut all = Vec::new();
        for step in 0..200_i64 {
            let ts = step * 300 * MS;
            let out = if step % 7 < 4 { line.up(ts) } else { line.down(ts) };
            all.extend(intents(&out));
            all.extend(intents(&line.touch(ts, touch(1 + step % 9, 1 + step % 5))));
            if let Some(last) = all.last().copied() {
                let status = match last.action() {
                    Action::Cancel => ReportStatus::Canceled,
                    _ => ReportStatus::Accepted,
                };
                all.extend(intents(&line.told(ts, last.id().sequence(), status)));
            }
        }
        all
    };
    let with = run(with_shadow());
    assert!(with.len() > 20);
    assert_eq!(with, run(solo("momentum")));
}

#[test]
fn abstains_and_asks_for_nothing_on_a_book_that_is_not_live() {
    let mut line = momentum();
    let mut group = vec![quote(), record(Kind::Touch, dead())];
    group.extend(bar("66000", "65000", 50));
    let out = line.group(0, &group);
    assert_eq!((votes(&out)[0].direction, votes(&out)[0].reason), (0, 2));
    assert!(intents(&out).is_empty());
    assert_eq!(intents(&line.touch(1, touch(1, 1))).len(), 1, "once it is live again");
}

#[test]
fn a_book_that_is_lost_withdraws_the_votes_at_once() {
    let mut line = Line::ready(patient(), 1);
    line.up(0);
    let mut lost =
        record(Kind::BookChange, BookChange::new(BookState::Stale, StateReason::Disconnected));
    lost.flags = types::Flags::FRAME_END;
    assert_eq!(votes(&line.group(1, &[lost]))[0].reason, 2);
    assert!(intents(&line.told(2, 1, ReportStatus::Rejected)).is_empty());
}

#[test]
fn a_vote_that_has_outlived_its_time_decides_nothing() {
    let mut line = Line::ready(patient(), 1);
    line.up(0);
    assert!(intents(&line.told(60_000 * MS + 1, 1, ReportStatus::Rejected)).is_empty());
}

#[test]
fn consults_nobody_without_a_whole_specification() {
    let mut line = Line::new(solo("momentum"), 1);
    line.command(0, CommandOp::Epoch, 100);
    line.command(0, CommandOp::Arm, 0);
    let (_, _, money) = spec().to_bodies();
    line.group(0, &[record(Kind::SpecMoney, money)]);
    assert!(line.up(0).is_empty());
    line.spec(0, &spec());
    assert_eq!(intents(&line.up(1)).len(), 1);
}

#[test]
fn a_change_of_decimals_under_an_open_order_shuts_the_instrument() {
    let mut line = working(patient());
    line.spec(0, &InstrumentSpec { version: 2, qty_decimals: 6, ..spec() });
    assert!(line.up(1).is_empty());
    assert_eq!(intents(&line.command(2, CommandOp::CancelAll, 0)).len(), 1, "cancels go on");
}

#[test]
fn a_quantity_that_the_grid_cannot_hold_is_not_asked_for() {
    let mut config = solo("momentum");
    config.order.qty = Decimal::new(1, 7);
    let mut line = Line::ready(config, 1);
    assert!(intents(&line.up(0)).is_empty());
    assert_eq!(line.counters.decision_unpriced(), 1);
}

#[test]
fn instruments_may_have_quantities_of_their_own() {
    let mut config = solo("momentum");
    config.order.qty_by_instrument = vec![(InstrumentId(1), Decimal::new(2, 2))];
    let mut line = Line::ready(config, 2);
    assert_eq!(intents(&line.group(0, &rising(0)))[0].qty, Qty(1_000));
    assert_eq!(intents(&line.group(0, &rising(1)))[0].qty, Qty(2_000));
}

#[test]
fn records_of_unknown_instruments_change_nothing() {
    let mut line = momentum();
    let mut group = rising(900);
    group.push(at(900, held(5)));
    assert!(line.group(0, &group).is_empty());
    assert_eq!(intents(&line.up(1)).len(), 1);
}

/// Anything that a group may begin with, and a few records behind it.
fn groups() -> impl Strategy<Value = Vec<Vec<Record>>> {
    let report = (prop::sample::select(ReportStatus::ALL), 1..30_u64, 0..3_000_i64).prop_map(
        |(status, sequence, qty)| {
            let mut report = fill(sequence, Side::Buy, qty, status);
            report.detailed = 0;
            vec![record(Kind::Report, report)]
        },
    );
    let command = (0..14_u8, 99..103_i64).prop_map(|(op, value)| {
        let command = types::Command { op, value, pad: [0; 7], pad2: [0; 3] };
        vec![record(Kind::Command, command)]
    });
    let market = (0..2_u16, 1..1_000_i64, 1..1_000_i64).prop_map(|(instrument, bid, ask)| {
        vec![at(instrument, quote()), at(instrument, record(Kind::Touch, touch(bid, ask)))]
    });
    let bars = (0..2_u16, 64_000..66_000_i64, 0..100_i64).prop_map(|(instrument, fast, rsi)| {
        let mut group = vec![at(instrument, quote())];
        let signals = bar(&fast.to_string(), "65000", rsi);
        group.extend(signals.map(|signal| at(instrument, signal)));
        group
    });
    let timer = Just(vec![record(
        Kind::Timer,
        types::Timer { due: Nanos(0), period: Nanos(1), pad: [0; 3] },
    )]);
    let one = prop_oneof![2 => report, 1 => command, 4 => market, 3 => bars, 1 => timer];
    prop::collection::vec(one, 1..150)
}

proptest! {
    #[test]
    fn the_same_groups_give_the_same_records(groups in groups()) {
        let run = || {
            let mut line = Line::ready(CouncilConfig { members: vec![
                SeatSettings::new("momentum"),
                SeatSettings::new("microstructure"),
                SeatSettings { shadow: true, ..SeatSettings::new("momentum") },
            ], ..config(Mode::Ensemble) }, 2);
            let mut all = Vec::new();
            for (step, group) in groups.iter().enumerate() {
                let out = line.group(step.cast_signed() as i64 * 400 * MS, group);
                assert!(out.len() <= CouncilStage::MAX_ADDED);
                all.extend(out);
            }
            all
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn never_two_orders_of_an_instrument_at_once_and_no_id_twice(groups in groups()) {
        let mut line = Line::ready(config(Mode::Ensemble), 2);
        let mut ids = std::collections::BTreeSet::new();
        let mut standing: [Option<u64>; 2] = [None; 2];
        for (step, group) in groups.iter().enumerate() {
            let out = line.group(step.cast_signed() as i64 * 400 * MS, group);
            // Anything told of an order may have ended it: only silence proves.
            if group[0].kind() == Some(Kind::Report) {
                let told = group[0].body::<types::Report>().id().sequence();
                standing.iter_mut().filter(|s| **s == Some(told)).for_each(|s| *s = None);
            }
            for record in out.iter().filter(|record| record.kind() == Some(Kind::Intent)) {
                let intent: types::OrderFields = record.body();
                if intent.action() == Action::Place {
                    prop_assert!(ids.insert(intent.id()), "an id twice");
                    let slot = &mut standing[record.instrument.index()];
                    prop_assert_eq!(*slot, None, "two orders at once");
                    *slot = Some(intent.id().sequence());
                }
            }
        }
    }
}
