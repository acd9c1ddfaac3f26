//! REST bodies, and sentences for those that are wrong.

use super::VENUE;
use types::{ClientOrderId, Money, Nanos, OrderState, OrderType, Price, Qty, Side, TimeInForce};

fn info(tick: &str, step: &str) -> String {
    format!(
        r#"{{"serverTime":1,"symbols":[{{"symbol":"ETHUSDT","filters":[]}},
        {{"symbol":"BTCUSDT","pair":"BTCUSDT","filters":[
        {{"minPrice":"556.72","filterType":"PRICE_FILTER","tickSize":"{tick}"}},
        {{"stepSize":"{step}","filterType":"LOT_SIZE","maxQty":"1000","minQty":"0.001"}},
        {{"notional":"100","filterType":"MIN_NOTIONAL"}}]}}]}}"#
    )
}

#[test]
fn reads_a_specification() {
    let specs = VENUE.parse_exchange_info(info("0.10", "0.001").as_bytes(), &["BTCUSDT"]).unwrap();
    let spec = specs[0];
    assert_eq!((spec.id.0, spec.version, spec.symbol.as_str()), (0, 1, "BTCUSDT"));
    assert_eq!((spec.price_decimals, spec.tick_size), (1, Price(1)));
    assert_eq!((spec.qty_decimals, spec.lot_size), (3, Qty(1)));
    assert_eq!((spec.min_qty, spec.max_qty), (Qty(1), Qty(1_000_000)));
    assert_eq!(spec.min_notional, Money::parse(b"100").unwrap());
    assert_eq!((spec.maker_ppm, spec.taker_ppm), (200, 500));
}

#[test]
fn decimals_are_those_of_the_trimmed_step() {
    for (tick, decimals, mantissa) in
        [("0.01000000", 2, 1), ("0.5", 1, 5), ("10", 0, 10), ("0.25", 2, 25), ("1e-05", 5, 1)]
    {
        let specs =
            VENUE.parse_exchange_info(info(tick, "0.001").as_bytes(), &["BTCUSDT"]).unwrap();
        assert_eq!((specs[0].price_decimals, specs[0].tick_size), (decimals, Price(mantissa)));
    }
}

