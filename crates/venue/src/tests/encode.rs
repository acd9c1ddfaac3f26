//! Order requests, read back and verified by independent means.

use super::sign::twin;
use super::{VENUE, btc};
use crate::{Dialect, EncodeError, OrderSession, Request, Signer};
use proptest::prelude::*;
use serde_json::Value;
use types::{
    Action, ClientOrderId, Decimal, InstrumentSpec, MemberId, OrderFields, OrderFlags, OrderType,
    Price, Qty, Side, Symbol, TimeInForce,
};

const SECRET: &str = "test-secret";
const REQUEST: Request = Request { id: 42, timestamp_ms: 1_700_000_000_123 };

fn session() -> OrderSession {
    OrderSession::new(VENUE, Signer::new("test-key", SECRET).unwrap(), 5000)
}

fn limit() -> OrderFields {
    OrderFields {
        order: ClientOrderId::new(1_700_000_000_000, 7, 1).into(),
        price: Price(6_180_020),
        qty: Qty(14),
        action: Action::Place as u8,
        side: Side::Sell as u8,
        order_type: OrderType::Limit as u8,
        time_in_force: TimeInForce::Gtx as u8,
        flags: 0,
        member: MemberId(0),
        strategy: 7,
    }
}

/// The request as JSON, its signature verified the way a venue does: every
/// parameter but the signature, sorted by name, values as text.
fn verified(bytes: &[u8]) -> Value {
    let value: Value = serde_json::from_slice(bytes).unwrap();
    let params = value["params"].as_object().unwrap();
    let mut pairs: Vec<String> = params
        .iter()
        .filter(|(name, _)| *name != "signature")
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        })
        .collect();
    pairs.sort();
    let wanted = twin(SECRET, pairs.join("&").as_bytes());
    assert_eq!(params["signature"], wanted.as_str(), "{pairs:?}");
    value
}

fn place(fields: &OrderFields, spec: &InstrumentSpec) -> Result<Value, EncodeError> {
    let mut buffer = [0; OrderSession::BUFFER];
    let length = session().encode_place(REQUEST, fields, spec, &mut buffer)?;
    Ok(verified(&buffer[..length]))
}

#[test]
fn places_a_limit_order() {
    let value = place(&limit(), &btc()).unwrap();
    let mut wanted = serde_json::json!({
        "apiKey": "test-key",
        "newClientOrderId": ClientOrderId::new(1_700_000_000_000, 7, 1).to_string(),
        "price": "61800.20",
        "quantity": "0.014",
        "recvWindow": 5000,
        "side": "SELL",
        "symbol": "BTCUSDT",
        "timeInForce": "GTX",
        "timestamp": 1_700_000_000_123_i64,
        "type": "LIMIT",
    });
    wanted["signature"] = value["params"]["signature"].clone();
    assert_eq!(value["params"], wanted);
    assert_eq!((&value["id"], &value["method"]), (&42.into(), &"order.place".into()));
}

#[test]
fn every_time_in_force_has_its_word_but_gtd() {
    for tif in TimeInForce::ALL {
        let fields = OrderFields { time_in_force: *tif as u8, ..limit() };
        match place(&fields, &btc()) {
            Ok(value) => assert_eq!(value["params"]["timeInForce"], tif.as_str()),
            Err(error) => assert_eq!((*tif, error), (TimeInForce::Gtd, EncodeError::Unsupported)),
        }
    }
}

#[test]
fn a_market_order_has_no_price_and_no_time_in_force() {
    let fields = OrderFields {
        order_type: OrderType::Market as u8,
        price: Price(0),
        flags: OrderFlags::REDUCE_ONLY,
        side: Side::Buy as u8,
        ..limit()
    };
    let params = place(&fields, &btc()).unwrap()["params"].clone();
    assert!(params["price"].is_null() && params["timeInForce"].is_null());
    assert_eq!((&params["type"], &params["side"]), (&"MARKET".into(), &"BUY".into()));
    assert_eq!(params["reduceOnly"], "true");
}

