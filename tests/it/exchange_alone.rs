//! `althing venue`: the simulated exchange on a port, for other programs.

use crate::http::get;
use crate::program::{Finished, Running, althing};
use crate::scratch::Scratch;
use crate::summary::{is_decimal, list, text};
use serde_json::Value;

fn started(more: &[&str]) -> (Running, Value) {
    let arguments = ["venue", "--dialect", "binance_usdm", "--listen", "127.0.0.1:0", "--json"];
    let mut running = althing(&[&arguments[..], more].concat()).start();
    let told = running.until(|out, _| serde_json::from_str(out.strip_suffix('\n')?).ok());
    (running, told)
}

fn ended(running: Running) -> Finished {
    running.terminate();
    running.finish().code(0)
}

#[test]
fn prints_one_line_serves_a_book_and_ends_at_a_signal() {
    let (running, told) = started(&[]);
    let keys: Vec<&String> = told.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["dialect", "rest", "ws"]);
    assert_eq!(told["dialect"], "binance_usdm");
    assert!(text(&told, "ws").starts_with("ws://127.0.0.1:"), "{told}");
    let authority = text(&told, "rest").strip_prefix("http://").expect("http");
    for (symbol, decimals) in [("BTCUSDT", 2), ("ETHUSDT", 2), ("SOLUSDT", 4)] {
        let path = format!("/fapi/v1/depth?symbol={symbol}&limit=10");
        let answer = get(authority, &path).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.body);
        let book: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert!(book["lastUpdateId"].is_u64(), "{book}");
        for side in ["bids", "asks"] {
            assert_eq!(list(&book, side).len(), 10);
            for level in list(&book, side) {
                assert!(is_decimal(&level[0]) && is_decimal(&level[1]), "{level}");
                let written = level[0].as_str().expect("a price");
                assert_eq!(written.len() - written.find('.').expect("a point") - 1, decimals);
            }
        }
    }
    let unknown = get(authority, "/fapi/v1/depth?symbol=NOPE").expect("an answer");
    assert_eq!(unknown.status, 400);
    assert!(unknown.body.contains("-1121"), "{}", unknown.body);
    assert_eq!(ended(running).text().lines().count(), 1);
}

#[test]
fn the_same_seed_gives_the_same_book() {
    let books: Vec<Value> = ["5", "5", "6"]
        .iter()
        .map(|seed| {
            let (running, told) = started(&["--seed", seed]);
            let authority = text(&told, "rest").strip_prefix("http://").expect("http");
            let answer = get(authority, "/fapi/v1/depth?symbol=BTCUSDT&limit=50");
            let book: Value = serde_json::from_str(&answer.expect("an answer").body).expect("JSON");
            ended(running);
            book["bids"].clone()
        })
        .collect();
    assert_eq!(books[0], books[1]);
    assert_ne!(books[0], books[2]);
}

#[test]
fn a_port_in_use_is_a_fault_of_the_venue() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let arguments = ["venue", "--dialect", "binance_usdm", "--listen", &address];
    althing(&arguments).run().code(4).names(&[&address, "port 0"]);
}

#[test]
fn what_it_cannot_be_is_refused_before_it_listens() {
    let scratch = Scratch::new();
    let script = scratch.file("script.toml", "[[fault]]\nat = \"1s\"\ndo = \"dropack\"\n");
    let toml = scratch.file("broken.toml", "[[fault]\n");
    let key = scratch.file("key.toml", "[[fault]]\nat = \"1s\"\ndo = \"stall\"\nform = \"2s\"\n");
    let missing = scratch.at("missing.toml");
    let cases: [(&[&str], &[&str]); 6] = [
        (&["--dialect", "okx"], &["--dialect", "okx", "binance_usdm"]),
        (&["--dialect", "binance_usdm", "--script", &script], &["dropack", "drop_ack", "line"]),
        (&["--dialect", "binance_usdm", "--script", &toml], &["TOML"]),
        (&["--dialect", "binance_usdm", "--script", &key], &["form", "for", "line 4"]),
        (&["--dialect", "binance_usdm", "--script", &missing], &["--script", &missing]),
        (&["--dialect", "binance_usdm", "--speed", "fast", "--capture", &missing], &["fast"]),
    ];
    for (arguments, words) in cases {
        let all = [&["venue"], arguments].concat();
        let ended = althing(&all).run().code(2).names(words);
        assert!(ended.out.is_empty(), "{}", ended.said());
    }
}
