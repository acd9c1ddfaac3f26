//! The pages of docs/ that are made from the registries, and the files that they
//! quote: what stands between two marks is what the code says.
//!
//! `ALTHING_BLESS=1` writes it; `scripts/bless` does so for every page.

mod errors;

use althing::described::{self, Described};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What belongs between the marks called `name`.
fn part(name: &str) -> String {
    let all = |entries: Vec<Described>| entries.iter().map(Described::markdown).collect();
    if let Some(path) = name.strip_prefix("file ") {
        let text = std::fs::read_to_string(root().join(path)).expect("the file is there");
        return format!("```rust\n{text}```\n");
    }
    match name {
        "members" => all(described::members()),
        "rules" => all(described::rules()),
        "indicators" => all(described::indicators()),
        "built_in" => described::built_in().markdown(),
        "ledger" => ledger::tables_markdown(),
        _ => match name.strip_prefix("errors ").and_then(errors::table) {
            Some(table) => table,
            None => panic!("no part is called {name}"),
        },
    }
}

/// The page with every part made anew, and how many there are.
fn filled(page: &str) -> (String, usize) {
    let (mut out, mut rest, mut count) = (String::new(), page, 0);
    while let Some((before, after)) = rest.split_once("<!-- begin: ") {
        let (name, after) = after.split_once(" -->\n").expect("a mark ends");
        let (_, after) = after.split_once("<!-- end -->\n").expect("a part ends");
        out += &format!("{before}<!-- begin: {name} -->\n{}<!-- end -->\n", part(name));
        (rest, count) = (after, count + 1);
    }
    (out + rest, count)
}

fn is_what_the_code_says(name: &str, parts: usize) {
    let path = root().join("docs").join(name);
    let page = std::fs::read_to_string(&path).expect("the page is there");
    let (made, count) = filled(&page);
    assert_eq!(count, parts, "{name} has lost a mark");
    if std::env::var_os("ALTHING_BLESS").is_some() {
        std::fs::write(&path, &made).expect("it can be written");
        return;
    }
    assert!(page == made, "docs/{name} is stale: scripts/bless makes it again");
}

#[test]
fn members() {
    is_what_the_code_says("members.md", 3);
}

#[test]
fn rules() {
    is_what_the_code_says("rules.md", 3);
}

#[test]
fn indicators() {
    is_what_the_code_says("indicators.md", 2);
}

#[test]
fn ledger_tables() {
    is_what_the_code_says("ledger.md", 1);
}

#[test]
fn errors() {
    is_what_the_code_says("errors.md", 5);
}

/// Below docs/errors lies the page of each code and nothing else.
#[test]
fn every_code_has_its_page() {
    let folder = root().join("docs/errors");
    let made = errors::pages();
    if std::env::var_os("ALTHING_BLESS").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        for (name, text) in &made {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(&path, text).expect("it can be written");
        }
    }
    for (name, text) in &made {
        let page = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(page == *text, "docs/errors/{name} is stale: scripts/bless makes it again");
    }
    let mut wanted: Vec<_> = made.iter().map(|(name, _)| folder.join(name)).collect();
    wanted.sort();
    assert_eq!(files_below(&folder), wanted, "a page without a code, or two of one name");
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut all = Vec::new();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() { all.extend(files_below(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

/// A page says something that somebody can act on, in sentences, one a line.
#[test]
fn every_page_has_each_section_with_words_of_its_own() {
    let pages = errors::pages();
    let mut occasions = std::collections::BTreeSet::new();
    for (name, page) in &pages {
        for head in ["What it means", "When it happens", "What to do", "Example", "Where it shows"]
        {
            let section = page.split_once(&format!("\n## {head}\n\n"));
            let section = section.and_then(|(_, rest)| rest.split("\n## ").next());
            let section = section.unwrap_or_else(|| panic!("{name} has no {head}")).trim();
            assert!(section.len() > 6, "{name}, {head}: {section:?}");
            let is_prose = !section.starts_with("```");
            for line in section.lines().filter(|_| is_prose) {
                assert!(line.ends_with(['.', '`', ':']), "{name}, {head}: {line:?} is no sentence");
            }
            if head == "When it happens" {
                assert!(occasions.insert(section.to_owned()), "{name} says what another does");
            }
        }
    }
    assert_eq!(occasions.len(), pages.len());
}

/// Every link of every page of docs/, of the README and of the architecture leads to a file, and
/// to a head of it where it names one.
#[test]
fn every_link_leads_somewhere() {
    // Meanwhile they are being written.
    if std::env::var_os("ALTHING_BLESS").is_some() {
        return;
    }
    let mut pages = files_below(&root().join("docs"));
    pages.extend(["README.md", "ARCHITECTURE.md"].map(|name| root().join(name)));
    let mut count = 0;
    for page in pages.iter().filter(|page| page.extension().is_some_and(|end| end == "md")) {
        let text = std::fs::read_to_string(page).expect("a page");
        for link in links(&text) {
            let (file, head) = link.split_once('#').unwrap_or((link, ""));
            let to = match file {
                "" => page.clone(),
                file => page.parent().expect("a folder").join(file),
            };
            let shown = page.display();
            assert!(to.exists(), "{shown} links to {link}, and there is no {}", to.display());
            let target = std::fs::read_to_string(&to).unwrap_or_default();
            let is_there = head.is_empty() || target.lines().any(|line| anchor(line) == head);
            assert!(is_there, "{shown} links to {link}, and that page has no such head");
            count += 1;
        }
    }
    assert!(count > 100, "{count} links: the search finds none");
}

/// The targets of a page's links, without those to other sites and those in a block of code.
fn links(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let prose = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    let prose: Vec<&str> = prose.collect();
    let targets = prose.into_iter().flat_map(|line| line.split("](").skip(1));
    let targets = targets.filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| !target.contains("://") && !target.contains(char::is_whitespace))
        .collect()
}

/// The name that a head has in a link.
fn anchor(line: &str) -> String {
    let Some(head) = line.strip_prefix('#') else { return String::new() };
    let head = head.trim_start_matches('#').trim().to_lowercase();
    let kept = head.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Where a page says what a line of a registry looks like, such lines are there.
#[test]
fn the_lines_to_add_are_as_the_registries_have_them() {
    for (registry, line) in [
        ("crates/council/src/registry.rs", "            momentum: Momentum,\n"),
        ("crates/risk/src/registry.rs", "            max_open_orders: MaxOpenOrders,\n"),
        ("crates/indicator/src/registry.rs", "    \"ema.rs\" ema::Ema;\n"),
    ] {
        let text = std::fs::read_to_string(root().join(registry)).expect("a registry");
        assert!(text.contains(line), "{registry} has no line {line:?}");
    }
}
