//! The real recordings, played: the book against a naive rebuild, and our orders against it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;

use serde_json::Value;

use super::{ask, order};
use crate::{
    Destination, Dialect, Exchange, ExchangeConfig, Outgoing, RestReply, RestRequest, Speed,
    StreamKind,
};

pub(crate) fn file(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("ALTHING_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join("captures/binance").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not here; set ALTHING_DATA to the data folder", path.display());
        return None;
    }
    Some(path)
}

fn play(files: Vec<PathBuf>) -> Exchange {
    let mut config = ExchangeConfig::capture(files, Speed::Ratio(1, 1)).on_virtual_time(0);
    (config.order_latency_ns, config.reply_latency_ns) = (0, 0);
    config.limits.weight_1m = u32::MAX;
    Exchange::new(config).unwrap()
}

fn depth(exchange: &mut Exchange, now: i64, symbol: &str) -> Option<Value> {
    let request = RestRequest {
        method: "GET".to_owned(),
        path: "/fapi/v1/depth".to_owned(),
        query: format!("symbol={symbol}&limit=1000"),
        ..RestRequest::default()
    };
    match exchange.rest(now, &request) {
        RestReply::Now(response) => serde_json::from_str(&response.body).ok(),
        RestReply::Later(_) => None,
    }
}

/// The twin: the whole file through serde_json values and string-keyed maps.
fn naive(path: &PathBuf) -> (i64, [BTreeMap<i64, String>; 2]) {
    let reader =
        BufReader::new(flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap()));
    let mut snapshot = None;
    let mut diffs = Vec::new();
    for line in reader.lines() {
        let line = line.unwrap();
        let value: Value = serde_json::from_str(line.split_once(' ').unwrap().1).unwrap();
        if value.get("lastUpdateId").is_some() {
            snapshot = Some(value);
        } else if value["data"]["e"] == "depthUpdate" {
            diffs.push(value["data"].clone());
        }
    }
    let snapshot = snapshot.unwrap();
    let mut last = snapshot["lastUpdateId"].as_i64().unwrap();
    let mut book = [BTreeMap::new(), BTreeMap::new()];
    apply(&mut book, [&snapshot["bids"], &snapshot["asks"]]);
    for diff in diffs {
        if diff["u"].as_i64().unwrap() >= last {
            apply(&mut book, [&diff["b"], &diff["a"]]);
            last = diff["u"].as_i64().unwrap();
        }
    }
    (last, book)
}

fn apply(book: &mut [BTreeMap<i64, String>; 2], sides: [&Value; 2]) {
    for (half, rows) in book.iter_mut().zip(sides) {
        for row in rows.as_array().unwrap() {
            let price = row[0].as_str().unwrap().replace('.', "").parse().unwrap();
            let qty = row[1].as_str().unwrap().to_owned();
            if qty.bytes().all(|b| b == b'0' || b == b'.') {
                half.remove(&price);
            } else {
                half.insert(price, qty);
            }
        }
    }
}

#[test]
fn played_books_equal_a_naive_rebuild() {
    let names = ["usdm_btcusdt_20240808.gz", "usdm_ethusdt_20240808.gz"];
    let Some(files) = names.iter().map(|n| file(n)).collect::<Option<Vec<_>>>() else { return };
    let mut exchange = play(files.clone());
    assert!(exchange.instruments().iter().all(|i| i.inferred));
    assert_eq!(exchange.instruments()[0].tick_size, 10, "0.10 with two decimals");
    let mut out = Vec::new();
    exchange.advance(i64::MAX, &mut out);
    assert_eq!(out.len(), 93_953 + 74_654);
    assert!(out.is_sorted_by_key(|o| o.at));
    assert!(exchange.is_ended() && exchange.failure().is_none());
    assert_eq!(exchange.stats().gap_recorded, 0);
    for (path, symbol) in files.iter().zip(["BTCUSDT", "ETHUSDT"]) {
        let played = depth(&mut exchange, i64::MAX / 2, symbol).unwrap();
        let (last, [bids, asks]) = naive(path);
        assert_eq!(played["lastUpdateId"], last);
        let rows = |value: &Value| -> Vec<(i64, String)> {
            let rows = value.as_array().unwrap().iter();
            rows.map(|r| (super::price_of(&r[0]), r[1].as_str().unwrap().to_owned())).collect()
        };
        let (bids, asks): (Vec<_>, Vec<_>) =
            (bids.into_iter().rev().take(1_000).collect(), asks.into_iter().take(1_000).collect());
        assert_eq!(rows(&played["bids"]), bids);
        assert_eq!(rows(&played["asks"]), asks);
    }
}

