//! Where `unsafe` may stand: `link`, `actor`, and the allocators of test
//! binaries. A crate cannot let itself in: the exception is refused as well.

use crate::finding::Finding;
use crate::lex::{code, has_word};
use crate::tree::Tree;

/// Looks at every Rust file outside of the rooms that may.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (file, text) in tree.rust().filter(|(file, _)| !may(&file.path)) {
        for (number, line) in (1..).zip(code(text).lines()) {
            let lets_in = has_word(line, "unsafe_code") && !has_word(line, "forbid");
            if has_word(line, "unsafe") || lets_in {
                let remedy = "use a safe call, or argue for the room in STYLE.md and here";
                found.push(Finding::new(&file.path, number, "`unsafe` outside its rooms", remedy));
            }
        }
    }
    found
}

fn may(path: &str) -> bool {
    let test_binary = path.starts_with("crates/") && path.split('/').nth(2) == Some("tests");
    test_binary || path.starts_with("crates/link/") || path.starts_with("crates/actor/")
}
