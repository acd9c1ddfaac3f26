//! The spot market from outside: orders, balances, events, frames, recordings, sockets.

use serde_json::{Value, json};

use crate::number::{money_text, parse};
use crate::tests::{START, ask};
use crate::{
    Destination, Dialect, Exchange, ExchangeConfig, ExchangeStats, MONEY_ONE, Outgoing, RestReply,
    RestRequest, StreamKind,
};

const MS: i64 = 1_000_000;

fn config() -> ExchangeConfig {
    let config = ExchangeConfig::synthetic(7).speaking(Dialect::BinanceSpot);
    let mut config = config.on_virtual_time(START);
    (config.order_latency_ns, config.reply_latency_ns) = (0, 0);
    config
}

/// An exchange whose session 1 hears the user's events.
fn listening() -> Exchange {
    let mut exchange = Exchange::new(config()).unwrap();
    let (reply, _) = request(&mut exchange, "userDataStream.subscribe.signature", &[]);
    assert_eq!(reply["result"]["subscriptionId"], 0, "{reply}");
    exchange
}

/// One signed request; the reply, and the user's events inside their envelopes.
fn request(exchange: &mut Exchange, method: &str, params: &[(&str, &str)]) -> (Value, Vec<Value>) {
    let all: Vec<(&str, &str)> = params.to_vec();
    let mut out = Vec::new();
    let text = crate::tests::signed(START, method, &all);
    exchange.api_request(START, 1, text.as_bytes(), &mut out);
    let mut messages: Vec<Value> = out
        .iter()
        .filter(|o| o.to == Destination::Api(1))
        .map(|o| serde_json::from_str(&o.text).unwrap())
        .collect();
    let reply = messages.iter().position(|m| m.get("status").is_some()).unwrap();
    let reply = messages.remove(reply);
    (reply, messages.into_iter().map(|m| m["event"].clone()).collect())
}

fn limit<'a>(side: &'a str, tif: &'a str, price: &'a str, qty: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("symbol", "BTCUSDT"),
        ("side", side),
        ("type", "LIMIT"),
        ("timeInForce", tif),
        ("price", price),
        ("quantity", qty),
    ]
}

fn get(exchange: &mut Exchange, path: &str, query: &str) -> (u16, Value) {
    let request = RestRequest {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        ..RestRequest::default()
    };
    match exchange.rest(START, &request) {
        RestReply::Now(response) => {
            (response.status, serde_json::from_str(&response.body).unwrap())
        }
        RestReply::Later(_) => panic!("no latency is configured"),
    }
}

fn touch(exchange: &mut Exchange) -> (String, String) {
    let depth = get(exchange, "/api/v3/depth", "symbol=BTCUSDT&limit=5").1;
    let price = |side: &str| depth[side][0][0].as_str().unwrap().to_owned();
    (price("bids"), price("asks"))
}

fn balance(stats: &ExchangeStats, asset: &str) -> String {
    money_text(stats.balances[asset])
}

