//! Explanations of a small run.

use super::decision::decision;
use super::utc::{span, utc};
use super::{TallyShown, explain, orders};
use crate::journal::fixture::{Script, TempDir, id, place, record, verdict, write};
use crate::journal::{DumpForm, Journal, dump};
use crate::names::{Counting, IndicatorWords, Names, RuleWords, SeatWords};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use types::{
    ClientOrderId, Kind, Money, Nanos, OrderFields, OrderState, Price, Qty, Record, Report,
    ReportDetail, ReportStatus,
};

fn names() -> Names {
    let words = |text: &str| text.to_owned();
    let seen =
        [("fast", "price mantissa"), ("gap", "millionths of the slow"), ("rsi", "millionths")];
    let trend = (words("trend_up"), words("the trend is up; seen: fast, gap, rsi"));
    let rule = |name, unit| RuleWords { name: words(name), unit: words(unit), codes: Vec::new() };
    let ema = IndicatorWords { label: words("ema_20"), doc: words("in the price mantissa") };
    Names {
        indicators: vec![ema],
        seats: vec![
            SeatWords {
                name: words("drift"),
                weight_ppm: 600_000,
                seen: seen.map(|(name, unit)| (words(name), words(unit))).to_vec(),
                reasons: [(4, trend)].into(),
            },
            SeatWords { name: words("quoter"), weight_ppm: 400_000, ..SeatWords::default() },
        ],
        rules: vec![
            rule("kill_switch", "breaker state: 10 armed, 12 draining"),
            rule("max_notional", "quote asset at scale 18"),
        ],
        counting: Some(Counting {
            solo: None,
            quorum: 1,
            threshold_ppm: 500_000,
            vote_life: types::Nanos::from_ms(500),
        }),
        ..Names::default()
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
    assert_eq!(why.signals[0].field("value"), "0.27");
    let votes: Vec<_> = why.votes.iter().map(|v| (v.kind, v.name.clone())).collect();
    assert_eq!(votes.len(), 3);
    assert_eq!(votes[0], ("vote", Some("drift".to_owned())));
    assert_eq!(votes[2], ("shadow_vote", Some("member 2".to_owned())));
    assert_eq!(why.votes[0].text.as_deref(), Some("trend_up"));
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
fn reads_as_a_trader_would_tell_it() {
    let (_dir, journal) = journal();
    let why = explain(&journal, id(1), &names()).expect("intact").expect("known");
    let told = why.to_text();
    let id = id(1).to_string();
    assert_eq!(told, include_str!("told.txt").replace("ID", &id), "{told}");
}

#[test]
fn says_in_json_what_it_says_in_text() {
    let (_dir, journal) = journal();
    let why = explain(&journal, id(1), &names()).expect("intact").expect("known");
    let json = why.to_json();
    assert_eq!(json["votes"][0]["name"], "drift");
    assert_eq!(json["votes"][0]["saw"][0]["value"], "0.01");
    assert_eq!(json["votes"][0]["saw"][1]["unit"], "ppm of the slow");
    assert_eq!(json["verdicts"][0]["seen"], "draining");
    assert_eq!(json["verdicts"][1]["seen"], "0.000000000000000012");
    assert_eq!(json["verdicts"][1]["unit"], "quote asset");
    // 0.75 × 0.6 for buying, the other seat abstains: 0.75 of the weight that speaks.
    assert_eq!(json["tally"]["score"], "0.750000");
    assert_eq!((&json["tally"]["side"], &json["tally"]["buyers"]), (&"BUY".into(), &1.into()));
    assert_eq!(json["stages_ns"]["write"], 1100);
    assert_eq!(json["action"]["price"], "65000.00");
    assert_eq!(json["inputs"][0]["ts_ns"], 4_000_000);
    assert_eq!(json["life"][2]["fee"], "0");
}

/// What a program relies on: a key is one thing, and a time says its unit.
#[test]
fn a_key_has_one_type_in_every_document() {
    let (_dir, journal) = journal();
    let mut documents: Vec<Value> = Vec::new();
    for number in 1..=3 {
        let why = explain(&journal, id(number), &names()).expect("intact").expect("known");
        let Value::Object(mut why) = why.to_json() else { panic!("an object") };
        // At the top these are records, in a record they are words.
        why.remove("action");
        documents.push(Value::Object(why));
    }
    let orders = orders(&journal).expect("intact");
    documents.extend(orders.iter().map(super::OrderStory::to_json));
    let mut dumped = Vec::new();
    let ending = dump(&journal, &names(), DumpForm::Json, &mut dumped).expect("written");
    assert!(ending.is_ok());
    let lines = String::from_utf8(dumped).expect("text");
    documents.extend(lines.lines().map(|line| serde_json::from_str(line).expect("JSON")));
    let mut types = BTreeMap::new();
    for document in &documents {
        note_types(document, &mut types);
    }
    for (key, found) in &types {
        assert_eq!(found.len(), 1, "{key} is {found:?}");
        let words = ["ts", "exch_ts", "local_ts", "due", "period", "age", "created"];
        let is_time = words.contains(&key.as_str());
        assert!(!is_time, "{key} is a time without its unit");
    }
    assert!(types["seen"].contains("string") && types["exch_ts_ns"].contains("integer"));
}

fn note_types(value: &Value, types: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| note_types(one, types)),
        Value::Object(object) => {
            for (key, value) in object {
                let name = match value {
                    Value::Null => None,
                    Value::Bool(_) => Some("bool"),
                    Value::Number(number) if number.is_f64() => Some("float"),
                    Value::Number(_) => Some("integer"),
                    Value::String(_) => Some("string"),
                    Value::Array(_) => Some("list"),
                    Value::Object(_) => Some("object"),
                };
                types.entry(key.clone()).or_default().extend(name);
                note_types(value, types);
            }
        }
        _ => {}
    }
    types.retain(|_, found| !found.is_empty());
}

