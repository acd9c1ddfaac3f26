//! The instruments that wait to be consulted, each at most once, first come
//! first served.
//!
//! Filled by signals, touches and released locks; emptied a few per group, so
//! that a group's records stay bounded. Never here: growth.

use types::InstrumentId;

/// A ring of instruments.
#[derive(Debug)]
pub(crate) struct Queue {
    ring: Vec<InstrumentId>,
    queued: Vec<bool>,
    first: usize,
    length: usize,
}

impl Queue {
    /// All memory is taken here.
    pub(crate) fn new(instruments: usize) -> Self {
        Self {
            ring: vec![InstrumentId::NONE; instruments],
            queued: vec![false; instruments],
            first: 0,
            length: 0,
        }
    }

    /// Adds `instrument` unless it waits already or is not in the tables.
    pub(crate) fn push(&mut self, instrument: InstrumentId) {
        match self.queued.get_mut(instrument.index()) {
            Some(queued) if !*queued => *queued = true,
            _ => return,
        }
        // Room for each instrument once, and each is in it at most once.
        let at = (self.first + self.length) % self.ring.len();
        self.ring[at] = instrument;
        self.length += 1;
    }

    /// Takes the one that has waited longest.
    pub(crate) fn pop(&mut self) -> Option<InstrumentId> {
        if self.length == 0 {
            return None;
        }
        let instrument = self.ring[self.first];
        self.first = (self.first + 1) % self.ring.len();
        self.length -= 1;
        self.queued[instrument.index()] = false;
        Some(instrument)
    }
}
