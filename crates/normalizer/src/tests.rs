//! Bridging, gaps, silence, and the order in which everything is numbered.

use crate::{
    FeedInput, Normalizer, NormalizerConfig, NormalizerCounters, Sequencer, SequencerInputs,
};
use actor::{Actor, Duty, Meter, Outbox};
use link::{Batch, FrameHead, FrameKind, FrameSender, Receiver, Sender, frames, link};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use types::*;
use venue::Dialect;

const MS: i64 = Nanos::PER_MS;

struct Bench {
    normalizer: Normalizer,
    frames: FrameSender,
    requests: Receiver<u64>,
    feedback: Sender<Record>,
    commands: Sender<Record>,
    events: Receiver<Record>,
    counters: Arc<NormalizerCounters>,
}

fn bench() -> Bench {
    bench_with_depth(8192)
}

fn bench_with_depth(depth: usize) -> Bench {
    let (frames_in, frames_out) = frames("feed_normalizer", 1 << 20);
    let (requests_in, requests) = link("normalizer_feed", 8, 0);
    let (feedback_in, feedback) = link("gateway_normalizer", 64, Record::EMPTY);
    let (commands_in, commands) = link("cold_normalizer", 64, Record::EMPTY);
    let (out, events) = link("normalizer_indicator", depth, Record::EMPTY);
    let counters: Arc<NormalizerCounters> = Arc::default();
    let inputs = SequencerInputs { feedback, commands };
    let sequencer =
        Sequencer::new(inputs, Outbox::new(out), None, Meter::still(), Arc::clone(&counters));
    let config = NormalizerConfig {
        dialect: Dialect::BinanceUsdm,
        instruments: 1,
        max_frame: 1 << 16,
        stale_after: Nanos(500 * MS),
        gap_wait: Nanos(200 * MS),
    };
    let carries = vec![vec![InstrumentId(0)]];
    let input = FeedInput { frames: frames_out, requests: requests_in, carries, copies: vec![] };
    let normalizer =
        Normalizer::new(config, vec![input], sequencer, Arc::clone(&counters), Meter::still());
    let mut bench = Bench {
        normalizer,
        frames: frames_in,
        requests,
        feedback: feedback_in,
        commands: commands_in,
        events,
        counters,
    };
    bench.give_spec();
    bench
}

impl Bench {
    fn give_spec(&mut self) {
        let spec = InstrumentSpec {
            id: InstrumentId(0),
            version: 1,
            symbol: Symbol::new("BTCUSDT").unwrap(),
            price_decimals: 1,
            qty_decimals: 3,
            tick_size: Price(1),
            lot_size: Qty(1),
            min_qty: Qty(1),
            max_qty: Qty(1_000_000),
            min_notional: Money::ZERO,
            maker_ppm: 0,
            taker_ppm: 0,
        };
        let (name, grid, money) = spec.to_bodies();
        self.commands.try_send(Record::new(Kind::SpecName, spec.id, Nanos(1), name)).unwrap();
        self.commands.try_send(Record::new(Kind::SpecGrid, spec.id, Nanos(1), grid)).unwrap();
        self.commands.try_send(Record::new(Kind::SpecMoney, spec.id, Nanos(1), money)).unwrap();
        self.run();
    }

    fn send(&mut self, at_ms: i64, kind: FrameKind, text: &str) {
        let head = FrameHead::new(kind, 0, Nanos(at_ms * MS), 0);
        self.frames.try_send(head, text.as_bytes()).unwrap();
    }

    fn message(&mut self, at_ms: i64, text: &str) {
        self.send(at_ms, FrameKind::Message, text);
    }

    /// Turns until nothing moves, and gives what came out.
    fn run(&mut self) -> Vec<Record> {
        let mut out = Vec::new();
        loop {
            let duty = self.normalizer.turn();
            let took = self.events.poll(4096, |record| out.push(*record));
            if duty != Duty::Busy && took == Batch::Empty {
                return out;
            }
        }
    }

    fn asked(&mut self) -> usize {
        let mut asked = 0;
        while let Batch::Took(n) = self.requests.poll(8, |_| ()) {
            asked += n;
        }
        asked
    }

    /// A live book at id 10.
    fn go_live(&mut self) {
        self.send(1, FrameKind::Up, "");
        self.message(2, &depth(9, 11, 8));
        self.run();
        assert_eq!(self.asked(), 1);
        self.send(3, FrameKind::Rest, SNAPSHOT);
        let out = self.run();
        assert_eq!(states(&out), [(BookState::Live, StateReason::Bridged)]);
    }
}

