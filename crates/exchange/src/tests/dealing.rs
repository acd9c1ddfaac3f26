//! What a client's money and orders meet: funding, rebates, latency, trades, several sessions.

use serde_json::{Value, json};

use super::{START, ask, order, still, touch};
use crate::sign::api_payload;
use crate::{
    Destination, Ed25519Key, Exchange, ExchangeConfig, Fees, FundingTerms, Latency, MONEY_ONE,
    Outgoing, RestReply, RestRequest, Source,
};

const MS: i64 = 1_000_000;

fn quiet() -> ExchangeConfig {
    let mut config = ExchangeConfig::synthetic(7).on_virtual_time(START);
    (config.order_latency_ns, config.reply_latency_ns) = (0, 0);
    config.source = Source::Synthetic { rate: 60 };
    config
}

fn events(out: &[Outgoing]) -> Vec<Value> {
    let private = out.iter().filter(|o| o.to == Destination::Private);
    private.map(|o| serde_json::from_str(&o.text).unwrap()).collect()
}

/// A signed REST request.
fn rest(exchange: &mut Exchange, now: i64, method: &str, path: &str, query: &str) -> Value {
    let query = format!("{query}&timestamp={}", now / MS);
    let signature = crate::hmac_hex("test-secret", query.as_bytes());
    let request = RestRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: format!("{query}&signature={signature}"),
        body: String::new(),
        api_key: Some("test-key".to_owned()),
    };
    match exchange.rest(now, &request) {
        RestReply::Now(response) => serde_json::from_str(&response.body).unwrap(),
        RestReply::Later(_) => panic!("no latency is configured"),
    }
}

#[test]
fn configured_funding_is_paid_at_the_mark_price_and_told_by_balance_alone() {
    let mut config = quiet();
    config.funding = Some(FundingTerms { rate_e8: 10_000, every_ms: 10_000 });
    let mut exchange = Exchange::new(config).unwrap();
    let (_, price) = touch(&mut exchange, START);
    ask(&mut exchange, START, "order.place", &order("BUY", "IOC", &price, "0.100"));
    let held = exchange.stats().positions[0].qty;
    assert!(held > 0);
    let mut out = Vec::new();
    exchange.advance(START + 9_999 * MS, &mut out);
    assert!(events(&out).is_empty() && exchange.stats().funding == 0);
    let mid = exchange.mid_doubled(0);
    exchange.advance(START + 10_000 * MS, &mut out);
    let told = events(&out);
    assert_eq!(
        (told.len(), &told[0]["a"]["m"], &told[0]["a"]["P"]),
        (1, &json!("FUNDING_FEE"), &json!([]))
    );
    // Two price and three quantity decimals, half of the doubled mid, 0.0001: eight decimals left.
    let exact = i128::from(held) * i128::from(mid) * (MONEY_ONE / 100_000) / 20_000;
    let stats = exchange.stats();
    assert!(
        -stats.funding <= exact && exact + stats.funding < MONEY_ONE / 100_000_000,
        "{exact} {}",
        stats.funding
    );
    assert_eq!(stats.wallet, 1_000_000 * MONEY_ONE - stats.fees + stats.funding);
    assert_eq!(told[0]["a"]["B"][0]["bc"], crate::number::money_text(stats.funding));
    assert_eq!(told[0]["a"]["B"][0]["wb"], crate::number::money_text(stats.wallet));
}

#[test]
fn maker_rebate_comes_out_as_a_negative_commission() {
    let mut config = quiet();
    let rebate = Fees { maker_ppm: -100, taker_ppm: 400 };
    config.account.fees_of.insert("BTCUSDT".to_owned(), rebate);
    config.source = Source::Synthetic { rate: 3_000 };
    let mut exchange = Exchange::new(config).unwrap();
    let (bid, _) = touch(&mut exchange, START);
    ask(&mut exchange, START, "order.place", &order("BUY", "GTX", &bid, "0.001"));
    let mut out = Vec::new();
    exchange.advance(START + 20_000 * MS, &mut out);
    let trade = events(&out).into_iter().find(|e| e["o"]["x"] == "TRADE").unwrap();
    assert!(trade["o"]["n"].as_str().unwrap().starts_with("-0."), "{trade}");
    let stats = exchange.stats();
    assert!(stats.fees < 0);
    assert_eq!(stats.wallet, 1_000_000 * MONEY_ONE - stats.fees);
    let rate = rest(
        &mut exchange,
        START + 20_000 * MS,
        "GET",
        "/fapi/v1/commissionRate",
        "symbol=BTCUSDT",
    );
    assert_eq!(
        (&rate["makerCommissionRate"], &rate["takerCommissionRate"]),
        (&json!("-0.000100"), &json!("0.000400"))
    );
}

