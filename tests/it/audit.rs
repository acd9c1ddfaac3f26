//! What must hold of every record, whatever happened in the run, judged from the dump alone by
//! rules that share nothing with the engine.
//!
//! Fed by `faults`, `demo`, `captures` and `run_verb`. Never here: a rule of one scenario.

use crate::recorded::Recorded;
use crate::summary::{count, decimal, list, text};
use crate::worlds::Run;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// States that nothing follows.
const TERMINAL: [&str; 6] = ["FILLED", "CANCELED", "EXPIRED", "REJECTED", "DENIED", "ABSENT"];

/// Audits a run's journal, and its summary against it; gives the journal for more questions.
pub(crate) fn audit(run: &Run) -> Recorded {
    let recorded = Recorded::of(run.journal());
    sequence(&recorded);
    books(&recorded);
    lives(&recorded, &run.summary);
    locks(&recorded);
    ledger(&recorded, &run.summary);
    counts(&recorded, &run.summary);
    recorded
}

/// Groups are numbered from 1 without a hole, time never goes back, each ends with END and begins
/// with its input.
fn sequence(recorded: &Recorded) {
    const MADE: [&str; 10] = [
        "touch",
        "signal",
        "vote",
        "shadow_vote",
        "intent",
        "verdict",
        "approved",
        "action",
        "transition",
        "timing",
    ];
    let mut time = i64::MIN;
    for (number, group) in (1..).zip(recorded.groups()) {
        let (first, last) = (&group[0], &group[group.len() - 1]);
        assert_eq!(count(first, "sequence"), number, "a hole before {first}");
        assert!(!MADE.contains(&text(first, "kind")), "begins with no input: {first}");
        let now = first["ts_ns"].as_i64().expect("a time");
        assert!(now >= time, "time goes back at {first}");
        assert!(group.iter().all(|row| row["ts_ns"] == first["ts_ns"]), "two times at {number}");
        let ends = group.iter().filter(|row| row["end"] == true).count();
        assert!(ends == 1 && last["end"] == true, "END of {number}: {last}");
        time = now;
    }
}

/// Nothing is placed on a book that is not LIVE, and a book is LIVE only with a snapshot behind it.
fn books(recorded: &Recorded) {
    let mut states: BTreeMap<&str, &str> = BTreeMap::new();
    let mut filled: BTreeSet<&str> = BTreeSet::new();
    for row in &recorded.rows {
        let instrument = text(row, "instrument");
        match text(row, "kind") {
            "book_reset" => {
                filled.insert(instrument);
            }
            "book_change" => {
                let state = text(row, "state");
                let empty = state == "live" && !filled.contains(instrument);
                assert!(!empty, "LIVE without a snapshot: {row}");
                states.insert(instrument, state);
            }
            "action" if text(row, "action") != "cancel" => {
                let state = states.get(instrument).copied().unwrap_or("none");
                assert_eq!(state, "live", "an order left on a book that is not: {row}");
            }
            _ => {}
        }
    }
}

/// Every order is placed once, was approved before, and its states follow each other to an end that
/// nothing follows. What is left without an end is UNKNOWN, and the summary says how many.
fn lives(recorded: &Recorded, summary: &Value) {
    let mut approved = BTreeSet::new();
    let mut placed = BTreeSet::new();
    let mut states: BTreeMap<&str, &str> = BTreeMap::new();
    for row in &recorded.rows {
        let kind = text(row, "kind");
        let place = row["action"] == "place";
        match kind {
            "approved" if place => {
                assert!(approved.insert(text(row, "client_order_id")), "approved twice: {row}");
            }
            "action" if place => {
                let id = text(row, "client_order_id");
                assert!(approved.contains(id), "placed without approval: {row}");
                assert!(placed.insert(id), "placed twice: {row}");
            }
            "transition" => {
                let id = text(row, "client_order_id");
                let (from, to) = (text(row, "from"), text(row, "to"));
                let before = states.insert(id, to).unwrap_or("INITIALIZED");
                assert_eq!(before, from, "does not follow what was: {row}");
                assert!(!TERMINAL.contains(&from), "follows an end: {row}");
            }
            _ => {}
        }
    }
    let mut unknown = 0;
    for id in placed {
        let state = states.get(id).copied().unwrap_or("none");
        assert!(TERMINAL.contains(&state) || state == "UNKNOWN", "order {id} is left {state}");
        unknown += u64::from(state == "UNKNOWN");
    }
    assert_eq!(unknown, count(summary, "orders_left_open"), "UNKNOWN at the end");
}

