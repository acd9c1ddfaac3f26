//! Whether the arrows drawn in ARCHITECTURE.md are the dependencies that Cargo
//! sees: each crate listed, each arrow drawn, nothing drawn that is not there.
//!
//! The page shows them in a fenced block whose first line is `# arrows`.
//! Development dependencies are no arrows: nothing of them is shipped. Crates in
//! tools/ may depend on any crate, and none on them.

use crate::finding::Finding;
use crate::lex::has_word;
use crate::markdown::blocks;
use crate::tree::{File, Tree};
use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = "ARCHITECTURE.md";
const ROOT: &str = "althing";

/// The stages of the line. They speak through links and never import each other.
const STAGES: [&str; 6] = ["council", "feed", "gateway", "indicator", "normalizer", "risk"];
/// The one exception, which is the safety argument: the gateway takes what only
/// risk can make.
const EXCEPTION: (&str, &str) = ("gateway", "risk");

/// Who depends on whom; a set of names by name.
pub(crate) type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Compares the page with the manifests.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let real = real(tree, &mut found);
    if real.is_empty() {
        found.push(Finding::new("crates", 0, "no crate was found", "look at arrows::real"));
    }
    house_rules(tree, &real, &mut found);
    let page = tree.text(PAGE).unwrap_or_default();
    let tables = blocks(page, "# arrows");
    let [table] = &tables[..] else {
        let what = format!("holds {} fenced blocks headed `# arrows`, not one", tables.len());
        let remedy = format!("put this below that head:\n{}", draw(&real));
        found.push(Finding::new(PAGE, 0, what, remedy));
        return found;
    };
    let drawn = drawn(table.line, &table.body, &mut found);
    compare(table.line, &real, &drawn, &mut found);
    found
}

/// The real arrows as the page should show them.
pub(crate) fn draw(real: &Arrows) -> String {
    let width = real.keys().map(String::len).max().unwrap_or_default();
    let mut out = String::new();
    for (from, to) in real {
        let to: Vec<_> = to.iter().map(String::as_str).collect();
        let to = if to.is_empty() { "(nothing)".to_owned() } else { to.join(", ") };
        out += &format!("{from:<width$} -> {to}\n");
    }
    out
}

/// Reads `crates/*/Cargo.toml`.
fn real(tree: &Tree, found: &mut Vec<Finding>) -> Arrows {
    let manifests: Vec<_> = tree.files.iter().filter_map(manifest).collect();
    let names: BTreeSet<&str> = manifests.iter().map(|(name, _)| *name).collect();
    let tools: BTreeSet<&str> = tree.files.iter().filter_map(tool).collect();
    let mut arrows = Arrows::new();
    for (name, file) in &manifests {
        let text = file.text.as_deref().unwrap_or_default();
        match text.parse::<toml::Table>() {
            Ok(table) => {
                let own = table.get("package").and_then(|package| package.get("name"));
                if own.and_then(toml::Value::as_str) != Some(name) {
                    let what = format!("the package of folder {name} has another name");
                    let remedy = "name the package as its folder";
                    found.push(Finding::new(&file.path, 0, what, remedy));
                }
                let mut to = dependencies(&table);
                for on in to.iter().filter(|name| tools.contains(name.as_str())) {
                    let line = line_of(text, on);
                    let what = format!("{name} depends on the tool {on}");
                    let remedy = "move what is needed to a crate; tools stand above all crates";
                    found.push(Finding::new(&file.path, line, what, remedy));
                }
                to.retain(|dependency| names.contains(dependency.as_str()));
                arrows.insert((*name).to_owned(), to);
            }
            Err(e) => found.push(Finding::new(&file.path, 0, e.to_string(), "mend the manifest")),
        }
    }
    arrows
}

fn manifest(file: &File) -> Option<(&str, &File)> {
    let inside = file.path.strip_prefix("crates/")?;
    let name = inside.strip_suffix("/Cargo.toml")?;
    (!name.contains('/')).then_some((name, file))
}

