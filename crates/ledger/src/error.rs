//! Why a ledger could not be made or asked: one sentence with the file and what to do.

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
        /// The file that was being written or read.
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
    /// What lies there is no ledger, and is not replaced.
    Foreign {
        /// Where.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// A ledger of another build.
    Version {
        /// Which.
        path: PathBuf,
        /// Its version of the tables.
        found: i64,
        /// This build's.
        ours: i64,
    },
    /// The question is no SQL, asks for what is not there, or would do more than read.
    Question(String),
    /// Whoever takes the rows takes no more.
    Reader(std::io::Error),
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
            Self::Foreign { path, found } => write!(
                f,
                "{} is {found}, and is left as it is; give the ledger another place",
                path.display()
            ),
            Self::Version { path, found, ours } => write!(
                f,
                "{} is a ledger of version {found}, and this build's have version {ours}; make \
                 it again from the journal: althing ledger rebuild",
                path.display()
            ),
            Self::Question(sentence) => f.write_str(sentence),
            Self::Reader(error) => write!(f, "the rows could not be written: {error}"),
        }
    }
}

impl std::error::Error for LedgerError {}

impl From<JournalError> for LedgerError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}
