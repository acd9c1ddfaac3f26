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
        "denied" => errors::denied(),
        "conformity" => errors::conformity(),
        "reports" => errors::reports(),
        "books" => errors::books(),
        "undecodable" => errors::undecodable(),
        _ => panic!("no part is called {name}"),
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
fn errors() {
    let page = std::fs::read_to_string(root().join("docs/errors.md")).expect("the page");
    has_every_exit_code(&page);
    is_what_the_code_says("errors.md", 5);
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

/// Every exit code has a section, and nothing else has one.
fn has_every_exit_code(page: &str) {
    use althing::failure::Failure;
    let makers: [fn(&str) -> Failure; 5] = [
        |text| Failure::failed(text),
        |text| Failure::usage(text),
        |text| Failure::config(text),
        |text| Failure::venue(text),
        |text| Failure::not_safe(text),
    ];
    let codes: Vec<u8> = makers.iter().map(|make| make("why").code).collect();
    assert_eq!(codes, [1, 2, 3, 4, 5]);
    let heads = page.lines().filter_map(|line| line.strip_prefix("### "));
    let heads = heads.filter(|head| head.starts_with(|c: char| c.is_ascii_digit()));
    let numbers: Vec<_> = heads.map(|head| head.split(':').next().unwrap_or_default()).collect();
    assert_eq!(numbers, ["0", "1", "2", "3", "4", "5"]);
}
