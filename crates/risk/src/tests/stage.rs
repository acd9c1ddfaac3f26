//! The stage between two real links: what goes in, what comes out, in what order.

use super::{Line, ONE, all_off, cancel, fill, id, order, record, settings, spec, touch, verdicts};
use crate::{Judged, ORDER, ORDER_CAPACITY, RiskConfig, RuleSetting, rule_name};
use actor::{Slot, Stage};
use types::{
    Action, CommandOp, Decimal, InstrumentId, InstrumentSpec, Kind, Nanos, OrderFields, ParamValue,
    Record, Report, ReportStatus, Side, Touch,
};

fn buy(sequence: u64) -> OrderFields {
    // A price of its own: an order that repeats another is refused.
    order(sequence, Side::Buy, 6_500_000 + sequence.cast_signed(), 1_000)
}

fn at(sequence: u64, qty: i64) -> OrderFields {
    order(sequence, Side::Buy, 6_500_000 + sequence.cast_signed(), qty)
}

fn kinds(out: &[Judged]) -> Vec<Option<Kind>> {
    out.iter().map(|judged| judged.record().kind()).collect()
}

#[test]
fn an_intent_comes_out_with_every_verdict_and_its_approval() {
    let mut line = Line::ready(&settings());
    let out = line.intent(5, buy(1));
    let mut wanted = vec![Some(Kind::Quote), Some(Kind::Intent)];
    wanted.extend([Some(Kind::Verdict); ORDER.len()]);
    wanted.push(Some(Kind::Approved));
    assert_eq!(kinds(&out), wanted);
    let rules: Vec<_> = verdicts(&out).iter().map(|v| rule_name(v.rule).unwrap()).collect();
    assert_eq!(rules, ORDER);
    let approved = out.last().unwrap().approved().unwrap();
    assert_eq!((approved.fields(), approved.instrument()), (&buy(1), ONE));
    let ends: Vec<_> = out.iter().map(|judged| judged.record().is_end()).collect();
    assert_eq!(ends, [vec![false; 2 + ORDER.len()], vec![true]].concat());
    assert!(out.iter().all(|j| j.record().seq == 5 && j.record().ts == Nanos(5)));
}

#[test]
fn the_first_refusal_wins_and_is_data() {
    let mut line = Line::ready(&settings());
    let out = line.intent(0, order(1, Side::Buy, 7_000_000, 10_000_000));
    let verdicts = verdicts(&out);
    assert_eq!(verdicts.iter().map(|v| v.passed).collect::<Vec<_>>(), [1, 1, 1, 1, 0]);
    let last = verdicts[4];
    assert_eq!(rule_name(last.rule), Some("conformity"));
    assert_eq!((last.seen.get(), last.limit.get()), (10_000_000, 7));
    assert!(out.iter().all(|judged| judged.approved().is_none()));
    assert!(out.last().unwrap().record().is_end());
    let refused: Vec<_> = line.counters.refused().filter(|(_, n)| *n > 0).collect();
    assert_eq!(refused, [("conformity", 1)]);
}

#[test]
fn starts_closed_and_obeys_the_commands() {
    let mut line = Line::ready(&settings());
    line.command(0, CommandOp::Disarm);
    assert_eq!(line.refusal(0, buy(1)), Some("kill_latch"));
    line.command(0, CommandOp::Arm);
    assert_eq!(line.refusal(0, buy(2)), None);
    line.command(0, CommandOp::Drain);
    assert_eq!(line.refusal(0, buy(3)), Some("kill_latch"));
    line.command(0, CommandOp::Resume);
    assert_eq!(line.refusal(0, buy(4)), None);
    line.command(0, CommandOp::Kill);
    line.command(0, CommandOp::Arm);
    assert_eq!(line.refusal(0, buy(5)), Some("kill_latch"));
    let mut fresh = Line::new(&settings());
    assert_eq!(fresh.refusal(0, buy(1)), Some("kill_latch"));
}

#[test]
fn cancels_always_pass_and_use_up_the_rate() {
    let mut line = Line::ready(&settings());
    line.command(0, CommandOp::Kill);
    let out = line.intent(0, cancel(7));
    assert_eq!(kinds(&out), [Some(Kind::Quote), Some(Kind::Intent), Some(Kind::Approved)]);
    let mut line = Line::ready(&settings());
    for _ in 0..100 {
        assert_eq!(line.refusal(0, cancel(7)), None);
    }
    assert_eq!(line.refusal(0, buy(1)), Some("order_rate"));
    line.touch(Nanos::PER_SEC, touch());
    assert_eq!(line.refusal(Nanos::PER_SEC, buy(2)), None);
    assert_eq!((line.counters.cancels(), line.counters.approved()), (100, 1));
}

