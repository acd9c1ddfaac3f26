//! The scanner's numbers against slow and general readers, and which forms it
//! answers itself.

use super::cursor::Cursor;
use super::words::{ZEROS, digits, join, text};
use super::{Family, decode};
use crate::event::Levels;
use crate::{DecodeError, Decoder, Dialect, SpecTable};
use proptest::prelude::*;
use types::{Decimal, InstrumentSpec, Price, Qty};

/// A decimal in the middle of a frame with room on both sides.
fn framed(number: &str, behind: &[u8]) -> Vec<u8> {
    let mut frame = vec![b'['; 20];
    frame.extend_from_slice(number.as_bytes());
    frame.extend_from_slice(behind);
    frame.resize(frame.len() + DecodeError::PADDING, b'7');
    frame
}

fn with_places(places: u8) -> InstrumentSpec {
    InstrumentSpec { price_decimals: places, qty_decimals: places, ..crate::tests::btc() }
}

proptest! {
    #[test]
    fn prop_words_equal_one_byte_after_another(
        bytes in prop_oneof![
            any::<[u8; 32]>(),
            "[0-9]{0,32}[ -~]{32}".prop_map(|text| text.as_bytes()[..32].try_into().unwrap()),
            "[a-z@_0-9]{0,31}[\"\\\\\u{1}\u{7f}]{1}[ -~]{32}"
                .prop_map(|text| text.as_bytes()[..32].try_into().unwrap()),
        ],
    ) {
        let word = u64::from_le_bytes(bytes[..8].try_into().unwrap());
        let count = bytes[..8].iter().take_while(|byte| byte.is_ascii_digit()).count();
        prop_assert_eq!(digits(word), count);
        if count == 8 {
            let value: u64 = std::str::from_utf8(&bytes[..8]).unwrap().parse().unwrap();
            prop_assert_eq!(join(word ^ ZEROS), value);
        }
        let plain = |byte: &&u8| (b' '..0x80).contains(*byte) && !b"\"\\\\".contains(byte);
        let length = bytes.iter().take_while(plain).count();
        let wanted = (bytes.get(length) == Some(&b'"')).then_some(length);
        prop_assert_eq!(text(&bytes), wanted);
    }

    /// Where the scanner reads a decimal, the general reader reads the same;
    /// it may only refuse more.
    #[test]
    fn prop_decimals_equal_the_general_reader(
        number in prop_oneof![
            "[0-9]{0,12}[.]?[0-9]{0,10}",
            "[0-9.e\\-]{0,12}",
            "[1-9][0-9]{0,5}[.][0-9]{8}",
        ],
        behind in prop::sample::select(vec![&b"\","[..], b"\"],[\"1.0\"", b"\"", b""]),
        places in 0_u8..=18,
    ) {
        let frame = framed(&number, behind);
        let spec = with_places(places);
        let wanted = Decimal::parse_at(number.as_bytes(), places);
        let start = Cursor { bytes: &frame, at: 20 };
        let mut at = start;
        let qty = at.qty(&spec);
        if let Some(qty) = qty {
            prop_assert_eq!(wanted, Ok(qty.0));
            prop_assert_eq!(at.at, 20 + number.len() + 1);
        } else if !behind.is_empty() && number.len() <= 31 {
            // Nothing that the parser takes is lost.
            prop_assert!(wanted.is_err() || wanted.is_ok_and(|value| value < 0), "{}", number);
        }
        let above = qty.filter(|qty| qty.0 > 0).map(|Qty(value)| Price(value));
        let mut priced = start;
        prop_assert_eq!(priced.price(&spec), above);
    }

    /// Levels one after the other, of one form and then of another: the scanner
    /// says what the parser says, be it a refusal.
    #[test]
    fn prop_levels_equal_the_parser(
        runs in prop::collection::vec(
            (
                prop_oneof![
                    "[1-9][0-9]{0,5}[.][0-9]{2}",
                    "[0-9]{0,8}[.]?[0-9]{0,9}",
                    "[1-9][0-9]{4}[.][0-9]{8}",
                    Just(".12".to_owned()), Just("5e4".to_owned()), Just("150".to_owned()),
                ],
                prop_oneof!["[0-9]{1,4}[.][0-9]{3}", "[0-9]{1,4}[.][0-9]{8}", "[0-9]{0,9}[.]?[0-9]{0,4}"],
                1_usize..5,
            ),
            0..6,
        ),
        places in prop::sample::select(vec![(2_u8, 3_u8), (8, 8), (0, 0), (1, 6), (5, 0)]),
        spot: bool,
    ) {
        let mut levels = Vec::new();
        for (price, qty, times) in &runs {
            for time in 0..*times {
                // The last digit moves, so that values differ in a run.
                let price = price.replacen('1', &(time + 1).to_string(), 1);
                levels.push(format!(r#"["{price}","{qty}"]"#));
            }
        }
        let levels = levels.join(",");
        let frame = if spot {
            format!(r#"{{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":1,"u":2,"b":[{levels}],"a":[{levels}]}}"#)
        } else {
            format!(r#"{{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":1,"u":2,"pu":1,"b":[],"a":[{levels}]}}"#)
        };
        let (price_decimals, qty_decimals) = places;
        let spec = InstrumentSpec { price_decimals, qty_decimals, ..crate::tests::btc() };
        let mut specs = SpecTable::new(1);
        specs.insert(spec).unwrap();
        let dialect = if spot { Dialect::BinanceSpot } else { Dialect::BinanceUsdm };
        let (mut one, mut other) = (Decoder::new(dialect, 4096), Decoder::new(dialect, 4096));
        let padded = || [frame.as_bytes(), &[b']'; DecodeError::PADDING]].concat();
        let scanned = one.decode(&mut padded(), frame.len(), &specs);
        prop_assert_eq!(scanned, other.decode_parsed(&mut padded(), frame.len(), &specs), "{}", frame);
    }

    #[test]
    fn prop_integers_equal_the_general_reader(
        number in prop_oneof!["[0-9]{0,20}", "[1-9][0-9]{0,15}", "[0-9a-z-]{1,6}"],
        behind in prop::sample::select(vec![",", "}", "", "e5", ".0"]),
    ) {
        let frame = framed(&number, behind.as_bytes());
        let end = 20 + number.len() + behind.len();
        // Nothing but a byte that is no digit ends a number.
        let frame = [&frame[..end], &[b','; 64]].concat();
        let run: String = number.chars().take_while(char::is_ascii_digit).collect();
        let good = !run.is_empty() && run.len() <= 16 && (run.len() == 1 || !run.starts_with('0'));
        let mut at = Cursor { bytes: &frame, at: 20 };
        let value = at.integer();
        prop_assert_eq!(value, good.then(|| run.parse().unwrap()));
        let mut skipped = Cursor { bytes: &frame, at: 20 };
        prop_assert_eq!(skipped.skip_integer().is_some(), good);
        if good {
            prop_assert_eq!((at.at, skipped.at), (20 + run.len(), 20 + run.len()));
        }
    }
}

const USDM: [&str; 5] = [
    r#"{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":10,"u":20,"pu":9,"b":[["58710.20","0.014"]],"a":[]}"#,
    r#"{"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256313}"#,
    r#"{"e":"trade","E":1723161256322,"T":1723161256322,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}"#,
    r#"{"e":"aggTrade","E":1626992741575,"a":16599292,"s":"BTCUSDT","p":"1.01","q":"10","f":23961322,"l":23961322,"T":1626992741421,"m":false}"#,
    r#"{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT","p":"11794.15000000","i":"11784.62659091","P":"11784.25641265","r":"0.00038167","T":1562306400000}"#,
];

const SPOT: [&str; 4] = [
    r#"{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":50093239189,"u":50093239202,"b":[["61737.63000000","0.00000000"],["61730.17000000","12.50000000"]],"a":[["61837.64000000","1.54000000"]]}"#,
    r#"{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78000000","a":"61837.64000000","A":"1.54000000"}"#,
    r#"{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}"#,
    r#"{"e":"aggTrade","E":1633998523963,"s":"BTCUSDT","a":15683430,"p":"0.35000000","q":"58.00000000","f":19862790,"l":19862790,"T":1633998523963,"m":false,"M":true}"#,
];

/// The forms of the captures are the scanner's own: were one lost to the
/// parser, everything would still be right, and slow.
#[test]
fn answers_the_forms_that_the_venues_write() {
    let mut specs = SpecTable::new(1);
    specs.insert(crate::tests::btc()).unwrap();
    let mut levels = Levels::new(8);
    for (family, events) in [(Family::UsdM, &USDM[..]), (Family::Spot, &SPOT[..])] {
        for event in events {
            let combined = format!(r#"{{"stream":"btcusdt@depth@0ms","data":{event}}}"#);
            let mut answered = |text: &str| {
                levels.clear();
                let mut padded = text.as_bytes().to_vec();
                padded.resize(text.len() + DecodeError::PADDING, b'}');
                decode((&padded, text.len()), family, &specs, &mut levels).is_some()
            };
            // A short number near the front has no sixteen bytes before its end.
            assert!(answered(event) || event.starts_with("{\"u\""), "{event}");
            assert!(answered(&combined), "{combined}");
            assert!(!answered(&format!("{combined} ")));
            for end in 0..combined.len() {
                assert!(!answered(&combined[..end]), "{}", &combined[..end]);
            }
        }
    }
}
