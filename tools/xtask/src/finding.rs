//! One place where the tree breaks a house rule, and what to do about it.

use std::fmt;

/// Made by the checks, printed by `main` and by the test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// Path from the root of the repository, with `/`.
    pub(crate) path: String,
    /// Line, from 1; 0 where the file as a whole is meant.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) what: String,
    /// What to do.
    pub(crate) remedy: String,
}

impl Finding {
    /// A finding in `path` at `line`.
    pub(crate) fn new(
        path: &str,
        line: usize,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Editors and terminals jump to `path:line`; line 0 is nowhere.
        write!(f, "{}:{}: {}; {}", self.path, self.line.max(1), self.what, self.remedy)
    }
}
