//! The three forms of every registered entry.

use super::{Described, built_in, indicators, members, rules};

fn all() -> Vec<Described> {
    [indicators(), members(), rules()].concat()
}

#[test]
fn every_entry_shows_every_parameter_with_range_and_default_in_every_form() {
    for entry in all() {
        let (text, page, json) = (entry.text(), entry.markdown(), entry.json());
        assert!(text.contains(entry.meaning) && json["meaning"] == entry.meaning, "{text}");
        for (at, spec) in entry.params.iter().enumerate() {
            let param = &json["params"][at];
            assert_eq!(param["name"], spec.name);
            let range = param["range"].as_str().expect("a range");
            for form in [&text, &page] {
                let line = form.lines().find(|line| line.contains(spec.doc));
                let line = line.unwrap_or_else(|| panic!("{} is not in:\n{form}", spec.doc));
                assert!(line.contains(spec.name) && line.contains(range), "{line}");
                let given = param["default"].as_str().unwrap_or("must be given");
                assert!(line.contains(given), "{line}");
            }
        }
    }
}

#[test]
fn rules_stand_in_the_order_of_judgement_and_say_so() {
    let rules = rules();
    let names: Vec<_> = rules.iter().map(|rule| rule.name).collect();
    assert_eq!(names, risk::ORDER);
    let first = rules[0].json();
    assert_eq!(first["name"], "kill_latch");
    assert_eq!(first["judges"], format!("1 of {}", risk::ORDER.len()));
    assert!(first["unit"].as_str().is_some_and(|unit| unit.contains("0 armed")), "{first}");
    let built_in = built_in();
    assert_eq!(built_in.rows.len(), risk::BUILT_IN.len());
    assert!(built_in.text("").contains("duplicate_order"));
}

#[test]
fn a_members_reasons_hold_the_common_and_its_own() {
    let momentum = members().into_iter().find(|member| member.name == "momentum");
    let json = momentum.expect("it is registered").json();
    let reasons = json["reasons"].as_array().expect("reasons");
    let named = |code: u64| reasons.iter().find(|reason| reason["code"] == code);
    assert_eq!(named(1).expect("common")["name"], "warming_up");
    assert!(named(10).is_some(), "its own begin at 10: {json:#}");
    assert!(json["warm_up"].as_str().is_some_and(|words| !words.is_empty()));
    assert!(json["inputs"].as_array().is_some_and(|inputs| !inputs.is_empty()));
}

#[test]
fn an_indicators_warm_up_is_that_of_its_usual_parameters() {
    let ema = indicators().into_iter().find(|entry| entry.name == "ema").expect("registered");
    let json = ema.json();
    assert_eq!(json["lines"][0]["warm_up"], 19, "a period of 20 needs 20 inputs");
    assert_eq!(json["params"][0]["least"], 1);
    assert_eq!(json["moved_by"], "bars, trades, touch");
    assert!(ema.text().starts_with("ema:period\n"), "{}", ema.text());
}