#[test]
fn amends_cancels_and_asks_by_our_id() {
    let (session, spec) = (session(), btc());
    let mut buffer = [0; OrderSession::BUFFER];
    let fields = OrderFields { action: Action::Amend as u8, ..limit() };
    let length = session.encode_amend(REQUEST, &fields, &spec, &mut buffer).unwrap();
    let value = verified(&buffer[..length]);
    assert_eq!(value["method"], "order.modify");
    let params = &value["params"];
    assert_eq!(params["origClientOrderId"], fields.id().to_string());
    assert_eq!((&params["price"], &params["quantity"]), (&"61800.20".into(), &"0.014".into()));
    assert_eq!(params["side"], "SELL");

    let id = fields.id();
    let cancel = session.encode_cancel(REQUEST, id, &spec, &mut buffer).unwrap();
    let cancel = verified(&buffer[..cancel]);
    let status = session.encode_status(REQUEST, id, &spec, &mut buffer).unwrap();
    let status = verified(&buffer[..status]);
    assert_eq!(cancel["method"], "order.cancel");
    assert_eq!(status["method"], "order.status");
    for value in [cancel, status] {
        let names: Vec<&String> = value["params"].as_object().unwrap().keys().collect();
        let wanted =
            ["apiKey", "origClientOrderId", "recvWindow", "symbol", "timestamp", "signature"];
        assert_eq!(names, wanted);
        assert_eq!(value["params"]["origClientOrderId"], id.to_string());
    }
}

#[test]
fn refuses_what_it_cannot_say() {
    let place = |fields: OrderFields| place(&fields, &btc()).unwrap_err();
    assert_eq!(place(OrderFields { price: Price(0), ..limit() }), EncodeError::Price);
    assert_eq!(place(OrderFields { price: Price(-1), ..limit() }), EncodeError::Price);
    let market = OrderType::Market as u8;
    assert_eq!(place(OrderFields { order_type: market, ..limit() }), EncodeError::Price);
    assert_eq!(place(OrderFields { qty: Qty(0), ..limit() }), EncodeError::Qty);
    assert_eq!(place(OrderFields { qty: Qty(-1), ..limit() }), EncodeError::Qty);
    assert_eq!(place(OrderFields { side: 2, ..limit() }), EncodeError::Unsupported);
    assert_eq!(place(OrderFields { order_type: 2, ..limit() }), EncodeError::Unsupported);
    assert_eq!(place(OrderFields { time_in_force: 9, ..limit() }), EncodeError::Unsupported);
    for action in [Action::Amend as u8, Action::Cancel as u8, 77] {
        assert_eq!(place(OrderFields { action, ..limit() }), EncodeError::Action);
    }
}

#[test]
fn refuses_requests_and_symbols_out_of_range() {
    let mut buffer = [0; OrderSession::BUFFER];
    let session = session();
    for request in [
        Request { id: u64::MAX, ..REQUEST },
        Request { timestamp_ms: 0, ..REQUEST },
        Request { timestamp_ms: -1, ..REQUEST },
    ] {
        let refused = session.encode_place(request, &limit(), &btc(), &mut buffer);
        assert_eq!(refused, Err(EncodeError::Request));
    }
    let spec = InstrumentSpec { symbol: Symbol::new("BTC\"USDT").unwrap(), ..btc() };
    let id = limit().id();
    assert_eq!(session.encode_cancel(REQUEST, id, &spec, &mut buffer), Err(EncodeError::Symbol));
}

#[test]
fn a_buffer_of_any_size_is_safe_and_1024_bytes_suffice() {
    let longest_key = "k".repeat(64);
    let signer = Signer::new(&longest_key, SECRET).unwrap();
    let session = OrderSession::new(VENUE, signer, u32::MAX);
    let spec = InstrumentSpec {
        symbol: Symbol::new("ABCDEFGHIJKLMNOPQRSTUVWX").unwrap(),
        price_decimals: 9,
        qty_decimals: 9,
        ..btc()
    };
    let fields = OrderFields {
        price: Price(i64::MAX),
        qty: Qty(i64::MAX),
        flags: OrderFlags::REDUCE_ONLY,
        ..limit()
    };
    let request = Request { id: i64::MAX as u64, timestamp_ms: i64::MAX };
    let mut buffer = [0; OrderSession::BUFFER];
    let length = session.encode_place(request, &fields, &spec, &mut buffer).unwrap();
    assert!(length < OrderSession::BUFFER);
    for size in 0..length {
        let refused = session.encode_place(request, &fields, &spec, &mut buffer[..size]);
        assert_eq!(refused, Err(EncodeError::BufferTooSmall));
    }
    assert!(session.encode_place(request, &fields, &spec, &mut buffer[..length]).is_ok());
}

const SPOT: Dialect = Dialect::BinanceSpot;

fn spot() -> OrderSession {
    OrderSession::new(SPOT, Signer::new("test-key", SECRET).unwrap(), 5000)
}

