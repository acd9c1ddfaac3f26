//! The book against its naive twin over real Binance USD-M messages.
//!
//! Reads `captures/binance/usdm_*.gz` under `ALTHING_DATA` (default: the
//! `shared/data` beside the checkout); without them it says so and passes.

use book::{Book, NaiveBook};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use types::{Decimal, Price, Qty, Side};

/// More far levels than five minutes of either market show.
const FAR_LEVELS: usize = 16_384;

fn capture(name: &str) -> Option<BufReader<GzDecoder<File>>> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let root = std::env::var_os("ALTHING_DATA").map_or_else(|| beside.into(), PathBuf::from);
    let path = root.join("captures/binance").join(name);
    match File::open(&path) {
        Ok(file) => Some(BufReader::new(GzDecoder::new(file))),
        Err(error) => {
            eprintln!("SKIPPED: {}: {error}; set ALTHING_DATA", path.display());
            None
        }
    }
}

struct Twins {
    book: Book,
    naive: NaiveBook,
    price_places: u8,
    applied: u64,
}

impl Twins {
    fn side(&mut self, side: Side, levels: &Value) {
        for level in levels.as_array().expect("an array of levels") {
            let text = |at: usize| level[at].as_str().expect("a string").as_bytes();
            let price = Price(Decimal::parse_at(text(0), self.price_places).expect("a price"));
            let qty = Qty(Decimal::parse_at(text(1), 3).expect("a quantity"));
            self.book.apply(side, price, qty);
            self.naive.apply(side, price, qty);
            self.applied += 1;
        }
    }

    fn message(&mut self, text: &str) {
        let json: Value = serde_json::from_str(text).expect("JSON");
        if json.get("lastUpdateId").is_some() {
            self.book.reset();
            self.naive.reset();
            self.side(Side::Buy, &json["bids"]);
            self.side(Side::Sell, &json["asks"]);
        } else if json["data"]["e"] == "depthUpdate" {
            self.side(Side::Buy, &json["data"]["b"]);
            self.side(Side::Sell, &json["data"]["a"]);
        }
    }

    fn are_equal(&self) {
        for side in [Side::Buy, Side::Sell] {
            let top: Vec<_> = self.book.top(side, usize::MAX).collect();
            assert_eq!(top, self.naive.top(side, usize::MAX));
            assert_eq!(self.book.levels(side), self.naive.levels(side));
        }
        assert_eq!(self.book.is_crossed(), self.naive.is_crossed());
    }
}

fn equals_naive_over(name: &str, price_places: u8) {
    let Some(lines) = capture(name) else { return };
    let book = Book::new(Price(1), FAR_LEVELS);
    let mut twins = Twins { book, naive: NaiveBook::new(), price_places, applied: 0 };
    for (index, line) in lines.lines().enumerate() {
        let line = line.expect("text");
        let (_, text) = line.split_once(' ').expect("a time stamp");
        twins.message(text);
        if index % 1_000 == 0 {
            twins.are_equal();
        }
    }
    twins.are_equal();
    assert!(twins.applied > 100_000, "the capture holds depth messages");
    assert_eq!((twins.book.dropped_levels(), twins.book.off_grid_levels()), (0, 0));
    let (bids, asks) = (twins.book.levels(Side::Buy), twins.book.levels(Side::Sell));
    println!("{name}: {} changes, {bids} bids, {asks} asks at the end", twins.applied);
}

#[test]
fn equals_naive_over_the_btcusdt_capture() {
    equals_naive_over("usdm_btcusdt_20240808.gz", 1);
}

#[test]
fn equals_naive_over_the_ethusdt_capture() {
    equals_naive_over("usdm_ethusdt_20240808.gz", 2);
}
