//! The spot dialect where it differs: events, the user data stream, replies,
//! REST bodies.

use super::{btc, padded, table};
use crate::{DecodeError, Decoded, Decoder, Dialect, LevelChange, Outcome, PrivateEvent};
use types::{
    ClientOrderId, InstrumentId, Liquidity, Money, Nanos, OrderState, OrderType, Price, Qty,
    ReportStatus, Side, TimeInForce,
};

const SPOT: Dialect = Dialect::BinanceSpot;

const DEPTH: &str = r#"{"e":"depthUpdate","E":1672515782136,"s":"BTCUSDT","U":157,"u":160,"b":[["0.02000000","10.00000000"]],"a":[["0.03000000","100.00000000"]]}"#;
const QUOTE: &str = r#"{"u":400900217,"s":"BTCUSDT","b":"25.35000000","B":"31.21000000","a":"25.36000000","A":"40.66000000"}"#;
const TRADE: &str = r#"{"e":"trade","E":1672515782136,"s":"BTCUSDT","t":12345,"p":"25.10000000","q":"0.10000000","T":1672515782130,"m":true,"M":true}"#;

fn decoder() -> Decoder {
    Decoder::new(SPOT, 4096)
}

fn decode<T>(text: &str, look: impl FnOnce(Result<Decoded<'_>, DecodeError>) -> T) -> T {
    // Both ways, and they must agree.
    let (mut first, mut second) = (decoder(), decoder());
    let (mut a, mut b) = (padded(text.as_bytes()), padded(text.as_bytes()));
    let scanned = first.decode(&mut a, text.len(), &table());
    assert_eq!(scanned, second.decode_parsed(&mut b, text.len(), &table()), "{text}");
    look(scanned)
}

fn private(text: &str) -> Result<PrivateEvent, DecodeError> {
    decoder().decode_private(&mut padded(text.as_bytes()), text.len(), &table())
}

fn id() -> ClientOrderId {
    ClientOrderId::new(1_700_000_000_000, 7, 5)
}

#[test]
fn depth_has_no_previous_id_and_one_time() {
    decode(DEPTH, |decoded| {
        let Ok(Decoded::Depth(depth)) = decoded else { panic!("{decoded:?}") };
        assert_eq!((depth.first_id, depth.final_id, depth.previous_id), (157, 160, None));
        let sent = Nanos::from_ms(1_672_515_782_136);
        assert_eq!((depth.event_ts, depth.exch_ts), (sent, sent));
        let level = |side, price, qty| LevelChange { side, price: Price(price), qty: Qty(qty) };
        // Two and three places; what is written has eight.
        let wanted = [level(Side::Buy, 2, 10_000), level(Side::Sell, 3, 100_000)];
        assert_eq!(depth.levels, wanted);
    });
    let finer = DEPTH.replace("0.02000000", "0.02000001");
    decode(&finer, |decoded| assert!(matches!(decoded, Err(DecodeError::Number(_)))));
}

#[test]
fn a_quote_has_neither_type_nor_time() {
    let combined = format!(r#"{{"stream":"btcusdt@bookTicker","data":{QUOTE}}}"#);
    for text in [QUOTE, &combined, &QUOTE.replace("25.35000000", "2535e-2")] {
        decode(text, |decoded| {
            let Ok(Decoded::Quote { instrument, update_id, quote }) = decoded else {
                panic!("{decoded:?}")
            };
            assert_eq!((instrument, update_id), (InstrumentId(3), 400_900_217));
            assert_eq!((quote.bid, quote.bid_qty), (Price(2535), Qty(31_210)));
            assert_eq!((quote.ask, quote.ask_qty), (Price(2536), Qty(40_660)));
            assert_eq!(quote.exch_ts, Nanos(0));
        });
    }
}

#[test]
fn trades_are_read_with_and_without_order_ids() {
    let old = TRADE.replace(r#""T":"#, r#""b":88,"a":50,"T":"#);
    for text in [TRADE, &old] {
        decode(text, |decoded| {
            let Ok(Decoded::Trade { trade, .. }) = decoded else { panic!("{decoded:?}") };
            assert_eq!((trade.price, trade.qty), (Price(2510), Qty(100)));
            assert_eq!((trade.trade_id, trade.aggressor), (12_345, Side::Sell as u8));
            assert_eq!(trade.exch_ts, Nanos::from_ms(1_672_515_782_130));
        });
    }
}

#[test]
fn a_snapshot_tells_no_time() {
    let text = r#"{"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],"asks":[["4.01000000","12.00000000"]]}"#;
    let mut decoder = decoder();
    let snapshot =
        decoder.decode_snapshot(&mut padded(text.as_bytes()), text.len(), &btc()).unwrap();
    assert_eq!(
        (snapshot.last_id, snapshot.exch_ts, snapshot.event_ts),
        (1_027_024, Nanos(0), Nanos(0))
    );
    assert_eq!((snapshot.bids[0].price, snapshot.asks[0].qty), (Price(400), Qty(12_000)));
}

/// The documented example of executionReport, as a fill, wrapped as the
/// WebSocket API sends it.
fn report(execution: &str, status: &str, names: (&str, &str)) -> String {
    let (own, original) = names;
    format!(
        r#"{{"subscriptionId":0,"event":{{"e":"executionReport","E":1499405658658,"s":"BTCUSDT",
        "c":"{own}","S":"BUY","o":"LIMIT","f":"GTC","q":"1.00000000","p":"0.10000000",
        "P":"0.00000000","F":"0.00000000","g":-1,"C":"{original}","x":"{execution}","X":"{status}",
        "r":"NONE","i":4293153,"l":"0.25000000","z":"0.75000000","L":"0.09000000","n":"0.00025",
        "N":"BTC","T":1499405658657,"t":77,"v":3,"I":8641984,"w":true,"m":false,"M":false,
        "O":1499405658657,"Z":"0.00000000","Y":"0.00000000","Q":"0.00000000","W":1499405658657,
        "V":"NONE"}}}}"#
    )
}

