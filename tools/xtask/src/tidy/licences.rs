//! Whether every package that is built has a licence on the list of `deny.toml`.
//!
//! Asks `cargo metadata` about the packages of this machine's target, offline:
//! a build has fetched them before. `cargo deny` reads the same list and looks
//! at licence texts as well; this needs nothing to be installed.

use crate::finding::Finding;
use crate::tree::Tree;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const LIST: &str = "deny.toml";

/// Reads the list, asks cargo, and judges every package.
///
/// # Errors
/// When cargo cannot say, for example because packages were never fetched.
pub(crate) fn check_packages(root: &Path, tree: &Tree) -> Result<Vec<Finding>, String> {
    let allowed = allowed(tree.text(LIST).unwrap_or_default())?;
    Ok(judge(&packages(root)?, &allowed))
}

/// `[licenses] allow` of the list.
///
/// # Errors
/// A sentence, when the list cannot be read or is empty.
pub(crate) fn allowed(list: &str) -> Result<BTreeSet<String>, String> {
    let table: toml::Table = list.parse().map_err(|e| format!("{LIST}: {e}"))?;
    let allow = table.get("licenses").and_then(|table| table.get("allow")?.as_array());
    let allow: BTreeSet<String> =
        allow.into_iter().flatten().filter_map(|name| Some(name.as_str()?.to_owned())).collect();
    if allow.is_empty() { Err(format!("{LIST}: [licenses] allow is empty")) } else { Ok(allow) }
}

/// A package and what it says of its licence.
#[derive(Debug)]
pub(crate) struct Package {
    /// Name and version.
    pub(crate) name: String,
    /// The expression of its manifest, or what it says instead.
    pub(crate) licence: Option<String>,
}

/// Finds the packages whose licence is not allowed.
pub(crate) fn judge(packages: &[Package], allowed: &BTreeSet<String>) -> Vec<Finding> {
    let refused = packages.iter().filter(|package| {
        !package.licence.as_deref().is_some_and(|licence| permits(licence, allowed))
    });
    refused
        .map(|package| {
            let licence = package.licence.as_deref().unwrap_or("no licence in its manifest");
            let what = format!("package {} has: {licence}", package.name);
            let remedy = "use another package, or allow the licence with a reason";
            Finding::new(LIST, 0, what, remedy)
        })
        .collect()
}

fn packages(root: &Path) -> Result<Vec<Package>, String> {
    let version = said(root, "rustc", &["-vV"])?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("rustc -vV names no host")?;
    let ask =
        ["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", host];
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let text = said(root, &program, &ask)?;
    let metadata: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| format!("cargo metadata: {e}"))?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    Ok(packages
        .iter()
        .map(|package| Package {
            name: format!(
                "{} {}",
                package["name"].as_str().unwrap_or_default(),
                package["version"].as_str().unwrap_or_default()
            ),
            licence: text(&package["license"]),
        })
        .collect())
}

fn said(root: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .output()
        .map_err(|e| format!("{program} cannot be run: {e}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(format!("{program} {}: {said}", arguments.join(" ")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether an SPDX expression can be met with allowed licences only. `AND`
/// binds closer than `OR`; an old slash means `OR`; what cannot be read is not
/// met.
pub(crate) fn permits(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Expression { words: &words, at: 0, allowed };
    let met = reader.any_of();
    met == Some(true) && reader.at == words.len()
}

struct Expression<'a> {
    words: &'a [&'a str],
    at: usize,
    allowed: &'a BTreeSet<String>,
}

impl Expression<'_> {
    fn any_of(&mut self) -> Option<bool> {
        let mut met = self.all_of()?;
        while self.take("OR") {
            met |= self.all_of()?;
        }
        Some(met)
    }

    fn all_of(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.take("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let met = self.any_of()?;
            return self.take(")").then_some(met);
        }
        let name = *self.words.get(self.at)?;
        self.at += 1;
        if !self.take("WITH") {
            return Some(self.allowed.contains(name));
        }
        let exception = *self.words.get(self.at)?;
        self.at += 1;
        // An exception only gives more, so the bare licence is enough as well.
        let with = format!("{name} WITH {exception}");
        Some(self.allowed.contains(&with) || self.allowed.contains(name))
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.words.get(self.at) == Some(&word);
        self.at += usize::from(found);
        found
    }
}
