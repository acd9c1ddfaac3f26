//! A journal becomes a file of tables: all of it, in one pass and one transaction, beside the old
//! file, which it replaces only when it is whole.

use crate::error::LedgerError;
use crate::open::Identity;
use crate::place::{beside, is_ledger, sweep};
use crate::schema::{APPLICATION, TABLES, VERSION, schema};
use crate::tables::{End, Tables};
use cold::{Ending, Journal, Names, OrderStories, Specs, Stats};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use types::{ClientOrderId, InstrumentId, Kind, Nanos, OrderFields, Record, Verdict};

/// Groups between two words on how far it is: some hundred words a second.
const GROUPS_A_WORD: u64 = 4096;

/// What was projected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projected {
    /// Rows by table.
    pub rows: Vec<(&'static str, u64)>,
    /// Orders, those that were denied among them.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Sequenced inputs.
    pub events: u64,
    /// Last sequence number that the journal holds whole.
    pub last_sequence: u64,
    /// How the journal ended: an unsealed one is projected up to its last whole group.
    pub ending: Ending,
    /// The run whose ledger lay there before; `None` where none did, or none that can be read.
    pub replaced: Option<String>,
}

/// How far a projection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the journal that were read.
    pub done: u64,
    /// Bytes that it has.
    pub total: u64,
    /// Events so far.
    pub events: u64,
}

/// Makes the ledger of the journal in `journal_dir` at `db_path`. Members and rules show by
/// number.
///
/// # Errors
/// As [`rebuild_with`].
pub fn rebuild(journal_dir: &Path, db_path: &Path) -> Result<Projected, LedgerError> {
    rebuild_with(&Journal::open(journal_dir)?, db_path, &Names::default(), &mut |_| {})
}

