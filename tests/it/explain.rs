//! `orders` and `why`: what they say is what the journal holds.

use crate::program::althing;
use crate::recorded::Recorded;
use crate::summary::{count, list, text};
use crate::worlds::{Draw, shared};
use serde_json::Value;

fn orders() -> Vec<Value> {
    let document = althing(&["orders", "--journal", shared().journal_text(), "--json"]);
    list(&document.run().code(0).json(), "orders").to_vec()
}

fn why(id: &str) -> Value {
    let document = althing(&["why", id, "--journal", shared().journal_text(), "--json"]);
    document.run().code(0).json()
}

/// The record of a kind with that order's id in that group.
fn row<'r>(recorded: &'r Recorded, kind: &'r str, id: &str) -> Option<&'r Value> {
    recorded.of_kind(kind).find(|row| row["client_order_id"] == id && row["action"] != "cancel")
}

/// Whether the keys that both have say the same.
fn agrees(shown: &Value, row: &Value) {
    let shown = shown.as_object().unwrap_or_else(|| panic!("nothing shown for {row}"));
    let mut common = 0;
    for (key, value) in shown {
        if let Some(recorded) = row.get(key) {
            assert_eq!(value, recorded, "{key} of {row}");
            common += 1;
        }
    }
    assert!(common >= 6, "hardly anything in common: {shown:?} and {row}");
}

#[test]
fn orders_lists_every_order_of_the_journal_once() {
    let recorded = Recorded::of(shared().journal());
    let listed = orders();
    let wanted: Vec<&Value> =
        recorded.of_kind("intent").filter(|intent| intent["action"] == "place").collect();
    assert_eq!(listed.len(), wanted.len());
    for (order, intent) in listed.iter().zip(wanted) {
        agrees(order, intent);
        let id = text(order, "client_order_id");
        let states: Vec<&str> = recorded
            .of_kind("transition")
            .filter(|row| row["client_order_id"] == id)
            .map(|row| text(row, "to"))
            .collect();
        let told: Vec<&str> = list(order, "states").iter().map(|s| text(s, "state")).collect();
        let denied = recorded.of_kind("report").any(|row| {
            row["client_order_id"] == id && text(row, "status") == "DENIED" && states.is_empty()
        });
        assert_eq!(told, if denied { vec!["DENIED"] } else { states }, "{id}");
        let filled = recorded
            .of_kind("report")
            .filter(|row| row["client_order_id"] == id && text(row, "status").starts_with("FILL"));
        assert_eq!(list(order, "fills").len(), filled.count(), "{id}");
    }
    let placed = recorded.of_kind("action").filter(|action| action["action"] == "place").count();
    assert_eq!(placed as u64, count(&shared().summary, "orders"));
}

#[test]
fn why_ties_every_section_to_the_record() {
    let recorded = Recorded::of(shared().journal());
    let mut draw = Draw(0xb00c);
    let placed: Vec<Value> = orders()
        .into_iter()
        .filter(|order| row(&recorded, "action", text(order, "client_order_id")).is_some())
        .collect();
    for _ in 0..3 {
        let id = text(&placed[draw.below(placed.len())], "client_order_id");
        let told = why(id);
        assert_eq!(told["client_order_id"], id);
        for kind in ["intent", "approved", "action"] {
            agrees(&told[kind], row(&recorded, kind, id).expect(kind));
        }
        let intent = row(&recorded, "intent", id).expect("an intent");
        assert_eq!(told["instrument"], intent["instrument"]);
        ties_the_decision(&recorded, &told, intent);
        ties_the_life(&recorded, &told, id);
    }
}

/// The tick, the touch, the signals, the votes and the verdicts behind an intent.
fn ties_the_decision(recorded: &Recorded, told: &Value, intent: &Value) {
    let sequence = count(intent, "sequence");
    let instrument = text(intent, "instrument");
    let group: Vec<&Value> =
        recorded.rows.iter().filter(|row| row["sequence"] == sequence).collect();
    let input = list(told, "inputs").first().expect("the tick");
    agrees_somehow(input, group[0]);
    let latest = |kind: &'static str, same: &dyn Fn(&Value) -> bool| {
        let rows = recorded.of_kind(kind).filter(|row| count(row, "sequence") <= sequence);
        let rows = rows.filter(|row| row["instrument"] == instrument && same(row));
        rows.last().unwrap_or_else(|| panic!("no {kind} before {intent}")).clone()
    };
    agrees(&told["touch"], &latest("touch", &|_| true));
    assert!(!list(told, "signals").is_empty(), "no signal");
    for signal in list(told, "signals") {
        let same = |row: &Value| row["indicator"] == signal["indicator"];
        agrees_somehow(signal, &latest("signal", &same));
    }
    assert_eq!(list(told, "votes").len(), 2, "two seats: {told:#}");
    for vote in list(told, "votes") {
        agrees(vote, &latest("vote", &|row| row["member"] == vote["member"]));
        assert!(vote["name"].is_string(), "{vote}");
    }
    let verdicts: Vec<&&Value> = group.iter().filter(|row| row["kind"] == "verdict").collect();
    assert_eq!(list(told, "verdicts").len(), verdicts.len());
    for (shown, recorded) in list(told, "verdicts").iter().zip(verdicts) {
        agrees_somehow(shown, recorded);
        assert_eq!(shown["verdict"], "passed", "{shown}");
    }
    let stages = told["stages_ns"].as_object().expect("nanoseconds by stage");
    assert!(stages.len() >= 5 && stages.values().all(Value::is_u64), "{stages:?}");
    assert!(told["tick_to_order_ns"].is_u64());
}

