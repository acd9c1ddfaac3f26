//! More than one connection for each stream, and connections that are replaced while the line runs:
//! nothing is lost, nothing is told twice, and nobody downstream can see it.
//!
//! The same market over sockets as everywhere else here, with `feed.copies` and rotation set so
//! short that a run of seconds sees each connection replaced more than once.

use crate::audit::audit;
use crate::http::get;
use crate::program::{Program, Running, althing};
use crate::scratch::Scratch;
use crate::summary::{count, is_decimal, list, text};
use crate::worlds::{Run, demo, files};
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Two connections for each stream, each replaced every two seconds.
fn restless(program: Program) -> Program {
    program
        .env("ALTHING__FEED__COPIES", "2")
        .env("ALTHING__FEED__ROTATE_AFTER_S", "2")
        .env("ALTHING__FEED__ROTATE_OVERLAP_MS", "300")
}

#[test]
fn copies_and_replaced_connections_leave_no_gap_and_no_trace_in_the_record() {
    let scratch = Scratch::new();
    let arguments = ["--seed", "7", "--duration", "6"];
    let ended = restless(demo(&scratch, &arguments)).run().code(0);
    let summary = ended.json();
    let nothing = ["gaps", "crossed", "undecodable", "dropped", "allocations_after_seal"];
    for key in nothing.iter().chain(&["contradictions"]) {
        assert_eq!(count(&summary, key), 0, "{key}\n{}", ended.said());
    }
    assert!(count(&summary, "orders") > 0, "{}", ended.said());
    assert_eq!(summary["replay_equal"], true, "{}", ended.said());
    assert_eq!(summary["venue_agrees"], true, "{}", ended.said());
    // Each depth message came twice and was told once: the frames of the record, not of the wire.
    let recorded = audit(&Run { summary, scratch });
    let id = |row| (text(row, "instrument"), text(row, "trade_id"));
    let trades: Vec<(&str, &str)> = recorded.of_kind("trade").map(id).collect();
    let mut once = trades.clone();
    once.sort_unstable();
    once.dedup();
    assert!(trades.len() > 100, "too few trades to prove anything");
    assert_eq!(once.len(), trades.len(), "a trade was told twice");
    assert_eq!(recorded.book_changes("stale", "disconnected"), 0, "a book saw a connection go");
}

/// The value of every sample whose name and labels hold all of `words`.
fn samples<'p>(page: &'p str, words: &'p [&str]) -> impl Iterator<Item = f64> + 'p {
    let told = page.lines().filter(|line| !line.starts_with('#'));
    let told = told.filter(move |line| words.iter().all(|word| line.contains(word)));
    told.filter_map(|line| line.rsplit(' ').next()?.parse().ok())
}

fn metrics_of(running: &mut Running) -> String {
    running.until(|_, err| {
        let (_, rest) = err.split_once("http://")?;
        Some(rest.split_once("/metrics")?.0.to_owned())
    })
}

#[test]
fn successors_carry_the_streams_on_and_the_metrics_count_them() {
    let scratch = Scratch::new();
    let (config, state) = (format!("{ROOT}/configs/demo.toml"), scratch.at("state"));
    let arguments = ["run", "--config", &config, "--state", &state, "--duration", "60"];
    let mut running = restless(althing(&arguments)).start();
    let at = metrics_of(&mut running);
    // Three streams of two copies are carried by connections of even numbers; a successor has the
    // odd number behind, and whoever is replaced twice has the even one again.
    let page = running.poll(|| {
        let page = get(&at, "/metrics")?.body;
        let brought = |odd: &str| {
            let connection = format!("connection=\"market.{odd}\"");
            samples(&page, &["stream_messages_total", &connection, "\"first\""]).sum::<f64>() > 0.0
        };
        let opened: f64 = samples(&page, &["althing_feed_connections_opened_total"]).sum();
        (brought("1") && brought("3") && opened >= 12.0).then_some(page)
    });
    assert_eq!(samples(&page, &["book_changes_total", "\"gap\""]).sum::<f64>(), 0.0);
    assert_eq!(samples(&page, &["althing_allocations_after_seal_total"]).sum::<f64>(), 0.0);
    let late: f64 = samples(&page, &["stream_messages_total", "\"late\""]).sum();
    assert!(late > 100.0, "the second copies were not there: {late}");
    running.terminate();
    running.finish().code(0);
    let journals = files(&scratch.path().join("state/journal"));
    let journal = journals[0].display().to_string();
    let replayed = althing(&["replay", &journal, "--verify", "--json"]).run().code(0).json();
    assert_eq!(replayed["equal"], true);
}

#[test]
fn the_exchange_alone_speaks_spot_when_it_is_asked_to() {
    let arguments = ["venue", "--dialect", "binance_spot", "--listen", "127.0.0.1:0", "--json"];
    let mut running = althing(&arguments).start();
    let told: Value = running.until(|out, _| serde_json::from_str(out.strip_suffix('\n')?).ok());
    assert_eq!(told["dialect"], "binance_spot");
    let authority = text(&told, "rest").strip_prefix("http://").expect("http").to_owned();
    let ask = |path: &str| {
        let answer = get(&authority, path).expect("an answer");
        let document: Value = serde_json::from_str(&answer.body).expect("JSON");
        (answer.status, document)
    };
    let (status, book) = ask("/api/v3/depth?symbol=BTCUSDT&limit=10");
    assert_eq!(status, 200, "{book}");
    assert!(book["lastUpdateId"].is_u64() && book["E"].is_null(), "spot tells no time: {book}");
    for side in ["bids", "asks"] {
        assert_eq!(list(&book, side).len(), 10, "{book}");
        for level in list(&book, side) {
            assert!(is_decimal(&level[0]) && is_decimal(&level[1]), "{level}");
        }
    }
    let (status, info) = ask("/api/v3/exchangeInfo");
    assert_eq!(status, 200, "{info}");
    let symbols: Vec<&str> = list(&info, "symbols").iter().map(|s| text(s, "symbol")).collect();
    assert_eq!(symbols, ["BTCUSDT", "ETHUSDT"], "no perpetual among them");
    for symbol in list(&info, "symbols") {
        assert_eq!(symbol["status"], "TRADING");
        let kinds: Vec<&str> =
            list(symbol, "filters").iter().map(|f| text(f, "filterType")).collect();
        for kind in ["PRICE_FILTER", "LOT_SIZE"] {
            assert!(kinds.contains(&kind), "{kind} is not in {kinds:?}");
        }
    }
    assert_eq!(ask("/api/v3/depth?symbol=NOPE").1["code"], -1121);
    assert_eq!(get(&authority, "/fapi/v1/time").expect("an answer").status, 404);
    running.terminate();
    running.finish().code(0);
}
