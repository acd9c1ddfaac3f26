//! The tap: everything that passed, in order, checksummed, to the cold side.

use link::Sender;
use types::{Flags, Record};

/// The sending side of the tap. Holds the last record of a group back so that
/// END lands on the right one, and stamps the checksum once flags are final.
pub(crate) struct Tape {
    sender: Sender<Record>,
    held: Option<Record>,
}

impl Tape {
    pub(crate) const fn new(sender: Sender<Record>) -> Self {
        Self { sender, held: None }
    }

    pub(crate) fn has_room(&mut self, wanted: usize) -> bool {
        self.sender.room(wanted + 1) > wanted
    }

    pub(crate) fn push(&mut self, record: Record) {
        if let Some(previous) = self.held.replace(record.open()) {
            self.send(previous);
        }
    }

    pub(crate) fn end(&mut self) {
        if let Some(mut last) = self.held.take() {
            last.flags |= Flags::END;
            self.send(last);
        }
    }

    fn send(&mut self, record: Record) {
        let sent = self.sender.try_send(record.stamped());
        assert!(sent.is_ok(), "Invariant: the gateway asks for room before it takes an input.");
    }
}
