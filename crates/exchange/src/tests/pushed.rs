//! A market that is pushed in: the recordings once more, message by message, against their own
//! playing; copies, breaks and holes; bad input.

use std::io::{BufRead, BufReader};
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use super::captures::file;
use super::{ask, order};
use crate::{
    Destination, Dialect, Exchange, ExchangeConfig, Instrument, Outgoing, QueueModel, RestReply,
    RestRequest, Speed,
};

const MS: i64 = 1_000_000;

fn without_latency(mut config: ExchangeConfig) -> Exchange {
    (config.order_latency_ns, config.reply_latency_ns) = (0, 0);
    config.limits.weight_1m = u32::MAX;
    config.limits.orders_10s = u32::MAX;
    Exchange::new(config).unwrap()
}

fn perpetual() -> Instrument {
    Instrument::new("BTCUSDT", (2, 3), ("0.10", "0.001"), "100.00").unwrap()
}

fn fresh() -> Exchange {
    without_latency(ExchangeConfig::pushed(Dialect::BinanceUsdm, vec![perpetual()]))
}

/// Pushes and lets it take effect; what comes out.
fn push(exchange: &mut Exchange, at: i64, frame: &str) -> Vec<Outgoing> {
    let mut out = Vec::new();
    exchange.push(at, frame.as_bytes());
    exchange.advance(at, &mut out);
    out
}

fn update(ids: (i64, i64, i64), bids: &str, asks: &str) -> String {
    let (first, last, previous) = ids;
    format!(
        r#"{{"stream":"btcusdt@depth@100ms","data":{{"e":"depthUpdate","E":1,"T":1,"s":"BTCUSDT","U":{first},"u":{last},"pu":{previous},"b":[{bids}],"a":[{asks}]}}}}"#
    )
}

fn trade(id: i64, price: &str, qty: &str, seller: bool) -> String {
    format!(
        r#"{{"e":"trade","E":1,"T":1,"s":"BTCUSDT","t":{id},"p":"{price}","q":"{qty}","X":"MARKET","m":{seller}}}"#
    )
}

const SNAPSHOT: &str = r#"{"lastUpdateId":100,"E":1,"T":1,"bids":[["99.00","10"]],"asks":[["101.00","10"],["102.00","10"]]}"#;

/// Bids 99:10, asks 101:10 and 102:10 as of update 100, confirmed by update 110.
fn whole() -> Exchange {
    let mut exchange = fresh();
    join(&mut exchange, 1);
    assert!(exchange.is_book_ready(0));
    exchange
}

