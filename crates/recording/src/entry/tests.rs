//! Lines of both formats, their stamps to the last digit, and what is refused.

use super::*;

fn at(format: Format, line: &str) -> i64 {
    read(format, line).unwrap().at.unwrap().0
}

#[test]
fn a_plain_line_is_a_time_and_a_frame() {
    let line = r#"1723161255030314667 {"stream":"x","data":{"a":"b c"}}"#;
    let entry = read(Format::of(line), line).unwrap();
    assert_eq!(entry.at, Some(Nanos(1_723_161_255_030_314_667)));
    let What::Frame { text, .. } = entry.what else { panic!("a frame") };
    assert_eq!(text, r#"{"stream":"x","data":{"a":"b c"}}"#);
    assert_eq!(at(Format::Plain, "1723161255030314 {}"), 1_723_161_255_030_314_000);
    assert_eq!(at(Format::Plain, "1723161255030 {}"), 1_723_161_255_030_000_000);
}

#[test]
fn a_session_stamp_is_read_by_its_digits() {
    let line = r#"{"t":"recv","conn":"c","ts":1633998514.6462898,"data":"{\"a\":1}"}"#;
    let entry = read(Format::of(line), line).unwrap();
    assert_eq!(entry.at, Some(Nanos(1_633_998_514_646_289_800)), "no float in between");
    let What::Frame { text, connection } = entry.what else { panic!("a frame") };
    assert_eq!((&*text, &*connection), (r#"{"a":1}"#, "c"));
    assert_eq!(
        at(Format::Session, r#"{"t":"recv","ts":1633998514.12345678987}"#),
        1_633_998_514_123_456_789
    );
    assert_eq!(at(Format::Session, r#"{"t":"recv","ts":1633998514}"#), 1_633_998_514_000_000_000);
}

#[test]
fn a_header_needs_no_stamp_and_everything_else_does() {
    assert_eq!(read(Format::Session, r#"{"t":"header","format":2}"#).unwrap().at, None);
    let why = read(Format::Session, r#"{"t":"recv","data":"{}"}"#).unwrap_err();
    assert!(why.contains("ts"), "{why}");
}

#[test]
fn wrong_stamps_and_broken_lines_are_named() {
    for bad in ["x {}", "17231612 {}", "-723161255030314667 {}", "1723161255030314667", "0 {}"] {
        assert!(read(Format::Plain, bad).is_err(), "{bad}");
        assert!(stamp(Format::Plain, bad).is_err(), "{bad}");
    }
    for bad in [
        r#"{"t":"recv","ts":"1633998514","data":""}"#,
        r#"{"t":"recv","ts":1633998514123,"data":""}"#,
        r#"{"t":"recv","ts":12.5,"data":""}"#,
        r#"{"t":"recv","ts":null,"data":""}"#,
        r#"{"t":"recv","ts":1633998514.1,"data":"#,
        r#"{"ts":1633998514.1}"#,
    ] {
        assert!(read(Format::Session, bad).is_err(), "{bad}");
        assert!(stamp(Format::Session, bad).is_err() || bad.ends_with("\"data\":"), "{bad}");
    }
}