#[test]
fn counts_votes_as_the_council_does() {
    let cast = |member, direction, confidence, at| {
        let vote = types::Vote { member, direction, confidence, ..types::Vote::default() };
        let mut cast = record(Kind::Vote, vote);
        cast.ts = types::Nanos::from_ms(at);
        cast
    };
    let count = |votes: &[Record], solo| {
        let mut names = names();
        names.counting = names.counting.map(|counting| Counting { solo, ..counting });
        TallyShown::of(votes.iter(), types::Nanos::from_ms(1000), &names).expect("it is known")
    };
    // (0.6 × 900,000 - 0.4 × 300,000) ÷ (0.6 + 0.4) = 420,000: below 500,000.
    let both = [cast(0, 1, 900_000, 900), cast(1, -1, 300_000, 900)];
    let tally = count(&both, None);
    assert_eq!((tally.score_ppm, tally.buyers, tally.sellers, tally.side), (420_000, 1, 1, None));
    // The second vote has outlived its 500 ms: the first decides alone.
    let old = [cast(0, 1, 900_000, 900), cast(1, -1, 300_000, 499)];
    let tally = count(&old, None);
    assert_eq!((tally.score_ppm, tally.side), (900_000, Some(types::Side::Buy)));
    // Solo: the other seat's vote does not count, its own weight does not either.
    assert_eq!(count(&both, Some(1)).score_ppm, -300_000);
    // Truncated toward zero, as the council's integers are.
    let odd = [cast(0, -1, 1, 900), cast(1, 0, 0, 900)];
    assert_eq!(count(&odd, None).score_ppm, -1);
    assert_eq!(count(&[], None).side, None);
    // A seat that the configuration does not have weighs nothing.
    assert_eq!(count(&[cast(7, 1, 900_000, 900)], None).buyers, 0);
}

#[test]
fn writes_times_as_people_read_them() {
    // date -u -d @1704067200 and the leap day of a century that has one.
    let at = |seconds: i64| utc(types::Nanos(seconds * types::Nanos::PER_SEC + 5));
    assert_eq!(at(1_704_067_200), "2024-01-01 00:00:00.000000005 UTC");
    assert_eq!(at(951_782_400), "2000-02-29 00:00:00.000000005 UTC");
    assert_eq!(at(1_709_251_199), "2024-02-29 23:59:59.000000005 UTC");
    assert_eq!(at(-1), "1969-12-31 23:59:59.000000005 UTC");
    let spans = [(950, "950 ns"), (12_500, "12.500 us"), (-3_200_000, "-3.200 ms")];
    for (ns, text) in spans {
        assert_eq!(span(ns), text);
    }
    assert_eq!(span(1_999_999_999), "1.999 s");
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

/// What a query found out has no id of a trade; an answer's detail is of no fill.
#[test]
fn a_fill_without_a_trade_id_keeps_its_fee_and_no_other_detail_takes_it() {
    let mut script = Script::small();
    let detailed = |status, fee: &[u8]| {
        let mut report = Report::new(id(1), status, 0);
        (report.price, report.qty, report.detailed) = (Price(6_500_000), Qty(1), 1);
        let fee = Money::parse(fee).expect("money").into();
        let detail = ReportDetail { venue_order_id: 9001, trade_id: 0, fee, exch_ts: Nanos(6) };
        [record(Kind::Report, report), record(Kind::ReportDetail, detail)]
    };
    script.group(&detailed(ReportStatus::Fill, b"0.5"));
    script.group(&detailed(ReportStatus::Accepted, b"0"));
    let directory = TempDir::new();
    write(directory.path(), &script.records, 1 << 20);
    let journal = Journal::open(directory.path()).expect("a journal");
    let orders = orders(&journal).expect("intact");
    let fees: Vec<_> = orders[0].fills.iter().map(|fill| fill.fee.to_string()).collect();
    assert_eq!(fees, ["0.013", "0.5"]);
    assert_eq!(orders[0].fills[1].trade_id, 0);
    assert_eq!(orders[0].to_json()["fills"][1]["fee_asset"], "QUOTE");
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
