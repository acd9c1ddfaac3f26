//! The wire of virtual time: the same contract over byte links, driven by a
//! lock-step driver in the same process.
//!
//! The driver pushes what the venue would send and takes what the actor sent.
//! A pushed frame counts as taken at the actor's next poll, once everything
//! that came of it was sent on, so that empty gauges mean "all is done".

use actor::{SendOutcome, Wire, WireEvent};
use link::{
    Batch, FrameHead, FrameKind, FrameReceiver, FrameSender, Full, Gauge, Receiver, Sender, frames,
    link,
};
use std::sync::Arc;
use types::Nanos;

/// The names of a memory wire's links, as the shape has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryNames {
    /// From the driver to the actor.
    pub inbound: &'static str,
    /// From the actor to the driver.
    pub outbound: &'static str,
    /// REST requests of the actor.
    pub requests: &'static str,
}

/// The sizes of a memory wire's links, powers of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemorySizes {
    /// Bytes, at least 4096; the longest frame is a quarter of it.
    pub inbound: usize,
    /// Bytes, at least 4096; the longest send is a quarter of it.
    pub outbound: usize,
    /// Requests, at least 2.
    pub requests: usize,
}

impl Default for MemorySizes {
    fn default() -> Self {
        // Room for a snapshot of 4 MiB inwards.
        Self { inbound: 16 << 20, outbound: 1 << 20, requests: 64 }
    }
}

/// Connection numbers, a bit each.
const CONNECTION_WORDS: usize = (u16::MAX as usize + 1) / 64;

/// The actor's end.
pub struct MemoryWire {
    inbound: FrameReceiver,
    outbound: FrameSender,
    requests: Sender<u64>,
    /// The frame that is lent out: a link lends only from itself, so one copy.
    lent: Vec<u8>,
    is_lent: bool,
    /// Connections that were reported up and not down since.
    up: Box<[u64; CONNECTION_WORDS]>,
}

/// The driver's end.
pub struct MemoryPeer {
    inbound: FrameSender,
    outbound: FrameReceiver,
    requests: Receiver<u64>,
    gauges: [Arc<Gauge>; 3],
}

/// Makes a wire and its driver's end.
///
/// # Panics
/// When a size is not a power of two or too small: the shape validates before.
#[must_use]
pub fn memory_wire(names: MemoryNames, sizes: MemorySizes) -> (MemoryWire, MemoryPeer) {
    let (inbound_in, inbound) = frames(names.inbound, sizes.inbound);
    let (outbound, outbound_out) = frames(names.outbound, sizes.outbound);
    let (requests, requests_out) = link(names.requests, sizes.requests, 0_u64);
    let gauges = [inbound.gauge(), outbound.gauge(), requests.gauge()];
    let lent = Vec::with_capacity(inbound_in.longest());
    let up = Box::new([0; CONNECTION_WORDS]);
    let wire = MemoryWire { inbound, outbound, requests, lent, is_lent: false, up };
    let peer =
        MemoryPeer { inbound: inbound_in, outbound: outbound_out, requests: requests_out, gauges };
    (wire, peer)
}

impl MemoryWire {
    fn mark(&mut self, connection: u16, up: bool) {
        let bit = 1_u64 << (connection % 64);
        let word = &mut self.up[usize::from(connection / 64)];
        if up { *word |= bit } else { *word &= !bit }
    }

    fn is_up(&self, connection: u16) -> bool {
        self.up[usize::from(connection / 64)] >> (connection % 64) & 1 == 1
    }
}

impl Wire for MemoryWire {
    fn poll(&mut self) -> WireEvent<'_> {
        if std::mem::take(&mut self.is_lent) {
            self.inbound.release();
        }
        let Some(frame) = self.inbound.peek() else {
            return if self.inbound.is_finished() { WireEvent::Closed } else { WireEvent::Idle };
        };
        let head = frame.head;
        self.lent.clear();
        self.lent.extend_from_slice(frame.bytes());
        self.is_lent = true;
        let FrameHead { received, meter, connection, token, .. } = head;
        match head.kind() {
            FrameKind::Message => {
                WireEvent::Message { connection, received, meter, bytes: &self.lent }
            }
            FrameKind::Rest => WireEvent::Rest { token, received, meter, bytes: &self.lent },
            FrameKind::Up => {
                self.mark(connection, true);
                WireEvent::Up { connection, received }
            }
            FrameKind::Down => {
                self.mark(connection, false);
                WireEvent::Down { connection, received }
            }
            FrameKind::Tick => WireEvent::Tick { received },
            FrameKind::Oversized => WireEvent::Oversized { connection, received },
        }
    }

    /// `NotConnected` before the connection's first `Up` and after its `Down`.
    fn send(&mut self, connection: u16, bytes: &[u8]) -> SendOutcome {
        if !self.is_up(connection) {
            return SendOutcome::NotConnected;
        }
        let head = FrameHead::new(FrameKind::Message, connection, Nanos(0), 0);
        match self.outbound.try_send(head, bytes) {
            Ok(()) => SendOutcome::Sent,
            Err(Full) => SendOutcome::WouldBlock,
        }
    }

    fn request(&mut self, token: u64) -> bool {
        self.requests.try_send(token).is_ok()
    }
}

impl MemoryPeer {
    /// Gives the actor a frame; `head` says which kind, connection, stamp and
    /// (for REST) token.
    ///
    /// # Errors
    /// [`Full`]; nothing was pushed. Always for bytes beyond a quarter of the link.
    pub fn push(&mut self, head: FrameHead, bytes: &[u8]) -> Result<(), Full> {
        self.inbound.try_send(head, bytes)
    }

    /// Takes what the actor sent, in order; how many.
    pub fn take_sent(&mut self, mut each: impl FnMut(u16, &[u8])) -> usize {
        let mut took = 0;
        while let Some(frame) = self.outbound.peek() {
            each(frame.head.connection, frame.bytes());
            self.outbound.release();
            took += 1;
        }
        took
    }

    /// Takes the tokens that the actor asked for, in order; how many.
    pub fn take_requests(&mut self, mut each: impl FnMut(u64)) -> usize {
        let mut took = 0;
        while let Batch::Took(more) = self.requests.poll(64, |token| each(*token)) {
            took += more;
        }
        took
    }

    /// The gauges of all three links: inbound, outbound, requests.
    #[must_use]
    pub fn gauges(&self) -> Vec<Arc<Gauge>> {
        self.gauges.to_vec()
    }
}
