//! A wire that is read twice: whatever the actor is handed is also copied into a
//! byte link, for a second reader on a thread of its own.
//!
//! Made for the paper world, whose matching model follows the same market as the
//! line. The second reader never holds the first one up: when its link is full the
//! copy is dropped, and a `Down` of every connection stands before the next copy,
//! so that it knows that it has missed something. What it asks for by REST comes to
//! it alone. Nothing is allocated here.

use actor::{SendOutcome, Wire, WireEvent};
use link::{FrameHead, FrameKind, FrameReceiver, FrameSender, Receiver, Sender, frames, link};
use types::Nanos;

/// The connection number of a `Down` that means all of them: copies are missing.
pub const EVERY_CONNECTION: u16 = u16::MAX;

/// Marks a REST request as the second reader's; the rest of the token is its own.
pub const SECOND_READER: u64 = 1 << 63;
/// Requests of the second reader that may wait: one for each of so many instruments.
const REQUESTS: usize = 1024;

/// A wire and the link that its messages are copied into.
pub struct Tee<W> {
    wire: W,
    copies: FrameSender,
    asked: Receiver<u64>,
    /// Copies were dropped since the last one that went in.
    has_missed: bool,
}

/// The second reader's end.
pub struct SecondReader {
    /// The copies.
    pub copies: FrameReceiver,
    /// What it asks for: tokens, as in [`Wire::request`].
    pub requests: Sender<u64>,
}

impl<W: Wire> Tee<W> {
    /// `wire`, read twice: by whoever polls this, and by the second reader. The links
    /// are called `names`, copies and requests; `size` is the first one's, in bytes, a
    /// power of two.
    ///
    /// # Panics
    /// When the size is not such a number.
    #[must_use]
    pub fn new(
        wire: W,
        (name, requests): (&'static str, &'static str),
        size: usize,
    ) -> (Self, SecondReader) {
        let (copies, receiver) = frames(name, size);
        let (asking, asked) = link(requests, REQUESTS, 0_u64);
        let tee = Self { wire, copies, asked, has_missed: false };
        (tee, SecondReader { copies: receiver, requests: asking })
    }
}

/// What the `Down` before a copy takes of the link.
const TOLD: usize = 128;

/// Sends one copy, after what has to be said before it. True when it was dropped.
fn copy(copies: &mut FrameSender, has_missed: bool, head: FrameHead, bytes: &[u8]) -> bool {
    if has_missed {
        // Both or none: a reader that is behind is told once.
        if !copies.has_room(bytes.len() + TOLD) {
            return true;
        }
        let missed = FrameHead::new(FrameKind::Down, EVERY_CONNECTION, head.received, head.meter);
        if copies.try_send(missed, &[]).is_err() {
            return true;
        }
    }
    copies.try_send(head, bytes).is_err()
}

