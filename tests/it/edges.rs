//! What a user meets at the edges: coins that cost next to nothing, an instrument that does not
//! trade, a state that another engine holds, an output that takes no more.
#![allow(clippy::disallowed_methods, reason = "a venue of this test's own has a thread")]

use crate::audit::audit;
use crate::program::{Finished, althing};
use crate::scratch::Scratch;
use crate::summary::{count, decimal, text};
use crate::worlds::{Run, demo};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A recording of a coin that trades at a few hundred-thousandths: five seconds of a book that
/// leans to one side, with trades.
fn cheap_coin() -> String {
    const BEGIN: u64 = 1_723_161_255_000;
    let levels = |first: u64, step: i64, qty: &str| -> Vec<[String; 2]> {
        let price = |at: i64| first.saturating_add_signed(at * step);
        (0..20).map(|at| [format!("0.{:08}", price(at)), qty.to_owned()]).collect()
    };
    let snapshot = json!({"lastUpdateId": 1005, "E": BEGIN, "T": BEGIN,
        "bids": levels(1_216, -1, "9000000"), "asks": levels(1_217, 1, "1000000")});
    let mut lines = Vec::new();
    for turn in 0..100_u64 {
        let (at, last) = (BEGIN + turn * 50, 1_000 + turn * 10);
        let depth = json!({"e": "depthUpdate", "E": at, "T": at, "s": "CHEAPUSDT",
            "U": last - 9, "u": last, "pu": last - 10,
            "b": [["0.00001216", (9_000_000 + turn * 1_000).to_string()]], "a": []});
        let trade = json!({"e": "trade", "E": at, "T": at, "s": "CHEAPUSDT", "t": turn + 1,
            "p": "0.00001217", "q": "150000", "X": "MARKET", "m": false});
        for (place, stream, data) in [(0, "depth@0ms", depth), (1, "trade", trade)] {
            let frame = json!({"stream": format!("cheapusdt@{stream}"), "data": data});
            lines.push(format!("{at}00{place}000 {frame}"));
        }
        if turn == 0 {
            lines.push(format!("{at}002000 {snapshot}"));
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn a_coin_of_a_hundred_thousandth_is_played_in_sizes_of_its_own() {
    let scratch = Scratch::new();
    let capture = scratch.file("cheap", cheap_coin());
    let arguments = ["--virtual", "--capture", &capture, "--speed", "max"];
    let ended = demo(&scratch, &arguments).run().code(0);
    let summary = ended.json();
    for key in ["gaps", "crossed", "undecodable", "dropped", "allocations_after_seal"] {
        assert_eq!(count(&summary, key), 0, "{key}\n{}", ended.said());
    }
    assert!(count(&summary, "orders") > 0, "{}", ended.said());
    assert_eq!(summary["denied"], json!({}), "{}", ended.said());
    assert_eq!(summary["replay_equal"], true);
    assert_eq!(summary["venue_agrees"], true);
    let recorded = audit(&Run { summary, scratch });
    for action in recorded.of_kind("action").filter(|row| row["action"] == "place") {
        let worth = decimal(text(action, "price")) / 10_i128.pow(9)
            * (decimal(text(action, "qty")) / 10_i128.pow(9));
        // What the demo plays with anything: about six hundred dollars.
        assert!((500 * 10_i128.pow(18)..=700 * 10_i128.pow(18)).contains(&worth), "{action}");
    }
}

/// A venue that answers two questions: what time it is, and that its one instrument is `status`.
fn venue_whose_instrument_is(status: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let rest = format!("http://{}", listener.local_addr().expect("an address"));
    let filters = json!([
        {"filterType": "PRICE_FILTER", "minPrice": "0.10", "maxPrice": "1000000", "tickSize": "0.10"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
        {"filterType": "MIN_NOTIONAL", "notional": "5"},
    ]);
    let symbol = json!({"symbol": "BTCUSDT", "pair": "BTCUSDT", "contractType": "PERPETUAL",
        "status": status, "baseAsset": "BTC", "quoteAsset": "USDT", "marginAsset": "USDT",
        "pricePrecision": 2, "quantityPrecision": 3, "filters": filters});
    let info = json!({"timezone": "UTC", "symbols": [symbol]}).to_string();
    // It ends with the test program: a thread that waits for another question holds nothing.
    std::thread::spawn(move || {
        for asked in listener.incoming().flatten() {
            answer(asked, &info);
        }
    });
    rest
}

fn answer(mut asked: TcpStream, info: &str) {
    let mut request = [0; 4096];
    let length = asked.read(&mut request).unwrap_or_default();
    let is_time = String::from_utf8_lossy(&request[..length]).contains("/fapi/v1/time");
    let since_1970 = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_millis();
    let body = if is_time { format!("{{\"serverTime\":{since_1970}}}") } else { info.to_owned() };
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
    let _ = write!(asked, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
}

/// A run of the shipped test network's file against this venue.
fn run_against(scratch: &Scratch, rest: &str) -> Finished {
    let (config, state) = (format!("{ROOT}/configs/demo.toml"), scratch.at("state"));
    let arguments = ["run", "--config", &config, "--duration", "2", "--state", &state];
    althing(&arguments)
        .env("ALTHING__VENUES__BINANCE__NETWORK", "custom")
        .env("ALTHING__VENUES__BINANCE__REST", rest)
        .env("ALTHING__VENUES__BINANCE__WS", &rest.replace("http://", "ws://"))
        .env("ALTHING__VENUES__BINANCE__KEY_ENV", "IT_KEY")
        .env("ALTHING__VENUES__BINANCE__SECRET_ENV", "IT_SECRET")
        .env("ALTHING__INSTRUMENTS__IDS", "BTCUSDT-PERP.BINANCE")
        .env("IT_KEY", "test-key")
        .env("IT_SECRET", "test-secret")
        .run()
}

#[test]
fn an_instrument_that_does_not_trade_is_refused_at_the_start_by_its_name() {
    for status in ["SETTLING", "BREAK", "PENDING_TRADING"] {
        let scratch = Scratch::new();
        let ended = run_against(&scratch, &venue_whose_instrument_is(status)).code(4);
        ended.names(&["BTCUSDT", status, "TRADING", "instruments"]);
        assert!(!scratch.path().join("state/journal").exists(), "a journal was begun");
    }
}

#[test]
fn a_state_that_another_engine_holds_is_refused_until_it_lets_go() {
    let scratch = Scratch::new();
    let (config, state) = (format!("{ROOT}/configs/demo.toml"), scratch.at("state"));
    let arguments = ["run", "--config", &config, "--state", &state, "--duration"];
    let mut first = althing(&[&arguments[..], &["60"]].concat()).start();
    first.until(|_, err| err.contains("running").then_some(()));
    let second = althing(&[&arguments[..], &["1"]].concat()).run().code(5);
    second.names(&[&state, "another"]);
    // And so is a demo, which would write beside it.
    let ended = demo(&scratch, &["--virtual", "--duration", "1", "--rate", "100"]).run().code(5);
    ended.names(&[&state]);
    first.terminate();
    first.finish().code(0);
    althing(&[&arguments[..], &["1"]].concat()).run().code(0);
}

/// Exit code and words of the binary with a full device for its standard output.
fn into_a_full_device(arguments: &[&str]) -> (Option<i32>, String) {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let built = || env!("CARGO_BIN_EXE_althing").into();
    let ended = Command::new(std::env::var_os("ALTHING").unwrap_or_else(built))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(full)
        .output()
        .expect("the binary starts");
    (ended.status.code(), String::from_utf8_lossy(&ended.stderr).into_owned())
}

#[test]
fn an_output_that_takes_no_more_is_a_failure_and_no_panic() {
    let run = crate::worlds::shared();
    let journal = run.journal_text();
    let cases: [&[&str]; 16] = [
        &["topo"],
        &["config", "check"],
        &["config", "show"],
        &["config", "show", "--json"],
        &["config", "hash"],
        &["indicators"],
        &["members"],
        &["rules", "--json"],
        &["journal", "dump", journal],
        &["journal", "dump", "--orders", journal],
        &["journal", "verify", journal],
        &["orders", "--journal", journal],
        &["status", "--journal", journal],
        &["positions", "--journal", journal, "--json"],
        &["replay", "--verify", "--json", journal],
        &["venue", "--dialect", "binance_usdm", "--json"],
    ];
    for arguments in cases {
        let (code, said) = into_a_full_device(arguments);
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        assert_eq!(code, Some(1), "{arguments:?}: {said}");
        assert!(said.contains("standard output"), "{arguments:?}: {said}");
    }
}
