//! From the gateway's own sockets to report records for the return ring.
//!
//! No order changes its state here. A fill that was told twice is told on once;
//! an end whose fills are not all told waits for them.

use crate::answers::on_reply;
use crate::connections::{Changes, Connections, PRIVATE};
use crate::counters::GatewayCounters;
pub(crate) use crate::counters::add;
use crate::known;
use crate::orders::OrderTable;

use actor::WireEvent;
use std::sync::atomic::AtomicU64;
use types::{
    Balance, ClientOrderId, FeeAsset, Funding, InstrumentId, Kind, Nanos, Record, Report,
    ReportStatus, Wide,
};
use venue::{
    AccountChange, DecodeError, Decoder, OrderReport, Outcome, PrivateEvent, SpecTable, frame_type,
};

/// Most records that one message becomes: an account's change tells its balances
/// and a funding payment. A query's answer, missed fills at two prices and an end,
/// each with its detail, is less.
pub(crate) const READ_ROOM: usize = AccountChange::MOST + 1;

/// Fills remembered so that one told twice counts once: more than a venue
/// repeats after a reconnect.
const REMEMBERED: usize = 4096;

/// Funding payments remembered so that one told twice counts once: a venue pays
/// every position at one moment, and these are more than anybody holds.
const PAYMENTS: usize = 256;

/// The reader's state.
pub(crate) struct Inbound {
    decoder: Decoder,
    scratch: Box<[u8]>,
    /// Instrument and trade id: venues count each instrument's trades for itself.
    seen_fills: Box<[(InstrumentId, u64)]>,
    next_fill: usize,
    /// Payments with the balance after each: two of one amount at one moment differ
    /// by it.
    seen_payments: Box<[Option<(Funding, Wide)>]>,
    next_payment: usize,
}

/// The records that one message became.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) records: [Option<Record>; READ_ROOM],
}

impl Told {
    /// What happened to the connections, as commands.
    pub(crate) fn changes(changes: Changes, received: Nanos) -> Self {
        let mut told = Self::default();
        for command in changes.into_iter().flatten() {
            told.add(Record::new(Kind::Command, InstrumentId::NONE, received, command));
        }
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

/// What holds at the venue for every order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// How long after its stamp a request may still be carried out, our clock's
    /// and the venue's difference included.
    pub(crate) window: Nanos,
    /// A buy's fee is paid in the base asset.
    pub(crate) fee_from_received: bool,
}

/// What one message of a socket says, and when it was read.
pub(crate) struct Heard<'h> {
    pub(crate) orders: &'h mut OrderTable,
    pub(crate) specs: &'h SpecTable,
    pub(crate) connections: &'h mut Connections,
    pub(crate) terms: Terms,
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
            seen_payments: vec![None; PAYMENTS].into_boxed_slice(),
            next_payment: 0,
        }
    }

    /// Turns one event of the wire into records for the return ring.
    pub(crate) fn on_event(&mut self, event: &WireEvent<'_>, cx: &mut Heard<'_>) -> Told {
        match *event {
            WireEvent::Message { connection, received, bytes, .. } => {
                add(&cx.counters.frames, 1);
                let told = self.on_message(connection, received, bytes, cx);
                told.unwrap_or_else(|error| {
                    let what = if connection == PRIVATE { frame_type(bytes) } else { "reply" };
                    cx.counters.count_undecodable(what, error.name());
                    Told::default()
                })
            }
            WireEvent::Up { connection, received } => {
                Told::changes(cx.connections.on_up(connection), received)
            }
            WireEvent::Down { connection, received } => {
                Told::changes(cx.connections.on_down(connection), received)
            }
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
        if connection != PRIVATE {
            let reply = self.decoder.decode_reply(padded, length, cx.specs)?;
            return Ok(on_reply(&reply, (connection, received), cx));
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
            PrivateEvent::ListenKeyExpired => {
                count(&c.key_expired);
                return Told::changes(cx.connections.on_unsubscribed(), received);
            }
            PrivateEvent::Account(change) => return self.on_account(change, received, c),
            PrivateEvent::Control => return self.on_control(Outcome::Accepted, received, cx),
            PrivateEvent::ControlError { code } => {
                return self.on_control(Outcome::Rejected { code: *code }, received, cx);
            }
            PrivateEvent::Unused(_) | PrivateEvent::UnusedUnknown => count(&c.unused),
        }
        Told::default()
    }

    /// The answer to the private stream's subscription, the one request on it.
    fn on_control(&self, outcome: Outcome, received: Nanos, cx: &mut Heard<'_>) -> Told {
        add(&cx.counters.unused, 1);
        let changes = cx.connections.on_answer(PRIVATE, None, outcome, cx.counters);
        Told::changes(changes, received)
    }

    /// What the venue says the account holds now, and what it was paid. The positions
    /// come of the fills.
    fn on_account(
        &mut self,
        change: &AccountChange,
        received: Nanos,
        counters: &GatewayCounters,
    ) -> Told {
        let mut told = Told::default();
        if let Some(paid) = change.funding {
            let (amount, total) = (paid.amount.into(), paid.total.into());
            let body = Funding { asset: paid.asset, amount, exch_ts: change.exch_ts };
            if self.is_new_payment(body, total) {
                told.add(Record::new(Kind::Funding, paid.instrument, received, body));
            } else {
                add(&counters.repeated_payments, 1);
            }
        }
        for balance in change.balances() {
            let body = Balance { asset: balance.asset, total: balance.total.into(), pad: 0 };
            told.add(Record::new(Kind::Balance, InstrumentId::NONE, received, body));
        }
        told
    }

    /// Whether this payment was not told before.
    fn is_new_payment(&mut self, body: Funding, total: Wide) -> bool {
        let payment = Some((body, total));
        if self.seen_payments.contains(&payment) {
            return false;
        }
        self.seen_payments[self.next_payment] = payment;
        self.next_payment = (self.next_payment + 1) % PAYMENTS;
        true
    }

    fn on_order(&mut self, order: &OrderReport, received: Nanos, cx: &mut Heard<'_>) -> Told {
        let mut told = Told::default();
        let Some(status) = self.status_of(order, cx) else { return told };
        let mut report = Report { status: status as u8, ..order.report };
        let mut detail = order.detail;
        if report.is_fill() {
            report.code = fee_asset(order, cx).code();
            detail.fee = order.fee.amount.into();
        }
        told.push(order.instrument, received, report, detail);
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
        if status == ReportStatus::Amended {
            // The answer to our own request tells it, by its number: this stream
            // may be behind by several. Terms that we did not ask for are asked about.
            let terms = (report.price, report.qty);
            cx.orders.update(report.id(), |held| {
                let known = terms == (held.fields.price, held.fields.qty);
                held.ask |= held.amend.is_none() && !known;
            });
            return None;
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
}

/// Which asset the fee of a fill was paid in: the quote asset where there was
/// none.
fn fee_asset(order: &OrderReport, cx: &Heard<'_>) -> FeeAsset {
    let asset = order.fee.asset.split(|byte| *byte == 0).next().unwrap_or_default();
    let symbol = cx.specs.by_id(order.instrument).map_or(&b""[..], |spec| spec.symbol.as_bytes());
    match (order.fee.in_quote, asset.is_empty(), symbol.starts_with(asset)) {
        (true, ..) | (_, true, _) => FeeAsset::Quote,
        (_, _, true) => FeeAsset::Base,
        _ => FeeAsset::Other,
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
