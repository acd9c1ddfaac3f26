//! `althing record`, and `capture inspect` and `capture bars` over what it wrote.
//!
//! The exchange is `althing venue` on loopback: its own snapshot is what the
//! recorded book is held against.

use crate::http::get;
use crate::program::{Running, althing};
use crate::scratch::Scratch;
use crate::summary::{count, decimal, list, text};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A market of a few seconds whose last book is known: it stands still after it.
pub(crate) fn short_market(scratch: &Scratch) -> String {
    let start = 1_723_161_255_000_000_000_i64;
    let (symbol, mut lines) = ("BTCUSDT", String::new());
    lines += &format!(
        "{start} {{\"lastUpdateId\":100,\"E\":1,\"T\":1,\
         \"bids\":[[\"60000.00\",\"1.000\"],[\"59999.50\",\"2.000\"]],\
         \"asks\":[[\"60001.00\",\"1.500\"],[\"60002.00\",\"3.000\"]]}}\n"
    );
    for turn in 1..=600_i64 {
        let (at, ms) = (start + turn * 5_000_000, 1_723_161_255_000 + turn * 5);
        let (first, last) = (100 + turn * 2 - 1, 100 + turn * 2);
        let (bid, ask) = (59_990 + turn % 10, 60_001 + turn % 13);
        lines += &format!(
            "{at} {{\"stream\":\"btcusdt@depth@0ms\",\"data\":{{\"e\":\"depthUpdate\",\"E\":{ms},\"T\":{ms},\
             \"s\":\"{symbol}\",\"U\":{first},\"u\":{last},\"pu\":{},\"b\":[[\"{bid}.00\",\"{turn}.000\"]],\
             \"a\":[[\"{ask}.00\",\"0.{turn:03}\"]]}}}}\n",
            first - 1
        );
        lines += &format!(
            "{at} {{\"stream\":\"btcusdt@trade\",\"data\":{{\"e\":\"trade\",\"E\":{ms},\"T\":{ms},\
             \"s\":\"{symbol}\",\"t\":{turn},\"p\":\"60000.50\",\"q\":\"0.010\",\"X\":\"MARKET\",\"m\":false}}}}\n"
        );
    }
    scratch.file("market.txt", lines)
}

/// The same on the spot market: no `pu`, its own rule of bridging.
fn short_spot_market(scratch: &Scratch) -> String {
    let start = 1_723_161_255_000_000_000_i64;
    let mut lines = format!(
        "{start} {{\"lastUpdateId\":100,\"bids\":[[\"60000.00000000\",\"1.00000000\"],\
         [\"59999.50000000\",\"2.00000000\"]],\"asks\":[[\"60001.00000000\",\"1.50000000\"],\
         [\"60002.00000000\",\"3.00000000\"]]}}\n"
    );
    for turn in 1..=600_i64 {
        let (at, ms) = (start + turn * 5_000_000, 1_723_161_255_000 + turn * 5);
        let (first, last) = (100 + turn * 2 - 1, 100 + turn * 2);
        let (bid, ask) = (59_990 + turn % 10, 60_001 + turn % 13);
        lines += &format!(
            "{at} {{\"stream\":\"btcusdt@depth@100ms\",\"data\":{{\"e\":\"depthUpdate\",\"E\":{ms},\
             \"s\":\"BTCUSDT\",\"U\":{first},\"u\":{last},\"b\":[[\"{bid}.00000000\",\"{turn}.00000000\"]],\
             \"a\":[[\"{ask}.00000000\",\"0.{turn:03}00000\"]]}}}}\n"
        );
        lines += &format!(
            "{at} {{\"stream\":\"btcusdt@trade\",\"data\":{{\"e\":\"trade\",\"E\":{ms},\"s\":\"BTCUSDT\",\
             \"t\":{turn},\"p\":\"60000.50000000\",\"q\":\"0.01000000\",\"T\":{ms},\"m\":false,\"M\":true}}}}\n"
        );
    }
    scratch.file("spot.txt", lines)
}

struct Exchange {
    running: Running,
    told: Value,
}

impl Exchange {
    fn start(more: &[&str]) -> Self {
        Self::speaking("binance_usdm", more)
    }

    fn speaking(dialect: &str, more: &[&str]) -> Self {
        let arguments = ["venue", "--dialect", dialect, "--listen", "127.0.0.1:0", "--json"];
        let mut running = althing(&[&arguments[..], more].concat()).start();
        let told = running.until(|out, _| serde_json::from_str(out.strip_suffix('\n')?).ok());
        Self { running, told }
    }

    /// The flags that make `record` listen to it.
    fn flags<'f>(&'f self, out: &'f str) -> Vec<&'f str> {
        let (rest, ws) = (text(&self.told, "rest"), text(&self.told, "ws"));
        let dialect = text(&self.told, "dialect");
        let venue = ["record", "--venue", dialect, "--instrument", "BTCUSDT", "--json"];
        [&venue[..], &["--rest", rest, "--ws", ws, "--out", out]].concat()
    }