#[test]
fn a_fill_tells_its_fee_in_what_was_bought() {
    let name = id().to_string();
    let Ok(PrivateEvent::Order(order)) = private(&report("TRADE", "PARTIALLY_FILLED", (&name, "")))
    else {
        panic!("an order")
    };
    let fill = order.report;
    assert_eq!((fill.id(), fill.status()), (id(), Some(ReportStatus::Fill)));
    assert_eq!((fill.price, fill.qty, order.filled), (Price(9), Qty(250), Qty(750)));
    assert_eq!(fill.liquidity, Liquidity::Taker as u8);
    assert_eq!((order.detail.venue_order_id, order.detail.trade_id), (4_293_153, 77));
    // In the base asset: never booked as quote.
    assert_eq!((order.fee.in_quote, &order.fee.asset[..4]), (false, &b"BTC\0"[..]));
    assert_eq!(Money::from(order.detail.fee), Money::ZERO);
    assert_eq!(order.fee.amount, Money::parse(b"0.00025").unwrap());
    let free = report("TRADE", "FILLED", (&name, "")).replace(r#""N":"BTC""#, r#""N":null"#);
    let Ok(PrivateEvent::Order(order)) = private(&free) else { panic!("an order") };
    assert_eq!(
        (order.fee.amount, order.report.status()),
        (Money::ZERO, Some(ReportStatus::FilledAll))
    );
}

#[test]
fn a_cancel_names_the_order_and_not_the_request() {
    let name = id().to_string();
    let Ok(PrivateEvent::Order(order)) = private(&report("CANCELED", "CANCELED", ("web_1", &name)))
    else {
        panic!("an order")
    };
    assert_eq!((order.report.id(), order.report.status()), (id(), Some(ReportStatus::Canceled)));
    assert_eq!(order.report.qty, Qty(750));
    let foreign = private(&report("CANCELED", "CANCELED", (&name, "web_2")));
    let wanted = PrivateEvent::Foreign { instrument: Some(InstrumentId(3)), fill: false };
    assert_eq!(foreign, Ok(wanted));
    let Ok(PrivateEvent::Order(order)) = private(&report("REPLACED", "NEW", (&name, ""))) else {
        panic!("an order")
    };
    assert_eq!(order.report.status(), Some(ReportStatus::Amended));
}

#[test]
fn balances_are_free_and_locked_together() {
    let text = r#"{"subscriptionId":0,"event":{"e":"outboundAccountPosition","E":1564034571105,
        "u":1564034571073,"B":[{"a":"ETH","f":"10000.000000","l":"0.5"},{"a":"BTC","f":"0","l":"0"}]}}"#;
    let Ok(PrivateEvent::Account(change)) = private(text) else { panic!("an account") };
    assert_eq!((change.balances().len(), change.positions().len(), change.untold), (2, 0, 0));
    let eth = change.balances()[0];
    assert_eq!((&eth.asset[..4], eth.total), (&b"ETH\0"[..], Money::parse(b"10000.5").unwrap()));
    assert_eq!(eth.free, Money::parse(b"10000").ok());
    assert_eq!(change.exch_ts, Nanos::from_ms(1_564_034_571_073));
    assert_eq!(private(&text.replace("\"f\"", "\"-\"")), Err(DecodeError::Shape));
}