/// Prices of orders from before a change of the tick still stand in the book.
#[test]
fn a_finer_stated_precision_counts() {
    let body = info("0.00100", "1")
        .replace(r#""pair":"#, r#""pricePrecision":5,"quantityPrecision":3,"pair":"#);
    let spec = VENUE.parse_exchange_info(body.as_bytes(), &["BTCUSDT"]).unwrap()[0];
    assert_eq!((spec.price_decimals, spec.tick_size), (5, Price(100)));
    assert_eq!((spec.qty_decimals, spec.lot_size, spec.min_qty), (3, Qty(1000), Qty(1)));
    let absurd = body.replace(r#""pricePrecision":5"#, r#""pricePrecision":200"#);
    let refused = VENUE.parse_exchange_info(absurd.as_bytes(), &["BTCUSDT"]).unwrap_err();
    assert!(refused.contains("does not fit its precision"), "{refused}");
}

#[test]
fn sentences_name_the_symbol_and_the_fault() {
    let say = |body: &str, wanted: &[&str]| {
        VENUE.parse_exchange_info(body.as_bytes(), wanted).unwrap_err()
    };
    let good = info("0.10", "0.001");
    assert_eq!(say(&good, &["BTCUSDT", "XRPUSDT"]), "the venue does not list XRPUSDT");
    assert_eq!(say(&good, &["ETHUSDT"]), "ETHUSDT cannot be traded: it has no filter PRICE_FILTER");
    assert_eq!(
        say(&info("0", "0.001"), &["BTCUSDT"]),
        "BTCUSDT cannot be traded: tickSize = 0: it is not above zero"
    );
    assert_eq!(
        say(&info("0.10", "1"), &["BTCUSDT"]),
        "BTCUSDT cannot be traded: minQty = 0.001: more decimal places than the instrument has"
    );
    let wide = say(&info("0.0000000001", "0.000000001"), &["BTCUSDT"]);
    assert!(wide.contains("more than 18"), "{wide}");
    assert!(say("<html>", &["BTCUSDT"]).starts_with("the exchange information is not JSON"));
    assert_eq!(
        say(r#"{"code":-1003,"msg":"Too many requests."}"#, &["BTCUSDT"]),
        "the venue refused the exchange information: -1003 Too many requests."
    );
    assert!(say("{}", &["BTCUSDT"]).contains("is not a list"));
}

#[test]
fn reads_time_and_listen_key() {
    assert_eq!(
        VENUE.parse_server_time(br#"{"serverTime":1499827319559}"#),
        Ok(Nanos::from_ms(1_499_827_319_559))
    );
    for wrong in ["{}", r#"{"serverTime":"1"}"#, r#"{"serverTime":-1}"#, "7"] {
        assert!(VENUE.parse_server_time(wrong.as_bytes()).is_err(), "{wrong}");
    }
    let late = format!(r#"{{"serverTime":{}}}"#, i64::MAX);
    assert!(VENUE.parse_server_time(late.as_bytes()).is_err());
    assert_eq!(VENUE.parse_listen_key(br#"{"listenKey":"pqia91ma19"}"#), Ok("pqia91ma19".into()));
    for wrong in [r#"{"listenKey":""}"#, r#"{"listenKey":"a/../b"}"#, "{}"] {
        assert!(VENUE.parse_listen_key(wrong.as_bytes()).is_err(), "{wrong}");
    }
}

#[test]
fn reads_balances_and_positions() {
    let body = br#"{"totalWalletBalance":"103.1","assets":[
        {"asset":"USDT","walletBalance":"103.12345678","availableBalance":"100.5"},
        {"asset":"BNB","walletBalance":"0.00000000"}],
        "positions":[
        {"symbol":"BTCUSDT","positionSide":"BOTH","positionAmt":"-0.014","entryPrice":"6563.6656789012345678912"},
        {"symbol":"ETHUSDT","positionSide":"LONG","positionAmt":"1.5"},
        {"symbol":"XRPUSDT","positionSide":"BOTH","positionAmt":"0.0"}]}"#;
    let account = VENUE.parse_account(body).unwrap();
    assert_eq!(account.balances.len(), 2);
    assert_eq!(account.balances[0].asset, "USDT");
    assert_eq!(account.balances[0].wallet, Money::parse(b"103.12345678").unwrap());
    assert_eq!(account.balances[0].available, Money::parse(b"100.5").ok());
    assert_eq!(account.balances[1].available, None);
    assert_eq!(account.positions.len(), 2);
    let btc = &account.positions[0];
    assert_eq!((btc.symbol.as_str(), btc.qty), ("BTCUSDT", Money::parse(b"-0.014").unwrap()));
    assert_eq!(btc.entry_price(2), Some(Price(656_366)));
    assert_eq!(btc.entry_price(19), None);
    assert!(!btc.hedged && account.positions[1].hedged);
    assert_eq!(account.positions[1].entry_price(2), None);
    let risk =
        br#"[{"symbol":"BTCUSDT","positionSide":"BOTH","positionAmt":"0.1","entryPrice":"5.0"}]"#;
    assert_eq!(VENUE.parse_positions(risk).unwrap()[0].entry_price(1), Some(Price(50)));
    assert!(VENUE.parse_account(br#"{"code":-2015,"msg":"no"}"#).unwrap_err().contains("-2015"));
    let broken = br#"{"assets":[{"asset":"USDT","walletBalance":"x"}],"positions":[]}"#;
    assert!(VENUE.parse_account(broken).unwrap_err().contains("walletBalance = x"));
}

#[test]
fn reads_open_orders_of_anyone() {
    let id = ClientOrderId::new(5, 6, 7);
    let body = format!(
        r#"[{{"orderId":1917641,"symbol":"BTCUSDT","status":"PARTIALLY_FILLED","clientOrderId":"{id}",
        "price":"61800.10","avgPrice":"0.0","origQty":"0.40","executedQty":"0.1","timeInForce":"GTX",
        "type":"LIMIT","reduceOnly":true,"side":"SELL","updateTime":1579276756075}},
        {{"orderId":2,"symbol":"BTCUSDT","status":"NEW","clientOrderId":"abc","price":"0","origQty":"1",
        "executedQty":"0","timeInForce":"GTE_GTC","type":"STOP","side":"BUY","updateTime":1}}]"#
    );
    let orders = VENUE.parse_open_orders(body.as_bytes()).unwrap();
    let ours = &orders[0];
    assert_eq!(ClientOrderId::parse(ours.client_order_id.as_bytes()), Ok(id));
    assert_eq!((ours.venue_order_id, ours.side, ours.reduce_only), (1_917_641, Side::Sell, true));
    assert_eq!(ours.order_type, Some(OrderType::Limit));
    assert_eq!(ours.time_in_force, Some(TimeInForce::Gtx));
    assert_eq!(ours.state, OrderState::PartiallyFilled);
    assert_eq!(ours.price, Money::parse(b"61800.1").unwrap());
    assert_eq!(
        (ours.qty, ours.filled),
        (Money::parse(b"0.4").unwrap(), Money::parse(b"0.1").unwrap())
    );
    assert_eq!((orders[1].order_type, orders[1].time_in_force), (None, None));
    assert_eq!(VENUE.parse_open_orders(b"[]"), Ok(Vec::new()));
    assert!(VENUE.parse_open_orders(br#"[{"side":"BUY"}]"#).is_err());
}