impl<W: Wire> Wire for Tee<W> {
    fn poll(&mut self) -> WireEvent<'_> {
        let Self { wire, asked, .. } = self;
        asked.poll(1, |token| {
            // A queue that is full has the second reader ask again.
            let _ = wire.request(token | SECOND_READER);
        });
        let event = self.wire.poll();
        let bare =
            |kind, connection, received: Nanos| FrameHead::new(kind, connection, received, 0);
        let (head, bytes) = match event {
            WireEvent::Message { connection, received, meter, bytes } => {
                (FrameHead::new(FrameKind::Message, connection, received, meter), bytes)
            }
            WireEvent::Rest { token, received, meter, bytes } => {
                let own = token & !SECOND_READER;
                (FrameHead::new(FrameKind::Rest, 0, received, meter).answering(own), bytes)
            }
            WireEvent::Up { connection, received } => {
                (bare(FrameKind::Up, connection, received), &[][..])
            }
            WireEvent::Down { connection, received } => {
                (bare(FrameKind::Down, connection, received), &[][..])
            }
            WireEvent::Oversized { connection, received } => {
                (bare(FrameKind::Oversized, connection, received), &[][..])
            }
            WireEvent::Tick { .. } | WireEvent::Idle | WireEvent::Closed => return event,
        };
        self.has_missed = copy(&mut self.copies, self.has_missed, head, bytes);
        match event {
            WireEvent::Rest { token, .. } if token & SECOND_READER != 0 => WireEvent::Idle,
            event => event,
        }
    }

    fn send(&mut self, connection: u16, bytes: &[u8]) -> SendOutcome {
        self.wire.send(connection, bytes)
    }

    fn request(&mut self, token: u64) -> bool {
        self.wire.request(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryNames, MemoryPeer, MemorySizes, MemoryWire, memory_wire};

    fn tee(size: usize) -> (Tee<MemoryWire>, MemoryPeer, FrameReceiver) {
        let (tee, peer, second) = tee_with_requests(size);
        (tee, peer, second.copies)
    }

    fn tee_with_requests(size: usize) -> (Tee<MemoryWire>, MemoryPeer, SecondReader) {
        let names = MemoryNames { inbound: "in", outbound: "out", requests: "requests" };
        let (wire, peer) = memory_wire(names, MemorySizes::default());
        let (tee, second) = Tee::new(wire, ("copies", "asked"), size);
        (tee, peer, second)
    }

    fn push(peer: &mut MemoryPeer, kind: FrameKind, connection: u16, bytes: &[u8]) {
        let head = FrameHead::new(kind, connection, Nanos(7), 8).answering(9);
        peer.push(head, bytes).unwrap();
    }

    fn taken(copies: &mut FrameReceiver) -> Vec<(FrameKind, u16, u64, Vec<u8>)> {
        let mut all = Vec::new();
        while let Some(frame) = copies.peek() {
            let head = frame.head;
            all.push((head.kind(), head.connection, head.token, frame.bytes().to_vec()));
            copies.release();
        }
        all
    }

    #[test]
    fn both_readers_get_every_message_answer_and_change_of_a_connection() {
        let (mut tee, mut peer, mut copies) = tee(1 << 16);
        push(&mut peer, FrameKind::Up, 3, &[]);
        push(&mut peer, FrameKind::Message, 3, b"one");
        push(&mut peer, FrameKind::Rest, 0, b"two");
        push(&mut peer, FrameKind::Tick, 0, &[]);
        push(&mut peer, FrameKind::Down, 3, &[]);
        let mut seen = Vec::new();
        loop {
            match tee.poll() {
                WireEvent::Idle => break,
                WireEvent::Message { bytes, .. } | WireEvent::Rest { bytes, .. } => {
                    seen.push(bytes.to_vec());
                }
                _ => {}
            }
        }
        assert_eq!(seen, [b"one".to_vec(), b"two".to_vec()]);
        let expected = [
            (FrameKind::Up, 3, 0, Vec::new()),
            (FrameKind::Message, 3, 0, b"one".to_vec()),
            (FrameKind::Rest, 0, 9, b"two".to_vec()),
            (FrameKind::Down, 3, 0, Vec::new()),
        ];
        assert_eq!(taken(&mut copies), expected);
    }

    #[test]
    fn a_reader_that_falls_behind_is_told_that_it_missed_something_and_holds_nobody_up() {
        let (mut tee, mut peer, mut copies) = tee(4096);
        let long = [b'x'; 900];
        for _ in 0..20 {
            push(&mut peer, FrameKind::Message, 1, &long);
            assert!(matches!(tee.poll(), WireEvent::Message { bytes, .. } if bytes == long));
        }
        let first = taken(&mut copies);
        assert!(!first.is_empty() && first.len() < 20, "{}", first.len());
        assert!(first.iter().all(|one| one.0 == FrameKind::Message));
        push(&mut peer, FrameKind::Message, 1, b"after");
        let _ = tee.poll();
        push(&mut peer, FrameKind::Message, 1, b"more");
        let _ = tee.poll();
        let then: Vec<_> = taken(&mut copies).into_iter().map(|one| (one.0, one.1)).collect();
        let told = (FrameKind::Down, EVERY_CONNECTION);
        assert_eq!(then, [told, (FrameKind::Message, 1), (FrameKind::Message, 1)]);
    }

    #[test]
    fn what_the_second_reader_asks_for_is_its_own() {
        let (mut tee, mut peer, mut second) = tee_with_requests(1 << 16);
        second.requests.try_send(5).unwrap();
        assert_eq!(tee.poll(), WireEvent::Idle);
        let mut asked = Vec::new();
        peer.take_requests(|token| asked.push(token));
        assert_eq!(asked, [5 | SECOND_READER]);
        let head = FrameHead::new(FrameKind::Rest, 0, Nanos(1), 2).answering(asked[0]);
        peer.push(head, b"book").unwrap();
        assert_eq!(tee.poll(), WireEvent::Idle);
        assert_eq!(taken(&mut second.copies), [(FrameKind::Rest, 0, 5, b"book".to_vec())]);
    }

    #[test]
    fn what_the_actor_sends_goes_through() {
        let (mut tee, mut peer, _copies) = tee(4096);
        push(&mut peer, FrameKind::Up, 1, &[]);
        let _ = tee.poll();
        assert_eq!(tee.send(1, b"order"), SendOutcome::Sent);
        assert!(tee.request(4));
        let mut sent = Vec::new();
        peer.take_sent(|connection, bytes| sent.push((connection, bytes.to_vec())));
        assert_eq!(sent, [(1, b"order".to_vec())]);
        let mut asked = Vec::new();
        peer.take_requests(|token| asked.push(token));
        assert_eq!(asked, [4]);
    }
}
