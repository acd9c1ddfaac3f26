//! Recorded market data through the whole binary: nothing lost, nothing misunderstood, as counted
//! here by reading the files a second way.
//!
//! Reads `captures/` under `ALTHING_DATA` (default: the data folder beside the checkout) and says
//! loudly when it is not there.

use crate::audit::audit;
use crate::program::althing;
use crate::recorded::Recorded;
use crate::scratch::Scratch;
use crate::summary::{count, decimal, list, text};
use crate::worlds::{Run, demo};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

/// Lines of a long capture that are played: about ten seconds of the market.
const LINES: usize = 2500;

/// A recorded file, or a loud word and nothing.
pub(crate) fn recorded(name: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let root = std::env::var_os("ALTHING_DATA").map_or_else(|| beside.into(), PathBuf::from);
    let path = root.join("captures").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is missing; set ALTHING_DATA to the data folder", path.display());
    None
}

/// The first lines of a gzipped capture.
fn lines(path: &PathBuf, limit: usize) -> Vec<String> {
    let file = std::fs::File::open(path).expect("a capture");
    let read = BufReader::new(MultiGzDecoder::new(file)).lines();
    read.take(limit).map(|line| line.expect("a line")).collect()
}

/// Messages of each stream, as an independent reader counts them.
fn by_stream(lines: &[String]) -> BTreeMap<&'static str, u64> {
    let mut counted = BTreeMap::from([("depth", 0), ("quote", 0), ("trade", 0), ("snapshot", 0)]);
    for line in lines {
        let (_, json) = line.split_once(' ').expect("a time and a message");
        let message: Value = serde_json::from_str(json).expect("JSON");
        let data = message.get("data").unwrap_or(&message);
        let kind = match data["e"].as_str() {
            Some("depthUpdate") => "depth",
            Some("bookTicker") => "quote",
            Some("trade") => "trade",
            None if data.get("lastUpdateId").is_some() => "snapshot",
            other => panic!("a message of kind {other:?}"),
        };
        *counted.entry(kind).or_default() += 1;
    }
    counted
}

/// Plays the beginning of a capture and compares what came in with what is in it.
fn plays(name: &str, more: &[&str]) {
    let Some(path) = recorded(name) else { return };
    let scratch = Scratch::new();
    let lines = lines(&path, LINES);
    let capture = scratch.file("capture", lines.join("\n"));
    let arguments = [&["--capture", &capture, "--speed", "max"], more].concat();
    let summary = demo(&scratch, &arguments).run().code(0).json();
    for key in ["gaps", "undecodable", "dropped", "crossed", "allocations_after_seal"] {
        assert_eq!(count(&summary, key), 0, "{key} of {name}: {summary:#}");
    }
    assert_eq!(summary["replay_equal"], true);
    assert_eq!(summary["venue_agrees"], true);
    let by_type = &summary["frames_by_type"];
    let wanted = by_stream(&lines);
    assert_eq!(wanted["snapshot"], 1, "the one that the book needs");
    for (kind, frames) in &wanted {
        assert_eq!(count(by_type, kind), *frames, "{kind} of {name}: {by_type:#}");
    }
    let all: u64 = wanted.values().sum();
    let order = count(by_type, "order");
    let control = by_type["control"].as_u64().unwrap_or_default();
    assert_eq!(count(&summary, "frames"), all + order + control, "{summary:#}");
    let recorded = audit(&Run { summary, scratch });
    // Each trade message is one event, and each quote.
    assert_eq!(recorded.count("trade"), wanted["trade"]);
    assert_eq!(recorded.count("quote"), wanted["quote"]);
    books(&lines, &recorded);
}

/// A book as text would keep it: quantities as they are written, by price at scale 18; bids, asks.
type Book = [BTreeMap<i128, i128>; 2];

fn set(book: &mut BTreeMap<i128, i128>, price: &str, qty: &str) {
    match decimal(qty) {
        0 => book.remove(&decimal(price)),
        qty => book.insert(decimal(price), qty),
    };
}

fn set_all(book: &mut Book, message: &Value, sides: [&str; 2]) {
    for (book, side) in book.iter_mut().zip(sides) {
        for level in list(message, side) {
            let word = |at: usize| level[at].as_str().expect("a decimal string");
            set(book, word(0), word(1));
        }
    }
}

