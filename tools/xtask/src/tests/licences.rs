//! SPDX expressions, and packages that are not on the list.

use super::said;
use crate::tidy::licences::{Package, allowed, judge, permits};

const LIST: &str = "[licenses]\nallow = [\"MIT\", \"ISC\", \"Apache-2.0\"]\n";

#[test]
fn reads_expressions_as_spdx_does() {
    let allowed = allowed(LIST).unwrap();
    let yes = [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-3.0 OR MIT",
        "GPL-3.0/MIT",
        "MIT AND ISC",
        "GPL-3.0 AND GPL-2.0 OR MIT",
        "(MIT OR GPL-3.0) AND ISC",
        "Apache-2.0 WITH LLVM-exception",
        "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
    ];
    for expression in yes {
        assert!(permits(expression, &allowed), "{expression}");
    }
    let no = [
        "",
        "GPL-3.0",
        "mit",
        "MIT AND GPL-3.0",
        "MIT AND (GPL-3.0 OR GPL-2.0)",
        "(MIT OR ISC) AND GPL-3.0",
        "GPL-3.0 WITH Classpath-exception",
        "MIT OR",
        "MIT ISC",
        "(MIT",
        "MIT)",
        "OR",
    ];
    for expression in no {
        assert!(!permits(expression, &allowed), "{expression}");
    }
}

#[test]
fn names_the_package_that_is_refused() {
    let package = |name: &str, licence: Option<&str>| Package {
        name: name.to_owned(),
        licence: licence.map(str::to_owned),
    };
    let packages = [
        package("good 1.0.0", Some("MIT")),
        package("bad 2.0.0", Some("GPL-3.0")),
        package("mute 3.0.0", None),
    ];
    assert_eq!(
        said(&judge(&packages, &allowed(LIST).unwrap())),
        [
            "deny.toml:0: package bad 2.0.0 has: GPL-3.0",
            "deny.toml:0: package mute 3.0.0 has: no licence in its manifest"
        ]
    );
}

#[test]
fn an_empty_list_is_an_error_and_not_a_pass() {
    for list in ["", "[licenses]\n", "[licenses]\nallow = []\n", "[licenses\n"] {
        assert!(allowed(list).is_err(), "{list}");
    }
}
