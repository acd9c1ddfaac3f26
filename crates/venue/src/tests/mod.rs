//! Unit and table tests of the codec, one file per noun.

mod account;
mod encode;
mod market;
mod marks;
mod plan;
mod rest;
mod sequence;
mod sign;
mod specs;
mod spot;

use crate::{DecodeError, Decoded, Decoder, Dialect, SpecTable};
use types::{InstrumentId, InstrumentSpec, Money, Price, Qty, Symbol};

const VENUE: Dialect = Dialect::BinanceUsdm;

/// BTCUSDT with two price decimals and three quantity decimals.
pub(crate) fn btc() -> InstrumentSpec {
    InstrumentSpec {
        id: InstrumentId(3),
        version: 1,
        symbol: Symbol::new("BTCUSDT").unwrap(),
        price_decimals: 2,
        qty_decimals: 3,
        tick_size: Price(10),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(1_000_000),
        min_notional: Money(100),
        maker_ppm: 200,
        taker_ppm: 500,
    }
}

fn table() -> SpecTable {
    let mut table = SpecTable::new(8);
    table.insert(btc()).unwrap();
    table
}

fn padded(text: &[u8]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    // Anything may stand behind a frame.
    bytes.resize(text.len() + DecodeError::PADDING, b'"');
    bytes
}

fn decoder() -> Decoder {
    Decoder::new(VENUE, 4096)
}

/// Decodes with a table of BTCUSDT and shows the result as text.
fn shown(text: &[u8]) -> String {
    format!("{:?}", decoder().decode(&mut padded(text), text.len(), &table()))
}

fn decode<T>(text: &str, look: impl FnOnce(Result<Decoded<'_>, DecodeError>) -> T) -> T {
    look(decoder().decode(&mut padded(text.as_bytes()), text.len(), &table()))
}

fn error(text: &str) -> DecodeError {
    decode(text, |decoded| match decoded {
        Err(error) => error,
        Ok(decoded) => panic!("{text} decoded: {decoded:?}"),
    })
}
