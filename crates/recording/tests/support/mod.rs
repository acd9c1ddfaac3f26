//! Where the captures are, and the slow obvious rebuild of a book.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

/// A file of the shared data; says so and gives `None` where it is missing.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let root = std::env::var_os("ALTHING_DATA").map_or_else(|| beside.into(), PathBuf::from);
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is missing; set ALTHING_DATA", path.display());
    None
}

/// A whole file as text.
pub(crate) fn text(path: &PathBuf) -> String {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    match path.extension().and_then(|e| e.to_str()) {
        Some("gz") => {
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        }
        Some("zst") => {
            text = String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap();
        }
        _ => text = String::from_utf8(bytes).unwrap(),
    }
    text
}

/// A frame of a recording: stamp in ns, whether it is a REST snapshot, its JSON.
pub(crate) struct Heard {
    pub(crate) at: i64,
    pub(crate) url: Option<String>,
    pub(crate) json: Value,
}

/// Every frame, by stamp; sorted in memory.
pub(crate) fn frames(paths: &[PathBuf]) -> Vec<Heard> {
    let mut heard = Vec::new();
    for path in paths {
        for line in text(path).lines() {
            if line.starts_with('{') {
                let line: Value = serde_json::from_str(line).unwrap();
                let url = line["url"].as_str().map(str::to_owned);
                let is_frame = match line["t"].as_str().unwrap() {
                    "recv" => true,
                    "http" => url.as_deref().unwrap().contains("/depth?"),
                    _ => false,
                };
                if is_frame {
                    let at = nanos(&line["ts"].to_string());
                    let json = serde_json::from_str(line["data"].as_str().unwrap()).unwrap();
                    heard.push(Heard { at, url, json });
                }
            } else {
                let (at, json) = line.split_once(' ').unwrap();
                let json: Value = serde_json::from_str(json).unwrap();
                let url = json.get("lastUpdateId").map(|_| "depth".to_owned());
                heard.push(Heard { at: at.parse().unwrap(), url, json });
            }
        }
    }
    heard.sort_by_key(|heard| heard.at);
    heard
}

/// Seconds as text to nanoseconds, digit by digit.
fn nanos(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<9}").parse().unwrap()
}

/// Price to quantity, as scaled integers of eighteen places.
type Levels = BTreeMap<i128, i128>;

/// An independent book: JSON values and ordered maps, its own bridging.
pub(crate) struct Slow {
    symbol: String,
    is_spot: bool,
    pub(crate) bids: Levels,
    pub(crate) asks: Levels,
    waiting: Vec<Value>,
    last: Option<u64>,
    is_joined: bool,
    pub(crate) gaps: u64,
    pub(crate) crossed: u64,
    pub(crate) trades: u64,
}

impl Slow {
    pub(crate) fn new(symbol: &str, is_spot: bool) -> Self {
        Self {
            symbol: symbol.to_owned(),
            is_spot,
            bids: Levels::new(),
            asks: Levels::new(),
            waiting: Vec::new(),
            last: None,
            is_joined: false,
            gaps: 0,
            crossed: 0,
            trades: 0,
        }
    }

    pub(crate) fn on_frame(&mut self, heard: &Heard) {
        if let Some(url) = &heard.url {
            if url == "depth" || url.contains(&format!("symbol={}&", self.symbol)) {
                self.on_snapshot(&heard.json);
            }
            return;
        }
        let data = heard.json.get("data").unwrap_or(&heard.json);
        if data["s"].as_str() != Some(&self.symbol) {
            return;
        }
        match data["e"].as_str() {
            Some("depthUpdate") => self.on_depth(data),
            Some("trade" | "aggTrade") => self.trades += 1,
            _ => {}
        }
    }

    fn on_snapshot(&mut self, json: &Value) {
        if self.last.is_some() {
            return;
        }
        self.bids.clear();
        self.asks.clear();
        set(&mut self.bids, &json["bids"]);
        set(&mut self.asks, &json["asks"]);
        self.last = json["lastUpdateId"].as_u64();
        for waiting in std::mem::take(&mut self.waiting) {
            self.change(&waiting);
        }
        self.look();
    }

    fn on_depth(&mut self, data: &Value) {
        if self.last.is_none() {
            self.waiting.push(data.clone());
        } else if self.change(data) {
            self.look();
        }
    }

    /// The venue's published procedure. True when levels were set.
    fn change(&mut self, data: &Value) -> bool {
        let id = |key: &str| data[key].as_u64().unwrap();
        let (first, last, book) = (id("U"), id("u"), self.last.unwrap());
        let follows = match (self.is_spot, self.is_joined) {
            (true, _) if last <= book => return false,
            (true, _) => first <= book + 1,
            (false, false) if last < book => return false,
            (false, false) => first <= book,
            (false, true) => id("pu") == book,
        };
        if !follows {
            self.gaps += 1;
            return false;
        }
        (self.last, self.is_joined) = (Some(last), true);
        set(&mut self.bids, &data["b"]);
        set(&mut self.asks, &data["a"]);
        true
    }

    fn look(&mut self) {
        let (bid, ask) = (self.bids.last_key_value(), self.asks.first_key_value());
        let crosses = bid.zip(ask).is_some_and(|((bid, _), (ask, _))| bid >= ask);
        self.crossed += u64::from(crosses);
    }

    pub(crate) fn best_bids(&self) -> Vec<(i128, i128)> {
        self.bids.iter().rev().map(|(price, qty)| (*price, *qty)).collect()
    }

    pub(crate) fn best_asks(&self) -> Vec<(i128, i128)> {
        self.asks.iter().map(|(price, qty)| (*price, *qty)).collect()
    }
}

fn set(levels: &mut Levels, json: &Value) {
    for level in json.as_array().unwrap() {
        let (price, qty) = (scaled(level[0].as_str().unwrap()), scaled(level[1].as_str().unwrap()));
        if qty == 0 {
            levels.remove(&price);
        } else {
            levels.insert(price, qty);
        }
    }
}

/// A decimal string as a count of 10^-18.
pub(crate) fn scaled(text: &str) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(fraction.len() <= 18, "{text}");
    format!("{whole}{fraction:0<18}").parse().unwrap()
}
