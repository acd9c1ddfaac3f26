//! Where a frame's events wait until the next link has room: a ring of records,
//! allocated once.

use types::{Flags, Record};

/// The most events that one frame can make: a frame of 4 MiB, at ten bytes a
/// level, holds fewer. A larger one is refused whole and its book starts over.
pub(crate) const STAGING: usize = 1 << 19;

/// Events of one frame, oldest first.
pub(crate) struct Staging {
    records: Vec<Record>,
    next: usize,
}

impl Staging {
    pub(crate) fn new() -> Self {
        Self { records: Vec::with_capacity(STAGING), next: 0 }
    }

    /// Whether `more` events fit.
    pub(crate) fn fits(&self, more: usize) -> bool {
        self.records.len() + more <= STAGING
    }

    /// Adds one event.
    pub(crate) fn push(&mut self, record: Record) {
        assert!(self.fits(1), "Invariant: whoever stages asked whether it fits.");
        self.records.push(record);
    }

    /// The frame is whole: its last event says so. Without events, nothing.
    pub(crate) fn mark_end(&mut self) {
        if let Some(last) = self.records.last_mut() {
            last.flags |= Flags::FRAME_END;
        }
    }

    /// The oldest event.
    pub(crate) fn front(&self) -> Option<&Record> {
        self.records.get(self.next)
    }

    /// Takes the oldest event away.
    pub(crate) fn pop(&mut self) {
        self.next += 1;
        if self.next >= self.records.len() {
            self.records.clear();
            self.next = 0;
        }
    }
}
