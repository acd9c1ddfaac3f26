//! Keys with and without their comments.

use super::said;
use crate::tidy::configs::check;
use crate::tree::Tree;

fn found(text: &str) -> Vec<String> {
    let tree = Tree::of(&[("configs/a.toml", text), ("Cargo.toml", "bare = 1\n")]);
    said(&check(&tree))
}

const NONE: [&str; 0] = [];

#[test]
fn accepts_a_comment_above_behind_or_over_the_head() {
    assert_eq!(found("# The depth of a link.\ndepth = 1\n"), NONE);
    assert_eq!(found("depth = 1 # records\n"), NONE);
    assert_eq!(found("# The depth of a link.\n[link]\ndepth = 1\n"), NONE);
    assert_eq!(found("[link]\n# The depth\n# of a link.\ndepth = 1\n"), NONE);
}

#[test]
fn sees_a_bare_key() {
    assert_eq!(found("depth = 1\n"), ["configs/a.toml:1: `depth` has no comment"]);
    assert_eq!(
        found("# The depth of a link.\ndepth = 1\nlimit = 2\n"),
        ["configs/a.toml:3: `limit` has no comment"]
    );
    assert_eq!(
        found("# The depth of a link.\n\ndepth = 1\n"),
        ["configs/a.toml:3: `depth` has no comment"]
    );
}

#[test]
fn a_hash_in_a_string_is_no_comment() {
    for value in ["\"# not one\"", "'# not one'", "\"\\\"# not one\"", "'\\' # yes, one"] {
        let expected = usize::from(!value.contains("yes"));
        assert_eq!(found(&format!("key = {value}\n")).len(), expected, "{value}");
    }
}

#[test]
fn a_key_that_was_commented_out_explains_nothing() {
    assert_eq!(found("# depth = 2\ndepth = 1\n").len(), 1);
    assert_eq!(found("# 2\ndepth = 1\n").len(), 1);
    assert_eq!(found("# The depth of a link.\n# depth = 2\ndepth = 1\n"), NONE);
}

#[test]
fn a_value_of_several_lines_is_one_key() {
    assert_eq!(found("# Pairs.\nset = [\n  \"a=1\",\n  \"b=2\",\n]\n"), NONE);
    assert_eq!(found("# Text.\nset = \"\"\"\na = 1\n]\"\"\"\n"), NONE);
    // The comment inside the value says nothing of the next key.
    assert_eq!(found("# Pairs.\nset = [\n  1, # of one\n]\nbare = 1\n").len(), 1);
}

#[test]
fn refuses_what_is_not_toml() {
    let found = found("# A key.\ngood = 1\nbad\n");
    assert!(found[0].starts_with("configs/a.toml:3: is not TOML"), "{found:?}");
}
