//! Five hundred instruments through the whole line: nothing is allocated after the seal, memory
//! stays what it was, and every message finds its instrument.
//!
//! Plays a session that is made here. Never here: how fast it goes, which is the benches' affair.

use crate::program::Running;
use crate::recorded::Recorded;
use crate::scratch::Scratch;
use crate::summary::{count, text};
use crate::worlds::{Run, demo, files};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

const INSTRUMENTS: u64 = 500;
/// Messages of each one after its first depth: two of depth and one trade, again and again.
const MESSAGES: u64 = 47;
/// Binance USD-M's weight of a minute, 2400, in snapshots of 1000 levels, 20 each; one of the
/// questions at the start has a weight too.
const SNAPSHOTS_A_MINUTE: u64 = 119;
/// When the session begins, in milliseconds since 1970: a minute of the venue's has just begun.
const BEGIN: u64 = 1_723_161_240_000;
/// What may be touched for the first time after the first messages: a page for each side of a
/// book, pages of rings that have not gone round, the buffers of the cold side.
const GROWTH_KIB: u64 = 16 << 10;
/// A record of so many bytes has the specifications, 96 KiB, and the first messages.
const FIRST_BYTES: u64 = 256 << 10;

fn symbol(of: u64) -> String {
    format!("S{of:04}USDT")
}

/// Its price in hundredths.
const fn price(of: u64) -> u64 {
    10_000 + of * 7
}

fn at(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn information() -> Value {
    let filters = json!([
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "100000", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "10000", "stepSize": "0.001"},
        {"filterType": "MIN_NOTIONAL", "notional": "5"},
    ]);
    let listed = |of: u64| {
        json!({"symbol": symbol(of), "status": "TRADING", "contractType": "PERPETUAL",
            "baseAsset": format!("S{of:04}"), "quoteAsset": "USDT", "marginAsset": "USDT",
            "pricePrecision": 2, "quantityPrecision": 3, "filters": filters})
    };
    json!({"symbols": (0..INSTRUMENTS).map(listed).collect::<Vec<_>>()})
}

fn snapshot(of: u64) -> Value {
    let side = |sign: i64| -> Vec<[String; 2]> {
        let level = |away: i64| at(price(of).saturating_add_signed(sign * away));
        (1..=20).map(|away| [level(away), "3.000".to_owned()]).collect()
    };
    json!({"lastUpdateId": 1005, "E": BEGIN, "T": BEGIN, "bids": side(-1), "asks": side(1)})
}

fn depth(of: u64, turn: u64, ms: u64) -> Value {
    let last = 1_000 + turn * 10;
    json!({"e": "depthUpdate", "E": ms, "T": ms, "s": symbol(of),
        "U": last - 9, "u": last, "pu": last - 10,
        "b": [[at(price(of) - 1), format!("{}.000", 1 + turn % 9)]],
        "a": [[at(price(of) + 1), format!("{}.000", 1 + (turn + 4) % 9)]]})
}

fn trade(of: u64, turn: u64, ms: u64) -> Value {
    json!({"e": "trade", "E": ms, "T": ms, "s": symbol(of), "t": turn, "p": at(price(of) + 1),
        "q": "0.010", "X": "MARKET", "m": turn.is_multiple_of(2)})
}