#[test]
fn market_order_walks_the_book_level_by_level() {
    let mut exchange = still();
    let depth = super::get(&mut exchange, START, "/fapi/v1/depth", "symbol=BTCUSDT&limit=5");
    let level = |n: usize, k: usize| depth["asks"][n][k].as_str().unwrap().to_owned();
    let qty = |n: usize| super::price_of(&depth["asks"][n][1]);
    let want = qty(0) + qty(1) + 1;
    let text = crate::number::text(want, 3);
    let params =
        [("symbol", "BTCUSDT"), ("side", "BUY"), ("type", "MARKET"), ("quantity", text.as_str())];
    let (reply, events) = ask(&mut exchange, START, "order.place", &params);
    assert_eq!(reply["status"], 200, "{reply}");
    let fills: Vec<(String, i64)> = events
        .iter()
        .filter(|e| e["o"]["x"] == "TRADE")
        .map(|e| (e["o"]["L"].as_str().unwrap().to_owned(), super::price_of(&e["o"]["l"])))
        .collect();
    let at = |price: &str| fills.iter().filter(|f| f.0 == price).map(|f| f.1).sum::<i64>();
    assert_eq!([at(&level(0, 0)), at(&level(1, 0)), at(&level(2, 0))], [qty(0), qty(1), 1]);
}

#[test]
fn uniform_latency_is_drawn_within_its_ends_and_the_same_each_time() {
    let run = || {
        let mut config = quiet();
        config.latency = Latency::FAR;
        let mut exchange = Exchange::new(config).unwrap();
        let mut out = Vec::new();
        for id in 0..20 {
            let text = json!({"id": id, "method": "ping"}).to_string();
            exchange.api_request(START + id * MS, 1, text.as_bytes(), &mut out);
        }
        exchange.advance(START + 1_000 * MS, &mut out);
        out.retain(|o| o.to == Destination::Api(1));
        out
    };
    let out = run();
    let ids: Vec<i64> = out
        .iter()
        .map(|o| serde_json::from_str::<Value>(&o.text).unwrap()["id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids, (0..20).collect::<Vec<_>>(), "nothing overtakes on one connection");
    assert!(out.iter().all(|o| o.at >= START + 100 * MS && o.at <= START + 420 * MS));
    assert_eq!(out, run());
}

#[test]
fn user_trades_are_the_trades_that_were_told() {
    let mut exchange = still();
    let (bid, price) = touch(&mut exchange, START);
    let mut told = Vec::new();
    for (side, price) in [("BUY", &price), ("SELL", &bid)] {
        told.extend(
            ask(&mut exchange, START, "order.place", &order(side, "IOC", price, "0.010")).1,
        );
    }
    told.retain(|e| e["o"]["x"] == "TRADE");
    let path = "/fapi/v1/userTrades";
    let rows = rest(&mut exchange, START, "GET", path, "symbol=BTCUSDT");
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), told.len());
    for (row, event) in rows.iter().zip(&told) {
        let event = &event["o"];
        for (ours, theirs) in [
            ("id", "t"),
            ("orderId", "i"),
            ("side", "S"),
            ("price", "L"),
            ("qty", "l"),
            ("commission", "n"),
            ("realizedPnl", "rp"),
            ("maker", "m"),
            ("time", "T"),
        ] {
            assert_eq!(row[ours], event[theirs], "{ours}");
        }
    }
    let first = &rows[0];
    let only = rest(
        &mut exchange,
        START,
        "GET",
        path,
        &format!("symbol=BTCUSDT&orderId={}", first["orderId"]),
    );
    assert!(only.as_array().unwrap().iter().all(|row| row["orderId"] == first["orderId"]));
    let page = rest(
        &mut exchange,
        START,
        "GET",
        path,
        &format!("symbol=BTCUSDT&fromId={}&limit=1", first["id"]),
    );
    assert_eq!(page, json!([first]));
    assert_eq!(rest(&mut exchange, START, "GET", path, "symbol=ETHUSDT"), json!([]));
}

