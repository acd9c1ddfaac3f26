//! Flags that cannot be: found before anything starts, with the flag, its value
//! and what is allowed.

use super::{Report, load, tell};
use crate::cli::RunFlags;
use std::path::PathBuf;

fn refusal(flags: &RunFlags) -> String {
    let failure = load(flags).err().unwrap();
    assert_eq!(failure.code, 2, "{failure}");
    failure.sentence
}

fn assert_says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{word:?} is missing: {said}");
    }
}

#[test]
fn a_flag_that_cannot_be_is_told_with_its_value_and_what_is_allowed() {
    let none = RunFlags::default;
    let said = refusal(&RunFlags { instrument: vec!["NOPE".to_owned()], ..none() });
    assert_says(&said, &["--instrument", "NOPE", "BTCUSDT"]);
    // A file whose other keys name its own instruments: the flag is told, not they.
    let paper = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/paper.toml");
    let instrument = vec!["NOPE".to_owned()];
    let said = refusal(&RunFlags { instrument, config: Some(paper.into()), ..none() });
    assert_says(&said, &["--instrument", "NOPE", "BTCUSDT"]);
    for layout in ["nope", "feed+council", "feed,,risk"] {
        let said = refusal(&RunFlags { layout: Some(layout.to_owned()), ..none() });
        assert_says(&said, &["--layout", layout, "auto, fused, pinned"]);
    }
    for speed in ["fast", "0", "-1"] {
        let said = refusal(&RunFlags { speed: Some(speed.to_owned()), ..none() });
        assert_says(&said, &["--speed", speed, "max"]);
    }
    let said = refusal(&RunFlags { venue: Some("bybit".to_owned()), ..none() });
    assert_says(&said, &["--venue", "bybit", "binance_spot, binance_usdm"]);
    // A file says itself where it trades.
    let venue = Some("binance_spot".to_owned());
    let said = refusal(&RunFlags { venue, config: Some(paper.into()), ..none() });
    assert_says(&said, &["--venue binance_spot", "paper.toml", "trades on binance_usdm"]);
    let missing = PathBuf::from("/no/such/capture.gz");
    let said = refusal(&RunFlags { capture: vec![missing], ..none() });
    assert_says(&said, &["--capture", "/no/such/capture.gz"]);
}

#[test]
fn a_spot_session_is_known_as_one_and_refused_only_where_another_venue_is_asked_for() {
    let name = "spot_btcusdt_20240808.gz";
    let Some(path) = crate::worlds::recorded(name) else { return };
    let flags = RunFlags { capture: vec![path], ..RunFlags::default() };
    let loaded = load(&flags).unwrap().config;
    assert_eq!(loaded.venues["binance"].dialect, "binance_spot");
    assert_eq!(loaded.instruments[0].id, "BTCUSDT.BINANCE");
    let said = refusal(&RunFlags { venue: Some("binance_usdm".to_owned()), ..flags });
    assert_says(&said, &["--capture", name, "spot", "--venue binance_spot"]);
}

#[test]
fn a_file_that_cannot_be_is_the_configurations_fault() {
    let flags = RunFlags { config: Some(PathBuf::from("/no/such.toml")), ..RunFlags::default() };
    assert_eq!(load(&flags).err().unwrap().code, 3);
}

fn reporting(path: PathBuf) -> RunFlags {
    RunFlags { report: Some(path), ..RunFlags::default() }
}

#[test]
fn a_report_that_cannot_be_written_is_found_before_the_run() {
    let failure = Report::open(&reporting(PathBuf::from("/no/such/report.json"))).err().unwrap();
    assert_eq!(failure.code, 2);
    assert_says(&failure.sentence, &["--report", "/no/such/report.json"]);
}

#[test]
fn a_report_holds_one_document_and_nothing_of_what_was_there() {
    let path = std::env::temp_dir().join(format!("althing-report-{}", std::process::id()));
    let flags = reporting(path.clone());
    // A run that fails leaves no empty file behind, and an old report as it was.
    drop(Report::open(&flags).unwrap());
    assert!(!path.exists());
    std::fs::write(&path, "x".repeat(1000)).unwrap();
    drop(Report::open(&flags).unwrap());
    assert_eq!(std::fs::read_to_string(&path).unwrap().len(), 1000);
    let report = Report::open(&flags).unwrap();
    tell(&serde_json::json!({"orders": 3}), "", &flags, report).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["orders"], 3);
}
