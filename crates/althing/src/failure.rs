//! Why a verb ended without doing what it was asked, and with which exit code.

use std::fmt;

/// A sentence and the exit code that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What happened and what to do.
    pub sentence: String,
    /// 1 failed check, 2 usage, 3 configuration, 4 venue, 5 unsafe state.
    pub code: u8,
}

impl Failure {
    /// A check that failed, or a run that could not go on.
    #[must_use]
    pub fn failed(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 1 }
    }

    /// Flags that make no sense.
    #[must_use]
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 2 }
    }

    /// A configuration that cannot be used.
    #[must_use]
    pub fn config(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 3 }
    }

    /// A venue that cannot be reached or refuses.
    #[must_use]
    pub fn venue(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 4 }
    }

    /// A state in which nothing may be traded.
    #[must_use]
    pub fn not_safe(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 5 }
    }
}

impl Failure {
    /// The same with more to know about it.
    #[must_use]
    pub fn with(self, more: &str) -> Self {
        Self { sentence: format!("{}; {more}", self.sentence), code: self.code }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}
