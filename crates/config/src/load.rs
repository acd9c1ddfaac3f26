//! From text, environment and flags to a checked configuration, or to every
//! reason why not.
//!
//! The binary calls it once, before any thread starts. Reads no file, no
//! environment and no clock of its own: everything is passed in.

use crate::canonical::{canonical, digest};
use crate::plan::Plan;
use crate::values::Values;
use crate::{Config, ConfigError, Document, Effective, Origin, Override, Registries};
use crate::{build, checks};

/// A configuration in force.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The typed configuration.
    pub config: Config,
    /// Every value in force by key. Optional keys that nobody gave are absent.
    pub effective: Vec<(String, Effective)>,
    /// The canonical text, volatile keys included: loads to the same again.
    pub canonical: String,
    /// SHA-256 of the canonical text without the volatile keys: equal hashes
    /// decide alike.
    pub hash: [u8; 32],
    /// SHA-256 of the whole canonical text.
    pub full_hash: [u8; 32],
}

impl Loaded {
    /// Where the value of a key came from; `None` when nobody gave one and it
    /// has no default.
    #[must_use]
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.effective.iter().find(|(path, _)| path == key).map(|(_, e)| &e.origin)
    }

    /// The decision hash in hexadecimal.
    #[must_use]
    pub fn hash_text(&self) -> String {
        self.hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Config {
    /// Loads `text`, lays `environment` and then `flags` over it, and checks
    /// all of it. `file` names the text in messages. Of `environment`, only
    /// names that start with `ALTHING__` are read.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the file.
    pub fn load(
        text: &str,
        file: &str,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[Override],
        registries: &Registries<'_>,
    ) -> Result<Loaded, Vec<ConfigError>> {
        let mut document = Document::parse(text, file)?;
        document.lay_environment(environment);
        document.lay_flags(flags);
        let plan = Plan::new(&document, registries);
        let (values, mut faults) = Values::judge(&document, &plan, registries);
        faults.extend(plan.faults);
        faults.extend(checks::check(&values, &document, registries));
        if !faults.is_empty() {
            faults.sort();
            faults.dedup();
            return Err(faults);
        }
        let canonical_text = canonical(&values, registries, false);
        Ok(Loaded {
            config: build::build(&values, &document, registries),
            hash: digest(&canonical(&values, registries, true)),
            full_hash: digest(&canonical_text),
            canonical: canonical_text,
            effective: values.iter().map(|(key, e)| (key.to_owned(), e.clone())).collect(),
        })
    }
}