#[test]
fn depth_waits_for_the_snapshot_and_orders_meet_recorded_liquidity() {
    let Some(path) = file("usdm_btcusdt_20240808.gz") else { return };
    let mut exchange = play(vec![path]);
    let start = exchange.next_due().unwrap();
    assert_eq!(depth(&mut exchange, start, "BTCUSDT"), None);
    let early =
        ask(&mut exchange, start, "order.place", &order("BUY", "GTC", "61800.30", "0.010")).0;
    assert_eq!(early["error"]["code"], -4108);
    let mut out: Vec<Outgoing> = Vec::new();
    let (now, answer) = loop {
        let now = exchange.next_due().unwrap();
        exchange.advance(now, &mut out);
        if let Some(answer) = out.iter().find(|o| matches!(o.to, Destination::Rest { .. })) {
            break (now, answer.text.clone());
        }
    };
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let (price, qty) =
        (answer["asks"][0][0].as_str().unwrap(), answer["asks"][0][1].as_str().unwrap());
    let take = ask(&mut exchange, now, "order.place", &order("BUY", "IOC", price, qty)).0;
    assert_eq!(take["result"]["status"], "FILLED", "{take}");
    let again = ask(&mut exchange, now, "order.place", &order("BUY", "IOC", price, "0.010")).0;
    assert_eq!(again["result"]["status"], "EXPIRED", "taken liquidity stays taken: {again}");
    // A bid at the touch waits behind what is displayed, and the recorded trades fill it in the
    // end.
    let bid = answer["bids"][0][0].as_str().unwrap();
    let rest = ask(&mut exchange, now, "order.place", &order("BUY", "GTX", bid, "0.500")).0;
    assert_eq!(rest["result"]["status"], "NEW", "{rest}");
    exchange.advance(now + 300_000_000_000, &mut out);
    let filled = exchange.order_states().into_values().last().unwrap();
    assert_eq!((filled.1, filled.2), ("FILLED", 500));
}

fn written(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("althing-exchange-{}-{name}", std::process::id()));
    std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    path
}

const TRADE: &str = r#"1723161255088181667 {"stream":"btcusdt@trade","data":{"e":"trade","E":1,"T":1,"s":"BTCUSDT","t":1,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}"#;
const DEPTH: &str = r#"1723161255088181668 {"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161255000,"T":1723161255000,"s":"BTCUSDT","U":1,"u":2,"pu":0,"b":[["1.0","1"]],"a":[]}}"#;

#[test]
fn bad_recordings_are_refused_with_file_and_line() {
    let refusal = |path: &PathBuf| {
        let config = ExchangeConfig::capture(vec![path.clone()], Speed::Max);
        Exchange::new(config).err().unwrap().to_string()
    };
    let path = written("malformed", &format!("{TRADE}\n1723161255088181668 {{\"stream\":\n"));
    let why = refusal(&path);
    assert!(why.contains("malformed line 2") && why.contains("JSON"), "{why}");
    let path = written("snapshotless", &format!("{TRADE}\n{DEPTH}\n"));
    let why = refusal(&path);
    assert!(why.contains("snapshotless") && why.contains("no REST snapshot"), "{why}");
    let mut whole = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..2_000 {
        writeln!(whole, "{TRADE}").unwrap();
    }
    let bytes = whole.finish().unwrap();
    let path = written("cut.gz", "");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let why = refusal(&path);
    assert!(why.contains("cut.gz") && why.contains("cut off"), "{why}");
    let why = refusal(&PathBuf::from("/nowhere/at/all"));
    assert!(why.contains("/nowhere/at/all"), "{why}");
}