#[test]
fn the_stream_also_carries_its_own_answers() {
    for (text, wanted) in [
        (r#"{"id":1,"status":200,"result":{"subscriptionId":0}}"#, PrivateEvent::Control),
        (
            r#"{"id":1,"status":400,"error":{"code":-2015,"msg":"Invalid API-key"}}"#,
            PrivateEvent::ControlError { code: -2015 },
        ),
        (
            r#"{"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":1728973001334}}"#,
            PrivateEvent::ListenKeyExpired,
        ),
        (r#"{"event":{"e":"balanceUpdate"}}"#, PrivateEvent::Unused("balanceUpdate")),
        (r#"{"event":{"e":"listStatus"}}"#, PrivateEvent::Unused("listStatus")),
        (r#"{"event":{"e":"later"}}"#, PrivateEvent::UnusedUnknown),
    ] {
        assert_eq!(private(text), Ok(wanted), "{text}");
    }
    assert_eq!(private(r#"{"event":{"e":"executionReport"}}"#), Err(DecodeError::Shape));
}

#[test]
fn replies_name_the_order_by_its_first_name() {
    let text = format!(
        r#"{{"id":9,"status":200,"result":{{"symbol":"BTCUSDT","origClientOrderId":"{}","orderId":12569099453,
        "orderListId":-1,"clientOrderId":"91fe37ce9e69c90d6358c0","transactTime":1684804350068,
        "price":"23416.10000000","origQty":"0.00800000","executedQty":"0.00100000",
        "cummulativeQuoteQty":"23.41610000","status":"CANCELED","timeInForce":"GTC","type":"LIMIT",
        "side":"SELL"}}}}"#,
        id()
    );
    let reply = decoder().decode_reply(&mut padded(text.as_bytes()), text.len(), &table()).unwrap();
    let order = reply.order.unwrap();
    assert_eq!((reply.outcome, reply.venue_order_id), (Outcome::Accepted, 12_569_099_453));
    assert_eq!(
        (order.order, order.state, order.side),
        (Some(id()), OrderState::Canceled, Side::Sell)
    );
    assert_eq!((order.price, order.qty, order.filled), (Price(2_341_610), Qty(8), Qty(1)));
    assert_eq!(order.filled_notional, Money::parse(b"23.4161").ok());
    assert_eq!(order.exch_ts, Nanos::from_ms(1_684_804_350_068));
}

#[test]
fn any_server_error_leaves_the_outcome_open() {
    let unknown = |code| Outcome::Unknown { code };
    for (status, code, message, wanted) in [
        (503, 0, &b"Service Unavailable."[..], unknown(503)),
        (500, -1006, b"", unknown(-1006)),
        (408, -1007, b"", unknown(-1007)),
        (400, -2010, b"Duplicate order sent.", Outcome::Rejected { code: -2010 }),
        (400, -1013, b"Filter failure: LOT_SIZE", Outcome::Rejected { code: -1013 }),
        (400, -2013, b"Order does not exist.", Outcome::NotFound { code: -2013 }),
        (418, -1003, b"Way too much request weight", Outcome::Rejected { code: -1003 }),
        (200, 0, b"", Outcome::Accepted),
    ] {
        assert_eq!(SPOT.classify(status, code, message), wanted, "{status} {code}");
    }
}

/// BTCUSDT as the exchange information of 2021-10-12 has it.
const INFO: &str = r#"{"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC",
    "baseAssetPrecision":8,"quoteAsset":"USDT","quotePrecision":8,"filters":[
    {"filterType":"PRICE_FILTER","minPrice":"0.01000000","maxPrice":"1000000.00000000","tickSize":"0.01000000"},
    {"filterType":"PERCENT_PRICE","multiplierUp":"5","multiplierDown":"0.2","avgPriceMins":5},
    {"filterType":"LOT_SIZE","minQty":"0.00001000","maxQty":"9000.00000000","stepSize":"0.00001000"},
    {"filterType":"MIN_NOTIONAL","minNotional":"10.00000000","applyToMarket":true,"avgPriceMins":5},
    {"filterType":"MARKET_LOT_SIZE","minQty":"0.00000000","maxQty":"100.05381873","stepSize":"0.00000000"},
    {"filterType":"MAX_NUM_ORDERS","maxNumOrders":200}]}]}"#;

