//! What is configured under `[risk]`, checked before anything starts.
//!
//! Fed by the configuration; read by the stage's constructor. Never here: a
//! default limit, a rule that is silently absent, a switch for all of risk.

use crate::registry::{AnyRule, ORDER, RULES, descriptor};
use types::{InstrumentId, ParamError, ParamValue, Params};

/// One rule's section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleSetting {
    /// `off = "reason"`: it does not judge, and this is why.
    Off(String),
    /// Its limits.
    On(Vec<(String, ParamValue)>),
}

/// Every rule, with its limits or the reason why it is off.
#[derive(Clone, Debug)]
pub struct RiskConfig {
    /// In the order of judgement; `None` is off.
    rules: Vec<Option<AnyRule>>,
    /// Limits of single instruments.
    overrides: Vec<(InstrumentId, usize, AnyRule)>,
    off: Vec<(&'static str, String)>,
}

impl RiskConfig {
    /// Checks `settings` against the registry.
    ///
    /// # Errors
    /// A rule that is not configured, is configured twice or does not exist, an
    /// `off` without a reason, a limit that is missing or out of range; the
    /// sentence names it.
    pub fn new<N: AsRef<str>>(settings: &[(N, RuleSetting)]) -> Result<Self, ParamError> {
        for (name, _) in settings {
            known(name.as_ref())?;
        }
        let mut config = Self { rules: Vec::new(), overrides: Vec::new(), off: Vec::new() };
        for &name in ORDER {
            let mut found = settings.iter().filter(|(given, _)| given.as_ref() == name);
            let Some((_, setting)) = found.next() else {
                if let Some(why) = descriptor(name).and_then(|rule| rule.unless_named) {
                    config.add(name, &RuleSetting::Off(why.to_owned()))?;
                    continue;
                }
                return Err(fault(
                    name,
                    "is not configured; give its limits, or off = \"the reason\"",
                ));
            };
            if found.next().is_some() {
                return Err(fault(name, "is configured twice; keep one"));
            }
            config.add(name, setting)?;
        }
        Ok(config)
    }

    /// Other limits of `rule` for one instrument, all of them given.
    ///
    /// # Errors
    /// As [`RiskConfig::new`]; also when the rule is off.
    pub fn with_override(
        mut self,
        instrument: InstrumentId,
        rule: &str,
        limits: &[(String, ParamValue)],
    ) -> Result<Self, ParamError> {
        let name = known(rule)?;
        let index = ORDER.iter().position(|&listed| listed == name).unwrap_or(0);
        if self.rules[index].is_none() {
            return Err(fault(name, "is off; an instrument cannot have limits of its own in it"));
        }
        let own = build(name, limits)?;
        self.overrides.push((instrument, index, own));
        Ok(self)
    }

    /// The rules that are off, each with its reason, for the checklist.
    #[must_use]
    pub fn off(&self) -> &[(&'static str, String)] {
        &self.off
    }

    /// Refuses limits for an instrument that is not there.
    pub(crate) fn check_instruments(&self, instruments: usize) -> Result<(), ParamError> {
        match self.overrides.iter().find(|(id, _, _)| id.index() >= instruments) {
            None => Ok(()),
            Some((id, index, _)) => Err(fault(
                ORDER[*index],
                &format!("has limits for instrument {}; there are {instruments}", id.0),
            )),
        }
    }

    /// The rules that judge `instrument`, in order.
    pub(crate) fn rules_of(&self, instrument: InstrumentId) -> Vec<Option<AnyRule>> {
        let mut rules = self.rules.clone();
        for (own, index, rule) in &self.overrides {
            if *own == instrument {
                rules[*index] = Some(*rule);
            }
        }
        rules
    }

    fn add(&mut self, name: &'static str, setting: &RuleSetting) -> Result<(), ParamError> {
        match setting {
            RuleSetting::Off(reason) if reason.trim().is_empty() => {
                Err(fault(name, "is off without a reason; say why in off = \"…\""))
            }
            RuleSetting::Off(reason) => {
                self.off.push((name, reason.clone()));
                self.rules.push(None);
                Ok(())
            }
            RuleSetting::On(limits) => {
                self.rules.push(Some(build(name, limits)?));
                Ok(())
            }
        }
    }
}

/// A rule with its limits, proven at its edge: it passes there and refuses one
/// unit beyond, or the engine does not start.
fn build(name: &'static str, limits: &[(String, ParamValue)]) -> Result<AnyRule, ParamError> {
    let specs = descriptor(name).map_or(&[][..], |rule| rule.params);
    let params = Params::resolve(specs, limits)
        .map_err(|error| ParamError { key: format!("{name}.{}", error.key), ..error })?;
    let rule = match AnyRule::new(name, &params) {
        Some(rule) => rule?,
        None => return Err(fault(name, "is in the order of judgement but has no file")),
    };
    let edge = rule.edge();
    if !rule.check(&edge.passes).passed || rule.check(&edge.refuses).passed {
        return Err(fault(name, "does not hold at its own limit; choose another limit"));
    }
    Ok(rule)
}

fn known(name: &str) -> Result<&'static str, ParamError> {
    descriptor(name).map(|rule| rule.name).ok_or_else(|| {
        let names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        fault(name, &format!("there is no such rule; known are: {}", names.join(", ")))
    })
}

fn fault(name: &str, sentence: &str) -> ParamError {
    ParamError { key: format!("risk.{name}"), sentence: sentence.to_owned() }
}
