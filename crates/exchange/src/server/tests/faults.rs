//! Every fault of the script, as a plain client sees it through a socket.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use serde_json::Value;
use tungstenite::{Message, error::Error};

use super::{Client, dial, http, next, now_ms, open, request, serve};
use crate::ServerHandle;

const ORDER: [(&str, &str); 6] = [
    ("symbol", "BTCUSDT"),
    ("side", "BUY"),
    ("type", "LIMIT"),
    ("timeInForce", "GTC"),
    ("price", "61000.00"),
    ("quantity", "0.010"),
];

fn script(when: &str, rest: &str) -> String {
    format!("[[fault]]\n{when}\n{rest}\n")
}

fn send_order(api: &mut Client) {
    api.send(Message::text(request("order.place", "test-secret", &ORDER))).unwrap();
}

fn place(api: &mut Client) -> Value {
    send_order(api);
    next(api)
}

/// Sends `ping`, which no fault of orders strikes, and waits for its answer: what was due before
/// would have come first.
fn until_pong(api: &mut Client) -> Vec<Value> {
    api.send(Message::text("{\"id\":\"p\",\"method\":\"ping\"}")).unwrap();
    let mut before = Vec::new();
    loop {
        let message = next(api);
        if message["id"] == "p" {
            return before;
        }
        before.push(message);
    }
}

fn private(server: &ServerHandle) -> Client {
    let key = http(&mut dial(server), "POST", "/fapi/v1/listenKey").1["listenKey"].clone();
    open(server, &format!("/private/ws?listenKey={}", key.as_str().unwrap()))
}

fn struck(server: &ServerHandle, name: &str) -> u64 {
    server.stats().faults.get(name).copied().unwrap_or(0)
}

/// Reads until the connection ends, and says how.
fn end_of(client: &mut Client) -> Error {
    loop {
        match client.read() {
            Ok(_) => {}
            Err(why) => return why,
        }
    }
}

fn is_quiet(client: &mut Client, ms: u64) -> bool {
    client.get_mut().set_read_timeout(Some(Duration::from_millis(ms))).unwrap();
    let outcome = client.read();
    client.get_mut().set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    matches!(outcome, Err(Error::Io(_)))
}

#[test]
fn drop_ack_takes_the_order_and_says_nothing() {
    let server = serve(&script("when = \"order.place#1\"", "do = \"drop_ack\""));
    let (mut events, mut api) = (private(&server), open(&server, "/ws-fapi/v1"));
    send_order(&mut api);
    assert_eq!(next(&mut events)["o"]["x"], "NEW");
    assert!(until_pong(&mut api).is_empty());
    assert_eq!(struck(&server, "drop_ack"), 1);
}

#[test]
fn delay_makes_one_answer_late() {
    let server = serve(&script("when = \"order.place#1\"", "do = \"delay\"\nby = \"150ms\""));
    let mut api = open(&server, "/ws-fapi/v1");
    let asked = Instant::now();
    assert_eq!(place(&mut api)["status"], 200);
    assert!(asked.elapsed() >= Duration::from_millis(150));
    assert_eq!(struck(&server, "delay"), 1);
}

#[test]
fn duplicate_says_one_event_twice() {
    let server = serve(&script("when = \"ORDER_TRADE_UPDATE#1\"", "do = \"duplicate\""));
    let (mut events, mut api) = (private(&server), open(&server, "/ws-fapi/v1"));
    place(&mut api);
    let first = next(&mut events);
    assert_eq!(next(&mut events), first);
    assert_eq!(struck(&server, "duplicate"), 1);
}

#[test]
fn reorder_swaps_two_events() {
    let server = serve(&script("when = \"ORDER_TRADE_UPDATE#1\"", "do = \"reorder\""));
    let (mut events, mut api) = (private(&server), open(&server, "/ws-fapi/v1"));
    let ids: Vec<i64> =
        (0..2).map(|_| place(&mut api)["result"]["orderId"].as_i64().unwrap()).collect();
    let seen: Vec<i64> = (0..2).map(|_| next(&mut events)["o"]["i"].as_i64().unwrap()).collect();
    assert_eq!(seen, [ids[1], ids[0]]);
    assert_eq!(struck(&server, "reorder"), 1);
}

#[test]
fn close_and_reset_end_only_the_session_that_they_struck() {
    for (name, is_orderly) in [("close", true), ("reset", false)] {
        let server = serve(&script("when = \"order.place#1\"", &format!("do = \"{name}\"")));
        let mut other = open(&server, "/ws-fapi/v1");
        let mut api = open(&server, "/ws-fapi/v1");
        send_order(&mut api);
        let ended = api.read();
        assert_eq!(matches!(ended, Ok(Message::Close(_))), is_orderly, "{name}: {ended:?}");
        if !is_orderly {
            let Err(Error::Io(why)) = ended else { panic!("{ended:?}") };
            assert_eq!(why.kind(), std::io::ErrorKind::ConnectionReset);
        }
        assert!(until_pong(&mut other).is_empty());
        assert_eq!((struck(&server, name), server.stats().counters.orders), (1, 1));
    }
}