/// Makes the ledger of `journal` at `db_path`, in place of a ledger that is there, with the names
/// of the run's configuration. `on_progress` hears how far it is.
///
/// # Errors
/// The journal's first damage, a file that cannot be written, something at `db_path` that is no
/// ledger: what lay there is as it was.
pub fn rebuild_with(
    journal: &Journal,
    db_path: &Path,
    names: &Names,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Projected, LedgerError> {
    let is_there = is_ledger(db_path)?;
    let old = is_there.then(|| Identity::of(db_path).ok()).flatten();
    sweep(db_path);
    let fresh = beside(db_path, &format!(".new-{}", std::process::id()));
    remove(&fresh)?;
    let made = write(journal, &fresh, names, on_progress);
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
    Ok(Projected { replaced: old.map(|run| run.run_id), ..made })
}

fn write(
    journal: &Journal,
    path: &Path,
    names: &Names,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Projected, LedgerError> {
    let sql = LedgerError::sql(path);
    let mut connection = Connection::open(path).map_err(&sql)?;
    // Nothing of it is worth keeping until all of it is there: no log, no waiting.
    connection
        .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        .map_err(&sql)?;
    connection.set_prepared_statement_cache_capacity(TABLES.len() + 4);
    connection.pragma_update(None, "application_id", APPLICATION).map_err(&sql)?;
    connection.pragma_update(None, "user_version", VERSION).map_err(&sql)?;
    let transaction = connection.transaction().map_err(&sql)?;
    transaction.execute_batch(&schema()).map_err(&sql)?;
    let tables = Tables { to: &transaction, names };
    let made = Pass::new(journal).run(journal, &tables, &sql, on_progress)?;
    transaction.commit().map_err(&sql)?;
    // Readers and a later writer want the log; a closed file holds no trace of it.
    let wal = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    connection.query_row("PRAGMA journal_mode = WAL", [], wal).map_err(&sql)?;
    connection.close().map_err(|(_, error)| sql(error))?;
    std::fs::File::open(path).and_then(|file| file.sync_all()).map_err(LedgerError::file(path))?;
    Ok(made)
}

/// The one pass over the journal: what goes into a row at once, and what is known at its end.
struct Pass {
    stats: Stats,
    specs: Specs,
    orders: OrderStories,
    first: Option<Nanos>,
    /// Bytes before each segment, and of all.
    before: Vec<u64>,
    total: u64,
}

impl Pass {
    fn new(journal: &Journal) -> Self {
        let ids: std::sync::Arc<[String]> = journal.run().instruments.clone().into();
        let mut total = 0;
        let sizes = journal.segment_bytes().into_iter();
        let before = sizes.map(|bytes| {
            total += bytes;
            total - bytes
        });
        let before = before.collect();
        Self {
            stats: Stats::new(ids.clone()),
            specs: Specs::new(ids),
            orders: OrderStories::new(journal),
            first: None,
            before,
            total,
        }
    }

    fn run(
        mut self,
        journal: &Journal,
        tables: &Tables<'_>,
        sql: &impl Fn(rusqlite::Error) -> LedgerError,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Projected, LedgerError> {
        let mut groups = journal.groups();
        let mut events = 0_u64;
        while let Some(group) = groups.next_group()? {
            if events.is_multiple_of(GROUPS_A_WORD) {
                let before = self.before.get(group.segment).copied().unwrap_or(0);
                let done = (before + group.offset).min(self.total);
                on_progress(Progress { done, total: self.total, events });
            }
            events += 1;
            let mut intents = Intents::default();
            for (number, record) in (0_i64..).zip(group.records) {
                self.on_record(number, record, &mut intents, tables).map_err(sql)?;
            }
        }
        // `ending` tells it once the last group was handed out.
        let ending = groups.ending().cloned().unwrap_or(Ending::Sealed);
        on_progress(Progress { done: self.total, total: self.total, events });
        self.finish(journal, ending, tables).map_err(sql)
    }

    fn on_record(
        &mut self,
        number: i64,
        record: &Record,
        intents: &mut Intents,
        tables: &Tables<'_>,
    ) -> rusqlite::Result<()> {
        self.first = self.first.or(Some(record.ts));
        self.stats.on_record(record);
        self.specs.on_record(record);
        self.orders.on_record(record);
        let refused = intents.on_record(record);
        match record.kind() {
            Some(Kind::Vote | Kind::ShadowVote) => tables.vote(number, record, &self.specs),
            Some(Kind::Balance) => tables.balance(record),
            Some(Kind::Funding) => tables.funding(number, record, &self.specs),
            Some(Kind::Verdict) if record.body::<Verdict>().passed == 0 => {
                tables.refusal(number, record, refused, &self.specs)
            }
            _ => Ok(()),
        }
    }

    /// What only the end knows.
    fn finish(
        self,
        journal: &Journal,
        ending: Ending,
        tables: &Tables<'_>,
    ) -> rusqlite::Result<Projected> {
        for order in self.orders.stories() {
            tables.order(order)?;
        }
        let stats = self.stats.snapshot();
        for held in &stats.instruments {
            tables.position(held)?;
        }
        let ids = 0..u16::try_from(journal.run().instruments.len()).unwrap_or(u16::MAX);
        for id in ids.map(InstrumentId) {
            if let Some(spec) = self.specs.get(id) {
                tables.instrument(&self.specs.name(id), spec)?;
            }
        }
        let is_sealed = ending == Ending::Sealed;
        let first = self.first.unwrap_or_default();
        let chain = journal.chain().filter(|_| is_sealed);
        tables.run(journal.run(), &End { first, stats: &stats, is_sealed, chain })?;
        let stories = self.orders.stories();
        Ok(Projected {
            rows: tables.count()?,
            orders: stories.len() as u64,
            fills: stories.iter().map(|order| order.fills.len() as u64).sum(),
            events: stats.events,
            last_sequence: stats.last_sequence,
            ending,
            replaced: None,
        })
    }
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

fn remove(path: &PathBuf) -> Result<(), LedgerError> {
    match std::fs::remove_file(path) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => Err(LedgerError::file(path)(why)),
        _ => Ok(()),
    }
}
