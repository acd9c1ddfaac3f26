//! Paper against a venue's public streams: a simulated exchange in another process stands for the
//! real one, over TLS with a certificate of our own. Orders are filled by the engine's own model,
//! and the venue counts what reached it: none.

use crate::audit::audit;
use crate::captures::recorded;
use crate::program::{Program, Running, althing};
use crate::recorded::Recorded;
use crate::scratch::Scratch;
use crate::summary::{count, decimal, text};
use crate::worlds::Run;
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A venue in another process, its addresses, and the certificate to trust.
struct Venue {
    running: Running,
    told: Value,
    certificate: String,
}

fn venue(scratch: &Scratch, dialect: &str, more: &[&str]) -> Venue {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let certificate = scratch.file("certificate.pem", made.cert.pem());
    let key = scratch.file("key.pem", made.signing_key.serialize_pem());
    start(certificate, &key, dialect, more)
}

fn start(certificate: String, key: &str, dialect: &str, more: &[&str]) -> Venue {
    let tls = ["--tls-certificate", &certificate, "--tls-key", key];
    let arguments = ["venue", "--dialect", dialect, "--json"];
    let mut running = althing(&[&arguments[..], &tls, more].concat()).start();
    let told: Value = running.until(|out, _| serde_json::from_str(out).ok());
    assert!(text(&told, "rest").starts_with("https://localhost:"), "{told}");
    assert!(text(&told, "ws").starts_with("wss://localhost:"), "{told}");
    Venue { running, told, certificate }
}

impl Venue {
    /// Ends it; what it counted of orders, fills and refusals must be nothing.
    fn heard_of_no_order(self) {
        self.running.terminate();
        let ended = self.running.finish().code(0);
        ended.names(&["orders 0  fills 0  refusals 0"]);
    }
}

/// `run` in paper mode on that venue, with the demo's lively members.
fn paper(scratch: &Scratch, venue: &Venue, more: &[&str]) -> Program {
    paper_of("demo.toml", scratch, venue, more)
}

fn paper_of(config: &str, scratch: &Scratch, venue: &Venue, more: &[&str]) -> Program {
    let (file, state) = (format!("{ROOT}/configs/{config}"), scratch.at("state"));
    let arguments = ["run", "--config", &file, "--state", &state, "--json"];
    althing(&[&arguments[..], more].concat())
        .env("ALTHING__ENGINE__MODE", "paper")
        .env("ALTHING__METRICS__LISTEN", "127.0.0.1:0")
        .env("ALTHING__VENUES__BINANCE__NETWORK", "custom")
        .env("ALTHING__VENUES__BINANCE__DIALECT", text(&venue.told, "dialect"))
        .env("ALTHING__VENUES__BINANCE__REST", text(&venue.told, "rest"))
        .env("ALTHING__VENUES__BINANCE__WS", text(&venue.told, "ws"))
        .env("ALTHING__VENUES__BINANCE__EXTRA_CA", &venue.certificate)
}

/// What a paper run on an undisturbed market must be.
fn assert_whole(run: &Run) {
    let summary = &run.summary;
    for key in ["gaps", "crossed", "undecodable", "dropped", "orders_left_open"] {
        assert_eq!(count(summary, key), 0, "{key}: {summary}");
    }
    assert!(count(summary, "orders") > 0 && count(summary, "fills") > 0, "{summary}");
    assert_eq!(summary["venue_agrees"], true, "{summary}");
    assert_eq!(count(summary, "allocations_after_seal"), 0, "{summary}");
    assert!(decimal(text(summary, "fees")) > 0, "{summary}");
    assert_took_all(summary);
    audit(run);
    let replay = ["replay", run.journal_text(), "--verify", "--json"];
    assert_eq!(althing(&replay).run().code(0).json()["equal"], true);
}

