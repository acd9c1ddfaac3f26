//! Reading a run's summary and any other document: a missing key is a failed test that says so.

use serde_json::Value;

/// A whole number that is not negative.
pub(crate) fn count(document: &Value, key: &str) -> u64 {
    document[key].as_u64().unwrap_or_else(|| panic!("{key} is no whole number in {document:#}"))
}

/// A string.
pub(crate) fn text<'v>(document: &'v Value, key: &str) -> &'v str {
    document[key].as_str().unwrap_or_else(|| panic!("{key} is no string in {document:#}"))
}

/// An array.
pub(crate) fn list<'v>(document: &'v Value, key: &str) -> &'v [Value] {
    document[key].as_array().unwrap_or_else(|| panic!("{key} is no array in {document:#}"))
}

/// A decimal string at scale 18, exactly.
pub(crate) fn decimal(text: &str) -> i128 {
    parse(text).unwrap_or_else(|| panic!("{text:?} is no decimal string"))
}

/// Whether a value is a decimal string as the contract wants one: digits, perhaps a sign, perhaps a
/// point with digits on both sides; no exponent.
pub(crate) fn is_decimal(value: &Value) -> bool {
    value.as_str().is_some_and(|text| parse(text).is_some())
}

fn parse(text: &str) -> Option<i128> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(part) || part.len() > 18 {
        return None;
    }
    let magnitude: i128 = format!("{whole}{part:0<18}").parse().ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

/// Whether a text is a SHA-256 in hex.
pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[test]
fn decimals_are_read_exactly_and_floats_are_none() {
    assert_eq!(decimal("-0.000000000000000001"), -1);
    assert_eq!(decimal("61800.10"), 61_800_100_000_000_000_000_000);
    for bad in ["", ".", "1.", ".5", "1e3", "+1", "--1", "0x1", "1.0000000000000000000"] {
        assert_eq!(parse(bad), None, "{bad}");
    }
}