#[test]
fn real_time_restamps_and_speed_is_kept() {
    let snapshot = r#"1723161255588181668 {"lastUpdateId":2,"E":1,"T":1,"bids":[["1.0","1"]],"asks":[["2.0","1"]]}"#;
    let late = DEPTH.replace("1723161255088181668", "1723161255688181668");
    let path = written("restamp", &format!("{TRADE}\n{DEPTH}\n{snapshot}\n{late}\n"));
    let config = ExchangeConfig::capture(vec![path], Speed::parse("2").unwrap());
    let mut exchange = Exchange::new(config).unwrap();
    assert_eq!(exchange.next_due(), None, "nothing happens before the start");
    let now = 1_900_000_000_000_000_000;
    exchange.start(now);
    let mut out = Vec::new();
    exchange.advance(now + 299_000_000, &mut out);
    assert_eq!(out.len(), 2);
    exchange.advance(now + 301_000_000, &mut out);
    assert_eq!(out.len(), 3);
    assert!(out[2].text.contains("\"E\":1900000000301,\"T\":1900000000301,"), "{}", out[2].text);
    assert_eq!(out[2].to, Destination::Market { instrument: 0, kind: StreamKind::Depth });
}

#[test]
fn recording_is_held_once_its_book_is_joined_and_goes_on_where_it_stood() {
    let line = |at: i64, first: i64, last: i64, previous: i64| {
        format!(
            "17231612550000000{at} {{\"stream\":\"btcusdt@depth@0ms\",\"data\":{{\"e\":\"depthUpdate\",\"E\":1,\"T\":1,\
             \"s\":\"BTCUSDT\",\"U\":{first},\"u\":{last},\"pu\":{previous},\"b\":[[\"10.0\",\"1\"]],\
             \"a\":[[\"11.0\",\"1\"]]}}}}\n"
        )
    };
    let snapshot = "1723161255000000030 {\"lastUpdateId\":25,\"bids\":[[\"10.0\",\"2\"]],\"asks\":[[\"11.0\",\"2\"]]}\n";
    // The snapshot joins the second update only when the third has come.
    let text = [
        line(10, 1, 10, 0),
        line(20, 11, 20, 10),
        snapshot.to_owned(),
        line(40, 21, 30, 20),
        line(50, 31, 40, 30),
        line(60, 41, 50, 40),
    ];
    let path = written("held", &text.concat());
    let mut exchange = Exchange::new(ExchangeConfig::capture(vec![path], Speed::Max)).unwrap();
    exchange.hold_when_joined();
    exchange.start(1_000);
    let mut out = Vec::new();
    exchange.advance(2_000, &mut out);
    assert_eq!((out.len(), exchange.is_paused()), (3, true));
    exchange.advance(9_000, &mut out);
    assert_eq!(out.len(), 3, "nothing is played while it is held");
    exchange.release(10_000);
    exchange.advance(11_000, &mut out);
    assert_eq!((out.len(), exchange.is_paused()), (5, false));
}

/// A recording of one book: a snapshot and the update that joins it, which shows `quantity` at
/// 10.0; the snapshot shows `first` there.
fn small(name: &str, first: &str, quantity: &str) -> PathBuf {
    let text = format!(
        "1723161255000000010 {{\"lastUpdateId\":5,\"bids\":[[\"10.0\",\"{first}\"]],\"asks\":[[\"11.0\",\"2\"]]}}\n\
         1723161255000000020 {{\"stream\":\"btcusdt@depth@0ms\",\"data\":{{\"e\":\"depthUpdate\",\"E\":1,\"T\":1,\
         \"s\":\"BTCUSDT\",\"U\":4,\"u\":10,\"pu\":3,\"b\":[[\"10.0\",\"{quantity}\"]],\"a\":[]}}}}\n"
    );
    written(name, &text)
}

#[test]
fn quantities_in_exponent_form_make_the_same_book_as_plain_ones() {
    let book = |name: &str, first: &str, quantity: &str| {
        let mut exchange = play(vec![small(name, first, quantity)]);
        exchange.advance(i64::MAX, &mut Vec::new());
        assert!(exchange.failure().is_none(), "{:?}", exchange.failure());
        let rules = exchange.instruments()[0].clone();
        assert_eq!((rules.price_decimals, rules.qty_decimals, rules.lot_size), (1, 3, 1));
        depth(&mut exchange, i64::MAX / 2, "BTCUSDT").unwrap()["bids"].clone()
    };
    let plain = book("plain", "0.1", "0.014");
    assert_eq!(plain, serde_json::json!([["10.0", "0.014"]]));
    assert_eq!(book("exponent", "1e-1", "14e-3"), plain);
    // A snapshot that came before anybody knew whose it was counts too.
    assert_eq!(book("early", "0.001", "0"), serde_json::json!([]));
}