/// The ten best levels of each side.
fn top(book: &Book) -> [Vec<(i128, i128)>; 2] {
    let pair = |(price, qty): (&i128, &i128)| (*price, *qty);
    [book[0].iter().rev().take(10).map(pair).collect(), book[1].iter().take(10).map(pair).collect()]
}

/// The book at the end of the file: its snapshot, and every change that is not older.
fn book_of_file(lines: &[String]) -> Book {
    let mut book = Book::default();
    let messages = lines.iter().filter_map(|line| line.split_once(' '));
    let messages: Vec<Value> =
        messages.map(|(_, json)| serde_json::from_str(json).expect("JSON")).collect();
    let snapshot = messages.iter().find(|message| message["lastUpdateId"].is_u64());
    let snapshot = snapshot.expect("a snapshot");
    set_all(&mut book, snapshot, ["bids", "asks"]);
    let depth = messages.iter().map(|message| &message["data"]);
    for data in depth.filter(|data| data["e"] == "depthUpdate") {
        if data["u"].as_u64() >= snapshot["lastUpdateId"].as_u64() {
            set_all(&mut book, data, ["b", "a"]);
        }
    }
    book
}

/// The book at the end of the journal.
fn book_of_journal(recorded: &Recorded) -> Book {
    let mut book = Book::default();
    for row in &recorded.rows {
        match text(row, "kind") {
            "book_reset" => book = Book::default(),
            "level" | "snapshot_level" => {
                let side = usize::from(text(row, "side") == "SELL");
                set(&mut book[side], text(row, "price"), text(row, "qty"));
            }
            _ => {}
        }
    }
    book
}

/// Each level of each depth message that the snapshot does not hold yet is one event, and together
/// they make the book that the file ends with.
fn books(lines: &[String], recorded: &Recorded) {
    let reset = recorded.of_kind("book_reset").next().expect("a snapshot was asked for");
    let snapshot = count(reset, "update_id");
    let messages = lines.iter().filter_map(|line| line.split_once(' '));
    let all: usize = messages
        .map(|(_, json)| serde_json::from_str::<Value>(json).expect("JSON"))
        .filter(|message| message["data"]["e"] == "depthUpdate")
        .filter(|message| count(&message["data"], "u") >= snapshot)
        .map(|message| ["b", "a"].map(|side| list(&message["data"], side).len()))
        .map(|[bids, asks]| bids + asks)
        .sum();
    assert_eq!(recorded.count("level"), all as u64, "levels behind the snapshot {snapshot}");
    assert_eq!(top(&book_of_journal(recorded)), top(&book_of_file(lines)));
}

#[test]
fn usdm_btcusdt_in_virtual_time() {
    plays("binance/usdm_btcusdt_20240808.gz", &["--virtual"]);
}

#[test]
fn usdm_ethusdt_in_virtual_time() {
    plays("binance/usdm_ethusdt_20240808.gz", &["--virtual"]);
}

#[test]
fn usdm_btcusdt_over_sockets() {
    plays("binance/usdm_btcusdt_20240808.gz", &[]);
}

#[test]
fn usdm_ethusdt_over_sockets() {
    plays("binance/usdm_ethusdt_20240808.gz", &[]);
}

#[test]
fn both_usdm_captures_together() {
    let names = ["binance/usdm_btcusdt_20240808.gz", "binance/usdm_ethusdt_20240808.gz"];
    let paths: Vec<PathBuf> = names.iter().filter_map(|name| recorded(name)).collect();
    let [btc, eth] = &paths[..] else { return };
    let scratch = Scratch::new();
    let (btc, eth) = (lines(btc, 1200), lines(eth, 1200));
    let files = [scratch.file("btc", btc.join("\n")), scratch.file("eth", eth.join("\n"))];
    let arguments = ["--virtual", "--capture", &files[0], &files[1], "--speed", "max"];
    let summary = demo(&scratch, &arguments).run().code(0).json();
    for key in ["gaps", "undecodable", "dropped", "crossed"] {
        assert_eq!(count(&summary, key), 0, "{key}: {summary:#}");
    }
    let (btc, eth) = (by_stream(&btc), by_stream(&eth));
    for kind in ["depth", "quote", "trade", "snapshot"] {
        let seen = count(&summary["frames_by_type"], kind);
        assert_eq!(seen, btc[kind] + eth[kind], "{kind}: {summary:#}");
    }
    assert_eq!(summary["position"].as_object().map(serde_json::Map::len), Some(2));
    audit(&Run { summary, scratch });
}