/// The model understood and kept every message of the market.
fn assert_took_all(summary: &Value) {
    let model = &summary["model"];
    assert!(count(model, "taken") > 0, "{summary}");
    assert_eq!((count(model, "malformed"), count(model, "dropped")), (0, 0), "{summary}");
}

/// Orders that rested and were filled after every book that had been given up was whole again.
fn filled_after_the_last_break(recorded: &Recorded) -> usize {
    let is_loss = |row: &Value| text(row, "kind") == "book_change" && text(row, "state") != "live";
    let last = recorded.rows.iter().rposition(is_loss);
    let changes: Vec<_> = recorded.of_kind("book_change").collect();
    let last = last.unwrap_or_else(|| panic!("no book was given up: {changes:?}"));
    let rows = recorded.rows[last..].iter().filter(|row| text(row, "kind") == "report");
    rows.filter(|row| text(row, "liquidity") == "MAKER").count()
}

#[test]
fn fills_come_from_the_own_model_over_tls_and_the_venue_hears_of_no_order() {
    let scratch = Scratch::new();
    let venue = venue(&scratch, "binance_usdm", &["--seed", "3", "--rate", "1000"]);
    let summary = paper(&scratch, &venue, &["--duration", "5"]).run().code(0).json();
    venue.heard_of_no_order();
    assert_whole(&Run { summary, scratch });
}

#[test]
fn spot_is_traded_on_paper_too() {
    let scratch = Scratch::new();
    let venue = venue(&scratch, "binance_spot", &["--seed", "4", "--rate", "1000"]);
    let run = paper_of("spot.toml", &scratch, &venue, &["--duration", "8"]);
    let summary = run.run().code(0).json();
    venue.heard_of_no_order();
    for key in ["gaps", "crossed", "undecodable", "dropped", "orders_left_open"] {
        assert_eq!(count(&summary, key), 0, "{key}: {summary}");
    }
    // Its orders are few, and rest: whether one fills is the market's affair.
    assert!(count(&summary, "orders") > 0, "{summary}");
    assert_eq!(summary["venue_agrees"], true, "{summary}");
    audit(&Run { summary, scratch });
}

#[test]
fn two_copies_of_each_stream_fill_an_order_once() {
    let scratch = Scratch::new();
    let venue = venue(&scratch, "binance_usdm", &["--seed", "4", "--rate", "1000"]);
    let run = paper(&scratch, &venue, &["--duration", "6"])
        .env("ALTHING__FEED__COPIES", "2")
        .env("ALTHING__FEED__ROTATE_AFTER_S", "2")
        .env("ALTHING__FEED__ROTATE_OVERLAP_MS", "300");
    let summary = run.run().code(0).json();
    venue.heard_of_no_order();
    assert_whole(&Run { summary, scratch });
}

#[test]
fn a_recorded_session_of_a_venue_is_traded_on_paper() {
    let Some(file) = recorded("binance/usdm_btcusdt_20240808.gz") else { return };
    let scratch = Scratch::new();
    let file = file.display().to_string();
    let venue = venue(&scratch, "binance_usdm", &["--capture", &file, "--speed", "20"]);
    let run = paper(&scratch, &venue, &["--duration", "5", "--instrument", "BTCUSDT"]);
    let summary = run.run().code(0).json();
    venue.heard_of_no_order();
    assert!(count(&summary, "orders") > 0, "{summary}");
    assert_eq!(summary["venue_agrees"], true, "{summary}");
    audit(&Run { summary, scratch });
}

#[test]
fn a_market_that_breaks_off_costs_no_order_and_comes_back() {
    let scratch = Scratch::new();
    let script = scratch.file(
        "script.toml",
        "[[fault]]\nat = \"6s\"\ndo = \"close\"\n[[fault]]\nat = \"8s\"\ndo = \"gap\"\n",
    );
    let more = ["--seed", "5", "--rate", "1000", "--script", &script];
    let venue = venue(&scratch, "binance_usdm", &more);
    let summary = paper(&scratch, &venue, &["--duration", "12"]).run().code(0).json();
    venue.heard_of_no_order();
    assert!(count(&summary, "orders") > 0, "{summary}");
    assert_eq!(summary["venue_agrees"], true, "{summary}");
    assert_eq!(count(&summary, "orders_left_open"), 0, "{summary}");
    assert_took_all(&summary);
    let recorded = audit(&Run { summary, scratch });
    assert!(filled_after_the_last_break(&recorded) > 0, "no resting order was filled after it");
}

