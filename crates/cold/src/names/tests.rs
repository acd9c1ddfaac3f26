//! Verdicts and votes in the words of risk's and the council's registries.

use super::{Names, RuleWords, SeatWords};
use crate::journal::fixture::spec;
use types::{Verdict, Vote, Wide};

fn rule(unit: &str, codes: &[(i32, &str)]) -> RuleWords {
    let codes = codes.iter().map(|(code, words)| (*code, (*words).to_owned())).collect();
    RuleWords { name: "rule".to_owned(), unit: unit.to_owned(), codes }
}

fn judged(rule: RuleWords, seen: i128, limit: i128) -> (String, String, String) {
    let names = Names { rules: vec![rule], ..Names::default() };
    let verdict =
        Verdict { rule: 0, passed: 0, pad: [0; 5], seen: Wide::new(seen), limit: Wide::new(limit) };
    let judged = names.judged(&verdict, Some(&spec()));
    let text = |text: Option<String>| text.unwrap_or_else(|| "nothing".to_owned());
    (text(judged.seen), text(judged.limit), judged.unit)
}

fn words(seen: &str, limit: &str, unit: &str) -> (String, String, String) {
    (seen.to_owned(), limit.to_owned(), unit.to_owned())
}

#[test]
fn names_the_states_that_a_unit_lists() {
    let breaker = || rule("breaker state: 0 armed, 1 draining, 2 disarmed", &[]);
    assert_eq!(judged(breaker(), 2, 0), words("disarmed", "armed", ""));
    let bare = || rule("0 an order that reduces, 1 any other", &[]);
    assert_eq!(judged(bare(), 1, 0), words("any other", "an order that reduces", ""));
    // A state of a later version shows as its number.
    let unknown = judged(breaker(), 9, 0);
    assert_eq!((unknown.0.as_str(), unknown.1.as_str()), ("9", "0"));
}

#[test]
fn writes_a_fault_in_the_unit_of_what_was_seen() {
    let codes = [
        (0, "it fits; seen is its notional at scale 18"),
        (2, "the side has no meaning; seen is its code"),
        (4, "the price is not a multiple of tick_size"),
        (6, "the quantity is below min_qty"),
    ];
    let conformity = || rule("the number at fault; the limit is the code of the fault", &codes);
    assert_eq!(
        judged(conformity(), 462_000_000_000_000_000_000, 0),
        words("462", "it fits", "quote asset")
    );
    assert_eq!(
        judged(conformity(), 6_500_005, 4),
        words("65000.05", "the price is not a multiple of tick_size", "price")
    );
    assert_eq!(
        judged(conformity(), 7, 6),
        words("0.007", "the quantity is below min_qty", "quantity")
    );
    assert_eq!(judged(conformity(), 3, 2).0, "3");
}

#[test]
fn writes_nothing_where_nothing_was_measured() {
    let age = || rule("nanoseconds since the last touch", &[]);
    assert_eq!(judged(age(), i128::MIN, 2_000_000_000), words("nothing", "2000000000", "ns"));
    assert_eq!(judged(age(), i128::MAX, 1).0, "nothing");
}

#[test]
fn names_the_numbers_behind_a_vote() {
    let seen = [("imbalance", "millionths"), ("bid", "price mantissa")];
    let seen = seen.map(|(name, unit)| (name.to_owned(), unit.to_owned())).to_vec();
    let names =
        Names { seats: vec![SeatWords { seen, ..SeatWords::default() }], ..Names::default() };
    let vote = |member, seen| Vote { member, seen, ..Vote::default() };
    let shown = names.seen(&vote(0, [792_467, 6_500_010, 0, 0]), Some(&spec()));
    let shown: Vec<_> = shown.iter().map(|m| (m.name.as_str(), m.value.as_str())).collect();
    assert_eq!(shown, [("imbalance", "0.792467"), ("bid", "65000.10")]);
    assert!(names.seen(&vote(0, [0; 4]), None).is_empty());
    // A seat that nobody named keeps its bare numbers.
    let bare = names.seen(&vote(5, [1, 2, 3, 4]), None);
    assert_eq!((bare[3].name.as_str(), bare[3].value.as_str()), ("seen_4", "4"));
}