const SNAPSHOT: &str =
    r#"{"lastUpdateId":10,"E":2,"T":2,"bids":[["100.0","1.000"]],"asks":[["101.0","2.000"]]}"#;

fn depth(first: u64, last: u64, previous: u64) -> String {
    format!(
        r#"{{"e":"depthUpdate","E":5,"T":4,"s":"BTCUSDT","U":{first},"u":{last},"pu":{previous},"b":[["100.1","{last}.000"]],"a":[["101.1","0.000"]]}}"#
    )
}

fn kinds(records: &[Record]) -> Vec<&'static str> {
    let known = records.iter().filter_map(Record::kind);
    known.filter(|kind| !matches!(kind, Kind::Timing | Kind::Timer)).map(Kind::name).collect()
}

fn states(records: &[Record]) -> Vec<(BookState, StateReason)> {
    let changes = records.iter().filter(|record| record.kind() == Some(Kind::BookChange));
    changes.map(|r| (r.body::<BookChange>().state(), r.body::<BookChange>().reason())).collect()
}

#[test]
fn a_snapshot_joins_the_messages_that_waited_for_it() {
    let mut bench = bench();
    bench.send(1, FrameKind::Up, "");
    bench.message(2, &depth(5, 8, 4));
    bench.message(3, &depth(9, 11, 8));
    bench.message(4, &depth(12, 15, 11));
    assert!(kinds(&bench.run()).is_empty(), "nothing before the snapshot");
    assert_eq!(bench.asked(), 1);
    bench.send(5, FrameKind::Rest, SNAPSHOT);
    let out = bench.run();
    let expected = [
        "book_reset",
        "snapshot_level",
        "snapshot_level",
        "level",
        "level",
        "level",
        "level",
        "book_change",
    ];
    assert_eq!(kinds(&out), expected);
    let last = out.iter().rev().find(|record| record.kind() != Some(Kind::Timing)).unwrap();
    assert!(last.is_frame_end());
    assert_eq!(out.iter().filter(|record| record.is_frame_end() && record.is_input()).count(), 1);
    assert_eq!(states(&out), [(BookState::Live, StateReason::Bridged)]);
    assert_eq!(bench.counters.gaps.load(Ordering::Relaxed), 0);
}

#[test]
fn a_snapshot_that_is_too_old_is_asked_for_again() {
    let mut bench = bench();
    bench.send(1, FrameKind::Up, "");
    bench.message(2, &depth(20, 25, 19));
    bench.run();
    assert_eq!(bench.asked(), 1);
    bench.send(3, FrameKind::Rest, SNAPSHOT);
    assert!(kinds(&bench.run()).is_empty());
    assert_eq!(bench.asked(), 0, "not at once");
    bench.send(900, FrameKind::Tick, "");
    bench.run();
    assert_eq!(bench.asked(), 1, "half a second later");
    assert_eq!(bench.counters.not_bridged.load(Ordering::Relaxed), 1);
}

#[test]
fn a_gap_makes_the_book_stale_at_once_and_a_new_snapshot_live_again() {
    let mut bench = bench();
    bench.go_live();
    bench.message(10, &depth(12, 13, 11));
    assert_eq!(kinds(&bench.run()), ["level", "level"]);
    bench.message(11, &depth(16, 17, 15));
    let out = bench.run();
    assert_eq!(states(&out), [(BookState::Stale, StateReason::Gap)]);
    assert_eq!(kinds(&out), ["book_change"], "no level of a message after a gap");
    let change: BookChange = out[0].body();
    assert_eq!((change.update_id, change.expected), (16, 13));
    assert_eq!(bench.asked(), 1);
    bench.send(12, FrameKind::Rest, &SNAPSHOT.replace(":10,", ":16,"));
    assert_eq!(states(&bench.run()), [(BookState::Live, StateReason::Bridged)]);
    assert_eq!(bench.counters.gaps.load(Ordering::Relaxed), 1);
}

#[test]
fn a_gap_among_waiting_messages_is_counted_before_any_snapshot() {
    let mut bench = bench();
    bench.send(1, FrameKind::Up, "");
    bench.message(2, &depth(5, 8, 4));
    bench.message(3, &depth(12, 15, 11));
    bench.run();
    assert_eq!(bench.counters.gaps.load(Ordering::Relaxed), 1);
    bench.send(5, FrameKind::Rest, &SNAPSHOT.replace(":10,", ":13,"));
    assert_eq!(states(&bench.run()), [(BookState::Live, StateReason::Bridged)]);
}

