//! The server over real loopback sockets, against tungstenite's client and hand-written HTTP.

#![allow(clippy::disallowed_methods, reason = "a client of a real-time venue needs the time")]

mod ending;
mod faults;
mod spot;
mod tls;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::sign::{api_payload, hmac_hex};
use crate::{ExchangeConfig, FaultScript, Server, ServerConfig, ServerHandle};

type Client = WebSocket<TcpStream>;

pub(crate) fn serve(script: &str) -> ServerHandle {
    let mut config = ExchangeConfig::synthetic(11);
    config.faults = FaultScript::parse(script).unwrap();
    // A test that asks until something is so is not to be throttled for it.
    config.limits.weight_1m = u32::MAX;
    Server::start(ServerConfig::new(config)).unwrap()
}

fn now_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()
}

fn dial(server: &ServerHandle) -> TcpStream {
    let stream = TcpStream::connect(server.addr()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

fn open(server: &ServerHandle, path: &str) -> Client {
    let url = format!("{}{path}", server.ws_base());
    tungstenite::client(url, dial(server)).unwrap().0
}

fn next(client: &mut Client) -> Value {
    loop {
        if let Message::Text(text) = client.read().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

fn http(stream: &mut TcpStream, method: &str, target: &str) -> (u16, Value) {
    let request =
        format!("{method} {target} HTTP/1.1\r\nhost: x\r\nx-mbx-apikey: test-key\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    read_response(stream)
}

fn read_response(stream: &mut TcpStream) -> (u16, Value) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|l| l.strip_prefix("content-length: "));
            let length: usize = length.unwrap().parse().unwrap();
            if let Some(body) = body.get(..length) {
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                return (status, serde_json::from_str(body).unwrap());
            }
        }
        let length = stream.read(&mut chunk).unwrap();
        assert!(length > 0, "the server closed before answering: {text}");
        bytes.extend_from_slice(&chunk[..length]);
    }
}

fn request(method: &str, secret: &str, params: &[(&str, &str)]) -> String {
    let mut all: Vec<(String, String)> =
        params.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    all.push(("apiKey".to_owned(), "test-key".to_owned()));
    all.push(("timestamp".to_owned(), now_ms().to_string()));
    all.push(("signature".to_owned(), hmac_hex(secret, api_payload(&all).as_bytes())));
    let map: serde_json::Map<String, Value> = all.into_iter().map(|(n, v)| (n, json!(v))).collect();
    json!({"id": 7, "method": method, "params": map}).to_string()
}

#[test]
fn whole_line_over_sockets() {
    let server = serve("");
    let mut rest = dial(&server);
    let (status, key) = http(&mut rest, "POST", "/fapi/v1/listenKey");
    assert_eq!(status, 200);
    let key = key["listenKey"].as_str().unwrap().to_owned();
    let mut private = open(&server, &format!("/private/ws?listenKey={key}"));
    let mut market = open(&server, "/public/stream?streams=btcusdt@depth@0ms/btcusdt@bookTicker");
    let frame = next(&mut market);
    assert!(frame["stream"].as_str().unwrap().starts_with("btcusdt@"), "{frame}");
    assert_eq!(frame["data"]["s"], "BTCUSDT");
    let (status, depth) = http(&mut rest, "GET", "/fapi/v1/depth?symbol=BTCUSDT&limit=1000");
    assert_eq!(status, 200);
    let bid = depth["bids"][20][0].as_str().unwrap();
    let mut api = open(&server, "/ws-fapi/v1");
    let order = [
        ("symbol", "BTCUSDT"),
        ("side", "BUY"),
        ("type", "LIMIT"),
        ("timeInForce", "GTC"),
        ("price", bid),
        ("quantity", "0.010"),
        ("newClientOrderId", "first"),
    ];
    api.send(Message::text(request("order.place", "test-secret", &order))).unwrap();
    let reply = next(&mut api);
    assert_eq!((reply["id"].as_i64(), reply["status"].as_i64()), (Some(7), Some(200)), "{reply}");
    let event = next(&mut private);
    assert_eq!(event["e"], "ORDER_TRADE_UPDATE");
    assert_eq!((event["o"]["c"].as_str(), event["o"]["x"].as_str()), (Some("first"), Some("NEW")));
    api.send(Message::text(request("order.place", "wrong", &order))).unwrap();
    let reply = next(&mut api);
    assert_eq!(
        (reply["status"].as_i64(), reply["error"]["code"].as_i64()),
        (Some(400), Some(-1022))
    );
    let query = format!("symbol=BTCUSDT&origClientOrderId=first&timestamp={}", now_ms());
    let signed =
        format!("/fapi/v1/order?{query}&signature={}", hmac_hex("test-secret", query.as_bytes()));
    let (status, canceled) = http(&mut rest, "DELETE", &signed);
    assert_eq!((status, canceled["status"].as_str()), (200, Some("CANCELED")), "{canceled}");
    assert_eq!(next(&mut private)["o"]["x"], "CANCELED");
    let stats = server.stop();
    assert_eq!((stats.counters.orders, stats.counters.cancels), (1, 1));
}

#[test]
fn control_messages_are_answered_and_obeyed() {
    let server = serve("");
    let mut raw = open(&server, "/market/ws/0");
    let subscribe =
        json!({"method": "SUBSCRIBE", "params": ["ethusdt@trade", "ethusdt@depth@100ms"], "id": 3});
    raw.send(Message::text(subscribe.to_string())).unwrap();
    assert_eq!(next(&mut raw), json!({"result": null, "id": 3}));
    let frame = next(&mut raw);
    assert_eq!(frame["s"], "ETHUSDT");
    assert!(frame.get("stream").is_none());
    raw.send(Message::text(json!({"method": "LIST_SUBSCRIPTIONS", "id": 4}).to_string())).unwrap();
    let list = loop {
        let message = next(&mut raw);
        if message["id"] == 4 {
            break message;
        }
    };
    assert_eq!(list["result"], json!(["ethusdt@depth@100ms", "ethusdt@trade"]));
    raw.send(Message::text("{nonsense")).unwrap();
    loop {
        if next(&mut raw)["error"]["code"] == 3 {
            break;
        }
    }
}

#[test]
fn garbage_and_sudden_ends_harm_nobody_else() {
    let server = serve("");
    let mut garbage = dial(&server);
    garbage.write_all(b"\x16\x03\x01 not http at all\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    garbage.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 400"));
    let mut half = dial(&server);
    half.write_all(b"POST /fapi/v1/order HTTP/1.1\r\ncontent-length: 100\r\n\r\nabc").unwrap();
    drop(half);
    let market = open(&server, "/public/ws/btcusdt@bookTicker");
    drop(market.into_inner_stream());
    let mut rest = dial(&server);
    assert_eq!(http(&mut rest, "GET", "/fapi/v1/ping"), (200, json!({})));
    assert_eq!(http(&mut rest, "GET", "/fapi/v1/nothing").0, 404);
    // Two requests in one write are answered in order.
    rest.write_all(b"GET /fapi/v1/ping HTTP/1.1\r\n\r\nGET /fapi/v1/ping HTTP/1.1\r\n\r\n")
        .unwrap();
    assert_eq!(read_response(&mut rest).0, 200);
}

