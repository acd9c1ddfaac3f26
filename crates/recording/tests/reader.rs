//! What is no recording, or not all of one, is told with its file and line.
#![allow(clippy::unwrap_used, reason = "tests: helpers outside #[test]")]
#![allow(missing_docs, reason = "tests")]

use recording::{Question, Survey, Tape, What, inspect};
use std::io::Write;
use std::path::PathBuf;
use venue::Dialect;

const TRADE: &str = r#"{"e":"trade","E":1,"T":1,"s":"BTCUSDT","t":1,"p":"61800.30","q":"0.006","X":"MARKET","m":false}"#;
const DEPTH: &str = r#"{"e":"depthUpdate","E":1,"T":1,"s":"BTCUSDT","U":9,"u":11,"pu":8,"b":[["61800.20","1.5"]],"a":[]}"#;
const SNAPSHOT: &str =
    r#"{"lastUpdateId":10,"E":2,"T":2,"bids":[["61800.10","1.0"]],"asks":[["61800.90","2.0"]]}"#;
const NS: i64 = 1_723_161_255_000_000_000;

fn written(name: &str, bytes: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("althing-reader-{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    path
}

fn refusal(name: &str, bytes: &[u8]) -> String {
    let path = written(name, bytes);
    let why = Survey::read(std::slice::from_ref(&path)).err().unwrap().to_string();
    std::fs::remove_file(path).unwrap();
    why
}

fn lines(frames: &[&str]) -> String {
    (0..).zip(frames).map(|(at, frame)| format!("{} {frame}\n", NS + at)).collect()
}

#[test]
fn bad_lines_are_named_by_file_and_line() {
    for (name, text, said) in [
        ("stamp", format!("{NS} {TRADE}\nyesterday {TRADE}\n"), "local time"),
        ("back", format!("{NS} {TRADE}\n{} {TRADE}\n", NS - 1), "before that of the line above"),
        ("bare", format!("{NS} {TRADE}\n{TRADE}\n"), "local time"),
        ("json", "{\"t\":\"header\"}\n{\"t\":\"recv\",\n".to_owned(), "whole JSON object"),
        (
            "seconds",
            "{\"t\":\"header\"}\n{\"t\":\"recv\",\"ts\":17,\"data\":\"\"}\n".to_owned(),
            "seconds",
        ),
        ("cut", format!("{NS} {TRADE}\n{NS} {{\"e\":\"trade\",\"E"), "cut off"),
        (
            "end",
            "{\"t\":\"header\"}\n{\"t\":\"end\",\"ts\":1723161255,\"lines\":5}\n".to_owned(),
            "5",
        ),
    ] {
        let why = refusal(name, text.as_bytes());
        assert!(why.contains(&format!("{name} line 2: ")) && why.contains(said), "{why}");
    }
    assert!(refusal("latin", b"1723161255000000000 {\"a\":\"\xff\"}\n").contains("UTF-8"));
    assert!(refusal("empty", b"").contains("no frame"));
    let why = Survey::read(&[PathBuf::from("/nowhere/at/all")]).err().unwrap().to_string();
    assert!(why.contains("/nowhere/at/all"), "{why}");
    assert!(Survey::read(&[std::env::temp_dir()]).is_err());
}

#[test]
fn compressed_files_that_are_cut_off_are_named() {
    let text = lines(&[TRADE; 2_000]);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    for (name, bytes) in [
        ("cut.gz", gz.finish().unwrap()),
        ("cut.zst", zstd::encode_all(text.as_bytes(), 1).unwrap()),
    ] {
        let why = refusal(name, &bytes[..bytes.len() / 2]);
        assert!(why.contains(name) && why.contains("cut off or damaged"), "{why}");
        let path = written(name, &bytes);
        assert_eq!(
            Survey::read(std::slice::from_ref(&path)).unwrap().frames,
            2_000,
            "whole, it reads"
        );
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn what_follows_a_good_stamp_is_a_frame_however_broken_and_is_counted() {
    let path = written("garbage", lines(&[DEPTH, "{\"e\":", SNAPSHOT, TRADE]).as_bytes());
    let survey = Survey::read(std::slice::from_ref(&path)).unwrap();
    let dialect = Dialect::parse("binance_usdm").unwrap();
    let question = Question { survey: &survey, dialect, symbol: "BTCUSDT", spec: None };
    let found = inspect(&question, |_, _| ()).unwrap();
    assert_eq!((found.frames, found.counts.undecodable, found.trades), (4, 1, 1));
    assert_eq!(found.by_type["unreadable"], 1);
    assert_eq!(
        found.watched.spec.price(found.watched.book.best_bid().unwrap().0).to_string(),
        "61800.20"
    );
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_recording_without_the_snapshot_it_needs_is_refused() {
    let dialect = Dialect::parse("binance_usdm").unwrap();
    let ask = |name: &str, frames: &[&str]| {
        let path = written(name, lines(frames).as_bytes());
        let survey = Survey::read(std::slice::from_ref(&path)).unwrap();
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, lines(frames)).unwrap();
        let question = Question { survey: &survey, dialect, symbol: "BTCUSDT", spec: None };
        let found = inspect(&question, |_, _| ()).map(|found| found.digest);
        std::fs::remove_file(path).unwrap();
        found.map_err(|why| why.to_string())
    };
    assert!(ask("none", &[DEPTH, TRADE]).unwrap_err().contains("no REST snapshot"));
    let old = SNAPSHOT.replace(":10,", ":3,");
    assert!(ask("old", &[DEPTH, &old]).unwrap_err().contains("do not join"));
    assert!(ask("trades", &[TRADE]).is_ok(), "trades alone need no book");
    assert!(ask("joined", &[DEPTH, SNAPSHOT]).is_ok());
}

#[test]
fn a_line_of_six_megabytes_passes() {
    let big = format!(r#"{{"e":"other","pad":"{}"}}"#, "x".repeat(6 << 20));
    let path = written("long", lines(&[DEPTH, SNAPSHOT, &big]).as_bytes());
    let survey = Survey::read(std::slice::from_ref(&path)).unwrap();
    let dialect = Dialect::parse("binance_usdm").unwrap();
    let question = Question { survey: &survey, dialect, symbol: "BTCUSDT", spec: None };
    let found = inspect(&question, |_, _| ()).unwrap();
    assert_eq!((found.frames, found.counts.undecodable, found.by_type["other"]), (3, 0, 1));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn sessions_and_several_files_come_in_the_order_of_their_stamps() {
    let late = concat!(
        r#"{"t":"header"}"#,
        "\n",
        r#"{"t":"recv","conn":"b","ts":1723161259.5,"data":"3"}"#,
        "\n",
        r#"{"t":"recv","conn":"a","ts":1723161255.25,"data":"1"}"#,
        "\n",
    );
    let paths = [
        written("late", late.as_bytes()),
        written("plain", format!("{} 2\n", NS + 1_000_000_000).as_bytes()),
    ];
    let survey = Survey::read(&paths).unwrap();
    let mut tape = Tape::open(&survey).unwrap();
    let mut order = String::new();
    while let Some((_, entry)) = tape.turn().unwrap() {
        if let What::Frame { text, .. } = entry.what {
            order.push_str(&text);
        }
    }
    assert_eq!(order, "123");
    paths.iter().for_each(|path| std::fs::remove_file(path).unwrap());
}
