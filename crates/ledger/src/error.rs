//! Why a ledger could not be made: one sentence with the file and what to do.

use cold::JournalError;
use std::fmt;
use std::path::{Path, PathBuf};

/// What went wrong.
#[derive(Debug)]
pub enum LedgerError {
    /// The journal is damaged or none.
    Journal(JournalError),
    /// SQLite refused something.
    Sql {
        /// The file that was being written.
        path: PathBuf,
        /// What it said.
        error: rusqlite::Error,
    },
    /// A file could not be made, moved or removed.
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

impl LedgerError {
    pub(crate) fn sql(path: &Path) -> impl Fn(rusqlite::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Sql { path: path.clone(), error }
    }

    pub(crate) fn file(path: &Path) -> impl Fn(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::File { path: path.clone(), error }
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(error) => write!(f, "{error}"),
            Self::Sql { path, error } => write!(
                f,
                "{}: {error}; the ledger can be deleted and made again from the journal",
                path.display()
            ),
            Self::File { path, error } => write!(
                f,
                "{}: {error}; give a place for the ledger where this user may write",
                path.display()
            ),
        }
    }
}

impl std::error::Error for LedgerError {}

impl From<JournalError> for LedgerError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}
