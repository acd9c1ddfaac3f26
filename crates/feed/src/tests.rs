//! What the feed hands on, and that it stops reading before it would drop.

use crate::Feed;
use actor::{Actor, Duty, SendOutcome, Wire, WireEvent};
use link::{FrameKind, frames, link};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use types::Nanos;

#[derive(Clone, Default)]
struct Script {
    messages: Arc<Mutex<VecDeque<Vec<u8>>>>,
    asked: Arc<Mutex<Vec<u64>>>,
}

struct ScriptWire {
    script: Script,
    current: Vec<u8>,
    is_up: bool,
}

impl Wire for ScriptWire {
    fn poll(&mut self) -> WireEvent<'_> {
        let received = Nanos(5);
        if !std::mem::replace(&mut self.is_up, true) {
            return WireEvent::Up { connection: 3, received };
        }
        match self.script.messages.lock().unwrap().pop_front() {
            Some(bytes) if bytes == b"close" => WireEvent::Closed,
            Some(bytes) => {
                self.current = bytes;
                WireEvent::Message { connection: 3, received, meter: 9, bytes: &self.current }
            }
            None => WireEvent::Idle,
        }
    }

    fn send(&mut self, _connection: u16, _bytes: &[u8]) -> SendOutcome {
        SendOutcome::NotConnected
    }

    fn request(&mut self, token: u64) -> bool {
        self.script.asked.lock().unwrap().push(token);
        true
    }
}

#[test]
fn frames_keep_their_order_stamp_and_connection() {
    let script = Script::default();
    let (sender, mut receiver) = frames("feed_normalizer", 1 << 16);
    let (mut ask, asked) = link("normalizer_feed", 4, 0);
    let wire = ScriptWire { script: script.clone(), current: Vec::new(), is_up: false };
    let mut feed = Feed::new(wire, sender, asked);
    script.messages.lock().unwrap().extend([b"one".to_vec(), b"two".to_vec()]);
    ask.try_send(7).unwrap();
    while feed.turn() == Duty::Busy {}
    let mut got = Vec::new();
    while let Some(frame) = receiver.peek() {
        got.push((frame.head.kind(), frame.head.connection, frame.bytes().to_vec()));
        receiver.release();
    }
    let expected = [
        (FrameKind::Up, 3, vec![]),
        (FrameKind::Message, 3, b"one".to_vec()),
        (FrameKind::Message, 3, b"two".to_vec()),
    ];
    assert_eq!(got, expected);
    assert_eq!(*script.asked.lock().unwrap(), [7]);
    assert_eq!(feed.counters().frames.load(Ordering::Relaxed), 2);
}

#[test]
fn a_full_link_holds_reading_back_and_loses_nothing() {
    let script = Script::default();
    let (sender, mut receiver) = frames("feed_normalizer", 4096);
    let (_ask, asked) = link("normalizer_feed", 4, 0);
    let wire = ScriptWire { script: script.clone(), current: Vec::new(), is_up: true };
    let mut feed = Feed::new(wire, sender, asked);
    script.messages.lock().unwrap().extend((0..100_u8).map(|n| vec![n; 300]));
    let mut next = 0;
    for _ in 0..1000 {
        feed.turn();
        if let Some(frame) = receiver.peek() {
            assert_eq!(frame.bytes(), vec![next; 300]);
            next += 1;
            receiver.release();
        }
    }
    assert_eq!(next, 100);
    assert!(feed.counters().held_back.load(Ordering::Relaxed) > 0);
}

#[test]
fn a_closed_wire_ends_the_feed_and_closes_its_link() {
    let script = Script::default();
    let (sender, mut receiver) = frames("feed_normalizer", 4096);
    let (_ask, asked) = link("normalizer_feed", 4, 0);
    let wire = ScriptWire { script: script.clone(), current: Vec::new(), is_up: true };
    let mut feed = Feed::new(wire, sender, asked);
    script.messages.lock().unwrap().push_back(b"close".to_vec());
    assert_eq!(feed.turn(), Duty::Done);
    drop(feed);
    assert!(receiver.is_finished());
}
