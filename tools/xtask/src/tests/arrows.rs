//! The arrows on the page against those in made-up manifests.

use super::said;
use crate::drawing;
use crate::tidy::arrows::check;
use crate::tree::Tree;

const TYPES: &str = "[package]\nname = \"types\"\n";
const LINK: &str = "[package]\nname = \"link\"\n[dependencies]\ntypes.workspace = true\nserde = \"1\"\n[dev-dependencies]\nbook.workspace = true\n";
const BOOK: &str = "[package]\nname = \"book\"\n[target.'cfg(unix)'.dependencies]\nwords = { package = \"types\", path = \"../types\" }\n[build-dependencies]\nlink = { path = \"../link\" }\n";

fn found(table: &str) -> Vec<String> {
    let page = format!("# Page\n\n```text\n# arrows\n{table}```\n");
    said(&check(&Tree::of(&[
        ("ARCHITECTURE.md", &page),
        ("crates/types/Cargo.toml", TYPES),
        ("crates/link/Cargo.toml", LINK),
        ("crates/book/Cargo.toml", BOOK),
    ])))
}

#[test]
fn accepts_exactly_what_is_real() {
    let none: [&str; 0] = [];
    assert_eq!(found("types -> (nothing)\nlink  -> types\nbook  -> link, types\n"), none);
    assert_eq!(found("types -> (nothing)\nlink -> types # a remark\nbook -> types, link\n"), none);
}

#[test]
fn sees_an_arrow_that_is_not_drawn() {
    assert_eq!(
        found("types -> (nothing)\nlink -> (nothing)\nbook -> link, types\n"),
        ["ARCHITECTURE.md:6: link -> types is real and not drawn"]
    );
}

#[test]
fn sees_renamed_build_and_target_dependencies() {
    assert_eq!(
        found("types -> (nothing)\nlink -> types\nbook -> (nothing)\n"),
        [
            "ARCHITECTURE.md:7: book -> link is real and not drawn",
            "ARCHITECTURE.md:7: book -> types is real and not drawn"
        ]
    );
}

#[test]
fn sees_an_arrow_that_is_not_real() {
    // Development dependencies are no arrows.
    assert_eq!(
        found("types -> (nothing)\nlink -> types, book\nbook -> link, types\n"),
        ["ARCHITECTURE.md:6: link -> book is drawn and not real"]
    );
}

#[test]
fn sees_a_crate_that_is_missing_doubled_or_invented() {
    assert_eq!(
        found("types -> (nothing)\nlink -> types\nlink -> types\nrisk -> types\n"),
        [
            "ARCHITECTURE.md:4: crate book is not listed",
            "ARCHITECTURE.md:7: link is listed twice",
            "ARCHITECTURE.md:8: there is no crate risk"
        ]
    );
}

#[test]
fn wants_one_table_and_offers_it() {
    let tree = Tree::of(&[("ARCHITECTURE.md", "none\n"), ("crates/types/Cargo.toml", TYPES)]);
    let found = check(&tree);
    assert_eq!(
        said(&found),
        ["ARCHITECTURE.md:0: holds 0 fenced blocks headed `# arrows`, not one"]
    );
    assert!(found[0].remedy.contains("types -> (nothing)"), "{}", found[0].remedy);
}

#[test]
fn sees_a_line_that_is_no_arrow() {
    let found = found("types (nothing)\nlink -> types\nbook -> link, types\n");
    assert_eq!(found[1], "ARCHITECTURE.md:5: `types (nothing)` is no arrow");
}

#[test]
fn stages_never_import_each_other_even_when_drawn() {
    let page = "```\n# arrows\nrisk -> feed\ngateway -> risk\nfeed -> althing\nalthing -> (nothing)\n```\n";
    let manifest = |name: &str, on: &str| {
        format!("[package]\nname = \"{name}\"\n[dependencies]\n{on}.workspace = true\n")
    };
    let tree = Tree::of(&[
        ("ARCHITECTURE.md", page),
        ("crates/althing/Cargo.toml", "[package]\nname = \"althing\"\n"),
        ("crates/feed/Cargo.toml", &manifest("feed", "althing")),
        ("crates/gateway/Cargo.toml", &manifest("gateway", "risk")),
        ("crates/risk/Cargo.toml", &manifest("risk", "feed")),
    ]);
    assert_eq!(
        said(&check(&tree)),
        [
            "crates/feed/Cargo.toml:4: feed depends on althing",
            "crates/risk/Cargo.toml:4: risk depends on feed"
        ]
    );
}

#[test]
fn the_drawing_is_compared_line_by_line() {
    let tree =
        |block: &str| Tree::of(&[("ARCHITECTURE.md", &format!("```\n# shape\n{block}```\n"))]);
    assert!(drawing::check(&tree("a\nb\n"), "a \nb\n\n").is_empty());
    assert_eq!(
        said(&drawing::check(&tree("a\nb\n"), "a\nc\n")),
        ["ARCHITECTURE.md:4: the drawing says `b` where the program prints `c`"]
    );
    assert_eq!(
        said(&drawing::check(&tree("a\n"), "a\nc\n")),
        ["ARCHITECTURE.md:4: the drawing says `(nothing more)` where the program prints `c`"]
    );
    assert_eq!(drawing::check(&Tree::of(&[]), "a\n").len(), 1);
}

#[test]
fn sees_a_crate_that_depends_on_a_tool() {
    let lean = "[package]\nname = \"types\"\n[dependencies]\nladder.workspace = true\n";
    let ladder = "[package]\nname = \"ladder\"\n[dependencies]\ntypes.workspace = true\n";
    let page = "# Page\n\n```text\n# arrows\ntypes -> (nothing)\n```\n";
    let tree = Tree::of(&[
        ("ARCHITECTURE.md", page),
        ("crates/types/Cargo.toml", lean),
        ("tools/ladder/Cargo.toml", ladder),
    ]);
    // The tool's own dependency is its business.
    assert_eq!(
        said(&check(&tree)),
        ["crates/types/Cargo.toml:4: types depends on the tool ladder"]
    );
}