#[test]
fn a_specification_has_the_places_that_the_venue_writes() {
    let spec = SPOT.parse_exchange_info(INFO.as_bytes(), &["BTCUSDT"]).unwrap()[0];
    assert_eq!((spec.price_decimals, spec.tick_size), (8, Price(1_000_000)));
    assert_eq!((spec.qty_decimals, spec.lot_size), (8, Qty(1_000)));
    assert_eq!((spec.min_qty, spec.max_qty), (Qty(1_000), Qty(900_000_000_000)));
    assert_eq!(spec.min_notional, Money::parse(b"10").unwrap());
    assert_eq!((spec.maker_ppm, spec.taker_ppm), (1000, 1000));
    let newer = INFO.replace(
        r#""MIN_NOTIONAL","minNotional":"10.00000000""#,
        r#""NOTIONAL","minNotional":"5.00000000","maxNotional":"9000000.00000000""#,
    );
    let spec = SPOT.parse_exchange_info(newer.as_bytes(), &["BTCUSDT"]).unwrap()[0];
    assert_eq!(spec.min_notional, Money::parse(b"5").unwrap());
    let filters = SPOT.parse_filters(newer.as_bytes(), &["BTCUSDT"]).unwrap().remove(0);
    assert_eq!(filters.max_notional, Money::parse(b"9000000").ok());
}

