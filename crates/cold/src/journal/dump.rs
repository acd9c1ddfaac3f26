//! A journal as text: a line per record, for eyes, for machines, or only the
//! lines of the order digest.

use super::fields::{Field, visit_fields};
use super::{Groups, Journal, JournalError, OrderDigest, Specs};
use crate::names::Names;
use std::io::{self, Write};
use types::{Kind, Record};

/// What a dump looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DumpForm {
    /// Columns `sequence ts_ns kind instrument`, then `name=value`.
    Text,
    /// One JSON object a line.
    Json,
    /// Exactly the text whose SHA-256 is the order digest.
    Orders,
}

/// Writes `journal` to `out`, whole groups only, with what a rule or a member saw
/// in the units of `names`. The answer says how it ended.
///
/// # Errors
/// The outer error when `out` cannot be written; the inner one when the
/// journal is damaged: everything before the damage has been written.
pub fn dump(
    journal: &Journal,
    names: &Names,
    form: DumpForm,
    out: &mut dyn Write,
) -> io::Result<Result<Groups, JournalError>> {
    let mut groups = journal.groups();
    let mut lines = OrderDigest::new(journal.instruments.clone());
    loop {
        match groups.next_group() {
            Err(damage) => return Ok(Err(damage)),
            Ok(None) => break,
            Ok(Some(group)) => {
                for record in group.records {
                    let order = lines.on_record(record);
                    match form {
                        DumpForm::Text => write_text(record, lines.specs(), names, out)?,
                        DumpForm::Json => write_json(record, lines.specs(), names, out)?,
                        DumpForm::Orders => {
                            out.write_all(order.unwrap_or_default().as_bytes())?;
                        }
                    }
                }
            }
        }
    }
    out.flush()?;
    Ok(Ok(groups))
}

/// One record as a line of text, with its LF.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn write_text(
    record: &Record,
    specs: &Specs,
    names: &Names,
    out: &mut dyn Write,
) -> io::Result<()> {
    let kind = record.kind().map_or("?", Kind::name);
    let name = specs.name(record.instrument);
    write!(out, "{:>10} {:>19} {kind:<14} {name:<20}", record.seq, record.ts.0)?;
    let mut result = match names.known(record) {
        Some(name) => write!(out, " name={name}"),
        None => Ok(()),
    };
    visit_fields(record, specs, names, &mut |name, field| {
        let empty = matches!(field, Field::Word("") | Field::Measured([]));
        if result.is_ok() && !empty {
            result = match field {
                // Words with spaces in them, so that a line still splits at spaces.
                Field::Word(text) | Field::Text(text) if text.contains(' ') => {
                    write!(out, " {name}={text:?}")
                }
                field => write!(out, " {name}={field}"),
            };
        }
    });
    result?;
    out.write_all(if record.is_end() { b" .\n" } else { b"\n" })
}

/// The rule's, member's or indicator's name comes before its fields.
fn write_json(
    record: &Record,
    specs: &Specs,
    names: &Names,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut object = serde_json::Map::new();
    object.insert("sequence".into(), record.seq.into());
    object.insert("ts_ns".into(), record.ts.0.into());
    object.insert("kind".into(), record.kind().map_or("?", Kind::name).into());
    object.insert("instrument".into(), specs.name(record.instrument).into());
    object.insert("end".into(), record.is_end().into());
    object.insert("frame_end".into(), record.is_frame_end().into());
    if let Some(name) = names.known(record) {
        object.insert("name".into(), name.into());
    }
    visit_fields(record, specs, names, &mut |name, field| {
        object.insert(name.into(), field.to_json());
    });
    serde_json::to_writer(&mut *out, &serde_json::Value::Object(object))?;
    out.write_all(b"\n")
}