#[test]
fn close_and_reset_of_a_rest_request_end_its_connection() {
    for name in ["close", "reset"] {
        let server = serve(&script("when = \"depth.snapshot#1\"", &format!("do = \"{name}\"")));
        let mut rest = dial(&server);
        rest.write_all(b"GET /fapi/v1/depth?symbol=BTCUSDT&limit=5 HTTP/1.1\r\n\r\n").unwrap();
        let mut got = Vec::new();
        let outcome = rest.read_to_end(&mut got);
        assert!(got.is_empty());
        assert_eq!(outcome.is_ok(), name == "close", "{outcome:?}");
        let (status, _) = http(&mut dial(&server), "GET", "/fapi/v1/depth?symbol=BTCUSDT&limit=5");
        assert_eq!((status, struck(&server, name)), (200, 1));
    }
}

#[test]
fn half_open_keeps_a_silent_connection() {
    let server = serve(&script("at = \"50ms\"", "do = \"half_open\"\ntarget = \"market\""));
    let path = "/public/ws/btcusdt@bookTicker";
    let mut market = open(&server, path);
    next(&mut market);
    while struck(&server, "half_open") == 0 {}
    // What was under way arrives, then nothing does, and the connection does not end.
    while !is_quiet(&mut market, 200) {}
    market.send(Message::Ping(Vec::new().into())).unwrap();
    assert!(is_quiet(&mut market, 200), "a half-open connection answered a ping");
    next(&mut open(&server, path));
}

#[test]
fn gap_leaves_one_update_out() {
    let server = serve(&script("when = \"depth#4\"", "do = \"gap\"\n"));
    let mut market =
        open(&server, "/public/stream?streams=btcusdt@depth/ethusdt@depth/solusdt@depth");
    let mut last: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
    let mut gaps = 0;
    for _ in 0..40 {
        let diff = next(&mut market)["data"].clone();
        let symbol = diff["s"].as_str().unwrap().to_owned();
        if let Some(previous) = last.insert(symbol, diff["u"].as_i64().unwrap()) {
            gaps += u32::from(diff["pu"].as_i64() != Some(previous));
        }
    }
    assert_eq!((gaps, struck(&server, "gap")), (1, 1));
}

#[test]
fn garbage_comes_instead_of_one_message() {
    let text = "\u{7}not json at all";
    let server = serve(&script(
        "when = \"bookTicker#2\"",
        "do = \"garbage\"\ntext = \"\\u0007not json at all\"",
    ));
    let mut market =
        open(&server, "/public/ws/btcusdt@bookTicker/ethusdt@bookTicker/solusdt@bookTicker");
    next(&mut market);
    // Unfit for parsing, so it is read as it is.
    let Message::Text(second) = market.read().unwrap() else { panic!("not text") };
    assert_eq!(second.as_str(), text);
    next(&mut market);
    assert_eq!(struck(&server, "garbage"), 1);
}

#[test]
fn throttle_ban_and_maintenance_refuse_until_they_are_over() {
    for (name, status, code) in
        [("throttle", 429, -1003), ("ban", 418, -1003), ("maintenance", 503, -1008)]
    {
        let server =
            serve(&script("when = \"order.place#1\"", &format!("do = \"{name}\"\nfor = \"2s\"")));
        let mut api = open(&server, "/ws-fapi/v1");
        let refused = place(&mut api);
        assert_eq!(refused["status"], status, "{name}: {refused}");
        assert_eq!(refused["error"]["code"], code, "{name}: {refused}");
        let mut rest = dial(&server);
        assert_eq!(http(&mut rest, "GET", "/fapi/v1/ping").0, status, "{name}");
        let mut raw = dial(&server);
        raw.write_all(
            b"GET /ws-fapi/v1 HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
            sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )
        .unwrap();
        let mut head = String::new();
        raw.read_to_string(&mut head).unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {head}");
        assert!(head.contains("retry-after: "), "{name}: {head}");
        if name == "maintenance" {
            assert!(matches!(api.read(), Ok(Message::Close(_))), "a venue that is down hangs up");
        } else {
            api.send(Message::text("{\"id\":1,\"method\":\"ping\"}")).unwrap();
            assert_eq!(next(&mut api)["status"], status, "the connection stays");
        }
        while http(&mut rest, "GET", "/fapi/v1/ping").0 != 200 {}
        assert_eq!(place(&mut open(&server, "/ws-fapi/v1"))["status"], 200, "{name}");
        assert_eq!((struck(&server, name), server.stats().counters.orders), (1, 1));
    }
}

