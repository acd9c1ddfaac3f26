//! Every key with its checked value and where that came from.
//!
//! Filled from the plan; the cross-checks, the builder, the canonical text and
//! the listing read it.

use crate::fault::Complaint;
use crate::judge::judge;
use crate::plan::Plan;
use crate::{ConfigError, Document, Origin, Registries, Scalar};
use std::collections::BTreeMap;
use types::Decimal;

/// A value in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The value.
    pub value: Scalar,
    /// Who gave it.
    pub origin: Origin,
    /// Whether no decision depends on it.
    pub volatile: bool,
}

/// All values in force, by path. Optional keys that nobody gave are absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values(BTreeMap<String, Effective>);

impl Values {
    /// Judges every slot of `plan`; what fails is absent and complained about.
    pub(crate) fn judge(
        document: &Document,
        plan: &Plan,
        registries: &Registries<'_>,
    ) -> (Self, Vec<ConfigError>) {
        let mut values = BTreeMap::new();
        let mut faults = Vec::new();
        for (path, slot) in &plan.slots {
            let (value, origin) = match (document.get(path), slot.given.scalar()) {
                (Some(entry), _) => match judge(&entry.value, slot.kind, registries) {
                    Ok(value) => (value, entry.origin.clone()),
                    Err(complaint) => {
                        let shown = slot.kind.may_be_shown().then(|| entry.value.to_string());
                        faults.push(complaint.at(entry.origin.clone(), path, shown));
                        continue;
                    }
                },
                (None, Some(value)) => (value, Origin::Default),
                (None, None) => {
                    if matches!(slot.given, crate::schema::Given::Required) {
                        let remedy = format!("write {}", slot.kind.words(registries));
                        let complaint =
                            Complaint::new("this is missing and has no default", remedy);
                        faults.push(complaint.at(document.place_of(path), path, None));
                    }
                    continue;
                }
            };
            values.insert(path.clone(), Effective { value, origin, volatile: slot.volatile });
        }
        (Self(values), faults)
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Effective> {
        self.0.get(path)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Effective)> {
        self.0.iter().map(|(path, value)| (path.as_str(), value))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        match &self.get(path)?.value {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn integer(&self, path: &str) -> Option<i128> {
        match self.get(path)?.value {
            Scalar::Integer(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn decimal(&self, path: &str) -> Option<Decimal> {
        match self.get(path)?.value {
            Scalar::Decimal(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn flag(&self, path: &str) -> Option<bool> {
        match self.get(path)?.value {
            Scalar::Flag(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn list(&self, path: &str) -> &[String] {
        match self.get(path).map(|effective| &effective.value) {
            Some(Scalar::List(items)) => items,
            _ => &[],
        }
    }
}
