//! Why a verb ended without doing what it was asked, and with which exit code.

use cold::JournalError;
use std::fmt;

/// A sentence and the exit code that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What happened and what to do.
    pub sentence: String,
    /// 1 failed check, 2 usage, 3 configuration, 4 venue, 5 unsafe state.
    pub code: u8,
    /// Where in a journal, when that is what is wrong.
    pub place: Option<Box<JournalError>>,
}

impl Failure {
    fn of(sentence: String, code: u8) -> Self {
        Self { sentence, code, place: None }
    }

    /// Damage of a journal, or a difference to it.
    #[must_use]
    pub fn damaged(why: JournalError) -> Self {
        Self { sentence: why.to_string(), code: 1, place: Some(Box::new(why)) }
    }

    /// A check that failed, or a run that could not go on.
    #[must_use]
    pub fn failed(sentence: impl Into<String>) -> Self {
        Self::of(sentence.into(), 1)
    }

    /// Flags that make no sense.
    #[must_use]
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self::of(sentence.into(), 2)
    }

    /// A configuration that cannot be used.
    #[must_use]
    pub fn config(sentence: impl Into<String>) -> Self {
        Self::of(sentence.into(), 3)
    }

    /// A venue that cannot be reached or refuses.
    #[must_use]
    pub fn venue(sentence: impl Into<String>) -> Self {
        Self::of(sentence.into(), 4)
    }

    /// A state in which nothing may be traded.
    #[must_use]
    pub fn not_safe(sentence: impl Into<String>) -> Self {
        Self::of(sentence.into(), 5)
    }
}

impl Failure {
    /// The same with more to know about it.
    #[must_use]
    pub fn with(self, more: &str) -> Self {
        Self { sentence: format!("{}; {more}", self.sentence), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}
