//! Units against numbers worked out by hand.

use super::{Unit, moved, shifted};
use crate::journal::fixture::spec;
use proptest::prelude::*;
use types::{Money, Value};

#[test]
fn writes_each_unit_as_a_person_would() {
    // The specification has 2 decimals for prices, 3 for quantities.
    let cases: [(&str, i128, &str, &str); 12] = [
        ("quote asset at scale 18", 462_000_000_000_000_000_000, "462", "quote asset"),
        (
            "base quantity at scale 18, signed",
            -1_500_000_000_000_000,
            "-0.0015",
            "base quantity, signed",
        ),
        ("nanoseconds since the last touch", 95_480, "95480", "ns"),
        ("millionths of the mid price, rounded up", 130, "130", "ppm of the mid price, rounded up"),
        ("millionths", 792_467, "0.792467", ""),
        ("millionths", 55_000_000, "55", ""),
        ("price mantissa", 6_500_010, "65000.10", "price"),
        ("price mantissa", -5, "-0.05", "price"),
        ("millionths of the price mantissa", 6_500_010_250_000, "65000.1025", "price"),
        ("quantity mantissa", 10, "0.010", "quantity"),
        ("thousandths of a tick", -1_410, "-1.410", "ticks"),
        ("order messages in the last second", 3, "3", "order messages in the last second"),
    ];
    for (words, number, text, shown) in cases {
        let unit = Unit::read(words);
        assert_eq!(unit.write(number, Some(&spec())), text, "{words}");
        assert_eq!(unit.shown(words), shown, "{words}");
    }
}

#[test]
fn leaves_a_mantissa_bare_without_a_specification() {
    assert_eq!(Unit::Price.write(6_500_010, None), "6500010");
    assert_eq!(Unit::Qty.write(-7, None), "-7");
    assert_eq!(Unit::Price.write_value(Value::from_num(7), None), "7");
}

#[test]
fn writes_an_indicators_price_as_a_price() {
    let value = |text: &str| text.parse::<Value>().expect("a number");
    let write = |text| Unit::Price.write_value(value(text), Some(&spec()));
    assert_eq!(write("6500010.25"), "65000.1025");
    assert_eq!(write("-5"), "-0.05");
    assert_eq!(write("0"), "0.00");
    assert_eq!(Unit::Plain.write_value(value("0.75"), Some(&spec())), "0.75");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Read again by the parser of money, the text is the number.
    #[test]
    fn prop_a_shifted_number_reads_back(number in -10_i128.pow(20)..10_i128.pow(20), places in 0_u32..=18) {
        let read = Money::parse(shifted(number, places).as_bytes()).expect("a decimal");
        prop_assert_eq!(read.0, number * 10_i128.pow(18 - places));
    }

    /// Moving the point of a whole number is shifting it.
    #[test]
    fn prop_a_moved_point_is_a_shift(number: i64, places in 0_usize..=18) {
        let moved = moved(&number.to_string(), places);
        prop_assert_eq!(moved, shifted(i128::from(number), u32::try_from(places).expect("small")));
    }
}
