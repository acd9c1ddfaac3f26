//! Every message of the real captures, decoded and compared with what another
//! JSON parser and another reader of decimals make of it.

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use support::{frames, padded, shared, spec};
use types::{Decimal, InstrumentSpec, Nanos, Side};
use venue::{
    Decoded, Decoder, DepthSequence, Dialect, LevelChange, SequenceRule, Snapshot, SpecTable, Step,
};

/// Digits as they stand: `61800.20` at 2 places is 6180020. Slow and obvious.
fn mantissa(value: &Value, places: u8) -> i64 {
    let text = value.as_str().expect("a price or quantity in quotes");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (kept, rest) = fraction.split_at(fraction.len().min(usize::from(places)));
    assert!(rest.bytes().all(|byte| byte == b'0'), "{text} at {places}");
    format!("{whole}{kept:0<width$}", width = usize::from(places)).parse().expect("digits")
}

/// The text reads and prints as itself, and as a mantissa gives the same value.
fn round_trip(value: &Value, places: u8) {
    let text = value.as_str().expect("a price or quantity in quotes");
    let decimal = Decimal::parse(text.as_bytes()).expect("a decimal");
    assert_eq!(decimal.to_string(), text);
    let there = Decimal::parse_at(text.as_bytes(), places).expect("exact");
    assert_eq!(there, mantissa(value, places), "{text}");
    let back = Decimal::new(there, places);
    assert_eq!(back.compare(decimal), std::cmp::Ordering::Equal, "{text}");
}

fn levels(value: &Value, side: Side, spec: &InstrumentSpec) -> Vec<LevelChange> {
    let level = |pair: &Value| {
        round_trip(&pair[0], spec.price_decimals);
        round_trip(&pair[1], spec.qty_decimals);
        LevelChange {
            side,
            price: types::Price(mantissa(&pair[0], spec.price_decimals)),
            qty: types::Qty(mantissa(&pair[1], spec.qty_decimals)),
        }
    };
    value.as_array().expect("levels").iter().map(level).collect()
}

fn time(value: &Value) -> Nanos {
    Nanos(value.as_i64().expect("milliseconds") * 1_000_000)
}

/// As [`time`]; 0 where there is none.
fn told_time(value: &Value) -> Nanos {
    if value.is_null() { Nanos(0) } else { time(value) }
}

