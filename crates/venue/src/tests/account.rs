//! The private stream, replies and what codes mean.

use super::{VENUE, decoder, padded, table};
use crate::{AccountChange, ApiReply, DecodeError, Outcome, PositionNow, PrivateEvent};
use types::{
    ClientOrderId, InstrumentId, Liquidity, Money, Nanos, OrderState, Price, Qty, ReportStatus,
    Side,
};

fn id() -> ClientOrderId {
    ClientOrderId::new(1_700_000_000_000, 7, 5)
}

/// The documented example of ORDER_TRADE_UPDATE with our id, as a fill.
fn update(execution: &str, status: &str) -> String {
    format!(
        r#"{{"e":"ORDER_TRADE_UPDATE","E":1568879465651,"T":1568879465650,"o":{{"s":"BTCUSDT",
        "c":"{}","S":"SELL","o":"LIMIT","f":"GTC","q":"0.010","p":"7103.10","ap":"7103.04",
        "sp":"0","x":"{execution}","X":"{status}","i":8886774,"l":"0.004","z":"0.007",
        "L":"7103.04","N":"USDT","n":"0.01136486","T":1568879465650,"t":77,"b":"0","a":"9.91",
        "m":true,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"BOTH","cp":false,
        "rp":"0","pP":false,"si":0,"ss":0,"V":"NONE","pm":"NONE","gtd":0}}}}"#,
        id()
    )
}

fn private(text: &str) -> Result<PrivateEvent, DecodeError> {
    decoder().decode_private(&mut padded(text.as_bytes()), text.len(), &table())
}

fn order(text: &str) -> crate::OrderReport {
    match private(text) {
        Ok(PrivateEvent::Order(order)) => order,
        other => panic!("{other:?}"),
    }
}

fn reply(text: &str) -> ApiReply {
    decoder().decode_reply(&mut padded(text.as_bytes()), text.len(), &table()).unwrap()
}

