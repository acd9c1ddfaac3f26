//! A journal becomes a file of tables: all of it, in one transaction, beside the
//! old file, which it replaces only when it is whole.

use crate::error::LedgerError;
use crate::schema::{SCHEMA, VERSION};
use crate::tables::Tables;
use cold::{Ending, Journal, Names, Specs, Stats, StatsSnapshot};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use types::{ClientOrderId, Kind, OrderFields, Record, Verdict};

/// What was projected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projected {
    /// Orders, those that were denied among them.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Last sequence number that the journal holds whole.
    pub last_sequence: u64,
    /// How the journal ended: an unsealed one is projected up to its last whole group.
    pub ending: Ending,
}

/// Makes the ledger of the journal in `journal_dir` at `db_path`, in place of whatever is
/// there. Members and rules show by number.
///
/// # Errors
/// The journal's first damage, and then the old ledger is as it was; or a file that cannot be
/// written.
pub fn rebuild(journal_dir: &Path, db_path: &Path) -> Result<Projected, LedgerError> {
    rebuild_with(&Journal::open(journal_dir)?, db_path, &Names::default())
}

/// As [`rebuild`], with the names of the run's configuration.
///
/// # Errors
/// As [`rebuild`].
pub fn rebuild_with(
    journal: &Journal,
    db_path: &Path,
    names: &Names,
) -> Result<Projected, LedgerError> {
    let fresh = beside(db_path, ".new");
    remove(&fresh)?;
    let made = write(journal, &fresh, names);
    if made.is_err() {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&fresh);
    }
    let made = made?;
    // A log of the old file must never be read with the new one.
    for suffix in ["-wal", "-shm"] {
        remove(&beside(db_path, suffix))?;
    }
    std::fs::rename(&fresh, db_path).map_err(LedgerError::file(db_path))?;
    Ok(made)
}

fn write(journal: &Journal, path: &Path, names: &Names) -> Result<Projected, LedgerError> {
    let verified = journal.verify()?;
    let orders = cold::orders(journal)?;
    let sql = LedgerError::sql(path);
    let mut connection = Connection::open(path).map_err(&sql)?;
    // Nothing of it is worth keeping until all of it is there: no log, no waiting.
    connection
        .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        .map_err(&sql)?;
    connection.pragma_update(None, "user_version", VERSION).map_err(&sql)?;
    let transaction = connection.transaction().map_err(&sql)?;
    transaction.execute_batch(SCHEMA).map_err(&sql)?;
    let tables = Tables { to: &transaction, names };
    let sealed = verified.ending == Ending::Sealed;
    tables.run(journal.run(), &verified, sealed).map_err(&sql)?;
    for order in &orders {
        tables.order(order).map_err(&sql)?;
    }
    let last = records(journal, &tables, &sql)?;
    for held in &last.instruments {
        tables.position(held).map_err(&sql)?;
    }
    transaction.commit().map_err(&sql)?;
    // Readers and a later writer want the log; a closed file holds no trace of it.
    let wal = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    connection.query_row("PRAGMA journal_mode = WAL", [], wal).map_err(&sql)?;
    connection.close().map_err(|(_, error)| sql(error))?;
    std::fs::File::open(path).and_then(|file| file.sync_all()).map_err(LedgerError::file(path))?;
    Ok(Projected {
        orders: orders.len() as u64,
        fills: orders.iter().map(|order| order.fills.len() as u64).sum(),
        last_sequence: verified.last_sequence,
        ending: verified.ending,
    })
}

/// Votes, refusals and balances; answers the statistics at the end, which hold the positions.
fn records(
    journal: &Journal,
    tables: &Tables<'_>,
    sql: impl Fn(rusqlite::Error) -> LedgerError,
) -> Result<StatsSnapshot, LedgerError> {
    let ids: std::sync::Arc<[String]> = journal.run().instruments.clone().into();
    let (mut stats, mut specs) = (Stats::new(ids.clone()), Specs::new(ids));
    let mut groups = journal.groups();
    while let Some(group) = groups.next_group()? {
        let mut intents = Intents::default();
        for (number, record) in (0_i64..).zip(group.records) {
            stats.on_record(record);
            specs.on_record(record);
            let refused = intents.on_record(record);
            match record.kind() {
                Some(Kind::Vote | Kind::ShadowVote) => tables.vote(number, record, &specs),
                Some(Kind::Balance) => tables.balance(record),
                Some(Kind::Verdict) if record.body::<Verdict>().passed == 0 => {
                    tables.refusal(number, record, refused, &specs)
                }
                _ => Ok(()),
            }
            .map_err(&sql)?;
        }
    }
    Ok(stats.snapshot())
}

/// The intents of a group that wait for judgement: a refusal is of the oldest, an approval
/// names its own.
#[derive(Default)]
struct Intents(VecDeque<ClientOrderId>);

impl Intents {
    /// The order that `record` refuses, if it refuses one.
    fn on_record(&mut self, record: &Record) -> Option<ClientOrderId> {
        let id = || record.body::<OrderFields>().id();
        match record.kind()? {
            Kind::Intent => self.0.push_back(id()),
            Kind::Approved => {
                let at = self.0.iter().position(|intent| *intent == id()).unwrap_or(0);
                self.0.remove(at);
            }
            Kind::Verdict if record.body::<Verdict>().passed == 0 => {
                return self.0.pop_front().filter(|order| *order != ClientOrderId::NONE);
            }
            _ => {}
        }
        None
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn remove(path: &Path) -> Result<(), LedgerError> {
    match std::fs::remove_file(path) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => Err(LedgerError::file(path)(why)),
        _ => Ok(()),
    }
}
