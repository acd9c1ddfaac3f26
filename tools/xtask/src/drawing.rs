//! Whether the drawing in ARCHITECTURE.md is the one that `althing topo` prints.
//!
//! The page shows it in a fenced block whose first line is `# shape`. The
//! binary is asked only when its path is given, because tidy builds nothing.

use crate::finding::Finding;
use crate::markdown::blocks;
use crate::tree::Tree;
use std::path::Path;
use std::process::Command;

const PAGE: &str = "ARCHITECTURE.md";

/// Runs `binary topo` and compares.
///
/// # Errors
/// When the binary cannot be run or says that it failed.
pub(crate) fn check_binary(tree: &Tree, binary: &Path) -> Result<Vec<Finding>, String> {
    let output = Command::new(binary)
        .arg("topo")
        .output()
        .map_err(|e| format!("{} cannot be run: {e}", binary.display()))?;
    if !output.status.success() {
        return Err(format!("`{} topo` ended with {}", binary.display(), output.status));
    }
    Ok(check(tree, &String::from_utf8_lossy(&output.stdout)))
}

/// Compares the page's block with what was printed; spaces at line ends and
/// empty lines at the end do not count.
pub(crate) fn check(tree: &Tree, printed: &str) -> Vec<Finding> {
    let remedy = "paste what `althing topo` prints into the block under `# shape`";
    let page = tree.text(PAGE).unwrap_or_default();
    let found = blocks(page, "# shape");
    let [block] = &found[..] else {
        let what = format!("holds {} fenced blocks headed `# shape`, not one", found.len());
        return vec![Finding::new(PAGE, 0, what, remedy)];
    };
    let (drawn, printed) = (trimmed(block.body.iter().copied()), trimmed(printed.lines()));
    if drawn == printed {
        return Vec::new();
    }
    let same = drawn.iter().zip(&printed).take_while(|(a, b)| a == b).count();
    let what = format!(
        "the drawing says `{}` where the program prints `{}`",
        drawn.get(same).unwrap_or(&"(nothing more)"),
        printed.get(same).unwrap_or(&"(nothing more)")
    );
    vec![Finding::new(PAGE, block.line + 1 + same, what, remedy)]
}

fn trimmed<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut lines: Vec<_> = lines.map(str::trim_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}
