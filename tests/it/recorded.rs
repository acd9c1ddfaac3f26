//! A journal as the binary prints it: every record of `journal dump --json`, in order.
//!
//! Read by `audit`, `explain` and the subjects that count what was recorded.

use crate::program::althing;
use crate::summary::{count, text};
use serde_json::Value;
use std::path::Path;

/// The records of a journal.
pub(crate) struct Recorded {
    /// One JSON object each.
    pub(crate) rows: Vec<Value>,
}

impl Recorded {
    /// Dumps `journal`.
    pub(crate) fn of(journal: &Path) -> Self {
        let journal = journal.display().to_string();
        let dumped = althing(&["journal", "dump", "--json", &journal]).run().code(0);
        let read = |line: &str| serde_json::from_str(line).expect("one JSON object a line");
        let rows: Vec<Value> = dumped.text().lines().map(read).collect();
        assert!(!rows.is_empty(), "the journal holds nothing");
        Self { rows }
    }

    /// Records of one kind, in order.
    pub(crate) fn of_kind<'r>(&'r self, kind: &'r str) -> impl Iterator<Item = &'r Value> {
        self.rows.iter().filter(move |row| text(row, "kind") == kind)
    }

    /// How many of a kind there are.
    pub(crate) fn count(&self, kind: &str) -> u64 {
        self.of_kind(kind).count() as u64
    }

    /// Groups of records with one sequence number.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &[Value]> {
        self.rows.chunk_by(|a, b| count(a, "sequence") == count(b, "sequence"))
    }

    /// How often a book went to `state` for `reason`.
    pub(crate) fn book_changes(&self, state: &str, reason: &str) -> usize {
        let is = |row: &&Value| text(row, "state") == state && text(row, "reason") == reason;
        self.of_kind("book_change").filter(is).count()
    }

    /// How many orders went to `state`.
    pub(crate) fn reached(&self, state: &str) -> usize {
        self.of_kind("transition").filter(|row| text(row, "to") == state).count()
    }

    /// How many reports say `status`.
    pub(crate) fn reported(&self, status: &str) -> usize {
        self.of_kind("report").filter(|row| text(row, "status") == status).count()
    }
}