#[test]
fn repeated_and_old_messages_change_nothing() {
    let mut bench = bench();
    bench.go_live();
    bench.message(10, &depth(9, 11, 8));
    bench.message(11, &depth(3, 4, 2));
    assert!(kinds(&bench.run()).is_empty());
    assert_eq!(bench.counters.repeated.load(Ordering::Relaxed), 2);
}

#[test]
fn silence_makes_a_book_stale_and_the_next_message_live() {
    let mut bench = bench();
    bench.go_live();
    bench.send(400, FrameKind::Tick, "");
    assert!(states(&bench.run()).is_empty());
    bench.send(800, FrameKind::Tick, "");
    assert_eq!(states(&bench.run()), [(BookState::Stale, StateReason::Silent)]);
    bench.message(900, &depth(12, 13, 11));
    assert_eq!(states(&bench.run()), [(BookState::Live, StateReason::Resumed)]);
    assert_eq!(bench.asked(), 0, "the sequence held: no snapshot is needed");
}

#[test]
fn a_closed_connection_makes_its_books_stale_until_a_new_snapshot() {
    let mut bench = bench();
    bench.go_live();
    bench.send(10, FrameKind::Down, "");
    assert_eq!(states(&bench.run()), [(BookState::Stale, StateReason::Disconnected)]);
    bench.send(11, FrameKind::Up, "");
    bench.run();
    assert_eq!(bench.asked(), 1);
    bench.send(12, FrameKind::Rest, &SNAPSHOT.replace(":10,", ":20,"));
    assert!(states(&bench.run()).is_empty(), "not live before a message joins");
    bench.message(13, &depth(19, 21, 18));
    assert_eq!(states(&bench.run()), [(BookState::Live, StateReason::Bridged)]);
}

#[test]
fn a_resync_command_starts_the_book_over() {
    let mut bench = bench();
    bench.go_live();
    let command = Command::new(CommandOp::Resync, 0);
    let record = Record::new(Kind::Command, InstrumentId(0), Nanos(20 * MS), command);
    bench.feedback.try_send(record).unwrap();
    let out = bench.run();
    assert_eq!(kinds(&out), ["command", "book_change"]);
    assert_eq!(states(&out), [(BookState::Stale, StateReason::Crossed)]);
    assert_eq!(bench.asked(), 1);
}

#[test]
fn a_book_that_does_not_fit_asks_for_a_snapshot_at_once_and_then_at_a_pace() {
    let mut bench = bench();
    bench.go_live();
    let truncated = |bench: &mut Bench, at_ms| {
        let command = Command::new(CommandOp::Resync, StateReason::Truncated as i64);
        let record = Record::new(Kind::Command, InstrumentId(0), Nanos(at_ms * MS), command);
        bench.feedback.try_send(record).unwrap();
        states(&bench.run())
    };
    assert_eq!(truncated(&mut bench, 20), [(BookState::Stale, StateReason::Truncated)]);
    assert_eq!(bench.asked(), 1, "the first time at once");
    bench.message(25, &depth(12, 13, 11));
    bench.send(30, FrameKind::Rest, SNAPSHOT.replace(":10,", ":12,").as_str());
    assert_eq!(states(&bench.run()), [(BookState::Live, StateReason::Bridged)]);
    assert_eq!(truncated(&mut bench, 40), [(BookState::Stale, StateReason::Truncated)]);
    bench.send(4900, FrameKind::Tick, "");
    bench.run();
    assert_eq!(bench.asked(), 0, "it fitted no better");
    bench.send(5100, FrameKind::Tick, "");
    bench.run();
    assert_eq!(bench.asked(), 1);
}

