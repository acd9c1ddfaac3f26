//! Bytes in: one actor over one wire, many connections. Each frame is stamped by
//! the wire, copied once into the frame link and decoded there by the normalizer.
//!
//! Reads: a [`Wire`], and the link of snapshot requests. Feeds: the normalizer.
//! Full-policy: when the frame link has no room for a whole frame the feed stops
//! reading; the kernel's buffer and then the venue feel it. Nothing is cut and
//! nothing is dropped here.
//!
//! Never here: a decoded number, a decision, a clock.

use actor::{Actor, Duty, Wire, WireEvent};
use link::{Batch, FrameHead, FrameKind, FrameSender, Receiver};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Most frames of one turn: the normalizer on the same thread should not wait
/// longer than about a hundred microseconds.
const BATCH: usize = 32;

/// What the feed has seen. One writer, the feed; read by the metrics.
#[derive(Debug, Default)]
pub struct FeedCounters {
    /// Messages and REST bodies handed on.
    pub frames: AtomicU64,
    /// Their bytes.
    pub bytes: AtomicU64,
    /// Frames beyond the size limit, read off and not kept.
    pub oversized: AtomicU64,
    /// Turns in which the frame link had no room for a whole frame.
    pub held_back: AtomicU64,
    /// Connections opened.
    pub opened: AtomicU64,
    /// Connections closed.
    pub closed: AtomicU64,
}

impl FeedCounters {
    /// Name, meaning and value of each counter, for the metrics.
    #[must_use]
    pub fn read(&self) -> Vec<(&'static str, &'static str, u64)> {
        // Relaxed: counters; nothing is read on the strength of them.
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        vec![
            ("frames", "Frames handed on to the normalizer.", get(&self.frames)),
            ("frame_bytes", "Bytes of those frames.", get(&self.bytes)),
            ("frames_oversized", "Frames beyond the size limit, not kept.", get(&self.oversized)),
            ("turns_held_back", "Turns without room for a whole frame.", get(&self.held_back)),
            ("connections_opened", "Market connections opened.", get(&self.opened)),
            ("connections_closed", "Market connections closed.", get(&self.closed)),
        ]
    }
}

fn add(counter: &AtomicU64, n: u64) {
    // Relaxed, one writer: see `FeedCounters::read`.
    counter.store(counter.load(Ordering::Relaxed) + n, Ordering::Relaxed);
}

/// The actor.
pub struct Feed<W: Wire> {
    wire: W,
    frames: FrameSender,
    requests: Receiver<u64>,
    counters: Arc<FeedCounters>,
}

impl<W: Wire> Feed<W> {
    /// A feed that reads `wire`, sends into `frames` and passes on `requests`
    /// for REST answers.
    pub fn new(wire: W, frames: FrameSender, requests: Receiver<u64>) -> Self {
        Self { wire, frames, requests, counters: Arc::default() }
    }

    /// Its counters.
    #[must_use]
    pub fn counters(&self) -> Arc<FeedCounters> {
        Arc::clone(&self.counters)
    }

    /// Hands one event of the wire on. `None` when it had nothing.
    fn pass_on(&mut self) -> Option<Duty> {
        let counters = &*self.counters;
        let (head, bytes): (FrameHead, &[u8]) = match self.wire.poll() {
            WireEvent::Message { connection, received, meter, bytes } => {
                (FrameHead::new(FrameKind::Message, connection, received, meter), bytes)
            }
            WireEvent::Rest { token, received, meter, bytes } => {
                let head = FrameHead::new(FrameKind::Rest, 0, received, meter);
                (head.answering(token), bytes)
            }
            WireEvent::Up { connection, received } => {
                add(&counters.opened, 1);
                (FrameHead::new(FrameKind::Up, connection, received, 0), &[])
            }
            WireEvent::Down { connection, received } => {
                add(&counters.closed, 1);
                (FrameHead::new(FrameKind::Down, connection, received, 0), &[])
            }
            WireEvent::Oversized { connection, received } => {
                add(&counters.oversized, 1);
                (FrameHead::new(FrameKind::Oversized, connection, received, 0), &[])
            }
            WireEvent::Tick { received } => (FrameHead::new(FrameKind::Tick, 0, received, 0), &[]),
            WireEvent::Idle => return None,
            WireEvent::Closed => return Some(Duty::Done),
        };
        if bytes.len() > self.frames.longest() {
            // The wire's limit is above the link's: the frame is told of, not cut.
            add(&counters.oversized, 1);
            let head = FrameHead::new(FrameKind::Oversized, head.connection, head.received, 0);
            let _ = self.frames.try_send(head, &[]);
            return Some(Duty::Busy);
        }
        if matches!(head.kind(), FrameKind::Message | FrameKind::Rest) {
            add(&counters.frames, 1);
            add(&counters.bytes, bytes.len() as u64);
        }
        let sent = self.frames.try_send(head, bytes);
        assert!(sent.is_ok(), "Invariant: room for the longest frame was asked for before.");
        Some(Duty::Busy)
    }
}

impl<W: Wire> Actor for Feed<W> {
    fn name(&self) -> &'static str {
        "feed"
    }

    fn turn(&mut self) -> Duty {
        let wire = &mut self.wire;
        let asked = self.requests.poll(1, |&token| {
            // A full queue of requests is forgotten; the normalizer asks again.
            let _ = wire.request(token);
        });
        let mut duty = if matches!(asked, Batch::Took(_)) { Duty::Busy } else { Duty::Idle };
        for _ in 0..BATCH {
            if !self.frames.has_room(self.frames.longest()) {
                add(&self.counters.held_back, 1);
                break;
            }
            match self.pass_on() {
                Some(Duty::Busy) => duty = Duty::Busy,
                Some(other) => return other,
                None => break,
            }
        }
        duty
    }
}

#[cfg(test)]
mod tests;
