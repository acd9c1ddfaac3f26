//! What the numbers in a journal are called, and what they count, in the run's
//! configuration and in this build.
//!
//! Made by whoever has the configuration and the registries; read by the dump,
//! by `why`, and by nothing that decides.

use crate::unit::Unit;
use std::collections::BTreeMap;
use types::{InstrumentSpec, Kind, Nanos, OrderFields, Record, Signal, Verdict, Vote};

/// Names by index. What is missing shows as its number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Indicators in the configured order.
    pub indicators: Vec<IndicatorWords>,
    /// Members by seat.
    pub seats: Vec<SeatWords>,
    /// Rules in the order of judgement, built-in refusals after them.
    pub rules: Vec<RuleWords>,
    /// Rules that are switched off, with the reason.
    pub off: BTreeMap<String, String>,
    /// Names of the built-in refusals: they refuse or say nothing, and pass nothing.
    pub built_in: Vec<String>,
    /// How the council counts; `None` where it is not known.
    pub counting: Option<Counting>,
}

/// An indicator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndicatorWords {
    /// As it is configured, such as `ema:20`.
    pub label: String,
    /// What it measures, with its unit; "price mantissa" in it makes its values prices.
    pub doc: String,
}

/// A seat in the council.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeatWords {
    /// The member's name.
    pub name: String,
    /// Its weight in millionths; 0 for a shadow seat.
    pub weight_ppm: u32,
    /// What the numbers behind a vote are called, and the words of their unit.
    pub seen: Vec<(String, String)>,
    /// By code: the reason's name, and what it means.
    pub reasons: BTreeMap<u16, (String, String)>,
}

/// A rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleWords {
    /// Its key under `[risk]`.
    pub name: String,
    /// The words of its unit. `state: 0 armed, 1 draining` names the values of
    /// both numbers.
    pub unit: String,
    /// What a limit means where it is a code. Words with `notional`, `price` or
    /// `quantity` also say what was seen.
    pub codes: Vec<(i32, String)>,
}

/// How the council counts votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counting {
    /// The seat that alone counts; `None` where all do.
    pub solo: Option<u8>,
    /// How many must point the same way.
    pub quorum: u32,
    /// The score from which the council acts, in millionths.
    pub threshold_ppm: u32,
    /// How long a vote counts.
    pub vote_life: Nanos,
}

/// A number with its name and unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// What it is called.
    pub name: String,
    /// The number as a decimal.
    pub value: String,
    /// What it counts; empty for a bare number.
    pub unit: String,
}

/// What a rule saw and allows, in words and decimals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What was measured; `None` where there was nothing, or no number holds it.
    pub seen: Option<String>,
    /// What is allowed, or the word for the fault.
    pub limit: Option<String>,
    /// What both count; empty for words.
    pub unit: String,
    /// The same in nanoseconds, where they are times.
    pub times: Option<(i64, i64)>,
}

/// What a record is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Called {
    /// The indicator, the member, the rule.
    pub(crate) name: Option<String>,
    /// A vote's reason.
    pub(crate) text: Option<String>,
    /// What that reason means.
    pub(crate) meaning: Option<String>,
}

/// What risk writes where there was nothing to measure: an end of the range.
const MISSING: i128 = i128::MIN;
/// What risk writes where the measure is beyond any number.
const OVERFLOW: i128 = i128::MAX;

impl Names {
    /// What `record` is called, where it has a name.
    pub(crate) fn called(&self, record: &Record) -> Called {
        let named = |name| Called { name: Some(name), ..Called::default() };
        match record.kind() {
            Some(Kind::Signal) => named(self.indicator(record.body::<Signal>().indicator)),
            Some(Kind::Vote | Kind::ShadowVote) => {
                let vote: Vote = record.body();
                let (text, meaning) = self.reason(vote.member, vote.reason);
                Called { text: Some(text), meaning, ..named(self.member(vote.member)) }
            }
            Some(Kind::Verdict) => named(self.rule(record.body::<Verdict>().rule)),
            Some(Kind::Intent | Kind::Approved | Kind::Action) => {
                named(self.member(record.body::<OrderFields>().member.0))
            }
            _ => Called::default(),
        }
    }

    /// The name of `record`, where the run has named things.
    pub(crate) fn known(&self, record: &Record) -> Option<String> {
        if *self == Self::default() { None } else { self.called(record).name }
    }

    fn indicator(&self, index: u16) -> String {
        let found = self.indicators.get(usize::from(index));
        found.map_or_else(|| format!("indicator {index}"), |words| words.label.clone())
    }

    pub(crate) fn indicator_unit(&self, index: u16) -> Unit {
        let found = self.indicators.get(usize::from(index)).map(|words| Unit::read(&words.doc));
        found.filter(|unit| *unit == Unit::Price).unwrap_or(Unit::Plain)
    }

