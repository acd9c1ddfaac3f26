//! What the numbers in a journal are called in the run's configuration.

use std::collections::BTreeMap;

/// Names by index. What is missing shows as its number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Indicators in the configured order, such as `ema_20`.
    pub indicators: Vec<String>,
    /// Members by seat.
    pub members: Vec<String>,
    /// The meaning of a member's reason code, by seat and code.
    pub reasons: BTreeMap<(u8, u16), String>,
    /// Rules in the order of judgement.
    pub rules: Vec<String>,
}

impl Names {
    pub(crate) fn indicator(&self, index: u16) -> String {
        name(&self.indicators, usize::from(index), "indicator")
    }

    pub(crate) fn member(&self, seat: u8) -> String {
        if seat == types::MemberId::COUNCIL.0 {
            return "council".to_owned();
        }
        name(&self.members, usize::from(seat), "member")
    }

    pub(crate) fn reason(&self, seat: u8, code: u16) -> String {
        self.reasons.get(&(seat, code)).cloned().unwrap_or_else(|| format!("reason {code}"))
    }

    pub(crate) fn rule(&self, index: u16) -> String {
        name(&self.rules, usize::from(index), "rule")
    }
}

fn name(names: &[String], index: usize, what: &str) -> String {
    names.get(index).cloned().unwrap_or_else(|| format!("{what} {index}"))
}
