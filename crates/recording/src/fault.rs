//! Why a recording could not be read or written: a sentence with its file and
//! line. Made by every part of this crate, printed by the verbs.

use std::fmt;
use std::path::{Path, PathBuf};

/// What is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file; empty where the fault is of the whole recording.
    pub path: PathBuf,
    /// The line, from 1; 0 where it is of the whole file.
    pub line: u64,
    /// What is wrong and what to do.
    pub sentence: String,
}

impl Fault {
    /// A fault of one line, or of a whole file when `line` is 0.
    #[must_use]
    pub fn at(path: &Path, line: u64, sentence: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, sentence: sentence.into() }
    }

    /// A fault of the recording as a whole.
    #[must_use]
    pub fn whole(sentence: impl Into<String>) -> Self {
        Self { path: PathBuf::new(), line: 0, sentence: sentence.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.as_os_str().is_empty() {
            return f.write_str(&self.sentence);
        }
        match self.line {
            0 => write!(f, "{}: {}", self.path.display(), self.sentence),
            line => write!(f, "{} line {line}: {}", self.path.display(), self.sentence),
        }
    }
}

impl std::error::Error for Fault {}
