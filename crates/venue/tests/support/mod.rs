//! Where the captures are, and frames with room behind them.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use flate2::read::MultiGzDecoder;
use std::io::Read as _;
use std::path::PathBuf;
use types::{InstrumentId, InstrumentSpec, Money, Price, Qty, Symbol};
use venue::DecodeError;

/// A file of the shared data; says so and gives `None` where it is missing.
pub(crate) fn shared(name: &str) -> Option<Vec<u8>> {
    let data = std::env::var_os("ALTHING_DATA").map_or_else(
        || concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into(),
        PathBuf::from,
    );
    let path = data.join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("SKIPPED: {} is missing; set ALTHING_DATA", path.display());
        return None;
    };
    let mut plain = Vec::new();
    if name.ends_with(".gz") {
        MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).expect("a gzip file");
    } else if name.ends_with(".zst") {
        plain = zstd::decode_all(&bytes[..]).expect("a zstd file");
    } else {
        plain = bytes;
    }
    Some(plain)
}

/// The JSON of each line `<local time> <JSON>`.
pub(crate) fn frames(capture: &[u8]) -> impl Iterator<Item = &[u8]> {
    capture.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| {
        let space = line.iter().position(|byte| *byte == b' ').expect("a time and a frame");
        &line[space + 1..]
    })
}

pub(crate) fn padded(frame: &[u8]) -> Vec<u8> {
    let mut bytes = frame.to_vec();
    bytes.resize(frame.len() + DecodeError::PADDING, 0);
    bytes
}

pub(crate) fn spec(id: u16, symbol: &str, price_decimals: u8, qty_decimals: u8) -> InstrumentSpec {
    InstrumentSpec {
        id: InstrumentId(id),
        version: 1,
        symbol: Symbol::new(symbol).expect("a symbol"),
        price_decimals,
        qty_decimals,
        tick_size: Price(1),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(1_000_000_000),
        min_notional: Money::ZERO,
        maker_ppm: 200,
        taker_ppm: 500,
    }
}