#[test]
fn spot_says_post_only_by_its_type_and_has_nothing_to_reduce() {
    let mut buffer = [0; OrderSession::BUFFER];
    let session = spot();
    for tif in TimeInForce::ALL {
        let fields = OrderFields { time_in_force: *tif as u8, ..limit() };
        let Ok(length) = session.encode_place(REQUEST, &fields, &btc(), &mut buffer) else {
            assert_eq!(*tif, TimeInForce::Gtd);
            continue;
        };
        let params = verified(&buffer[..length])["params"].clone();
        assert_eq!(params["newOrderRespType"], "ACK");
        match tif {
            TimeInForce::Gtx => {
                assert_eq!(params["type"], "LIMIT_MAKER");
                assert!(params["timeInForce"].is_null());
            }
            _ => assert_eq!(
                (&params["type"], &params["timeInForce"]),
                (&"LIMIT".into(), &tif.as_str().into())
            ),
        }
    }
    let reducing = OrderFields { flags: OrderFlags::REDUCE_ONLY, ..limit() };
    let refused = session.encode_place(REQUEST, &reducing, &btc(), &mut buffer);
    assert_eq!(refused, Err(EncodeError::Unsupported));
}

#[test]
fn spot_lowers_a_quantity_and_never_moves_a_price() {
    let mut buffer = [0; OrderSession::BUFFER];
    let session = spot();
    let moved = OrderFields { action: Action::Amend as u8, ..limit() };
    let refused = session.encode_amend(REQUEST, &moved, &btc(), &mut buffer);
    assert_eq!(refused, Err(EncodeError::Unsupported));
    let lowered = OrderFields { price: Price(0), ..moved };
    let length = session.encode_amend(REQUEST, &lowered, &btc(), &mut buffer).unwrap();
    let value = verified(&buffer[..length]);
    assert_eq!(value["method"], "order.amend.keepPriority");
    assert_eq!(value["params"]["newQty"], "0.014");
    // Without a name of ours the venue would give it one of its own.
    assert_eq!(value["params"]["newClientOrderId"], lowered.id().to_string());
    assert_eq!(value["params"]["origClientOrderId"], lowered.id().to_string());
}

#[test]
fn spot_cancels_all_and_asks_for_fills_on_the_session() {
    let mut buffer = [0; OrderSession::BUFFER];
    let session = spot();
    let length = session.encode_cancel_all(REQUEST, &btc(), &mut buffer).unwrap();
    let value = verified(&buffer[..length]);
    assert_eq!(
        (&value["method"], &value["params"]["symbol"]),
        (&"openOrders.cancelAll".into(), &"BTCUSDT".into())
    );
    let length = session.encode_trades(REQUEST, 77, &btc(), &mut buffer).unwrap();
    let value = verified(&buffer[..length]);
    assert_eq!((&value["method"], &value["params"]["orderId"]), (&"myTrades".into(), &77.into()));
    let refused = session.encode_trades(REQUEST, u64::MAX, &btc(), &mut buffer);
    assert_eq!(refused, Err(EncodeError::Request));
    let length = session.encode_subscribe(REQUEST, &mut buffer).unwrap();
    let value = verified(&buffer[..length]);
    assert_eq!(value["method"], "userDataStream.subscribe.signature");
    // Futures do neither: REST does, and a listen key.
    let usdm = self::session();
    for refused in [
        usdm.encode_cancel_all(REQUEST, &btc(), &mut buffer),
        usdm.encode_trades(REQUEST, 77, &btc(), &mut buffer),
        usdm.encode_subscribe(REQUEST, &mut buffer),
    ] {
        assert_eq!(refused, Err(EncodeError::Unsupported));
    }
}

/// The key that fix-api.md publishes.
const PRIVATE: &str = "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u";