#[test]
fn taken_port_is_refused_with_a_sentence() {
    let server = serve("");
    let mut config = ServerConfig::new(ExchangeConfig::synthetic(1));
    config.listen = server.addr().to_string();
    let why = Server::start(config).err().unwrap().to_string();
    assert!(why.contains(&server.addr().to_string()) && why.contains("port 0"), "{why}");
}

/// A recording of `count` trades, one a microsecond.
fn recording(name: &str, count: u64) -> std::path::PathBuf {
    let name = format!("althing-exchange-{name}-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut text = String::new();
    for id in 0..count {
        let at = 1_723_161_255_000_000_000 + id * 1_000;
        text.push_str(&format!(
            "{at} {{\"stream\":\"btcusdt@trade\",\"data\":{{\"e\":\"trade\",\"E\":1723161255000,\"T\":1723161255000,\"s\":\"BTCUSDT\",\"t\":{id},\"p\":\"61800.30\",\"q\":\"0.006\",\"X\":\"MARKET\",\"m\":false}}}}\n"
        ));
    }
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn recording_waits_for_a_slow_reader_and_loses_nothing() {
    let count = 60_000;
    let config = ExchangeConfig::capture(vec![recording("slow", count)], crate::Speed::Max);
    let server = Server::start(ServerConfig::new(config)).unwrap();
    let mut market = open(&server, "/market/ws/btcusdt@trade");
    // Nothing is read until the market has run into the full socket.
    while server.stats().counters.frame_sent < 2_000 {}
    let held = server.stats().counters.frame_sent;
    assert!(held < count && !server.finished(), "{held} of {count} frames without a reader");
    for id in 0..count {
        assert_eq!(next(&mut market)["t"], id);
    }
    while !server.finished() {}
    let stats = server.stop();
    assert_eq!((stats.counters.frame_sent, stats.client_too_slow), (count, 0));
}

#[test]
fn client_that_never_reads_is_let_go_and_counted() {
    let mut config = ExchangeConfig::synthetic(5);
    config.source = crate::Source::Synthetic { rate: 50_000 };
    let mut config = ServerConfig::new(config);
    config.unsent_bytes_max = 64 << 10;
    let server = Server::start(config).unwrap();
    let market =
        open(&server, "/public/stream?streams=btcusdt@depth/ethusdt@depth/btcusdt@bookTicker");
    while server.stats().client_too_slow == 0 {}
    drop(market);
    assert_eq!(server.stop().client_too_slow, 1);
}

/// `WebSocket::into_inner` by a name that says what the test does with it.
trait IntoInner {
    fn into_inner_stream(self) -> TcpStream;
}

impl IntoInner for Client {
    fn into_inner_stream(self) -> TcpStream {
        self.into_inner()
    }
}
