//! The spot market in every world: balances instead of positions, no short selling, a private
//! stream that is subscribed on a session of the API.

use crate::audit::audit;
use crate::misfortune::Misfortune;
use crate::program::althing;
use crate::recorded::Recorded;
use crate::scratch::Scratch;
use crate::summary::{count, decimal, text};
use crate::worlds::{Run, demo};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// What must hold of every run here.
fn holds(summary: &Value, said: &str) {
    for key in ["gaps", "crossed", "undecodable", "dropped", "allocations_after_seal"] {
        assert_eq!(count(summary, key), 0, "{key}\n{said}");
    }
    assert!(count(summary, "orders") > 0, "{said}");
    assert_eq!(count(summary, "orders_left_open"), 0, "{said}");
    assert_eq!(summary["replay_equal"], true, "{said}");
    assert_eq!(summary["venue_agrees"], true, "{said}");
}

fn config() -> String {
    format!("{ROOT}/configs/spot.toml")
}

/// A run of the shipped file, or of the demo put on spot.
fn trades(arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let scratch = Scratch::new();
    let mut program = demo(&scratch, arguments);
    for (name, value) in environment {
        program = program.env(name, value);
    }
    let ended = program.run().code(0);
    let summary = ended.json();
    holds(&summary, &ended.said());
    let run = Run { summary, scratch };
    audit(&run);
    run
}

#[test]
fn the_shipped_file_trades_in_virtual_time_and_pays_fees_out_of_what_is_bought() {
    let config = config();
    let digests = ["fused", "pinned"].map(|layout| {
        let arguments = ["--config", &config, "--virtual", "--duration", "6", "--layout", layout];
        let run = trades(&arguments, &[]);
        assert!(count(&run.summary, "fills") > 0);
        let position = text(&run.summary["position"], "BTCUSDT.BINANCE");
        // The fee of a buy is paid in what it brings: no whole number of the orders' size.
        assert_ne!(decimal(position) % decimal("0.01"), 0, "{position}");
        text(&run.summary, "order_digest").to_owned()
    });
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn the_shipped_file_trades_over_sockets_and_the_venue_agrees() {
    let run = trades(&["--config", &config(), "--duration", "6"], &[]);
    let positions = run.summary["position"].as_object().expect("by instrument");
    assert_eq!(positions.keys().collect::<Vec<_>>(), ["BTCUSDT.BINANCE"]);
}

#[test]
fn the_run_verb_trades_the_shipped_file() {
    let scratch = Scratch::new();
    let (config, state) = (config(), scratch.at("state"));
    let arguments = ["run", "--config", &config, "--state", &state, "--duration", "4", "--json"];
    let ended = althing(&arguments).run().code(0);
    let summary = ended.json();
    assert!(count(&summary, "orders") > 0, "{}", ended.said());
    assert_eq!(summary["venue_agrees"], true, "{}", ended.said());
}

#[test]
fn the_demo_goes_to_spot_with_a_flag_and_logs_on_there_with_an_ed25519_key() {
    let arguments = ["--venue", "binance_spot", "--virtual", "--seed", "7", "--duration", "5"];
    let plain = trades(&arguments, &[]);
    let positions = plain.summary["position"].as_object().expect("by instrument");
    assert_eq!(positions.keys().collect::<Vec<_>>(), ["BTCUSDT.BINANCE", "ETHUSDT.BINANCE"]);
    trades(&arguments, &[("ALTHING__VENUES__BINANCE__KEY_TYPE", "ed25519")]);
    let sockets = ["--venue", "binance_spot", "--seed", "7", "--duration", "4"];
    trades(&sockets, &[("ALTHING__VENUES__BINANCE__KEY_TYPE", "ed25519")]);
}

/// The first lines of the recorded spot market, in a file.
fn recording(scratch: &Scratch) -> Option<String> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let root = std::env::var_os("ALTHING_DATA").map_or_else(|| beside.into(), PathBuf::from);
    let path = root.join("captures/binance/spot_btcusdt_20240808.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        eprintln!("SKIPPED: {} is missing; set ALTHING_DATA to the data folder", path.display());
        return None;
    };
    let lines = BufReader::new(flate2::read::MultiGzDecoder::new(file)).lines();
    let lines: Vec<String> = lines.take(4_000).map(|line| line.expect("a line")).collect();
    Some(scratch.file("spot", lines.join("\n")))
}