#[test]
fn fees_come_out_of_what_is_received() {
    let mut exchange = listening();
    let (bid, ask_price) = touch(&mut exchange);
    let (reply, events) =
        request(&mut exchange, "order.place", &limit("BUY", "IOC", &ask_price, "0.00100000"));
    let result = &reply["result"];
    assert_eq!(
        (&result["status"], &result["orderListId"]),
        (&json!("FILLED"), &json!(-1)),
        "{reply}"
    );
    let fill = &result["fills"][0];
    assert_eq!(
        (&fill["commission"], &fill["commissionAsset"]),
        (&json!("0.00000100"), &json!("BTC"))
    );
    assert_eq!(balance(&exchange.stats(), "BTC"), "100.00099900");
    let price = i128::from(parse(&ask_price, 8).unwrap());
    // price × 0.001 at scale 18: eight decimals of the price, three of the quantity.
    let paid = price * 10_000_000;
    assert_eq!(exchange.stats().balances["USDT"], 1_000_000 * MONEY_ONE - paid);
    let kinds: Vec<&str> = events.iter().map(|e| e["e"].as_str().unwrap()).collect();
    let pair = ["executionReport", "outboundAccountPosition"];
    assert_eq!(kinds, [pair, pair].concat());
    let trade = &events[2];
    assert_eq!(
        (&trade["x"], &trade["X"], &trade["N"], &trade["n"]),
        (&json!("TRADE"), &json!("FILLED"), &json!("BTC"), &json!("0.00000100"))
    );
    assert_eq!(trade["t"], fill["tradeId"]);
    let told = events[3]["B"].as_array().unwrap().iter().find(|b| b["a"] == "BTC").unwrap();
    assert_eq!((&told["f"], &told["l"]), (&json!("100.00099900"), &json!("0.00000000")));
    let (reply, _) =
        request(&mut exchange, "order.place", &limit("SELL", "IOC", &bid, "0.00100000"));
    let mut sums = (0, 0);
    for fill in reply["result"]["fills"].as_array().unwrap() {
        let number = |name: &str| i128::from(parse(fill[name].as_str().unwrap(), 8).unwrap());
        // Eight decimals each: scale 16, and two more.
        let got = number("price") * number("qty") * 100;
        let fee = crate::number::settled(got / 1_000);
        assert_eq!(fill["commission"], money_text(fee));
        assert_eq!(fill["commissionAsset"], "USDT");
        sums = (sums.0 + got, sums.1 + fee);
    }
    let stats = exchange.stats();
    assert_eq!(stats.balances["USDT"], 1_000_000 * MONEY_ONE - paid + sums.0 - sums.1);
    assert_eq!(balance(&stats, "BTC"), "99.99999900");
    assert_eq!(stats.asset_fees["USDT"], sums.1);
    let (reply, _) = request(&mut exchange, "myTrades", &[("symbol", "BTCUSDT")]);
    assert!(reply["result"].as_array().unwrap().len() >= 2);
}

#[test]
fn open_orders_lock_what_they_give_until_they_end() {
    let mut exchange = listening();
    let (bid, _) = touch(&mut exchange);
    let mut place = limit("BUY", "GTC", &bid, "2.00000000");
    place.extend([("newClientOrderId", "one"), ("newOrderRespType", "ACK")]);
    let (reply, events) = request(&mut exchange, "order.place", &place);
    assert_eq!(reply["result"].as_object().unwrap().len(), 5, "an ACK: {reply}");
    let locked = i128::from(parse(&bid, 8).unwrap()) * 2 * 10_000_000_000;
    let usdt =
        events[1]["B"].as_array().unwrap().iter().find(|b| b["a"] == "USDT").unwrap().clone();
    assert_eq!(usdt["l"], money_text(locked));
    assert_eq!(usdt["f"], money_text(1_000_000 * MONEY_ONE - locked));
    let (reply, _) = request(&mut exchange, "account.status", &[]);
    let row = reply["result"]["balances"].as_array().unwrap().iter().find(|b| b["asset"] == "USDT");
    assert_eq!(row.unwrap()["locked"], money_text(locked));
    // Fifteen more of the same would need more than there is.
    let (reply, _) =
        request(&mut exchange, "order.place", &limit("BUY", "GTC", &bid, "15.00000000"));
    assert_eq!(reply["error"]["code"], -2010, "{reply}");
    assert!(reply["error"]["msg"].as_str().unwrap().contains("insufficient balance"));
    let amend = [("symbol", "BTCUSDT"), ("origClientOrderId", "one"), ("newQty", "1.00000000")];
    let (reply, events) = request(&mut exchange, "order.amend.keepPriority", &amend);
    assert_eq!(
        (&reply["result"]["amendedOrder"]["qty"], &events[0]["x"]),
        (&json!("1.00000000"), &json!("REPLACED")),
        "{reply}"
    );
    assert_eq!(
        request(&mut exchange, "order.amend.keepPriority", &amend).0["error"]["code"],
        -2038
    );
    let cancel = [("symbol", "BTCUSDT"), ("origClientOrderId", "one"), ("newClientOrderId", "bye")];
    let (reply, events) = request(&mut exchange, "order.cancel", &cancel);
    let result = &reply["result"];
    assert_eq!(
        (&result["status"], &result["clientOrderId"], &result["origClientOrderId"]),
        (&json!("CANCELED"), &json!("bye"), &json!("one")),
        "{reply}"
    );
    assert_eq!(
        (&events[0]["c"], &events[0]["C"], &events[0]["x"]),
        (&json!("bye"), &json!("one"), &json!("CANCELED"))
    );
    assert_eq!(exchange.locked().len(), 0);
    let status = [("symbol", "BTCUSDT"), ("origClientOrderId", "one")];
    assert_eq!(request(&mut exchange, "order.status", &status).0["result"]["isWorking"], false);
    let all = [("symbol", "BTCUSDT")];
    assert_eq!(request(&mut exchange, "openOrders.cancelAll", &all).0["error"]["code"], -2011);
    for _ in 0..2 {
        request(&mut exchange, "order.place", &limit("BUY", "GTC", &bid, "0.00100000"));
    }
    assert_eq!(
        request(&mut exchange, "openOrders.status", &all).0["result"].as_array().unwrap().len(),
        2
    );
    let (reply, events) = request(&mut exchange, "openOrders.cancelAll", &all);
    assert_eq!((reply["result"].as_array().unwrap().len(), events.len()), (2, 4));
}

