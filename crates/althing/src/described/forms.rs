//! The three forms of an entry: text for a terminal, JSON, Markdown for docs/.

use super::{Described, Table};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use types::{ParamKind, ParamSpec};

impl Described {
    /// As text: its name, then everything else below it, tables in columns.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("{}\n    {}\n", self.usage, self.meaning);
        for (key, words) in &self.facts {
            let _ = writeln!(out, "    {}: {words}", key.replace('_', " "));
        }
        for table in self.all_tables() {
            out += &table.text("    ");
        }
        out.push('\n');
        out
    }

    /// As one object.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("name".to_owned(), json!(self.name));
        object.insert("meaning".to_owned(), json!(self.meaning));
        for (key, words) in &self.facts {
            object.insert((*key).to_owned(), json!(words));
        }
        object.insert("params".to_owned(), self.params.iter().map(param).collect());
        for table in &self.tables {
            object.insert(table.key.to_owned(), table.json());
        }
        object.into()
    }

    /// As a section of a page.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = format!("### `{}`\n\n{}.\n", self.name, self.meaning.trim_end_matches('.'));
        if self.usage != self.name {
            let _ = writeln!(out, "Written `{}`.", self.usage);
        }
        for (key, words) in &self.facts {
            let mut head = key.replace('_', " ");
            head[..1].make_ascii_uppercase();
            let _ = writeln!(out, "{head}: {}.", words.trim_end_matches('.'));
        }
        for table in self.all_tables() {
            let _ = write!(out, "\n{}", table.markdown());
        }
        out.push('\n');
        out
    }

    fn all_tables(&self) -> Vec<Table> {
        let rows = self.params.iter().map(|spec| {
            let given = spec.default.map_or_else(|| "must be given".to_owned(), |v| v.to_string());
            vec![json!(spec.name), json!(range(spec.kind)), json!(given), json!(spec.doc)]
        });
        let params = Table {
            key: "parameters",
            columns: &["name", "range", "default", "meaning"],
            rows: rows.collect(),
        };
        let all = std::iter::once(params).chain(self.tables.iter().cloned());
        all.filter(|table| !table.rows.is_empty()).collect()
    }
}

fn param(spec: &ParamSpec) -> Value {
    let (least, most) = match spec.kind {
        ParamKind::Integer { min, max } => (json!(min), json!(max)),
        ParamKind::Decimal { min, max } => (json!(min.to_string()), json!(max.to_string())),
        ParamKind::Flag => (Value::Null, Value::Null),
    };
    json!({
        "name": spec.name,
        "meaning": spec.doc,
        "range": range(spec.kind),
        "least": least,
        "most": most,
        "default": spec.default.map(|value| value.to_string()),
    })
}

fn range(kind: ParamKind) -> String {
    match kind {
        ParamKind::Integer { min, max } => format!("{min} to {max}"),
        ParamKind::Decimal { min, max } => format!("{min} to {max}"),
        ParamKind::Flag => "true or false".to_owned(),
    }
}

impl Table {
    /// Under its head, each column as wide as its widest cell.
    #[must_use]
    pub fn text(&self, indent: &str) -> String {
        let head = self.columns.iter().map(|name| name.replace('_', " ")).collect::<Vec<_>>();
        let cells: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(plain).collect()).collect();
        let width = |at: usize| {
            let all = cells.iter().map(|row| &row[at]).chain([&head[at]]);
            all.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        let mut out = format!("{indent}{}\n", self.key.replace('_', " "));
        for row in [&head].into_iter().chain(&cells) {
            let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            let line = padded.collect::<Vec<_>>().join("  ");
            let _ = writeln!(out, "{indent}  {}", line.trim_end());
        }
        out
    }

    /// A list of objects.
    #[must_use]
    pub fn json(&self) -> Value {
        let object = |row: &Vec<Value>| {
            let pairs = self.columns.iter().zip(row);
            pairs.map(|(key, cell)| ((*key).to_owned(), cell.clone())).collect::<Map<_, _>>()
        };
        self.rows.iter().map(object).collect()
    }

    /// A table of a page; the first column is a name or a code.
    #[must_use]
    pub fn markdown(&self) -> String {
        let first = match self.key {
            "parameters" => "parameter",
            "lines" => "line",
            "inputs" => "input",
            "seen" => "a vote shows",
            _ => self.columns[0],
        };
        let rest = self.columns[1..].iter().map(|name| name.replace('_', " "));
        let head: Vec<_> = [first.to_owned()].into_iter().chain(rest).collect();
        let mut out = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
        for row in &self.rows {
            let mut cells = row.iter().map(|cell| plain(cell).replace('|', "\\|"));
            let name = cells.next().unwrap_or_default();
            let rest: Vec<_> = cells.collect();
            let _ = writeln!(out, "| `{name}` | {} |", rest.join(" | "));
        }
        out
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}
