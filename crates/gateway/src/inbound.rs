//! From the gateway's own sockets to report records for the return ring.
//!
//! Translates and forgets: no order changes its state here. A fill that was
//! told twice is told on once.

use crate::gateway::GatewayCounters;
use crate::orders::OrderTable;
use crate::outbound::{API, Asked, PRIVATE, request_of};
use actor::WireEvent;
use std::sync::atomic::AtomicU64;
use types::{
    ClientOrderId, Command, CommandOp, InstrumentId, Kind, Liquidity, Nanos, OrderState, Record,
    Report, ReportDetail, ReportStatus, Wide,
};
use venue::{
    ApiReply, DecodeError, Decoder, OrderNow, OrderReport, Outcome, PrivateEvent, SpecTable,
};

/// Most records that one message becomes.
pub(crate) const READ_ROOM: usize = 2;

/// Fills remembered so that one told twice counts once: more than a venue
/// repeats after a reconnect.
const REMEMBERED: usize = 4096;

/// The reader's state.
pub(crate) struct Inbound {
    decoder: Decoder,
    scratch: Box<[u8]>,
    seen_fills: Box<[u64]>,
    next_fill: usize,
    links_up: [i64; 2],
}

/// The records that one message became.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) records: [Option<Record>; READ_ROOM],
}

impl Told {
    fn one(record: Record) -> Self {
        Self { records: [Some(record), None] }
    }

    fn two(first: Record, second: Record) -> Self {
        Self { records: [Some(first), Some(second)] }
    }
}

/// What one message of a socket says, and when it was read.
pub(crate) struct Heard<'h> {
    pub(crate) orders: &'h OrderTable,
    pub(crate) specs: &'h SpecTable,
    pub(crate) counters: &'h GatewayCounters,
}

impl Inbound {
    pub(crate) fn new(decoder: Decoder, max_frame: usize) -> Self {
        Self {
            decoder,
            scratch: vec![0; max_frame + DecodeError::PADDING].into_boxed_slice(),
            seen_fills: vec![0; REMEMBERED].into_boxed_slice(),
            next_fill: 0,
            links_up: [0; 2],
        }
    }

    /// Turns one event of the wire into records for the return ring.
    pub(crate) fn on_event(&mut self, event: &WireEvent<'_>, cx: &Heard<'_>) -> Told {
        match *event {
            WireEvent::Message { connection, received, bytes, .. } => {
                cx.counters.add(&cx.counters.frames, 1);
                let told = self.on_message(connection, received, bytes, cx);
                told.unwrap_or_else(|_| {
                    cx.counters.add(&cx.counters.undecodable, 1);
                    Told::default()
                })
            }
            WireEvent::Up { connection, received } => self.on_link(connection, received, true),
            WireEvent::Down { connection, received } => self.on_link(connection, received, false),
            WireEvent::Oversized { .. } => {
                cx.counters.add(&cx.counters.undecodable, 1);
                Told::default()
            }
            _ => Told::default(),
        }
    }

    fn on_message(
        &mut self,
        connection: u16,
        received: Nanos,
        bytes: &[u8],
        cx: &Heard<'_>,
    ) -> Result<Told, DecodeError> {
        let length = bytes.len();
        let room = self.scratch.len() - DecodeError::PADDING;
        if length > room {
            return Err(DecodeError::TooLong);
        }
        self.scratch[..length].copy_from_slice(bytes);
        let padded = &mut self.scratch[..length + DecodeError::PADDING];
        if connection == API {
            let reply = self.decoder.decode_reply(padded, length, cx.specs)?;
            return Ok(on_reply(&reply, received, cx));
        }
        let event = self.decoder.decode_private(padded, length, cx.specs)?;
        Ok(self.on_private(&event, received, cx.counters))
    }

    fn on_private(&mut self, event: &PrivateEvent, received: Nanos, c: &GatewayCounters) -> Told {
        let count = |counter: &AtomicU64| c.add(counter, 1);
        match event {
            PrivateEvent::Order(order) => return self.on_order(order, received, c),
            PrivateEvent::Foreign { .. } => count(&c.foreign),
            PrivateEvent::UnknownSymbol => count(&c.foreign),
            PrivateEvent::ListenKeyExpired => count(&c.key_expired),
            PrivateEvent::Control | PrivateEvent::Unused(_) => count(&c.unused),
            PrivateEvent::ControlError { .. } | PrivateEvent::UnusedUnknown => count(&c.unused),
        }
        Told::default()
    }

