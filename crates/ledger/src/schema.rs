//! The tables as data: one list makes the SQL, `althing ledger tables` and docs/ledger.md.
//!
//! STRICT, so that SQLite refuses a value of another type; no REAL. Times are nanoseconds since
//! 1970, UTC. `sequence` is the journal's. Ids of the venue are text, as they pass 2^63.

use std::fmt::Write;

mod list;

pub use list::TABLES;

/// What a file says of itself in `user_version`; counts up with any change of a table.
pub(crate) const VERSION: i64 = 3;

/// What a file says of itself in `application_id`: the letters ALTH. By this alone a file is known
/// for one that may be made anew.
pub(crate) const APPLICATION: i32 = i32::from_be_bytes(*b"ALTH");

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct TableSpec {
    /// Its name.
    pub name: &'static str,
    /// What a row is.
    pub meaning: &'static str,
    /// Its columns, in order.
    pub columns: &'static [ColumnSpec],
    /// Its key, where that is more than one column.
    pub key: &'static [&'static str],
    /// The order in which a page shows its rows.
    pub order: &'static str,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSpec {
    /// Its name.
    pub name: &'static str,
    /// Type and constraint.
    pub sql: &'static str,
    /// What it holds, with its unit.
    pub meaning: &'static str,
}

impl TableSpec {
    /// The table of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// All of it, in a settled order, the bare integers behind its decimals left out.
    #[must_use]
    pub fn all_rows(&self) -> String {
        let shown = |column: &&ColumnSpec| !column.name.ends_with("_mantissa");
        let columns: Vec<_> = self.columns.iter().filter(shown).map(|of| of.name).collect();
        format!("SELECT {} FROM {} ORDER BY {}", columns.join(", "), self.name, self.order)
    }

    /// The statement that fills a row.
    pub(crate) fn insert(&self) -> String {
        let places = vec!["?"; self.columns.len()].join(",");
        format!("INSERT INTO {} VALUES ({places})", self.name)
    }

    fn create(&self) -> String {
        let mut lines: Vec<_> =
            self.columns.iter().map(|of| format!("    {} {}", of.name, of.sql)).collect();
        if !self.key.is_empty() {
            lines.push(format!("    PRIMARY KEY ({})", self.key.join(", ")));
        }
        format!("CREATE TABLE {} (\n{}\n) STRICT;\n", self.name, lines.join(",\n"))
    }
}

/// Everything that makes an empty ledger.
pub(crate) fn schema() -> String {
    let mut sql: String = TABLES.iter().map(TableSpec::create).collect();
    sql += "CREATE INDEX orders_by_instrument ON orders (instrument, created_ns);\n";
    sql += "CREATE INDEX fills_by_time ON fills (ts_ns);\n";
    sql
}

/// The part of docs/ledger.md that the tables make.
#[must_use]
pub fn tables_markdown() -> String {
    let mut out = String::new();
    for table in TABLES {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "### `{}`\n\n{}.\n", table.name, table.meaning);
        out += "| column | type | meaning |\n|---|---|---|\n";
        for column in table.columns {
            let sql = column.sql.replace(" NOT NULL", "");
            let null = if column.sql.contains("NOT NULL") || column.sql.contains("KEY") {
                ""
            } else {
                ", may be NULL"
            };
            let kind = sql.split(' ').next().unwrap_or_default();
            let _ = writeln!(out, "| `{}` | {kind}{null} | {} |", column.name, column.meaning);
        }
        let key: Vec<_> = table.key.iter().map(|name| format!("`{name}`")).collect();
        if !key.is_empty() {
            let _ = writeln!(out, "\nKey: {}.", key.join(", "));
        }
        out.push('\n');
    }
    out
}
