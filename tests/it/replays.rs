//! `replay --verify`: the recorded inputs through the line again, in every layout.

use crate::program::althing;
use crate::summary::{count, text};
use crate::worlds::shared;

fn is_equal_in(layout: &str) {
    let run = shared();
    let arguments = ["replay", run.journal_text(), "--verify", "--layout", layout, "--json"];
    let document = althing(&arguments).run().code(0).json();
    assert_eq!(document["equal"], true, "{document}");
    for key in ["order_digest", "events"] {
        assert_eq!(document[key], run.summary[key], "{key} in {layout}");
    }
    assert_eq!(count(&document, "orders"), count(&run.summary, "orders"), "{layout}");
}

#[test]
fn is_equal_in_the_fused_layout() {
    is_equal_in("fused");
}

#[test]
fn is_equal_in_the_pinned_layout() {
    is_equal_in("pinned");
}

#[test]
fn is_equal_in_groups() {
    is_equal_in("feed+normalizer,indicator+council+risk,gateway");
}

#[test]
fn is_equal_in_whatever_auto_chooses_here() {
    is_equal_in("auto");
}

#[test]
fn says_it_in_a_line_for_people() {
    let run = shared();
    let said = althing(&["replay", run.journal_text(), "--verify"]).run().code(0).text();
    assert!(said.starts_with("equal"), "{said}");
    assert!(said.contains(text(&run.summary, "order_digest")), "{said}");
}

#[test]
fn needs_nothing_of_the_environment_that_the_run_had() {
    let run = shared();
    // The journal's own configuration decides, not what is set now.
    let ended = althing(&["replay", run.journal_text(), "--verify", "--json"])
        .env("ALTHING__COUNCIL__THRESHOLD", "1")
        .env("ALTHING__RISK__MAX_POSITION__LIMIT", "0.001")
        .run()
        .code(0);
    assert_eq!(ended.json()["order_digest"], run.summary["order_digest"]);
}

#[test]
fn leaves_the_journal_as_it_was() {
    let run = shared();
    let read = || run.files().iter().map(|file| std::fs::read(file).unwrap()).collect::<Vec<_>>();
    let before = read();
    althing(&["replay", run.journal_text(), "--verify"]).run().code(0);
    assert!(before == read(), "replay wrote to the journal");
}
