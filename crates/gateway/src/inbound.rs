//! From the gateway's own sockets to report records for the return ring.
//!
//! No order changes its state here. A fill that was told twice is told on once;
//! an end whose fills are not all told waits for them.

use crate::answers::on_reply;
use crate::counters::GatewayCounters;
pub(crate) use crate::counters::add;
use crate::known;
use crate::orders::OrderTable;
use crate::outbound::{API, PRIVATE};
use actor::WireEvent;
use std::sync::atomic::AtomicU64;
use types::{
    ClientOrderId, Command, CommandOp, InstrumentId, Kind, Nanos, Record, Report, ReportStatus,
};
use venue::{DecodeError, Decoder, OrderReport, PrivateEvent, SpecTable, frame_type};

/// Most records that one message becomes: a query's answer tells missed fills at
/// two prices and an end, each with its detail.
pub(crate) const READ_ROOM: usize = 6;

/// Fills remembered so that one told twice counts once: more than a venue
/// repeats after a reconnect.
const REMEMBERED: usize = 4096;

/// The reader's state.
pub(crate) struct Inbound {
    decoder: Decoder,
    scratch: Box<[u8]>,
    /// Instrument and trade id: venues count each instrument's trades for itself.
    seen_fills: Box<[(InstrumentId, u64)]>,
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
        let mut told = Self::default();
        told.add(record);
        told
    }

    /// Adds a record. Invariant: at most [`READ_ROOM`] are added.
    pub(crate) fn add(&mut self, record: Record) {
        let free = self.records.iter_mut().find(|slot| slot.is_none());
        *free.expect("Invariant: a message becomes at most READ_ROOM records.") = Some(record);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records[0].is_none()
    }
}

/// What one message of a socket says, and when it was read.
pub(crate) struct Heard<'h> {
    pub(crate) orders: &'h mut OrderTable,
    pub(crate) specs: &'h SpecTable,
    pub(crate) counters: &'h GatewayCounters,
}

impl Heard<'_> {
    /// The end of an order was told on.
    pub(crate) fn orders_ended(&mut self, id: ClientOrderId) {
        self.orders.update(id, |order| order.known.ended = true);
    }
}

impl Inbound {
    pub(crate) fn new(decoder: Decoder, max_frame: usize) -> Self {
        Self {
            decoder,
            scratch: vec![0; max_frame + DecodeError::PADDING].into_boxed_slice(),
            seen_fills: vec![(InstrumentId::NONE, 0); REMEMBERED].into_boxed_slice(),
            next_fill: 0,
            links_up: [0; 2],
        }
    }

    /// Turns one event of the wire into records for the return ring.
    pub(crate) fn on_event(&mut self, event: &WireEvent<'_>, cx: &mut Heard<'_>) -> Told {
        match *event {
            WireEvent::Message { connection, received, bytes, .. } => {
                add(&cx.counters.frames, 1);
                let told = self.on_message(connection, received, bytes, cx);
                told.unwrap_or_else(|error| {
                    let what = if connection == API { "reply" } else { frame_type(bytes) };
                    cx.counters.count_undecodable(what, error.name());
                    Told::default()
                })
            }
            WireEvent::Up { connection, received } => self.on_link(connection, received, true),
            WireEvent::Down { connection, received } => self.on_link(connection, received, false),
            WireEvent::Oversized { .. } => {
                cx.counters.count_undecodable("oversized", "too_long");
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
        cx: &mut Heard<'_>,
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
        Ok(self.on_private(&event, received, cx))
    }

    fn on_private(&mut self, event: &PrivateEvent, received: Nanos, cx: &mut Heard<'_>) -> Told {
        let c = cx.counters;
        let count = |counter: &AtomicU64| add(counter, 1);
        match event {
            PrivateEvent::Order(order) => return self.on_order(order, received, cx),
            PrivateEvent::Foreign { .. } => count(&c.foreign),
            PrivateEvent::UnknownSymbol => count(&c.foreign),
            PrivateEvent::ListenKeyExpired => count(&c.key_expired),
            // Reconciliation will read it; the order's life does not.
            PrivateEvent::Account(_) => count(&c.unused),
            PrivateEvent::Control | PrivateEvent::Unused(_) => count(&c.unused),
            PrivateEvent::ControlError { .. } | PrivateEvent::UnusedUnknown => count(&c.unused),
        }
        Told::default()
    }

    fn on_order(&mut self, order: &OrderReport, received: Nanos, cx: &mut Heard<'_>) -> Told {
        let mut told = Told::default();
        let Some(status) = self.status_of(order, cx) else { return told };
        let report = Report { status: status as u8, ..order.report };
        told.push(order.instrument, received, report, order.detail);
        told
    }

    /// What is told on of an event of the private stream; `None` is nothing.
    fn status_of(&mut self, order: &OrderReport, cx: &mut Heard<'_>) -> Option<ReportStatus> {
        let (report, c) = (&order.report, cx.counters);
        let status = report.status()?;
        if report.is_fill() {
            let first = self.is_new_fill(order.instrument, order.detail.trade_id);
            let said = if first { on_fill(order, status, cx) } else { None };
            add(&c.repeated_fills, u64::from(said.is_none()));
            return said;
        }
        if !matches!(status, ReportStatus::Canceled | ReportStatus::Expired) {
            return Some(status);
        }
        let mut whole = true;
        cx.orders.update(report.id(), |held| whole = held.known.on_end(report.qty.0));
        add(&c.ends_held_back, u64::from(!whole));
        whole.then_some(status)
    }

    /// Whether this trade id was not told before. 0 is no id.
    fn is_new_fill(&mut self, instrument: InstrumentId, trade_id: u64) -> bool {
        let fill = (instrument, trade_id);
        if trade_id != 0 && self.seen_fills.contains(&fill) {
            return false;
        }
        self.seen_fills[self.next_fill] = fill;
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

/// What a fill is told on as, `None` when it was counted already. The last fill
/// is told as one of several while others are missing.
fn on_fill(order: &OrderReport, status: ReportStatus, cx: &mut Heard<'_>) -> Option<ReportStatus> {
    let report = &order.report;
    let mut said = Some(status);
    cx.orders.update(report.id(), |held| {
        let all = status == ReportStatus::FilledAll;
        let known = &mut held.known;
        said = match known.on_fill(report.price.0, report.qty.0, order.filled.0, all) {
            known::Told::Again => None,
            known::Told::Part => Some(ReportStatus::Fill),
            known::Told::Last => Some(ReportStatus::FilledAll),
        };
        known.ended |= said == Some(ReportStatus::FilledAll);
    });
    said
}
