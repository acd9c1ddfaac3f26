//! The demo: `althing --json` over real sockets, and the document that others test against
//! (DESIGN, section 8).

use crate::audit::audit;
use crate::program::Finished;
use crate::scratch::Scratch;
use crate::summary::{count, is_decimal, is_digest, list, text};
use crate::worlds::{Run, demo, files};
use serde_json::Value;
use std::path::Path;

const COUNTS: [&str; 12] = [
    "frames",
    "events",
    "signals",
    "votes",
    "intents",
    "orders",
    "fills",
    "gaps",
    "crossed",
    "undecodable",
    "dropped",
    "allocations_after_seal",
];

fn is_latency(value: &Value) -> bool {
    let keys = ["p50_ns", "p99_ns", "p999_ns", "max_ns"];
    let times: Vec<_> = keys.iter().filter_map(|key| value[key].as_u64()).collect();
    times.len() == keys.len() && times.is_sorted()
}

/// Every key of the contract, with its type.
fn keeps_the_contract(document: &Value) {
    for key in COUNTS.into_iter().chain(["allocations_tls"]) {
        count(document, key);
    }
    for key in ["elapsed_s", "frames_per_s"] {
        assert!(document[key].as_f64().is_some_and(|n| n > 0.0), "{key}: {}", document[key]);
    }
    for rule in document["denied"].as_object().expect("refusals by rule").values() {
        assert!(rule.is_u64());
    }
    assert!(!text(document, "layout").is_empty());
    for pinned in list(document, "pinned") {
        assert!(pinned["actor"].is_string() && pinned["applied"].is_boolean(), "{pinned}");
        assert!(pinned["core"].is_u64() || pinned["core"].is_null(), "{pinned}");
    }
    assert!(is_digest(text(document, "order_digest")));
    assert!(document["replay_equal"].is_boolean());
    let stages = document["stages"].as_object().expect("latency by stage");
    for stage in ["normalizer", "indicator", "council", "risk", "gateway"] {
        assert!(is_latency(&stages[stage]), "{stage}: {}", stages[stage]);
    }
    assert!(is_latency(&document["tick_to_order"]));
    let positions = document["position"].as_object().expect("quantity by instrument");
    assert!(!positions.is_empty() && positions.values().all(is_decimal), "{positions:?}");
    assert!(is_decimal(&document["pnl"]) && is_decimal(&document["fees"]));
}

fn holds_only_sealed_files(document: &Value, state: &Path) {
    let journal = Path::new(text(document, "journal"));
    assert!(journal.is_absolute() && journal.starts_with(state), "{}", journal.display());
    let inside = files(journal);
    assert!(!inside.is_empty());
    for file in inside {
        let bytes = std::fs::read(&file).expect("a segment");
        // The tag of a seal's first line, 192 bytes before the end; see the journal's format.
        let seal = bytes.len().saturating_sub(192);
        assert!(bytes[seal..].starts_with(b"ALTHSEA1"), "{} is not sealed", file.display());
    }
}

fn finished(scratch: &Scratch, arguments: &[&str]) -> Finished {
    demo(scratch, arguments).run().code(0)
}

#[test]
fn keeps_every_promise_of_the_contract_over_sockets() {
    let scratch = Scratch::new();
    let report = scratch.at("report.json");
    let arguments = ["--seed", "7", "--duration", "3", "--report", &report];
    let ended = finished(&scratch, &arguments);
    let document = ended.json();
    keeps_the_contract(&document);
    holds_only_sealed_files(&document, scratch.path());
    for key in ["allocations_after_seal", "gaps", "crossed", "undecodable", "dropped"] {
        assert_eq!(count(&document, key), 0, "{key} of {document:#}");
    }
    assert_eq!(document["replay_equal"], true);
    assert_eq!(document["venue_agrees"], true);
    for key in ["frames", "events", "signals", "votes", "orders"] {
        assert!(count(&document, key) > 0, "{key} of {document:#}");
    }
    assert!(!ended.err.is_empty(), "progress goes to standard error");
    let written = std::fs::read(&report).expect("the report");
    assert_eq!(serde_json::from_slice::<Value>(&written).expect("JSON"), document);
    audit(&Run { summary: document, scratch });
}

#[test]
fn shows_a_page_for_people_with_the_journal_in_its_last_line() {
    let scratch = Scratch::new();
    let state = scratch.at("state");
    let arguments = ["--virtual", "--duration", "1", "--rate", "200", "--instrument", "BTCUSDT"];
    let all = [&arguments[..], &["--state", &state]].concat();
    let page = crate::program::althing(&all).run().code(0).text();
    for row in ["decided", "position", "money", "memory", "digest", "replay", "venue"] {
        assert!(page.lines().any(|line| line.trim_start().starts_with(row)), "{row}:\n{page}");
    }
    let last = page.lines().last().expect("a last line").trim();
    let journal = last.strip_prefix("journal").expect("the journal").trim();
    // One segment, and the copy of its seal.
    assert_eq!(files(Path::new(journal)).len(), 2);
}

#[test]
fn takes_a_new_directory_when_none_is_given() {
    let arguments =
        ["--json", "--virtual", "--duration", "1", "--rate", "200", "--instrument", "BTCUSDT"];
    let scratch = Scratch::new();
    let run = || {
        let temporary = scratch.path().display().to_string();
        crate::program::althing(&arguments).env("TMPDIR", &temporary).run().code(0).json()
    };
    let (first, second) = (run(), run());
    assert_eq!(first["order_digest"], second["order_digest"]);
    assert_ne!(first["journal"], second["journal"]);
    for document in [&first, &second] {
        holds_only_sealed_files(document, scratch.path());
    }
}

#[test]
fn refuses_a_state_in_which_the_ids_of_this_seed_are_used() {
    let scratch = Scratch::new();
    let arguments = ["--virtual", "--duration", "1", "--rate", "200", "--instrument", "BTCUSDT"];
    demo(&scratch, &arguments).run().code(0);
    demo(&scratch, &arguments).run().code(5).names(&["ids are used once", "--state"]);
}