#[test]
fn a_refused_order_uses_up_nothing() {
    let mut line = Line::ready(&settings());
    for sequence in 0..100 {
        let far = order(sequence + 1, Side::Buy, 1, 50_000_000);
        assert!(line.refusal(0, far).is_some());
    }
    assert_eq!(line.refusal(0, buy(200)), None);
}

#[test]
fn working_orders_use_up_the_position_until_they_end() {
    let mut line = Line::ready(&settings());
    for sequence in 1..=4 {
        assert_eq!(line.refusal(0, at(sequence, 12_500)), None);
    }
    assert_eq!(line.refusal(0, at(5, 100)), Some("max_position"));
    line.report(0, Report::new(id(4), ReportStatus::OutcomeUnknown, 0), 0);
    assert_eq!(line.refusal(0, at(6, 100)), Some("max_position"));
    line.report(0, Report::new(id(4), ReportStatus::Rejected, 0), 0);
    assert_eq!(line.refusal(0, at(7, 12_500)), None);
    line.report(0, fill(1, Side::Buy, 12_500), 11);
    assert_eq!(line.refusal(0, at(8, 100)), Some("max_position"));
    assert_eq!(line.refusal(0, order(9, Side::Sell, 6_500_010, 100)), None);
    assert_eq!(line.counters.live(), 4);
}

#[test]
fn a_report_counts_before_the_intent_of_its_own_group() {
    let mut line = Line::ready(&settings());
    for sequence in 1..=4 {
        assert_eq!(line.refusal(0, at(sequence, 12_500)), None);
    }
    let group = [
        record(Kind::Report, Report::new(id(4), ReportStatus::Rejected, 0)),
        record(Kind::Intent, at(5, 12_500)),
    ];
    assert!(line.group(0, &group).last().unwrap().approved().is_some());
    // A report that promises a detail which never comes counts all the same.
    let promised = Report { detailed: 1, ..Report::new(id(5), ReportStatus::Rejected, 0) };
    let group = [record(Kind::Report, promised), record(Kind::Intent, at(6, 12_500))];
    assert!(line.group(0, &group).last().unwrap().approved().is_some());
}

#[test]
fn the_age_of_the_touch_is_the_groups() {
    let mut line = Line::ready(&settings());
    assert_eq!(line.refusal(Nanos::PER_SEC, buy(1)), None);
    assert_eq!(line.refusal(Nanos::PER_SEC + 1, buy(2)), Some("book_live"));
    line.touch(2 * Nanos::PER_SEC, Touch { crossed: 1, ..touch() });
    assert_eq!(line.refusal(2 * Nanos::PER_SEC, buy(3)), Some("book_live"));
}

#[test]
fn a_book_that_is_lost_refuses_before_its_next_touch() {
    let mut line = Line::ready(&settings());
    let lost = types::BookChange::new(types::BookState::Stale, types::StateReason::Gap);
    line.group(0, &[record(Kind::BookChange, lost)]);
    assert_eq!(line.refusal(0, buy(1)), Some("book_live"));
    let found = types::BookChange::new(types::BookState::Live, types::StateReason::Bridged);
    line.group(0, &[record(Kind::BookChange, found)]);
    assert_eq!(line.refusal(0, buy(2)), Some("book_live"));
    line.touch(0, touch());
    assert_eq!(line.refusal(0, buy(3)), None);
}

#[test]
fn what_the_stage_itself_refuses_cannot_be_switched_off() {
    let mut line = Line::new(&all_off());
    assert_eq!(line.refusal(0, buy(1)), None);
    assert_eq!(line.refusal(0, buy(1)), Some("duplicate_order"));
    assert_eq!(line.refusal(0, order(2, Side::Buy, 1, 0)), Some("malformed_order"));
    assert_eq!(line.refusal(0, order(2, Side::Buy, 1, i64::MIN)), Some("malformed_order"));
    let nameless = OrderFields { order: types::Wide::new(0), ..buy(2) };
    assert_eq!(line.refusal(0, nameless), Some("malformed_order"));
    let amend = OrderFields { action: Action::Amend as u8, ..buy(2) };
    assert_eq!(line.refusal(0, amend), Some("not_amendable"));
    let mut far = record(Kind::Intent, buy(3));
    far.instrument = InstrumentId(2);
    let out = line.group(0, &[far]);
    assert_eq!(rule_name(verdicts(&out)[0].rule), Some("unknown_instrument"));
}