#[test]
fn after_a_logon_requests_carry_no_key_and_no_signature() {
    let mut buffer = [0; OrderSession::BUFFER];
    for dialect in [SPOT, VENUE] {
        let signer = Signer::ed25519("test-key", PRIVATE).unwrap();
        let mut session = OrderSession::new(dialect, signer, 5000);
        let length = session.encode_logon(REQUEST, &mut buffer).unwrap();
        let value: Value = serde_json::from_slice(&buffer[..length]).unwrap();
        assert_eq!(value["method"], "session.logon");
        let text = b"apiKey=test-key&recvWindow=5000&timestamp=1700000000123";
        let wanted = String::from_utf8(session.signer().sign(text).to_vec()).unwrap();
        assert_eq!(value["params"]["signature"], wanted);
        assert_eq!(wanted.len(), 88);
        // Before it is taken, orders are signed one by one.
        let length = session.encode_place(REQUEST, &limit(), &btc(), &mut buffer).unwrap();
        let before: Value = serde_json::from_slice(&buffer[..length]).unwrap();
        assert!(before["params"]["signature"].is_string());
        session.set_logged_on(true);
        let length = session.encode_place(REQUEST, &limit(), &btc(), &mut buffer).unwrap();
        let after: Value = serde_json::from_slice(&buffer[..length]).unwrap();
        let mut wanted = before.clone();
        for key in ["apiKey", "signature"] {
            wanted["params"].as_object_mut().unwrap().remove(key);
        }
        assert_eq!(after, wanted);
        let length = session.encode_cancel(REQUEST, limit().id(), &btc(), &mut buffer).unwrap();
        let cancel: Value = serde_json::from_slice(&buffer[..length]).unwrap();
        assert!(cancel["params"]["signature"].is_null() && cancel["params"]["apiKey"].is_null());
        // A new connection starts signed again.
        session.set_logged_on(false);
        let length = session.encode_place(REQUEST, &limit(), &btc(), &mut buffer).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&buffer[..length]).unwrap(), before);
    }
}

#[test]
fn a_key_of_the_other_kind_cannot_log_on() {
    let mut session = session();
    let mut buffer = [0; OrderSession::BUFFER];
    assert_eq!(session.encode_logon(REQUEST, &mut buffer), Err(EncodeError::Unsupported));
    session.set_logged_on(true);
    assert!(!session.is_logged_on());
    let length = session.encode_place(REQUEST, &limit(), &btc(), &mut buffer).unwrap();
    verified(&buffer[..length]);
}

#[test]
fn rest_requests_name_the_order_and_are_signed_last() {
    let session = session();
    let (signer, id) = (session.signer(), limit().id());
    let signed = |query: String| {
        let signature = twin(SECRET, query.as_bytes());
        format!("{query}&signature={signature}")
    };
    for (dialect, base, all) in
        [(VENUE, "/fapi/v1", "allOpenOrders"), (SPOT, "/api/v3", "openOrders")]
    {
        let asked = dialect.rest_status(signer, REQUEST, id, &btc());
        let query =
            signed(format!("symbol=BTCUSDT&origClientOrderId={id}&timestamp=1700000000123"));
        assert_eq!((asked.method, asked.path), ("GET", format!("{base}/order?{query}")));
        let cancel = dialect.rest_cancel(signer, REQUEST, id, &btc());
        assert_eq!((cancel.method, cancel.path), ("DELETE", format!("{base}/order?{query}")));
        let query = signed("symbol=BTCUSDT&timestamp=1700000000123".to_owned());
        let every = dialect.rest_cancel_all(signer, REQUEST, &btc());
        assert_eq!((every.method, every.path), ("DELETE", format!("{base}/{all}?{query}")));
        let query = signed("symbol=BTCUSDT&orderId=77&timestamp=1700000000123".to_owned());
        let fills = dialect.rest_user_trades(signer, REQUEST, Some(77), &btc());
        assert_eq!(fills.method, "GET");
        assert!(fills.path.ends_with(&format!("rades?{query}")), "{}", fills.path);
        let latest = dialect.rest_user_trades(signer, REQUEST, None, &btc());
        assert!(!latest.path.contains("orderId"));
    }
}

proptest! {
    #[test]
    fn prop_digits_on_the_wire_are_the_fields(
        price in 1..i64::MAX,
        qty in 1..i64::MAX,
        price_decimals in 0_u8..=9,
        qty_decimals in 0_u8..=9,
        sequence in 0..=ClientOrderId::MAX_SEQUENCE,
    ) {
        let spec = InstrumentSpec { price_decimals, qty_decimals, ..btc() };
        let fields = OrderFields {
            order: ClientOrderId::new(1, 2, sequence).into(),
            price: Price(price),
            qty: Qty(qty),
            ..limit()
        };
        let value = place(&fields, &spec).unwrap();
        let text = |key: &str| value["params"][key].as_str().unwrap().as_bytes().to_vec();
        prop_assert_eq!(Decimal::parse_at(&text("price"), price_decimals), Ok(price));
        prop_assert_eq!(Decimal::parse_at(&text("quantity"), qty_decimals), Ok(qty));
        prop_assert_eq!(ClientOrderId::parse(&text("newClientOrderId")), Ok(fields.id()));
    }
}