/// As `agrees`, for records that are shown with more words than the dump has.
fn agrees_somehow(shown: &Value, row: &Value) {
    for key in ["sequence", "ts_ns", "kind", "side", "price", "qty", "value", "rule", "seen"] {
        if let (Some(shown), Some(recorded)) = (shown.get(key), row.get(key)) {
            assert_eq!(shown, recorded, "{key} of {row}");
        }
    }
    assert_eq!(shown["sequence"], row["sequence"]);
    assert_eq!(shown["kind"], row["kind"]);
}

fn ties_the_life(recorded: &Recorded, told: &Value, id: &str) {
    let life = list(told, "life");
    for kind in ["transition", "report"] {
        let rows: Vec<&Value> =
            recorded.of_kind(kind).filter(|row| row["client_order_id"] == id).collect();
        let shown: Vec<&Value> = life.iter().filter(|row| row["kind"] == kind).collect();
        assert_eq!(shown.len(), rows.len(), "{kind} of {id}");
        for (shown, row) in shown.into_iter().zip(rows) {
            agrees(shown, row);
        }
    }
    let last = life.iter().rfind(|row| row["kind"] == "transition").expect("a state");
    assert_eq!(told["state"], last["to"]);
}

#[test]
fn why_tells_people_the_same() {
    let order = orders().into_iter().find(|order| order["state"] == "FILLED").expect("a fill");
    let id = text(&order, "client_order_id");
    let page = althing(&["why", id, "--journal", shared().journal_text()]).run().code(0).text();
    let words = [id, text(&order, "instrument"), text(&order, "price"), "FILLED", "microprice"];
    for word in words.into_iter().chain(["order_rate", "momentum", "microstructure"]) {
        assert!(page.contains(word), "{word}:\n{page}");
    }
}

#[test]
fn why_finds_the_journal_of_a_state_directory() {
    let order = &orders()[0];
    let id = text(order, "client_order_id");
    let state = shared().scratch.at("state");
    let told = althing(&["why", id, "--state", &state, "--json"]).run().code(0).json();
    assert_eq!(told["client_order_id"], id);
}

#[test]
fn an_order_that_a_rule_refused_is_denied_and_why_names_the_rule() {
    let scratch = crate::scratch::Scratch::new();
    let arguments = ["--virtual", "--seed", "7", "--duration", "1"];
    let summary = crate::worlds::demo(&scratch, &arguments)
        .env("ALTHING__RISK__MAX_ORDER_NOTIONAL__LIMIT", "1")
        .run()
        .code(0)
        .json();
    assert_eq!(count(&summary, "orders"), 0);
    let denied = count(&summary["denied"], "max_order_notional");
    let journal = text(&summary, "journal");
    let listed = althing(&["orders", "--journal", journal, "--json"]).run().code(0).json();
    assert!(denied > 0 && list(&listed, "orders").len() as u64 == denied, "{summary:#}");
    for order in list(&listed, "orders") {
        assert_eq!(order["state"], "DENIED", "{order}");
    }
    let id = text(&list(&listed, "orders")[0], "client_order_id");
    let states = list(&list(&listed, "orders")[0], "states");
    assert_eq!(states.len(), 1, "{states:?}");
    let told = althing(&["why", id, "--journal", journal, "--json"]).run().code(0).json();
    let last = list(&told, "verdicts").last().expect("a verdict");
    assert_eq!(
        (&last["verdict"], &last["name"]),
        (&"refused".into(), &"max_order_notional".into())
    );
    assert_eq!(told["state"], "DENIED");
    assert!(told["approved"].is_null() && told["action"].is_null(), "{told:#}");
    let page = althing(&["why", id, "--journal", journal]).run().code(0).text();
    assert!(page.contains("max_order_notional"), "{page}");
}

#[test]
fn an_order_that_is_not_there_is_named() {
    // An id of another epoch with its checksum: made by another seed.
    let other = crate::worlds::ran(&["--virtual", "--seed", "8", "--duration", "2"]);
    let listed = althing(&["orders", "--journal", other.journal_text(), "--json"]).run().json();
    let foreign = text(list(&listed, "orders").first().expect("an order"), "client_order_id");
    let here = shared().journal_text();
    althing(&["why", foreign, "--journal", here]).run().code(1).names(&[foreign]);
    // Not an id of ours at all.
    let broken = "0123456789abcdef0123456789abcdef";
    althing(&["why", broken, "--journal", here]).run().code(2).names(&[broken, "checksum"]);
    althing(&["why", "12", "--journal", here]).run().code(2).names(&["32"]);
}
