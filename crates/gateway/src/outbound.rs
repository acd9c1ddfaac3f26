//! The only place where order bytes are made and written.
//!
//! Places take an `Approved`, which only risk can make. The kill latch is read
//! right before each write and holds back places, never cancels. One write per
//! order; an outcome is what the socket said, never a guess.

use crate::connections::{Connections, First};
use crate::inbound::Terms;
use crate::orders::Order;
use actor::{SendOutcome, Wire};
use risk::Approved;
use types::{ClientOrderId, InstrumentSpec, Nanos, OrderFields, ReportStatus};
use venue::{EncodeError, OrderSession, Request};

/// What a request asks, kept in the three low bits of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Place = 0,
    Cancel = 1,
    Status = 2,
    Amend = 3,
    Logon = 4,
    Subscribe = 5,
}

/// Bits of a request id that say what it asks.
const ASKED_BITS: u32 = 3;
/// Bits of an order's sequence number.
const SEQUENCE_BITS: u32 = 40;
/// Requests of one kind about one order that their answers tell apart. Together
/// 53 bits: a number that every JSON reader keeps whole.
const TOLD_APART: u64 = 1 << 10;

/// The request id of what is asked about an order. Sequence numbers have 40
/// bits, so that the id fits every venue's integer and needs no table.
pub(crate) const fn request_id(order: ClientOrderId, asked: Asked) -> u64 {
    order.sequence() << ASKED_BITS | asked as u64
}

/// The same of the request of its kind numbered `nth`.
pub(crate) const fn nth_id(order: ClientOrderId, asked: Asked, nth: u32) -> u64 {
    (nth as u64 % TOLD_APART) << (SEQUENCE_BITS + ASKED_BITS) | request_id(order, asked)
}

/// What a request id says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestOf {
    /// The order's sequence number, or the number of a connection's first word.
    pub(crate) sequence: u64,
    pub(crate) asked: Asked,
    /// Which amendment of the order or question about it; 0 for anything else.
    pub(crate) nth: u32,
}

impl RequestOf {
    /// Whether it is the answer to the request of its kind numbered `nth`.
    pub(crate) const fn is_nth(&self, nth: u32) -> bool {
        self.nth as u64 == nth as u64 % TOLD_APART
    }
}

/// What a request id asked, and about which sequence number.
pub(crate) const fn request_of(id: u64) -> Option<RequestOf> {
    let asked = match id & ((1 << ASKED_BITS) - 1) {
        0 => Asked::Place,
        1 => Asked::Cancel,
        2 => Asked::Status,
        3 => Asked::Amend,
        4 => Asked::Logon,
        5 => Asked::Subscribe,
        _ => return None,
    };
    let rest = id >> ASKED_BITS;
    let nth = rest >> SEQUENCE_BITS;
    if nth >= TOLD_APART {
        return None;
    }
    // Below TOLD_APART: it fits.
    Some(RequestOf { sequence: rest & ClientOrderId::MAX_SEQUENCE, asked, nth: nth as u32 })
}

/// How far our clock may be from the venue's, twice over: the start refuses more
/// than a second, and the venue requests from further in its future.
const CLOCKS_APART: i64 = 2 * Nanos::PER_SEC;

/// Encodes, signs and writes.
pub struct Outbound<W: Wire> {
    pub(crate) wire: W,
    pub(crate) connections: Connections,
    session: OrderSession,
    buffer: Box<[u8]>,
    /// Length of the request that stands encoded in the buffer.
    length: usize,
    /// Over which connection the last write went, if over any.
    pub(crate) written_to: Option<u16>,
}

impl<W: Wire> Outbound<W> {
    /// Writes with `session`'s signature to `wire`. With a key that can log on,
    /// each order connection does so first, and requests carry no signature.
    #[must_use]
    pub fn new(wire: W, mut session: OrderSession) -> Self {
        let buffer = vec![0; OrderSession::BUFFER].into_boxed_slice();
        // Nothing is written on a connection before its logon was taken, so
        // that every request is one of a session that has logged on.
        session.set_logged_on(true);
        let connections = Connections::new(&session);
        Self { wire, connections, session, buffer, length: 0, written_to: None }
    }

    /// Says first what must be said first, on every connection where it is due.
    pub(crate) fn open(&mut self, now: Nanos) {
        while let Some((connection, first, said)) = self.connections.next_due(now) {
            let asked = match first {
                First::Logon => Asked::Logon,
                First::Subscribe => Asked::Subscribe,
            };
            let request =
                Request { id: said << ASKED_BITS | asked as u64, timestamp_ms: now.as_ms() };
            let encoded = match first {
                First::Logon => self.session.encode_logon(request, &mut self.buffer),
                First::Subscribe => self.session.encode_subscribe(request, &mut self.buffer),
            };
            if let Ok(length) = encoded {
                // What did not go out is said again, like what was not answered.
                let _ = self.wire.send(connection, &self.buffer[..length]);
            }
        }
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
        self.keep(encoded)
    }

    /// Encodes and signs new terms of a working order, its amendment number
    /// `nth`. `held` are the terms that it has: where the venue keeps a price, it
    /// is not said.
    pub(crate) fn encode_amend(
        &mut self,
        order: &Approved,
        (held, nth): (&OrderFields, u32),
        now: Nanos,
        spec: &InstrumentSpec,
    ) -> bool {
        let mut fields = *order.fields();
        if self.session.keeps_price() && fields.price == held.price {
            fields.price.0 = 0;
        }
        let request =
            Request { id: nth_id(fields.id(), Asked::Amend, nth), timestamp_ms: now.as_ms() };
        let encoded = self.session.encode_amend(request, &fields, spec, &mut self.buffer);
        self.keep(encoded)
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
        self.keep(encoded)
    }

    fn keep(&mut self, encoded: Result<usize, EncodeError>) -> bool {
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

    /// Writes the amendment that stands encoded, unless `killed`: it may add.
    pub(crate) fn send_amend(&mut self, killed: bool) -> ReportStatus {
        if killed {
            return ReportStatus::AmendNotSent;
        }
        match self.write() {
            // Of which part went out: it may have arrived, and is asked about.
            SendOutcome::Sent | SendOutcome::Failed => ReportStatus::AmendSent,
            SendOutcome::WouldBlock | SendOutcome::NotConnected => ReportStatus::AmendNotSent,
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
    pub(crate) fn ask_status(&mut self, order: &Order, now: Nanos, spec: &InstrumentSpec) {
        let (order, nth) = (order.id, order.asks);
        let id = nth_id(order, Asked::Status, nth);
        let request = Request { id, timestamp_ms: now.as_ms() };
        let encoded = self.session.encode_status(request, order, spec, &mut self.buffer);
        if self.keep(encoded) {
            let _ = self.write();
        }
    }

    /// What holds at the venue for every order.
    pub(crate) const fn terms(&self) -> Terms {
        Terms {
            window: Nanos(self.session.window().0.saturating_add(CLOCKS_APART)),
            fee_from_received: self.session.fee_from_received(),
        }
    }

    /// Writes once. Where the working connection is found gone nothing was
    /// written, and the other one, if it is ready, takes it: the first write.
    fn write(&mut self) -> SendOutcome {
        self.written_to = None;
        while let Some(connection) = self.connections.working() {
            match self.wire.send(connection, &self.buffer[..self.length]) {
                SendOutcome::NotConnected if self.connections.on_gone(connection) => {}
                outcome => {
                    self.written_to = Some(connection);
                    return outcome;
                }
            }
        }
        SendOutcome::NotConnected
    }
}
