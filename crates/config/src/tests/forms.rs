//! Texts with a form, word by word, and distances between words.

use super::REGISTRIES;
use crate::Source;
use crate::forms::{indicator, instrument, source};
use crate::nearest::{distance, nearest};
use types::{Decimal, ParamValue};

#[test]
fn distances_of_the_literature() {
    // Wagner and Fischer's and Damerau's examples; optimal string alignment
    // counts CA to ABC as 3 where full Damerau counts 2 (Boytsov 2011).
    for (a, b, edits) in [
        ("kitten", "sitting", 3),
        ("saturday", "sunday", 3),
        ("ab", "ba", 1),
        ("ca", "abc", 3),
        ("", "abc", 3),
        ("é", "e", 1),
    ] {
        assert_eq!((distance(a, b), distance(b, a)), (edits, edits), "{a} {b}");
    }
    assert_eq!(nearest("treshold", ["quorum", "threshold"].into_iter()), Some("threshold"));
    assert_eq!(nearest("x", std::iter::empty()), None);
}

#[test]
fn sources() {
    assert_eq!(source("touch"), Ok(Source::Touch));
    for (text, seconds) in [
        ("1s", 1),
        ("1m", 60),
        ("5m", 300),
        ("15m", 900),
        ("1h", 3600),
        ("4h", 14_400),
        ("1d", 86_400),
    ] {
        assert_eq!(source(text), Ok(Source::Bars(seconds)));
    }
    for text in ["", "m", "0m", "7m", "2d", "-1m", "1é", "1 m", "99999999999h", "1M"] {
        assert!(source(text).is_err(), "{text}");
    }
}

#[test]
fn labels_of_indicators() {
    let bands = indicator("bands:30:2.5@5m", &REGISTRIES).expect("it is registered");
    assert_eq!(bands.source, Some(Source::Bars(300)));
    assert_eq!(
        bands.params,
        [
            ("period".to_owned(), ParamValue::Integer(30)),
            ("width".to_owned(), ParamValue::Decimal(Decimal::new(25, 1)))
        ]
    );
    assert_eq!(
        indicator("ema", &REGISTRIES).expect("defaults").params,
        [("period".to_owned(), ParamValue::Integer(20))]
    );
    for (text, part) in [
        ("emaa:3", "not known"),
        ("ema:3:4", "has 2 parameters, ema takes 1"),
        ("ema:0", "period of ema:0: 0 is out of range"),
        ("ema:", "period of ema:: this text cannot be read"),
        ("bands:20", "width of bands:20"),
        ("ema:3@7m", "\"7m\" is no source"),
        ("", "not known"),
    ] {
        let complaint = indicator(text, &REGISTRIES).expect_err(text);
        assert!(complaint.sentence.contains(part), "{text}: {}", complaint.sentence);
    }
}

#[test]
fn instrument_ids() {
    let parsed = instrument("BTC-USDT-SWAP.OKX").expect("an OKX id");
    assert_eq!((parsed.symbol.as_str(), parsed.venue.as_str()), ("BTC-USDT-SWAP", "okx"));
    let parsed = instrument("BTCUSDT-PERP.BINANCE_USDM").expect("a Binance id");
    assert_eq!((parsed.symbol.as_str(), parsed.venue.as_str()), ("BTCUSDT", "binance_usdm"));
    for text in [
        "",
        ".",
        "BTCUSDT.",
        ".BINANCE",
        "btcusdt.BINANCE",
        "BTCUSDT.binance",
        "BTC USDT.BINANCE",
        "-PERP.BINANCE",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ.BINANCE",
    ] {
        assert!(instrument(text).is_err(), "{text}");
    }
}
