//! The words of the registries, as the cold side reads them.

use crate::plan;
use cold::{Ending, Torn, Unit};

/// Words that name a scale: a descriptor that has one must be read as one.
const SCALES: [&str; 6] = ["scale", "nano", "milli", "mantissa", "thousandth", "ppm"];

fn is_read(words: &str) -> bool {
    let scaled = SCALES.iter().any(|scale| words.to_lowercase().contains(scale));
    !scaled || Unit::read(words) != Unit::Plain
}

#[test]
fn every_rules_unit_is_read() {
    for rule in risk::RULES {
        assert!(!rule.unit.is_empty(), "{} has no unit", rule.name);
        assert!(is_read(rule.unit), "{}: say {:?} as cold::Unit reads it", rule.name, rule.unit);
    }
    assert!(!is_read("micro ppm"), "the test can fail");
}

#[test]
fn what_every_member_saw_is_read() {
    for member in council::MEMBERS {
        assert!(member.seen.len() <= 4, "a vote holds four numbers: {}", member.name);
        for (name, unit) in member.seen {
            assert!(!name.is_empty() && is_read(unit), "{}: {name} {unit:?}", member.name);
        }
    }
}

#[test]
fn names_of_the_demo_cover_its_seats_rules_and_indicators() {
    let loaded = plan::load(None, &[]).expect("the demo's configuration");
    let names = plan::names(&loaded.config);
    assert_eq!(names.rules.len(), risk::ORDER.len() + risk::BUILT_IN.len());
    assert_eq!(names.seats.len(), loaded.config.council.seats.len());
    assert!(names.seats.iter().all(|seat| !seat.seen.is_empty() && seat.reasons.len() > 3));
    assert!(names.counting.is_some());
    let prices = names.indicators.iter().filter(|of| Unit::read(&of.doc) == Unit::Price);
    assert!(prices.count() > 0, "an average of prices is a price");
    assert!(names.indicators.iter().all(|of| !of.doc.is_empty()));
}

#[test]
fn an_unsealed_end_is_said_to_machines_with_its_place() {
    let mut document = serde_json::json!({"ok": true});
    super::say_ending(&mut document, &Ending::Sealed);
    assert_eq!(document["sealed"], true);
    assert!(document["cut"].is_null());
    let segment = std::path::PathBuf::from("run/00000002.journal");
    let torn = Torn { segment, offset: 1280, sequence: 41, bytes_cut: 100 };
    super::say_ending(&mut document, &Ending::Unsealed(torn));
    assert_eq!(document["sealed"], false);
    assert_eq!(document["cut"]["segment"], "run/00000002.journal");
    assert_eq!(
        (&document["cut"]["offset"], &document["cut"]["bytes"]),
        (&1280.into(), &100.into())
    );
    let note = document["note"].as_str().expect("a sentence");
    assert!(note.contains("not sealed") && note.contains("byte 1280, after group 41"), "{note}");
}
