//! A ledger that is asked: opened so that nothing can be written, not even a log beside it, and
//! nothing but this one file can be read.
//!
//! Read by the command line. Every statement passes an authorizer that lets SELECT through, the
//! functions, and the pragmas that describe tables. Never here: a statement that changes anything.

use crate::error::LedgerError;
use crate::exact;
use crate::place::is_ledger;
use crate::schema::VERSION;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::borrow::Cow;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Which run a ledger holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The run's id, in hex.
    pub run_id: String,
    /// Whether the journal was sealed when the ledger was made.
    pub is_sealed: bool,
    /// The journal's chain, where it was.
    pub chain: Option<String>,
    /// Sequenced inputs in it.
    pub events: i64,
    /// Time of the last one, nanoseconds since 1970, UTC.
    pub last_ns: i64,
}

/// A value of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'r> {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// What the question's own arithmetic made; no table holds one.
    Real(f64),
    /// Text, decimals among it.
    Text(Cow<'r, str>),
    /// Bytes.
    Blob(&'r [u8]),
}

/// Takes the rows of an answer.
pub trait Rows {
    /// The columns' names, once, before the first row. No two are the same.
    ///
    /// # Errors
    /// When it takes no more; the question ends there.
    fn columns(&mut self, names: &[String]) -> std::io::Result<()>;

    /// A row.
    ///
    /// # Errors
    /// As [`Rows::columns`].
    fn row(&mut self, cells: &[Cell<'_>]) -> std::io::Result<()>;
}

/// A ledger open for questions.
pub struct Ledger {
    connection: Connection,
    identity: Identity,
    /// What the last question wanted and may not.
    refused: Arc<Mutex<Option<String>>>,
}

impl Identity {
    /// Of the ledger at `path`.
    ///
    /// # Errors
    /// None there, something else, a damaged one or one of another build.
    pub fn of(path: &Path) -> Result<Self, LedgerError> {
        Ok(Ledger::open(path)?.identity)
    }
}

impl Ledger {
    /// Opens it.
    ///
    /// # Errors
    /// None there, something else, a damaged one or one of another build.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let sql = LedgerError::sql(path);
        if !is_ledger(path)? {
            let found = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(LedgerError::file(path)(found));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(address(path), flags).map_err(&sql)?;
        let found = connection.query_row("PRAGMA user_version", [], |row| row.get(0));
        let found: i64 = found.map_err(&sql)?;
        if found != VERSION {
            return Err(LedgerError::Version { path: path.to_owned(), found, ours: VERSION });
        }
        let asked = "SELECT run_id, sealed, chain, events, last_ns FROM runs";
        let identity = connection.query_row(asked, [], |row| {
            Ok(Identity {
                run_id: row.get(0)?,
                is_sealed: row.get(1)?,
                chain: row.get(2)?,
                events: row.get(3)?,
                last_ns: row.get(4)?,
            })
        });
        let identity = identity.map_err(&sql)?;
        exact::enrol(&connection).map_err(&sql)?;
        let refused = Arc::new(Mutex::new(None));
        let told = Arc::clone(&refused);
        let judge = move |asked: AuthContext<'_>| judge(&asked.action, &told);
        connection.authorizer(Some(judge)).map_err(&sql)?;
        Ok(Self { connection, identity, refused })
    }

    /// Which run it holds.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Asks one question and hands its rows to `rows`.
    ///
    /// # Errors
    /// No single SELECT, a name that is not there, a fault of the file, or a reader that takes no
    /// more.
    pub fn ask(&self, question: &str, rows: &mut dyn Rows) -> Result<(), LedgerError> {
        let fault = |error: rusqlite::Error| self.fault(question, &error);
        let mut statement = self.connection.prepare(question).map_err(fault)?;
        if statement.column_count() == 0 {
            return Err(LedgerError::Question(
                "the question gives no columns; write one SELECT, such as \
                 SELECT instrument, qty FROM positions"
                    .to_owned(),
            ));
        }
        let names = apart(statement.column_names().collect());
        rows.columns(&names).map_err(LedgerError::Reader)?;
        let mut found = statement.query([]).map_err(fault)?;
        while let Some(row) = found.next().map_err(fault)? {
            let cell = |at| Ok(cell(row.get_ref(at)?));
            let cells: rusqlite::Result<Vec<_>> = (0..names.len()).map(cell).collect();
            rows.row(&cells.map_err(fault)?).map_err(LedgerError::Reader)?;
        }
        Ok(())
    }

    fn fault(&self, question: &str, error: &rusqlite::Error) -> LedgerError {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(wanted) = refused {
            return LedgerError::Question(format!(
                "a question only reads: {wanted} is refused; write one SELECT"
            ));
        }
        let words = match error {
            rusqlite::Error::MultipleStatement => {
                "there is more than one statement; ask one SELECT at a time".to_owned()
            }
            rusqlite::Error::SqlInputError { msg, offset, .. } => {
                let at = usize::try_from(*offset).ok().filter(|at| *at <= question.len());
                let at = at.map_or_else(String::new, |at| format!(" at byte {at}"));
                format!("{msg}{at}; `althing ledger tables` lists the tables and their columns")
            }
            error if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
                format!("{error}; make the ledger again: althing ledger rebuild")
            }
            error => error.to_string(),
        };
        LedgerError::Question(words)
    }
}

/// As an address that says: never changes while it is open, so no lock and no log.
fn address(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut address = "file:".to_owned();
    for byte in whole.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' => {
                address.push(char::from(*byte));
            }
            // Writing to a string cannot fail.
            byte => {
                let _ = write!(address, "%{byte:02x}");
            }
        }
    }
    (address + "?immutable=1").into()
}

/// Pragmas that describe what is there.
const DESCRIBING: &[&str] =
    &["table_info", "table_xinfo", "table_list", "index_list", "index_info"];

fn judge(action: &AuthAction<'_>, refused: &Mutex<Option<String>>) -> Authorization {
    let wanted = match action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => {
            return Authorization::Allow;
        }
        AuthAction::Function { function_name } if *function_name != "load_extension" => {
            return Authorization::Allow;
        }
        AuthAction::Pragma { pragma_name, .. } if DESCRIBING.contains(pragma_name) => {
            return Authorization::Allow;
        }
        AuthAction::Pragma { pragma_name, .. } => format!("PRAGMA {pragma_name}"),
        AuthAction::Attach { .. } => "ATTACH".to_owned(),
        AuthAction::Detach { .. } => "DETACH".to_owned(),
        AuthAction::Insert { table_name } => format!("a write to {table_name}"),
        AuthAction::Update { table_name, .. } => format!("a change of {table_name}"),
        AuthAction::Delete { table_name } => format!("a deletion from {table_name}"),
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => "a transaction".to_owned(),
        // `CreateTable { table_name: "x" }` by its first word.
        other => {
            let word = format!("{other:?}");
            let end = word.find(|c: char| !c.is_alphanumeric()).unwrap_or(word.len());
            word[..end].to_owned()
        }
    };
    let mut first = refused.lock().unwrap_or_else(PoisonError::into_inner);
    first.get_or_insert(wanted);
    Authorization::Deny
}

/// The names, the second of two that are the same with a number behind it: as keys of an object
/// they must differ.
fn apart(names: Vec<&str>) -> Vec<String> {
    let mut all: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let numbered = (2_u32..).map(|number| format!("{name}_{number}"));
        let mut free = std::iter::once(name.to_owned()).chain(numbered);
        all.extend(free.find(|name| !all.contains(name)));
    }
    all
}

fn cell(value: ValueRef<'_>) -> Cell<'_> {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => Cell::Blob(bytes),
    }
}