/// The session: what the venue lists, a depth message and a snapshot of each book, and then rounds
/// of messages, each instrument once a round.
fn session() -> String {
    let mut lines = String::from("{\"t\":\"header\",\"exchange\":\"BINANCE_FUTURES\"}\n");
    let mut line = |kind: &str, ms: u64, place: (&str, String), data: &Value| {
        let (key, place) = place;
        let text = Value::String(data.to_string());
        let stamp = format!("{}.{:03}", ms / 1000, ms % 1000);
        let written = writeln!(
            lines,
            "{{\"t\":\"{kind}\",\"conn\":\"one\",\"ts\":{stamp},\"{key}\":\"{place}\",\"data\":{text}}}"
        );
        written.expect("a string takes everything");
    };
    let rest = |path: &str| ("url", format!("https://fapi.binance.com/fapi/v1/{path}"));
    let stream = |of: u64, kind: &str| format!("{}@{kind}", symbol(of).to_lowercase());
    line("http", BEGIN, rest("exchangeInfo"), &information());
    for turn in 0..=MESSAGES {
        let ms = BEGIN + 1 + turn * 250;
        for of in 0..INSTRUMENTS {
            let (kind, data) = match turn % 3 {
                2 => ("trade", trade(of, turn, ms)),
                // Two of three: the third turn's id was none of depth.
                _ => ("depth@100ms", depth(of, turn - turn / 3, ms)),
            };
            let frame = json!({"stream": stream(of, kind), "data": data});
            line("recv", ms, ("addr", String::new()), &frame);
        }
        if turn == 0 {
            for of in 0..INSTRUMENTS {
                let path = rest(&format!("depth?symbol={}&limit=1000", symbol(of)));
                line("http", ms + 1, path, &snapshot(of));
            }
        }
    }
    lines
}

/// What a process has in memory now, in KiB.
fn resident_kib(pid: Pid) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// What it has in memory from its first few thousand records on until its record is sealed; after
/// that it replays, on a second line.
fn watched(running: &mut Running, state: &Path) -> Vec<u64> {
    let pid = running.pid();
    let mut seen = Vec::new();
    running.poll(|| {
        let runs = std::fs::read_dir(state.join("journal")).ok()?;
        let run = runs.flatten().next()?.path();
        let written = files(&run);
        if written.len() > 1 {
            return Some(());
        }
        let bytes: u64 = written.iter().filter_map(|file| Some(file.metadata().ok()?.len())).sum();
        if bytes > FIRST_BYTES {
            seen.extend(resident_kib(pid));
        }
        None
    });
    seen
}

#[test]
fn five_hundred_instruments_take_no_memory_after_the_seal() {
    let scratch = Scratch::new();
    let capture = scratch.file("session.jsonl", session());
    let arguments = ["--virtual", "--capture", &capture];
    let mut running = demo(&scratch, &arguments).start();
    let seen = watched(&mut running, &scratch.path().join("state"));
    let ended = running.finish().code(0);
    let summary = ended.json();
    for key in ["allocations_after_seal", "gaps", "crossed", "undecodable", "dropped"] {
        assert_eq!(count(&summary, key), 0, "{key}\n{}", ended.said());
    }
    assert_eq!(summary["replay_equal"], true);
    let frames = &summary["frames_by_type"];
    assert_eq!(count(frames, "depth") + count(frames, "trade"), INSTRUMENTS * (MESSAGES + 1));
    assert!(count(frames, "snapshot") >= SNAPSHOTS_A_MINUTE, "{frames}");
    assert_eq!(summary["position"].as_object().map(serde_json::Map::len), Some(500));
    assert!(seen.len() > 20, "seen too seldom to prove anything: {seen:?}");
    let most = seen.iter().max().copied().unwrap_or_default();
    assert!(most <= seen[0] + GROWTH_KIB, "resident, in KiB: {seen:?}");
    everyone_is_heard(&Run { summary, scratch });
}

/// Each instrument's trades are in the record, and as many books came to life as the venue's
/// weights allow.
fn everyone_is_heard(run: &Run) {
    let recorded = Recorded::of(run.journal());
    let traded: BTreeSet<&str> =
        recorded.of_kind("trade").map(|row| text(row, "instrument")).collect();
    assert_eq!(traded.len(), 500);
    assert_eq!(recorded.count("trade"), INSTRUMENTS * (MESSAGES + 1) / 3, "every third one");
    let live = recorded.book_changes("live", "bridged") as u64;
    assert!(live >= SNAPSHOTS_A_MINUTE, "{live} books came to life");
}