#[test]
fn a_spot_recording_is_known_as_one_and_traded_in_virtual_and_in_real_time() {
    let scratch = Scratch::new();
    let Some(capture) = recording(&scratch) else { return };
    let virtually = trades(&["--capture", &capture, "--virtual"], &[]);
    assert!(count(&virtually.summary, "orders") >= 5, "{:#}", virtually.summary);
    assert_eq!(count(&virtually.summary["frames_by_type"], "snapshot"), 1);
    // Half a minute of the market in three seconds: time for several orders.
    trades(&["--capture", &capture, "--speed", "10"], &[]);
    let config = config();
    trades(&["--config", &config, "--capture", &capture, "--speed", "10"], &[]);
}

#[test]
fn a_sell_that_nothing_pays_for_is_denied_here_and_never_reaches_the_venue() {
    // Nothing but what was bought may be sold.
    let bought = [("ALTHING__RISK__MAX_SHORT__LIMIT", "0")];
    let arguments = ["--config", &config(), "--virtual", "--duration", "8", "--seed", "2"];
    let run = trades(&arguments, &bought);
    let denied = run.summary["denied"]["max_short"].as_u64();
    assert!(denied.is_some_and(|denied| denied > 0), "{:#}", run.summary);
    let position = text(&run.summary["position"], "BTCUSDT.BINANCE");
    assert!(decimal(position) >= 0, "sold what was not bought: {position}");
    let recorded = Recorded::of(run.journal());
    assert_eq!(recorded.reached("REJECTED"), 0, "the venue was asked: {:#}", run.summary);
}

#[test]
fn a_limit_that_the_account_cannot_pay_is_refused_at_the_start_with_the_key_to_write() {
    for world in [&["--virtual"][..], &[]] {
        let scratch = Scratch::new();
        let config = config();
        let arguments = [&["--config", &config, "--duration", "2"], world].concat();
        let ended = demo(&scratch, &arguments)
            .env("ALTHING__RISK__MAX_POSITION__LIMIT", "1000")
            .env("ALTHING__RISK__MAX_SHORT__LIMIT", "100.5")
            .run()
            .code(3);
        for word in ["risk.max_short", "100.5 BTC", "holds 100 BTC", "BTCUSDT"] {
            assert!(ended.err.contains(word), "{word} is missing: {}", ended.err);
        }
    }
}

#[test]
fn instruments_of_the_other_market_are_told_with_their_name_here() {
    let scratch = Scratch::new();
    let said = |arguments: &[&str], code| demo(&scratch, arguments).run().code(code).err;
    let config = config();
    let other = said(&["--config", &config, "--venue", "binance_usdm"], 2);
    assert!(other.contains("trades on binance_spot"), "{other}");
    let perpetual = said(&["--config", &config, "--instrument", "BTCUSDT-PERP.BINANCE"], 2);
    assert!(perpetual.contains("BTCUSDT-PERP.BINANCE"), "{perpetual}");
    let unknown = said(&["--venue", "binance_spot", "--instrument", "SOLUSDT"], 2);
    assert!(unknown.contains("BTCUSDT, ETHUSDT"), "{unknown}");
}

/// The demo on spot against a script.
fn spoilt(run: Misfortune) -> Misfortune {
    run.on_spot()
}

#[test]
fn a_subscription_that_the_venue_ends_is_made_anew() {
    // The private stream is a session of the API here: all three are lost at once.
    let faults =
        ["at = '1500ms'; do = 'close'; target = 'api'", "when = 'executionReport#4'; do = 'close'"];
    for run in [Misfortune::in_virtual_time(5, &faults), Misfortune::over_sockets(10, &faults)] {
        let run = spoilt(run).survived().after("close", 2);
        let ops: Vec<&str> = run.recorded.of_kind("command").map(|row| text(row, "op")).collect();
        let times = |op: &str| ops.iter().filter(|told| **told == op).count();
        assert_eq!((times("private_link_down"), times("private_link_up")), (2, 3), "{ops:?}");
    }
}

#[test]
fn the_second_order_connection_takes_over_on_spot_too() {
    let faults =
        ["when = 'order.place#2'; do = 'close'", "when = 'order.place#4'; do = 'drop_ack'"];
    for run in [Misfortune::in_virtual_time(5, &faults), Misfortune::over_sockets(10, &faults)] {
        let run = spoilt(run).survived().after("close", 1).after("drop_ack", 1);
        assert_eq!(run.count("order_link_switched"), 1, "{:#}", run.run.summary);
    }
}
