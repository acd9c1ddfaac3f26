//! Five hundred instruments on two connections each: once it turns, whatever its
//! feeds bring, lose and repeat, the normalizer's memory is what it was.
#![allow(clippy::unwrap_used, reason = "tests: helpers outside #[test]")]
#![allow(missing_docs, reason = "tests")]

mod common;

use actor::{CountingAllocator, allocations, seal_thread};
use common::{Line, MS, Setup, spec};
use link::{Batch, FrameKind};
use std::io::Write;
use std::sync::atomic::Ordering;
use types::Nanos;
use venue::Dialect;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const INSTRUMENTS: u16 = 500;

/// Text in a buffer of its own: writing it takes no memory.
struct Text {
    bytes: [u8; 512],
    length: usize,
}

impl Text {
    fn of(text: std::fmt::Arguments<'_>) -> Self {
        let mut bytes = [0; 512];
        let mut left = &mut bytes[..];
        left.write_fmt(text).unwrap();
        let length = 512 - left.len();
        Self { bytes, length }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

fn depth(id: u16, n: u64) -> Text {
    let (first, last, before) = (n * 10 + 1, n * 10 + 10, n * 10);
    Text::of(format_args!(
        r#"{{"e":"depthUpdate","E":5,"T":4,"s":"S{id}USDT","U":{first},"u":{last},"pu":{before},"b":[["100.1","{n}.000"]],"a":[["101.1","0.000"]]}}"#
    ))
}

fn trade(id: u16, n: u64) -> Text {
    Text::of(format_args!(
        r#"{{"e":"trade","E":5,"T":5,"s":"S{id}USDT","t":{n},"p":"100.0","q":"1.000","X":"MARKET","m":true}}"#
    ))
}

/// One step of one instrument: the second connection lags a step behind the
/// first, and each loses some, on some steps both: a gap, and a snapshot after it.
fn step(line: &mut Line, at: Nanos, id: u16, n: u64) {
    for connection in [0, 1] {
        let n = n.saturating_sub(u64::from(connection));
        let lost = (n + u64::from(id)).is_multiple_of(7 + 4 * u64::from(connection));
        if !lost {
            line.send(at, FrameKind::Message, connection, depth(id, n).as_bytes());
            line.send(at, FrameKind::Message, connection, trade(id, n + 1).as_bytes());
        }
    }
    if n % 50 == 49 {
        line.send(at, FrameKind::Message, 0, b"{\"e\":");
    }
    line.turn(|_| ());
}

/// Answers what was asked for, with the book as of step `n`.
fn snapshots(line: &mut Line, at: Nanos, n: u64) {
    let mut asked = [0; 64];
    loop {
        let mut count = 0;
        let took = line.requests.poll(64, |token| {
            asked[count] = *token;
            count += 1;
        });
        if took == Batch::Empty {
            return;
        }
        for token in &asked[..count] {
            let last = n * 10 + 10;
            let body = Text::of(format_args!(
                r#"{{"lastUpdateId":{last},"E":2,"T":2,"bids":[["100.0","1.000"]],"asks":[["101.0","2.000"]]}}"#
            ));
            line.send(at, FrameKind::Rest, u16::try_from(*token).unwrap(), body.as_bytes());
            line.turn(|_| ());
        }
    }
}

#[test]
fn five_hundred_instruments_take_no_memory_after_the_seal() {
    let specs = (0..INSTRUMENTS).map(|id| spec(id, &format!("S{id}USDT"), (1, 3))).collect();
    let mut line = Line::new(Setup {
        dialect: Dialect::BinanceUsdm,
        specs,
        connections: 2,
        gap_wait_ms: 150,
        max_frame: 1 << 16,
    });
    seal_thread();
    for connection in [0, 1] {
        line.send(Nanos(MS), FrameKind::Up, connection, b"");
    }
    let mut at = Nanos(2 * MS);
    for n in 0..120 {
        for id in 0..INSTRUMENTS {
            step(&mut line, at, id, n);
        }
        at = Nanos(at.0 + 100 * MS);
        snapshots(&mut line, at, n);
        if n % 40 == 20 {
            line.send(at, FrameKind::Down, 1, b"");
        }
        if n % 40 == 25 {
            line.send(at, FrameKind::Up, 1, b"");
        }
    }
    assert_eq!(allocations(), (0, 0));
    // It was no quiet time.
    let c = &line.counters;
    let get = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    assert!(get(&c.frames) > 100_000 && get(&c.gaps) > 500 && get(&c.snapshots) > 1000);
    assert!(get(&c.copies_late) > 50_000 && get(&c.holes_filled) > 0);
    assert!(get(&c.undecodable) > 0 && get(&c.books_live) > 400);
}
