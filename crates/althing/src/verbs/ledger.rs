//! `ledger rebuild`, `ledger query`, `ledger tables`: the journal as SQL.
//!
//! Which journal is found as for `status`. A ledger lies under the state directory of its journal
//! unless the user wants it elsewhere; a question makes it first where there is none, or where the
//! journal has gone on since. Exit codes: 1 for damage of the journal or of the ledger; 2 for a
//! question that is none, for a file that is no ledger, and for a path that names no directory.
//!
//! Never here: a write by a question, a file replaced that is no ledger.
#![allow(clippy::disallowed_methods, reason = "the progress line reads the clock")]

mod rows;

use super::asked::to_standard_output;
use super::located::{self, Candidate};
use super::record::{place_of, say_ending};
use crate::cli::{JournalFlags, LedgerVerb, ListFlags, QueryFlags, RebuildFlags, RecordFlags};
use crate::failure::Failure;
use crate::plan;
use cold::{Ending, Journal, Names};
use ledger::{Identity, Ledger, LedgerError, Progress, Projected, TABLES, TableSpec};
use rows::Form;
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Runs the verb.
///
/// # Errors
/// The first thing that fails, with its exit code.
pub fn run(what: &LedgerVerb) -> Result<(), Failure> {
    match what {
        LedgerVerb::Rebuild(flags) => rebuild(flags),
        LedgerVerb::Query(flags) => query(flags),
        LedgerVerb::Tables(flags) => tables(flags),
    }
}

fn rebuild(flags: &RebuildFlags) -> Result<(), Failure> {
    let mut from = flags.from.clone();
    from.journal = flags.directory.clone().or(from.journal);
    let opened = locate(&from).and_then(|at| Ok((located::open(&at)?, at)));
    let made = opened.and_then(|(journal, at)| {
        let to = flags.out.clone().map_or_else(|| own_place(&at), Ok)?;
        Ok((make(&journal, &to)?, at, to))
    });
    if let (Err(why), true) = (&made, flags.json) {
        let at = why.place.as_deref().map_or(Value::Null, place_of);
        to_standard_output(&format!("{}\n", json!({"ok": false, "at": at, "why": why.sentence})))?;
    }
    let (made, journal, to) = made?;
    if flags.json {
        return to_standard_output(&format!("{:#}\n", document(&made, &journal, &to)));
    }
    to_standard_output(&page(&made, &to))
}

fn document(made: &Projected, journal: &Path, to: &Path) -> Value {
    let rows: Map<_, _> =
        made.rows.iter().map(|(name, rows)| ((*name).to_owned(), json!(rows))).collect();
    let mut document = json!({
        "ok": true,
        "ledger": whole(to),
        "journal": whole(journal),
        "events": made.events,
        "rows": rows,
        "replaced": made.replaced,
    });
    say_ending(&mut document, &made.ending);
    document
}

fn page(made: &Projected, to: &Path) -> String {
    let rows: Vec<_> = made.rows.iter().map(|(name, rows)| format!("{rows} {name}")).collect();
    let mut page = format!("{}\n{} events: {}\n", whole(to), made.events, rows.join(", "));
    if let Ending::Unsealed(torn) = &made.ending {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "{torn}");
    }
    page
}

fn query(flags: &QueryFlags) -> Result<(), Failure> {
    let table = flags.table.as_deref().map(table_of).transpose()?;
    let question = match (table, &flags.sql) {
        (Some(table), _) => table.all_rows(),
        (None, Some(sql)) => sql.clone(),
        (None, None) => return Err(Failure::usage("give a SELECT, or --table and a name")),
    };
    let (ledger, path) = match &flags.ledger {
        Some(path) => (given(path, &flags.from)?, path.clone()),
        None => current(&flags.from)?,
    };
    if !ledger.identity().is_sealed {
        eprintln!(
            "the journal was not sealed when this ledger was made: it holds the run's first {} \
             events",
            ledger.identity().events
        );
    }
    let form = match (flags.json, flags.csv, table.is_some()) {
        (true, _, _) => Form::Json,
        (_, true, _) => Form::Csv,
        (_, _, is_table) => Form::Page { is_table },
    };
    match rows::tell(&ledger, &question, form, &whole(&path)) {
        // A reader that has gone away is not our failure.
        Err(LedgerError::Reader(why)) if why.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        told => told.map_err(failed),
    }
}