#[test]
fn unknown_outcomes_differ_only_in_what_happened() {
    let script = [
        script("when = \"order.place#1\"", "do = \"unknown_accepted\""),
        script("when = \"order.place#2\"", "do = \"unknown_dropped\"\ncode = -1007"),
    ]
    .concat();
    let server = serve(&script);
    let mut api = open(&server, "/ws-fapi/v1");
    let answers: Vec<_> = (0..2)
        .map(|_| {
            let reply = place(&mut api);
            (reply["status"].as_i64().unwrap(), reply["error"]["code"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(answers, [(503, -1000), (408, -1007)]);
    let stats = server.stop();
    assert_eq!((stats.counters.orders, stats.open_orders), (1, 1));
    assert_eq!((stats.faults["unknown_accepted"], stats.faults["unknown_dropped"]), (1, 1));
}

#[test]
fn clock_skew_shows_in_the_time_and_refuses_good_stamps() {
    let server = serve(&script(
        "when = \"order.place#1\"",
        "do = \"clock_skew\"\nby = \"-30s\"\nfor = \"2s\"",
    ));
    let mut api = open(&server, "/ws-fapi/v1");
    assert_eq!(place(&mut api)["error"]["code"], -1021);
    let mut rest = dial(&server);
    let off = |time: &Value| time["serverTime"].as_i64().unwrap() - now_ms() as i64;
    assert!(off(&http(&mut rest, "GET", "/fapi/v1/time").1) < -25_000);
    while off(&http(&mut rest, "GET", "/fapi/v1/time").1) < -25_000 {}
    assert_eq!(place(&mut api)["status"], 200);
    assert_eq!(struck(&server, "clock_skew"), 1);
}

#[test]
fn stall_holds_everything_back_rest_included_and_loses_nothing() {
    let server = serve(&script("when = \"order.place#1\"", "do = \"stall\"\nfor = \"300ms\""));
    let (mut rest, mut api) = (dial(&server), open(&server, "/ws-fapi/v1"));
    let asked = Instant::now();
    send_order(&mut api);
    while struck(&server, "stall") == 0 {}
    assert_eq!(http(&mut rest, "GET", "/fapi/v1/ping").0, 200);
    assert!(asked.elapsed() >= Duration::from_millis(250), "{:?}", asked.elapsed());
    assert_eq!(next(&mut api)["status"], 200);
}

#[test]
fn slow_lets_bytes_trickle() {
    let server = serve(&script(
        "when = \"order.place#1\"",
        "do = \"slow\"\nbytes_per_s = 1000\nfor = \"10s\"",
    ));
    let mut api = open(&server, "/ws-fapi/v1");
    let asked = Instant::now();
    send_order(&mut api);
    // A reply is some 800 bytes: it comes in pieces, in most of a second.
    let socket = api.get_mut();
    let (mut bytes, mut pieces, mut chunk) = (0, 0, [0; 4096]);
    while bytes < 400 {
        let length = socket.read(&mut chunk).unwrap();
        bytes += length;
        pieces += 1;
    }
    assert!(asked.elapsed() >= Duration::from_millis(350), "{:?}", asked.elapsed());
    assert!(pieces > 1, "all of it at once");
    assert_eq!(struck(&server, "slow"), 1);
    assert!(until_pong(&mut open(&server, "/ws-fapi/v1")).is_empty(), "others are not slow");
}

#[test]
fn at_strikes_by_the_clock_and_an_idle_client_sees_it() {
    let server = serve(&script("at = \"100ms\"", "do = \"close\"\ntarget = \"api\""));
    let mut api = open(&server, "/ws-fapi/v1");
    // The clock starts with the market.
    let mut market = open(&server, "/public/ws/btcusdt@bookTicker");
    let end = end_of(&mut api);
    assert!(matches!(end, Error::ConnectionClosed), "{end:?}");
    next(&mut market);
    assert_eq!(struck(&server, "close"), 1);
}

#[test]
fn same_seed_strikes_the_same_requests_whatever_else_goes_by() {
    let lost = |with_market: bool| -> Vec<usize> {
        let server = serve(&script(
            "probability = 0.3",
            "do = \"unknown_dropped\"\n[[fault]]\nprobability = 0.1\non = \"depth\"\ndo = \"gap\"",
        ));
        let _market = with_market.then(|| open(&server, "/public/ws/btcusdt@depth"));
        let mut api = open(&server, "/ws-fapi/v1");
        (0..40).filter(|_| place(&mut api)["status"] == 503).collect()
    };
    let struck = lost(false);
    assert!((4..24).contains(&struck.len()), "{struck:?}");
    assert_eq!(struck, lost(true));
}
