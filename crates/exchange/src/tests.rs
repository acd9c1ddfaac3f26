//! The exchange as a whole, without sockets: market, order entry, accounts, faults, determinism.

pub(crate) mod captures;
mod dealing;
mod derived;
mod injection;
mod pushed;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::sign::{api_payload, hmac_hex};
use crate::{
    Destination, Exchange, ExchangeConfig, FaultScript, Outgoing, RestReply, RestRequest,
    StreamKind,
};

pub(crate) const START: i64 = 1_700_000_000_000_000_000;
const MS: i64 = 1_000_000;

pub(crate) fn still() -> Exchange {
    let mut config = ExchangeConfig::synthetic(7).on_virtual_time(START);
    config.order_latency_ns = 0;
    config.reply_latency_ns = 0;
    config.limits.weight_1m = u32::MAX;
    Exchange::new(config).expect("defaults are valid")
}

/// One signed WebSocket-API request.
pub(crate) fn signed(now: i64, method: &str, params: &[(&str, &str)]) -> String {
    let mut all: Vec<(String, String)> =
        params.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    all.push(("apiKey".to_owned(), "test-key".to_owned()));
    all.push(("timestamp".to_owned(), (now / MS).to_string()));
    let signature = hmac_hex("test-secret", api_payload(&all).as_bytes());
    all.push(("signature".to_owned(), signature));
    let map: serde_json::Map<String, Value> = all.into_iter().map(|(n, v)| (n, json!(v))).collect();
    json!({"id": "1", "method": method, "params": map}).to_string()
}

/// Signs and sends one WebSocket-API request; returns the reply and the private events.
pub(crate) fn ask(
    exchange: &mut Exchange,
    now: i64,
    method: &str,
    params: &[(&str, &str)],
) -> (Value, Vec<Value>) {
    let text = signed(now, method, params);
    let mut out = Vec::new();
    exchange.api_request(now, 1, text.as_bytes(), &mut out);
    let parse = |o: &Outgoing| serde_json::from_str(&o.text).expect("the exchange writes JSON");
    let of =
        |to: Destination| out.iter().filter(move |o| o.to == to).map(parse).collect::<Vec<_>>();
    let reply = of(Destination::Api(1)).into_iter().next().unwrap_or(Value::Null);
    (reply, of(Destination::Private))
}

pub(crate) fn order<'a>(
    side: &'a str,
    tif: &'a str,
    price: &'a str,
    qty: &'a str,
) -> Vec<(&'a str, &'a str)> {
    vec![
        ("symbol", "BTCUSDT"),
        ("side", side),
        ("type", "LIMIT"),
        ("timeInForce", tif),
        ("price", price),
        ("quantity", qty),
        ("newOrderRespType", "RESULT"),
    ]
}

fn get(exchange: &mut Exchange, now: i64, path: &str, query: &str) -> Value {
    let request = RestRequest {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        ..RestRequest::default()
    };
    match exchange.rest(now, &request) {
        RestReply::Now(response) => serde_json::from_str(&response.body).expect("JSON"),
        RestReply::Later(_) => Value::Null,
    }
}

fn touch(exchange: &mut Exchange, now: i64) -> (String, String) {
    let depth = get(exchange, now, "/fapi/v1/depth", "symbol=BTCUSDT&limit=5");
    let price = |side: &str| depth[side][0][0].as_str().expect("a price").to_owned();
    (price("bids"), price("asks"))
}