#[test]
fn the_recorded_times_stay_in_virtual_time() {
    let Some(path) = recorded("binance/usdm_btcusdt_20240808.gz") else { return };
    let scratch = Scratch::new();
    let lines = lines(&path, 600);
    let capture = scratch.file("capture", lines.join("\n"));
    let arguments = ["--virtual", "--capture", &capture];
    let summary = demo(&scratch, &arguments).run().code(0).json();
    let run = Run { summary, scratch };
    let recorded = audit(&run);
    let wanted: Vec<i64> = lines
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line.split_once(' ')?.1).ok())
        .filter(|message| message["data"]["e"] == "trade")
        .filter_map(|message| message["data"]["T"].as_i64())
        .map(|ms| ms * 1_000_000)
        .collect();
    let stamp = |row: &Value| row["exch_ts_ns"].as_i64().or_else(|| row["exch_ts"].as_i64());
    let told: Vec<i64> = recorded.of_kind("trade").filter_map(stamp).collect();
    assert!(wanted.len() > 20, "too few trades to prove anything");
    assert_eq!(told, wanted);
}

/// A refusal before anything runs: a sentence, no panic, no journal.
fn is_refused(scratch: &Scratch, arguments: &[&str], words: &[&str]) {
    let ended = demo(scratch, arguments).run();
    assert!(matches!(ended.code, Some(2..=4)), "{}", ended.said());
    assert!(ended.out.is_empty(), "{}", ended.said());
    ended.names(words);
    assert!(!scratch.path().join("state/journal").exists(), "a journal was begun");
}

#[test]
fn a_spot_capture_is_not_taken_for_a_perpetual() {
    let Some(path) = recorded("binance/spot_btcusdt_20240808.gz") else { return };
    let path = path.display().to_string();
    for world in [&["--virtual"][..], &[]] {
        let asked = ["--capture", &path, "--speed", "max", "--venue", "binance_usdm"];
        let arguments = [&asked[..], world].concat();
        is_refused(&Scratch::new(), &arguments, &["spot", "--venue binance_spot"]);
    }
}

#[test]
fn a_capture_without_its_snapshot_is_refused_with_a_sentence() {
    let Some(path) = recorded("binance/usdm_btcusdt_20240808.gz") else { return };
    let scratch = Scratch::new();
    let mut lines = lines(&path, 300);
    lines.retain(|line| !line.contains("\"lastUpdateId\""));
    let capture = scratch.file("capture", lines.join("\n"));
    for world in [&["--virtual"][..], &[]] {
        let arguments = [&["--capture", &capture], world].concat();
        is_refused(&scratch, &arguments, &["snapshot", "BTCUSDT", &capture]);
    }
}

#[test]
fn a_compressed_capture_that_is_cut_off_or_changed_is_refused_with_a_sentence() {
    let Some(path) = recorded("binance/usdm_btcusdt_20240808.gz") else { return };
    let text = lines(&path, 1500).join("\n");
    let whole = zstd::encode_all(text.as_bytes(), 3).expect("compressed");
    let scratch = Scratch::new();
    let intact = scratch.file("intact.zst", &whole);
    demo(&scratch, &["--virtual", "--capture", &intact]).run().code(0);
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle..middle + 64].fill(0xff);
    let cases: [(&str, &[u8]); 5] = [
        ("cut.zst", &whole[..whole.len() / 2]),
        ("head.zst", &whole[..3]),
        ("changed.zst", &changed),
        ("text.zst", text.as_bytes()),
        ("zst.gz", &whole),
    ];
    for (name, bytes) in cases {
        let scratch = Scratch::new();
        let capture = scratch.file(name, bytes);
        is_refused(&scratch, &["--virtual", "--capture", &capture], &[&capture]);
    }
    let cut = std::fs::read(&path).expect("a capture");
    let scratch = Scratch::new();
    let capture = scratch.file("cut.gz", &cut[..cut.len() / 50]);
    is_refused(&scratch, &["--virtual", "--capture", &capture], &[&capture]);
}

