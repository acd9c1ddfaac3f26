//! What the fuzzer runs, and the tests with mutated samples: files of bars, and indicators over what
//! was understood. A file is read or refused with its row. Never here: what a value should be.
#![allow(clippy::expect_used, reason = "the set is a constant of this file")]

use crate::bars::file::BarFile;
use crate::sheet::{Row, Sheet};

/// Short, so that a short input warms them up: one of each kind.
const SET: &str = "sma:2,ema:2,rsi:2,macd:2:3:2,bbands:2:2,keltner:2:2,atr:2,adx:2,ichimoku:2:3:4";

/// A file of bars, through every kind of indicator.
///
/// # Panics
/// When it is neither read nor refused, or a bar has no row: a finding.
pub fn fuzz_bars(bytes: &[u8]) {
    let Ok(file) = BarFile::read(bytes) else { return };
    let mut sheet = Sheet::parse(SET, file.price_places).expect("a set that is there");
    let mut rows = 0;
    let mut count = |_: &Row| rows += 1;
    for bar in &file.bars {
        sheet.on_bar(bar, &mut count);
    }
    sheet.finish(&mut count);
    assert!(rows >= file.bars.len(), "a bar without a row");
}
