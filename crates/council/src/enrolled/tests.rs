//! What is refused of a member of another crate. That one votes is shown in
//! `tests/enrolled.rs`, a process of its own.

use super::check;
use crate::member::ReasonSpec;
use crate::registry::{MEMBERS, MemberDescriptor};

const LOW: &[ReasonSpec] = &[ReasonSpec { code: 3, name: "x", doc: "y" }];
const TWICE: &[ReasonSpec] =
    &[ReasonSpec { code: 10, name: "x", doc: "y" }, ReasonSpec { code: 10, name: "z", doc: "y" }];

#[test]
fn a_name_or_a_code_that_cannot_be_is_refused() {
    let good = MemberDescriptor { name: "heavier", ..MEMBERS[0] };
    let judged = |member: &MemberDescriptor| check(member, ["momentum"].into_iter());
    let sentence = |member: &MemberDescriptor| judged(member).expect_err("refused").to_string();
    assert_eq!(judged(&good), Ok(()));
    let taken = MemberDescriptor { name: "momentum", ..good };
    assert!(sentence(&taken).starts_with("council.member.momentum: is registered already"));
    for name in ["", "Heavier", "heavier side", "heavier-side", "größer"] {
        assert!(sentence(&MemberDescriptor { name, ..good }).contains("is no name"), "{name}");
    }
    assert!(sentence(&MemberDescriptor { reasons: LOW, ..good }).contains("begin at 10"));
    let twice = MemberDescriptor { reasons: TWICE, ..good };
    assert!(sentence(&twice).contains("code 10 two meanings"));
}
