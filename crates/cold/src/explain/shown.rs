//! A record as it is shown: fields by name, with what its numbers are called.

use super::Names;
use crate::journal::{Field, Specs, visit_fields};
use serde_json::{Map, Value};
use types::{Kind, Nanos, Record, Signal, Verdict, Vote};

/// One record of an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its group.
    pub sequence: u64,
    /// The group's time.
    pub ts: Nanos,
    /// What it is.
    pub kind: &'static str,
    /// What the configuration calls it: the indicator, the member, the rule.
    pub name: Option<String>,
    /// In words, where there are some: a vote's reason.
    pub text: Option<String>,
    /// Fields in the order of the dump; prices and quantities are decimal strings.
    pub fields: Vec<(&'static str, Value)>,
}

/// Time spent in one stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageTime {
    /// One of [`crate::STAGES`].
    pub stage: &'static str,
    /// Nanoseconds.
    pub ns: u64,
}

impl Shown {
    pub(crate) fn new(record: &Record, specs: &Specs, names: &Names) -> Self {
        let mut fields = Vec::new();
        visit_fields(record, specs, &mut |name, field| {
            if !matches!(field, Field::Word("")) {
                fields.push((name, field.to_json()));
            }
        });
        let (name, text) = called(record, names);
        Self {
            sequence: record.seq,
            ts: record.ts,
            kind: record.kind().map_or("?", Kind::name),
            name,
            text,
            fields,
        }
    }

    /// As one JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("sequence".into(), self.sequence.into());
        object.insert("ts_ns".into(), self.ts.0.into());
        object.insert("kind".into(), self.kind.into());
        for (key, text) in [("name", &self.name), ("text", &self.text)] {
            if let Some(text) = text {
                object.insert(key.into(), text.as_str().into());
            }
        }
        for (name, value) in &self.fields {
            object.insert((*name).into(), value.clone());
        }
        Value::Object(object)
    }

    /// One field as text; empty when there is no such field.
    pub(crate) fn field(&self, name: &str) -> String {
        let found = self.fields.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| plain(value)).unwrap_or_default()
    }
}

/// A string without its quotes; anything else as JSON writes it.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn called(record: &Record, names: &Names) -> (Option<String>, Option<String>) {
    match record.kind() {
        Some(Kind::Signal) => {
            let signal: Signal = record.body();
            (Some(names.indicator(signal.indicator)), None)
        }
        Some(Kind::Vote | Kind::ShadowVote) => {
            let vote: Vote = record.body();
            (Some(names.member(vote.member)), Some(names.reason(vote.member, vote.reason)))
        }
        Some(Kind::Verdict) => {
            let verdict: Verdict = record.body();
            (Some(names.rule(verdict.rule)), None)
        }
        Some(Kind::Intent | Kind::Approved | Kind::Action) => {
            let fields: types::OrderFields = record.body();
            (Some(names.member(fields.member.0)), None)
        }
        _ => (None, None),
    }
}
