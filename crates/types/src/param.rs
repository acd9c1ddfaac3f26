//! Parameters of indicators, members and rules: what a registry entry declares,
//! and the values that a configuration gave, checked against it.
//!
//! Read once at start; never on the hot path.

use crate::Decimal;
use std::fmt;

/// What kind of value a parameter takes, and its range, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// A whole number.
    Integer {
        /// Least.
        min: i64,
        /// Most.
        max: i64,
    },
    /// An exact decimal, written as a string in the configuration.
    Decimal {
        /// Least.
        min: Decimal,
        /// Most.
        max: Decimal,
    },
    /// true or false.
    Flag,
}

/// A declared parameter.
#[derive(Clone, Copy, Debug)]
pub struct ParamSpec {
    /// Its key in the configuration.
    pub name: &'static str,
    /// What it means, with its unit.
    pub doc: &'static str,
    /// Kind and range.
    pub kind: ParamKind,
    /// Used where the configuration is silent; `None` = must be given.
    pub default: Option<ParamValue>,
}

/// A value that a configuration gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamValue {
    /// A whole number.
    Integer(i64),
    /// An exact decimal.
    Decimal(Decimal),
    /// true or false.
    Flag(bool),
}

impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "{value}"),
            Self::Decimal(value) => write!(f, "{value}"),
            Self::Flag(value) => write!(f, "{value}"),
        }
    }
}

/// Why given values do not fit the declaration: a sentence with key and remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamError {
    /// The key at fault.
    pub key: String,
    /// What is wrong and what to do.
    pub sentence: String,
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.sentence)
    }
}

impl std::error::Error for ParamError {}

/// One value for each declared parameter, in the order of the declaration.
#[derive(Clone, Debug)]
pub struct Params {
    specs: &'static [ParamSpec],
    values: Vec<ParamValue>,
}

impl Params {
    /// Checks `given` against `specs` and fills in the defaults.
    ///
    /// # Errors
    /// An unknown key, a missing one, a wrong kind, a value out of range.
    pub fn resolve(
        specs: &'static [ParamSpec],
        given: &[(String, ParamValue)],
    ) -> Result<Self, ParamError> {
        if let Some((key, _)) = given.iter().find(|(key, _)| !specs.iter().any(|s| s.name == key)) {
            let known: Vec<_> = specs.iter().map(|s| s.name).collect();
            return Err(ParamError {
                key: key.clone(),
                sentence: format!("unknown parameter; known are: {}", known.join(", ")),
            });
        }
        let values = specs.iter().map(|spec| {
            let value = given.iter().find(|(key, _)| key == spec.name).map(|(_, value)| *value);
            match value.or(spec.default) {
                Some(value) => spec.check(value),
                None => Err(spec.fault("is missing; it has no default".to_owned())),
            }
        });
        Ok(Self { specs, values: values.collect::<Result<_, _>>()? })
    }

    /// The defaults alone.
    ///
    /// # Errors
    /// When a parameter has no default.
    pub fn defaults(specs: &'static [ParamSpec]) -> Result<Self, ParamError> {
        Self::resolve(specs, &[])
    }

    /// A whole number.
    ///
    /// # Panics
    /// When `name` is not declared as one: a mistake in the registry entry.
    #[must_use]
    pub fn integer(&self, name: &str) -> i64 {
        match self.get(name) {
            ParamValue::Integer(value) => value,
            other => panic!("Invariant: {name} is declared an integer, not {other}."),
        }
    }

    /// An exact decimal.
    ///
    /// # Panics
    /// When `name` is not declared as one: a mistake in the registry entry.
    #[must_use]
    pub fn decimal(&self, name: &str) -> Decimal {
        match self.get(name) {
            ParamValue::Decimal(value) => value,
            other => panic!("Invariant: {name} is declared a decimal, not {other}."),
        }
    }

    /// true or false.
    ///
    /// # Panics
    /// When `name` is not declared as one: a mistake in the registry entry.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        match self.get(name) {
            ParamValue::Flag(value) => value,
            other => panic!("Invariant: {name} is declared a flag, not {other}."),
        }
    }

    /// Name and value of each parameter, in the order of the declaration.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, ParamValue)> + '_ {
        self.specs.iter().map(|s| s.name).zip(self.values.iter().copied())
    }

    fn get(&self, name: &str) -> ParamValue {
        let found = self.iter().find(|(key, _)| *key == name);
        match found {
            Some((_, value)) => value,
            None => panic!("Invariant: {name} is a declared parameter."),
        }
    }
}

impl ParamSpec {
    fn check(&self, value: ParamValue) -> Result<ParamValue, ParamError> {
        match (self.kind, value) {
            (ParamKind::Integer { min, max }, ParamValue::Integer(v)) if v < min || v > max => {
                Err(self.fault(format!("{v} is out of range; give {min} to {max}")))
            }
            (ParamKind::Decimal { min, max }, ParamValue::Decimal(v))
                if v.compare(min).is_lt() || v.compare(max).is_gt() =>
            {
                Err(self.fault(format!("{v} is out of range; give {min} to {max}")))
            }
            (ParamKind::Integer { .. }, ParamValue::Integer(_))
            | (ParamKind::Decimal { .. }, ParamValue::Decimal(_))
            | (ParamKind::Flag, ParamValue::Flag(_)) => Ok(value),
            // A whole number is a decimal too.
            (ParamKind::Decimal { .. }, ParamValue::Integer(v)) => {
                self.check(ParamValue::Decimal(Decimal::new(v, 0)))
            }
            (ParamKind::Integer { .. }, _) => {
                Err(self.fault(format!("{value} is not a whole number")))
            }
            (ParamKind::Decimal { .. }, _) => {
                Err(self.fault(format!("{value} is not a decimal; write it as a string, \"0.5\"")))
            }
            (ParamKind::Flag, _) => Err(self.fault(format!("{value} is not true or false"))),
        }
    }

    fn fault(&self, sentence: String) -> ParamError {
        ParamError { key: self.name.to_owned(), sentence }
    }
}
