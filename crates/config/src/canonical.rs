//! The canonical text: every value in force, one `key = value` a line, sorted.
//!
//! It is TOML that this crate reads back to the same configuration, so a
//! journal that carries it replays without the file. Two configurations that
//! mean the same have the same text, whoever gave which value.

use crate::Registries;
use crate::values::{Effective, Values};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The text; with `decisions_only`, without the volatile keys.
pub(crate) fn canonical(
    values: &Values,
    registries: &Registries<'_>,
    decisions_only: bool,
) -> String {
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    let mut seats: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let wanted = |effective: &Effective| !(decisions_only && effective.volatile);
    for (path, effective) in values.iter().filter(|(_, effective)| wanted(effective)) {
        match seat_key(path) {
            Some((index, key)) => {
                seats.entry(index).or_default().push(format!("{key} = {}", effective.value));
            }
            None => {
                lines.insert(path.to_owned(), effective.value.to_string());
            }
        }
    }
    if !seats.is_empty() {
        // An inline list, for TOML has no other way to write tables as a line.
        let seats: Vec<_> =
            seats.values().map(|keys| format!("{{ {} }}", keys.join(", "))).collect();
        lines.insert("council.member".to_owned(), format!("[{}]", seats.join(", ")));
    }
    for rule in registries.rules {
        // A rule that is on and has no parameter leaves no key of its own.
        let head = format!("risk.{}", rule.name);
        if rule.params.is_empty() && !lines.contains_key(&format!("{head}.off")) {
            lines.insert(head, "{}".to_owned());
        }
    }
    lines.iter().map(|(key, value)| format!("{key} = {value}\n")).collect()
}

/// SHA-256.
pub(crate) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// `council.member[3].name` as 3 and `name`.
pub(crate) fn seat_key(path: &str) -> Option<(usize, &str)> {
    let (index, key) = path.strip_prefix("council.member[")?.split_once("].")?;
    Some((index.parse().ok()?, key))
}