fn table_of(name: &str) -> Result<&'static TableSpec, Failure> {
    TableSpec::find(name).ok_or_else(|| {
        let known: Vec<_> = TABLES.iter().map(|table| table.name).collect();
        Failure::usage(format!("--table {name}: there is no such; known are: {}", known.join(", ")))
    })
}

/// The ledger that the user names, as it is.
fn given(path: &Path, from: &JournalFlags) -> Result<Ledger, Failure> {
    if !path.exists() {
        return Err(Failure::usage(format!(
            "--ledger {}: there is no such file; `althing ledger rebuild --out` makes one",
            path.display()
        )));
    }
    let ledger = Ledger::open(path).map_err(failed)?;
    let names_journal =
        from.journal.is_some() || from.state.is_some() || from.config.is_some() || from.last;
    if names_journal {
        let at = locate(from)?;
        let journal = located::open(&at)?;
        if !is_of(ledger.identity(), &journal) {
            return Err(Failure::failed(format!(
                "{} is the ledger of another journal: it holds run {}, and {} is run {}; leave \
                 --ledger out, or leave out the journal",
                path.display(),
                ledger.identity().run_id,
                at.display(),
                journal.run_id()
            )));
        }
    }
    Ok(ledger)
}

/// The journal's own ledger, made first unless it holds all of it.
fn current(from: &JournalFlags) -> Result<(Ledger, PathBuf), Failure> {
    let at = locate(from)?;
    let journal = located::open(&at)?;
    let path = own_place(&at)?;
    if let Ok(ledger) = Ledger::open(&path)
        && ledger.identity().is_sealed
        && is_of(ledger.identity(), &journal)
    {
        return Ok((ledger, path));
    }
    eprintln!("making the ledger {}", path.display());
    make(&journal, &path)?;
    Ok((Ledger::open(&path).map_err(failed)?, path))
}

/// Where the journal's own ledger lies, in a folder that is there.
fn own_place(journal: &Path) -> Result<PathBuf, Failure> {
    let path = ledger::own_place(journal);
    let folder = path.parent().unwrap_or(&path);
    std::fs::create_dir_all(folder).map_err(|why| {
        Failure::failed(format!(
            "{}: {why}; make the ledger elsewhere: althing ledger rebuild --out FILE",
            folder.display()
        ))
    })?;
    Ok(path)
}

/// Whether a ledger is of this journal: of the same run, and of the same bytes where both were
/// sealed, as a run's id may come from a seed.
fn is_of(identity: &Identity, journal: &Journal) -> bool {
    let chain = journal.chain();
    let same_bytes = match (&identity.chain, &chain) {
        (Some(theirs), Some(ours)) => theirs == ours,
        // A ledger of a sealed journal is not of one that is not, or no longer.
        (Some(_), None) => false,
        (None, _) => true,
    };
    identity.run_id == journal.run_id() && same_bytes
}

/// The journal that the flags mean; said where the user has not named it.
fn locate(from: &JournalFlags) -> Result<PathBuf, Failure> {
    let found = if from.last {
        vec![located::last()?]
    } else {
        let (journal, state, config) = (&from.journal, &from.state, &from.config);
        let flags = RecordFlags {
            journal: journal.clone(),
            state: state.clone(),
            config: config.clone(),
            json: false,
        };
        located::candidates(&flags, None)?
    };
    let Some(Candidate { path, .. }) = found.first().inspect(|candidate| candidate.tell()) else {
        return Err(Failure::failed("no journal was found; give --journal"));
    };
    Ok(path.clone())
}

