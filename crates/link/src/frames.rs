//! A link of venue bytes: each frame lies contiguous in one ring of bytes, so
//! that the feed copies it once and the decoder works on it in place, with the
//! padding behind it that simd-json wants.
//!
//! One sender, one reader. Positions count bytes for ever and are reduced
//! modulo the size; a frame that would wrap leaves a filler before it.
//! This file holds the only unsafe code of the crate.
#![allow(unsafe_code, reason = "a byte ring hands out disjoint parts of one buffer")]

use crate::{Full, Gauge};
use bytemuck::{Pod, Zeroable};
use crossbeam_utils::CachePadded;
use std::cell::UnsafeCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use types::Nanos;

/// Every frame starts at a multiple of this: a cache line, so that heads never
/// straddle one and the two ends never share one.
const ALIGN: usize = 64;
/// Bytes behind each frame that its reader may overwrite (simd-json: 64).
const PADDING: usize = 64;

/// What stands in a frame's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// One message of a connection.
    Message,
    /// The body of a REST answer.
    Rest,
    /// A connection opened; no bytes.
    Up,
    /// A connection closed; no bytes.
    Down,
    /// Virtual time passed; no bytes.
    Tick,
    /// A frame larger than the limit arrived and was not kept; no bytes.
    Oversized,
}

/// What travels with a frame.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct FrameHead {
    /// When it was read from its socket.
    pub received: Nanos,
    /// The meter's reading at that moment.
    pub meter: u64,
    /// Bytes of the frame; `u32::MAX` marks the filler at the ring's end.
    length: u32,
    /// Which connection.
    pub connection: u16,
    kind: u16,
    /// What a REST answer answers, else 0.
    pub token: u64,
}

const HEAD: usize = size_of::<FrameHead>();
const FILLER: u32 = u32::MAX;

impl FrameHead {
    /// A head for a frame of `kind`.
    #[must_use]
    pub const fn new(kind: FrameKind, connection: u16, received: Nanos, meter: u64) -> Self {
        Self { received, meter, length: 0, connection, kind: kind as u16, token: 0 }
    }

    /// The same head, as the answer to `token`.
    #[must_use]
    pub const fn answering(mut self, token: u64) -> Self {
        self.token = token;
        self
    }

    /// What stands in the bytes.
    #[must_use]
    pub const fn kind(&self) -> FrameKind {
        match self.kind {
            0 => FrameKind::Message,
            1 => FrameKind::Rest,
            2 => FrameKind::Up,
            3 => FrameKind::Down,
            4 => FrameKind::Tick,
            _ => FrameKind::Oversized,
        }
    }
}

struct Shared {
    bytes: Box<[UnsafeCell<u8>]>,
    /// Bytes written, ever. Written by the sender.
    head: CachePadded<AtomicU64>,
    /// Bytes released, ever. Written by the reader.
    tail: CachePadded<AtomicU64>,
}

// SAFETY: the sender writes only [head, tail + size) and the reader touches
// only [tail, head); both positions are published with Release and read with
// Acquire, so no byte is ever reached from two threads at once.
unsafe impl Sync for Shared {}
// SAFETY: plain bytes and counters; nothing in it belongs to a thread.
unsafe impl Send for Shared {}

impl Shared {
    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn at(&self, position: u64) -> *mut u8 {
        let index = (position & (self.size() - 1)) as usize;
        // SAFETY: the index is below the length. From the whole slice's pointer, so
        // that a run of bytes may be reached through it.
        unsafe { UnsafeCell::raw_get(self.bytes.as_ptr()).add(index) }
    }
}

/// Makes a frame link of `size` bytes (a power of two, at least 4096) for
/// frames of at most `size / 4` bytes.
///
/// # Panics
/// When the size is not such a number: the shape validates sizes before.
#[must_use]
pub fn frames(name: &'static str, size: usize) -> (FrameSender, FrameReceiver) {
    assert!(
        size.is_power_of_two() && size >= 4096,
        "Invariant: frame links are sized in powers of two."
    );
    let mut bytes = Vec::with_capacity(size);
    bytes.resize_with(size, || UnsafeCell::new(0));
    let shared = Arc::new(Shared {
        bytes: bytes.into_boxed_slice(),
        head: CachePadded::new(AtomicU64::new(0)),
        tail: CachePadded::new(AtomicU64::new(0)),
    });
    let gauge = Arc::new(Gauge::new(name, size as u64));
    let sender = FrameSender {
        shared: Arc::clone(&shared),
        gauge: Arc::clone(&gauge),
        head: 0,
        tail_seen: 0,
        sent: 0,
    };
    (sender, FrameReceiver { shared, gauge, tail: 0, taken: 0 })
}

/// The writing end.
pub struct FrameSender {
    shared: Arc<Shared>,
    gauge: Arc<Gauge>,
    head: u64,
    tail_seen: u64,
    sent: u64,
}

const fn footprint(length: usize) -> u64 {
    ((HEAD + length + PADDING).div_ceil(ALIGN) * ALIGN) as u64
}