#[test]
fn amend_query_and_cancel_all_over_rest() {
    let mut exchange = still();
    let (bid, _) = touch(&mut exchange, START);
    for id in ["one", "two", "three"] {
        let mut place = order("BUY", "GTC", &bid, "0.010");
        place.push(("newClientOrderId", id));
        assert_eq!(ask(&mut exchange, START, "order.place", &place).0["status"], 200);
    }
    let amended = rest(
        &mut exchange,
        START,
        "PUT",
        "/fapi/v1/order",
        &format!("symbol=BTCUSDT&origClientOrderId=two&side=BUY&price={bid}&quantity=0.020"),
    );
    assert_eq!(amended["origQty"], "0.020", "{amended}");
    let queried =
        rest(&mut exchange, START, "GET", "/fapi/v1/order", "symbol=BTCUSDT&origClientOrderId=two");
    assert_eq!((&queried["origQty"], &queried["status"]), (&json!("0.020"), &json!("NEW")));
    let open = rest(&mut exchange, START, "GET", "/fapi/v1/openOrders", "symbol=BTCUSDT");
    assert_eq!(open.as_array().unwrap().len(), 3);
    let done = rest(&mut exchange, START, "DELETE", "/fapi/v1/allOpenOrders", "symbol=BTCUSDT");
    assert_eq!(done["code"], 200);
    assert_eq!(rest(&mut exchange, START, "GET", "/fapi/v1/openOrders", "x=1"), json!([]));
    let gone = rest(
        &mut exchange,
        START,
        "DELETE",
        "/fapi/v1/order",
        "symbol=BTCUSDT&origClientOrderId=two",
    );
    assert_eq!(gone["code"], -2011);
    let none = rest(
        &mut exchange,
        START,
        "GET",
        "/fapi/v1/order",
        "symbol=BTCUSDT&origClientOrderId=four",
    );
    assert_eq!(none["code"], -2013);
}

/// One request of a session, as it is.
fn raw(exchange: &mut Exchange, session: u32, method: &str, params: Value) -> Value {
    let text = json!({"id": 1, "method": method, "params": params}).to_string();
    let mut out = Vec::new();
    exchange.api_request(START, session, text.as_bytes(), &mut out);
    let reply = out.iter().find(|o| o.to == Destination::Api(session)).unwrap();
    serde_json::from_str(&reply.text).unwrap()
}

#[test]
fn session_that_logged_on_with_ed25519_needs_no_signature_and_only_that_one() {
    use ed25519_dalek::Signer;
    let secret = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let encode = crate::sign::tests::encode;
    let public = encode(secret.verifying_key().as_bytes());
    let mut config = quiet();
    config.account.ed25519 = Some(Ed25519Key::parse("ed-key", &public).unwrap());
    let mut exchange = Exchange::new(config).unwrap();
    let stamp = START / MS;
    let sign = |key: &str| {
        let pairs =
            [("apiKey".to_owned(), key.to_owned()), ("timestamp".to_owned(), stamp.to_string())];
        let signature = encode(&secret.sign(api_payload(&pairs).as_bytes()).to_bytes());
        json!({"apiKey": key, "timestamp": stamp, "signature": signature})
    };
    let refused = raw(&mut exchange, 1, "session.logon", sign("test-key"));
    assert_eq!(refused["error"]["code"], -4056, "{refused}");
    let mut wrong = sign("ed-key");
    wrong["timestamp"] = json!(stamp + 1);
    assert_eq!(raw(&mut exchange, 1, "session.logon", wrong)["error"]["code"], -1022);
    let balance = json!({"timestamp": stamp});
    assert_eq!(raw(&mut exchange, 1, "account.balance", balance.clone())["error"]["code"], -1102);
    let on = raw(&mut exchange, 1, "session.logon", sign("ed-key"));
    assert_eq!((&on["status"], &on["result"]["apiKey"]), (&json!(200), &json!("ed-key")), "{on}");
    assert_eq!(raw(&mut exchange, 1, "account.balance", balance.clone())["status"], 200);
    assert_eq!(
        raw(&mut exchange, 1, "account.balance", json!({"timestamp": 1}))["error"]["code"],
        -1021
    );
    assert_eq!(raw(&mut exchange, 2, "account.balance", balance.clone())["error"]["code"], -1102);
    assert_eq!(raw(&mut exchange, 1, "session.status", json!({}))["result"]["apiKey"], "ed-key");
    assert_eq!(raw(&mut exchange, 1, "session.logout", json!({}))["result"]["apiKey"], Value::Null);
    assert_eq!(raw(&mut exchange, 1, "account.balance", balance.clone())["error"]["code"], -1102);
    raw(&mut exchange, 1, "session.logon", sign("ed-key"));
    exchange.session_ended(1);
    assert_eq!(raw(&mut exchange, 1, "account.balance", balance)["error"]["code"], -1102);
    // The other key keeps its own way of signing, and neither takes the other's.
    assert_eq!(ask(&mut exchange, START, "account.balance", &[]).0["status"], 200);
    assert_eq!(raw(&mut exchange, 1, "account.balance", sign("test-key"))["error"]["code"], -1022);
    assert_eq!(raw(&mut exchange, 1, "account.balance", sign("ed-key"))["status"], 200);
}
