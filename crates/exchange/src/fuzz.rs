//! What the fuzzers run, and the tests with mutated samples: every reader of foreign bytes of this
//! crate. Anything is answered, counted or refused; never here: what a good message means.
#![allow(clippy::expect_used, reason = "a place to put the input is there, or nothing is fuzzed")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::config::{Dialect, ExchangeConfig, Speed, default_instruments, spot_instruments};
use crate::exchange::Exchange;
use crate::faults::FaultScript;
use crate::outgoing::Outgoing;
use crate::rest::RestRequest;
use crate::sign::hmac_hex;

/// Messages that are played of one recording: enough for any of a fuzzer's length.
const STEPS: usize = 4096;
const START: i64 = 1_700_000_000_000_000_000;

/// What an exchange reads of others: the venue's messages in the paper world, requests
/// over WebSocket and REST, fault scripts. The first byte picks the market; then come
/// lines, whose first byte says what the rest is.
///
/// # Panics
/// When something is neither answered, counted nor refused: a finding.
pub fn fuzz_exchange(bytes: &[u8]) {
    let Some((market, rest)) = bytes.split_first() else { return };
    let (dialect, instruments) = match market % 2 {
        0 => (Dialect::BinanceUsdm, default_instruments()),
        _ => (Dialect::BinanceSpot, spot_instruments()),
    };
    let config = ExchangeConfig::pushed(dialect, instruments);
    let mut exchange = Exchange::new(config).expect("an exchange of the usual instruments");
    let (mut now, mut out) = (START, Vec::new());
    exchange.start(now);
    for line in rest.split(|byte| *byte == b'\n') {
        let Some((kind, said)) = line.split_first() else { continue };
        now += 1_000_000;
        match kind % 7 {
            0 => exchange.push(now, said),
            1 => exchange.push_snapshot(now, usize::from(kind / 7), said),
            2 => exchange.push_break(now),
            3 => exchange.api_request(now, u32::from(kind / 7), said, &mut out),
            4 => ask(&mut exchange, now, said),
            5 => signed(&mut exchange, now, said, &mut out),
            _ => {
                let _ = FaultScript::parse(&String::from_utf8_lossy(said));
            }
        }
        exchange.advance(now, &mut out);
        out.clear();
    }
    let _ = exchange.stats().to_json();
}

/// `METHOD NAME=VALUE&…`, with the test key's signature: what gets past the door.
fn signed(exchange: &mut Exchange, now: i64, said: &[u8], out: &mut Vec<Outgoing>) {
    let text = String::from_utf8_lossy(said);
    let (method, pairs) = text.split_once(' ').unwrap_or((&text, ""));
    let pairs = pairs.split('&').filter_map(|pair| pair.split_once('='));
    let mut params: BTreeMap<&str, String> = pairs.map(|(k, v)| (k, v.to_owned())).collect();
    params.insert("apiKey", "test-key".to_owned());
    params.insert("timestamp", (now / 1_000_000).to_string());
    let payload: Vec<String> =
        params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    params.insert("signature", hmac_hex("test-secret", payload.join("&").as_bytes()));
    let request = json!({"id": "1", "method": method, "params": params});
    exchange.api_request(now, 0, request.to_string().as_bytes(), out);
}

/// `METHOD PATH QUERY`.
fn ask(exchange: &mut Exchange, now: i64, said: &[u8]) {
    let text = String::from_utf8_lossy(said);
    let mut words = text.splitn(3, ' ').map(str::to_owned);
    let mut next = || words.next().unwrap_or_default();
    let (method, path, query) = (next(), next(), next());
    let api_key = Some("test-key".to_owned());
    let _ = exchange.rest(now, &RestRequest { method, path, query, body: String::new(), api_key });
}

/// A recording that is played.
///
/// # Panics
/// When it is neither played nor refused: a finding.
pub fn fuzz_capture(bytes: &[u8]) {
    let file = Scratch::new(bytes);
    for dialect in [Dialect::BinanceUsdm, Dialect::BinanceSpot] {
        let config = ExchangeConfig::capture(vec![file.0.clone()], Speed::Max).speaking(dialect);
        let Ok(mut exchange) = Exchange::new(config.on_virtual_time(0)) else { continue };
        let mut out = Vec::new();
        for _ in 0..STEPS {
            let Some(due) = exchange.next_due() else { break };
            exchange.advance_some(due, 1, &mut out);
            out.clear();
        }
    }
}

/// A file of this process, in memory where there is such a place; it goes away with
/// the value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(bytes: &[u8]) -> Self {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let path = base.join(format!("althing-played-{}-btcusdt.txt", std::process::id()));
        std::fs::write(&path, bytes).expect("a temporary file");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
