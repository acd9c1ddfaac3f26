//! The schema's words: what kinds of values there are and what is known of a
//! key.
//!
//! [`crate::keys`] is written in these words; the judge, the typed
//! configuration and the documentation page read them.

use crate::{Registries, Scalar};
use types::{Decimal, ParamKind, ParamSpec, ParamValue};

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A whole number, both ends included.
    Integer {
        /// Least.
        min: i128,
        /// Most.
        max: i128,
    },
    /// A size that a ring can have.
    PowerOfTwo {
        /// Least.
        min: i128,
        /// Most.
        max: i128,
    },
    /// An exact decimal, both ends included, as a text.
    Decimal {
        /// Least.
        min: Decimal,
        /// Most.
        max: Decimal,
    },
    /// A decimal up to 1 with at most six places. No money, so it may stand
    /// without quotes; its digits are read as they stand, no float is made.
    Share {
        /// Least, in millionths.
        min_ppm: i64,
    },
    /// true or false.
    Flag,
    /// A text of a form.
    Text(Form),
    /// A list of texts of a form.
    List {
        /// Each one's form.
        of: Form,
        /// Fewest.
        min: usize,
        /// Most.
        max: usize,
    },
}

/// What a text must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A registered venue dialect.
    Dialect,
    /// A registered council member.
    Member,
    /// A registered indicator with its parameters and source, `ema:12@5m`.
    Indicator,
    /// What moves an indicator: `touch`, `trades` or a bar's length.
    Source,
    /// A path of a file or a directory.
    Path,
    /// A layout.
    Layout,
    /// An address `http://…` or `https://…`.
    Rest,
    /// An address `ws://…` or `wss://…`.
    Socket,
    /// The name of an environment variable. Its value is never printed, for
    /// people put the secret itself there.
    Variable,
    /// An IP address and a port.
    Address,
    /// `max`, or how many times real time.
    Speed,
    /// `BTCUSDT-PERP.BINANCE`.
    Instrument,
    /// One of `indicators.set`.
    Label,
    /// A sentence that says why.
    Reason,
}

/// What stands where nobody gives a value.
#[derive(Clone, Copy, Debug)]
pub enum Given {
    /// Must be given.
    Required,
    /// May be left out.
    Optional,
    /// A whole number.
    Integer(i128),
    /// A decimal's text.
    Decimal(Decimal),
    /// A text.
    Text(&'static str),
    /// true or false.
    Flag(bool),
    /// A list.
    List(&'static [&'static str]),
}

impl From<Option<&'static str>> for Given {
    fn from(usual: Option<&'static str>) -> Self {
        usual.map_or(Self::Optional, Self::Text)
    }
}

impl Given {
    /// The default, if there is one.
    #[must_use]
    pub fn scalar(self) -> Option<Scalar> {
        match self {
            Self::Required | Self::Optional => None,
            Self::Integer(value) => Some(Scalar::Integer(value)),
            Self::Decimal(value) => Some(Scalar::Decimal(value.trimmed())),
            Self::Text(text) => Some(Scalar::Text(text.to_owned())),
            Self::Flag(value) => Some(Scalar::Flag(value)),
            Self::List(items) => {
                Some(Scalar::List(items.iter().map(|item| (*item).to_owned()).collect()))
            }
        }
    }
}

/// A key of a section.
#[derive(Clone, Copy, Debug)]
pub struct KeySpec {
    /// Its name in the section; `*` where the user chooses it.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What stands where nobody gives it.
    pub given: Given,
    /// Whether it changes no decision of the line: left out of the decision
    /// hash, so that a replay may differ in it.
    pub volatile: bool,
    /// What it means, with its unit.
    pub doc: &'static str,
    /// Why the default or the limit is what it is.
    pub why: &'static str,
}

