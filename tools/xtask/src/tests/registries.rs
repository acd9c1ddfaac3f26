//! Registries in each way that the crates write them.

use super::said;
use crate::tidy::registries::{check, entries};
use crate::tree::Tree;

const RULES: &str = "//! The rules.
macro_rules! rules {
    ($then:ident) => {
        $then! {
            book_live: BookLive,
            // Between two.
            max_position: MaxPosition,
        }
    };
}
fn after() { let late: Late = 1; }
";
const VENUES: &str = "//! Venues.
macro_rules! venues {
    ($d:tt $($(#[$doc:meta])* $module:ident::$venue:ident = $name:literal;)*) => {
        never: Never,
    };
}
venues! { $
    /// Spot: one of them.
    binance_spot::BinanceSpot = \"binance_spot\";
    /// Another.
    okx::Okx = \"okx\";
}
";
const INDICATORS: &str = "//! Indicators.
indicators! {
    \"ema.rs\" ema::Ema;
    \"rsi.rs\" rsi::Rsi;
}
";
const MEMBERS: &str = "//! Members.\nmembers! {\n    drift,\n}\n";

/// A tree in which all four are right.
fn good() -> Vec<(&'static str, &'static str)> {
    vec![
        ("crates/council/src/drift.rs", "//! x\nimpl Member for Drift {\n"),
        ("crates/council/src/registry.rs", MEMBERS),
        ("crates/indicator/src/ema.rs", "//! x\nimpl Indicator for Ema {\n"),
        ("crates/indicator/src/registry.rs", INDICATORS),
        ("crates/indicator/src/rsi.rs", "//! x\nimpl<T> Indicator for Rsi<T> {\n"),
        ("crates/risk/src/book_live.rs", "//! x\nimpl Rule for BookLive {\n"),
        ("crates/risk/src/max_position.rs", "//! x\nimpl Rule for MaxPosition {\n"),
        ("crates/risk/src/registry.rs", RULES),
        ("crates/risk/src/tests.rs", "//! x\nimpl Rule for MadeUp {\n"),
        ("crates/venue/src/binance_spot/mod.rs", "//! x\nimpl Venue for BinanceSpot {\n"),
        ("crates/venue/src/okx.rs", "//! x\nimpl crate::Venue for Okx {\n"),
        ("crates/venue/src/registry.rs", VENUES),
    ]
}

fn found_with(path: &'static str, text: Option<&'static str>) -> Vec<String> {
    let mut files = good();
    files.retain(|(other, _)| *other != path);
    files.extend(text.map(|text| (path, text)));
    said(&check(&Tree::of(&files)))
}

#[test]
fn reads_every_form() {
    let names = |text| entries(text).into_iter().map(|entry| entry.module).collect::<Vec<_>>();
    assert_eq!(names(RULES), ["book_live", "max_position"]);
    assert_eq!(names(VENUES), ["binance_spot", "okx"]);
    assert_eq!(names(INDICATORS), ["ema", "rsi"]);
    assert_eq!(names(MEMBERS), ["drift"]);
    assert!(check(&Tree::of(&good())).is_empty());
}

#[test]
fn sees_lines_out_of_order_and_doubled() {
    let members = "//! x\nmembers! {\n    drift,\n    drift,\n}\n";
    assert_eq!(
        found_with("crates/council/src/registry.rs", Some(members)),
        ["crates/council/src/registry.rs:4: `drift` stands after `drift`"]
    );
    let indicators = "//! x\nindicators! {\n    rsi,\n    ema,\n}\n";
    assert_eq!(
        found_with("crates/indicator/src/registry.rs", Some(indicators)),
        ["crates/indicator/src/registry.rs:4: `ema` stands after `rsi`"]
    );
}

#[test]
fn sees_a_line_without_its_file() {
    assert_eq!(
        found_with("crates/risk/src/book_live.rs", None),
        ["crates/risk/src/registry.rs:5: `book_live` is listed and \
             crates/risk/src/book_live.rs is not there"]
    );
}

#[test]
fn sees_a_file_without_its_line() {
    assert_eq!(
        found_with("crates/risk/src/price_band.rs", Some("//! x\nimpl Rule for PriceBand {\n")),
        [
            "crates/risk/src/price_band.rs:0: implements Rule and is not in crates/risk/src/registry.rs"
        ]
    );
}

#[test]
fn a_registry_that_cannot_be_read_is_a_finding() {
    let found = found_with("crates/venue/src/registry.rs", Some("//! x\nother! { okx }\n"));
    assert!(found[2].contains("no line of a registry `venues!` was found"), "{found:?}");
    assert_eq!(check(&Tree::of(&[])).len(), 4);
}