/// While nobody knows what became of an order, its instrument gets no other that could add to it.
fn locks(recorded: &Recorded) {
    let mut unknown: BTreeMap<&str, &str> = BTreeMap::new();
    for row in &recorded.rows {
        match text(row, "kind") {
            "transition" => {
                let id = text(row, "client_order_id");
                if text(row, "to") == "UNKNOWN" {
                    unknown.insert(id, text(row, "instrument"));
                } else {
                    unknown.remove(id);
                }
            }
            "action" if row["action"] == "place" && row["flags"] != "reduce_only" => {
                let locked = unknown.values().any(|locked| *locked == text(row, "instrument"));
                assert!(!locked, "placed beside one that is UNKNOWN: {row}");
            }
            _ => {}
        }
    }
}

/// Positions and fees, added up from the fills, are the summary's. Each trade of the venue counts
/// once, however often it is told.
fn ledger(recorded: &Recorded, summary: &Value) {
    let mut positions: BTreeMap<String, i128> = BTreeMap::new();
    let mut fees = 0;
    for group in recorded.groups() {
        for (at, row) in group.iter().enumerate() {
            if text(row, "kind") != "report" || !text(row, "status").starts_with("FILL") {
                continue;
            }
            let (buys, instrument) = (text(row, "side") == "BUY", text(row, "instrument"));
            let held = positions.entry(instrument.to_owned()).or_default();
            *held += if buys { 1 } else { -1 } * decimal(text(row, "qty"));
            let detail = group[at..].iter().find(|row| text(row, "kind") == "report_detail");
            let fee = detail.map_or(0, |detail| decimal(text(detail, "fee")));
            // On spot a fee is taken out of what a fill brings.
            let in_base = buys && !instrument.contains("-PERP");
            *(if in_base { held } else { &mut fees }) += if in_base { -fee } else { fee };
        }
    }
    let told = summary["position"].as_object().expect("positions by instrument");
    for (instrument, qty) in told {
        let ours = positions.remove(instrument).unwrap_or_default();
        let theirs = decimal(qty.as_str().expect("a decimal string"));
        assert_eq!(ours, theirs, "position of {instrument} in {summary:#}");
    }
    positions.retain(|_, held| *held != 0);
    assert!(positions.is_empty(), "not in the summary: {positions:?}");
    assert_eq!(fees, decimal(text(summary, "fees")), "fees of {summary:#}");
}

/// What the summary counts is what the journal holds.
fn counts(recorded: &Recorded, summary: &Value) {
    let of =
        |kind, action| recorded.of_kind(kind).filter(|row| row["action"] == action).count() as u64;
    assert_eq!(of("action", "place"), count(summary, "orders"));
    assert_eq!(of("action", "cancel"), count(summary, "cancels"));
    assert_eq!(recorded.groups().count() as u64, count(summary, "events"));
    assert_eq!(recorded.count("signal"), count(summary, "signals"));
    assert_eq!(recorded.count("vote"), count(summary, "votes"));
    assert_eq!(recorded.count("intent"), count(summary, "intents"));
    let fills = recorded.of_kind("report").filter(|r| text(r, "status").starts_with("FILL"));
    assert_eq!(fills.count() as u64, count(summary, "fills"));
    let denied: u64 = summary["denied"].as_object().expect("by rule").values().map(number).sum();
    let refused = recorded.of_kind("verdict").filter(|row| row["verdict"] == "refused");
    assert_eq!(refused.count() as u64, denied);
    assert!(!list(summary, "pinned").is_empty());
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}