fn make(journal: &Journal, to: &Path) -> Result<Projected, Failure> {
    check_place(to)?;
    // As for a dump: a configuration that this build does not understand leaves numbers
    // without names, and that is said.
    let names = match plan::recorded(journal) {
        Ok(loaded) => plan::names_in(journal, &loaded.config),
        Err(why) => {
            eprintln!("{}\nmembers and rules are shown by their numbers", why.sentence);
            Names::default()
        }
    };
    let mut shown = Shown::new();
    let made = ledger::rebuild_with(journal, to, &names, &mut |progress| shown.show(progress));
    shown.end();
    let made = made.map_err(failed)?;
    if let Some(run) = made.replaced.as_ref().filter(|run| **run != journal.run_id()) {
        eprintln!("{} was the ledger of run {run}, which it replaces", to.display());
    }
    Ok(made)
}

/// Refuses a place inside a journal: its directory holds its segments and nothing else,
/// and a stranger among them is damage to whoever reads it.
fn check_place(to: &Path) -> Result<(), Failure> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let is_segment =
        |name: &std::ffi::OsStr| Path::new(name).extension() == Some("journal".as_ref());
    let is_journal = std::fs::read_dir(folder)
        .is_ok_and(|entries| entries.flatten().any(|entry| is_segment(&entry.file_name())));
    if is_journal {
        return Err(Failure::usage(format!(
            "--out {}: {} is a journal, which holds its own files alone; give a place outside",
            to.display(),
            folder.display()
        )));
    }
    Ok(())
}

/// How far a projection is, on standard error.
struct Shown {
    last: Instant,
    is_terminal: bool,
    any: bool,
}

impl Shown {
    fn new() -> Self {
        Self { last: Instant::now(), is_terminal: std::io::stderr().is_terminal(), any: false }
    }

    /// Four times a second on a terminal, every five seconds elsewhere.
    fn show(&mut self, progress: Progress) {
        let every = Duration::from_millis(if self.is_terminal { 250 } else { 5000 });
        if self.last.elapsed() < every {
            return;
        }
        self.last = Instant::now();
        let (start, end) = if self.is_terminal { ("\r\x1b[2K", "") } else { ("", "\n") };
        let percent = u128::from(progress.done) * 100 / u128::from(progress.total.max(1));
        eprint!(
            "{start}ledger {percent:>3} %  {} of {} MiB  events {}{end}",
            progress.done >> 20,
            progress.total >> 20,
            progress.events
        );
        self.any = true;
    }

    fn end(&self) {
        if self.any && self.is_terminal {
            eprintln!();
        }
    }
}

fn tables(flags: &ListFlags) -> Result<(), Failure> {
    let known: Vec<_> = TABLES.iter().map(|table| table.name).collect();
    if let Some(missing) = flags.names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Failure::usage(format!(
            "ledger tables {missing}: there is no such; known are: {}",
            known.join(", ")
        )));
    }
    let wanted = |table: &&TableSpec| {
        flags.names.is_empty() || flags.names.iter().any(|name| name == table.name)
    };
    let shown: Vec<_> = TABLES.iter().filter(wanted).collect();
    if flags.json {
        let tables: Vec<_> = shown.iter().map(|table| table_json(table)).collect();
        return to_standard_output(&format!("{:#}\n", json!({ "tables": tables })));
    }
    let mut page = String::new();
    for table in shown {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "{}\n    {}", table.name, table.meaning);
        for column in table.columns {
            let kind = column.sql.split(' ').next().unwrap_or_default();
            let _ = writeln!(page, "    {:<24} {kind:<8} {}", column.name, column.meaning);
        }
        page.push('\n');
    }
    to_standard_output(&page)
}

fn table_json(table: &TableSpec) -> Value {
    let column =
        |of: &ledger::ColumnSpec| json!({"name": of.name, "type": of.sql, "meaning": of.meaning});
    let columns: Vec<_> = table.columns.iter().map(column).collect();
    json!({"name": table.name, "meaning": table.meaning, "columns": columns})
}

/// A path that does not depend on where the reader stands.
fn whole(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

fn failed(why: LedgerError) -> Failure {
    match why {
        LedgerError::Journal(why) => Failure::damaged(why),
        LedgerError::Question(_) | LedgerError::Foreign { .. } => Failure::usage(why.to_string()),
        why => Failure::failed(why.to_string()),
    }
}
