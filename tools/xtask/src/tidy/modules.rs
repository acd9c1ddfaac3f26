//! No dead files: every Rust file beside a `lib.rs` or `main.rs` is declared by
//! the file above it, or by a registry next to it.

use crate::finding::Finding;
use crate::lex::{code, has_word};
use crate::tree::Tree;

/// Looks at every Rust file under a `src` folder.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (file, _) in tree.rust() {
        let Some((package, inside)) = file.path.split_once("/src/") else { continue };
        let source = format!("{package}/src");
        if ["lib.rs", "main.rs"].contains(&inside) || inside.starts_with("bin/") {
            continue;
        }
        let stem = inside.strip_suffix(".rs").unwrap_or(inside);
        let module = stem.strip_suffix("/mod").unwrap_or(stem);
        let (folder, name) = module.rsplit_once('/').unwrap_or(("", module));
        if !parents(&source, folder).iter().any(|parent| declares(tree, parent, name)) {
            let remedy = "declare it with `mod`, or delete it";
            found.push(Finding::new(&file.path, 0, "no file declares this module", remedy));
        }
    }
    found
}

/// The files that may declare a module of `folder`, which is below `source`.
fn parents(source: &str, folder: &str) -> Vec<String> {
    if folder.is_empty() {
        let files = ["lib.rs", "main.rs", "registry.rs"];
        return files.iter().map(|name| format!("{source}/{name}")).collect();
    }
    vec![
        format!("{source}/{folder}.rs"),
        format!("{source}/{folder}/mod.rs"),
        format!("{source}/{folder}/registry.rs"),
    ]
}

fn declares(tree: &Tree, parent: &str, module: &str) -> bool {
    let Some(text) = tree.text(parent) else { return false };
    let listed = parent.ends_with("registry.rs")
        && super::registries::entries(text).iter().any(|entry| entry.module == module);
    let declaration = format!("mod {module}");
    listed || code(text).lines().any(|line| has_word(line, &declaration))
}
