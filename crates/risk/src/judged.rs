//! The item of the link from risk to the gateway, and the approval in it.
//!
//! Made by the risk stage, read by the gateway and the journal's tap. Never
//! here: a public way to make either type from plain data. `Judged` is neither
//! `Pod` nor `From<Record>`, its empty slot holds no record of any kind, and
//! marking a group's end touches one flag only. [`Judged::passed_on`], which
//! takes any record because the stage must forward any, turns a record that
//! claims to be an approval into an empty one.

use actor::Slot;
use types::{InstrumentId, Kind, OrderFields, Record};

/// A record that has been through risk.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged(Record);

const _: () = assert!(size_of::<Judged>() == 64 && align_of::<Judged>() == 64);

impl Judged {
    /// A record that risk did not make. One that claims to be an approval keeps
    /// its place in the group and loses its kind and its body.
    pub(crate) fn passed_on(record: Record) -> Self {
        if record.kind() != Some(Kind::Approved) {
            return Self(record);
        }
        let mut emptied = Record::EMPTY;
        emptied.seq = record.seq;
        emptied.ts = record.ts;
        emptied.flags = record.flags;
        emptied.instrument = record.instrument;
        Self(emptied)
    }

    /// The approval of `intent`'s order. Called in one place: after the last rule.
    pub(crate) fn approve(intent: &Record, fields: OrderFields) -> Self {
        Self(intent.sibling(Kind::Approved, intent.instrument, fields))
    }

    /// The approved order, if this record is an approval.
    #[inline]
    #[must_use]
    pub fn approved(&self) -> Option<Approved> {
        (self.0.kind() == Some(Kind::Approved))
            .then(|| Approved { fields: self.0.body(), instrument: self.0.instrument })
    }
}

impl Slot for Judged {
    const EMPTY: Self = Self(Record::EMPTY);

    fn record(&self) -> &Record {
        &self.0
    }

    fn mark_end(&mut self) {
        self.0.mark_end();
    }
}

/// An order that every rule has passed. There is no other way to get one than
/// [`Judged::approved`], and it cannot be copied.
#[derive(Debug, PartialEq, Eq)]
pub struct Approved {
    fields: OrderFields,
    instrument: InstrumentId,
}

impl Approved {
    /// What was approved, as the council asked for it.
    #[must_use]
    pub const fn fields(&self) -> &OrderFields {
        &self.fields
    }

    /// On which instrument.
    #[must_use]
    pub const fn instrument(&self) -> InstrumentId {
        self.instrument
    }
}
