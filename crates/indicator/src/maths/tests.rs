//! The arithmetic against slow and obvious twins.

use super::{Divisor, Extreme, Ring, Scale, fraction, log_return, quotient, root};
use crate::input::PriceX2;
use proptest::prelude::*;
use types::{Decimal, Value};

const ONE: Decimal = Decimal::new(1, 0);

fn close(ours: f64, twin: f64, relative: f64) -> bool {
    (ours - twin).abs() <= relative * twin.abs() + f64::MIN_POSITIVE
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn prop_a_mean_is_the_exact_quotient_rounded_down(
        sum in -(1_i128 << 60)..1_i128 << 60, count in 1..20_000_u32,
    ) {
        let exact = (sum << 63).div_euclid(i128::from(count));
        prop_assert_eq!(Divisor::new(count).mean(PriceX2(sum)).to_bits(), exact);
    }

    #[test]
    fn prop_a_mean_of_the_widest_sums_has_the_exact_whole_part(
        mean in any::<i64>(), rest in 0..40_000_i128, count in 1..20_000_u32,
    ) {
        let by = i128::from(count) * 2;
        let sum = i128::from(mean) * by + rest % by;
        let value = Divisor::new(count).mean(PriceX2(sum));
        prop_assert_eq!(value.to_bits() >> 64, i128::from(mean));
    }

    #[test]
    fn prop_a_fraction_is_as_close_as_a_double_can_tell(
        whole in 1..u128::MAX >> 1, share in any::<u64>(),
    ) {
        let low = (whole & u128::from(u64::MAX)) * u128::from(share);
        let part = (whole >> 64) * u128::from(share) + (low >> 64);
        let ours = fraction(part, whole) as f64 / 2_f64.powi(64);
        prop_assert!((ours - part as f64 / whole as f64).abs() < 1e-15);
        prop_assert!(fraction(part, whole) <= 1 << 64);
        prop_assert_eq!(fraction(whole, whole), 1 << 64);
    }

    #[test]
    fn prop_a_quotient_equals_the_double(
        sum in -(1_i128 << 100)..1_i128 << 100, by in 1_i128 << 40..1 << 90,
    ) {
        let twin = sum as f64 / by as f64;
        let ours = quotient(sum, by).expect("it fits").to_num::<f64>();
        prop_assert!((ours - twin).abs() <= 1e-15 * twin.abs().max(1.0), "{ours} {twin}");
        prop_assert_eq!(quotient(sum, 0), None);
    }

    #[test]
    fn prop_the_root_of_a_square_is_exact(number in 0..1_u128 << 62) {
        let value = Scale::new(ONE, 1).times(root(number * number));
        prop_assert_eq!(value, Some(Value::from_num(number)));
    }

    #[test]
    fn prop_a_scaled_root_equals_the_double(
        square in 0..1_u128 << 120, factor in 1..10_000_i64, by in 1..1_u64 << 40,
    ) {
        let scale = Scale::new(Decimal::new(factor, 2), by);
        let twin = (square as f64).sqrt() * (factor as f64 / 100.0) / by as f64;
        let ours = scale.times(root(square)).expect("it fits").to_num::<f64>();
        prop_assert!(close(ours, twin, 1e-14) || (ours - twin).abs() < 1e-18, "{ours} {twin}");
    }

    #[test]
    fn prop_a_scaled_value_equals_the_double(bits in 0..1_i128 << 120, factor in 1..10_000_i64) {
        let scale = Scale::new(Decimal::new(factor, 2), 1);
        let twin = bits as f64 / 2_f64.powi(64) * factor as f64 / 100.0;
        let ours = scale.times_value(Value::from_bits(bits)).expect("it fits").to_num::<f64>();
        prop_assert!(close(ours, twin, 1e-14) || (ours - twin).abs() < 1e-18, "{ours} {twin}");
    }

    #[test]
    fn prop_a_logarithm_equals_the_double(from in 1..i64::MAX, to in 1..i64::MAX, near in any::<bool>()) {
        let to = if near { from.saturating_add(to >> 20).max(1) } else { to };
        let change = (i128::from(to) - i128::from(from)) as f64 / from as f64;
        let twin = if near { change.ln_1p() } else { (to as f64).ln() - (from as f64).ln() };
        let twice = |price| PriceX2(i128::from(price) * 2);
        let ours = log_return(twice(from), twice(to)).expect("positive") as f64 / 2_f64.powi(48);
        // Half a unit of 2^-48, and what the two doubles are off.
        prop_assert!((ours - twin).abs() < 2e-15 + 1e-14 * twin.abs().max(f64::from(u8::from(!near))), "{ours} {twin}");
    }

    #[test]
    fn prop_an_extreme_is_that_of_its_window(
        numbers in prop::collection::vec(prop_oneof![-5..5_i64, any::<i64>()], 1..200),
        length in 1..20_usize,
    ) {
        let mut greatest = Extreme::greatest(length as u32);
        let mut least = Extreme::least(length as u32);
        for row in 0..numbers.len() {
            let window = (row + 1).checked_sub(length).map(|first| &numbers[first..=row]);
            let max = window.and_then(|window| window.iter().max().copied());
            let min = window.and_then(|window| window.iter().min().copied());
            prop_assert_eq!(greatest.push(numbers[row]), max);
            prop_assert_eq!(least.push(numbers[row]), min);
        }
    }

    #[test]
    fn prop_a_ring_gives_back_what_was_put_in_its_length_ago(length in 1..50_usize, rows in 1..200_usize) {
        let mut ring = Ring::new(length, 0);
        for row in 0..rows {
            prop_assert_eq!(ring.oldest(), row.checked_sub(length));
            prop_assert_eq!(ring.push(row), row.checked_sub(length));
            prop_assert_eq!(ring.is_full(), row + 1 >= length);
        }
        ring.clear();
        prop_assert_eq!(ring.push(7), if length == 0 { Some(0) } else { None });
    }
}

#[test]
fn logarithms_that_everybody_knows() {
    let of = |from: i128, to: i128| log_return(PriceX2(from), PriceX2(to));
    assert_eq!(of(5, 5), Some(0));
    // ln 2 and ln 10 in 48 bits behind the point.
    assert_eq!(of(1, 2), Some(195_103_586_505_167));
    assert_eq!(of(2, 1), Some(-195_103_586_505_167));
    assert_eq!(of(1, 10), Some(648_120_085_424_803));
    assert_eq!((of(0, 5), of(5, 0), of(-5, 5)), (None, None, None));
    assert!(of(1, 1 << 64).is_some() && of(1 << 64, 1).is_some());
}

#[test]
fn what_does_not_fit_is_no_value() {
    assert_eq!(quotient(i128::MAX, 1), None);
    assert_eq!(Scale::new(Decimal::new(100, 0), 1).times(root(u128::MAX)), None);
    assert_eq!(Scale::new(ONE, 1).times_value(Value::from_num(-1)), None);
    assert_eq!(Scale::new(Decimal::new(-1, 0), 1).times(root(9)), Some(Value::ZERO));
}
