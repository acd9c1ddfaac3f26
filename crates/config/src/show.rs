//! The listing of `config show`: key, value, where it came from.
//!
//! Fed by a loaded configuration. Shows names of secrets' places, never a
//! secret: none is in there.

use crate::Loaded;
use crate::canonical::seat_key;
use serde_json::{Value, json};

impl Loaded {
    /// Key, value as TOML, and origin of every value in force, by key; seats
    /// in their order.
    #[must_use]
    pub fn rows(&self) -> Vec<(String, String, String)> {
        let mut rows: Vec<_> = self.effective.iter().collect();
        rows.sort_by_key(|(path, _)| match seat_key(path) {
            Some((index, key)) => ("council.member", index, key),
            None => (path.as_str(), 0, ""),
        });
        let row = |(path, effective): &(String, crate::Effective)| {
            (path.clone(), effective.value.to_string(), effective.origin.to_string())
        };
        rows.into_iter().map(row).collect()
    }

    /// As a table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let rows = self.rows();
        let width = |text: &str| text.chars().count();
        let keys = rows.iter().map(|(key, _, _)| width(key)).max().unwrap_or(0);
        let values = rows.iter().map(|(_, value, _)| width(value)).max().unwrap_or(0).min(48);
        let mut out = String::new();
        for (key, value, from) in
            [("key".into(), "value".into(), "from".into())].iter().chain(&rows)
        {
            out.push_str(&format!("{key:keys$}  {value:values$}  {from}\n"));
        }
        out
    }

    /// As a document for machines: `[{"key", "value", "from"}]`.
    #[must_use]
    pub fn json(&self) -> Value {
        let row = |(key, value, from): (String, String, String)| json!({ "key": key, "value": value, "from": from });
        self.rows().into_iter().map(row).collect()
    }
}
