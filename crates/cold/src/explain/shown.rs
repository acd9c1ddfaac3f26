//! A record as it is shown: fields by name, with what its numbers are called.

use crate::journal::{Field, Specs, visit_fields};
use crate::names::Names;
use serde_json::{Map, Value};
use types::{Kind, Nanos, Record};

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
    /// What these words mean.
    pub meaning: Option<String>,
    /// Fields in the order of the dump; prices, quantities and money are decimal strings.
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
        visit_fields(record, specs, names, &mut |name, field| {
            if !matches!(field, Field::Word("")) {
                fields.push((name, field.to_json()));
            }
        });
        let called = names.called(record);
        Self {
            sequence: record.seq,
            ts: record.ts,
            kind: record.kind().map_or("?", Kind::name),
            name: called.name,
            text: called.text,
            meaning: called.meaning,
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
        let words = [("name", &self.name), ("text", &self.text), ("meaning", &self.meaning)];
        for (key, text) in words {
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
        self.value(name).map(plain).unwrap_or_default()
    }

    /// One field as a whole number; 0 when there is no such field.
    pub(crate) fn number(&self, name: &str) -> i64 {
        self.value(name).and_then(Value::as_i64).unwrap_or(0)
    }

    /// One field.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// A string without its quotes, nothing as `nothing`; anything else as JSON writes it.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
