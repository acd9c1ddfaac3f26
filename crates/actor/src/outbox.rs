//! The sending side of a stage: keeps the last record of a group back until the
//! next one comes, so that the END flag lands on the right one.

use link::{Full, Sender};
use types::{Flags, Record};

/// What a link between two stages carries: a record, in a type that says how
/// far it has come.
pub trait Slot: Copy + Send + Sync + 'static {
    /// The empty slot of a new link.
    const EMPTY: Self;

    /// The record.
    fn record(&self) -> &Record;

    /// Marks it as the last of its group.
    fn mark_end(&mut self);
}

impl Slot for Record {
    const EMPTY: Self = Self::EMPTY;

    fn record(&self) -> &Record {
        self
    }

    fn mark_end(&mut self) {
        self.flags |= Flags::END;
    }
}

/// Where a stage puts what it passes on and what it adds.
pub struct Outbox<T: Slot> {
    sender: Sender<T>,
    held: Option<T>,
}

impl<T: Slot> Outbox<T> {
    /// An outbox over `sender`.
    #[must_use]
    pub const fn new(sender: Sender<T>) -> Self {
        Self { sender, held: None }
    }

    /// Whether `wanted` more records fit, besides the one held back.
    #[inline]
    pub fn has_room(&mut self, wanted: usize) -> bool {
        self.sender.room(wanted + 1) > wanted
    }

    /// Adds one record to the group.
    ///
    /// # Panics
    /// When there is no room: the stage declared less than it sends.
    #[inline]
    pub fn push(&mut self, item: T) {
        if let Some(previous) = self.held.replace(item) {
            self.send(previous);
        }
    }

    /// Ends the group: the last record pushed becomes its END.
    #[inline]
    pub fn end(&mut self) {
        if let Some(mut last) = self.held.take() {
            last.mark_end();
            self.send(last);
        }
    }

    /// The link behind it.
    #[must_use]
    pub fn gauge(&self) -> std::sync::Arc<link::Gauge> {
        self.sender.gauge()
    }

    #[inline]
    fn send(&mut self, item: T) {
        let sent: Result<(), Full> = self.sender.try_send(item);
        assert!(sent.is_ok(), "Invariant: a stage asks for room before it takes an input.");
    }
}
