//! Every Rust file opens by saying what it is.

use crate::finding::Finding;
use crate::tree::Tree;

/// Looks at the first line of each Rust file.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|(_, text)| !opens_well(text))
        .map(|(file, _)| {
            let remedy = "say what it is, who feeds and reads it, what it never does";
            Finding::new(&file.path, 1, "does not open with a `//!` sentence", remedy)
        })
        .collect()
}

fn opens_well(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix("//!").is_some_and(|said| !said.trim().is_empty())
}
