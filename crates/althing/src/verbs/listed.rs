//! One way to print a registry: all of it or the entries asked for, as text or as
//! one document. Used by `indicators`, `members` and `rules`.

use crate::cli::ListFlags;
use crate::described::{Described, Table};
use crate::failure::Failure;
use serde_json::{Map, Value};

/// Prints `all`, or those that `flags` name, under `key`; `more` follows where
/// nothing was named.
///
/// # Errors
/// A name that is not registered.
pub fn tell(
    key: &'static str,
    all: Vec<Described>,
    more: Option<Table>,
    flags: &ListFlags,
) -> Result<(), Failure> {
    let shown = chosen(key, all, &flags.names)?;
    let more = more.filter(|_| flags.names.is_empty());
    let page = if flags.json {
        let mut document = Map::new();
        let entries: Vec<Value> = shown.iter().map(Described::json).collect();
        document.insert(key.to_owned(), entries.into());
        if let Some(table) = &more {
            document.insert(table.key.to_owned(), table.json());
        }
        format!("{:#}\n", Value::Object(document))
    } else {
        let entries: String = shown.iter().map(Described::text).collect();
        let more = more.map_or_else(String::new, |table| table.text(""));
        format!("{entries}{more}")
    };
    super::asked::to_standard_output(&page)
}

fn chosen(key: &str, all: Vec<Described>, names: &[String]) -> Result<Vec<Described>, Failure> {
    let known: Vec<_> = all.iter().map(|entry| entry.name).collect();
    if let Some(missing) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Failure::usage(format!(
            "{key} {missing}: there is no such; known are: {}",
            known.join(", ")
        )));
    }
    let wanted = |entry: &Described| names.is_empty() || names.iter().any(|n| n == entry.name);
    Ok(all.into_iter().filter(wanted).collect())
}
