//! Connections that are replaced before the venue ends them: nothing is missed,
//! and at no moment is there none.
#![allow(clippy::disallowed_methods, reason = "tests: servers on threads, deadlines")]
#![allow(clippy::unwrap_used, reason = "tests: helpers outside #[test]")]
#![allow(missing_docs, reason = "tests")]

mod common;

use actor::{Wire, WireEvent};
use common::*;
use net::{ConnectionPlan, Rotation, SocketWire};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tungstenite::Message;

const MS: Duration = Duration::from_millis(1);

fn rotating(address: std::net::SocketAddr) -> ConnectionPlan {
    let rotation = Rotation { successor: 8, after: 150 * MS, overlap: 400 * MS };
    ConnectionPlan { rotation: Some(rotation), ..plan(7, address) }
}

/// A venue: every connection is told the same growing numbers, and its goodbye is
/// answered.
fn counting(refused: impl Fn(usize) -> bool + Send + Sync + 'static) -> std::net::SocketAddr {
    counting_in(0, refused)
}

/// The same, each number padded to so many bytes.
fn counting_in(
    bytes: usize,
    refused: impl Fn(usize) -> bool + Send + Sync + 'static,
) -> std::net::SocketAddr {
    let now = Arc::new(AtomicU64::new(1));
    let clock = Arc::clone(&now);
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(MS);
            clock.fetch_add(1, Ordering::Relaxed);
        }
    });
    serve(move |turn, stream| {
        if refused(turn) {
            return;
        }
        let Ok(mut socket) = tungstenite::accept(stream) else { return };
        let mut next = now.load(Ordering::Relaxed);
        loop {
            while next <= now.load(Ordering::Relaxed) {
                if socket.send(say(&format!("{next:>bytes$}"))).is_err() {
                    return;
                }
                next += 1;
            }
            socket.get_ref().set_read_timeout(Some(MS)).unwrap();
            match socket.read() {
                Ok(Message::Close(_)) => {
                    let _ = socket.flush();
                    return;
                }
                Err(tungstenite::Error::Io(why)) if is_idle(&why) => {}
                Err(_) => return,
                Ok(_) => {}
            }
        }
    })
}

fn is_idle(why: &std::io::Error) -> bool {
    matches!(why.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}

#[derive(Default)]
struct Watched {
    numbers: BTreeSet<u64>,
    up: BTreeSet<u16>,
    most: usize,
    was_alone: bool,
}

impl Watched {
    fn on_event(&mut self, event: &WireEvent<'_>) {
        match event {
            WireEvent::Message { bytes, .. } => {
                let text = std::str::from_utf8(bytes).unwrap();
                self.numbers.insert(text.trim().parse().unwrap());
            }
            WireEvent::Up { connection, .. } => {
                assert!(self.up.insert(*connection), "{connection} was up");
                self.most = self.most.max(self.up.len());
            }
            WireEvent::Down { connection, .. } => {
                assert!(self.up.remove(connection), "{connection} was down");
                self.was_alone |= self.up.is_empty();
            }
            _ => {}
        }
    }

    fn has_no_hole(&self) -> bool {
        let (first, last) = (self.numbers.first().unwrap(), self.numbers.last().unwrap());
        usize::try_from(last - first).unwrap() + 1 == self.numbers.len()
    }
}

fn watch(wire: &mut SocketWire, done: impl Fn() -> bool) -> Watched {
    let mut watched = Watched::default();
    let start = Instant::now();
    while !done() {
        watched.on_event(&wire.poll());
        std::thread::yield_now();
        assert!(start.elapsed() < PATIENCE, "it did not happen");
    }
    watched
}

#[test]
fn replaces_a_connection_without_missing_a_message() {
    let (mut wire, handle) = wire(vec![rotating(counting(|_| false))]);
    let seen = watch(&mut wire, || handle.counters().read().replaced >= 3);
    assert!(seen.has_no_hole() && !seen.was_alone && seen.most == 2);
    assert!(seen.numbers.len() > 50, "it has told for 3 x 150 ms: {}", seen.numbers.len());
    let counters = handle.counters().read();
    assert_eq!((counters.connect_failures, counters.connects), (0, counters.disconnects + 1));
    let status = handle.status();
    assert_eq!(status.connections.len(), 1, "a plan is one connection to whoever asks");
    assert!(status.connections[0].up && status.connections[0].connection == 7);
}

#[test]
fn a_reader_that_is_behind_by_more_than_the_overlap_misses_nothing() {
    // Megabytes in the socket when it looks again, which is more than is read at once.
    let address = counting_in(4 << 10, |_| false);
    let rotation = Rotation { successor: 8, after: 150 * MS, overlap: MS };
    let plan = ConnectionPlan { rotation: Some(rotation), ..plan(7, address) };
    let (mut wire, handle) = wire(vec![plan]);
    let mut seen = Watched::default();
    let start = Instant::now();
    while handle.counters().read().replaced < 3 {
        std::thread::sleep(900 * MS);
        let mut idle = 0;
        while idle < 1000 {
            let event = wire.poll();
            idle = if event == WireEvent::Idle { idle + 1 } else { 0 };
            seen.on_event(&event);
        }
        assert!(start.elapsed() < PATIENCE, "it did not happen");
    }
    assert!(seen.has_no_hole() && !seen.was_alone, "{} numbers", seen.numbers.len());
}

#[test]
fn keeps_the_old_connection_until_a_successor_is_there() {
    let refusing = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&refusing);
    // The second to the sixth attempt fail.
    let address = counting(move |turn| {
        let refused = (1..6).contains(&turn);
        count.fetch_add(usize::from(refused), Ordering::Relaxed);
        refused
    });
    let (mut wire, handle) = wire(vec![rotating(address)]);
    let seen = watch(&mut wire, || handle.counters().read().replaced >= 1);
    assert!(seen.has_no_hole() && !seen.was_alone);
    assert_eq!(refusing.load(Ordering::Relaxed), 5);
    assert_eq!(handle.counters().read().connect_failures, 5);
    assert!(handle.status().connections[0].up);
}

