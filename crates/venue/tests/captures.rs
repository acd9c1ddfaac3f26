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

/// Asserts that `decoded` says what `event` says; gives its type.
fn compare(decoded: &Decoded<'_>, event: &Value, spec: &InstrumentSpec) -> &'static str {
    let price = |key: &str| types::Price(mantissa(&event[key], spec.price_decimals));
    let qty = |key: &str| types::Qty(mantissa(&event[key], spec.qty_decimals));
    let number = |key: &str| event[key].as_u64().expect("a number");
    match decoded {
        Decoded::Depth(depth) => {
            assert_eq!(event["e"], "depthUpdate");
            assert_eq!((depth.first_id, depth.final_id), (number("U"), number("u")));
            assert_eq!(depth.previous_id, Some(number("pu")));
            assert_eq!((depth.event_ts, depth.exch_ts), (time(&event["E"]), time(&event["T"])));
            let mut wanted = levels(&event["b"], Side::Buy, spec);
            wanted.extend(levels(&event["a"], Side::Sell, spec));
            assert_eq!(depth.levels, wanted);
            assert_eq!(depth.instrument, spec.id);
            "depth"
        }
        Decoded::Quote { instrument, update_id, quote } => {
            assert_eq!(event["e"], "bookTicker");
            assert_eq!((*instrument, *update_id), (spec.id, number("u")));
            assert_eq!((quote.bid, quote.bid_qty), (price("b"), qty("B")));
            assert_eq!((quote.ask, quote.ask_qty), (price("a"), qty("A")));
            assert_eq!(quote.exch_ts, time(&event["T"]));
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
        Decoded::Unused(name) => {
            assert_eq!(event["e"], *name);
            name
        }
        other => panic!("{other:?} of {event}"),
    }
}

fn compare_snapshot(snapshot: &Snapshot<'_>, body: &Value, spec: &InstrumentSpec) {
    assert_eq!(snapshot.last_id, body["lastUpdateId"].as_u64().expect("an id"));
    assert_eq!(snapshot.bids, levels(&body["bids"], Side::Buy, spec));
    assert_eq!(snapshot.asks, levels(&body["asks"], Side::Sell, spec));
    assert_eq!((snapshot.event_ts, snapshot.exch_ts), (time(&body["E"]), time(&body["T"])));
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

fn check_capture(name: &str, spec: InstrumentSpec, messages: usize) {
    let Some(capture) = shared(name) else { return };
    let mut specs = SpecTable::new(1);
    specs.insert(spec).expect("a table");
    let mut decoder = Decoder::new(Dialect::BinanceUsdm, 1 << 18);
    let mut book = Book::new(Dialect::BinanceUsdm.sequence_rule());
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
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert!(book.sequence.is_live() && book.applied > 6000);
}

#[test]
fn every_message_of_btcusdt_decodes_and_bridges() {
    check_capture("captures/binance/usdm_btcusdt_20240808.gz", spec(0, "BTCUSDT", 2, 3), 93_954);
}

#[test]
fn every_message_of_ethusdt_decodes_and_bridges() {
    check_capture("captures/binance/usdm_ethusdt_20240808.gz", spec(1, "ETHUSDT", 2, 3), 74_655);
}

/// A whole session of 2021 with its own exchange information: four books.
#[test]
fn a_session_decodes_with_its_own_specifications() {
    let Some(session) = shared("captures/venues/BINANCE_FUTURES.jsonl.zst") else { return };
    let venue = Dialect::BinanceUsdm;
    let wanted = ["SUSHIUSDT", "AKROUSDT", "KEEPUSDT", "CTKUSDT"];
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
    let specs = venue.parse_exchange_info(info.as_bytes(), &wanted).expect("specifications");
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
    assert_eq!(
        seen,
        BTreeMap::from([
            ("snapshot", 4),
            ("depth", 764),
            ("quote", 613),
            ("aggTrade", 91),
            ("kline", 67)
        ])
    );
    assert!(books.iter().all(|book| book.sequence.is_live()));
}