#[test]
fn filters_tell_the_bounds_that_a_specification_does_not_hold() {
    let filters = SPOT.parse_filters(INFO.as_bytes(), &["BTCUSDT"]).unwrap().remove(0);
    assert_eq!((filters.status.as_str(), filters.max_orders), ("TRADING", Some(200)));
    assert_eq!(filters.base_asset, "BTC");
    assert_eq!(filters.min_price, Money::parse(b"0.01").ok());
    assert_eq!(filters.max_price, Money::parse(b"1000000").ok());
    assert_eq!(filters.market_max_qty, Money::parse(b"100.05381873").ok());
    assert_eq!(filters.max_notional, None);
    let band = filters.price_band.unwrap();
    assert_eq!((band.buy_up.to_string(), band.sell_down.to_string()), ("5".into(), "0.2".into()));
    let sided = INFO.replace(
        r#""PERCENT_PRICE","multiplierUp":"5","multiplierDown":"0.2""#,
        r#""PERCENT_PRICE_BY_SIDE","bidMultiplierUp":"1.2","bidMultiplierDown":"0.2","askMultiplierUp":"5","askMultiplierDown":"0.8""#,
    );
    let band = SPOT.parse_filters(sided.as_bytes(), &["BTCUSDT"]).unwrap()[0].price_band.unwrap();
    let factors = [band.buy_up, band.buy_down, band.sell_up, band.sell_down];
    assert_eq!(factors.map(|f| f.to_string()), ["1.2", "0.2", "5", "0.8"]);
    let off = INFO.replace(r#""maxPrice":"1000000.00000000""#, r#""maxPrice":"0.00000000""#);
    assert_eq!(SPOT.parse_filters(off.as_bytes(), &["BTCUSDT"]).unwrap()[0].max_price, None);
    let broken = INFO.replace(r#""multiplierUp":"5""#, r#""multiplierUp":"five""#);
    let said = SPOT.parse_filters(broken.as_bytes(), &["BTCUSDT"]).unwrap_err();
    assert_eq!(said, "filters of BTCUSDT: multiplierUp = five: not a decimal number");
    assert!(SPOT.parse_filters(INFO.as_bytes(), &["XRPUSDT"]).unwrap_err().contains("XRPUSDT"));
}

#[test]
fn an_account_lists_what_it_holds() {
    let body = br#"{"makerCommission":15,"balances":[{"asset":"BTC","free":"4723846.89208129","locked":"0.5"},
        {"asset":"LTC","free":"0.00000000","locked":"0.00000000"}],"permissions":["SPOT"]}"#;
    let account = SPOT.parse_account(body).unwrap();
    assert_eq!((account.balances.len(), account.positions.len()), (1, 0));
    assert_eq!(account.balances[0].wallet, Money::parse(b"4723847.39208129").unwrap());
    assert_eq!(account.balances[0].available, Money::parse(b"4723846.89208129").ok());
    assert!(SPOT.parse_account(br#"{"code":-2015,"msg":"no"}"#).unwrap_err().contains("-2015"));
    assert_eq!(SPOT.parse_positions(b"[]"), Ok(Vec::new()));
}

#[test]
fn open_orders_and_trades_are_read() {
    let body = r#"[{"symbol":"BTCUSDT","orderId":1,"orderListId":-1,"clientOrderId":"x","price":"0.1",
        "origQty":"1.0","executedQty":"0.0","status":"NEW","timeInForce":"GTC","type":"LIMIT_MAKER",
        "side":"BUY","time":1499827319559,"updateTime":1499827319560}]"#;
    let order = &SPOT.parse_open_orders(body.as_bytes()).unwrap()[0];
    assert_eq!(order.order_type, Some(OrderType::Limit));
    assert_eq!(order.time_in_force, Some(TimeInForce::Gtx));
    let body = r#"[{"symbol":"BTCUSDT","id":28457,"orderId":100234,"price":"4.00000100","qty":"12.00000000",
        "quoteQty":"48.000012","commission":"10.10000000","commissionAsset":"BNB","time":1499865549590,
        "isBuyer":true,"isMaker":false,"isBestMatch":true}]"#;
    let trade = &SPOT.parse_user_trades(body.as_bytes()).unwrap()[0];
    assert_eq!((trade.trade_id, trade.venue_order_id, trade.maker), (28_457, 100_234, false));
    assert_eq!((trade.side, trade.fee_asset.as_str()), (Side::Buy, "BNB"));
    assert_eq!(trade.price, Money::parse(b"4.000001").unwrap());
    let futures = body.replace("isBuyer\":true", "buyer\":false").replace("isMaker", "maker");
    let trade = &Dialect::BinanceUsdm.parse_user_trades(futures.as_bytes()).unwrap()[0];
    assert_eq!((trade.side, trade.maker), (Side::Sell, false));
    assert!(SPOT.parse_user_trades(br#"[{"id":1}]"#).is_err());
}
