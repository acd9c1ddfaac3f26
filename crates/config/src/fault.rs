//! What is wrong with a configuration: a place, a key, its value, a sentence
//! and a remedy.
//!
//! Every part of this crate makes them; the binary prints them all and exits 3.
//! Never here: a value that could be a secret.

use crate::Origin;
use std::fmt;

/// The longest part of a value that an error repeats, in characters.
const SHOWN: usize = 60;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigError {
    /// Where it stands.
    pub place: Origin,
    /// The key at fault, dotted; empty when the text is not TOML at all.
    pub key: String,
    /// What was given, as TOML; `None` when nothing was, or when it might be
    /// a secret.
    pub value: Option<String>,
    /// What is wrong.
    pub sentence: String,
    /// What to do.
    pub remedy: String,
}

/// `file:line:column: key = value: sentence; remedy`.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        match (&self.value, self.key.is_empty()) {
            (Some(value), false) => write!(f, "{} = {value}: ", self.key)?,
            (None, false) => write!(f, "{}: ", self.key)?,
            (_, true) => {}
        }
        write!(f, "{}; {}", self.sentence, self.remedy)
    }
}

impl std::error::Error for ConfigError {}

/// What is wrong with a value, before its place is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) sentence: String,
    pub(crate) remedy: String,
}

impl Complaint {
    pub(crate) fn new(sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), remedy: remedy.into() }
    }

    pub(crate) fn at(self, place: Origin, key: &str, value: Option<String>) -> ConfigError {
        let value = value.map(|text| shortened(&text));
        ConfigError {
            place,
            key: key.to_owned(),
            value,
            sentence: self.sentence,
            remedy: self.remedy,
        }
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain("…".chars()).collect()
}