    fn on_order(&mut self, order: &OrderReport, received: Nanos, c: &GatewayCounters) -> Told {
        if order.report.is_fill() && !self.is_new_fill(order.detail.trade_id) {
            c.add(&c.repeated_fills, 1);
            return Told::default();
        }
        let report = Report { detailed: 1, ..order.report };
        Told::two(
            Record::new(Kind::Report, order.instrument, received, report),
            Record::new(Kind::ReportDetail, order.instrument, received, order.detail),
        )
    }

    /// Whether this trade id was not told before. 0 is no id.
    fn is_new_fill(&mut self, trade_id: u64) -> bool {
        if trade_id != 0 && self.seen_fills.contains(&trade_id) {
            return false;
        }
        self.seen_fills[self.next_fill] = trade_id;
        self.next_fill = (self.next_fill + 1) % REMEMBERED;
        true
    }

    fn on_link(&mut self, connection: u16, received: Nanos, up: bool) -> Told {
        let Some(openings) = self.links_up.get_mut(usize::from(connection)) else {
            return Told::default();
        };
        *openings += i64::from(up);
        let op = match (connection, up) {
            (PRIVATE, true) => CommandOp::PrivateLinkUp,
            (PRIVATE, false) => CommandOp::PrivateLinkDown,
            (_, true) => CommandOp::OrderLinkUp,
            (_, false) => CommandOp::OrderLinkDown,
        };
        let command = Command::new(op, *openings);
        Told::one(Record::new(Kind::Command, InstrumentId::NONE, received, command))
    }
}

/// An answer of the order session. What a cancel's success means is left to the
/// private stream, which tells it in order with the fills before it.
fn on_reply(reply: &ApiReply, received: Nanos, cx: &Heard<'_>) -> Told {
    let asked = reply.request.and_then(request_of);
    let known = asked.and_then(|(sequence, asked)| Some((cx.orders.by_sequence(sequence)?, asked)));
    let Some((order, asked)) = known else {
        cx.counters.add(&cx.counters.unmatched, 1);
        return Told::default();
    };
    let told = match (asked, reply.outcome) {
        (Asked::Place, Outcome::Accepted) => Some((ReportStatus::Accepted, 0)),
        (Asked::Place, Outcome::Rejected { code } | Outcome::NotFound { code }) => {
            Some((ReportStatus::Rejected, code))
        }
        (Asked::Cancel, Outcome::Accepted) => None,
        (Asked::Cancel, Outcome::Rejected { code }) => Some((ReportStatus::CancelRejected, code)),
        // The venue does not know it any more: filled, or gone. Nobody has said.
        (Asked::Cancel, Outcome::NotFound { code }) => Some((ReportStatus::OutcomeUnknown, code)),
        (Asked::Place | Asked::Cancel, Outcome::Unknown { code }) => {
            Some((ReportStatus::OutcomeUnknown, code))
        }
        (Asked::Status, Outcome::Accepted) => {
            reply.order.as_ref().and_then(|now| status_of(now, order.filled.0)).map(|s| (s, 0))
        }
        (Asked::Status, Outcome::NotFound { code }) => Some((ReportStatus::NotFound, code)),
        (Asked::Status, _) => None,
    };
    told.map_or_else(Told::default, |(status, code)| {
        report(order.id, order.instrument, (status, code), reply.venue_order_id, received)
    })
}

/// What a query's answer adds to what we know. Fills come from the private
/// stream alone: an answer that tells of more fills than we have decides nothing.
fn status_of(now: &OrderNow, filled: i64) -> Option<ReportStatus> {
    if now.filled.0 != filled {
        return None;
    }
    match now.state {
        OrderState::Accepted | OrderState::PartiallyFilled => Some(ReportStatus::Accepted),
        OrderState::Canceled => Some(ReportStatus::Canceled),
        OrderState::Expired => Some(ReportStatus::Expired),
        OrderState::Rejected => Some(ReportStatus::Rejected),
        _ => None,
    }
}

fn report(
    id: ClientOrderId,
    instrument: InstrumentId,
    (status, code): (ReportStatus, i32),
    venue_order_id: u64,
    received: Nanos,
) -> Told {
    let mut body = Report::new(id, status, code);
    body.liquidity = Liquidity::None as u8;
    body.detailed = 1;
    let detail = ReportDetail { venue_order_id, trade_id: 0, fee: Wide::new(0), exch_ts: Nanos(0) };
    Told::two(
        Record::new(Kind::Report, instrument, received, body),
        Record::new(Kind::ReportDetail, instrument, received, detail),
    )
}