/// A section: `engine`, `venues.*`, `council.member[]`.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its path; `*` stands for a name, `[]` for one of a list of tables.
    pub path: &'static str,
    /// What it is about.
    pub doc: &'static str,
    /// Its keys.
    pub keys: &'static [KeySpec],
}

impl Section {
    /// The full path of one of its keys.
    #[must_use]
    pub fn join(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// The kind of a registered parameter.
pub(crate) const fn kind_of(spec: &ParamSpec) -> Kind {
    match spec.kind {
        ParamKind::Integer { min, max } => Kind::Integer { min: min as i128, max: max as i128 },
        ParamKind::Decimal { min, max } => Kind::Decimal { min, max },
        ParamKind::Flag => Kind::Flag,
    }
}

/// The default of a registered parameter.
pub(crate) const fn given_of(spec: &ParamSpec) -> Given {
    match spec.default {
        None => Given::Required,
        // A whole number is a decimal too.
        Some(ParamValue::Integer(value)) => match spec.kind {
            ParamKind::Decimal { .. } => Given::Decimal(Decimal::new(value, 0)),
            _ => Given::Integer(value as i128),
        },
        Some(ParamValue::Decimal(value)) => Given::Decimal(value),
        Some(ParamValue::Flag(value)) => Given::Flag(value),
    }
}

impl Kind {
    /// Whether a message may repeat a value of it.
    #[must_use]
    pub const fn may_be_shown(self) -> bool {
        !matches!(self, Self::Text(Form::Variable | Form::Rest | Form::Socket))
    }

    /// What it takes, in words: for messages and for the page.
    #[must_use]
    pub fn words(self, registries: &Registries<'_>) -> String {
        match self {
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::PowerOfTwo { min, max } => format!("a power of two from {min} to {max}"),
            Self::Decimal { min, max } => format!("a decimal from {min} to {max}, in quotes"),
            Self::Share { min_ppm } => {
                let min = Decimal::new(min_ppm, 6).trimmed();
                format!("a decimal from {min} to 1 of at most six places")
            }
            Self::Flag => "true or false".to_owned(),
            Self::Text(form) => form.words(registries),
            Self::List { of, min, max } => {
                format!("a list of {min} to {max}, each {}", of.words(registries))
            }
        }
    }
}

impl Form {
    /// What it looks like, in words.
    #[must_use]
    pub fn words(self, registries: &Registries<'_>) -> String {
        let names = |list: &[crate::Registered<'_>]| {
            one_of(&list.iter().map(|entry| entry.name).collect::<Vec<_>>())
        };
        match self {
            Self::OneOf(words) => one_of(words),
            Self::Dialect => one_of(registries.dialects),
            Self::Member => names(registries.members),
            Self::Indicator => {
                format!(
                    "NAME:PARAMETER:…@SOURCE, of which NAME alone is needed and is \
                    {}",
                    names(registries.indicators)
                )
            }
            Self::Path => "a path".to_owned(),
            Self::Layout => "\"auto\", \"fused\", \"pinned\" or groups such as \
                    \"feed+normalizer,indicator+council+risk,gateway\""
                .to_owned(),
            Self::Rest => "an address http://… or https://…".to_owned(),
            Self::Socket => "an address ws://… or wss://…".to_owned(),
            Self::Variable => {
                "the name of an environment variable, never the secret itself".to_owned()
            }
            Self::Address => "an IP address and a port, \"127.0.0.1:9464\"".to_owned(),
            Self::Speed => "\"max\" or how many times real time, 1 to 4000".to_owned(),
            Self::Instrument => "an instrument id, \"BTCUSDT-PERP.BINANCE\"".to_owned(),
            Self::Source => "\"touch\", \"trades\", or a bar's length that divides a day, \"1s\" \
                to \"1d\""
                .to_owned(),
            Self::Label => "a label of indicators.set".to_owned(),
            Self::Reason => "a sentence".to_owned(),
        }
    }
}

/// `one of "a", "b"`.
pub(crate) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("one of {}", quoted.join(", "))
}