#[test]
fn what_cannot_be_understood_is_counted_and_nothing_else_happens() {
    let mut bench = bench();
    bench.go_live();
    for bad in [
        "",
        "{",
        "\u{0}\u{1}",
        "[]",
        r#"{"e":"depthUpdate"}"#,
        r#"{"e":"trade","s":"BTCUSDT","p":"x","q":"1","t":1,"T":1,"m":true}"#,
    ] {
        bench.message(10, bad);
    }
    bench.message(11, r#"{"e":"24hrTicker","s":"BTCUSDT"}"#);
    bench.message(12, r#"{"e":"contractInfo","s":"BTCUSDT"}"#);
    bench.message(13, &depth(12, 13, 11).replace("BTCUSDT", "NOPE"));
    bench.send(14, FrameKind::Oversized, "");
    assert!(kinds(&bench.run()).is_empty());
    let c = &bench.counters;
    assert_eq!(c.undecodable.load(Ordering::Relaxed), 6);
    assert_eq!(c.unknown_symbol.load(Ordering::Relaxed), 1);
    assert_eq!(c.oversized.load(Ordering::Relaxed), 1);
    assert_eq!(c.unused().iter().map(|(_, n)| n).sum::<u64>(), 2);
}

#[test]
fn numbers_are_gapless_and_time_never_goes_back() {
    let mut bench = bench();
    bench.send(1000, FrameKind::Up, "");
    bench.message(5000, &depth(9, 11, 8));
    bench.run();
    bench.send(4000, FrameKind::Rest, SNAPSHOT);
    bench.message(4100, &depth(12, 13, 11));
    let quote = r#"{"e":"bookTicker","u":14,"s":"BTCUSDT","b":"100.0","B":"1","a":"101.0","A":"1","T":4,"E":4}"#;
    bench.message(4200, quote);
    let out = bench.run();
    let heads: Vec<_> = out.windows(2).map(|pair| (pair[0], pair[1])).collect();
    for (before, after) in heads {
        assert!(after.seq == before.seq || (after.seq == before.seq + 1 && before.is_end()));
        assert!(after.ts >= before.ts);
    }
    assert!(out.last().unwrap().is_end());
    assert_eq!(*kinds(&out).last().unwrap(), "quote");
}

#[test]
fn a_timer_due_by_a_stamp_goes_before_it_and_a_command_before_both() {
    let mut bench = bench();
    bench.go_live();
    bench.message(250, &depth(12, 13, 11));
    let command = Command::new(CommandOp::Arm, 0);
    let record = Record::new(Kind::Command, InstrumentId::NONE, Nanos(20 * MS), command);
    bench.commands.try_send(record).unwrap();
    let out = bench.run();
    let order: Vec<_> =
        out.iter().filter_map(Record::kind).filter(|k| *k != Kind::Timing).collect();
    assert_eq!(order, [Kind::Command, Kind::Timer, Kind::Timer, Kind::Level, Kind::Level]);
    let due: Vec<_> = out
        .iter()
        .filter(|r| r.kind() == Some(Kind::Timer))
        .map(|r| r.body::<Timer>().due.0 / MS)
        .collect();
    assert_eq!(due, [100, 200]);
}

#[test]
fn a_report_and_its_detail_are_one_group_however_late_the_detail_comes() {
    let mut bench = bench();
    let report = Report { detailed: 1, ..Report::new(ClientOrderId(7), ReportStatus::Accepted, 0) };
    let id = InstrumentId(0);
    bench.feedback.try_send(Record::new(Kind::Report, id, Nanos(5 * MS), report)).unwrap();
    assert!(bench.run().is_empty());
    let detail =
        ReportDetail { venue_order_id: 1, trade_id: 0, fee: Wide::new(0), exch_ts: Nanos(1) };
    bench.feedback.try_send(Record::new(Kind::ReportDetail, id, Nanos(5 * MS), detail)).unwrap();
    let out = bench.run();
    assert_eq!(kinds(&out), ["report", "report_detail"]);
    assert_eq!(out[0].seq, out[1].seq);
}

#[test]
fn a_short_link_delays_a_snapshot_and_loses_nothing() {
    let mut long = bench();
    let mut short = bench_with_depth(16);
    let levels: Vec<_> = (0..500).map(|i| format!(r#"["{}.0","1.000"]"#, 1000 - i)).collect();
    let snapshot = SNAPSHOT.replace(r#"["100.0","1.000"]"#, &levels.join(","));
    let mut all = Vec::new();
    for bench in [&mut long, &mut short] {
        bench.send(1, FrameKind::Up, "");
        bench.message(2, &depth(9, 11, 8));
        bench.send(3, FrameKind::Rest, &snapshot);
        bench.message(4, &depth(12, 13, 11));
        all.push(bench.run());
    }
    assert_eq!(kinds(&all[0]).len(), 1 + 501 + 2 + 1 + 2);
    assert_eq!(all[0], all[1]);
}

#[test]
fn ends_when_its_feeds_have_ended_and_are_drained() {
    let mut bench = bench();
    bench.message(1, &depth(9, 11, 8));
    drop(std::mem::replace(&mut bench.frames, frames("x", 4096).0));
    let mut duty = Duty::Busy;
    for _ in 0..10 {
        duty = bench.normalizer.turn();
        bench.events.poll(100, |_| ());
    }
    assert_eq!(duty, Duty::Done);
    assert_eq!(bench.counters.depth.load(Ordering::Relaxed), 1);
}

fn quote(update_id: u64) -> String {
    format!(
        r#"{{"e":"bookTicker","u":{update_id},"s":"BTCUSDT","b":"100.0","B":"1","a":"101.0","A":"1","T":4,"E":4}}"#
    )
}

fn trade(id: u64) -> String {
    format!(
        r#"{{"e":"trade","E":5,"T":5,"s":"BTCUSDT","t":{id},"p":"100.0","q":"1.000","X":"MARKET","m":true}}"#
    )
}

#[test]
fn a_quote_from_the_far_future_is_dropped_and_silences_nobody() {
    let mut bench = bench();
    bench.go_live();
    bench.message(10, &quote(12));
    assert_eq!(kinds(&bench.run()), ["quote"]);
    for hostile in [u64::MAX, u64::MAX / 2, 1 << 40, 13_000_000] {
        bench.message(11, &quote(hostile));
        assert!(kinds(&bench.run()).is_empty(), "{hostile}");
    }
    bench.message(12, &quote(13));
    assert_eq!(kinds(&bench.run()), ["quote"], "the next true one is heard");
    bench.message(13, &quote(200_000));
    assert_eq!(kinds(&bench.run()), ["quote"], "a busy moment of all symbols is none");
    assert_eq!(bench.counters.implausible.load(Ordering::Relaxed), 4);
}

#[test]
fn a_first_quote_that_lies_is_forgotten_when_the_book_is_joined() {
    let mut bench = bench();
    bench.send(1, FrameKind::Up, "");
    bench.message(1, &quote(u64::MAX - 1));
    bench.message(2, &depth(9, 11, 8));
    bench.send(3, FrameKind::Rest, SNAPSHOT);
    bench.run();
    bench.message(4, &quote(12));
    assert_eq!(kinds(&bench.run()), ["quote"]);
}

#[test]
fn repeated_trades_are_counted_and_told_once_and_late_ones_are_told() {
    let mut bench = bench();
    for (id, told) in
        [(50, 1), (50, 0), (52, 1), (51, 1), (51, 0), (52, 0), (u64::MAX, 1), (53, 1), (54, 1)]
    {
        bench.message(10, &trade(id));
        assert_eq!(kinds(&bench.run()).len(), told, "trade {id}");
    }
    assert_eq!(bench.counters.repeated.load(Ordering::Relaxed), 3);
}

#[test]
fn a_connection_that_opens_without_having_closed_starts_its_books_over() {
    let mut bench = bench();
    bench.go_live();
    bench.send(10, FrameKind::Up, "");
    assert_eq!(states(&bench.run()), [(BookState::Stale, StateReason::Disconnected)]);
    assert_eq!(bench.asked(), 1);
    assert_eq!(bench.counters.books_live.load(Ordering::Relaxed), 0);
    bench.message(11, &depth(12, 13, 11));
    assert!(kinds(&bench.run()).is_empty(), "no level before the new snapshot");
}

#[test]
fn a_refused_snapshot_is_no_riddle_and_is_asked_for_again() {
    let mut bench = bench();
    bench.send(1, FrameKind::Up, "");
    bench.message(2, &depth(9, 11, 8));
    bench.run();
    assert_eq!(bench.asked(), 1);
    bench.send(3, FrameKind::Rest, r#"{"code":-1003,"msg":"Too many requests."}"#);
    bench.run();
    let c = Arc::clone(&bench.counters);
    assert_eq!(c.snapshots_refused.load(Ordering::Relaxed), 1);
    assert_eq!(c.undecodable.load(Ordering::Relaxed), 0);
    assert_eq!(bench.asked(), 0, "not at once");
    bench.send(900, FrameKind::Tick, "");
    bench.run();
    assert_eq!(bench.asked(), 1, "half a second later, not ten");
    bench.send(901, FrameKind::Rest, "");
    bench.run();
    assert_eq!(c.undecodable_by(), [(("snapshot", "not_json"), 1)]);
}

#[test]
fn what_cannot_be_understood_says_what_it_was() {
    let mut bench = bench();
    bench.message(10, r#"{"e":"depthUpdate"}"#);
    bench.message(10, r#"{"e":"trade","s":"BTCUSDT","p":"x","q":"1","t":1,"T":1,"m":true}"#);
    bench.message(10, "{");
    bench.run();
    let named = bench.counters.undecodable_by();
    let types: Vec<_> = named.iter().map(|((what, _), count)| (*what, *count)).collect();
    assert_eq!(types, [("depthUpdate", 1), ("trade", 1), ("unnamed", 1)]);
}