#[test]
fn goes_on_alone_when_one_is_lost_while_both_are_up() {
    let cut = Arc::new(AtomicBool::new(false));
    let order = Arc::clone(&cut);
    let address = serve_ws(move |turn, mut socket| {
        for number in 0.. {
            let lost = turn == 0 && order.load(Ordering::Relaxed);
            if lost || socket.send(say(&number.to_string())).is_err() {
                return;
            }
            std::thread::sleep(MS);
        }
    });
    let rotation = Rotation { successor: 1, after: 100 * MS, overlap: Duration::from_secs(3600) };
    let plan = ConnectionPlan { rotation: Some(rotation), ..plan(0, address) };
    let (mut wire, handle) = wire(vec![plan]);
    let mut watched = Watched::default();
    let start = Instant::now();
    while handle.counters().read().disconnects == 0 {
        watched.on_event(&wire.poll());
        if watched.most == 2 {
            cut.store(true, Ordering::Relaxed);
        }
        assert!(start.elapsed() < PATIENCE);
    }
    assert_eq!(watched.up, BTreeSet::from([1]));
    // Its place rests until the one that is left is old; then they take turns again.
    while watched.up.len() < 2 {
        watched.on_event(&wire.poll());
        assert!(start.elapsed() < PATIENCE);
    }
    assert_eq!(handle.counters().read().replaced, 0);
    assert!(handle.status().connections[0].up);
}

#[test]
fn opens_anew_when_the_only_connection_is_lost() {
    let address = serve_ws(|turn, mut socket| {
        socket.send(say("1")).unwrap();
        if turn > 0 {
            linger(&mut socket);
        }
    });
    let rotation = Rotation {
        successor: 1,
        after: Duration::from_secs(3600),
        overlap: Duration::from_secs(1),
    };
    let (mut wire, _handle) =
        wire(vec![ConnectionPlan { rotation: Some(rotation), ..plan(0, address) }]);
    let seen: Vec<_> = (0..5).map(|_| next(&mut wire)).collect();
    let wanted = [Seen::Up(0), text(0, "1"), Seen::Down(0), Seen::Up(0), text(0, "1")];
    assert_eq!(seen, wanted);
}

#[test]
fn refuses_a_successor_with_a_number_that_is_taken() {
    let address = "127.0.0.1:1".parse().unwrap();
    let rotation = Rotation { successor: 7, after: MS, overlap: MS };
    let plan = ConnectionPlan { rotation: Some(rotation), ..plan(7, address) };
    let why = SocketWire::start(settings(), vec![plan], None).map(drop).unwrap_err();
    assert!(why.contains("connection 7 is planned twice"), "{why}");
}