impl FrameSender {
    /// Longest frame that the link can ever carry.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.shared.bytes.len() / 4
    }

    /// Whether a frame of `length` bytes fits now, wherever the ring's end is.
    pub fn has_room(&mut self, length: usize) -> bool {
        let wanted = 2 * footprint(length);
        if self.shared.size() - (self.head - self.tail_seen) < wanted {
            // Acquire pairs with the reader's Release: its reads are over.
            self.tail_seen = self.shared.tail.load(Ordering::Acquire);
        }
        self.shared.size() - (self.head - self.tail_seen) >= wanted
    }

    /// Copies one frame in and makes it visible.
    ///
    /// # Errors
    /// [`Full`]; nothing was sent. A frame beyond [`Self::longest`] is always
    /// refused: the wire cuts it off before.
    pub fn try_send(&mut self, mut head: FrameHead, bytes: &[u8]) -> Result<(), Full> {
        if bytes.len() > self.longest() || !self.has_room(bytes.len()) {
            return Err(Full);
        }
        let need = footprint(bytes.len());
        let left = self.shared.size() - (self.head & (self.shared.size() - 1));
        if left < need {
            self.write_head(FrameHead { length: FILLER, ..head });
            self.head += left;
        }
        head.length = u32::try_from(bytes.len()).map_err(|_| Full)?;
        self.write_head(head);
        // SAFETY: [head, head + need) lies before tail + size (has_room) and
        // does not wrap (filler above); the reader does not touch it until the
        // Release below.
        unsafe {
            let target = self.shared.at(self.head).add(HEAD);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), target, bytes.len());
        }
        self.head += need;
        self.shared.head.store(self.head, Ordering::Release);
        self.sent += 1;
        self.gauge.set_sent(self.sent);
        Ok(())
    }

    /// The link's counters: `sent` and `taken` count frames, `depth` bytes.
    #[must_use]
    pub fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }

    fn write_head(&mut self, head: FrameHead) {
        // SAFETY: HEAD bytes at an ALIGN-multiple before the ring's end, in the
        // sender's part; FrameHead is plain data and 8-byte aligned writes are
        // not assumed (write_unaligned).
        unsafe { self.shared.at(self.head).cast::<FrameHead>().write_unaligned(head) };
    }
}

impl Drop for FrameSender {
    fn drop(&mut self) {
        self.gauge.close();
    }
}

/// The reading end.
pub struct FrameReceiver {
    shared: Arc<Shared>,
    gauge: Arc<Gauge>,
    tail: u64,
    taken: u64,
}

/// One frame, where it lies in the ring. Dropping it does not release it:
/// [`FrameReceiver::release`] does, once everything that came of it was sent on.
pub struct Frame<'r> {
    /// What travels with it.
    pub head: FrameHead,
    /// Its bytes and 64 bytes of padding behind them; both may be overwritten.
    padded: &'r mut [u8],
}

impl Frame<'_> {
    /// The frame's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.padded[..self.head.length as usize]
    }

    /// The frame's bytes and the padding behind them, with the frame's length:
    /// what an in-place parser wants.
    pub fn padded(&mut self) -> (&mut [u8], usize) {
        (self.padded, self.head.length as usize)
    }
}

impl FrameReceiver {
    /// The oldest frame, if there is one. The same one again until released.
    pub fn peek(&mut self) -> Option<Frame<'_>> {
        loop {
            // Acquire pairs with the sender's Release: the bytes are written.
            let head = self.shared.head.load(Ordering::Acquire);
            if head == self.tail {
                return None;
            }
            // SAFETY: [tail, head) is the reader's; a head was written there.
            let frame = unsafe { self.shared.at(self.tail).cast::<FrameHead>().read_unaligned() };
            if frame.length == FILLER {
                let size = self.shared.size();
                self.tail += size - (self.tail & (size - 1));
                self.shared.tail.store(self.tail, Ordering::Release);
                continue;
            }
            let length = frame.length as usize + PADDING;
            // SAFETY: the frame and its padding lie contiguous in the reader's
            // part, and `&mut self` lends them to one caller at a time.
            let padded = unsafe {
                std::slice::from_raw_parts_mut(self.shared.at(self.tail).add(HEAD), length)
            };
            return Some(Frame { head: frame, padded });
        }
    }

    /// Lets go of the oldest frame. Without one, does nothing.
    pub fn release(&mut self) {
        let Some(frame) = self.peek() else { return };
        let need = footprint(frame.head.length as usize);
        self.tail += need;
        // Release pairs with the sender's Acquire: our reads and writes are over.
        self.shared.tail.store(self.tail, Ordering::Release);
        self.taken += 1;
        self.gauge.set_taken(self.taken);
    }

    /// Whether the sender is gone and nothing is left.
    pub fn is_finished(&mut self) -> bool {
        self.gauge.is_closed() && self.peek().is_none()
    }

    /// The link's counters: `sent` and `taken` count frames, `depth` bytes.
    #[must_use]
    pub fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }
}