/// The name of a crate in tools/, which is that of its folder.
fn tool(file: &File) -> Option<&str> {
    let name = file.path.strip_prefix("tools/")?.strip_suffix("/Cargo.toml")?;
    (!name.contains('/')).then_some(name)
}

/// Packages behind `[dependencies]` and `[build-dependencies]`, those of single
/// targets included, under their own names.
fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let mut tables: Vec<&toml::Table> = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        tables.extend(targets.values().filter_map(toml::Value::as_table));
    }
    let sections = tables.iter().flat_map(|table| {
        let both = ["dependencies", "build-dependencies"];
        both.into_iter().filter_map(|key| table.get(key)?.as_table())
    });
    sections
        .flatten()
        .map(|(key, value)| value.get("package").and_then(toml::Value::as_str).unwrap_or(key))
        .map(str::to_owned)
        .collect()
}

/// What holds whatever is drawn.
fn house_rules(tree: &Tree, real: &Arrows, found: &mut Vec<Finding>) {
    for (from, targets) in real {
        for to in targets {
            let stages = STAGES.contains(&from.as_str()) && STAGES.contains(&to.as_str());
            let remedy = if to == ROOT {
                "move what is needed to a crate below it"
            } else if stages && (from.as_str(), to.as_str()) != EXCEPTION {
                "stages speak through links: move the shared word to types"
            } else {
                continue;
            };
            let path = format!("crates/{from}/Cargo.toml");
            let line = line_of(tree.text(&path).unwrap_or_default(), to);
            found.push(Finding::new(&path, line, format!("{from} depends on {to}"), remedy));
        }
    }
}

fn line_of(text: &str, word: &str) -> usize {
    text.lines().position(|line| has_word(line, word)).map_or(0, |at| at + 1)
}

/// Reads the lines of the block; `head` is the line of its head.
fn drawn(
    head: usize,
    body: &[&str],
    found: &mut Vec<Finding>,
) -> Vec<(usize, String, Vec<String>)> {
    let mut rows = Vec::new();
    for (line, text) in (head + 1..).zip(body) {
        // A remark may follow a hash.
        let text = text.split('#').next().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        let Some((from, to)) = text.split_once("->") else {
            let what = format!("`{text}` is no arrow");
            found.push(Finding::new(PAGE, line, what, "write `crate -> a, b` or `-> (nothing)`"));
            continue;
        };
        let names = |list: &str| list.split(',').map(|name| name.trim().to_owned()).collect();
        let to: Vec<String> = if to.trim() == "(nothing)" { Vec::new() } else { names(to) };
        let from: Vec<String> = names(from);
        rows.extend(from.into_iter().map(|from| (line, from, to.clone())));
    }
    rows
}

fn compare(
    head: usize,
    real: &Arrows,
    drawn: &[(usize, String, Vec<String>)],
    found: &mut Vec<Finding>,
) {
    let mut seen = BTreeSet::new();
    for (line, from, to) in drawn {
        let mut say = |what: String, remedy: &str| {
            found.push(Finding::new(PAGE, *line, what, remedy));
        };
        if !seen.insert(from) {
            say(format!("{from} is listed twice"), "keep one line for each crate");
        }
        let Some(targets) = real.get(from) else {
            say(format!("there is no crate {from}"), "take the line out");
            continue;
        };
        for name in targets.iter().filter(|name| !to.contains(name)) {
            say(
                format!("{from} -> {name} is real and not drawn"),
                "take the dependency out, or argue for the arrow and draw it",
            );
        }
        for name in to.iter().filter(|name| !targets.contains(*name)) {
            say(format!("{from} -> {name} is drawn and not real"), "take it out of the table");
        }
    }
    for name in real.keys().filter(|name| !seen.contains(name)) {
        let what = format!("crate {name} is not listed");
        found.push(Finding::new(PAGE, head, what, "add its line to the table"));
    }
}
