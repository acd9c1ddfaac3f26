//! The chores of the house: `cargo run -p xtask -- VERB`.
//!
//! Reads the tree that it was built from, prints findings and changes nothing.
//! `cargo test` runs the same checks, so no merge can forget them.
//!
//! Never here: what the compiler, rustfmt or clippy can check by themselves,
//! except where it must also hold inside macros.

mod drawing;
mod finding;
mod lex;
mod markdown;
mod tidy;
mod tree;

use finding::Finding;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tree::Tree;

const USAGE: &str = "usage: cargo run -p xtask -- VERB

  tidy              every house rule, licences included
  licences          only the licences of all packages
  drawing BINARY    whether ARCHITECTURE.md shows what `BINARY topo` prints";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["tidy"] => Tree::read(&root()).and_then(|tree| {
            let mut found = tidy::check(&tree);
            found.extend(tidy::licences::check_packages(&root(), &tree)?);
            Ok(found)
        }),
        ["licences"] => {
            Tree::read(&root()).and_then(|tree| tidy::licences::check_packages(&root(), &tree))
        }
        ["drawing", binary] => {
            Tree::read(&root()).and_then(|tree| drawing::check_binary(&tree, Path::new(binary)))
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    report(outcome, &words.join(" "))
}

fn report(outcome: Result<Vec<Finding>, String>, verb: &str) -> ExitCode {
    match outcome {
        Ok(found) if found.is_empty() => {
            println!("{verb}: nothing found");
            ExitCode::SUCCESS
        }
        Ok(found) => {
            for finding in &found {
                println!("{finding}");
            }
            println!("{verb}: {} found", found.len());
            ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("{verb}: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The repository: two folders above this package.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[cfg(test)]
mod tests;