#[test]
fn a_full_order_table_refuses() {
    let mut line = Line::new(&all_off());
    for sequence in 1..=ORDER_CAPACITY as u64 {
        assert_eq!(line.refusal(0, buy(sequence)), None);
    }
    assert_eq!(line.refusal(0, buy(10_000)), Some("order_table_full"));
    line.report(0, Report::new(id(77), ReportStatus::Rejected, 0), 0);
    assert_eq!(line.refusal(0, buy(10_001)), None);
}

#[test]
fn limits_of_one_instrument_leave_the_others() {
    let tight = [("limit".to_owned(), ParamValue::Decimal(Decimal::new(1, 2)))];
    let config = RiskConfig::new(&settings()).unwrap();
    let config = config.with_override(ONE, "max_position", &tight).unwrap();
    let own = config.rules_of(ONE);
    let others = config.rules_of(InstrumentId(1));
    const MAX_POSITION: usize = 9;
    assert_eq!(ORDER[MAX_POSITION], "max_position");
    let case = |line: &[Option<crate::registry::AnyRule>]| {
        let mut case = crate::rule::plain_case(5);
        case.order.qty = types::Qty(1_001);
        line[MAX_POSITION].unwrap().check(&case).passed
    };
    assert_eq!((case(&own), case(&others)), (false, true));
}

#[test]
fn a_change_of_decimals_under_an_open_order_shuts_the_instrument() {
    let mut line = Line::ready(&settings());
    assert_eq!(line.refusal(0, buy(1)), None);
    let finer = InstrumentSpec { version: 2, tick_size: types::Price(2), ..spec() };
    line.spec(&finer);
    assert_eq!(line.refusal(0, buy(2)), None, "the same decimals: a new version is in force");
    line.spec(&InstrumentSpec { version: 3, qty_decimals: 6, ..spec() });
    assert_eq!(line.refusal(0, buy(3)), Some("instrument_allowed"));
}

#[test]
fn a_specification_in_pieces_is_none() {
    let mut line = Line::new(&settings());
    let (_, _, money) = spec().to_bodies();
    line.group(0, &[record(Kind::SpecMoney, money)]);
    line.touch(0, touch());
    line.command(0, CommandOp::Arm);
    assert_eq!(line.refusal(0, buy(1)), Some("instrument_allowed"));
}

#[test]
fn a_record_that_claims_to_be_an_approval_is_emptied() {
    let mut line = Line::ready(&settings());
    let forged = record(Kind::Approved, buy(1));
    let out = line.group(0, &[record(Kind::Quote, types::Quote::default()), forged]);
    assert_eq!(kinds(&out), [Some(Kind::Quote), None]);
    assert!(out.iter().all(|judged| judged.approved().is_none()));
    assert!(out[1].record().is_end());
    assert_eq!(line.counters.forged(), 1);
    let mut stage = crate::RiskStage::new(RiskConfig::new(&settings()).unwrap(), 1).unwrap();
    assert!(stage.forward(forged).approved().is_none());
}

#[test]
fn an_empty_slot_and_an_end_mark_approve_nothing() {
    let mut slot = Judged::EMPTY;
    slot.mark_end();
    assert!(slot.approved().is_none());
}

#[test]
fn the_same_records_give_the_same_judgement() {
    let run = || {
        let mut line = Line::ready(&settings());
        let mut out: Vec<Record> = Vec::new();
        for sequence in 1..200_u64 {
            let ts = i64::try_from(sequence).unwrap() * 7_000_000;
            let side = if sequence % 3 == 0 { Side::Sell } else { Side::Buy };
            let qty = 10 * (sequence.cast_signed() % 17) * 100;
            out.extend(
                line.intent(ts, order(sequence, side, 6_500_000, qty)).iter().map(Slot::record),
            );
            if sequence % 5 == 0 {
                line.report(ts, fill(sequence - 1, side, 10), sequence);
                line.touch(ts, touch());
            }
        }
        out
    };
    assert_eq!(run(), run());
}

#[test]
fn rules_that_are_off_leave_no_verdict() {
    let mut some = settings();
    some[3].1 = RuleSetting::Off("no reference price in this test".into());
    let mut line = Line::ready(&some);
    let out = line.intent(0, buy(1));
    let rules: Vec<_> = verdicts(&out).iter().map(|v| v.rule).collect();
    let all = 0..u16::try_from(ORDER.len()).unwrap();
    assert_eq!(rules, all.filter(|rule| *rule != 3).collect::<Vec<_>>());
}

#[test]
fn the_stage_never_adds_more_than_it_declares() {
    // A verdict of each rule, and the approval.
    assert_eq!(crate::RiskStage::MAX_ADDED, ORDER.len() + 1);
}
