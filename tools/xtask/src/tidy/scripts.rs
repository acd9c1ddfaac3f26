//! The scripts: executable, stopping at the first error, and the README's test
//! command in one place for people and for CI.

use crate::finding::Finding;
use crate::tree::Tree;

const PAGE: &str = "README.md";
const CI: &str = ".ci/run";

/// Looks at `scripts/`, `.ci/run` and the README.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let scripts = |path: &str| path.starts_with("scripts/") || path == CI;
    for file in tree.files.iter().filter(|file| scripts(&file.path)) {
        let text = file.text.as_deref().unwrap_or_default();
        if !text.starts_with("#!/usr/bin/env bash\n") {
            let remedy = "open it with `#!/usr/bin/env bash`";
            found.push(Finding::new(&file.path, 1, "is not a bash script", remedy));
        }
        if !text.lines().any(|line| line == "set -euo pipefail") {
            let remedy = "add the line `set -euo pipefail`";
            found.push(Finding::new(&file.path, 2, "goes on after an error", remedy));
        }
    }
    if !tree.has(CI) {
        found.push(Finding::new(CI, 0, "is not there", "restore it"));
    }
    let page = tree.text(PAGE).unwrap_or_default();
    let commands = test_commands(page);
    if commands.len() != 1 {
        let what = format!("{} lines of its code blocks begin with `cargo test`", commands.len());
        let remedy = ".ci/run reads its test command there: keep exactly one";
        found.push(Finding::new(PAGE, commands.get(1).copied().unwrap_or(0), what, remedy));
    }
    found
}

/// Lines inside fenced blocks that begin with `cargo test`, as `.ci/run` finds
/// them.
fn test_commands(page: &str) -> Vec<usize> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(page.lines()) {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced && line.starts_with("cargo test") {
            found.push(number);
        }
    }
    found
}