fn join(exchange: &mut Exchange, at: i64) {
    exchange.push_snapshot(at, 0, SNAPSHOT.as_bytes());
    push(exchange, at, &update((101, 110, 100), r#"["98.00","1"]"#, ""));
}

fn place(exchange: &mut Exchange, at: i64, side: &str, tif: &str, price: &str) -> Value {
    ask(exchange, at, "order.place", &order(side, tif, price, "5.000")).0
}

fn fills(out: &[Outgoing]) -> Vec<String> {
    let private = out.iter().filter(|message| message.to == Destination::Private);
    let events = private.map(|m| serde_json::from_str::<Value>(&m.text).unwrap());
    let trades = events.filter(|event| event["o"]["x"] == "TRADE");
    trades.map(|event| event["o"]["l"].as_str().unwrap().to_owned()).collect()
}

fn ask_touch(exchange: &mut Exchange, at: i64, path: &str) -> Option<Value> {
    let request = RestRequest {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: "symbol=BTCUSDT&limit=1000".to_owned(),
        ..RestRequest::default()
    };
    match exchange.rest(at, &request) {
        RestReply::Now(response) => serde_json::from_str(&response.body).ok(),
        RestReply::Later(_) => None,
    }
}

/// What own orders came to, and the book in the end.
#[derive(Debug, PartialEq)]
struct Outcome {
    events: Vec<(i64, String)>,
    orders: Vec<(String, &'static str, i64)>,
    wallet: i128,
    depth: Value,
}

struct Case {
    name: &'static str,
    dialect: Dialect,
    copies: usize,
}

/// Every 500 ms an order: across the spread, at the touch, or the oldest one canceled. Decided by
/// the book that the exchange shows, so that one difference makes many.
struct Schedule {
    next: i64,
    count: usize,
    events: Vec<(i64, String)>,
}

impl Schedule {
    fn note(&mut self, out: &[Outgoing]) {
        let own = |m: &&Outgoing| matches!(m.to, Destination::Private | Destination::Api(_));
        self.events.extend(out.iter().filter(own).map(|m| (m.at, m.text.clone())));
    }

    fn turn(&mut self, exchange: &mut Exchange, now: i64, path: &str) {
        if now < self.next {
            return;
        }
        self.next = now + 500 * MS;
        let Some(depth) = ask_touch(exchange, now, path) else { return };
        let price =
            |side: &str| depth[side][0][0].as_str().unwrap_or_else(|| panic!("{depth}")).to_owned();
        self.count += 1;
        let (side, price, tif) = match self.count % 4 {
            0 => ("BUY", price("asks"), "IOC"),
            1 => ("BUY", price("bids"), "GTC"),
            2 => ("SELL", price("asks"), "GTC"),
            _ => ("SELL", price("bids"), "IOC"),
        };
        let params = order(side, tif, &price, "0.400");
        let text = super::signed(now, "order.place", &params);
        let mut out = Vec::new();
        exchange.api_request(now, 1, text.as_bytes(), &mut out);
        self.note(&out);
    }

    fn outcome(self, exchange: &mut Exchange, now: i64, path: &str) -> Outcome {
        let stats = exchange.stats();
        assert!(stats.counters.fills > 100, "{} fills", stats.counters.fills);
        Outcome {
            events: self.events,
            orders: exchange.order_states().into_values().collect(),
            wallet: stats.wallet,
            depth: ask_touch(exchange, now, path).unwrap(),
        }
    }
}

fn lines(path: &Path) -> Vec<(i64, String)> {
    let reader =
        BufReader::new(flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap()));
    let split = |line: std::io::Result<String>| {
        let line = line.unwrap();
        let (at, json) = line.split_once(' ')?;
        Some((at.parse().unwrap(), json.trim().to_owned()))
    };
    reader.lines().filter_map(split).collect()
}

/// From then on orders are sent: both ways of playing have joined their books by then.
fn begin(lines: &[(i64, String)]) -> i64 {
    lines[0].0 + 1_000 * MS
}

fn played(path: &Path, lines: &[(i64, String)], case: &Case, route: &str) -> Outcome {
    let config = ExchangeConfig::capture(vec![path.to_path_buf()], Speed::Ratio(1, 1));
    let mut exchange = without_latency(config.speaking(case.dialect).on_virtual_time(0));
    let mut schedule = Schedule { next: begin(lines), count: 0, events: Vec::new() };
    let mut last = 0;
    while let Some(now) = exchange.next_due().filter(|_| !exchange.is_ended()) {
        last = now.max(last);
        let mut out = Vec::new();
        exchange.advance(last, &mut out);
        schedule.note(&out);
        schedule.turn(&mut exchange, last, route);
    }
    schedule.outcome(&mut exchange, last, route)
}

fn pushed(rules: Vec<Instrument>, lines: &[(i64, String)], case: &Case, route: &str) -> Outcome {
    let mut exchange = without_latency(ExchangeConfig::pushed(case.dialect, rules));
    let mut schedule = Schedule { next: begin(lines), count: 0, events: Vec::new() };
    let mut rest = lines;
    while let Some((at, _)) = rest.first() {
        // A played recording turns all lines of one time at once.
        let count = rest.iter().take_while(|(next, _)| next == at).count();
        let (now, more) = rest.split_at(count);
        let mut out = Vec::new();
        for (_, text) in now.iter().flat_map(|line| std::iter::repeat_n(line, case.copies)) {
            if text.starts_with("{\"lastUpdateId\"") {
                exchange.push_snapshot(*at, 0, text.as_bytes());
            } else {
                exchange.push(*at, text.as_bytes());
            }
        }
        exchange.advance(*at, &mut out);
        assert!(!out.iter().any(|m| matches!(m.to, Destination::Market { .. })));
        schedule.note(&out);
        schedule.turn(&mut exchange, *at, route);
        rest = more;
    }
    let counted = exchange.push_counters();
    assert_eq!((counted.frame_malformed, counted.frame_dropped), (0, 0), "{}", case.name);
    assert_eq!(exchange.stats().gap_recorded, 0, "{}", case.name);
    schedule.outcome(&mut exchange, lines[lines.len() - 1].0, route)
}

#[test]
fn recording_pushed_line_by_line_deals_as_the_same_recording_played() {
    let (usdm, spot) = (Dialect::BinanceUsdm, Dialect::BinanceSpot);
    for (name, dialect, route) in [
        ("usdm_btcusdt_20240808.gz", usdm, "/fapi/v1/depth"),
        ("spot_btcusdt_20240808.gz", spot, "/api/v3/depth"),
    ] {
        let Some(path) = file(name) else { continue };
        let all = lines(&path);
        // The first minute and a half: the test runs unoptimised.
        let lines: Vec<_> =
            all.iter().take_while(|l| l.0 < all[0].0 + 90_000 * MS).cloned().collect();
        let cut =
            std::env::temp_dir().join(format!("althing-pushed-{}-{name}", std::process::id()));
        let cut = cut.with_extension("txt");
        let text: String = lines.iter().map(|(at, json)| format!("{at} {json}\n")).collect();
        std::fs::write(&cut, text).unwrap();
        let case = Case { name, dialect, copies: 1 };
        let config = ExchangeConfig::capture(vec![cut.clone()], Speed::Max).speaking(dialect);
        let rules = Exchange::new(config).unwrap().instruments().to_vec();
        let once = pushed(rules.clone(), &lines, &case, route);
        assert_eq!(once, played(&cut, &lines, &case, route), "{name}");
        assert_eq!(once, pushed(rules, &lines, &Case { copies: 2, ..case }, route), "{name} twice");
        std::fs::remove_file(&cut).unwrap();
    }
}

#[test]
fn order_before_the_book_is_joined_is_refused_as_on_a_recording() {
    let mut exchange = fresh();
    exchange.start(0);
    assert_eq!(exchange.next_due(), None, "nothing happens that nobody pushes");
    let refused = |exchange: &mut Exchange| {
        place(exchange, 2, "BUY", "IOC", "101.00")["error"]["code"].clone()
    };
    assert_eq!(refused(&mut exchange), -4108);
    exchange.push_snapshot(1, 0, SNAPSHOT.as_bytes());
    assert_eq!(exchange.next_due(), Some(1));
    exchange.advance(1, &mut Vec::new());
    // No update has shown yet that the snapshot is of this book.
    assert_eq!(refused(&mut exchange), -4108);
    push(&mut exchange, 2, &update((101, 110, 100), "", ""));
    let taken = place(&mut exchange, 2, "BUY", "IOC", "101.00");
    assert_eq!(taken["result"]["status"], "FILLED", "{taken}");
    assert!(!exchange.is_ended());
}

#[test]
fn depth_request_waits_for_the_join() {
    let mut exchange = fresh();
    exchange.start(0);
    assert_eq!(ask_touch(&mut exchange, 1, "/fapi/v1/depth"), None);
    exchange.push_snapshot(1, 0, SNAPSHOT.as_bytes());
    let out = push(&mut exchange, 2, &update((101, 110, 100), "", ""));
    let [answer] = &out[..] else { panic!("{out:?}") };
    assert!(matches!(answer.to, Destination::Rest { status: 200, .. }));
    assert!(answer.text.contains("\"lastUpdateId\":110"), "{}", answer.text);
}

#[test]
fn copies_and_older_messages_change_nothing() {
    let mut exchange = whole();
    let resting = place(&mut exchange, 2, "BUY", "GTC", "99.00");
    assert_eq!(resting["result"]["status"], "NEW", "{resting}");
    let ask_taken = place(&mut exchange, 2, "BUY", "IOC", "101.00");
    assert_eq!(ask_taken["result"]["executedQty"], "5.000");
    // Ten were before us: the first print leaves two of its twelve.
    let print = trade(7, "99.00", "12.000", true);
    assert_eq!(fills(&push(&mut exchange, 3, &print)), ["2.000"]);
    for copy in [&print, &trade(6, "99.00", "50.000", true)] {
        assert_eq!(fills(&push(&mut exchange, 4, copy)), [""; 0], "{copy}");
    }
    // An update that has come names 101 again: what we took there stays taken.
    for old in [(101, 110, 100), (90, 99, 89)] {
        let again = update(old, "", r#"["101.00","10"],["102.00","0"]"#);
        assert_eq!(push(&mut exchange, 5, &again), []);
    }
    let more = place(&mut exchange, 6, "BUY", "IOC", "102.00");
    assert_eq!(more["result"]["avgPrice"], "101.00", "{more}");
    let more = place(&mut exchange, 6, "BUY", "IOC", "102.00");
    assert_eq!(more["result"]["avgPrice"], "102.00", "{more}");
    // A late answer to a question that was asked twice.
    exchange.push_snapshot(7, 0, SNAPSHOT.replace("99.00", "50.00").as_bytes());
    exchange.advance(7, &mut Vec::new());
    let depth = ask_touch(&mut exchange, 7, "/fapi/v1/depth").unwrap();
    assert_eq!((&depth["bids"][0][0], &depth["lastUpdateId"]), (&"99.00".into(), &110.into()));
    let counted = exchange.push_counters();
    assert_eq!((counted.frame_repeated, exchange.stats().gap_recorded), (2, 0));
}

#[test]
fn trades_and_aggregates_of_them_count_once() {
    let mut exchange = whole();
    place(&mut exchange, 2, "BUY", "GTC", "99.00");
    let aggregate = |first: i64, last: i64, qty: &str| {
        format!(
            r#"{{"stream":"btcusdt@aggTrade","data":{{"e":"aggTrade","E":1,"a":3,"s":"BTCUSDT","p":"99.00","q":"{qty}","f":{first},"l":{last},"T":1,"m":true}}}}"#
        )
    };
    assert_eq!(fills(&push(&mut exchange, 3, &aggregate(5, 7, "11.000"))), ["1.000"]);
    assert_eq!(fills(&push(&mut exchange, 3, &trade(6, "99.00", "11.000", true))), [""; 0]);
    assert_eq!(fills(&push(&mut exchange, 3, &trade(8, "99.00", "1.000", true))), ["1.000"]);
    assert_eq!(fills(&push(&mut exchange, 3, &aggregate(8, 8, "1.000"))), [""; 0]);
    assert_eq!(fills(&push(&mut exchange, 3, &aggregate(9, 9, "1.000"))), ["1.000"]);
}

#[test]
fn after_a_break_nothing_is_filled_until_a_snapshot_joins() {
    let mut exchange = whole();
    let resting = place(&mut exchange, 2, "BUY", "GTC", "99.00");
    let id = resting["result"]["orderId"].to_string();
    exchange.push_break(3);
    exchange.advance(3, &mut Vec::new());
    assert!(!exchange.is_book_ready(0));
    // The chain goes on as if nothing had happened, and trades go through our price.
    assert_eq!(push(&mut exchange, 4, &update((111, 120, 110), "", r#"["98.50","3"]"#)), []);
    assert_eq!(push(&mut exchange, 4, &trade(9, "90.00", "50.000", true)), []);
    assert_eq!(place(&mut exchange, 4, "BUY", "IOC", "102.00")["error"]["code"], -4108);
    let mut dearer = order("BUY", "GTC", "101.00", "5.000");
    dearer.push(("orderId", &id));
    let amended = ask(&mut exchange, 4, "order.modify", &dearer).0;
    assert_eq!(amended["error"]["code"], -4108, "{amended}");
    // A snapshot of before the break does not reach what came after it.
    exchange.push_snapshot(5, 0, SNAPSHOT.as_bytes());
    exchange.advance(5, &mut Vec::new());
    assert!(!exchange.is_book_ready(0));
    let newer = SNAPSHOT.replace("\"lastUpdateId\":100", "\"lastUpdateId\":115");
    exchange.push_snapshot(6, 0, newer.replace(r#"["99.00","10"]"#, r#"["99.00","4"]"#).as_bytes());
    let mut out = Vec::new();
    exchange.advance(6, &mut out);
    assert!(exchange.is_book_ready(0));
    assert_eq!(fills(&out), ["3.000"], "what is offered below us now would have met us");
    // No more than the four displayed can be before us.
    assert_eq!(fills(&push(&mut exchange, 8, &trade(10, "99.00", "5.000", true))), ["1.000"]);
}

/// As [`trade`], at this event time in ms.
fn trade_at(id: i64, ms: i64) -> String {
    trade(id, "99.00", "1.000", true).replace("\"T\":1", &format!("\"T\":{ms}"))
}

/// What one print at our price gives us, once nobody is before us.
fn first_in_queue() -> Exchange {
    let mut exchange = whole();
    place(&mut exchange, 2, "BUY", "GTC", "99.00");
    assert_eq!(fills(&push(&mut exchange, 2, &trade(7_000, "99.00", "10.000", true))), [""; 0]);
    exchange
}

#[test]
fn trades_fill_again_after_a_break_whatever_the_venue_counts_from() {
    let mut exchange = first_in_queue();
    assert_eq!(fills(&push(&mut exchange, 3, &trade_at(7_001, 2_000))), ["1.000"]);
    exchange.push_break(4);
    exchange.advance(4, &mut Vec::new());
    let newer = SNAPSHOT.replace("\"lastUpdateId\":100", "\"lastUpdateId\":3");
    exchange.push_snapshot(5, 0, newer.replace(r#"["99.00","10"]"#, r#"["98.00","4"]"#).as_bytes());
    push(&mut exchange, 5, &update((4, 5, 3), "", ""));
    assert!(exchange.is_book_ready(0));
    // A late copy of before the break, and what the venue tells anew.
    assert_eq!(fills(&push(&mut exchange, 6, &trade_at(7_001, 2_000))), [""; 0]);
    assert_eq!(fills(&push(&mut exchange, 6, &trade_at(1, 3_000))), ["1.000"]);
    assert_eq!(fills(&push(&mut exchange, 6, &trade_at(1, 3_000))), [""; 0]);
    assert_eq!(fills(&push(&mut exchange, 6, &trade_at(2, 3_001))), ["1.000"]);
}

#[test]
fn one_number_far_off_is_refused_and_trades_go_on_filling_once() {
    let mut exchange = first_in_queue();
    let bogus = 1_i64 << 62;
    // Two connections carry all of it.
    for (id, ms) in [(bogus, 2), (7_001, 3), (7_002, 4), (-bogus, 5), (7_003, 6)] {
        let expected: &[&str] = if id.abs() == bogus { &[] } else { &["1.000"] };
        assert_eq!(fills(&push(&mut exchange, 3, &trade_at(id, ms))), expected, "{id}");
        assert_eq!(fills(&push(&mut exchange, 3, &trade_at(id, ms))), [""; 0], "{id} again");
    }
    assert_eq!(exchange.push_counters().frame_malformed, 4);
    // Two that go on from each other are believed: the venue began anew.
    assert_eq!(fills(&push(&mut exchange, 4, &trade_at(bogus, 7))), [""; 0]);
    assert_eq!(fills(&push(&mut exchange, 4, &trade_at(bogus + 1, 8))), ["1.000"]);
    assert_eq!(fills(&push(&mut exchange, 4, &trade_at(7_003, 6))), [""; 0], "a late copy");
}

#[test]
fn mark_prices_go_on_after_one_of_a_far_future() {
    let mut exchange = whole();
    place(&mut exchange, 2, "BUY", "IOC", "101.00");
    let mark = |told: i64, due: i64| {
        format!(
            r#"{{"e":"markPriceUpdate","E":{told},"s":"BTCUSDT","p":"100.0","i":"100.0","r":"1e-4","T":{due}}}"#
        )
    };
    for frame in [mark(1, 1_000), mark(1 << 62, 1_000), mark(1_001, 2_000)] {
        push(&mut exchange, 3, &frame);
    }
    assert_eq!(exchange.stats().funding, -crate::MONEY_ONE / 20);
    assert_eq!(exchange.push_counters().frame_malformed, 1);
}

#[test]
fn numbers_in_exponent_form_make_the_same_book() {
    let mut exchange = fresh();
    exchange.push_snapshot(1, 0, SNAPSHOT.replace("101.00", "1.01e2").as_bytes());
    push(&mut exchange, 1, &update((101, 110, 100), r#"["98.00","14e-3"]"#, ""));
    let depth = ask_touch(&mut exchange, 2, "/fapi/v1/depth").unwrap();
    assert_eq!(depth["bids"][1], serde_json::json!(["98.00", "0.014"]));
    assert_eq!(depth["asks"][0], serde_json::json!(["101.00", "10.000"]));
    push(&mut exchange, 2, &update((111, 120, 110), r#"["98.00","14e-4"]"#, ""));
    assert_eq!(exchange.push_counters().frame_malformed, 1, "finer than a lot");
}

#[test]
fn hole_that_another_connection_fills_heals_and_one_that_nobody_fills_does_not() {
    let mut exchange = whole();
    let frames = [(111, 120, 110), (121, 130, 120), (131, 140, 130)].map(|ids| {
        let level = format!(r#"["{}.00","1"]"#, ids.0);
        update(ids, "", &level)
    });
    for (at, frame) in [(2, &frames[2]), (3, &frames[1])] {
        push(&mut exchange, at, frame);
        assert!(!exchange.is_book_ready(0));
    }
    push(&mut exchange, 4, &frames[0]);
    push(&mut exchange, 5, &frames[2]);
    assert!(exchange.is_book_ready(0));
    let depth = ask_touch(&mut exchange, 6, "/fapi/v1/depth").unwrap();
    assert_eq!((&depth["lastUpdateId"], depth["asks"].as_array().unwrap().len()), (&140.into(), 5));
    assert_eq!(exchange.stats().gap_recorded, 0);
    push(&mut exchange, 7, &update((151, 160, 150), "", ""));
    push(&mut exchange, 7, &update((161, 170, 160), "", ""));
    assert!(!exchange.is_book_ready(0));
    assert_eq!(exchange.stats().gap_recorded, 1);
}

#[test]
fn pushed_and_asked_take_effect_in_the_order_of_time() {
    let mut config = ExchangeConfig::pushed(Dialect::BinanceUsdm, vec![perpetual()]);
    (config.order_latency_ns, config.reply_latency_ns) = (10, 5);
    let mut exchange = Exchange::new(config).unwrap();
    join(&mut exchange, 1_000);
    let text = super::signed(1_000, "order.place", &order("BUY", "IOC", "101.00", "5.000"));
    let mut out = Vec::new();
    // It arrives at 1,010: after the offer moved at 1,009, before it came back at 1,011.
    exchange.api_request(1_000, 1, text.as_bytes(), &mut out);
    exchange.push(1_009, update((111, 120, 110), "", r#"["101.00","0"]"#).as_bytes());
    exchange.push(1_011, update((121, 130, 120), "", r#"["101.00","9"]"#).as_bytes());
    assert_eq!(exchange.next_due(), Some(1_009));
    exchange.advance(1_020, &mut out);
    assert_eq!(fills(&out), [""; 0]);
    assert!(out.is_sorted_by_key(|message| message.at) && out[0].at == 1_015, "{out:?}");
    // Pushed late: not before what has happened already.
    exchange.push(900, update((131, 140, 130), "", "").as_bytes());
    assert_eq!(exchange.next_due(), Some(1_020));
}

#[test]
fn funding_told_by_two_connections_is_paid_once() {
    let mut exchange = whole();
    place(&mut exchange, 2, "BUY", "IOC", "101.00");
    let mark = |told: i64, due: i64| {
        format!(
            r#"{{"stream":"btcusdt@markPrice@1s","data":{{"e":"markPriceUpdate","E":{told},"s":"BTCUSDT","p":"100.00000000","i":"100.0","P":"100.0","r":"0.00010000","T":{due}}}}}"#
        )
    };
    let marks = [mark(1, 1_000), mark(2, 1_000), mark(1_001, 2_000), mark(1_002, 2_000)];
    for frame in marks.iter().chain(&marks) {
        push(&mut exchange, 3, frame);
    }
    // 5 at 100 and 0.01%.
    assert_eq!(exchange.stats().funding, -crate::MONEY_ONE / 20);
    assert_eq!(exchange.push_counters().frame_repeated, 4);
}

#[test]
fn queue_model_decides_who_was_before_us() {
    // Ten before us and ten behind; twelve of the twenty cancel, then five trade.
    let after = |queue: QueueModel| {
        let config = ExchangeConfig::pushed(Dialect::BinanceUsdm, vec![perpetual()]);
        let mut exchange = without_latency(ExchangeConfig { queue, ..config });
        join(&mut exchange, 1);
        place(&mut exchange, 2, "BUY", "GTC", "99.00");
        push(&mut exchange, 3, &update((111, 120, 110), r#"["99.00","20"]"#, ""));
        push(&mut exchange, 4, &update((121, 130, 120), r#"["99.00","8"]"#, ""));
        fills(&push(&mut exchange, 5, &trade(9, "99.00", "9.000", true)))
    };
    assert_eq!(after(QueueModel::RiskAverse), ["1.000"], "all eight that are left are before us");
    assert_eq!(after(QueueModel::Probabilistic { power: 1 }), ["5.000"], "four of them are");
}

#[test]
fn spot_frames_of_both_forms_make_its_book() {
    let rules = Instrument::new("BTCUSDT", (2, 5), ("0.01", "0.00001"), "100.00").unwrap();
    let mut exchange = without_latency(ExchangeConfig::pushed(Dialect::BinanceSpot, vec![rules]));
    let depth = |first: i64, last: i64| {
        format!(
            r#"{{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":{first},"u":{last},"b":[["99.00","1.00000"]],"a":[]}}"#
        )
    };
    push(&mut exchange, 1, &depth(95, 101));
    exchange.push_snapshot(1, 0, br#"{"lastUpdateId":98,"bids":[],"asks":[["101.00","2.00000"]]}"#);
    let wrapped = format!(r#"{{"stream":"btcusdt@depth","data":{}}}"#, depth(102, 102));
    push(&mut exchange, 2, &wrapped);
    assert!(exchange.is_book_ready(0));
    push(
        &mut exchange,
        3,
        r#"{"u":103,"s":"BTCUSDT","b":"99.00","B":"1.0","a":"101.00","A":"2.0"}"#,
    );
    push(&mut exchange, 3, r#"{"result":null,"id":1}"#);
    // Futures write pu; a partial book names nobody; another symbol is not ours.
    push(&mut exchange, 3, &update((103, 104, 102), "", ""));
    push(&mut exchange, 3, r#"{"lastUpdateId":160,"bids":[],"asks":[]}"#);
    push(&mut exchange, 3, &depth(103, 104).replace("BTCUSDT", "ETHUSDT"));
    let counted = exchange.push_counters();
    assert_eq!((counted.frame_taken, counted.frame_malformed, counted.frame_unused), (3, 1, 4));
    let place = order("BUY", "IOC", "101.00", "1.00000");
    let (reply, _) = ask(&mut exchange, 4, "order.place", &place);
    assert_eq!(reply["result"]["status"], "FILLED", "{reply}");
}

#[test]
fn malformed_messages_are_counted_and_change_nothing() {
    let mut exchange = whole();
    let before = ask_touch(&mut exchange, 2, "/fapi/v1/depth");
    let bad = [
        String::new(),
        "{".to_owned(),
        "[1,2]".to_owned(),
        r#"{"stream":"btcusdt@depth","data":7}"#.to_owned(),
        r#"{"e":"depthUpdate"}"#.to_owned(),
        update((111, 120, 110), r#"["99.00","-1"]"#, ""),
        update((111, 120, 110), r#"["99.001","1"]"#, ""),
        update((111, 120, 110), r#"["99.00","99999999999999999999"]"#, ""),
        update((120, 111, 110), "", ""),
        update((i64::MIN, i64::MIN, 0), "", ""),
        update((111, 120, 110), "", "").replace(",\"pu\":110", ""),
        trade(9, "99.00", "x", true),
        trade(9, "-99.00", "1", true),
        trade(9, "99.00", "1", true).replace("\"t\":9,", ""),
    ];
    for frame in &bad {
        assert_eq!(push(&mut exchange, 3, frame), [], "{frame}");
    }
    exchange.push(3, &[0xff, 0xfe]);
    exchange.push_snapshot(3, 0, br#"{"code":-1003,"msg":"Too many requests"}"#);
    exchange.push_snapshot(3, 7, SNAPSHOT.as_bytes());
    exchange.advance(3, &mut Vec::new());
    assert_eq!(exchange.push_counters().frame_malformed, bad.len() as u64 + 3);
    assert_eq!(ask_touch(&mut exchange, 3, "/fapi/v1/depth"), before);
}

proptest! {
    #[test]
    fn prop_no_bytes_panic(which in 0_usize..4, at in 0_usize..200, byte: u8, cut in 0_usize..200) {
        let mark = r#"{"e":"markPriceUpdate","E":1,"s":"BTCUSDT","p":"1.0","r":"0.1","T":9}"#;
        let frames = [
            update((111, 120, 110), r#"["99.00","1"]"#, ""),
            trade(9, "99.00", "1", true),
            SNAPSHOT.to_owned(),
            mark.to_owned(),
        ];
        let mut bytes = frames[which].clone().into_bytes();
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        bytes.truncate(bytes.len().saturating_sub(cut.saturating_sub(100)));
        let mut exchange = whole();
        exchange.push(2, &bytes);
        exchange.push_snapshot(2, 0, &bytes);
        exchange.advance(3, &mut Vec::new());
        let counted = exchange.push_counters();
        let all = counted.frame_taken + counted.frame_unused + counted.frame_malformed;
        prop_assert_eq!(all, 2 + 2, "each is counted once");
    }
}

#[test]
fn more_than_may_wait_gives_the_books_up_instead_of_growing() {
    let mut exchange = whole();
    for id in 0..10_000 {
        exchange.push(2, trade(id, "99.00", "1", true).as_bytes());
    }
    let mut out = Vec::new();
    exchange.advance(3, &mut out);
    assert!(exchange.push_counters().frame_dropped > 4_000);
    assert!(!exchange.is_book_ready(0));
}

#[test]
fn other_sources_take_nothing_in() {
    let mut exchange = super::still();
    exchange.push(super::START, trade(1, "99.00", "1", true).as_bytes());
    exchange.push_break(super::START);
    assert_eq!(exchange.push_counters(), crate::PushCounters::default());
    assert!(exchange.is_book_ready(0) && !exchange.is_book_ready(99));
    let why =
        Exchange::new(ExchangeConfig::pushed(Dialect::BinanceSpot, Vec::new())).err().unwrap();
    assert!(why.to_string().contains("exchangeInfo"), "{why}");
}