    fn book(&self) -> Value {
        let authority = text(&self.told, "rest").strip_prefix("http://").expect("http");
        let api = if self.told["dialect"] == "binance_spot" { "api/v3" } else { "fapi/v1" };
        let path = format!("/{api}/depth?symbol=BTCUSDT&limit=10");
        let answer = get(authority, &path).expect("an answer");
        serde_json::from_str(&answer.body).expect("JSON")
    }

    fn end(self) {
        self.running.terminate();
        self.running.finish().code(0);
    }
}

fn files(summary: &Value) -> Vec<String> {
    list(summary, "files").iter().map(|file| text(file, "path").to_owned()).collect()
}

fn inspect(files: &[String]) -> Value {
    inspect_as("binance_usdm", files)
}

fn inspect_as(dialect: &str, files: &[String]) -> Value {
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let flags = ["--venue", dialect, "--instrument", "BTCUSDT", "--json"];
    althing(&[&["capture", "inspect"], &files[..], &flags].concat()).run().code(0).json()
}

fn numbers(levels: &[Value]) -> Vec<[i128; 2]> {
    let number = |value: &Value| decimal(value.as_str().expect("a string"));
    levels.iter().map(|level| [number(&level[0]), number(&level[1])]).collect()
}

fn parts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "part"))
        .collect()
}

#[test]
fn a_recorded_spot_book_ends_as_the_exchange_says() {
    let scratch = Scratch::new();
    let (market, out) = (short_spot_market(&scratch), scratch.at("out"));
    let exchange = Exchange::speaking("binance_spot", &["--capture", &market, "--speed", "1"]);
    let flags = [&exchange.flags(&out)[..], &["--duration", "8"]].concat();
    let recorded = althing(&flags).run().code(0).json();
    let book = exchange.book();
    exchange.end();
    assert_eq!((count(&recorded, "gaps"), count(&recorded, "undecodable")), (0, 0), "{recorded}");
    let found = inspect_as("binance_spot", &files(&recorded));
    assert_eq!((count(&found, "gaps"), count(&found, "undecodable")), (0, 0), "{found}");
    assert_eq!((text(&found, "book_state"), &found["update_id"]), ("live", &book["lastUpdateId"]));
    assert!(count(&found, "trades") > 500, "{found}");
    for side in ["bids", "asks"] {
        let ours = numbers(list(&found["book"], side));
        assert!(ours.len() > 2);
        assert_eq!(ours, numbers(list(&book, side)), "{side} at {}", book["lastUpdateId"]);
    }
}

#[test]
fn a_recorded_book_ends_as_the_exchange_says_and_the_file_plays() {
    let scratch = Scratch::new();
    let (market, out) = (short_market(&scratch), scratch.at("out"));
    let exchange = Exchange::start(&["--capture", &market, "--speed", "1"]);
    let flags = [&exchange.flags(&out)[..], &["--duration", "8"]].concat();
    let recorded = althing(&flags).run().code(0).json();
    let book = exchange.book();
    exchange.end();
    assert_eq!((count(&recorded, "gaps"), count(&recorded, "undecodable")), (0, 0), "{recorded}");
    let files = files(&recorded);
    assert!(files.len() == 1 && parts(&scratch.path().join("out")).is_empty(), "{recorded}");
    let found = inspect(&files);
    assert_eq!((count(&found, "gaps"), count(&found, "undecodable")), (0, 0), "{found}");
    assert_eq!(found["frames"], recorded["frames"]);
    assert_eq!((text(&found, "book_state"), &found["update_id"]), ("live", &book["lastUpdateId"]));
    assert_eq!(found["spec"]["from"], "exchange_info");
    for side in ["bids", "asks"] {
        let ours = numbers(list(&found["book"], side));
        assert!(ours.len() > 2);
        assert_eq!(ours, numbers(list(&book, side)), "{side} at {}", book["lastUpdateId"]);
    }
    let flags = ["capture", "bars", &files[0], "--interval", "1s", "--json"];
    let bars = althing(&flags).run().code(0).json();
    let trades: u64 = list(&bars, "bars").iter().map(|bar| count(bar, "trades")).sum();
    assert_eq!((trades, count(&bars, "holes")), (count(&found, "trades"), 0), "{bars}");
    let state = scratch.at("state");
    let played = ["--virtual", "--json", "--state", &state, "--capture", &files[0]];
    let played = althing(&played).run().code(0).json();
    assert_eq!((count(&played, "gaps"), count(&played, "undecodable")), (0, 0), "{played}");
    assert!(count(&played, "frames") > 500, "{played}");
}

