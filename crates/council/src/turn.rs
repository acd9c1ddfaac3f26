//! The group that is being answered: its input, and where the answer goes.
//!
//! Made by the stage at the end of a group. Never here: a record of another group.

use actor::Outbox;
use types::{Body, InstrumentId, Kind, Record};

/// One group's turn.
pub(crate) struct Turn<'t> {
    /// The input of the group.
    pub(crate) head: &'t Record,
    /// The group's remaining records go here.
    pub(crate) out: &'t mut Outbox<Record>,
}

impl Turn<'_> {
    /// Adds a record to the group.
    pub(crate) fn add<B: Body>(&mut self, kind: Kind, instrument: InstrumentId, body: B) {
        self.out.push(self.head.sibling(kind, instrument, body));
    }
}
