//! Every Binance capture through the normalizer: it decodes whole, breaks
//! nowhere, crosses nowhere, and its book is that of a slow twin which reads the
//! messages with another parser, at every thousandth frame.
//!
//! Reads `captures/binance` under `ALTHING_DATA` (default: the `shared/data`
//! beside the checkout); without it the tests say so and pass.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests: helpers outside #[test]")]
#![allow(missing_docs, reason = "tests")]

mod common;

use book::{Book, NaiveBook};
use common::{Line, Setup, spec};
use flate2::read::GzDecoder;
use link::FrameKind;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use types::*;
use venue::Dialect;

fn capture(name: &str) -> Option<impl Iterator<Item = (Nanos, String)> + use<>> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let root = std::env::var_os("ALTHING_DATA").map_or_else(|| beside.into(), PathBuf::from);
    let path = root.join("captures/binance").join(name);
    let file = match File::open(&path) {
        Ok(file) => BufReader::new(GzDecoder::new(file)),
        Err(error) => {
            eprintln!("SKIPPED: {}: {error}; set ALTHING_DATA", path.display());
            return None;
        }
    };
    Some(file.lines().map(|line| {
        let line = line.expect("text");
        let (at, text) = line.split_once(' ').expect("a time stamp");
        (Nanos(at.parse().expect("digits")), text.to_owned())
    }))
}

/// Keeps what a depth message says until a snapshot, and everything after it: by
/// the documents, with no regard to the code under test.
struct Twin {
    book: NaiveBook,
    decimals: (u8, u8),
    waiting: Vec<Value>,
    has_snapshot: bool,
}

impl Twin {
    fn apply(&mut self, bids: &Value, asks: &Value) {
        for (side, levels) in [(Side::Buy, bids), (Side::Sell, asks)] {
            for level in levels.as_array().expect("levels") {
                let number = |at: usize, places| {
                    let text = level[at].as_str().expect("a string");
                    Decimal::parse_at(text.as_bytes(), places).expect("a decimal")
                };
                let (price, qty) = (number(0, self.decimals.0), number(1, self.decimals.1));
                self.book.apply(side, Price(price), Qty(qty));
            }
        }
    }

    fn message(&mut self, text: &str) {
        let json: Value = serde_json::from_str(text).expect("JSON");
        if let Some(last) = json["lastUpdateId"].as_u64() {
            self.apply(&json["bids"], &json["asks"]);
            self.has_snapshot = true;
            let waiting = std::mem::take(&mut self.waiting);
            for event in waiting.iter().filter(|event| event["u"].as_u64() > Some(last)) {
                self.apply(&event["b"], &event["a"]);
            }
        } else if json["data"]["e"] == "depthUpdate" && self.has_snapshot {
            self.apply(&json["data"]["b"], &json["data"]["a"]);
        } else if json["data"]["e"] == "depthUpdate" {
            self.waiting.push(json["data"].clone());
        }
    }
}

struct Read {
    book: Book,
    state: BookState,
    touched: bool,
    crossed: u64,
}

impl Read {
    fn on_record(&mut self, record: &Record) {
        match record.kind() {
            Some(Kind::BookReset) => self.book.reset(),
            Some(Kind::Level | Kind::SnapshotLevel) => {
                let level: Level = record.body();
                self.book.apply(level.side(), level.price, level.qty);
                self.touched = true;
            }
            Some(Kind::BookChange) => self.state = record.body::<BookChange>().state(),
            _ => {}
        }
        if record.is_frame_end() && std::mem::take(&mut self.touched) {
            self.crossed += u64::from(self.book.is_crossed());
        }
    }
}

