//! Every Binance capture of the shared data: it decodes whole, and its book
//! equals a slow independent rebuild at every thousandth frame.
#![allow(clippy::unwrap_used, reason = "tests: helpers outside #[test]")]
#![allow(missing_docs, reason = "tests")]

mod support;

use recording::{Inspected, Question, Survey, Watched, inspect};
use std::path::PathBuf;
use support::{Slow, frames, shared};
use types::{Decimal, Side};
use venue::Dialect;

const LINES: [(&str, &str); 2] = [
    ("captures/binance/usdm_btcusdt_20240808.gz", "BTCUSDT"),
    ("captures/binance/usdm_ethusdt_20240808.gz", "ETHUSDT"),
];
const SESSION: &str = "captures/venues/BINANCE_FUTURES.jsonl.zst";
const SESSION_SYMBOLS: [&str; 4] = ["SUSHIUSDT", "AKROUSDT", "KEEPUSDT", "CTKUSDT"];

/// The book's levels as counts of 10^-18.
fn levels(watched: &Watched, side: Side) -> Vec<(i128, i128)> {
    let wide = |decimal: Decimal| support::scaled(&decimal.to_string());
    let spec = &watched.spec;
    watched
        .book
        .top(side, usize::MAX)
        .map(|(price, qty)| (wide(spec.price(price)), wide(spec.qty(qty))))
        .collect()
}

/// Plays both and compares; gives what the engine found.
fn equals_the_slow_book(paths: &[PathBuf], symbol: &str, dialect: &str) -> Inspected {
    let survey = Survey::read(paths).unwrap();
    let heard = frames(paths);
    let mut slow = Slow::new(symbol, dialect == "binance_spot");
    let (mut given, mut compared) = (0, 0);
    let dialect = Dialect::parse(dialect).unwrap();
    let question = Question { survey: &survey, dialect, symbol, spec: None };
    let total = heard.len() as u64;
    let found = inspect(&question, |frames, watched| {
        slow.on_frame(&heard[given]);
        given += 1;
        assert_eq!(given as u64, frames);
        // Every thousandth frame of a long recording, more often in a short one.
        let every = if total > 20_000 { 1_000 } else { 100 };
        if frames % every == 0 || frames == total {
            assert_eq!(levels(watched, Side::Buy), slow.best_bids(), "{symbol} at frame {frames}");
            assert_eq!(levels(watched, Side::Sell), slow.best_asks(), "{symbol} at frame {frames}");
            compared += 1;
        }
    })
    .unwrap();
    assert!(compared > 2, "{symbol}: {compared} comparisons");
    assert_eq!(found.frames, total);
    assert_eq!((found.first.0, found.last.0), (heard[0].at, heard.last().unwrap().at));
    assert_eq!(found.counts.undecodable, 0, "{:?}", found.counts.undecodable_by);
    assert_eq!((found.counts.gaps, slow.gaps), (0, 0), "{symbol}");
    assert_eq!(found.watched.crossed, slow.crossed, "{symbol}");
    assert_eq!(found.trades, slow.trades, "{symbol}");
    assert_eq!(found.by_type.values().sum::<u64>(), found.frames);
    let book = &found.watched.book;
    assert_eq!((book.dropped_levels(), book.off_grid_levels()), (0, 0), "{symbol}");
    println!(
        "{symbol}: {} frames, {} events, {} trades, {compared} comparisons, {:?}",
        found.frames, found.counts.events, found.trades, found.rules.source
    );
    found
}

#[test]
fn usdm_captures_decode_whole_and_equal_the_slow_book() {
    for (name, symbol) in LINES {
        let Some(path) = shared(name) else { continue };
        let found = equals_the_slow_book(&[path], symbol, "binance_usdm");
        assert!(
            found.frames > 70_000 && found.watched.book.is_crossed() == (found.watched.crossed > 0)
        );
    }
}

#[test]
fn usdm_session_decodes_whole_for_each_of_its_symbols() {
    let Some(path) = shared(SESSION) else { return };
    for symbol in SESSION_SYMBOLS {
        let found = equals_the_slow_book(std::slice::from_ref(&path), symbol, "binance_usdm");
        assert_eq!(found.rules.source, recording::SpecSource::ExchangeInfo);
    }
}

#[test]
fn counts_of_the_manifest_are_found() {
    let Some(path) = shared(LINES[0].0) else { return };
    let survey = Survey::read(&[path]).unwrap();
    assert_eq!(survey.frames, 93_954, "data/MANIFEST.md");
    let counts =
        ["depthUpdate", "bookTicker", "trade", "snapshot"].map(|name| survey.by_type[name]);
    assert_eq!(counts, [6_551, 66_089, 21_313, 1]);
}

#[test]
fn spot_captures_decode_whole_and_equal_the_slow_book() {
    if Dialect::parse("binance_spot").is_none() {
        eprintln!("SKIPPED: this build does not speak binance_spot yet");
        return;
    }
    let (first, second) =
        ("captures/binance/spot_btcusdt_20240808.gz", "captures/binance/spot_btcusdt_20240809.gz");
    if let (Some(first), Some(second)) = (shared(first), shared(second)) {
        equals_the_slow_book(std::slice::from_ref(&first), "BTCUSDT", "binance_spot");
        equals_the_slow_book(&[first, second.clone()], "BTCUSDT", "binance_spot");
        let survey = Survey::read(&[second]).unwrap();
        let dialect = Dialect::parse("binance_spot").unwrap();
        let question = Question { survey: &survey, dialect, symbol: "BTCUSDT", spec: None };
        let why = inspect(&question, |_, _| ()).err().unwrap().to_string();
        assert!(why.contains("no REST snapshot"), "{why}");
    }
    let Some(path) = shared("captures/venues/BINANCE.jsonl.zst") else { return };
    for symbol in ["NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR"] {
        equals_the_slow_book(std::slice::from_ref(&path), symbol, "binance_spot");
    }
}
