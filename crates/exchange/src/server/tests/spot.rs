//! The spot market over sockets: its own paths, and the user's events on the API connection.

use serde_json::json;
use tungstenite::Message;

use super::{dial, http, next, now_ms, open, request};
use crate::{Dialect, ExchangeConfig, Server, ServerConfig, hmac_hex};

#[test]
fn spot_paths_streams_and_user_events() {
    let config = ExchangeConfig::synthetic(5).speaking(Dialect::BinanceSpot);
    let server = Server::start(ServerConfig::new(config)).unwrap();
    let mut market = open(&server, "/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker");
    let frame = next(&mut market);
    assert_eq!((frame["data"]["s"].as_str(), frame["data"].get("T")), (Some("BTCUSDT"), None));
    let mut rest = dial(&server);
    let depth = http(&mut rest, "GET", "/api/v3/depth?symbol=BTCUSDT&limit=100").1;
    let bid = depth["bids"][20][0].as_str().unwrap();
    let mut api = open(&server, "/ws-api/v3");
    let subscribe = request("userDataStream.subscribe.signature", "test-secret", &[]);
    api.send(Message::text(subscribe)).unwrap();
    assert_eq!(next(&mut api)["result"], json!({"subscriptionId": 0}));
    let order = [
        ("symbol", "BTCUSDT"),
        ("side", "BUY"),
        ("type", "LIMIT_MAKER"),
        ("price", bid),
        ("quantity", "0.01000000"),
        ("newClientOrderId", "first"),
    ];
    api.send(Message::text(request("order.place", "test-secret", &order))).unwrap();
    let three = [next(&mut api), next(&mut api), next(&mut api)];
    let event = three.iter().find(|m| m["event"]["e"] == "executionReport").unwrap();
    assert_eq!((&event["subscriptionId"], &event["event"]["c"]), (&json!(0), &json!("first")));
    assert!(three.iter().any(|m| m["event"]["e"] == "outboundAccountPosition"));
    assert!(three.iter().any(|m| m["result"]["type"] == "LIMIT_MAKER"));
    let query = format!("symbol=BTCUSDT&origClientOrderId=first&timestamp={}", now_ms());
    let signature = hmac_hex("test-secret", query.as_bytes());
    let (status, canceled) =
        http(&mut rest, "DELETE", &format!("/api/v3/order?{query}&signature={signature}"));
    assert_eq!((status, canceled["status"].as_str()), (200, Some("CANCELED")), "{canceled}");
    assert_eq!(next(&mut api)["event"]["x"], "CANCELED");
    let wrong = tungstenite::client(format!("{}/ws-fapi/v1", server.ws_base()), dial(&server));
    assert!(wrong.is_err());
    assert_eq!(http(&mut rest, "GET", "/fapi/v1/ping").0, 404);
    let stats = server.stop();
    assert_eq!((stats.counters.orders, stats.open_orders), (1, 0));
}