#[test]
fn refusals_carry_the_spot_codes() {
    let mut exchange = listening();
    let (bid, ask_price) = touch(&mut exchange);
    let good = limit("BUY", "GTC", &bid, "0.00100000");
    let with = |name: &'static str, value: &'static str| {
        let mut params = good.clone();
        params.retain(|(n, _)| *n != name);
        params.push((name, value));
        params
    };
    let cases = [
        (with("symbol", "NOPE"), -1121, "symbol"),
        (with("side", "LEFT"), -1117, "side"),
        (with("type", "STOP_LOSS"), -1116, "orderType"),
        (with("timeInForce", "GTX"), -1115, "timeInForce"),
        (with("price", "61700.005"), -1013, "PRICE_FILTER"),
        (with("price", "0"), -1013, "PRICE_FILTER"),
        (with("price", "61700.000000001"), -1111, "Precision"),
        (with("price", "abc"), -1100, "price"),
        (with("quantity", "0.000001"), -1013, "LOT_SIZE"),
        (with("quantity", "0.00001"), -1013, "NOTIONAL"),
        (with("price", "90000.00"), -1013, "PERCENT_PRICE_BY_SIDE"),
        (with("newClientOrderId", "has.dots"), -1100, "newClientOrderId"),
        (with("reduceOnly", "true"), -1104, "Not all sent"),
        (with("newOrderRespType", "LOUD"), -1123, "newOrderRespType"),
    ];
    for (params, code, word) in cases {
        let (reply, events) = request(&mut exchange, "order.place", &params);
        assert_eq!(reply["error"]["code"], code, "{params:?} {reply}");
        assert!(reply["error"]["msg"].as_str().unwrap().contains(word), "{word}: {reply}");
        assert!(events.is_empty());
    }
    let maker = [
        ("symbol", "BTCUSDT"),
        ("side", "BUY"),
        ("type", "LIMIT_MAKER"),
        ("price", ask_price.as_str()),
        ("quantity", "0.00100000"),
    ];
    let (reply, _) = request(&mut exchange, "order.place", &maker);
    assert_eq!(
        (&reply["error"]["code"], &reply["error"]["msg"]),
        (&json!(-2010), &json!("Order would immediately match and take."))
    );
    let fok = limit("BUY", "FOK", &bid, "0.00100000");
    assert_eq!(request(&mut exchange, "order.place", &fok).0["result"]["status"], "EXPIRED");
    let mut named = good.clone();
    named.push(("newClientOrderId", "abc"));
    assert_eq!(request(&mut exchange, "order.place", &named).0["status"], 200);
    let (reply, _) = request(&mut exchange, "order.place", &named);
    assert_eq!(
        (&reply["error"]["code"], &reply["error"]["msg"]),
        (&json!(-2010), &json!("Duplicate order sent."))
    );
    let one = [("symbol", "BTCUSDT"), ("orderId", "5")];
    assert_eq!(request(&mut exchange, "order.cancel", &one).0["error"]["code"], -2011);
    assert_eq!(request(&mut exchange, "order.status", &one).0["error"]["code"], -2013);
    assert_eq!(request(&mut exchange, "userDataStream.subscribe", &[]).0["error"]["code"], -2015);
    assert_eq!(get(&mut exchange, "/fapi/v1/ping", "").0, 404);
    assert!(exchange.find_stream("btcusdt@markPrice").is_none());
    let mut funded = config();
    funded.funding = Some(crate::FundingTerms::USUAL);
    assert!(Exchange::new(funded).err().unwrap().to_string().contains("perpetuals"));
}

