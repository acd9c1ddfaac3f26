//! Values as they were written and as they were understood, and where they
//! came from.
//!
//! The document makes the first, the schema turns them into the second, and
//! the canonical text, the listing and the typed configuration read those.
//! Never here: a float; a decimal is its digits.

use std::fmt;
use types::Decimal;

/// A value as somebody wrote it, before a schema has judged it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// A whole number.
    Integer(i128),
    /// A number with a point, an exponent or too many digits: its text.
    Float(String),
    /// A text in quotes.
    Text(String),
    /// true or false.
    Flag(bool),
    /// Several values.
    List(Vec<Self>),
    /// A date or a time of day: no key takes one.
    Date(String),
    /// From the environment or a flag: text whose kind the schema decides.
    Raw(String),
}

impl Written {
    /// What it is, in words.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number with a point",
            Self::Text(_) | Self::Raw(_) => "a text",
            Self::Flag(_) => "true or false",
            Self::List(_) => "a list",
            Self::Date(_) => "a date",
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(text) | Self::Date(text) => f.write_str(text),
            Self::Text(text) | Self::Raw(text) => f.write_str(&quoted(text)),
            Self::Flag(value) => write!(f, "{value}"),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
        }
    }
}

/// A value that fits its key. Two values that mean the same are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A whole number.
    Integer(i128),
    /// An exact decimal without trailing zeros.
    Decimal(Decimal),
    /// A text.
    Text(String),
    /// true or false.
    Flag(bool),
    /// Several texts, in the order given.
    List(Vec<String>),
}

/// As TOML, on one line.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "{value}"),
            Self::Decimal(value) => write!(f, "\"{value}\""),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Flag(value) => write!(f, "{value}"),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(|item| quoted(item)).collect();
                write!(f, "[{}]", items.join(", "))
            }
        }
    }
}

/// Where a value came from. Later kinds win over earlier ones, the default
/// over none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The configuration file: where the value starts, counted from 1 in
    /// lines and in characters.
    File {
        /// The file's name as given.
        path: String,
        /// Line.
        line: u32,
        /// Column.
        column: u32,
    },
    /// An environment variable.
    Environment(String),
    /// A command-line flag.
    Flag(String),
    /// Nobody gave it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => write!(f, "{path}:{line}:{column}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// `text` as a TOML basic string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
