//! What is wrong with a journal, and where: one sentence with file and remedy.

use std::fmt;
use std::path::{Path, PathBuf};

/// Damage, a break of a rule, or an input/output error, with its place.
/// `replay --verify` uses it for a difference as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalError {
    /// The segment's file, or the directory where no one file is at fault.
    pub segment: PathBuf,
    /// Bytes from the start of that file; 0 where it concerns all of it.
    pub offset: u64,
    /// The last sequence number known to be whole before it; for a difference,
    /// the sequence number that differs.
    pub sequence: u64,
    /// A sentence: what, and what to do.
    pub why: String,
}

impl JournalError {
    pub(crate) fn new(segment: &Path, why: impl Into<String>) -> Self {
        Self { segment: segment.to_owned(), offset: 0, sequence: 0, why: why.into() }
    }

    pub(crate) fn at(mut self, offset: u64, sequence: u64) -> Self {
        self.offset = offset;
        self.sequence = sequence;
        self
    }

    pub(crate) fn io(segment: &Path, doing: &str, error: &std::io::Error) -> Self {
        let remedy = match error.kind() {
            std::io::ErrorKind::PermissionDenied => {
                "; read it as the user that wrote it, or give this one the right to read"
            }
            std::io::ErrorKind::NotFound => "; give the directory that the run named at its end",
            _ => "",
        };
        Self::new(segment, format!("{doing} failed: {error}{remedy}"))
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.segment.display())?;
        if self.offset > 0 || self.sequence > 0 {
            write!(f, " (byte {}, sequence {})", self.offset, self.sequence)?;
        }
        write!(f, ": {}", self.why)
    }
}

impl std::error::Error for JournalError {}
