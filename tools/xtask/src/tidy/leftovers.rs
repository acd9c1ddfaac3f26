//! What may stand in a working copy and not in the tree: unfinished code,
//! debug prints, tests that are switched off or that expect a panic.
//!
//! The words are put together from halves so that this file passes itself.

use crate::finding::Finding;
use crate::lex::{code, has_word};
use crate::tree::Tree;

/// Beginnings in code, and the remedy.
const IN_CODE: [(&str, &str); 5] = [
    (concat!("to", "do!"), "write it, or return an error that says it is not there"),
    (concat!("unimpl", "emented!"), "write it, or return an error that says it is not there"),
    (concat!("db", "g!"), "take it out"),
    (concat!("#[ign", "ore"), "mend the test or delete it; a slow one goes behind a script"),
    (concat!("#[should_", "panic"), "return an error and match it, or catch_unwind and look"),
];

/// Words anywhere, comments included.
const ANYWHERE: [&str; 2] = [concat!("FIX", "ME"), concat!("XX", "X")];

/// Looks at every Rust file.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (file, text) in tree.rust() {
        for (number, (plain, code)) in (1..).zip(text.lines().zip(code(text).lines())) {
            for (start, remedy) in IN_CODE {
                if starts_somewhere(code, start) {
                    let what = format!("`{start}` is left");
                    found.push(Finding::new(&file.path, number, what, remedy));
                }
            }
            for word in ANYWHERE.into_iter().filter(|word| has_word(plain, word)) {
                let remedy = "do it now, or open an issue and take the mark out";
                found.push(Finding::new(&file.path, number, format!("`{word}` is left"), remedy));
            }
        }
    }
    found
}

/// Whether `start` begins in the line, and not in the middle of a longer name.
fn starts_somewhere(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}
