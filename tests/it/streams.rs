//! What of a market a run takes, in virtual time as over sockets: the streams of the feed, and as
//! much of a recording as was asked for.

use crate::program::althing;
use crate::recording::short_market;
use crate::scratch::Scratch;
use crate::summary::count;
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The demo's file with this for its streams, and with the rule that needs a mark price.
fn with_streams(scratch: &Scratch, streams: &str) -> String {
    let text = std::fs::read_to_string(format!("{ROOT}/configs/demo.toml")).expect("it is there");
    let (before, rest) = text.split_once("[risk.mark_collar]\n").expect("the rule");
    let (_, after) = rest.split_once('\n').expect("its line");
    let text = format!("{before}[risk.mark_collar]\nlimit_ppm = 10000\nlimit_ms = 5000\n{after}");
    let usual = "streams = [\"depth\", \"trades\", \"quotes\"]";
    assert!(text.contains(usual));
    scratch.file("streams.toml", text.replace(usual, streams))
}

#[test]
fn a_virtual_market_makes_every_stream_that_the_feed_takes() {
    let scratch = Scratch::new();
    let all = "streams = [\"depth\", \"trades\", \"quotes\", \"agg_trades\", \"mark_price\", \
               \"liquidations\", \"klines\"]\nkline_interval = \"1m\"";
    let config = with_streams(&scratch, all);
    let arguments = ["--config", &config, "--virtual", "--seed", "7", "--duration", "3", "--json"];
    let ended = althing(&arguments).run().code(0);
    let summary = ended.json();
    let taken = &summary["frames_by_type"];
    for stream in ["mark_price", "kline"] {
        assert!(taken[stream].as_u64() > Some(0), "no {stream} in {taken}");
    }
    assert!(count(&summary, "orders") > 0, "{}", summary["denied"]);
    assert!(!ended.said().contains("nothing will come"), "{}", ended.said());
}

#[test]
fn a_stream_that_the_virtual_market_does_not_have_is_told() {
    let scratch = Scratch::new();
    let five =
        "streams = [\"depth\", \"trades\", \"mark_price\", \"klines\"]\nkline_interval = \"5m\"";
    let config = with_streams(&scratch, five);
    let arguments = ["--config", &config, "--virtual", "--duration", "1", "--rate", "100"];
    let ended = althing(&arguments).run().code(0);
    ended.names(&["feed.streams", "btcusdt@kline_5m", "feed.kline_interval"]);
}

/// Depth messages that a run of the recording took: two hundred a second are in it, for three.
fn depth_taken(scratch: &Scratch, more: &[&str]) -> u64 {
    let file = short_market(scratch);
    let arguments = ["--capture", &file, "--json"];
    let summary: Value = althing(&[&arguments[..], more].concat()).run().code(0).json();
    count(&summary["frames_by_type"], "depth")
}

#[test]
fn a_recording_is_played_for_its_duration_in_its_own_time() {
    let scratch = Scratch::new();
    assert_eq!(depth_taken(&scratch, &["--virtual"]), 600);
    assert_eq!(depth_taken(&scratch, &["--virtual", "--duration", "1"]), 199);
    for speed in ["max", "2"] {
        let taken = depth_taken(&scratch, &["--speed", speed, "--duration", "1"]);
        assert_eq!(taken, 199, "at speed {speed}");
    }
}
