//! The only place where order bytes are made and written.
//!
//! Places take an `Approved`, which only risk can make. The kill latch is read
//! right before each write and holds back places, never cancels. One write per
//! order; an outcome is what the socket said, never a guess.

use actor::{SendOutcome, Wire};
use risk::Approved;
use types::{ClientOrderId, InstrumentSpec, Nanos, ReportStatus};
use venue::{OrderSession, Request};

/// The wire's connection for order requests.
pub const API: u16 = 0;
/// The wire's connection for the private stream.
pub const PRIVATE: u16 = 1;

/// What a request asks, kept in the two low bits of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Place = 0,
    Cancel = 1,
    Status = 2,
}

/// The request id of what is asked about an order. Sequence numbers have 40
/// bits, so that the id fits every venue's integer and needs no table.
pub(crate) const fn request_id(order: ClientOrderId, asked: Asked) -> u64 {
    order.sequence() << 2 | asked as u64
}

/// What a request id asked, and about which sequence number.
pub(crate) const fn request_of(id: u64) -> Option<(u64, Asked)> {
    let asked = match id & 3 {
        0 => Asked::Place,
        1 => Asked::Cancel,
        2 => Asked::Status,
        _ => return None,
    };
    Some((id >> 2, asked))
}

/// Encodes, signs and writes.
pub struct Outbound<W: Wire> {
    pub(crate) wire: W,
    session: OrderSession,
    buffer: Box<[u8]>,
    /// Length of the request that stands encoded in the buffer.
    length: usize,
}

impl<W: Wire> Outbound<W> {
    /// Writes with `session`'s signature to `wire`.
    #[must_use]
    pub fn new(wire: W, session: OrderSession) -> Self {
        let buffer = vec![0; OrderSession::BUFFER].into_boxed_slice();
        Self { wire, session, buffer, length: 0 }
    }

    /// Encodes and signs a new order; false when it cannot be said in the
    /// venue's language, and then nothing may be sent.
    pub(crate) fn encode_place(
        &mut self,
        order: &Approved,
        now: Nanos,
        spec: &InstrumentSpec,
    ) -> bool {
        let fields = order.fields();
        let request =
            Request { id: request_id(fields.id(), Asked::Place), timestamp_ms: now.as_ms() };
        let encoded = self.session.encode_place(request, fields, spec, &mut self.buffer);
        self.length = encoded.unwrap_or(0);
        encoded.is_ok()
    }

    /// Encodes and signs a cancel.
    pub(crate) fn encode_cancel(
        &mut self,
        order: ClientOrderId,
        now: Nanos,
        spec: &InstrumentSpec,
    ) -> bool {
        let request = Request { id: request_id(order, Asked::Cancel), timestamp_ms: now.as_ms() };
        let encoded = self.session.encode_cancel(request, order, spec, &mut self.buffer);
        self.length = encoded.unwrap_or(0);
        encoded.is_ok()
    }

    /// Writes the new order that stands encoded, unless `killed`.
    pub(crate) fn send_place(&mut self, killed: bool) -> ReportStatus {
        if killed {
            return ReportStatus::Suppressed;
        }
        match self.write() {
            SendOutcome::Sent => ReportStatus::Sent,
            SendOutcome::WouldBlock => ReportStatus::WouldBlock,
            SendOutcome::NotConnected => ReportStatus::NotConnected,
            SendOutcome::Failed => ReportStatus::SendFailed,
        }
    }

    /// Writes the cancel that stands encoded. Cancels always go out.
    pub(crate) fn send_cancel(&mut self) -> ReportStatus {
        match self.write() {
            SendOutcome::Sent => ReportStatus::CancelSent,
            // A cancel of which part went out is asked again; it cannot do harm.
            _ => ReportStatus::CancelNotSent,
        }
    }

    /// Asks what became of an order. Best effort: asked again until answered.
    pub(crate) fn ask_status(&mut self, order: ClientOrderId, now: Nanos, spec: &InstrumentSpec) {
        let request = Request { id: request_id(order, Asked::Status), timestamp_ms: now.as_ms() };
        if let Ok(length) = self.session.encode_status(request, order, spec, &mut self.buffer) {
            self.length = length;
            let _ = self.write();
        }
    }

    fn write(&mut self) -> SendOutcome {
        self.wire.send(API, &self.buffer[..self.length])
    }
}
