//! The rows of an answer as a page, as comma-separated values (RFC 4180, with bare line feeds) and
//! as one JSON document.
//!
//! Fed by a ledger, row by row. The page alone keeps them all, as its columns are as wide as their
//! widest value. Never here: a number that is rounded.

use cold::utc;
use ledger::{Cell, Ledger, LedgerError, Rows};
use serde_json::{Map, Number, Value, json};
use std::io::{BufWriter, Result, Write};
use types::Nanos;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// For people; of a whole table with its times as dates.
    Page {
        /// Every column is one of the ledger's own.
        is_table: bool,
    },
    /// Comma-separated values.
    Csv,
    /// One document.
    Json,
}

/// Asks and writes the answer to standard output.
pub(super) fn tell(
    ledger: &Ledger,
    question: &str,
    form: Form,
    path: &str,
) -> std::result::Result<(), LedgerError> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    match form {
        Form::Page { is_table } => {
            let mut page = Page { is_table, rows: Vec::new() };
            ledger.ask(question, &mut page)?;
            page.write(&mut out).map_err(LedgerError::Reader)?;
        }
        Form::Csv => ledger.ask(question, &mut Csv { out: &mut out })?,
        Form::Json => {
            let identity = ledger.identity();
            let head = json!({
                "ledger": path,
                "run_id": identity.run_id,
                "sealed": identity.is_sealed,
                "events": identity.events,
            });
            let mut document = Document { out: &mut out, head, names: Vec::new(), any: false };
            ledger.ask(question, &mut document)?;
            document.end().map_err(LedgerError::Reader)?;
        }
    }
    out.flush().map_err(LedgerError::Reader)
}

/// A value as text; `None` for NULL.
fn text(cell: &Cell<'_>) -> Option<String> {
    match cell {
        Cell::Null => None,
        Cell::Integer(number) => Some(number.to_string()),
        Cell::Real(number) => Some(number.to_string()),
        Cell::Text(text) => Some(text.clone().into_owned()),
        Cell::Blob(bytes) => Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    }
}

/// The first row holds the names.
struct Page {
    is_table: bool,
    rows: Vec<Vec<String>>,
}

impl Rows for Page {
    fn columns(&mut self, names: &[String]) -> Result<()> {
        self.rows.push(names.to_vec());
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        let names = self.rows.first().cloned().unwrap_or_default();
        let shown = cells.iter().zip(&names).map(|(cell, name)| match cell {
            Cell::Integer(at) if self.is_table && name.ends_with("_ns") => utc(Nanos(*at)),
            // A line break in a value, such as a configuration's, would break the page.
            cell => text(cell).unwrap_or_else(|| "-".to_owned()).replace('\n', "\\n"),
        });
        self.rows.push(shown.collect());
        Ok(())
    }
}

impl Page {
    fn write(&self, out: &mut impl Write) -> Result<()> {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |at: usize| self.rows.iter().map(|row| row[at].chars().count()).max();
        let widths: Vec<_> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
        let is_number =
            |text: &String| text == "-" || text.trim_start_matches('-').parse::<f64>().is_ok();
        let right: Vec<_> = (0..columns)
            .map(|at| self.rows.iter().skip(1).all(|row| is_number(&row[at])))
            .collect();
        for row in &self.rows {
            let cells = row.iter().zip(widths.iter().zip(&right)).map(|(cell, (width, right))| {
                if *right { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            });
            writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        let rows = self.rows.len().saturating_sub(1);
        writeln!(out, "({rows} row{})", if rows == 1 { "" } else { "s" })
    }
}

struct Csv<'o, W: Write> {
    out: &'o mut W,
}

impl<W: Write> Csv<'_, W> {
    fn line(&mut self, values: impl Iterator<Item = String>) -> Result<()> {
        let quoted = values.map(|value| {
            if value.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", value.replace('"', "\"\""))
            } else {
                value
            }
        });
        writeln!(self.out, "{}", quoted.collect::<Vec<_>>().join(","))
    }
}

impl<W: Write> Rows for Csv<'_, W> {
    fn columns(&mut self, names: &[String]) -> Result<()> {
        self.line(names.iter().cloned())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        self.line(cells.iter().map(|cell| text(cell).unwrap_or_default()))
    }
}

/// `{…head, "columns": […], "rows": [{…}, …]}`, a row a line.
struct Document<'o, W: Write> {
    out: &'o mut W,
    head: Value,
    names: Vec<String>,
    any: bool,
}

impl<W: Write> Document<'_, W> {
    fn end(&mut self) -> Result<()> {
        writeln!(self.out, "{}]}}", if self.any { "\n" } else { "" })
    }
}

impl<W: Write> Rows for Document<'_, W> {
    fn columns(&mut self, names: &[String]) -> Result<()> {
        self.names = names.to_vec();
        self.head["columns"] = json!(names);
        let head = self.head.to_string();
        write!(self.out, "{},\"rows\":[", head.trim_end_matches('}'))
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        let value = |cell: &Cell<'_>| match cell {
            Cell::Null => Value::Null,
            Cell::Integer(number) => json!(number),
            // Not every float has a JSON form; what has none shows as text.
            Cell::Real(number) => {
                Number::from_f64(*number).map_or_else(|| json!(number.to_string()), Value::Number)
            }
            other => json!(text(other)),
        };
        let row: Map<_, _> = self.names.iter().cloned().zip(cells.iter().map(value)).collect();
        let comma = if self.any { "," } else { "" };
        self.any = true;
        write!(self.out, "{comma}\n{}", Value::Object(row))
    }
}
