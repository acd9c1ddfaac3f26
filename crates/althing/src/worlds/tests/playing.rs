//! Recordings: every message of them reaches the line, which is armed before
//! they go on; and a pause in one costs nothing.

use super::{Stage, loaded, recorded};
use crate::cli::RunFlags;
use crate::signals::Interrupt;
use crate::worlds::realtime::{Ended, RealTime};
use crate::worlds::virtually::Virtual;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

const NANOS_PER_DAY: i64 = 86_400_000_000_000;

/// The first lines of the recorded session, those from the `paused`th on so many
/// days later, in a file of its own.
fn excerpt(stage: &Stage, lines: usize, pause: Option<(usize, i64)>) -> Option<PathBuf> {
    let whole = std::fs::File::open(recorded("usdm_btcusdt_20240808.gz")?).unwrap();
    let whole = BufReader::new(flate2::read::MultiGzDecoder::new(whole));
    let path = stage.path.join("usdm_btcusdt.txt");
    let mut file = std::fs::File::create(&path).unwrap();
    for (number, line) in whole.lines().take(lines).enumerate() {
        let line = line.unwrap();
        let (at, json) = line.split_once(' ').unwrap();
        let at: i64 = at.parse().unwrap();
        let later = pause.map_or(0, |(from, days)| i64::from(number >= from) * days);
        writeln!(file, "{} {json}", at + later * NANOS_PER_DAY).unwrap();
    }
    Some(path)
}

/// Lines that hold `word`.
fn count(path: &Path, word: &str) -> u64 {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter(|line| line.contains(word)).count() as u64
}

fn flags(path: &Path, speed: &str) -> RunFlags {
    RunFlags {
        capture: vec![path.to_owned()],
        speed: Some(speed.to_owned()),
        layout: Some("fused".to_owned()),
        ..RunFlags::default()
    }
}

fn play(stage: &Stage, path: &Path, speed: &str) -> Ended {
    let interrupt = Interrupt::default();
    let loaded = loaded(&flags(path, speed));
    let mut world = RealTime::start(loaded, &stage.directory(), &interrupt).unwrap();
    while !world.market_ended() {
        world.check().unwrap();
        world.rest();
    }
    world.end().unwrap()
}

/// Every message of the recording is counted by its kind, and none is lost.
fn assert_all_counted(ended: &Ended, path: &Path) {
    let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let counters = ended.counters.normalizer.as_ref().unwrap();
    for (word, counted) in [
        ("\"depthUpdate\"", get(&counters.depth)),
        ("\"bookTicker\"", get(&counters.quotes)),
        ("\"trade\"", get(&counters.trades)),
    ] {
        assert_eq!(counted, count(path, &format!("\"e\":{word}")), "{word}");
    }
    assert_eq!(get(&counters.unknown_symbol), 0);
    assert_eq!(ended.exchange.as_ref().unwrap().client_too_slow, 0);
}

#[test]
fn every_message_of_a_fast_recording_is_counted() {
    let stage = Stage::new();
    let Some(path) = excerpt(&stage, 12_000, None) else { return };
    let ended = play(&stage, &path, "50");
    stage.assert_empty();
    assert_all_counted(&ended, &path);
}

#[test]
fn at_full_speed_the_line_is_armed_before_the_recording_goes_on() {
    let stage = Stage::new();
    let Some(path) = excerpt(&stage, 12_000, None) else { return };
    let ended = play(&stage, &path, "max");
    stage.assert_empty();
    assert_all_counted(&ended, &path);
    // The snapshot is the 55th line, and the next depth update joins the book.
    assert!(ended.frames_before < 120, "{} frames passed unarmed", ended.frames_before);
    assert!(ended.elapsed > std::time::Duration::ZERO);
}

#[test]
fn a_pause_of_months_in_a_recording_is_told_by_few_timers_and_the_same_in_every_layout() {
    let stage = Stage::new();
    let Some(path) = excerpt(&stage, 4_000, Some((2_000, 90))) else { return };
    let run = |layout: &str| {
        let mut flags = flags(&path, "1");
        flags.layout = Some(layout.to_owned());
        let directory = crate::worlds::record::RunDirectory::of_state(&stage.path.join(layout));
        let mut world = Virtual::start(loaded(&flags), &directory, &Interrupt::default()).unwrap();
        while world.step().unwrap() {}
        assert!(world.market_time().0 > 90 * NANOS_PER_DAY);
        let ended = world.end().unwrap();
        let [_, _, timers, _] = ended.cold.stats().classes;
        (timers, ended.cold.stats().order_digest.clone())
    };
    let (timers, digest) = run("fused");
    // Tick by tick it would be 77,760,000 of them.
    assert!(timers < 5_000, "{timers} timers");
    assert_eq!(run("feed+normalizer,indicator+council+risk,gateway"), (timers, digest));
    stage.assert_empty();
}
