//! `status`, `positions`, `members` and `rules`: where a run stands, and what may be
//! configured, as documents and as pages.

use crate::program::althing;
use crate::worlds::shared;

#[test]
fn status_has_the_keys_of_the_contract_and_agrees_with_the_summary() {
    let run = shared();
    let status = althing(&["status", "--journal", run.journal_text(), "--json"]).run().code(0);
    let status = status.json();
    let keys = ["world", "armed", "breaker", "orders", "unknown", "positions", "balances"];
    for key in keys.iter().chain(&["feeds", "books"]) {
        assert!(!status[*key].is_null(), "{key} is missing: {status:#}");
    }
    let breaker = &status["breaker"][0];
    assert_eq!((&breaker["scope"], &breaker["state"]), (&"engine".into(), &"STOPPED".into()));
    assert_eq!(breaker["cause"], "stop");
    let placed = run.summary["orders"].as_u64().expect("orders");
    let by_state = status["orders"].as_object().expect("by state");
    let sent = by_state.iter().filter(|(state, _)| *state != "DENIED");
    let sent: u64 = sent.filter_map(|(_, count)| count.as_u64()).sum();
    assert_eq!(sent, placed, "{status:#}");
    for position in status["positions"].as_array().expect("positions") {
        let instrument = position["instrument"].as_str().expect("a name");
        assert_eq!(position["qty"], run.summary["position"][instrument], "{position}");
    }
    for (ours, theirs) in [("pnl", "pnl"), ("fees", "fees"), ("events", "events")] {
        assert_eq!(status[ours], run.summary[theirs], "{ours}");
    }
    assert_eq!(status["unknown"], serde_json::json!([]));
    assert_eq!(status["sealed"], true);
}

#[test]
fn status_and_positions_are_pages_too() {
    let run = shared();
    let page = althing(&["status", "--journal", run.journal_text()]).run().code(0).text();
    for head in ["breaker ", "orders ", "position ", "balance ", "feed ", "book "] {
        assert!(page.lines().any(|line| line.starts_with(head)), "no {head:?} in:\n{page}");
    }
    let positions = althing(&["positions", "--journal", run.journal_text()]).run().code(0).text();
    assert!(positions.lines().all(|line| page.contains(line)), "{positions}\n{page}");
    let document = althing(&["positions", "--journal", run.journal_text(), "--json"]).run();
    assert_eq!(document.code(0).json()["fees"], run.summary["fees"]);
}

#[test]
fn members_and_rules_list_everything_or_what_was_asked_for() {
    for (verb, known) in [("members", "momentum"), ("rules", "max_position")] {
        let all = althing(&[verb, "--json"]).run().code(0).json();
        let entries = all[verb].as_array().expect("a list").clone();
        let one = entries.iter().find(|entry| entry["name"] == known).expect("it is there");
        assert!(one["params"].as_array().is_some_and(|params| !params.is_empty()), "{one}");
        assert!(one["meaning"].as_str().is_some_and(|words| words.len() > 10), "{one}");
        let alone = althing(&[verb, known, "--json"]).run().code(0).json();
        assert_eq!(alone[verb], serde_json::json!([one]));
        let page = althing(&[verb]).run().code(0).text();
        let names = entries.iter().filter_map(|entry| entry["name"].as_str());
        for name in names {
            assert!(page.contains(name), "{name} is not in:\n{page}");
        }
        althing(&[verb, "nope"]).run().code(2).names(&["nope", known]);
    }
}
