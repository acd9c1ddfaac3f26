//! The start and the end of a served market: nothing before everybody is there, nothing lost.

use std::time::Duration;

use serde_json::Value;
use tungstenite::{Message, protocol::frame::coding::CloseCode};

use super::{dial, http, open, recording};
use crate::{ExchangeConfig, Server, ServerConfig, Speed};

#[test]
fn stop_delivers_everything_and_says_goodbye() {
    let count = 20_000;
    let config = ExchangeConfig::capture(vec![recording("goodbye", count)], Speed::Max);
    let server = Server::start(ServerConfig::new(config)).unwrap();
    let mut market = open(&server, "/market/ws/btcusdt@trade");
    while server.stats().delivered.get("trade") != Some(&count) {}
    // Nothing has been read yet; the server stops while the client begins to.
    let stopping = std::thread::Builder::new().spawn(move || server.stop()).unwrap();
    let mut seen = 0;
    let close = loop {
        match market.read().unwrap() {
            Message::Text(text) => {
                let trade: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(trade["t"], seen);
                seen += 1;
            }
            Message::Close(close) => break close.unwrap(),
            _ => {}
        }
    };
    assert_eq!((seen, close.code), (count, CloseCode::Away));
    let stats = stopping.join().unwrap();
    assert_eq!((stats.sent["trade"], stats.delivered["trade"]), (count, count));
}

#[test]
fn market_waits_for_the_clients_that_were_announced() {
    let mut config = ServerConfig::new(ExchangeConfig::synthetic(3));
    config.market_clients_min = 2;
    let server = Server::start(config).unwrap();
    let mut first = open(&server, "/public/ws/btcusdt@depth");
    first.get_mut().set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(first.read().is_err());
    assert_eq!(server.stats().counters.frame_sent, 0);
    let _second = open(&server, "/market/ws/btcusdt@trade");
    first.get_mut().set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let diff: Value = serde_json::from_str(first.read().unwrap().to_text().unwrap()).unwrap();
    let depth = "/fapi/v1/depth?symbol=BTCUSDT&limit=5";
    assert!(
        http(&mut dial(&server), "GET", depth).1["lastUpdateId"].as_i64() >= diff["u"].as_i64()
    );
}

#[test]
fn held_market_plays_nothing_until_it_is_released_and_can_be_held_again() {
    let mut config = ServerConfig::new(ExchangeConfig::synthetic(3));
    config.held = true;
    let server = Server::start(config).unwrap();
    let mut market = open(&server, "/public/ws/btcusdt@depth");
    assert_eq!(http(&mut dial(&server), "GET", "/fapi/v1/ping").0, 200);
    assert_eq!(server.stats().counters.frame_sent, 0);
    server.release();
    market.read().unwrap();
    server.hold();
    let played = server.stats().counters.frame_sent;
    assert!(played > 0);
    market.get_mut().set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    while market.read().is_ok() {}
    assert_eq!(server.stats().counters.frame_sent, played);
    server.release();
    while server.stats().counters.frame_sent == played {}
}
