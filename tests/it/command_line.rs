//! The command line: what it understands, and what it says when it does not. Exit codes as the
//! contract has them: 2 usage, 3 configuration, 4 venue, 5 unsafe state, 1 a failed check.

use crate::program::althing;
use crate::scratch::Scratch;
use crate::worlds::{demo, files};

#[test]
fn words_that_are_no_verb_or_flag_are_usage() {
    let cases: [(&[&str], &[&str]); 10] = [
        (&["trade"], &["trade"]),
        (&["order"], &["orders"]),
        (&["--sede", "7"], &["--sede"]),
        (&["replay"], &["JOURNAL"]),
        (&["journal"], &["verify", "dump"]),
        (&["config", "chek"], &["check"]),
        (&["--seed", "abc"], &["--seed", "abc"]),
        (&["--seed", "-1"], &["-1"]),
        (&["--seed", "18446744073709551616"], &["--seed", "18446744073709551616"]),
        (&["run", "--virtual"], &["--virtual", "real time"]),
    ];
    for (arguments, words) in cases {
        let ended = althing(arguments).run().code(2).names(words);
        assert!(ended.out.is_empty(), "{}", ended.said());
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    let help = althing(&["--help"]).run().code(0);
    let verbs = ["run", "replay", "why", "orders", "topo", "config", "journal", "venue"];
    for word in verbs.iter().chain(&["--seed", "--virtual", "--layout", "--json"]) {
        assert!(help.text().contains(word), "{word}: {}", help.said());
    }
    assert!(help.err.is_empty());
    let version = althing(&["--version"]).run().code(0).text();
    assert!(version.starts_with("althing "), "{version}");
    for verb in verbs {
        althing(&[verb, "--help"]).run().code(0);
    }
}

#[test]
fn values_that_make_no_sense_name_the_flag_and_what_to_give() {
    let cases: [(&[&str], &[&str]); 9] = [
        (&["--rate", "0"], &["--rate", "10000000"]),
        (&["--duration", "0"], &["--duration", "604800"]),
        (&["--speed", "0"], &["--speed", "max"]),
        (&["--speed", "fast"], &["--speed", "fast", "max"]),
        (&["--layout", "feed"], &["layout", "normalizer", "gateway"]),
        (&["--layout", "gateway,feed"], &["layout", "gateway", "in order"]),
        (&["--layout", "nope"], &["layout", "nope", "gateway"]),
        (&["--instrument", "FOOUSDT"], &["FOOUSDT", "BTCUSDT"]),
        (&["--instrument", ""], &["--instrument", "BTCUSDT"]),
    ];
    for (arguments, words) in cases {
        let scratch = Scratch::new();
        let all = [&["--virtual"], arguments].concat();
        let ended = demo(&scratch, &all).env("ALTHING__EXCHANGE__RATE", "100").run();
        assert!(matches!(ended.code, Some(2 | 3)), "{}", ended.said());
        assert!(ended.out.is_empty(), "{}", ended.said());
        ended.names(words);
        assert!(files(scratch.path()).is_empty(), "{arguments:?} left something behind");
    }
}

#[test]
fn a_venue_that_is_not_spoken_names_those_that_are() {
    for venue in ["bybit", "okx", "nonsense", ""] {
        let ended = althing(&["--venue", venue, "--virtual"]).run().code(2);
        ended.names(&["--venue", "binance_usdm"]);
    }
}

#[test]
fn files_that_are_not_there_are_named() {
    let scratch = Scratch::new();
    let missing = scratch.at("missing");
    let cases: [(&[&str], i32); 7] = [
        (&["--config", &missing], 3),
        (&["run", "--config", &missing], 3),
        (&["config", "check", &missing], 3),
        (&["topo", "--config", &missing], 3),
        (&["--capture", &missing], 2),
        (&["orders", "--journal", &missing], 2),
        (&["orders", "--state", &missing], 1),
    ];
    for (arguments, code) in cases {
        althing(arguments).within(&scratch).run().code(code).names(&[&missing]);
    }
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let scratch = Scratch::new();
    let file = scratch.file("file", "in the way");
    let quick = ["--virtual", "--duration", "1", "--rate", "100", "--instrument", "BTCUSDT"];
    let ended = althing(&[&quick[..], &["--state", &file]].concat()).run();
    assert!(matches!(ended.code, Some(1..=5)), "{}", ended.said());
    ended.names(&[&file]);
    let report = format!("{file}/report.json");
    let ended = demo(&scratch, &[&quick[..], &["--report", &report]].concat()).run();
    ended.code(2).names(&["--report", &report]);
    assert!(!scratch.path().join("state").exists(), "it ran first and refused then");
}

#[test]
fn a_fault_script_that_makes_no_sense_names_file_or_line() {
    let scratch = Scratch::new();
    let bad = "# a remark\n[[fault]]\nat = \"3 fortnights\"\ndo = \"stall\"\n";
    for (text, words) in [
        (bad, ["3 fortnights", "line 3"]),
        ("[[fault]]\ndo = \"stall\"\n", ["at", "line 1"]),
        ("[[fault]]\nwhen = \"depht#3\"\ndo = \"gap\"\n", ["depht", "depth"]),
        ("[[fault]]\nprobability = 1.5\ndo = \"gap\"\n", ["probability", "line 2"]),
        ("[[fault]]\nwhen = \"order.place#1\"\ndo = \"gap\"\n", ["gap", "order.place"]),
        ("faults = 3\n", ["faults", "[[fault]]"]),
    ] {
        let script = scratch.file("script.toml", text);
        for world in [&["--virtual"][..], &[]] {
            let program = demo(&scratch, world).env("ALTHING__EXCHANGE__SCRIPT", &script);
            program.run().code(3).names(&words);
        }
    }
    let missing = scratch.at("missing.toml");
    let program = demo(&scratch, &["--virtual"]).env("ALTHING__EXCHANGE__SCRIPT", &missing);
    program.run().code(3).names(&["script", &missing]);
}

#[test]
fn topo_draws_the_block_of_the_architecture_page() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let page = std::fs::read_to_string(format!("{root}/ARCHITECTURE.md")).expect("the page");
    let (_, rest) = page.split_once("```\n# shape\n").expect("a block headed # shape");
    let (block, _) = rest.split_once("```").expect("its end");
    assert_eq!(althing(&["topo"]).run().code(0).text().trim(), block.trim());
}

#[test]
fn topo_adds_the_threads_of_a_layout() {
    let plain = althing(&["topo"]).run().code(0).text();
    for layout in ["auto", "fused", "pinned", "feed+normalizer,indicator+council+risk,gateway"] {
        let drawn = althing(&["topo", "--layout", layout]).run().code(0).text();
        assert!(drawn.len() > plain.len(), "{layout}:\n{drawn}");
        for actor in ["feed", "normalizer", "indicator", "council", "risk", "gateway"] {
            assert!(drawn[plain.len() / 2..].contains(actor), "{actor} in {layout}");
        }
    }
    althing(&["topo", "--layout", "nope"]).run().code(2).names(&["nope"]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    // Standard output is closed before anything is written to it.
    let run = crate::worlds::shared();
    let shell = "exec 3>&1; \"$0\" \"$@\" | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}";
    let binary = std::env::var("ALTHING").unwrap_or(env!("CARGO_BIN_EXE_althing").to_owned());
    let ended = std::process::Command::new("bash")
        .args(["-c", shell, &binary, "journal", "dump", run.journal_text()])
        .output()
        .expect("bash");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}
