//! Funding and balances: what the venue tells of the account reaches every number of ours.

use crate::program::althing;
use crate::scratch::Scratch;
use crate::summary::{count, decimal, text};
use crate::worlds::{demo, ran};
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A market quiet enough for a test, and two due times.
const ARGUMENTS: &[&str] = &["--virtual", "--seed", "7", "--duration", "130", "--rate", "200"];

fn status(summary: &Value) -> Value {
    althing(&["status", "--journal", text(summary, "journal"), "--json"]).run().code(0).json()
}

fn balance<'s>(status: &'s Value, asset: &str) -> &'s str {
    let told = status["balances"].as_array().expect("balances").iter();
    text(told.clone().find(|told| told["asset"] == asset).expect("told"), "total")
}

#[test]
fn a_payment_moves_pnl_and_balance_and_the_venue_agrees() {
    let scratch = Scratch::new();
    let program = demo(&scratch, ARGUMENTS)
        .env("ALTHING__EXCHANGE__FUNDING_RATE", "0.01")
        .env("ALTHING__EXCHANGE__FUNDING_INTERVAL_MIN", "1");
    let with = program.run().code(0).json();
    for key in ["venue_agrees", "replay_equal"] {
        assert_eq!(with[key], true, "{key}: {with}");
    }
    assert_eq!(count(&with, "allocations_after_seal"), 0);
    let other = ran(ARGUMENTS);
    let without = &other.summary;
    assert_eq!((&without["funding"], &without["venue_agrees"]), (&"0".into(), &true.into()));
    let funding = decimal(text(&with, "funding"));
    assert_ne!(funding, 0, "{with}");
    // The venue settles at eight decimals, cut toward zero: each fill and payment by itself.
    let settlements = i128::from(count(&with, "fills") + 10);
    let with = status(&with);
    assert_eq!(decimal(text(&with, "funding")), funding);
    let told = decimal(balance(&with, "USDT"));
    // The wallet as the venue told it last is what we began with and what we made of it, but for
    // what each settlement cuts off.
    let positions = with["positions"].as_array().expect("positions").iter();
    let realised: i128 = positions.map(|held| decimal(text(held, "realised"))).sum();
    let fees = decimal(text(&with, "fees"));
    let made = decimal("1000000") + realised - fees + funding;
    let cut = settlements * decimal("0.00000001");
    assert!((told - made).abs() < cut, "{told} is not {made}, give or take {cut}");
}

#[test]
fn spot_balances_are_as_last_told() {
    let config = format!("{ROOT}/configs/spot.toml");
    let run = ran(&["--config", &config, "--virtual", "--duration", "6"]);
    assert_eq!(run.summary["venue_agrees"], true);
    // 100 at the start.
    let sold = decimal(text(&run.summary["position"], "BTCUSDT.BINANCE"));
    assert_ne!(sold, 0);
    let status = status(&run.summary);
    assert_eq!(decimal(balance(&status, "BTC")) - decimal("100"), sold);
}
