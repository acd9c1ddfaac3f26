//! A configuration as flat keys: TOML text, with the environment and the flags
//! laid over it.
//!
//! Fed by the loader; the schema reads it. Knows nothing of what a key means.

use crate::fault::Complaint;
use crate::{ConfigError, Origin, Written};
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// A value, where it came from, and where its key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The value as written.
    pub value: Written,
    /// Where the value stands.
    pub origin: Origin,
    /// Where its key stands.
    pub key: Origin,
}

/// A value that a command-line flag gives to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The flag as typed, `--layout`.
    pub flag: String,
    /// The key, `engine.layout`.
    pub key: String,
    /// The value as typed.
    pub value: String,
}

/// The prefix of an environment variable that overrides a key.
pub const PREFIX: &str = "ALTHING__";

/// Everything that was written, by dotted path; tables of an array as
/// `council.member[0].name`.
#[derive(Clone, Debug)]
pub struct Document {
    file: String,
    entries: BTreeMap<String, Entry>,
    tables: BTreeMap<String, Origin>,
}

impl Document {
    /// Reads TOML. `file` is only a name for messages.
    ///
    /// # Errors
    /// Every place where `text` is not TOML, or has a key or a value that no
    /// configuration can have.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<ConfigError>> {
        let (root, faults) = DeTable::parse_recoverable(text);
        let mut reader = Reader::new(text, file);
        for fault in faults {
            let place = reader.lines.origin(fault.span().map_or(0, |span| span.start));
            let complaint = Complaint::new(
                format!("this is not TOML: {}", fault.message().replace('\n', ", ")),
                "mend the line; texts stand in quotes, a section is [name]",
            );
            reader.faults.push(complaint.at(place, "", None));
        }
        if !reader.faults.is_empty() {
            return Err(reader.faults);
        }
        reader.table("", root.get_ref());
        if reader.faults.is_empty() { Ok(reader.document) } else { Err(reader.faults) }
    }

    /// Lays environment variables that start with [`PREFIX`] over the file:
    /// `ALTHING__COUNCIL__MEMBER__0__WEIGHT` is `council.member[0].weight`.
    pub fn lay_environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in variables {
            if let Some(rest) = name.strip_prefix(PREFIX) {
                let path = path_of(rest);
                self.lay(path, value, Origin::Environment(name));
            }
        }
    }

    /// Lays flags over the file and the environment.
    pub fn lay_flags(&mut self, flags: &[Override]) {
        for flag in flags {
            self.lay(flag.key.clone(), flag.value.clone(), Origin::Flag(flag.flag.clone()));
        }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Every value, by path.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// Every table, written or implied, by path.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &Origin)> {
        self.tables.iter().map(|(path, place)| (path.as_str(), place))
    }

    /// Whether a table of that path was written, or has anything in it.
    #[must_use]
    pub fn has_table(&self, path: &str) -> bool {
        self.tables.contains_key(path) || self.names(path).next().is_some()
    }

    /// The names of tables directly under `path`, each once, sorted.
    #[must_use]
    pub fn tables_in(&self, path: &str) -> Vec<String> {
        let is_table = |name: &&str| self.has_table(&format!("{path}.{name}"));
        let mut names: Vec<_> = self.names(path).filter(is_table).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// How many tables the array `path` has.
    #[must_use]
    pub fn array_length(&self, path: &str) -> usize {
        let head = format!("{path}[");
        let index = |key: &str| -> Option<usize> {
            key.strip_prefix(&head)?.split_once(']')?.0.parse().ok()
        };
        let indices: std::collections::BTreeSet<_> = self.keys().filter_map(index).collect();
        // A gap ends the array: what lies behind it is reported as unknown.
        indices.iter().enumerate().take_while(|(place, index)| place == *index).count()
    }

    /// Where a message about a missing key points: its table, the nearest
    /// table around it, or the top of the file.
    #[must_use]
    pub fn place_of(&self, path: &str) -> Origin {
        let mut at = path;
        loop {
            if let Some(place) = self.tables.get(at) {
                return place.clone();
            }
            match at.rfind(['.', '[']) {
                Some(end) => at = &at[..end],
                None => return Origin::File { path: self.file.clone(), line: 1, column: 1 },
            }
        }
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().chain(self.tables.keys()).map(String::as_str)
    }

    fn names(&self, path: &str) -> impl Iterator<Item = &str> {
        self.keys().filter_map(move |key| {
            let rest = key.strip_prefix(path)?.strip_prefix('.')?;
            rest.split(['.', '[']).next()
        })
    }

    fn lay(&mut self, path: String, value: String, origin: Origin) {
        let entry = Entry { value: Written::Raw(value), key: origin.clone(), origin };
        self.entries.insert(path, entry);
    }
}

