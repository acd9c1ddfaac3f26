//! The same seed gives the same orders, in every layout; another seed gives others.

use crate::audit::audit;
use crate::program::althing;
use crate::summary::{count, text};
use crate::worlds::{ran, shared, shared_arguments};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A run like the shared one, in another layout, compared with it.
fn is_the_same_in(layout: &str, applied: &str) {
    let mut arguments = shared_arguments("7");
    arguments.extend(["--layout", layout]);
    let (run, shared) = (ran(&arguments), shared());
    for key in ["order_digest", "orders", "cancels", "fills", "position", "pnl", "fees"] {
        assert_eq!(run.summary[key], shared.summary[key], "{key} in {layout}");
    }
    // What is counted before and after the orders is the same too.
    for key in ["frames", "events", "signals", "votes", "intents", "denied"] {
        assert_eq!(run.summary[key], shared.summary[key], "{key} in {layout}");
    }
    assert!(text(&run.summary, "layout").contains(applied), "{}", run.summary["layout"]);
    assert_eq!(run.summary["replay_equal"], true);
    assert_eq!(count(&run.summary, "allocations_after_seal"), 0);
}

#[test]
fn in_the_fused_layout() {
    is_the_same_in("fused", "fused");
}

#[test]
fn in_the_pinned_layout() {
    is_the_same_in("pinned", "pinned");
}

#[test]
fn in_groups() {
    let groups = "feed+normalizer,indicator+council+risk,gateway";
    is_the_same_in(groups, "indicator+council+risk");
}

#[test]
fn in_whatever_auto_chooses_here() {
    is_the_same_in("auto", "");
}

#[test]
fn and_not_with_another_seed() {
    let other = ran(&shared_arguments("8"));
    assert!(count(&other.summary, "orders") > 0);
    assert_ne!(other.summary["order_digest"], shared().summary["order_digest"]);
    assert_ne!(other.summary["frames"], 0);
}

#[test]
fn the_shared_run_holds_what_every_run_must() {
    let run = shared();
    assert!(count(&run.summary, "orders") >= 5, "too few to prove anything: {:#}", run.summary);
    assert!(count(&run.summary, "fills") > 0 && count(&run.summary, "cancels") > 0);
    let recorded = audit(run);
    let denied = run.summary["denied"].as_object().expect("by rule");
    let denied: u64 = denied.values().filter_map(serde_json::Value::as_u64).sum();
    assert_eq!(recorded.reported("DENIED") as u64, denied);
}

#[test]
fn the_digest_is_the_sha_256_of_the_dumped_orders() {
    let run = shared();
    let dumped = althing(&["journal", "dump", "--orders", run.journal_text()]).run().code(0);
    let digest = Sha256::digest(&dumped.out).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    assert_eq!(digest, text(&run.summary, "order_digest"));
    let lines = dumped.text();
    let actions = count(&run.summary, "orders") + count(&run.summary, "cancels");
    assert_eq!(lines.lines().count() as u64, actions);
    for line in lines.lines() {
        // action|client_order_id|instrument|side|type|tif|price|qty|flags
        let fields: Vec<&str> = line.split('|').collect();
        assert_eq!(fields.len(), 9, "{line}");
        assert!(["place", "amend", "cancel"].contains(&fields[0]), "{line}");
        assert_eq!(fields[1].len(), 32, "{line}");
        assert!(fields[2].ends_with(".BINANCE"), "{line}");
    }
}
