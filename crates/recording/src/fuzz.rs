//! What the fuzzers run, and the tests with mutated samples: recordings of arbitrary bytes. One is
//! read or refused with its line. Never here: what a good recording means.
#![allow(clippy::expect_used, reason = "a place to put the input is there, or nothing is fuzzed")]

use crate::{Question, Survey, bars, inspect};
use std::path::{Path, PathBuf};
use types::Nanos;
use venue::Dialect;

/// What is in a recording, and the bars of its trades, on each market.
///
/// # Panics
/// When it is neither read nor refused: a finding.
pub fn fuzz_recording(bytes: &[u8]) {
    let file = Scratch::new(bytes);
    let Ok(survey) = Survey::read(std::slice::from_ref(&file.0)) else { return };
    for dialect in [Dialect::BinanceUsdm, Dialect::BinanceSpot] {
        let question = Question { survey: &survey, dialect, symbol: "BTCUSDT", spec: None };
        let _ = inspect(&question, |_, _| ());
        let _ = bars(&question, Nanos::PER_SEC);
    }
}

/// A file of this process, in memory where there is such a place; it goes away with
/// the value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(bytes: &[u8]) -> Self {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let path = base.join(format!("althing-read-{}-btcusdt.txt", std::process::id()));
        std::fs::write(&path, bytes).expect("a temporary file");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
