//! Headers, leftovers, modules, names, scripts, sizes, `unsafe` and words.

use super::said;
use crate::finding::Finding;
use crate::lex::code;
use crate::tidy::{headers, leftovers, modules, names, scripts, sizes, unsafety, words};
use crate::tree::Tree;

type Check = fn(&Tree) -> Vec<Finding>;

/// What `check` says of one file.
fn of(check: Check, path: &str, text: &str) -> Vec<String> {
    said(&check(&Tree::of(&[(path, text)])))
}

fn clean(check: Check, path: &str, text: &str) {
    assert_eq!(of(check, path, text), [""; 0], "{text}");
}

fn dirty(check: Check, path: &str, text: &str, line: usize) {
    let found = of(check, path, text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    assert!(found[0].starts_with(&format!("{path}:{line}: ")), "{found:?}");
}

#[test]
fn a_file_opens_with_a_sentence() {
    clean(headers::check, "a.rs", "//! What it is.\n");
    clean(headers::check, "a.md", "What it is.\n");
    for text in ["", "//!\n", "// What it is.\n", "\n//! What it is.\n", "#![x]\n//! Late.\n"] {
        dirty(headers::check, "a.rs", text, 1);
    }
}

#[test]
fn leftovers_are_seen_in_code_and_not_in_strings() {
    let halves = [("to", "do!()"), ("unimpl", "emented!()"), ("db", "g!(x)")];
    for (one, two) in halves {
        dirty(leftovers::check, "a.rs", &format!("fn f() {{\n    {one}{two};\n}}\n"), 2);
        clean(
            leftovers::check,
            "a.rs",
            &format!("/// Says `{one}{two}`.\nlet x = \"{one}{two}\";\n"),
        );
        clean(leftovers::check, "a.rs", &format!("my_{one}{two};\n"));
    }
    for (one, two) in [("#[ign", "ore]"), ("#[ign", "ore = \"slow\"]"), ("#[should_", "panic]")] {
        dirty(leftovers::check, "a.rs", &format!("#[test]\n{one}{two}\nfn f() {{}}\n"), 2);
    }
    for (one, two) in [("FIX", "ME"), ("XX", "X")] {
        dirty(leftovers::check, "a.rs", &format!("// {one}{two}: later\n"), 1);
        clean(leftovers::check, "a.rs", &format!("// {one}{two}_AND_MORE\n"));
    }
}

#[test]
fn a_file_that_nothing_declares_is_dead() {
    let check = |files: &[(&str, &str)]| said(&modules::check(&Tree::of(files)));
    let good = [
        ("crates/a/src/lib.rs", "mod b;\npub mod c;\n#[cfg(test)]\nmod tests;\n"),
        ("crates/a/src/b.rs", "mod d;\n"),
        ("crates/a/src/b/d.rs", ""),
        ("crates/a/src/c/mod.rs", "pub(crate) mod e;\n"),
        ("crates/a/src/c/e.rs", ""),
        ("crates/a/src/tests.rs", ""),
        ("crates/a/tests/free.rs", ""),
    ];
    assert_eq!(check(&good), [""; 0]);
    let mut bad = good.to_vec();
    bad[0].1 = "mod b;\n// mod c;\nmod tests_of_more;\n";
    assert_eq!(
        check(&bad),
        [
            "crates/a/src/c/mod.rs:0: no file declares this module",
            "crates/a/src/tests.rs:0: no file declares this module"
        ]
    );
    let listed = [
        ("crates/a/src/registry.rs", "rules! {\n    b: B,\n}\n"),
        ("crates/a/src/lib.rs", "mod registry;\n"),
        ("crates/a/src/b.rs", ""),
    ];
    assert_eq!(check(&listed), [""; 0]);
}

#[test]
fn names_that_say_nothing_are_seen() {
    dirty(names::check, "crates/a/src/util.rs", "", 0);
    dirty(names::check, "a.rs", "//! x\npub struct OrderManager<T> {\n", 2);
    dirty(names::check, "a.rs", "enum EventHandler {}\n", 1);
    clean(names::check, "a.rs", "//! x\nstruct Managers;\nlet x = \"struct OrderManager\";\n");
    clean(names::check, "utility.rs", "");
}

#[test]
fn unsafe_stays_in_its_rooms() {
    let text = "//! x\nunsafe { f() }\n";
    for path in ["crates/link/src/ring.rs", "crates/actor/src/a.rs", "crates/venue/tests/heap.rs"] {
        clean(unsafety::check, path, text);
    }
    for path in ["crates/venue/src/a.rs", "crates/links/src/a.rs", "tools/xtask/src/a.rs"] {
        dirty(unsafety::check, path, text, 2);
    }
    dirty(unsafety::check, "crates/venue/src/a.rs", "#![allow(unsafe_code, reason = \"\")]\n", 1);
    clean(unsafety::check, "crates/venue/src/a.rs", "#![forbid(unsafe_code)]\n// unsafe\n");
}

#[test]
fn words_that_sell_and_places_of_one_machine_are_seen() {
    for line in [
        format!("It is {} fast.", concat!("blaz", "ing")),
        format!("{} run it.", concat!("Sim", "ply")),
        format!("It {}.", concat!("just ", "works")),
        format!("see `{}main/x`", concat!("/wo", "rk/")),
        format!("cd {}me", concat!("/ho", "me/")),
        format!("https://{}/crates/x", concat!("crates", ".io")),
        format!("https://{}/x", concat!("PyPI", ".org")),
    ] {
        dirty(words::check, "README.md", &format!("# Page\n{line}\n"), 2);
        dirty(words::check, "crates/a/src/a.rs", &format!("//! x\n// {line}\n"), 2);
        dirty(words::check, "scripts/a", &format!("#!/usr/bin/env bash\n# {line}\n"), 2);
        clean(words::check, "Cargo.lock", &line);
        clean(words::check, "crates/a/tests/data/frame.json", &line);
    }
    clean(words::check, "a.md", "A simplex; a home/x; a network/y; ./work/z; $HOME/root/x\n");
}

#[test]
fn columns_are_counted_and_what_stands_in_a_string_is_not() {
    let line = |columns: usize| format!("//! {}\n", "x".repeat(columns - 4));
    clean(sizes::check, "a.rs", &line(120));
    dirty(sizes::check, "a.rs", &line(121), 1);
    clean(sizes::check, "a.md", &line(121));
    let frame = format!("const F: &str = r#\"{}\"#;\n", "x".repeat(200));
    clean(sizes::check, "crates/a/src/tests.rs", &frame);
    clean(sizes::check, "crates/a/src/a.rs", &frame);
    dirty(sizes::check, "crates/a/src/tests.rs", &line(121), 1);
}

#[test]
fn functions_are_measured_by_their_lines_of_code() {
    let text = "//! x
pub fn one<const N: usize>(x: [u8; 2], f: fn(u8) -> u8) -> u8
where
    T: X,
{
    // A remark.

    if x { \"}\" } else { '}' };
    2
}
fn none(&self);
macro_rules! m { () => { fn $name() {} } }
";
    let found = sizes::functions(&code(text));
    let expected = [(2, "one", 7), (12, "name", 1)];
    assert_eq!(found, expected.map(|(line, name, lines)| (line, name.to_owned(), lines)));
    let long = |lines: usize| format!("fn f() {{\n{}}}\n", "    x();\n".repeat(lines - 2));
    clean(sizes::check, "a.rs", &long(70));
    dirty(sizes::check, "a.rs", &long(71), 1);
}

#[test]
fn files_are_measured_without_their_tests() {
    let lines = |count: usize| "x\n".repeat(count);
    clean(sizes::check, "a.rs", &lines(600));
    dirty(sizes::check, "a.rs", &lines(601), 0);
    let with_tests = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines(599), lines(100));
    clean(sizes::check, "a.rs", &with_tests);
    clean(sizes::check, "crates/a/src/tests.rs", &lines(1200));
    dirty(sizes::check, "crates/a/src/tests.rs", &lines(1201), 0);
    clean(sizes::check, "data.txt", &"x".repeat(500_000));
    dirty(sizes::check, "data.txt", &"x".repeat(500_001), 0);
}

#[test]
fn scripts_stop_at_the_first_error_and_the_readme_has_one_test_command() {
    let script = "#!/usr/bin/env bash\nset -euo pipefail\ntrue\n";
    let readme = "# A\ncargo test is a command.\n```sh\ncargo test --workspace --locked\n```\n";
    let check = |ci: &str, readme: &str| {
        said(&scripts::check(&Tree::of(&[(".ci/run", ci), ("README.md", readme)])))
    };
    assert_eq!(check(script, readme), [""; 0]);
    assert_eq!(check("#!/bin/sh\nset -euo pipefail\n", readme).len(), 1);
    assert_eq!(check("#!/usr/bin/env bash\ntrue\n", readme).len(), 1);
    assert_eq!(check(script, "# A\ncargo test\n").len(), 1);
    assert_eq!(check(script, &format!("{readme}```\ncargo test\n```\n")).len(), 1);
    assert_eq!(said(&scripts::check(&Tree::of(&[]))).len(), 2);
}
