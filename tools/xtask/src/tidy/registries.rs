//! The registries: alphabetical, each line with its file, each file with its
//! line. A file that implements the trait and is not listed would compile and
//! never run.

use crate::finding::Finding;
use crate::lex::{code, has_word};
use crate::tree::Tree;

/// Folder, macro, and the trait that a listed file implements.
const REGISTRIES: [(&str, &str, &str); 4] = [
    ("crates/council/src", "members", "Member"),
    ("crates/indicator/src", "indicators", "Indicator"),
    ("crates/risk/src", "rules", "Rule"),
    ("crates/venue/src", "venues", "Venue"),
];

/// A line of a registry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its line in the file, from 1.
    pub(crate) line: usize,
    /// The module that it names.
    pub(crate) module: String,
}

/// Looks at all four.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    REGISTRIES.iter().flat_map(|registry| check_one(tree, registry)).collect()
}

fn check_one(tree: &Tree, (folder, name, implements): &(&str, &str, &str)) -> Vec<Finding> {
    let path = format!("{folder}/registry.rs");
    let mut found = Vec::new();
    let entries = tree.text(&path).map(entries).unwrap_or_default();
    if entries.is_empty() {
        let what = format!("no line of a registry `{name}!` was found");
        let remedy = "write `module: Type,` or `module::Type …;`, a line each, in its block";
        found.push(Finding::new(&path, 0, what, remedy));
    }
    for pair in entries.windows(2) {
        if pair[0].module >= pair[1].module {
            let what = format!("`{}` stands after `{}`", pair[1].module, pair[0].module);
            let remedy = "put the lines in alphabetical order, each once";
            found.push(Finding::new(&path, pair[1].line, what, remedy));
        }
    }
    for entry in &entries {
        let file = format!("{folder}/{}.rs", entry.module);
        if !tree.has(&file) && !tree.has(&format!("{folder}/{}/mod.rs", entry.module)) {
            let what = format!("`{}` is listed and {file} is not there", entry.module);
            found.push(Finding::new(&path, entry.line, what, "add the file or drop the line"));
        }
    }
    for (file, module) in implementing(tree, folder, implements) {
        if !entries.iter().any(|entry| entry.module == module) {
            let what = format!("implements {implements} and is not in {path}");
            found.push(Finding::new(&file, 0, what, format!("add `{module}` to `{name}!`")));
        }
    }
    found
}

/// Files of `folder` that implement the trait, and the modules that hold them.
fn implementing(tree: &Tree, folder: &str, implements: &str) -> Vec<(String, String)> {
    let phrase = format!("{implements} for");
    let mut found = Vec::new();
    for (file, text) in tree.rust().filter(|(file, _)| !file.is_test()) {
        let inside = file.path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
        let Some(inside) = inside else { continue };
        let module = inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs");
        let real = |line: &str| line.trim_start().starts_with("impl") && has_word(line, &phrase);
        if module != "registry" && code(text).lines().any(real) {
            found.push((file.path.clone(), module.to_owned()));
        }
    }
    found
}

/// The lines in the block of a registry's macro. Both ways of writing one are
/// known: `rules! { … }`, and a list handed on with `$then! { … }`.
pub(crate) fn entries(text: &str) -> Vec<Entry> {
    let names = REGISTRIES.iter().map(|(_, name, _)| format!("{name}! {{"));
    let openings: Vec<String> = names.chain(["$then! {".to_owned()]).collect();
    let mut found = Vec::new();
    let mut inside = false;
    for (line, code) in (1..).zip(code(text).lines()) {
        let code = code.trim();
        if inside && code.starts_with('}') {
            return found;
        }
        if inside {
            found.extend(module_of(code).map(|module| Entry { line, module }));
        }
        inside = inside || openings.iter().any(|opening| code.starts_with(opening.as_str()));
    }
    found
}

/// The module that opens a line: `name: Type,`, `name::Type …`, `name,`, each
/// perhaps behind a file name in quotes.
fn module_of(code: &str) -> Option<String> {
    let code = code.trim_start_matches('"').trim_start();
    let code = code.trim_start_matches('"').trim_start();
    let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let module: String = code.chars().take_while(|c| part(*c)).collect();
    let rest = code[module.len()..].trim_start();
    (!module.is_empty() && (rest.starts_with(':') || rest.starts_with(','))).then_some(module)
}