/// Plays the frames on every connection of `copies`, each a millisecond after
/// the one before it.
fn plays(
    name: &str,
    (dialect, symbol, decimals): (Dialect, &str, (u8, u8)),
    copies: usize,
    snapshot: Option<&str>,
) {
    let Some(frames) = capture(name) else { return };
    let specs = vec![spec(0, symbol, decimals)];
    let mut line = Line::new(Setup {
        dialect,
        specs,
        connections: copies,
        gap_wait_ms: 1000,
        max_frame: 1 << 18,
    });
    let connections = || (0_u16..).take(copies);
    connections().for_each(|one| line.send(Nanos(2), FrameKind::Up, one, b""));
    let book = Book::new(Price(1), 1 << 15);
    let mut read = Read { book, state: BookState::Syncing, touched: false, crossed: 0 };
    let mut twin =
        Twin { book: NaiveBook::new(), decimals, waiting: Vec::new(), has_snapshot: false };
    let snapshot = snapshot.map(|text| (Nanos(3), text.to_owned()));
    let (mut count, mut compared) = (0, 0);
    for (at, text) in snapshot.into_iter().chain(frames) {
        twin.message(&text);
        if text.starts_with("{\"lastUpdateId\"") {
            line.send(at, FrameKind::Rest, 0, text.as_bytes());
        } else {
            for one in connections() {
                line.send(at, FrameKind::Message, one, text.as_bytes());
            }
        }
        line.turn(|record| read.on_record(record));
        count += 1;
        if count % 1000 == 0 && twin.has_snapshot && read.state == BookState::Live {
            for side in [Side::Buy, Side::Sell] {
                let top: Vec<_> = read.book.top(side, usize::MAX).collect();
                assert_eq!(top, twin.book.top(side, usize::MAX), "frame {count}");
            }
            compared += 1;
        }
    }
    let c = &line.counters;
    let get = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    assert_eq!((get(&c.gaps), read.crossed, get(&c.undecodable)), (0, 0, 0), "{name}");
    assert_eq!((get(&c.unknown_symbol), get(&c.implausible)), (0, 0), "{name}");
    assert_eq!(read.state, BookState::Live, "{name}");
    assert!(compared > 30, "{name}: compared {compared} times");
    let late = get(&c.frames) - count;
    assert_eq!(get(&c.copies_late), late, "every copy but the first is late");
    println!("{name} x{copies}: {count} frames, equal {compared} times, {late} late copies");
}

const SPOT: (Dialect, &str, (u8, u8)) = (Dialect::BinanceSpot, "BTCUSDT", (2, 8));

#[test]
fn the_spot_capture_is_whole() {
    plays("spot_btcusdt_20240808.gz", SPOT, 1, None);
}

/// The second day goes on where the first ends and has no snapshot of its own:
/// one is made of the first day's book.
#[test]
fn the_spot_capture_is_whole_across_midnight() {
    let Some(first) = capture("spot_btcusdt_20240808.gz") else { return };
    let mut twin =
        Twin { book: NaiveBook::new(), decimals: SPOT.2, waiting: Vec::new(), has_snapshot: false };
    let mut last = 0;
    for (_, text) in first {
        twin.message(&text);
        if text.contains("\"depthUpdate\"") {
            let json: Value = serde_json::from_str(&text).expect("JSON");
            last = json["data"]["u"].as_u64().expect("an id");
        }
    }
    let side = |side| {
        let levels = twin.book.top(side, usize::MAX).into_iter().map(|(price, qty)| {
            let (price, qty) = (Decimal::new(price.0, SPOT.2.0), Decimal::new(qty.0, SPOT.2.1));
            format!("[\"{price}\",\"{qty}\"]")
        });
        levels.collect::<Vec<_>>().join(",")
    };
    let (bids, asks) = (side(Side::Buy), side(Side::Sell));
    let snapshot = format!("{{\"lastUpdateId\":{last},\"bids\":[{bids}],\"asks\":[{asks}]}}");
    plays("spot_btcusdt_20240809.gz", SPOT, 1, Some(&snapshot));
}

#[test]
fn the_usdm_captures_are_whole() {
    plays("usdm_btcusdt_20240808.gz", (Dialect::BinanceUsdm, "BTCUSDT", (1, 3)), 1, None);
    plays("usdm_ethusdt_20240808.gz", (Dialect::BinanceUsdm, "ETHUSDT", (2, 3)), 1, None);
}

#[test]
fn captures_on_two_connections_are_told_once() {
    plays("spot_btcusdt_20240808.gz", SPOT, 2, None);
    plays("usdm_ethusdt_20240808.gz", (Dialect::BinanceUsdm, "ETHUSDT", (2, 3)), 2, None);
}