#[test]
fn same_seed_gives_the_same_bytes() {
    let run = |seed| {
        let config = ExchangeConfig::synthetic(seed).on_virtual_time(START);
        let mut exchange = Exchange::new(config).unwrap();
        let mut out = Vec::new();
        exchange.advance(START + 3_000 * MS, &mut out);
        out
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn rate_is_met_and_the_market_moves() {
    for rate in [500_u32, 2_000, 20_000] {
        let mut config = ExchangeConfig::synthetic(3).on_virtual_time(START);
        config.source = crate::Source::Synthetic { rate };
        (config.order_latency_ns, config.reply_latency_ns) = (0, 0);
        let mut exchange = Exchange::new(config).unwrap();
        let mut out = Vec::new();
        exchange.advance(START + 10_000 * MS, &mut out);
        let sent = out.len() as u64;
        let aim = u64::from(rate) * 10;
        assert!(sent > aim * 8 / 10 && sent < aim * 13 / 10, "rate {rate}: {sent} of {aim}");
        let kinds = |k: StreamKind| {
            out.iter()
                .filter(|o| matches!(o.to, Destination::Market { kind, .. } if kind == k))
                .count()
        };
        let (depth, quote, trade) =
            (kinds(StreamKind::Depth), kinds(StreamKind::BookTicker), kinds(StreamKind::Trade));
        assert!(depth > 100 && quote > 100 && trade > 100, "{depth} {quote} {trade}");
        let full =
            get(&mut exchange, START + 10_000 * MS, "/fapi/v1/depth", "symbol=BTCUSDT&limit=1000");
        assert!(full["bids"].as_array().unwrap().len() >= 200);
        assert!(full["asks"].as_array().unwrap().len() >= 200);
    }
}

/// A client's book: snapshot, then diffs by the venue's rule. Must equal the venue's own at all
/// times.
#[test]
fn diffs_on_a_snapshot_equal_the_book_and_the_chain_holds() {
    let mut exchange = still();
    let mut now = START;
    let mut out = Vec::new();
    exchange.advance(now + 500 * MS, &mut out);
    now += 500 * MS;
    out.clear();
    let levels = |value: &Value| -> BTreeMap<i64, String> {
        let rows = value.as_array().unwrap().iter();
        rows.map(|r| (price_of(&r[0]), r[1].as_str().unwrap().to_owned())).collect()
    };
    let snapshot = get(&mut exchange, now, "/fapi/v1/depth", "symbol=BTCUSDT&limit=1000");
    let mut bids = levels(&snapshot["bids"]);
    let mut asks = levels(&snapshot["asks"]);
    let last = snapshot["lastUpdateId"].as_i64().unwrap();
    let mut previous = None;
    for _ in 0..300 {
        now += 10 * MS;
        exchange.advance(now, &mut out);
        for message in out.drain(..) {
            if message.to != (Destination::Market { instrument: 0, kind: StreamKind::Depth }) {
                continue;
            }
            let diff: Value = serde_json::from_str(&message.text).unwrap();
            let id = |name: &str| diff[name].as_i64().unwrap();
            if let Some(previous) = previous {
                assert_eq!(id("pu"), previous);
            } else {
                assert!(id("U") <= last + 1 && last <= id("u"));
            }
            previous = Some(id("u"));
            for (side, book) in [("b", &mut bids), ("a", &mut asks)] {
                for (price, qty) in levels(&diff[side]) {
                    if qty.parse::<f64>().unwrap() == 0.0 {
                        book.remove(&price);
                    } else {
                        book.insert(price, qty);
                    }
                }
            }
        }
        let truth = get(&mut exchange, now, "/fapi/v1/depth", "symbol=BTCUSDT&limit=1000");
        if Some(truth["lastUpdateId"].as_i64().unwrap()) != previous {
            continue;
        }
        // Levels that came in behind the snapshot's thousandth are unknown to both; compare the
        // best 200.
        let best = |book: BTreeMap<i64, String>, top: bool| -> Vec<(i64, String)> {
            let mut rows: Vec<_> = book.into_iter().collect();
            if top {
                rows.reverse();
            }
            rows.truncate(200);
            rows
        };
        assert_eq!(best(bids.clone(), true), best(levels(&truth["bids"]), true));
        assert_eq!(best(asks.clone(), false), best(levels(&truth["asks"]), false));
        assert!(bids.keys().next_back() < asks.keys().next(), "the book is crossed");
    }
    assert!(previous.is_some());
}

fn price_of(value: &Value) -> i64 {
    value.as_str().unwrap().replace('.', "").parse().unwrap()
}

#[test]
fn order_rests_fills_and_settles_exactly() {
    let mut exchange = still();
    let (_, ask_price) = touch(&mut exchange, START);
    let (reply, events) =
        ask(&mut exchange, START, "order.place", &order("BUY", "GTC", &ask_price, "0.001"));
    assert_eq!(reply["status"], 200, "{reply}");
    assert_eq!(reply["result"]["status"], "FILLED");
    let kinds: Vec<&str> = events.iter().map(|e| e["e"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"]);
    assert_eq!(events[2]["o"]["x"], "TRADE");
    assert_eq!(events[2]["o"]["m"], false);
    let (bid_price, _) = touch(&mut exchange, START);
    let mut close = order("SELL", "GTC", &bid_price, "0.001");
    close.push(("reduceOnly", "true"));
    let (reply, events) = ask(&mut exchange, START, "order.place", &close);
    assert_eq!(reply["result"]["status"], "FILLED", "{reply}");
    let stats = exchange.stats();
    assert_eq!(stats.positions[0].qty, 0);
    assert_eq!(stats.positions[0].entry_cost, 0);
    assert_eq!(stats.wallet, 1_000_000 * crate::MONEY_ONE + stats.realised - stats.fees);
    let told = events.last().unwrap()["o"]["rp"].as_str().unwrap().to_owned();
    assert_eq!(told, crate::number::money_text(stats.realised));
}

#[test]
fn ioc_fok_gtx_and_reduce_only_do_what_they_say() {
    let mut exchange = still();
    let (bid, ask_price) = touch(&mut exchange, START);
    let mut place = |params: &[(&str, &str)]| ask(&mut exchange, START, "order.place", params).0;
    let ioc = place(&order("BUY", "IOC", &bid, "0.001"));
    assert_eq!(ioc["result"]["status"], "EXPIRED");
    let fok = place(&order("BUY", "FOK", &ask_price, "900.000"));
    assert_eq!(fok["error"]["code"], -2019, "{fok}");
    let fok = place(&order("BUY", "FOK", &ask_price, "200.000"));
    assert_eq!(fok["result"]["status"], "EXPIRED", "{fok}");
    assert_eq!(fok["result"]["executedQty"], "0.000");
    let gtx = place(&order("BUY", "GTX", &ask_price, "0.001"));
    assert_eq!(gtx["error"]["code"], -5022);
    let gtx = place(&order("BUY", "GTX", &bid, "0.001"));
    assert_eq!(gtx["result"]["status"], "NEW");
    let mut reduce = order("SELL", "IOC", &bid, "0.001");
    reduce.push(("reduceOnly", "true"));
    assert_eq!(place(&reduce)["error"]["code"], -2022);
    // More than there is to reduce fills what there is, and the rest expires.
    assert_eq!(place(&order("BUY", "IOC", &ask_price, "0.002"))["result"]["status"], "FILLED");
    let mut reduce = order("SELL", "GTC", &bid, "0.005");
    reduce.push(("reduceOnly", "true"));
    let reply = place(&reduce);
    assert_eq!(reply["result"]["status"], "EXPIRED", "{reply}");
    assert_eq!(reply["result"]["executedQty"], "0.002");
    assert_eq!(exchange.stats().positions[0].qty, 0);
}

#[test]
fn refusals_carry_the_venues_codes() {
    let mut exchange = still();
    let (bid, _) = touch(&mut exchange, START);
    let good = order("BUY", "GTC", &bid, "0.001");
    let with = |name: &str, value: &'static str| {
        let mut params = good.clone();
        params.retain(|(n, _)| *n != name);
        params.push((Box::leak(name.to_owned().into_boxed_str()), value));
        params
    };
    let cases: Vec<(Vec<(&str, &str)>, i64)> = vec![
        (with("symbol", "NOPE"), -1121),
        (with("symbol", ""), -1102),
        (with("side", "LEFT"), -1117),
        (with("type", "PEGGED"), -1116),
        (with("type", "STOP_MARKET"), -4120),
        (with("timeInForce", "DAY"), -1115),
        (with("price", "61700.05"), -4014),
        (with("price", "61700.005"), -1111),
        (with("price", "0"), -4001),
        (with("price", "1e5"), -1100),
        (with("price", "99999999"), -4002),
        (with("quantity", "0"), -4003),
        (with("quantity", "0.0005"), -1111),
        (with("quantity", "1000.001"), -4005),
        (with("newClientOrderId", "bad id"), -4015),
        (with("positionSide", "LONG"), -4061),
        (with("price", "30000.00"), -4164),
        (with("recvWindow", "60001"), -1131),
        (with("timestamp", "1"), -1022),
    ];
    for (params, code) in cases {
        let (reply, events) = ask(&mut exchange, START, "order.place", &params);
        assert_eq!(reply["error"]["code"], code, "{params:?} {reply}");
        assert!(events.is_empty());
    }
    let (reply, _) =
        ask(&mut exchange, START, "order.cancel", &[("symbol", "BTCUSDT"), ("orderId", "5")]);
    assert_eq!(reply["error"]["code"], -2011);
    let (reply, _) =
        ask(&mut exchange, START, "order.status", &[("symbol", "BTCUSDT"), ("orderId", "5")]);
    assert_eq!(reply["error"]["code"], -2013);
    let mut named = good.clone();
    named.push(("newClientOrderId", "abc"));
    assert_eq!(ask(&mut exchange, START, "order.place", &named).0["status"], 200);
    assert_eq!(ask(&mut exchange, START, "order.place", &named).0["error"]["code"], -4116);
    let cancel = [("symbol", "BTCUSDT"), ("origClientOrderId", "abc")];
    assert_eq!(
        ask(&mut exchange, START, "order.cancel", &cancel).0["result"]["status"],
        "CANCELED"
    );
    assert_eq!(
        ask(&mut exchange, START, "order.place", &named).0["status"],
        200,
        "free again once canceled"
    );
    assert_eq!(ask(&mut exchange, START, "nothing", &[]).0["status"], 400);
}

#[test]
fn own_orders_never_trade_with_each_other() {
    let mut exchange = still();
    let (bid, ask_price) = touch(&mut exchange, START);
    let better = crate::number::text(price_of(&json!(bid)) + 10, 2);
    assert_ne!(bid, ask_price);
    let (first, _) = ask(&mut exchange, START, "order.place", &order("BUY", "GTC", &bid, "0.001"));
    assert_eq!(first["result"]["status"], "NEW", "{better}");
    let sell = order("SELL", "IOC", &bid, "120.000");
    let (reply, events) = ask(&mut exchange, START, "order.place", &sell);
    assert_eq!(reply["status"], 200, "{reply}");
    let expired = events.iter().find(|e| e["o"]["i"] == first["result"]["orderId"]).unwrap();
    assert_eq!(expired["o"]["x"], "EXPIRED");
}

#[test]
fn fills_by_the_flow_add_up_to_the_position() {
    let mut exchange = still();
    let mut now = START;
    let mut out = Vec::new();
    for round in 0..200 {
        now += 50 * MS;
        exchange.advance(now, &mut out);
        let (bid, ask_price) = touch(&mut exchange, now);
        let (side, price) = if round % 2 == 0 { ("BUY", &bid) } else { ("SELL", &ask_price) };
        ask(&mut exchange, now, "order.place", &order(side, "GTC", price, "0.050"));
    }
    exchange.advance(now + 2_000 * MS, &mut out);
    let (mut held, mut fees, mut maker) = (0_i64, 0_i128, 0);
    let private = out.iter().filter(|o| o.to == Destination::Private);
    for message in private {
        let event: Value = serde_json::from_str(&message.text).unwrap();
        if event["o"]["x"] == "TRADE" {
            let qty = price_of(&event["o"]["l"]);
            held += if event["o"]["S"] == "BUY" { qty } else { -qty };
            fees += price_of(&event["o"]["n"]) as i128 * 10_000_000_000;
            maker += i32::from(event["o"]["m"] == true);
        }
    }
    let stats = exchange.stats();
    assert!(maker > 20, "the flow filled {maker} resting orders");
    // Taker fills were answered at once and are not in `out`; there are none, as all orders rest.
    assert_eq!(held, stats.positions[0].qty);
    assert_eq!(fees, stats.fees);
}

#[test]
fn faults_strike_where_the_script_says() {
    let script = r#"
[[fault]]
when = "order.place#2"
do = "drop_ack"
[[fault]]
when = "order.place#3"
do = "unknown_accepted"
[[fault]]
when = "order.place#4"
do = "unknown_dropped"
code = -1007
[[fault]]
when = "order.place#5"
do = "throttle"
for = "1s"
"#;
    let mut config = ExchangeConfig::synthetic(7).on_virtual_time(START);
    config.order_latency_ns = 0;
    config.reply_latency_ns = 0;
    config.faults = FaultScript::parse(script).unwrap();
    let mut exchange = Exchange::new(config).unwrap();
    let (bid, _) = touch(&mut exchange, START);
    let mut place = |at| ask(&mut exchange, at, "order.place", &order("BUY", "GTC", &bid, "0.001"));
    assert_eq!(place(START).0["status"], 200);
    let (reply, events) = place(START);
    assert_eq!((reply, events.len()), (Value::Null, 1), "it took effect, nobody was told");
    let (reply, events) = place(START);
    assert_eq!(
        (reply["status"].as_i64(), reply["error"]["code"].as_i64(), events.len()),
        (Some(503), Some(-1000), 1)
    );
    let (reply, events) = place(START);
    assert_eq!(
        (reply["status"].as_i64(), reply["error"]["code"].as_i64(), events.len()),
        (Some(408), Some(-1007), 0)
    );
    let (reply, _) = place(START);
    assert_eq!(
        (reply["status"].as_i64(), reply["error"]["code"].as_i64()),
        (Some(429), Some(-1003))
    );
    assert!(reply["error"]["data"]["retryAfter"].as_i64().unwrap() > START / MS);
    assert_eq!(place(START + 1_001 * MS).0["status"], 200);
    assert_eq!(exchange.stats().counters.orders, 4);
}

#[test]
fn virtual_latency_goes_both_ways() {
    let mut exchange = Exchange::new(ExchangeConfig::synthetic(7).on_virtual_time(START)).unwrap();
    let (reply, _) = ask(&mut exchange, START, "time", &[]);
    assert_eq!(reply, Value::Null, "half a millisecond there, half a millisecond back");
    let mut out = Vec::new();
    exchange.advance(START + 999_999, &mut out);
    assert!(!out.iter().any(|o| o.to == Destination::Api(1)));
    exchange.advance(START + 1_000_000, &mut out);
    let reply = out.iter().find(|o| o.to == Destination::Api(1)).unwrap();
    assert_eq!(reply.at, START + 1_000_000);
    let reply: Value = serde_json::from_str(&reply.text).unwrap();
    assert_eq!(reply["result"]["serverTime"], START / MS);
}

#[test]
fn modify_keeps_or_loses_its_place() {
    let mut exchange = still();
    let (bid, _) = touch(&mut exchange, START);
    let placed = ask(&mut exchange, START, "order.place", &order("BUY", "GTC", &bid, "0.010")).0;
    let id = placed["result"]["orderId"].to_string();
    let mut modify = |price: &str, qty: &str| {
        let params = [
            ("symbol", "BTCUSDT"),
            ("orderId", id.as_str()),
            ("side", "BUY"),
            ("price", price),
            ("quantity", qty),
        ];
        ask(&mut exchange, START, "order.modify", &params)
    };
    assert_eq!(modify(&bid, "0.010").0["error"]["code"], -5027);
    let (reply, events) = modify(&bid, "0.005");
    assert_eq!(reply["result"]["origQty"], "0.005", "{reply}");
    assert_eq!(events[0]["o"]["x"], "AMENDMENT");
    let lower = crate::number::text(price_of(&json!(bid)) - 100, 2);
    assert_eq!(modify(&lower, "0.005").0["result"]["price"], lower);
    assert_eq!(exchange.stats().open_orders, 1);
}

#[test]
fn same_inputs_under_faults_and_orders_give_the_same_bytes() {
    let run = || {
        let mut config = ExchangeConfig::synthetic(9).on_virtual_time(START);
        let script = "[[fault]]\nprobability = 0.02\non = \"depth\"\ndo = \"gap\"\n[[fault]]\nprobability = 0.2\ndo = \"drop_ack\"\n";
        config.faults = FaultScript::parse(script).unwrap();
        let mut exchange = Exchange::new(config).unwrap();
        let mut out = Vec::new();
        for turn in 0..200 {
            let now = START + turn * 10 * MS;
            exchange.advance(now, &mut out);
            let (side, price) =
                if turn % 2 == 0 { ("BUY", "61800.00") } else { ("SELL", "61800.00") };
            ask(&mut exchange, now, "order.place", &order(side, "GTC", price, "0.100"));
        }
        (out, exchange.stats())
    };
    let (out, stats) = run();
    assert!(stats.faults_injected > 10 && stats.counters.fills > 10);
    assert_eq!((out, stats), run());
}

#[test]
fn spread_is_one_tick_most_of_the_time_and_prices_wander() {
    let config = ExchangeConfig::synthetic(21).on_virtual_time(START);
    let mut exchange = Exchange::new(config).unwrap();
    let mut out = Vec::new();
    exchange.advance(START + 60_000 * MS, &mut out);
    for (index, rules) in exchange.instruments().iter().enumerate() {
        let of = |o: &&Outgoing| {
            o.to == Destination::Market { instrument: index, kind: StreamKind::BookTicker }
        };
        let (mut narrow, mut all, mut low, mut high) = (0_u64, 0_u64, i64::MAX, 0);
        for message in out.iter().filter(of) {
            let quote: Value = serde_json::from_str(&message.text).unwrap();
            let (bid, ask) = (price_of(&quote["b"]), price_of(&quote["a"]));
            assert!(bid < ask, "{quote}");
            narrow += u64::from(ask - bid == rules.tick_size);
            all += 1;
            (low, high) = (low.min(bid), high.max(bid));
        }
        let range_ppm = (high - low) * 1_000_000 / low;
        println!("{}: {narrow} of {all} quotes at one tick, range {range_ppm} ppm", rules.symbol);
        assert!(narrow * 10 > all * 6);
        assert!((50..50_000).contains(&range_ppm));
    }
}