#[test]
fn a_lost_connection_is_marked_and_a_fresh_snapshot_follows() {
    let scratch = Scratch::new();
    let script = scratch.file("script.toml", "[[fault]]\nat = \"2s\"\ndo = \"close\"\n");
    let out = scratch.at("out");
    let exchange = Exchange::start(&["--script", &script]);
    let flags = [&exchange.flags(&out)[..], &["--duration", "8"]].concat();
    let recorded = althing(&flags).run().code(0).json();
    exchange.end();
    assert!(count(&recorded, "breaks") >= 1 && count(&recorded, "snapshots") >= 2, "{recorded}");
    let found = inspect(&files(&recorded));
    assert!(count(&found, "breaks") >= 1, "{found}");
    assert_eq!((count(&found, "gaps"), text(&found, "book_state")), (0, "live"), "{found}");
}

#[test]
fn a_signal_closes_the_file_whole() {
    let scratch = Scratch::new();
    let out = scratch.at("out");
    let exchange = Exchange::start(&[]);
    let mut recorder = althing(&exchange.flags(&out)).start();
    let folder = scratch.path().join("out");
    // Its first piece is on the disk after five seconds.
    recorder.poll(|| {
        let part = parts(&folder).pop()?;
        (std::fs::metadata(part).ok()?.len() > 0).then_some(())
    });
    recorder.terminate();
    let recorded = recorder.finish().code(0).json();
    exchange.end();
    let files = files(&recorded);
    assert!(files.len() == 1 && parts(&folder).is_empty(), "{recorded}");
    let sum = std::fs::read_to_string(format!("{}.sha256", files[0])).expect("a sum");
    assert!(sum.starts_with(text(&list(&recorded, "files")[0], "sha256")), "{sum}");
    let found = inspect(&files);
    assert_eq!((count(&found, "gaps"), text(&found, "book_state")), (0, "live"), "{found}");
}

#[test]
fn what_cannot_be_recorded_or_read_is_told_in_a_sentence() {
    let scratch = Scratch::new();
    let file = scratch.file("file", "x");
    let exchange = Exchange::start(&[]);
    let inside = format!("{file}/out");
    althing(&exchange.flags(&inside)).run().code(1).names(&["--out", &inside]);
    exchange.end();
    let (nobody, out) = ("http://127.0.0.1:9", scratch.at("out"));
    let flags = ["record", "--venue", "binance_usdm", "--instrument", "BTCUSDT", "--out", &out];
    let unreachable = [&flags[..], &["--rest", nobody, "--ws", "ws://127.0.0.1:9"]].concat();
    althing(&unreachable).run().code(4).names(&["--rest", nobody]);
    let line = scratch.file("bad.txt", "1723161255000000000 {}\nyesterday {}\n");
    althing(&["capture", "inspect", &line]).run().code(1).names(&["bad.txt line 2", "local time"]);
    let flags = ["capture", "inspect", &line, "--venue", "okcoin"];
    althing(&flags).run().code(2).names(&["okcoin", "binance_usdm"]);
    let depth = "1723161255000000000 {\"e\":\"depthUpdate\",\"E\":1,\"T\":1,\"s\":\"BTCUSDT\",\"U\":1,\"u\":2,\"pu\":0,\"b\":[[\"1.0\",\"1\"]],\"a\":[]}\n";
    let bare = scratch.file("bare.txt", depth);
    althing(&["capture", "inspect", &bare]).run().code(1).names(&["no REST snapshot", "BTCUSDT"]);
    let flags = ["capture", "bars", &bare, "--interval", "5x"];
    althing(&flags).run().code(2).names(&["--interval", "5x"]);
}

#[test]
fn a_recording_of_the_other_market_is_told_and_not_read() {
    let scratch = Scratch::new();
    for (file, wrong, right) in [
        (short_spot_market(&scratch), "binance_usdm", "binance_spot"),
        (short_market(&scratch), "binance_spot", "binance_usdm"),
    ] {
        let flags = ["capture", "inspect", &file, "--venue", wrong, "--instrument", "BTCUSDT"];
        althing(&flags).run().code(2).names(&["pu", wrong, &format!("--venue {right}")]);
    }
}

#[test]
fn a_venue_with_a_certificate_of_its_own_is_recorded_once_that_is_trusted() {
    let scratch = Scratch::new();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let certificate = scratch.file("certificate.pem", made.cert.pem());
    let key = scratch.file("key.pem", made.signing_key.serialize_pem());
    let exchange = Exchange::start(&["--tls-certificate", &certificate, "--tls-key", &key]);
    let out = scratch.at("out");
    let flags = [&exchange.flags(&out)[..], &["--duration", "2"]].concat();
    let refused = althing(&flags).run().code(4);
    refused.names(&["https://localhost", "certificate", "--extra-ca"]);
    let nothing = scratch.file("empty.pem", "");
    let wrong = [&flags[..], &["--extra-ca", &nothing]].concat();
    althing(&wrong).run().code(2).names(&["--extra-ca", &nothing, "PEM"]);
    let trusting = [&flags[..], &["--extra-ca", &certificate]].concat();
    let recorded = althing(&trusting).run().code(0).json();
    exchange.end();
    assert!(count(&recorded, "frames") > 100, "{recorded}");
    assert_eq!((count(&recorded, "gaps"), count(&recorded, "books_live")), (0, 1), "{recorded}");
}
