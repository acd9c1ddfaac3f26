//! Comments and strings go, code and line breaks stay.

use crate::lex::{code, has_word};

fn check(text: &str, expected: &str) {
    assert_eq!(code(text), expected);
    assert_eq!(code(text).matches('\n').count(), text.matches('\n').count());
}

#[test]
fn blanks_comments_and_keeps_lines() {
    check("a // b\nc", "a     \nc");
    check("a /* b /* c */ d\n */ e", "a               \n    e");
    check("//! x\n", "     \n");
}

#[test]
fn blanks_the_inside_of_strings() {
    check(r#"f("a // b", 1)"#, r#"f("      ", 1)"#);
    check(r#"f("a \" b", 1)"#, r#"f("      ", 1)"#);
    check(r##"f(r#"a " b"#, 1)"##, r##"f(r#"     "#, 1)"##);
    check("br\"a\\\" b", "br\"  \" b");
    check("b\"a\" c", "b\" \" c");
}

#[test]
fn tells_characters_from_lifetimes() {
    check("'\"' a", "' ' a");
    check(r"'\'' a", r"'  ' a");
    check(r"'\u{1F600}' a", r"'         ' a");
    check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
    check("'a: loop { break 'a; }", "'a: loop { break 'a; }");
}

#[test]
fn keeps_raw_names_and_words_that_end_in_r() {
    check("r#type", "r#type");
    check("for\"a\"", "for\" \"");
    check("number\"a\\\"b\"", "number\"    \"");
}

#[test]
fn survives_a_file_that_ends_too_early() {
    for text in ["\"abc", "r#\"abc", "/* abc", "'", "'\\", "r", "br#"] {
        assert_eq!(code(text).chars().count(), text.chars().count(), "{text}");
    }
}

#[test]
fn a_word_stands_by_itself() {
    assert!(has_word("an unsafe call", "unsafe"));
    assert!(has_word("unsafe{", "unsafe"));
    assert!(!has_word("unsafe_code", "unsafe"));
    assert!(!has_word("not_unsafe", "unsafe"));
}
