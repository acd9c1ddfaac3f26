//! Words that say nothing, as names of files and as ends of type names.
//!
//! The whole vocabulary is in STYLE.md; this holds only what a machine can
//! judge without reading.

use crate::finding::Finding;
use crate::lex::code;
use crate::tree::Tree;

/// Names that a file must not have.
const FILES: [&str; 10] = [
    "common",
    "data",
    "helpers",
    "info",
    "manager",
    "misc",
    "processor",
    "service",
    "util",
    "utils",
];
/// Ends that a type's name must not have.
const ENDS: [&str; 6] = ["Handler", "Helper", "Manager", "Processor", "Service", "Util"];

/// Looks at every Rust file's name and at the types that it declares.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let remedy = "name it after the thing that it is (STYLE.md, one word per thing)";
    let mut found = Vec::new();
    for (file, text) in tree.rust() {
        let stem = file.name().trim_end_matches(".rs");
        if FILES.contains(&stem) {
            let what = format!("a file called {stem} can hold anything");
            found.push(Finding::new(&file.path, 0, what, remedy));
        }
        for (number, line) in (1..).zip(code(text).lines()) {
            if let Some(name) = declared(line).filter(|name| ENDS.iter().any(|e| name.ends_with(e)))
            {
                let what = format!("the type {name} does not say what it is");
                found.push(Finding::new(&file.path, number, what, remedy));
            }
        }
    }
    found
}

/// The type that a line declares.
fn declared(line: &str) -> Option<&str> {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.find(|word| ["struct", "enum", "trait"].contains(word))?;
    words.next()
}
