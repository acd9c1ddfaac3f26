//! Decimal text and back.

use proptest::prelude::*;

use super::*;

#[test]
fn reads_what_fits_and_refuses_the_rest() {
    assert_eq!(parse("61800.20", 2), Ok(6_180_020));
    assert_eq!(parse("0.1000000", 3), Ok(100));
    assert_eq!(parse("5", 3), Ok(5_000));
    assert_eq!(parse(".5", 1), Ok(5));
    assert_eq!(parse("-1.5", 1), Ok(-15));
    assert_eq!(parse("0.0005", 3), Err(NumberError::TooPrecise));
    assert_eq!(parse("99999999999999999999", 0), Err(NumberError::TooLarge));
    for bad in ["", ".", "1e5", "1,5", " 1", "1.2.3", "NaN", "--1", "+1"] {
        assert_eq!(parse(bad, 3), Err(NumberError::Malformed), "{bad}");
    }
}

#[test]
fn writes_all_decimals() {
    assert_eq!(text(5, 3), "0.005");
    assert_eq!(text(-1_250, 3), "-1.250");
    assert_eq!(text(0, 2), "0.00");
    assert_eq!(text(7, 0), "7");
    assert_eq!(money_text(-MONEY_ONE / 3), "-0.33333333");
    assert_eq!(settled(12_345_678_901_234), 12_340_000_000_000);
}

proptest! {
    #[test]
    fn prop_text_and_back(value in any::<i64>(), decimals in 0..=18_u32) {
        prop_assume!(value != i64::MIN);
        prop_assert_eq!(parse(&text(value, decimals), decimals), Ok(value));
    }
}