/// `COUNCIL__MEMBER__0__WEIGHT` as `council.member[0].weight`.
fn path_of(name: &str) -> String {
    let mut path = String::new();
    for part in name.split("__") {
        if let Ok(index) = part.parse::<u16>() {
            path.push_str(&format!("[{index}]"));
        } else {
            // Symbols are in capitals, every other key is not.
            let is_symbol = path.ends_with(".qty_of") || path.ends_with(".instruments");
            if !path.is_empty() {
                path.push('.');
            }
            let part = if is_symbol { part.to_owned() } else { part.to_ascii_lowercase() };
            path.push_str(&part);
        }
    }
    path
}

/// Byte offsets to lines and columns.
struct Lines<'t> {
    text: &'t str,
    file: String,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str, file: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        Self { text, file: file.to_owned(), starts: std::iter::once(0).chain(ends).collect() }
    }

    fn origin(&self, offset: usize) -> Origin {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = self.text.as_bytes().get(start..offset.min(self.text.len())).unwrap_or(&[]);
        // Characters, not bytes: continuation bytes do not count.
        let column = 1 + before.iter().filter(|b| **b & 0xC0 != 0x80).count();
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Origin::File { path: self.file.clone(), line: narrow(line), column: narrow(column) }
    }
}

/// Flattens a TOML tree.
struct Reader<'t> {
    lines: Lines<'t>,
    document: Document,
    faults: Vec<ConfigError>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, file: &str) -> Self {
        Self {
            lines: Lines::new(text, file),
            document: Document {
                file: file.to_owned(),
                entries: BTreeMap::new(),
                tables: BTreeMap::new(),
            },
            faults: Vec::new(),
        }
    }

    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let place = self.lines.origin(key.span().start);
            let name = key.get_ref();
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
            if name.is_empty() || !name.bytes().all(is_plain) {
                let complaint = Complaint::new(
                    "a key is made of letters, digits, _ and - only",
                    "write the key without quotes",
                );
                self.faults.push(complaint.at(place, &format!("{name:?}"), None));
                continue;
            }
            let path =
                if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
            self.value(path, value.get_ref(), (place, value.span().start));
        }
    }

    /// `at`: the key's place and the value's offset.
    fn value(&mut self, path: String, value: &DeValue<'_>, at: (Origin, usize)) {
        match value {
            DeValue::Table(table) => {
                self.document.tables.insert(path.clone(), at.0);
                self.table(&path, table);
            }
            DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_table()) => {
                for (index, item) in items.iter().enumerate() {
                    let place = (self.lines.origin(item.span().start), item.span().start);
                    self.value(format!("{path}[{index}]"), item.get_ref(), place);
                }
            }
            _ => {
                let (key, offset) = at;
                let origin = self.lines.origin(offset);
                self.document.entries.insert(path, Entry { value: written(value), origin, key });
            }
        }
    }
}

fn written(value: &DeValue<'_>) -> Written {
    match value {
        DeValue::String(text) => Written::Text(text.to_string()),
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Written::Float(number.to_string()), Written::Integer),
        DeValue::Float(number) => Written::Float(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Written::Flag(*flag),
        DeValue::Datetime(date) => Written::Date(date.to_string()),
        DeValue::Array(items) => {
            Written::List(items.iter().map(|item| written(item.get_ref())).collect())
        }
        // Invariant: `Reader::value` walks tables itself; one inside a list of
        // lists is kept as a text, which no key takes.
        DeValue::Table(_) => Written::Date("{…}".to_owned()),
    }
}