#[test]
fn what_cannot_be_read_is_refused_with_file_and_line() {
    for (name, quantity, why) in [
        ("word", "1x", "line 2: its quantity \"1x\" is no decimal number"),
        ("fine", "1e-19", "line 2: its quantity \"1e-19\" has more than 18 decimals"),
        ("negative", "-1", "line 2: its quantity \"-1\" is below zero"),
        ("huge", "12345678901234567891", "line 2: its quantity \"12345678901234567891\" has more"),
        ("large", "1e20", "line 2: a quantity has 21 digits before the point"),
    ] {
        let path = small(name, "1", quantity);
        let config = ExchangeConfig::capture(vec![path.clone()], Speed::Max);
        let found = Exchange::new(config).err().map(|why| why.to_string()).unwrap();
        assert!(found.contains(&path.display().to_string()), "{found}");
        assert!(found.contains(why) && found.contains("remove the line"), "{found}");
    }
}

fn session(name: &str) -> Option<PathBuf> {
    let path = file("../venues").map(|folder| folder.join(name))?;
    if !path.exists() {
        eprintln!("SKIPPED: {} is not here; set ALTHING_DATA to the data folder", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn capture_of_the_other_market_is_refused_with_what_shows_it() {
    let open = |path: &PathBuf, dialect| {
        let config = ExchangeConfig::capture(vec![path.clone()], Speed::Max);
        Exchange::new(ExchangeConfig { dialect, ..config }).err().map(|why| why.to_string())
    };
    let (usdm, spot) = (Dialect::BinanceUsdm, Dialect::BinanceSpot);
    for (path, origin, other, why) in [
        (file("spot_btcusdt_20240808.gz"), spot, usdm, "line 1 is a depth update without pu"),
        (file("usdm_btcusdt_20240808.gz"), usdm, spot, "line 1 is a depth update with pu"),
        (session("BINANCE.jsonl.zst"), spot, usdm, "its header says so"),
        (session("BINANCE_FUTURES.jsonl.zst"), usdm, spot, "its header says so"),
    ] {
        let Some(path) = path else { continue };
        assert_eq!(open(&path, origin), None);
        let refusal = open(&path, other).unwrap();
        let market = if origin == spot { "Binance spot" } else { "Binance USD-M futures" };
        assert!(refusal.contains(market) && refusal.contains(why), "{refusal}");
        assert!(refusal.contains(&format!("play it as {}", origin.word())), "{refusal}");
    }
    for line in [
        r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"1.0","q":"1","T":1,"m":true,"M":true}}"#,
        r#"{"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"1.0","B":"1","a":"2.0","A":"1"}}"#,
    ] {
        let path = written("spot-line", &format!("1723161255088181667 {line}\n"));
        assert!(open(&path, usdm).unwrap().contains("Binance spot"));
    }
}

#[test]
fn session_plays_by_its_times_with_the_rules_it_states() {
    let Some(path) = session("BINANCE_FUTURES.jsonl.zst") else { return };
    let mut exchange = play(vec![path]);
    let sushi = exchange.instruments().iter().position(|i| i.symbol == "SUSHIUSDT").unwrap();
    let rules = exchange.instruments()[sushi].clone();
    assert_eq!((rules.inferred, rules.tick_size, rules.lot_size), (false, 10, 1));
    let mut out = Vec::new();
    exchange.advance(i64::MAX, &mut out);
    assert!(exchange.failure().is_none() && out.is_sorted_by_key(|o| o.at) && out.len() > 100);
    let depth = depth(&mut exchange, i64::MAX / 2, "SUSHIUSDT").unwrap();
    let top = |side: &str| super::price_of(&depth[side][0][0]);
    assert!(top("bids") < top("asks"), "{} {}", top("bids"), top("asks"));
}
