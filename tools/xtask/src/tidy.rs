//! The house rules, one file each. Every check takes the tree and returns what
//! it found; none changes anything. STYLE.md says the rules in words.

use crate::finding::Finding;
use crate::tree::Tree;

pub(crate) mod arrows;
pub(crate) mod configs;
pub(crate) mod headers;
pub(crate) mod leftovers;
pub(crate) mod licences;
pub(crate) mod modules;
pub(crate) mod names;
pub(crate) mod registries;
pub(crate) mod scripts;
pub(crate) mod sizes;
pub(crate) mod unsafety;
pub(crate) mod words;

/// Everything that needs only the tree; licences also need cargo.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    const CHECKS: [fn(&Tree) -> Vec<Finding>; 11] = [
        arrows::check,
        configs::check,
        headers::check,
        leftovers::check,
        modules::check,
        names::check,
        registries::check,
        scripts::check,
        sizes::check,
        unsafety::check,
        words::check,
    ];
    let mut found: Vec<Finding> = CHECKS.iter().flat_map(|check| check(tree)).collect();
    found.sort();
    found
}
