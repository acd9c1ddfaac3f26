//! Several connections for one stream: whatever they lose, delay or repeat, what
//! comes out is the stream of one connection that loses nothing.
#![allow(clippy::unwrap_used, reason = "tests: helpers outside #[test]")]
#![allow(missing_docs, reason = "tests")]

mod common;

use common::{Line, MS, Setup, spec};
use link::FrameKind;
use normalizer::CopiedStream;
use proptest::prelude::*;
use std::sync::atomic::Ordering;
use types::*;
use venue::Dialect;

/// Which stream a message belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Depth,
    Trade,
    Aggregate,
    Quote,
    Mark,
    Candle,
    Forced,
}

const STREAMS: [Of; 7] =
    [Of::Depth, Of::Trade, Of::Aggregate, Of::Quote, Of::Mark, Of::Candle, Of::Forced];

impl Of {
    /// Whether a missing message is known to be missing.
    fn is_counted(self) -> bool {
        matches!(self, Self::Depth | Self::Trade | Self::Aggregate)
    }

    fn which(record: &Record) -> Option<Self> {
        Some(match record.kind()? {
            Kind::BookReset | Kind::SnapshotLevel | Kind::Level | Kind::BookChange => Self::Depth,
            Kind::Trade => Self::Trade,
            Kind::AggTrade => Self::Aggregate,
            Kind::Quote => Self::Quote,
            Kind::MarkPrice => Self::Mark,
            Kind::KlinePrices | Kind::KlineVolume => Self::Candle,
            Kind::Liquidation => Self::Forced,
            _ => return None,
        })
    }
}

