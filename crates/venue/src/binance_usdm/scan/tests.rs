//! The scanner's numbers against slow and general readers.

use super::{Scan, decode, eight_digits, few_digits};
use crate::SpecTable;
use crate::event::Levels;
use proptest::prelude::*;
use types::Decimal;

proptest! {
    #[test]
    fn prop_eight_at_once_equals_one_by_one(
        bytes in prop_oneof![any::<[u8; 8]>(), "[0-9]{0,8}[!-~]{8}".prop_map(|text| {
            text.as_bytes()[..8].try_into().unwrap()
        })],
    ) {
        prop_assert_eq!(eight_digits(u64::from_le_bytes(bytes)), few_digits(&bytes));
    }

    /// Where the scanner reads a decimal, the general reader reads the same;
    /// it may only refuse more.
    #[test]
    fn prop_decimals_equal_the_general_reader(
        text in prop_oneof!["[0-9]{0,12}[.]?[0-9]{0,10}", "[0-9.e\\-\u{e9}]{0,12}"],
        behind in prop::sample::select(vec![&b"\","[..], b"\"],[\"1.0\"", b"\"", b""]),
        places in 0_u8..=18,
    ) {
        let frame = [text.as_bytes(), behind].concat();
        let mut scan = Scan { rest: &frame };
        if let Some(value) = scan.decimal(places) {
            prop_assert_eq!(Decimal::parse_at(text.as_bytes(), places), Ok(value));
            prop_assert_eq!(scan.rest, &behind[1..]);
        } else if !behind.is_empty() {
            // What it refuses is rare: longer, finer or odder than a venue writes.
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
            let plain = !whole.is_empty() && !fraction.is_empty()
                && whole.len() + fraction.len() <= 18 - usize::from(places)
                && fraction.len() <= usize::from(places)
                && text.bytes().all(|b| b == b'.' || b.is_ascii_digit())
                && fraction.bytes().all(|b| b.is_ascii_digit());
            prop_assert!(!plain, "{text} at {places}");
        }
    }
}

/// The forms of the captures are the scanner's own: were one lost to the
/// parser, everything would still be right, and slow.
#[test]
fn answers_the_forms_that_the_venue_writes() {
    let mut specs = SpecTable::new(1);
    specs.insert(crate::tests::btc()).unwrap();
    let mut levels = Levels::new(8);
    for event in [
        r#"{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":10,"u":20,"pu":9,"b":[["58710.20","0.014"]],"a":[]}"#,
        r#"{"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256313}"#,
        r#"{"e":"trade","E":1723161256322,"T":1723161256322,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}"#,
    ] {
        let combined = format!(r#"{{"stream":"btcusdt@depth@0ms","data":{event}}}"#);
        assert!(decode(event.as_bytes(), &specs, &mut levels).is_some(), "{event}");
        assert!(decode(combined.as_bytes(), &specs, &mut levels).is_some(), "{combined}");
        let longer = format!("{combined} ");
        assert!(decode(longer.as_bytes(), &specs, &mut levels).is_none());
    }
}