#[test]
fn a_venue_that_starts_anew_fills_again_by_trades_that_it_numbers_anew() {
    let scratch = Scratch::new();
    let first = venue(&scratch, "binance_usdm", &["--seed", "6", "--rate", "1000"]);
    let mut run = paper(&scratch, &first, &["--duration", "10"]).start();
    run.until(|_, err| err.contains("running;").then_some(()));
    let address = text(&first.told, "rest").replace("https://localhost", "127.0.0.1");
    let certificate = first.certificate.clone();
    first.heard_of_no_order();
    let more = ["--seed", "6", "--rate", "1000", "--listen", &address];
    let second = start(certificate, &scratch.at("key.pem"), "binance_usdm", &more);
    let summary = run.finish().code(0).json();
    second.heard_of_no_order();
    assert_took_all(&summary);
    assert_eq!(count(&summary["model"], "repeated"), 0, "{summary}");
    let recorded = audit(&Run { summary, scratch });
    assert!(filled_after_the_last_break(&recorded) > 0, "no resting order was filled after it");
}

#[test]
fn model_is_as_far_away_as_it_is_told_to_be() {
    let scratch = Scratch::new();
    let venue = venue(&scratch, "binance_usdm", &["--seed", "7", "--rate", "1000"]);
    // The start's questions would take the model's clock seconds ahead of the market's.
    let run = paper(&scratch, &venue, &["--duration", "5"])
        .env("ALTHING__EXCHANGE__LATENCY_US", "400000");
    let summary = run.run().code(0).json();
    venue.heard_of_no_order();
    assert!(count(&summary, "orders") > 0, "{summary}");
    assert_eq!(summary["venue_agrees"], true, "{summary}");
    let recorded = audit(&Run { summary, scratch });
    let unready = recorded.of_kind("report").filter(|row| row["code"] == -4108).count();
    assert_eq!(unready, 0, "an order met a book that was whole and not known");
}

#[test]
fn what_paces_a_made_market_is_refused_on_a_venue() {
    let scratch = Scratch::new();
    let venue = venue(&scratch, "binance_usdm", &[]);
    for flag in ["--seed", "--rate", "--speed"] {
        let run = paper(&scratch, &venue, &["--duration", "1", flag, "2"]).run();
        run.code(2).names(&[flag, "from a venue", "embedded"]);
    }
    venue.heard_of_no_order();
}

#[test]
fn a_certificate_that_nobody_trusts_is_refused_before_anything_starts() {
    let scratch = Scratch::new();
    let venue = venue(&scratch, "binance_usdm", &[]);
    let other =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let other = scratch.file("other.pem", other.cert.pem());
    let run = paper(&scratch, &venue, &["--duration", "1"])
        .env("ALTHING__VENUES__BINANCE__EXTRA_CA", &other);
    run.run().code(4).names(&["https://localhost", "certificate"]);
    venue.heard_of_no_order();
}

#[test]
fn what_only_a_simulated_exchange_can_do_is_refused_on_a_venue() {
    let scratch = Scratch::new();
    let script = scratch.file("script.toml", "[[fault]]\nat = \"2s\"\ndo = \"close\"\n");
    let venue = venue(&scratch, "binance_usdm", &[]);
    let run =
        paper(&scratch, &venue, &["--duration", "1"]).env("ALTHING__EXCHANGE__SCRIPT", &script);
    run.run().code(3).names(&["exchange.script", "embedded"]);
    venue.heard_of_no_order();
}