    /// The name of a seat.
    #[must_use]
    pub fn member(&self, seat: u8) -> String {
        if seat == types::MemberId::COUNCIL.0 {
            return "council".to_owned();
        }
        let found = self.seats.get(usize::from(seat));
        found.map_or_else(|| format!("member {seat}"), |words| words.name.clone())
    }

    /// A reason's name, and what it means where that is known.
    #[must_use]
    pub fn reason(&self, seat: u8, code: u16) -> (String, Option<String>) {
        let known = self.seats.get(usize::from(seat)).and_then(|words| words.reasons.get(&code));
        match known {
            Some((name, meaning)) => (name.clone(), Some(meaning.clone())),
            None => (format!("reason {code}"), None),
        }
    }

    /// The name of a rule.
    #[must_use]
    pub fn rule(&self, index: u16) -> String {
        let found = self.rules.get(usize::from(index));
        found.map_or_else(|| format!("rule {index}"), |words| words.name.clone())
    }

    /// The numbers behind `vote`; empty where it saw nothing.
    pub(crate) fn seen(&self, vote: &Vote, spec: Option<&InstrumentSpec>) -> Vec<Measured> {
        if vote.seen == [0; 4] {
            return Vec::new();
        }
        let words = self.seats.get(usize::from(vote.member)).map_or(&[][..], |seat| &seat.seen);
        let numbered = vote.seen.iter().zip(1..);
        if words.is_empty() {
            let bare = |(number, at): (&i64, u8)| Measured {
                name: format!("seen_{at}"),
                value: number.to_string(),
                unit: String::new(),
            };
            return numbered.map(bare).collect();
        }
        let named = vote.seen.iter().zip(words).map(|(number, (name, words))| {
            let unit = Unit::read(words);
            let value = unit.write(i128::from(*number), spec);
            Measured { name: name.clone(), value, unit: unit.shown(words) }
        });
        named.collect()
    }

    /// What `verdict` says, in its rule's unit.
    #[must_use]
    pub fn judged(&self, verdict: &Verdict, spec: Option<&InstrumentSpec>) -> Judged {
        let (seen, limit) = (verdict.seen.get(), verdict.limit.get());
        let Some(rule) = self.rules.get(usize::from(verdict.rule)) else {
            return Judged::of(Unit::Plain, "", (seen, limit), spec);
        };
        let by_code = |codes: &[(i32, String)]| {
            codes
                .iter()
                .find(|(code, _)| i128::from(*code) == limit)
                .map(|(_, words)| words.clone())
        };
        if let Some(words) = by_code(&rule.codes) {
            let unit = fault_unit(&words);
            let judged = Judged::of(unit, "", (seen, limit), spec);
            // What follows the semicolon says what was seen, which stands beside it.
            let fault = words.split(';').next().unwrap_or_default().to_owned();
            return Judged { limit: Some(fault), unit: unit.shown("quote asset"), ..judged };
        }
        let states = states(&rule.unit);
        let state =
            |number: i128| states.iter().find(|(code, _)| *code == number).map(|(_, word)| *word);
        if let (Some(seen), Some(limit)) = (state(seen), state(limit)) {
            let (seen, limit) = (Some(seen.to_owned()), Some(limit.to_owned()));
            return Judged { seen, limit, unit: String::new(), times: None };
        }
        Judged::of(Unit::read(&rule.unit), &rule.unit, (seen, limit), spec)
    }
}

impl Judged {
    fn of(unit: Unit, words: &str, both: (i128, i128), spec: Option<&InstrumentSpec>) -> Self {
        let measured = |number| number != MISSING && number != OVERFLOW;
        let write = |number| measured(number).then(|| unit.write(number, spec));
        let time = |number| i64::try_from(number).unwrap_or(i64::MAX);
        let times = unit == Unit::Nanos && measured(both.0);
        Self {
            seen: write(both.0),
            limit: write(both.1),
            unit: unit.shown(words),
            times: times.then(|| (time(both.0), time(both.1))),
        }
    }
}

/// What was seen where the limit is a code with these words.
fn fault_unit(words: &str) -> Unit {
    match words {
        _ if words.contains("notional") => Unit::Scaled,
        _ if words.contains("price") => Unit::Price,
        _ if words.contains("quantity") => Unit::Qty,
        _ => Unit::Plain,
    }
}

/// The values that the words of a unit name: `state: 0 armed, 1 draining`, or the
/// list alone; empty where the words are no such list.
fn states(words: &str) -> Vec<(i128, &str)> {
    let list = words.split_once(": ").map_or(words, |(_, list)| list);
    let pairs = list.split(", ").map(|pair| pair.split_once(' '));
    let read =
        |pair: Option<(&str, _)>| pair.and_then(|(code, word)| Some((code.parse().ok()?, word)));
    pairs.map(read).collect::<Option<Vec<_>>>().unwrap_or_default()
}

#[cfg(test)]
mod tests;
