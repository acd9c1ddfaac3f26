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
fn what_a_venue_tells_may_have_an_exponent_where_it_is_exact() {
    for (text, decimals, value) in [
        ("14e-3", 3, 14),
        ("1.4E-2", 3, 14),
        ("0.00014e+2", 3, 14),
        ("618e2", 2, 6_180_000),
        ("-5e0", 1, -50),
        ("0e9999", 3, 0),
        ("0.014", 3, 14),
    ] {
        assert_eq!(parse_told(text, decimals), Ok(value), "{text}");
    }
    assert_eq!(parse_told("14e-4", 3), Err(NumberError::TooPrecise));
    assert_eq!(parse_told("1e-9999", 18), Err(NumberError::TooPrecise));
    assert_eq!(parse_told("1e9999", 0), Err(NumberError::TooLarge));
    assert_eq!(parse_told("10e18", 0), Err(NumberError::TooLarge));
    for bad in ["e5", "1e", "1e+", "1e1.5", "1e-+2", "1e2e3", "e", ".e1", "1e12345", "x"] {
        assert_eq!(parse_told(bad, 3), Err(NumberError::Malformed), "{bad}");
    }
    // Nobody may send one so.
    assert_eq!(parse("1e5", 3), Err(NumberError::Malformed));
}

#[test]
fn room_of_a_number_is_the_same_in_every_form() {
    let room = |text| room_of(text).map(|room| (room.written, room.needed, room.whole));
    assert_eq!(room("0.0140"), Ok((4, 3, 0)));
    assert_eq!(room("14e-3"), Ok((3, 3, 0)));
    assert_eq!(room("61800.20"), Ok((2, 1, 5)));
    assert_eq!(room("618e2"), Ok((0, 0, 5)));
    assert_eq!(room("0.000"), Ok((3, 0, 0)));
    assert_eq!(room("1.000000000000000000000000"), Ok((18, 0, 1)));
    assert_eq!(room("1e-19"), Err(NumberError::TooPrecise));
    assert_eq!(room("1,5"), Err(NumberError::Malformed));
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
        prop_assert_eq!(parse_told(&format!("{value}e-{decimals}"), decimals), Ok(value));
    }
}