#[test]
fn a_capture_with_a_bad_line_names_file_and_line() {
    let Some(path) = recorded("binance/usdm_btcusdt_20240808.gz") else { return };
    for bad in ["", "no time here", "12 {", "12 []", "x {}", "99999999999999999999999 {}"] {
        let scratch = Scratch::new();
        let mut lines = lines(&path, 200);
        lines[120] = bad.to_owned();
        if bad.is_empty() {
            // A blank line between two is no fault.
            let capture = scratch.file("capture", lines.join("\n"));
            demo(&scratch, &["--virtual", "--capture", &capture]).run().code(0);
            continue;
        }
        let capture = scratch.file("capture", lines.join("\n"));
        is_refused(&scratch, &["--virtual", "--capture", &capture], &[&capture, "line 121"]);
    }
    let scratch = Scratch::new();
    let empty = scratch.file("empty", "");
    is_refused(&scratch, &["--virtual", "--capture", &empty], &["no frame"]);
}

#[test]
fn other_venues_captures_are_refused_with_a_sentence() {
    for name in ["hyperliquid/btcusd_20250126.gz", "venues/OKX.jsonl.zst"] {
        let Some(path) = recorded(name) else { continue };
        let path = path.display().to_string();
        is_refused(&Scratch::new(), &["--virtual", "--capture", &path], &[&path]);
    }
}

#[test]
fn the_whole_line_says_which_journal_a_capture_left() {
    let Some(path) = recorded("binance/usdm_ethusdt_20240808.gz") else { return };
    let scratch = Scratch::new();
    let capture = scratch.file("capture", lines(&path, 400).join("\n"));
    let summary = demo(&scratch, &["--virtual", "--capture", &capture]).run().code(0).json();
    let journal = text(&summary, "journal").to_owned();
    // The recording may be gone by then: a journal needs nothing beside itself.
    std::fs::remove_file(&capture).expect("removed");
    althing(&["replay", &journal, "--verify", "--json"]).run().code(0);
}

/// One depth message of five megabytes between small ones: the longest recorded one of any venue.
fn with_a_long_message(scratch: &Scratch) -> String {
    let mut lines = String::from(
        "1723161255000000000 {\"lastUpdateId\":100,\"E\":1,\"T\":1,\"bids\":[[\"60000.00\",\"1.000\"]],\
         \"asks\":[[\"60001.00\",\"1.500\"]]}\n",
    );
    let mut add = |number: i64, bids: &str, asks: &str| {
        let (at, update) = (1_723_161_255_000 + number * 50, 100 + number * 2);
        lines += &format!(
            "{at}000000 {{\"stream\":\"btcusdt@depth@0ms\",\"data\":{{\"e\":\"depthUpdate\",\"E\":{at},\
             \"T\":{at},\"s\":\"BTCUSDT\",\"U\":{},\"u\":{update},\"pu\":{},\"b\":[{bids}],\"a\":[{asks}]}}}}\n",
            update - 1,
            update - 2
        );
    };
    let level = |tenths: i64| format!("[\"{}.{}0\",\"1.000\"]", tenths / 10, tenths % 10);
    let levels = |tenths: fn(i64) -> i64| {
        let all: Vec<String> = (1..120_000).map(|step| level(tenths(step))).collect();
        all.join(",")
    };
    let (bids, asks) = (levels(|step| 600_000 - step), levels(|step| 600_010 + step));
    for number in 1..=90 {
        match number {
            30 => add(number, &bids, &asks),
            _ => add(number, "[\"59999.00\",\"2.000\"]", "[\"60002.00\",\"2.000\"]"),
        }
    }
    assert!(lines.lines().any(|line| line.len() > 5_000_000));
    scratch.file("long.txt", lines)
}

#[test]
fn a_message_of_five_megabytes_passes_in_virtual_time_and_over_sockets() {
    for how in [&["--virtual"][..], &["--speed", "1"]] {
        let scratch = Scratch::new();
        let file = with_a_long_message(&scratch);
        let summary = demo(&scratch, &[&["--capture", &file], how].concat()).run().code(0).json();
        assert!(count(&summary, "events") > 240_000, "{summary}");
        for key in ["gaps", "crossed", "undecodable", "dropped", "allocations_after_seal"] {
            assert_eq!(count(&summary, key), 0, "{key} {how:?}: {summary}");
        }
        assert_eq!(summary["replay_equal"], true, "{how:?}");
    }
}