/// Asserts that `decoded` says what `event` says; gives its type.
fn compare(decoded: &Decoded<'_>, event: &Value, spec: &InstrumentSpec) -> &'static str {
    let price = |key: &str| types::Price(mantissa(&event[key], spec.price_decimals));
    let qty = |key: &str| types::Qty(mantissa(&event[key], spec.qty_decimals));
    let number = |key: &str| event[key].as_u64().expect("a number");
    match decoded {
        Decoded::Depth(depth) => {
            assert_eq!(event["e"], "depthUpdate");
            assert_eq!((depth.first_id, depth.final_id), (number("U"), number("u")));
            // Spot tells neither the id before nor the engine's time.
            assert_eq!(depth.previous_id, event["pu"].as_u64());
            let made = if event["T"].is_null() { &event["E"] } else { &event["T"] };
            assert_eq!((depth.event_ts, depth.exch_ts), (time(&event["E"]), time(made)));
            let mut wanted = levels(&event["b"], Side::Buy, spec);
            wanted.extend(levels(&event["a"], Side::Sell, spec));
            assert_eq!(depth.levels, wanted);
            assert_eq!(depth.instrument, spec.id);
            "depth"
        }
        Decoded::Quote { instrument, update_id, quote } => {
            assert!(event["e"].is_null() || event["e"] == "bookTicker");
            assert_eq!((*instrument, *update_id), (spec.id, number("u")));
            assert_eq!((quote.bid, quote.bid_qty), (price("b"), qty("B")));
            assert_eq!((quote.ask, quote.ask_qty), (price("a"), qty("A")));
            assert_eq!(quote.exch_ts, told_time(&event["T"]));
            for key in ["b", "a"] {
                round_trip(&event[key], spec.price_decimals);
            }
            "quote"
        }
        Decoded::Trade { instrument, trade } => {
            assert_eq!(event["e"], "trade");
            assert_eq!((*instrument, trade.trade_id), (spec.id, number("t")));
            assert_eq!((trade.price, trade.qty), (price("p"), qty("q")));
            assert_eq!(trade.exch_ts, time(&event["T"]));
            assert_eq!(trade.aggressor == Side::Sell as u8, event["m"].as_bool().expect("m"));
            round_trip(&event["q"], spec.qty_decimals);
            "trade"
        }
        Decoded::AggTrade { instrument, trade } => {
            assert_eq!(event["e"], "aggTrade");
            assert_eq!((*instrument, trade.agg_id), (spec.id, number("a")));
            assert_eq!((trade.price, trade.qty), (price("p"), qty("q")));
            assert_eq!(u64::from(trade.trades), number("l") - number("f") + 1);
            assert_eq!(trade.exch_ts, time(&event["T"]));
            assert_eq!(trade.aggressor == Side::Sell as u8, event["m"].as_bool().expect("m"));
            "aggTrade"
        }
        Decoded::Kline { instrument, prices, volume } => {
            assert_eq!(event["e"], "kline");
            let candle = &event["k"];
            let price = |key: &str| types::Price(mantissa(&candle[key], spec.price_decimals));
            let qty = |key: &str| types::Qty(mantissa(&candle[key], spec.qty_decimals));
            assert_eq!((*instrument, prices.open_ts), (spec.id, time(&candle["t"])));
            assert_eq!((prices.open, prices.high), (price("o"), price("h")));
            assert_eq!((prices.low, prices.close), (price("l"), price("c")));
            assert_eq!((volume.volume, volume.taker_volume), (qty("v"), qty("V")));
            let quote = types::Money::from(volume.quote_volume);
            assert_eq!(quote.0, i128::from(mantissa(&candle["q"], 8)) * 10_i128.pow(10));
            assert_eq!(u64::from(volume.trades), candle["n"].as_u64().expect("n"));
            assert_eq!(volume.closed == 1, candle["x"].as_bool().expect("x"));
            let interval = volume.interval().expect("a known length");
            assert_eq!(candle["i"], interval.as_str());
            "kline"
        }
        other => panic!("{other:?} of {event}"),
    }
}

fn compare_snapshot(snapshot: &Snapshot<'_>, body: &Value, spec: &InstrumentSpec) {
    assert_eq!(snapshot.last_id, body["lastUpdateId"].as_u64().expect("an id"));
    assert_eq!(snapshot.bids, levels(&body["bids"], Side::Buy, spec));
    assert_eq!(snapshot.asks, levels(&body["asks"], Side::Sell, spec));
    let times = (told_time(&body["E"]), told_time(&body["T"]));
    assert_eq!((snapshot.event_ts, snapshot.exch_ts), times);
}

/// One book's place in the sequence, with what came before its snapshot.
struct Book {
    sequence: DepthSequence,
    held: Vec<(u64, u64, Option<u64>)>,
    applied: u64,
}

impl Book {
    fn new(rule: SequenceRule) -> Self {
        Self { sequence: DepthSequence::new(rule), held: Vec::new(), applied: 0 }
    }

    fn take(&mut self, message: (u64, u64, Option<u64>)) {
        match self.sequence.step(message.0, message.1, message.2) {
            Step::Hold => self.held.push(message),
            Step::Apply => self.applied += 1,
            Step::Ignore(_) => {}
            Step::Gap { expected, seen } => panic!("gap: wanted {expected}, saw {seen}"),
        }
    }

    fn snapshot(&mut self, last_id: u64) {
        self.sequence.on_snapshot(last_id);
        for message in std::mem::take(&mut self.held) {
            self.take(message);
        }
    }
}

/// A capture with its dialect and what it holds.
struct Capture {
    name: &'static str,
    dialect: Dialect,
    spec: InstrumentSpec,
    messages: usize,
    /// Whether its snapshot is in it, and how many changes follow it at least.
    bridges: Option<u64>,
}

fn check_capture(case: &Capture) {
    let Capture { name, dialect, spec, messages, bridges } = *case;
    let Some(capture) = shared(name) else { return };
    let mut specs = SpecTable::new(1);
    specs.insert(spec).expect("a table");
    let mut decoder = Decoder::new(dialect, 1 << 18);
    let mut book = Book::new(dialect.sequence_rule());
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for frame in frames(&capture) {
        let value: Value = serde_json::from_slice(frame).expect("JSON");
        let mut bytes = padded(frame);
        if value.get("lastUpdateId").is_some() {
            let snapshot = decoder.decode_snapshot(&mut bytes, frame.len(), &spec);
            let snapshot = snapshot.expect("a snapshot");
            compare_snapshot(&snapshot, &value, &spec);
            assert_eq!((snapshot.bids.len(), snapshot.asks.len()), (1000, 1000));
            book.snapshot(snapshot.last_id);
            *seen.entry("snapshot").or_default() += 1;
            continue;
        }
        let decoded = decoder.decode(&mut bytes, frame.len(), &specs).expect("a known frame");
        *seen.entry(compare(&decoded, &value["data"], &spec)).or_default() += 1;
        if let Decoded::Depth(depth) = decoded {
            book.take((depth.first_id, depth.final_id, depth.previous_id));
        }
        // So does the full parser alone.
        let mut bytes = padded(frame);
        let parsed = decoder.decode_parsed(&mut bytes, frame.len(), &specs).expect("a frame");
        compare(&parsed, &value["data"], &spec);
        // The raw form says the same.
        if seen.values().sum::<usize>() % 97 == 0 {
            let raw = value["data"].to_string();
            let decoded = decoder.decode(&mut padded(raw.as_bytes()), raw.len(), &specs);
            compare(&decoded.expect("the raw form"), &value["data"], &spec);
        }
    }
    assert_eq!(seen.values().sum::<usize>(), messages, "{seen:?}");
    assert_eq!(seen.len(), 3 + usize::from(bridges.is_some()), "{seen:?}");
    assert_eq!(book.sequence.is_live(), bridges.is_some());
    assert!(book.applied >= bridges.unwrap_or(0), "{}", book.applied);
}

fn usdm(name: &'static str, spec: InstrumentSpec, messages: usize) -> Capture {
    Capture { name, dialect: Dialect::BinanceUsdm, spec, messages, bridges: Some(6000) }
}

#[test]
fn every_message_of_btcusdt_decodes_and_bridges() {
    let spec = spec(0, "BTCUSDT", 2, 3);
    check_capture(&usdm("captures/binance/usdm_btcusdt_20240808.gz", spec, 93_954));
}

#[test]
fn every_message_of_ethusdt_decodes_and_bridges() {
    let spec = spec(1, "ETHUSDT", 2, 3);
    check_capture(&usdm("captures/binance/usdm_ethusdt_20240808.gz", spec, 74_655));
}

/// At the places that spot writes, and with prices at the tick, whose written places
/// end in zeros. Quantities are finer than the step of their day.
#[test]
fn every_message_of_spot_decodes_and_bridges_at_either_scale() {
    for (price, qty) in [(8, 8), (2, 8)] {
        check_capture(&Capture {
            name: "captures/binance/spot_btcusdt_20240808.gz",
            dialect: Dialect::BinanceSpot,
            spec: spec(0, "BTCUSDT", price, qty),
            messages: 41_249,
            bridges: Some(3000),
        });
    }
}

/// The second file goes on where the first ends and has no snapshot.
#[test]
fn every_message_of_spot_after_midnight_decodes() {
    check_capture(&Capture {
        name: "captures/binance/spot_btcusdt_20240809.gz",
        dialect: Dialect::BinanceSpot,
        spec: spec(0, "BTCUSDT", 8, 8),
        messages: 58_325,
        bridges: None,
    });
}

/// Whole sessions of 2021 with their own exchange information: four books.
#[test]
fn a_futures_session_decodes_with_its_own_specifications() {
    let wanted = ["SUSHIUSDT", "AKROUSDT", "KEEPUSDT", "CTKUSDT"];
    let name = "captures/venues/BINANCE_FUTURES.jsonl.zst";
    let Some((seen, live)) = session(name, Dialect::BinanceUsdm, &wanted) else { return };
    let counts = [("snapshot", 4), ("depth", 764), ("quote", 613), ("aggTrade", 91), ("kline", 67)];
    assert_eq!(seen, BTreeMap::from(counts));
    assert_eq!(live, 4);
}

/// Its books hold prices and quantities finer than the ticks and steps of their
/// day: NKNUSDT has five places on a tick of four.
#[test]
fn a_spot_session_decodes_with_its_own_specifications() {
    let wanted = ["NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR"];
    let name = "captures/venues/BINANCE.jsonl.zst";
    let Some((seen, live)) = session(name, Dialect::BinanceSpot, &wanted) else { return };
    let counts = [("snapshot", 4), ("depth", 177), ("quote", 0), ("aggTrade", 2), ("kline", 2)];
    let quotes = seen.get("quote").copied().unwrap_or(0);
    assert!(quotes > 50, "{seen:?}");
    let counts = counts.map(|(name, count)| (name, if count == 0 { quotes } else { count }));
    assert_eq!(seen, BTreeMap::from(counts));
    assert_eq!(live, 4);
}

/// How often each kind came, and how many books are live in the end.
fn session(
    name: &str,
    venue: Dialect,
    wanted: &[&str],
) -> Option<(BTreeMap<&'static str, usize>, usize)> {
    let session = shared(name)?;
    let mut lines: Vec<Value> = session
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("JSON"))
        .collect();
    // The file's order is not its time's.
    lines.sort_by(|a, b| a["ts"].as_f64().partial_cmp(&b["ts"].as_f64()).expect("times"));
    let info = lines.iter().find(|line| {
        line["url"].as_str().is_some_and(|url| url.ends_with(venue.paths().exchange_info))
    });
    let info = info.expect("exchange information")["data"].as_str().expect("a body");
    let specs = venue.parse_exchange_info(info.as_bytes(), wanted).expect("specifications");
    let mut table = SpecTable::new(wanted.len());
    for spec in &specs {
        table.insert(*spec).expect("room");
    }
    let mut decoder = Decoder::new(venue, 1 << 18);
    let mut books: Vec<Book> = wanted.iter().map(|_| Book::new(venue.sequence_rule())).collect();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for line in &lines {
        let Some(data) = line["data"].as_str() else { continue };
        let mut bytes = padded(data.as_bytes());
        if let Some(url) = line["url"].as_str() {
            let Some(spec) =
                specs.iter().find(|spec| url.ends_with(&venue.depth_path(&spec.symbol)))
            else {
                continue;
            };
            let snapshot = decoder.decode_snapshot(&mut bytes, data.len(), spec).expect("a book");
            compare_snapshot(&snapshot, &serde_json::from_str(data).expect("JSON"), spec);
            books[spec.id.index()].snapshot(snapshot.last_id);
            *seen.entry("snapshot").or_default() += 1;
        } else if line["t"] == "recv" {
            let value: Value = serde_json::from_str(data).expect("JSON");
            let symbol = value["data"]["s"].as_str().expect("a symbol");
            let spec = table.by_symbol(symbol.as_bytes()).expect("a known symbol");
            let decoded = decoder.decode(&mut bytes, data.len(), &table).expect("a known frame");
            *seen.entry(compare(&decoded, &value["data"], spec)).or_default() += 1;
            if let Decoded::Depth(depth) = decoded {
                let message = (depth.first_id, depth.final_id, depth.previous_id);
                books[spec.id.index()].take(message);
            }
        }
    }
    let live = books.iter().filter(|book| book.sequence.is_live()).count();
    Some((seen, live))
}
