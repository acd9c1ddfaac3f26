//! Explanations of a small run.

use super::decision::decision;
use super::{Names, explain, orders};
use crate::journal::Journal;
use crate::journal::fixture::{Script, TempDir, id, place, record, verdict, write};
use types::{ClientOrderId, Kind, OrderFields, OrderState, Record};

fn names() -> Names {
    Names {
        indicators: vec!["ema_20".to_owned()],
        members: vec!["drift".to_owned(), "quoter".to_owned()],
        reasons: [((0, 4), "the trend is up".to_owned())].into(),
        rules: vec!["kill_switch".to_owned(), "max_notional".to_owned()],
    }
}

fn journal() -> (TempDir, Journal) {
    let dir = TempDir::new();
    write(dir.path(), &Script::small().records, 640);
    let journal = Journal::open(dir.path()).expect("a journal");
    (dir, journal)
}

#[test]
fn explains_an_order_from_the_tick_to_its_end() {
    let (_dir, journal) = journal();
    let why = explain(&journal, id(1), &names()).expect("intact").expect("known");
    assert_eq!(why.state, Some(OrderState::Filled));
    assert_eq!(why.inputs.len(), 1);
    assert_eq!(why.inputs[0].field("price"), "65000.00");
    assert_eq!(why.touch.as_ref().map(|t| t.field("bid")).as_deref(), Some("64999.90"));
    assert_eq!(why.signals[0].name.as_deref(), Some("ema_20"));
    assert_eq!(why.signals[0].field("value"), "27");
    let votes: Vec<_> = why.votes.iter().map(|v| (v.kind, v.name.clone())).collect();
    assert_eq!(votes.len(), 3);
    assert_eq!(votes[0], ("vote", Some("drift".to_owned())));
    assert_eq!(votes[2], ("shadow_vote", Some("member 2".to_owned())));
    assert_eq!(why.votes[0].text.as_deref(), Some("the trend is up"));
    assert_eq!(why.votes[1].text.as_deref(), Some("reason 4"));
    let rules: Vec<_> = why.verdicts.iter().map(|v| v.name.clone().expect("named")).collect();
    assert_eq!(rules, ["kill_switch", "max_notional"]);
    assert!(why.intent.is_some() && why.approved.is_some() && why.action.is_some());
    assert_eq!((why.timing.len(), why.tick_to_order_ns), (8, Some(2600)));
    assert_eq!((why.timing[6].stage, why.timing[6].ns), ("gateway", 500));
    let kinds: Vec<_> = why.life.iter().map(|shown| shown.kind).collect();
    let reported = ["report", "report_detail", "transition"];
    assert_eq!(kinds, [&["transition"][..], &reported, &reported].concat());
}

#[test]
fn explains_a_denial() {
    let (_dir, journal) = journal();
    let why = explain(&journal, id(2), &names()).expect("intact").expect("known");
    assert_eq!(why.state, Some(OrderState::Denied));
    assert!(why.approved.is_none() && why.action.is_none() && why.timing.is_empty());
    let last = why.verdicts.last().expect("verdicts");
    assert_eq!(
        (last.name.as_deref(), last.field("verdict")),
        (Some("max_notional"), "refused".into())
    );
    // The votes are those of the tick before, and say so.
    assert!(why.votes.iter().all(|vote| vote.sequence == 4));
}

#[test]
fn shows_a_later_cancel_as_part_of_the_life() {
    let (_dir, journal) = journal();
    let why = explain(&journal, id(3), &names()).expect("intact").expect("known");
    assert_eq!(why.action.as_ref().map(|a| a.field("action")).as_deref(), Some("place"));
    let last = why.life.last().expect("a life");
    assert_eq!((last.kind, last.field("action")), ("action", "cancel".to_owned()));
}

#[test]
fn does_not_know_an_order_of_another_run() {
    let (_dir, journal) = journal();
    assert!(explain(&journal, id(99), &names()).expect("intact").is_none());
    assert!(explain(&journal, ClientOrderId::NONE, &names()).expect("intact").is_none());
}

#[test]
fn renders_text_and_json() {
    let (_dir, journal) = journal();
    let why = explain(&journal, id(1), &names()).expect("intact").expect("known");
    let text = why.to_text();
    for part in [
        "BTCUSDT-PERP.BINANCE FILLED",
        "ema_20 = 27",
        "drift buy 0.750000 because the trend is up (saw 1, 2, 3, 4)",
        "shadow member 2 sell",
        "passed   kill_switch",
        "seen 12 limit 10",
        "tick_to_order                2600",
        "ACCEPTED -> FILLED on FILLED_ALL",
        "fee=0.013",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let json = why.to_json();
    assert_eq!(json["votes"][0]["name"], "drift");
    assert_eq!(json["stages_ns"]["write"], 1100);
    assert_eq!(json["action"]["price"], "65000.00");
    assert_eq!(json["inputs"][0]["ts_ns"], 4_000_000);
}

#[test]
fn lists_every_order_with_states_and_fills() {
    let (_dir, journal) = journal();
    let orders = orders(&journal).expect("intact");
    assert_eq!(orders.iter().map(|o| o.id).collect::<Vec<_>>(), [id(1), id(2), id(3)]);
    let states: Vec<_> = orders.iter().map(super::OrderStory::state).collect();
    assert_eq!(states, [OrderState::Filled, OrderState::Denied, OrderState::Accepted]);
    assert_eq!((orders[0].venue_order_id, orders[0].fills[0].trade_id), (9001, 78));
    let json = orders[0].to_json();
    assert_eq!(json["fills"][0]["fee"], "0.013");
    assert_eq!(json["fills"][0]["liquidity"], "MAKER");
    assert_eq!(json["states"][0]["state"], "SUBMITTED");
    assert_eq!(json["venue_order_id"], "9001");
    assert!(orders[1].to_json()["venue_order_id"].is_null());
}

/// Two intents in one group, the first refused: judged as they come, and
/// judged at the group's end.
#[test]
fn gives_each_intent_its_own_verdicts() {
    let intent = |number| record(Kind::Intent, place(number));
    let approved = |number| record(Kind::Approved, place(number));
    let (pass, refuse) =
        (record(Kind::Verdict, verdict(0, 1)), record(Kind::Verdict, verdict(1, 0)));
    let as_they_come = [intent(1), pass, refuse, intent(2), pass, pass, approved(2)];
    let at_the_end = [intent(1), intent(2), pass, refuse, pass, pass, approved(2)];
    for group in [as_they_come, at_the_end] {
        let (first, second) = (decision(&group, id(1)), decision(&group, id(2)));
        assert_eq!((first.verdicts.as_slice(), first.approved), (&[pass, refuse][..], None));
        assert_eq!(second.verdicts, [pass, pass]);
        assert!(first.intent.is_some() && second.intent.is_some() && second.approved.is_some());
    }
}

/// An intent may still be without an id when risk approves it with one.
#[test]
fn follows_an_id_that_risk_gave() {
    let nameless: Record =
        record(Kind::Intent, OrderFields { order: ClientOrderId::NONE.into(), ..place(1) });
    let pass = record(Kind::Verdict, verdict(0, 1));
    let found = decision(&[nameless, pass, record(Kind::Approved, place(1))], id(1));
    assert_eq!((found.intent, found.verdicts), (Some(nameless), vec![pass]));
}