/// The `n`th message of a stream, at `ms`.
fn message(dialect: Dialect, of: Of, n: u64, ms: i64) -> String {
    let trade = r#""p":"100.0","q":"1.000""#;
    match of {
        Of::Depth => {
            let (first, last, before) = (n * 10 + 1, n * 10 + 10, n * 10);
            let pu = if dialect == Dialect::BinanceUsdm {
                format!(r#""T":{ms},"pu":{before},"#)
            } else {
                String::new()
            };
            format!(
                r#"{{"e":"depthUpdate","E":{ms},"s":"BTCUSDT","U":{first},"u":{last},{pu}"b":[["90.{}","{n}.000"]],"a":[]}}"#,
                n % 10
            )
        }
        Of::Trade => format!(
            r#"{{"e":"trade","E":{ms},"T":{ms},"s":"BTCUSDT","t":{},{trade},"X":"MARKET","m":true}}"#,
            n + 1
        ),
        Of::Aggregate => format!(
            r#"{{"e":"aggTrade","E":{ms},"s":"BTCUSDT","a":{},{trade},"f":1,"l":2,"T":{ms},"m":true}}"#,
            n + 1
        ),
        Of::Quote => format!(
            r#"{{"e":"bookTicker","u":{},"s":"BTCUSDT","b":"100.0","B":"{}","a":"101.0","A":"1","T":{ms},"E":{ms}}}"#,
            n + 1,
            n + 1
        ),
        Of::Mark => format!(
            r#"{{"e":"markPriceUpdate","E":{ms},"s":"BTCUSDT","p":"100.{n}","i":"100.0","P":"100.0","r":"0.0001","T":28800000}}"#
        ),
        Of::Candle => format!(
            r#"{{"e":"kline","E":{ms},"s":"BTCUSDT","k":{{"t":{},"T":9,"s":"BTCUSDT","i":"1m","f":1,"L":2,"o":"1","c":"1","h":"1","l":"1","v":"{n}","n":{n},"x":false,"q":"1","V":"0","Q":"0","B":"0"}}}}"#,
            n / 4 * 60_000
        ),
        Of::Forced => format!(
            r#"{{"e":"forceOrder","E":{ms},"o":{{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"{}","p":"9910","ap":"9910","X":"FILLED","l":"1","z":"{}","T":{ms}}}}}"#,
            n + 1,
            n + 1
        ),
    }
}

/// What happens to one message.
#[derive(Clone, Copy, Debug)]
struct Fate {
    of: Of,
    /// By connection: lost, and how late it is.
    lost: [bool; 2],
    lag_ms: [i64; 2],
}

#[derive(Clone, Debug)]
struct Story {
    dialect: Dialect,
    fates: Vec<Fate>,
    /// While the second connection is down: from which message, how many.
    down: Option<(usize, usize)>,
    /// Which of the two is the one that always tells what the other has lost.
    swap: bool,
}

/// The first messages of each stream come on both sides: the book is joined.
const BEGIN: usize = 21;
/// Between two messages.
const STEP_MS: i64 = 20;

fn stories() -> impl Strategy<Value = Story> {
    let fate = (0..7_usize, [0..10_u8, 0..10], [0..3000_i64, 0..3000], 0..4_u8);
    let fates = prop::collection::vec(fate, 20..150);
    let down = prop::option::of((0..100_usize, 1..40_usize));
    (fates, down, any::<bool>(), any::<bool>()).prop_map(|(fates, down, swap, is_spot)| {
        let begin =
            (0..BEGIN).map(|at| Fate { of: STREAMS[at % 7], lost: [false; 2], lag_ms: [0; 2] });
        let fates = fates.into_iter().map(|(of, lost, lag, which)| Fate {
            of: if is_spot && of > 2 { Of::Depth } else { STREAMS[of] },
            lost: lost.map(|lost| lost < 2),
            // Mostly both are on time, or one of them is.
            lag_ms: match which {
                0 => lag,
                1 => [lag[0], 1],
                2 => [1, lag[1]],
                _ => [1, 2],
            },
        });
        let dialect = if is_spot { Dialect::BinanceSpot } else { Dialect::BinanceUsdm };
        let down = down.map(|(from, count)| (from + BEGIN, count));
        Story { dialect, fates: begin.chain(fates).collect(), down, swap }
    })
}

/// Something on a connection.
#[derive(Clone, Debug)]
struct Arrival {
    ms: i64,
    connection: u16,
    kind: FrameKind,
    /// Of messages: their stream, number and text.
    message: Option<(Of, u64, String)>,
}

impl Story {
    /// What each side delivers, in order of its arrival. A connection keeps its
    /// order; a message that one side loses comes on the other.
    fn arrivals(&self) -> Vec<Arrival> {
        let (mut clocks, mut counts) = ([0_i64; 2], [0_u64; 7]);
        let mut all = Vec::new();
        let (main, other) = if self.swap { (1, 0) } else { (0, 1) };
        let number = |side: usize| u16::try_from(side).unwrap();
        for side in [0, 1] {
            all.push(Arrival {
                ms: 1,
                connection: number(side),
                kind: FrameKind::Up,
                message: None,
            });
        }
        let mut back_ms = None;
        for (index, fate) in self.fates.iter().enumerate() {
            let ms = 1000 + STEP_MS * i64::try_from(index).unwrap();
            let n = counts[fate.of as usize];
            counts[fate.of as usize] += 1;
            if let Some((from, count)) = self.down {
                if index == from {
                    clocks[other] = clocks[other].max(ms);
                    let ms = clocks[other];
                    let kind = FrameKind::Down;
                    all.push(Arrival { ms, connection: number(other), kind, message: None });
                    back_ms = Some(ms + STEP_MS * i64::try_from(count).unwrap());
                }
                if back_ms.is_some_and(|back| ms >= back) {
                    back_ms = None;
                    clocks[other] = clocks[other].max(ms);
                    let kind = FrameKind::Up;
                    all.push(Arrival { ms, connection: number(other), kind, message: None });
                }
            }
            let is_down = back_ms.is_some();
            let lost = |side: usize| {
                if side == other {
                    is_down || fate.lost[other]
                } else {
                    fate.lost[main] && !is_down && !fate.lost[other]
                }
            };
            let text = message(self.dialect, fate.of, n, ms);
            for side in [0, 1] {
                if !lost(side) {
                    clocks[side] = clocks[side].max(ms + fate.lag_ms[side]);
                    all.push(Arrival {
                        ms: clocks[side],
                        connection: number(side),
                        kind: FrameKind::Message,
                        message: Some((fate.of, n, text.clone())),
                    });
                }
            }
        }
        all.sort_by_key(|arrival| arrival.ms);
        all
    }
}

fn line(dialect: Dialect, connections: usize) -> Line {
    let specs = vec![spec(0, "BTCUSDT", (1, 3))];
    Line::new(Setup { dialect, specs, connections, gap_wait_ms: 60_000, max_frame: 1 << 14 })
}

const SNAPSHOT: &str =
    r#"{"lastUpdateId":15,"bids":[["90.0","1.000"]],"asks":[["101.0","2.000"]]}"#;

/// Plays arrivals, with the snapshot when the first 21 messages of both are there.
fn play(line: &mut Line, arrivals: &[Arrival]) -> Vec<Record> {
    let (mut out, mut joined) = (Vec::new(), false);
    let join_ms = 1000 + STEP_MS * i64::try_from(BEGIN).unwrap() - 1;
    for arrival in arrivals {
        if !joined && arrival.ms > join_ms {
            joined = true;
            line.send(Nanos(join_ms * MS), FrameKind::Rest, 0, SNAPSHOT.as_bytes());
            out.extend(line.run());
        }
        let text = arrival.message.as_ref().map_or("", |(_, _, text)| text);
        line.send(Nanos(arrival.ms * MS), arrival.kind, arrival.connection, text.as_bytes());
        out.extend(line.run());
    }
    out
}

/// Kind and content of what one stream told; a level's content is that of any
/// other body too.
fn told(records: &[Record], of: Of) -> Vec<(Kind, Level)> {
    let of_stream = records.iter().filter(|record| Of::which(record) == Some(of));
    of_stream.map(|record| (record.kind().unwrap(), record.body())).collect()
}

/// One connection that loses nothing.
fn alone(story: &Story) -> Vec<Record> {
    let fate = |fate: &Fate| Fate { lost: [false; 2], lag_ms: [0; 2], ..*fate };
    let story =
        Story { fates: story.fates.iter().map(fate).collect(), down: None, ..story.clone() };
    let first: Vec<_> = story.arrivals().into_iter().filter(|a| a.connection == 0).collect();
    play(&mut line(story.dialect, 1), &first)
}

/// What the slow twin says of a stream without countable ids: a message is told
/// when it is newer than all before it.
fn overtaken_out(arrivals: &[Arrival], of: Of) -> usize {
    let mut newest = None;
    let numbers = arrivals.iter().filter_map(|a| a.message.as_ref()).filter(|m| m.0 == of);
    numbers
        .filter(|(_, n, _)| {
            newest.is_none_or(|newest| *n > newest) && {
                newest = Some(*n);
                true
            }
        })
        .count()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn prop_the_union_is_the_stream_of_one_connection_that_loses_nothing(story in stories()) {
        let arrivals = story.arrivals();
        let mut both = line(story.dialect, 2);
        let out = play(&mut both, &arrivals);
        let wanted = alone(&story);
        prop_assert_eq!(both.gaps(), 0);
        for of in STREAMS {
            let (seen, whole) = (told(&out, of), told(&wanted, of));
            if of.is_counted() {
                prop_assert_eq!(&seen, &whole, "{:?}", of);
            } else if of != Of::Forced {
                // In order, nothing twice, and all that no newer one has overtaken.
                let mut rest = whole.iter();
                prop_assert!(seen.iter().all(|one| rest.any(|other| one == other)), "{:?}", of);
                let each = if of == Of::Candle { 2 } else { 1 };
                prop_assert_eq!(seen.len(), each * overtaken_out(&arrivals, of), "{:?}", of);
            } else {
                prop_assert_eq!(seen.len(), whole.len());
                prop_assert!(whole.iter().all(|one| seen.contains(one)));
            }
        }
        let brought = arrivals.iter().filter(|a| a.message.is_some()).count();
        let counts = both.counters.copies();
        let sum = |each: fn(&normalizer::CopyCount) -> u64| counts.iter().map(each).sum::<u64>();
        prop_assert_eq!(sum(|c| c.won) + sum(|c| c.late), u64::try_from(brought).unwrap());
        prop_assert_eq!(sum(|c| c.late), both.counters.copies_late.load(Ordering::Relaxed));
    }
}

fn depth(n: u64) -> String {
    message(Dialect::BinanceUsdm, Of::Depth, n, 5)
}

/// A live book at message 3 on two connections.
fn live() -> Line {
    let mut line = line(Dialect::BinanceUsdm, 2);
    for connection in [0, 1] {
        line.send(Nanos(MS), FrameKind::Up, connection, b"");
    }
    for n in 0..3 {
        line.send(Nanos(2 * MS), FrameKind::Message, 0, depth(n).as_bytes());
        line.send(Nanos(2 * MS), FrameKind::Message, 1, depth(n).as_bytes());
    }
    line.send(Nanos(3 * MS), FrameKind::Rest, 0, SNAPSHOT.as_bytes());
    line.run();
    assert_eq!(line.asked(), 1);
    line
}

fn states(records: &[Record]) -> Vec<(BookState, StateReason)> {
    let changes = records.iter().filter(|record| record.kind() == Some(Kind::BookChange));
    changes.map(|r| (r.body::<BookChange>().state(), r.body::<BookChange>().reason())).collect()
}

fn say(line: &mut Line, ms: i64, connection: u16, n: u64) -> Vec<Record> {
    line.send(Nanos(ms * MS), FrameKind::Message, connection, depth(n).as_bytes());
    line.run()
}

#[test]
fn a_message_that_both_have_lost_is_a_gap_at_once() {
    let mut line = live();
    assert!(say(&mut line, 10, 0, 4).is_empty(), "the other may still bring the third");
    assert_eq!(line.gaps(), 0);
    let out = say(&mut line, 11, 1, 4);
    assert_eq!(states(&out), [(BookState::Stale, StateReason::Gap)]);
    assert_eq!((line.gaps(), line.asked()), (1, 1));
}

#[test]
fn a_message_that_the_other_does_not_bring_in_time_is_a_gap() {
    let mut line = live();
    say(&mut line, 10, 0, 4);
    line.send(Nanos(60_000 * MS), FrameKind::Tick, 0, b"");
    assert!(states(&line.run()).is_empty());
    line.send(Nanos(60_200 * MS), FrameKind::Tick, 0, b"");
    assert_eq!(states(&line.run()), [(BookState::Stale, StateReason::Gap)]);
}

#[test]
fn a_message_that_waits_for_a_connection_that_closes_is_a_gap() {
    let mut line = live();
    say(&mut line, 10, 0, 4);
    line.send(Nanos(11 * MS), FrameKind::Down, 1, b"");
    assert_eq!(states(&line.run()), [(BookState::Stale, StateReason::Gap)]);
}

#[test]
fn a_book_stays_live_while_one_of_its_connections_is_up() {
    let mut line = live();
    line.send(Nanos(10 * MS), FrameKind::Down, 0, b"");
    assert!(line.run().is_empty());
    assert_eq!(say(&mut line, 11, 1, 3).len(), 1);
    line.send(Nanos(12 * MS), FrameKind::Up, 0, b"");
    assert_eq!(say(&mut line, 13, 0, 4).len(), 1);
    line.send(Nanos(14 * MS), FrameKind::Down, 1, b"");
    assert!(line.run().is_empty());
    line.send(Nanos(15 * MS), FrameKind::Down, 0, b"");
    assert_eq!(states(&line.run()), [(BookState::Stale, StateReason::Disconnected)]);
    assert_eq!(line.gaps(), 0);
}

#[test]
fn counts_who_was_first_by_connection_and_stream() {
    let mut line = live();
    say(&mut line, 10, 1, 3);
    say(&mut line, 11, 0, 3);
    say(&mut line, 12, 0, 4);
    let counts = line.counters.copies();
    let of = |connection| {
        let found = counts.iter().find(|c| c.connection == connection);
        found.map(|c| (c.stream, c.won, c.late)).unwrap()
    };
    assert_eq!(of(0), (CopiedStream::Depth, 4, 1));
    assert_eq!(of(1), (CopiedStream::Depth, 1, 3));
    assert_eq!(line.counters.repeated.load(Ordering::Relaxed), 0);
}