#[test]
fn a_fill_tells_its_own_price_quantity_fee_and_side() {
    for (status, wanted) in
        [("PARTIALLY_FILLED", ReportStatus::Fill), ("FILLED", ReportStatus::FilledAll)]
    {
        let order = order(&update("TRADE", status));
        assert_eq!(order.instrument, InstrumentId(3));
        let report = order.report;
        assert_eq!((report.id(), report.status()), (id(), Some(wanted)));
        assert_eq!((report.price, report.qty), (Price(710_304), Qty(4)));
        assert_eq!(order.filled, Qty(7));
        assert_eq!((report.side(), report.liquidity), (Side::Sell, Liquidity::Maker as u8));
        assert_eq!((report.detailed, report.code), (1, 0));
        assert_eq!((order.detail.venue_order_id, order.detail.trade_id), (8_886_774, 77));
        let fee = Money::parse(b"0.01136486").unwrap();
        assert_eq!(Money::from(order.detail.fee), fee);
        assert_eq!((order.fee.amount, order.fee.in_quote), (fee, true));
        assert_eq!(order.detail.exch_ts, Nanos::from_ms(1_568_879_465_650));
    }
    let taker = update("TRADE", "FILLED").replace(r#""m":true"#, r#""m":false"#);
    assert_eq!(order(&taker).report.liquidity, Liquidity::Taker as u8);
}

#[test]
fn other_executions_tell_what_the_report_kinds_promise() {
    for (execution, status, wanted, qty) in [
        ("NEW", "NEW", ReportStatus::Accepted, 10),
        ("AMENDMENT", "NEW", ReportStatus::Amended, 10),
        ("CANCELED", "CANCELED", ReportStatus::Canceled, 7),
        ("EXPIRED", "EXPIRED", ReportStatus::Expired, 7),
        ("EXPIRED", "EXPIRED_IN_MATCH", ReportStatus::Expired, 7),
        ("REJECTED", "REJECTED", ReportStatus::Rejected, 10),
    ] {
        let order = order(&update(execution, status));
        assert_eq!(order.report.status(), Some(wanted));
        assert_eq!((order.report.price, order.report.qty), (Price(710_310), Qty(qty)));
        assert_eq!(order.report.liquidity, Liquidity::None as u8);
        assert_eq!((order.detail.trade_id, Money::from(order.detail.fee)), (0, Money::ZERO));
    }
    for (execution, name) in [
        ("CALCULATED", "execution_CALCULATED"),
        ("TRADE_PREVENTION", "execution_TRADE_PREVENTION"),
        ("WHATEVER", "execution_unknown"),
    ] {
        assert_eq!(private(&update(execution, "NEW")), Ok(PrivateEvent::Unused(name)));
    }
}

#[test]
fn a_fee_in_another_asset_is_never_booked_as_quote() {
    let order = order(&update("TRADE", "FILLED").replace(r#""N":"USDT""#, r#""N":"BNB""#));
    assert_eq!(Money::from(order.detail.fee), Money::ZERO);
    assert_eq!((order.fee.in_quote, &order.fee.asset[..4]), (false, &b"BNB\0"[..]));
    assert_eq!(order.fee.amount, Money::parse(b"0.01136486").unwrap());
    let none = update("TRADE", "FILLED").replace(r#""N":"USDT","n":"0.01136486","#, "");
    let PrivateEvent::Order(order) = private(&none).unwrap() else { panic!() };
    assert_eq!((order.fee.amount, order.fee.asset), (Money::ZERO, [0; 16]));
    let rebate = update("TRADE", "FILLED").replace("0.01136486", "-0.5");
    let PrivateEvent::Order(order) = private(&rebate).unwrap() else { panic!() };
    assert_eq!(Money::from(order.detail.fee), Money(-500_000_000_000_000_000));
}

#[test]
fn foreign_orders_are_told_apart() {
    let ours = id().to_string();
    for foreign in ["autoclose-1234", "adl_autoclose", "", "TEST", &ours.replace('0', "1")] {
        let text = update("TRADE", "FILLED").replace(&ours, foreign);
        let wanted = PrivateEvent::Foreign { instrument: Some(InstrumentId(3)), fill: true };
        assert_eq!(private(&text), Ok(wanted), "{foreign}");
    }
    let other = update("NEW", "NEW").replace(&ours, "x").replace("BTCUSDT", "DOGEUSDT");
    assert_eq!(private(&other), Ok(PrivateEvent::Foreign { instrument: None, fill: false }));
    let unknown = update("NEW", "NEW").replace("BTCUSDT", "DOGEUSDT");
    assert_eq!(private(&unknown), Ok(PrivateEvent::UnknownSymbol));
}

#[test]
fn other_private_events_are_told_by_name() {
    for (text, wanted) in [
        (r#"{"e":"listenKeyExpired","E":1,"listenKey":"x"}"#, PrivateEvent::ListenKeyExpired),
        (r#"{"stream":"k","data":{"e":"listenKeyExpired"}}"#, PrivateEvent::ListenKeyExpired),
        (r#"{"e":"MARGIN_CALL","cw":"3.1"}"#, PrivateEvent::Unused("MARGIN_CALL")),
        (r#"{"e":"TRADE_LITE","s":"BTCUSDT"}"#, PrivateEvent::Unused("TRADE_LITE")),
        (r#"{"e":"NEW_THING"}"#, PrivateEvent::UnusedUnknown),
        (r#"{"result":null,"id":1}"#, PrivateEvent::Control),
        (r#"{"error":{"code":-1125,"msg":"x"}}"#, PrivateEvent::ControlError { code: -1125 }),
    ] {
        assert_eq!(private(text), Ok(wanted), "{text}");
    }
    let wrapped = format!(r#"{{"stream":"abc","data":{}}}"#, update("NEW", "NEW"));
    assert_eq!(private(&wrapped), private(&update("NEW", "NEW")));
}

/// The documented example of ACCOUNT_UPDATE, with positions of ours and not.
#[test]
fn an_account_update_tells_wallets_and_positions() {
    let text = r#"{"e":"ACCOUNT_UPDATE","E":1564745798939,"T":1564745798938,"a":{"m":"ORDER","B":[
        {"a":"USDT","wb":"122624.12345678","cw":"100.12345678","bc":"50.12345678"},
        {"a":"BUSD","wb":"1.00000000","cw":"0.00000000","bc":"-49.12345678"}],"P":[
        {"s":"BTCUSDT","pa":"-0.020","ep":"6563.66500123","cr":"0","up":"2","ps":"BOTH"},
        {"s":"BTCUSDT","pa":"20","ep":"6563.6","ps":"LONG"},
        {"s":"DOGEUSDT","pa":"20","ep":"6563.6","ps":"BOTH"}]}}"#;
    let Ok(PrivateEvent::Account(change)) = private(text) else { panic!("{:?}", private(text)) };
    assert_eq!(change.exch_ts, Nanos::from_ms(1_564_745_798_938));
    assert_eq!(change.balances().len(), 2);
    assert_eq!(&change.balances()[0].asset[..5], b"USDT\0");
    assert_eq!(change.balances()[0].total, Money::parse(b"122624.12345678").unwrap());
    assert_eq!(change.balances()[0].free, None);
    let held = PositionNow { instrument: InstrumentId(3), qty: Qty(-20), entry: Price(656_366) };
    assert_eq!((change.positions(), change.untold), (&[held][..], 2));
    for wrong in ["{\"e\":\"ACCOUNT_UPDATE\",\"T\":1}", &text.replace("122624.12345678", "x")] {
        assert!(private(wrong).is_err(), "{wrong}");
    }
    let many = vec![r#"{"a":"X","wb":"1"}"#; 300].join(",");
    let text = format!(r#"{{"e":"ACCOUNT_UPDATE","T":1,"a":{{"B":[{many}]}}}}"#);
    let mut decoder = crate::Decoder::new(VENUE, 1 << 14);
    let change = decoder.decode_private(&mut padded(text.as_bytes()), text.len(), &table());
    let Ok(PrivateEvent::Account(change)) = change else { panic!("{change:?}") };
    assert_eq!((change.balances().len(), change.untold), (AccountChange::MOST, u8::MAX));
}

/// The documented message of a crossed position, which names the balance alone, and
/// that of an isolated one.
#[test]
fn a_funding_payment_is_told_with_its_amount_and_where_the_venue_says_its_position() {
    let text = r#"{"e":"ACCOUNT_UPDATE","E":2,"T":1,"a":{"m":"FUNDING_FEE","B":[
        {"a":"USDT","wb":"122624.5","cw":"100.5","bc":"-0.12345678"}],"P":[]}}"#;
    let funding = |text: &str| match private(text) {
        Ok(PrivateEvent::Account(change)) => change.funding,
        other => panic!("{other:?}"),
    };
    let paid = funding(text).unwrap();
    assert_eq!(paid.amount, Money::parse(b"-0.12345678").unwrap());
    assert_eq!(paid.total, Money::parse(b"122624.5").unwrap());
    assert_eq!((&paid.asset[..5], paid.instrument), (&b"USDT\0"[..], InstrumentId::NONE));
    let position = r#""P":[{"s":"BTCUSDT","pa":"1","ep":"2.0","ps":"BOTH"}]"#;
    let isolated = text.replace(r#""P":[]"#, position);
    assert_eq!(funding(&isolated).unwrap().instrument, InstrumentId(3));
    assert_eq!(funding(&text.replace("FUNDING_FEE", "DEPOSIT")), None);
    let twice = text.replace(r#""B":["#, r#""B":[{"a":"BNB","wb":"1","bc":"1"},"#);
    for wrong in [&text.replace("bc", "b_"), &text.replace("-0.12345678", "x"), &twice] {
        assert!(private(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn refuses_broken_order_updates() {
    let whole = update("TRADE", "FILLED");
    for key in ["s", "c", "S", "x", "i", "l", "L", "t", "m"] {
        // The object's own key, not the event's.
        let at = whole.find(r#""o":{"#).unwrap();
        let (head, tail) = whole.split_at(at);
        let tail = tail.replacen(&format!(r#""{key}":"#), r#""-":"#, 1);
        assert_eq!(private(&format!("{head}{tail}")), Err(DecodeError::Shape), "{key}");
    }
    assert_eq!(private(&whole.replace("0.004", "0")), Err(DecodeError::Sign));
    assert_eq!(private(&whole.replace(r#""SELL""#, r#""HOLD""#)), Err(DecodeError::Shape));
    assert_eq!(private(r#"{"e":"ORDER_TRADE_UPDATE"}"#), Err(DecodeError::Shape));
}

const PLACED: &str = r#"{"id":42,"status":200,"result":{"orderId":325078477,"symbol":"BTCUSDT",
    "status":"NEW","clientOrderId":"ID","price":"43187.00","avgPrice":"0.00","origQty":"0.100",
    "executedQty":"0.020","cumQty":"0.020","cumQuote":"863.74","timeInForce":"GTC",
    "type":"LIMIT","reduceOnly":false,"side":"BUY","updateTime":1702555534435},
    "rateLimits":[{"rateLimitType":"ORDERS","count":1}]}"#;

#[test]
fn a_placed_order_is_accepted_and_described() {
    let reply = reply(&PLACED.replace("ID", &id().to_string()));
    assert_eq!((reply.request, reply.outcome, reply.status), (Some(42), Outcome::Accepted, 200));
    assert_eq!(reply.venue_order_id, 325_078_477);
    let order = reply.order.unwrap();
    assert_eq!((order.instrument, order.order), (InstrumentId(3), Some(id())));
    assert_eq!((order.state, order.side), (OrderState::Accepted, Side::Buy));
    assert_eq!((order.price, order.qty, order.filled), (Price(4_318_700), Qty(100), Qty(20)));
    assert_eq!(order.filled_notional, Money::parse(b"863.74").ok());
    assert_eq!(order.exch_ts, Nanos::from_ms(1_702_555_534_435));
}

#[test]
fn an_acceptance_stands_where_the_order_cannot_be_read() {
    for (from, to) in [
        ("BTCUSDT", "DOGEUSDT"),
        ("43187.00", "43187.001"),
        (r#""side":"BUY","#, ""),
        ("0.100", "x"),
    ] {
        let reply = reply(&PLACED.replace(from, to));
        assert_eq!((reply.outcome, reply.venue_order_id), (Outcome::Accepted, 325_078_477));
        assert_eq!(reply.order, None, "{to}");
    }
    let bare = reply(r#"{"id":1,"status":200,"result":{}}"#);
    assert_eq!((bare.outcome, bare.venue_order_id, bare.order), (Outcome::Accepted, 0, None));
}

#[test]
fn states_of_orders_have_our_words() {
    for (word, wanted) in [
        ("NEW", OrderState::Accepted),
        ("PARTIALLY_FILLED", OrderState::PartiallyFilled),
        ("FILLED", OrderState::Filled),
        ("CANCELED", OrderState::Canceled),
        ("EXPIRED", OrderState::Expired),
        ("EXPIRED_IN_MATCH", OrderState::Expired),
        ("REJECTED", OrderState::Rejected),
        ("SOMETHING", OrderState::Unknown),
    ] {
        let reply = reply(&PLACED.replace("\"NEW\"", &format!("\"{word}\"")));
        assert_eq!(reply.order.unwrap().state, wanted, "{word}");
    }
}

#[test]
fn errors_of_replies_are_classified() {
    let error = |status: u16, code: i32, message: &str| {
        reply(&format!(
            r#"{{"id":9,"status":{status},"error":{{"code":{code},"msg":"{message}","data":{{"serverTime":1,"retryAfter":1659146400000}}}}}}"#
        ))
    };
    let refused = error(400, -2019, "Margin is insufficient.");
    assert_eq!((refused.request, refused.outcome), (Some(9), Outcome::Rejected { code: -2019 }));
    assert_eq!(refused.retry_after_ms, Some(1_659_146_400_000));
    assert_eq!(error(400, -2013, "").outcome, Outcome::NotFound { code: -2013 });
    assert_eq!(error(408, -1007, "").outcome, Outcome::Unknown { code: -1007 });
    let lost = reply(r#"{"id":null,"status":400,"error":{"code":-1102,"msg":"x"}}"#);
    assert_eq!((lost.request, lost.outcome), (None, Outcome::Rejected { code: -1102 }));
    for broken in [r#"{"id":1}"#, r#"{"id":1,"status":"200"}"#, r#"{"status":70000}"#, "[]"] {
        let refused =
            decoder().decode_reply(&mut padded(broken.as_bytes()), broken.len(), &table());
        assert_eq!(refused, Err(DecodeError::Shape), "{broken}");
    }
}

/// VENUES.md 1.2, "unknown outcome" and "limits".
#[test]
fn table_of_outcomes() {
    const OPEN: &[u8] = b"Unknown error, please check your request or try again later.";
    const DOWN: &[u8] = b"Service Unavailable.";
    const FAILED: &[u8] = b"Internal error; unable to process your request. Please try again.";
    let rejected = |code| Outcome::Rejected { code };
    let unknown = |code| Outcome::Unknown { code };
    for (status, code, message, wanted) in [
        (200, 0, &b""[..], Outcome::Accepted),
        (200, -2011, b"Unknown order sent.", rejected(-2011)),
        (400, -2011, b"Unknown order sent.", rejected(-2011)),
        (400, -2010, b"Duplicate order sent.", rejected(-2010)),
        (400, -2013, b"Order does not exist.", Outcome::NotFound { code: -2013 }),
        (400, -1021, b"Timestamp for this request was 1000ms ahead", rejected(-1021)),
        (400, -5022, b"Post Only order will be rejected.", rejected(-5022)),
        (400, 0, b"", rejected(400)),
        (401, -2015, b"Invalid API-key", rejected(-2015)),
        (403, 0, b"", rejected(403)),
        (418, -1003, b"banned", rejected(-1003)),
        (429, -1003, b"Too many requests", rejected(-1003)),
        (429, -1015, b"Too many new orders", rejected(-1015)),
        // The outcome is not known.
        (400, -1006, b"An unexpected response was received", unknown(-1006)),
        (400, -1007, b"Timeout waiting for response", unknown(-1007)),
        (200, -1007, b"", unknown(-1007)),
        (408, 0, b"", unknown(408)),
        (408, -1007, b"", unknown(-1007)),
        (400, -1000, b"An unknown error occured while processing the request.", unknown(-1000)),
        (500, 0, b"", unknown(500)),
        (502, 0, b"<html>", unknown(502)),
        (503, 0, OPEN, unknown(503)),
        (503, -1, OPEN, unknown(-1)),
        (503, 0, b"", unknown(503)),
        (504, 0, b"", unknown(504)),
        (599, -2013, b"", unknown(-2013)),
        (0, 0, b"", unknown(0)),
        (302, 0, b"", unknown(302)),
        // The two 503s that are failures, and the throttle.
        (503, 0, DOWN, rejected(503)),
        (503, -1001, FAILED, rejected(-1001)),
        (503, 0, FAILED, rejected(503)),
        (503, -1008, b"Server is currently overloaded", rejected(-1008)),
        (400, -1008, b"", rejected(-1008)),
        // Their words under another status prove nothing.
        (500, 0, FAILED, unknown(500)),
    ] {
        assert_eq!(VENUE.classify(status, code, message), wanted, "{status} {code} {message:?}");
    }
}
