//! What a configuration must say before risk starts.

use super::settings;
use crate::{BUILT_IN, ORDER, RULES, RiskConfig, RiskStage, RuleSetting, rule_name};
use types::{Decimal, InstrumentId, ParamValue};

fn refusal(settings: &[(&str, RuleSetting)]) -> String {
    RiskConfig::new(settings).map(|_| ()).unwrap_err().to_string()
}

fn set(all: &mut [(&'static str, RuleSetting)], rule: &str, setting: RuleSetting) {
    all.iter_mut().find(|(name, _)| *name == rule).unwrap().1 = setting;
}

#[test]
fn every_limit_must_be_given() {
    for rule in RULES {
        for param in rule.params {
            let mut all = settings();
            let (_, setting) = all.iter_mut().find(|(name, _)| *name == rule.name).unwrap();
            let RuleSetting::On(limits) = setting else { panic!("the helpers' rules are on") };
            limits.retain(|(name, _)| name != param.name);
            let sentence = refusal(&all);
            let key = format!("{}.{}", rule.name, param.name);
            assert!(sentence.contains(&key) && sentence.contains("missing"), "{sentence}");
        }
    }
}

#[test]
fn every_registered_rule_judges_once() {
    assert_eq!(ORDER.len(), RULES.len());
    for rule in RULES {
        assert_eq!(ORDER.iter().filter(|name| **name == rule.name).count(), 1, "{}", rule.name);
    }
}

#[test]
fn names_follow_the_order_of_judgement() {
    let rules = u16::try_from(ORDER.len()).unwrap();
    assert_eq!(rule_name(0), Some("kill_latch"));
    assert_eq!(rule_name(14), Some("fan_out"), "a rule that is added judges after these");
    assert_eq!(rule_name(rules - 1), Some("order_rate"), "and before the one that counts");
    assert_eq!(rule_name(rules), Some(BUILT_IN[0]));
    let refusals = u16::try_from(BUILT_IN.len()).unwrap();
    assert_eq!(rule_name(rules + refusals - 1), BUILT_IN.last().copied());
    assert_eq!(rule_name(rules + refusals), None);
    assert_eq!(rule_name(u16::MAX), None);
}

#[test]
fn names_the_rule_that_is_missing() {
    let needed = |name: &&str| RULES.iter().any(|r| r.name == *name && r.unless_named.is_none());
    for missing in ORDER.iter().copied().filter(needed) {
        let mut rest = settings();
        rest.retain(|(name, _)| *name != missing);
        let sentence = refusal(&rest);
        assert!(sentence.starts_with(&format!("risk.{missing}: is not configured")), "{sentence}");
    }
}

#[test]
fn refuses_an_unknown_rule_a_double_one_and_an_off_without_a_reason() {
    let mut unknown = settings();
    unknown.push(("max_fun", RuleSetting::Off("because".into())));
    assert!(
        refusal(&unknown).contains("risk.max_fun: there is no such rule; known are: book_live")
    );
    let mut double = settings();
    double.push(double[0].clone());
    assert!(refusal(&double).contains("twice"));
    let mut silent = settings();
    silent[0].1 = RuleSetting::Off("  ".into());
    assert!(refusal(&silent).contains("without a reason"));
}

#[test]
fn refuses_a_limit_that_is_missing_zero_or_huge() {
    let with = |limits: Vec<(String, ParamValue)>| {
        let mut all = settings();
        set(&mut all, "max_order_notional", RuleSetting::On(limits));
        refusal(&all)
    };
    assert!(with(vec![]).contains("limit: is missing"));
    let limit = |value| vec![("limit".to_owned(), value)];
    assert!(with(limit(ParamValue::Decimal(Decimal::new(0, 0)))).contains("out of range"));
    assert!(with(limit(ParamValue::Integer(2_000_000_000))).contains("out of range"));
    assert!(with(limit(ParamValue::Flag(true))).contains("not a decimal"));
}

#[test]
fn keeps_the_reason_of_a_rule_that_is_off() {
    let mut all = settings();
    set(&mut all, "order_rate", RuleSetting::Off("the venue counts".into()));
    let config = RiskConfig::new(&all).unwrap();
    assert_eq!(config.off(), [("order_rate", "the venue counts".to_owned())]);
}

#[test]
fn an_override_needs_its_rule_on_and_its_instrument_there() {
    let limit = [("limit".to_owned(), ParamValue::Integer(1))];
    let on = RiskConfig::new(&settings()).unwrap();
    let far = on.with_override(InstrumentId(5), "max_position", &limit).unwrap();
    assert!(RiskStage::new(far, 2).is_err());
    let off = RiskConfig::new(&super::all_off()).unwrap();
    assert!(off.with_override(InstrumentId(0), "max_position", &limit).is_err());
    let on = RiskConfig::new(&settings()).unwrap();
    assert!(on.with_override(InstrumentId(0), "max_fun", &limit).is_err());
}

#[test]
fn refuses_more_instruments_than_an_engine_holds() {
    let config = RiskConfig::new(&settings()).unwrap();
    assert!(RiskStage::new(config, 1025).is_err());
}