#[test]
fn frames_are_the_spot_markets_and_join_without_gaps() {
    let mut exchange = Exchange::new(config()).unwrap();
    let snapshot = get(&mut exchange, "/api/v3/depth", "symbol=BTCUSDT&limit=1000").1;
    assert!(snapshot.get("E").is_none() && snapshot["bids"].as_array().unwrap().len() >= 200);
    let mut last = snapshot["lastUpdateId"].as_i64().unwrap();
    let mut out: Vec<Outgoing> = Vec::new();
    exchange.advance(START + 2_000 * MS, &mut out);
    let of = |kind| {
        let hit = move |o: &&Outgoing| o.to == (Destination::Market { instrument: 0, kind });
        out.iter().filter(hit).map(|o| serde_json::from_str::<Value>(&o.text).unwrap())
    };
    for diff in of(StreamKind::Depth) {
        assert!(diff.get("pu").is_none() && diff.get("T").is_none(), "{diff}");
        assert_eq!(diff["U"], last + 1);
        last = diff["u"].as_i64().unwrap();
    }
    let quote = of(StreamKind::BookTicker).next().unwrap();
    let keys: Vec<&String> = quote.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["u", "s", "b", "B", "a", "A"]);
    let trade = of(StreamKind::Trade).next().unwrap();
    let keys: Vec<&String> = trade.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["e", "E", "s", "t", "p", "q", "T", "m", "M"], "as recorded from the venue");
    let info = get(&mut exchange, "/api/v3/exchangeInfo", "symbol=ETHUSDT").1;
    let symbol = &info["symbols"][0];
    assert_eq!(
        (&symbol["symbol"], &symbol["baseAsset"], &symbol["quoteAsset"]),
        (&json!("ETHUSDT"), &json!("ETH"), &json!("USDT"))
    );
    let both = "symbols=%5B%22ETHUSDT%22,%22BTCUSDT%22%5D";
    let info = get(&mut exchange, "/api/v3/exchangeInfo", both).1;
    assert_eq!(
        (&info["symbols"][0]["symbol"], &info["symbols"][1]["symbol"]),
        (&json!("ETHUSDT"), &json!("BTCUSDT"))
    );
    let none = get(&mut exchange, "/api/v3/exchangeInfo", "symbols=%5B%22NOPE%22%5D").1;
    assert_eq!(none["code"], -1121);
    let broken = get(&mut exchange, "/api/v3/exchangeInfo", "symbols=BTCUSDT").1;
    assert_eq!(broken["code"], -1100);
}

#[test]
fn recorded_spot_days_play_one_after_the_other_and_fill_orders() {
    let names = ["spot_btcusdt_20240808.gz", "spot_btcusdt_20240809.gz"];
    let file = crate::tests::captures::file;
    let Some(files) = names.iter().map(|n| file(n)).collect::<Option<Vec<_>>>() else { return };
    let config = ExchangeConfig::capture(files, crate::Speed::Max).speaking(Dialect::BinanceSpot);
    let mut config = config.on_virtual_time(0);
    (config.order_latency_ns, config.reply_latency_ns) = (0, 0);
    let mut exchange = Exchange::new(config).unwrap();
    let mut out = Vec::new();
    let start = exchange.next_due().unwrap();
    exchange.advance(start + 10_000_000_000, &mut out);
    let now = start + 10_000_000_000;
    let request = RestRequest {
        method: "GET".to_owned(),
        path: "/api/v3/depth".to_owned(),
        query: "symbol=BTCUSDT&limit=5".to_owned(),
        ..RestRequest::default()
    };
    let RestReply::Now(depth) = exchange.rest(now, &request) else {
        panic!("the book is not there")
    };
    let depth: Value = serde_json::from_str(&depth.body).unwrap();
    let price = depth["asks"][0][0].as_str().unwrap();
    let (reply, _) =
        ask(&mut exchange, now, "order.place", &limit("BUY", "IOC", price, "0.00010000"));
    assert_eq!(reply["result"]["status"], "FILLED", "{reply}");
    exchange.advance(i64::MAX, &mut out);
    assert!(exchange.is_ended() && exchange.failure().is_none());
    // All lines of both files but the one snapshot.
    let market = out.iter().filter(|o| matches!(o.to, Destination::Market { .. })).count();
    assert_eq!((market, exchange.stats().gap_recorded), (41_249 + 58_325 - 1, 0));
    let top = |side: usize| {
        exchange.market.book(0).top([crate::Side::Buy, crate::Side::Sell][side]).unwrap().0
    };
    assert!(top(0) < top(1));
}
