//! Every file stands alone, a break is marked, and a snapshot is asked for when
//! the book needs one.

use super::*;
use crate::{Question, Survey, inspect};
use types::{Money, Price, Qty, Symbol};

const MS: i64 = Nanos::PER_MS;
const START: i64 = 1_700_000_000_000 * MS;
const INFO: &str = r#"{"symbols":[]}"#;

fn plan(name: &str) -> RecorderPlan {
    let folder = format!("althing-recorder-{}-{name}", std::process::id());
    let directory = std::env::temp_dir().join(folder);
    let _ = std::fs::remove_dir_all(&directory);
    let spec = InstrumentSpec {
        id: InstrumentId(0),
        version: 1,
        symbol: Symbol::new("BTCUSDT").unwrap(),
        price_decimals: 1,
        qty_decimals: 0,
        tick_size: Price(1),
        lot_size: Qty(1),
        min_qty: Qty(0),
        max_qty: Qty(1_000_000),
        min_notional: Money::ZERO,
        maker_ppm: 0,
        taker_ppm: 0,
    };
    RecorderPlan {
        dialect: Dialect::parse("binance_usdm").unwrap(),
        specs: vec![spec],
        exchange_info: ("http://x/fapi/v1/exchangeInfo".to_owned(), INFO.to_owned()),
        snapshot_urls: vec!["http://x/fapi/v1/depth?symbol=BTCUSDT&limit=1000".to_owned()],
        streams: vec![RecordedStream {
            name: "ws.1".to_owned(),
            address: "ws://x".to_owned(),
            carries: vec![InstrumentId(0)],
        }],
        directory,
        rotate_after: Some(Nanos(1_000 * MS)),
        rotate_bytes: None,
    }
}

/// A venue that numbers its changes: change `n` sets the bid 1000 + n % 50.
struct Market {
    id: u64,
}

impl Market {
    fn depth(&mut self) -> String {
        self.id += 1;
        let (id, before) = (self.id, self.id - 1);
        format!(
            r#"{{"e":"depthUpdate","E":{id},"T":{id},"s":"BTCUSDT","U":{id},"u":{id},"pu":{before},"b":[["{}.5","{id}"]],"a":[]}}"#,
            1000 + id % 50
        )
    }

    fn snapshot(&self) -> String {
        let last = self.id;
        let first = last.saturating_sub(49).max(1);
        let bids: Vec<_> =
            (first..=last).map(|id| format!(r#"["{}.5","{id}"]"#, 1000 + id % 50)).collect();
        format!(
            r#"{{"lastUpdateId":{last},"E":1,"T":1,"bids":[{}],"asks":[["2000.0","1"]]}}"#,
            bids.join(",")
        )
    }
}

/// Records 3.5 s with a lost connection in the middle.
fn recorded(plan: RecorderPlan) -> (Recorded, Market) {
    let mut market = Market { id: 0 };
    let mut recorder = Recorder::start(plan, Nanos(START)).unwrap();
    recorder.on_up(0, Nanos(START)).unwrap();
    for turn in 1..350 {
        let at = Nanos(START + turn * 10 * MS);
        if turn == 150 {
            recorder.on_down(0, at).unwrap();
            // What is missed meanwhile.
            market.depth();
            recorder.on_up(0, Nanos(at.0 + MS)).unwrap();
        }
        let text = market.depth();
        recorder.on_message(0, Nanos(at.0 + 2 * MS), text.as_bytes()).unwrap();
        for instrument in recorder.wanted() {
            let body = market.snapshot();
            recorder.on_snapshot(instrument, Nanos(at.0 + 3 * MS), body.as_bytes()).unwrap();
        }
        recorder.on_time(Nanos(at.0 + 5 * MS)).unwrap();
    }
    (recorder.finish(Nanos(START + 3_500 * MS)).unwrap(), market)
}

fn question(files: &[PathBuf]) -> crate::Inspected {
    let survey = Survey::read(files).unwrap();
    let dialect = Dialect::parse("binance_usdm").unwrap();
    let question = Question { survey: &survey, dialect, symbol: "BTCUSDT", spec: None };
    inspect(&question, |_, _| ()).unwrap()
}

#[test]
fn every_file_stands_alone_and_all_together_are_one_recording() {
    let plan = plan("alone");
    let directory = plan.directory.clone();
    let (recorded, market) = recorded(plan);
    assert_eq!((recorded.files.len(), recorded.breaks, recorded.gaps), (4, 1, 0), "{recorded:?}");
    assert_eq!((recorded.live, recorded.undecodable), (1, 0));
    assert!(recorded.snapshots >= 5, "one per file and one after the break");
    let paths: Vec<_> = recorded.files.iter().map(|file| file.path.clone()).collect();
    let mut frames = 0;
    for path in &paths {
        let found = question(std::slice::from_ref(path));
        assert_eq!((found.counts.gaps, found.counts.undecodable), (0, 0), "{}", path.display());
        assert_eq!(found.watched.state, BookState::Live);
        frames += found.frames;
    }
    let whole = question(&paths);
    assert_eq!((whole.frames, whole.breaks, whole.counts.gaps), (recorded.frames, 1, 0));
    assert_eq!((whole.frames, whole.watched.update_id), (frames, market.id));
    let last = question(&paths[3..]);
    let book = |found: &crate::Inspected| -> Vec<_> {
        found.watched.book.top(types::Side::Buy, 100).collect()
    };
    assert_eq!(book(&whole), book(&last), "the last file alone ends with the same book");
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_snapshot_that_does_not_join_is_asked_for_again() {
    let mut plan = plan("again");
    plan.rotate_after = None;
    let directory = plan.directory.clone();
    let mut market = Market { id: 10 };
    let mut recorder = Recorder::start(plan, Nanos(START)).unwrap();
    recorder.on_up(0, Nanos(START)).unwrap();
    let old = market.snapshot();
    market.depth();
    let text = market.depth();
    recorder.on_message(0, Nanos(START + MS), text.as_bytes()).unwrap();
    assert_eq!(recorder.wanted(), [InstrumentId(0)]);
    recorder.on_snapshot(InstrumentId(0), Nanos(START + 2 * MS), old.as_bytes()).unwrap();
    assert!(recorder.wanted().is_empty(), "not at once");
    recorder.on_time(Nanos(START + 900 * MS)).unwrap();
    assert_eq!(recorder.wanted(), [InstrumentId(0)], "half a second later");
    let new = market.snapshot();
    recorder.on_snapshot(InstrumentId(0), Nanos(START + 901 * MS), new.as_bytes()).unwrap();
    let text = market.depth();
    recorder.on_message(0, Nanos(START + 902 * MS), text.as_bytes()).unwrap();
    assert_eq!(recorder.standing().unwrap().live, 1);
    recorder.finish(Nanos(START + 903 * MS)).unwrap();
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let plan = plan("twice");
    let directory = plan.directory.clone();
    let first = Recorder::start(plan.clone(), Nanos(START)).unwrap();
    assert!(Recorder::start(plan.clone(), Nanos(START)).is_err(), "its part is there");
    first.finish(Nanos(START + 1)).unwrap();
    let why = Recorder::start(plan, Nanos(START)).err().unwrap().to_string();
    assert!(why.contains("nothing is overwritten"), "{why}");
    std::fs::remove_dir_all(directory).unwrap();
}
