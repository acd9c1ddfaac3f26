//! The actor: follows every order through its life, record by sequenced record.

use crate::counters::{GatewayCounters, add};
use crate::inbound::{Heard, Inbound, READ_ROOM, Terms, Told};
use crate::latch::KillLatch;
use crate::life::{Cause, Next, next_state, proves_placed};
use crate::orders::{Amend, Order, OrderTable};
use crate::outbound::Outbound;
use crate::tape::Tape;
use actor::{Actor, Duty, Meter, Slot, Wire, WireEvent};
use link::{Batch, Receiver, Sender};
use risk::{Approved, Judged};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use types::{
    Action, BookChange, BookState, ClientOrderId, Command, CommandOp, Kind, Mark, Nanos,
    OrderFields, OrderState, Record, Report, ReportStatus, SpecJoin, StateReason, Timing, Touch,
    Transition, Verdict,
};
use venue::{Decoder, SpecTable};

/// Slots of the return ring that only the gateway's own outcomes may use: the
/// council has one decision in flight per instrument, each with few outcomes.
const RESERVED: usize = 4 * types::MAX_INSTRUMENTS;
/// Most records added to one group. A timer's group is the largest: the late
/// orders' transitions, an action and a transition for each cancel of the
/// council's sweep (16) and for each intent of the instruments consulted, which
/// are fewer than those. More orders than that wait for the next timer.
const MAX_ADDED: usize = PER_TIMER + 2 * 16 + 2 * 16;
/// Orders whose deadline is looked at per timer.
const PER_TIMER: usize = 8;
/// Questions per timer, ten timers a second: half of the 2400 a minute that
/// Binance USD-M grants, so that orders and cancels keep the other half.
const ASKED_PER_TIMER: usize = 2;
/// Least time before the same question is asked again.
const ASK_AGAIN: i64 = Nanos::PER_SEC;
/// Inputs per turn.
const BATCH: usize = 64;

/// What the gateway needs to know before it starts.
#[derive(Clone, Copy, Debug)]
pub struct GatewayConfig {
    /// Configured instruments.
    pub instruments: usize,
    /// Orders kept; a power of two.
    pub orders: usize,
    /// Largest message of its sockets, in bytes.
    pub max_frame: usize,
    /// An order without an answer for longer is UNKNOWN.
    pub order_timeout: Nanos,
}

/// The actor.
pub struct Gateway<W: Wire> {
    input: Receiver<Judged>,
    core: Core<W>,
}

/// Everything but the input link, so that polling it can borrow the rest.
struct Core<W: Wire> {
    config: GatewayConfig,
    terms: Terms,
    outbound: Outbound<W>,
    inbound: Inbound,
    tape: Tape,
    back: Sender<Record>,
    kill: KillLatch,
    orders: OrderTable,
    specs: SpecTable,
    meter: Meter,
    counters: Arc<GatewayCounters>,
    group: Group,
    resync_asked: Vec<bool>,
    join: SpecJoin,
}

/// What is remembered of the group in hand.
#[derive(Default)]
struct Group {
    timing: Option<Record>,
    intent: Option<(ClientOrderId, Action)>,
    added: usize,
}

/// The two links that the gateway writes.
pub struct GatewayLinks {
    /// To the cold side: everything.
    pub tap: Sender<Record>,
    /// To the sequencer: what became of orders.
    pub back: Sender<Record>,
}

impl<W: Wire> Gateway<W> {
    /// A gateway without orders.
    #[must_use]
    pub fn new(
        config: GatewayConfig,
        input: Receiver<Judged>,
        links: GatewayLinks,
        outbound: Outbound<W>,
        parts: (Decoder, Meter, KillLatch),
    ) -> Self {
        let (decoder, meter, kill) = parts;
        let terms = outbound.terms();
        let core = Core {
            config,
            terms,
            outbound,
            inbound: Inbound::new(decoder, config.max_frame),
            tape: Tape::new(links.tap),
            back: links.back,
            kill,
            orders: OrderTable::new(config.orders),
            specs: SpecTable::new(config.instruments),
            meter,
            counters: Arc::default(),
            group: Group::default(),
            resync_asked: vec![false; config.instruments],
            join: SpecJoin::default(),
        };
        Self { input, core }
    }

    /// How often an order was asked about, for tests that answer.
    #[cfg(test)]
    pub(crate) fn asks(&self, id: ClientOrderId) -> u32 {
        self.core.orders.get(id).map_or(0, |order| order.asks)
    }

    /// Its counters.
    #[must_use]
    pub fn counters(&self) -> Arc<GatewayCounters> {
        Arc::clone(&self.core.counters)
    }
}

impl<W: Wire> Actor for Gateway<W> {
    fn name(&self) -> &'static str {
        "gateway"
    }

    fn turn(&mut self) -> Duty {
        let read = self.core.read_sockets();
        let limit = if self.core.tape.has_room(BATCH * (MAX_ADDED + 1)) {
            BATCH
        } else if self.core.tape.has_room(MAX_ADDED + 1) {
            1
        } else {
            return if read { Duty::Busy } else { Duty::Idle };
        };
        let core = &mut self.core;
        match self.input.poll(limit, |judged| core.take(judged)) {
            Batch::Took(_) => Duty::Busy,
            Batch::Empty if read => Duty::Busy,
            Batch::Empty => Duty::Idle,
            Batch::Closed => Duty::Done,
        }
    }
}

impl<W: Wire> Core<W> {
    /// Reads messages while the return ring has room for what they become.
    fn read_sockets(&mut self) -> bool {
        let mut read = false;
        for _ in 0..BATCH {
            if self.back.room(RESERVED + READ_ROOM) < RESERVED + READ_ROOM {
                add(&self.counters.held_back, 1);
                break;
            }
            let event = self.outbound.wire.poll();
            if matches!(event, WireEvent::Idle | WireEvent::Closed) {
                break;
            }
            let opened = match event {
                WireEvent::Up { received, .. } | WireEvent::Message { received, .. } => received,
                _ => Nanos(0),
            };
            let mut heard = Heard {
                orders: &mut self.orders,
                specs: &self.specs,
                connections: &mut self.outbound.connections,
                terms: self.terms,
                counters: &self.counters,
            };
            let told = self.inbound.on_event(&event, &mut heard);
            self.tell_all(&told);
            if self.outbound.connections.has_opened() {
                self.outbound.open(opened);
            }
            read = true;
        }
        read
    }

    fn tell_all(&mut self, told: &Told) {
        for record in told.records.iter().flatten() {
            self.tell(*record);
        }
        let connections = &self.outbound.connections;
        // Relaxed, one writer: a counter and two gauges, for whoever waits and for people.
        let store = |counter: &AtomicU64, value| counter.store(value, Ordering::Relaxed);
        store(&self.counters.connections_switched, connections.switched());
        store(&self.counters.order_link_up, u64::from(connections.working().is_some()));
        store(&self.counters.private_link_up, u64::from(connections.is_private_ready()));
    }

    fn tell(&mut self, record: Record) {
        let told = self.back.try_send(record);
        assert!(told.is_ok(), "Invariant: slots for the gateway's own outcomes are reserved.");
    }

    /// Takes one record of a group.
    fn take(&mut self, judged: &Judged) {
        let record = *judged.record();
        if record.kind() == Some(Kind::Timing) {
            let mut timing: Timing = record.body();
            timing.stamp(Mark::Gateway, self.meter.now());
            self.group.timing = Some(record.sibling(Kind::Timing, record.instrument, timing));
        } else {
            self.tape.push(record);
            self.on_record(judged, &record);
        }
        if record.is_end() {
            if let Some(timing) = self.group.timing.take() {
                self.tape.push(timing);
            }
            self.tape.end();
            self.group = Group::default();
        }
    }

    fn on_record(&mut self, judged: &Judged, record: &Record) {
        match record.kind() {
            Some(Kind::Approved) => {
                if let Some(approved) = judged.approved() {
                    self.on_approved(&approved, record);
                }
            }
            Some(Kind::Intent) => {
                let fields: OrderFields = record.body();
                self.group.intent = Some((fields.id(), fields.action()));
            }
            Some(Kind::Verdict) => self.on_verdict(record),
            Some(Kind::Report) => self.on_report(record),
            Some(Kind::Timer) => self.on_timer(record),
            Some(Kind::Command) => self.on_command(record),
            Some(Kind::Touch) => self.on_touch(record),
            Some(Kind::BookChange) => self.on_book(record),
            Some(Kind::SpecName | Kind::SpecGrid | Kind::SpecMoney) => self.on_spec(record),
            _ => {}
        }
    }

    /// An order that passed every rule: it is an action from here on, whatever
    /// becomes of it.
    fn on_approved(&mut self, approved: &Approved, record: &Record) {
        let fields = *approved.fields();
        match fields.action() {
            Action::Place => self.place(approved, record),
            Action::Amend => self.amend(approved, record),
            Action::Cancel => self.cancel(&fields, record),
        }
    }

    fn place(&mut self, approved: &Approved, record: &Record) {
        let fields = *approved.fields();
        let id = fields.id();
        let deadline = Nanos(record.ts.0.saturating_add(self.config.order_timeout.0));
        let order = Order::new(record.instrument, fields, deadline);
        if !self.orders.insert(order) {
            // The id was used before: nothing goes out, and the council hears it.
            return self.outcome(record, id, ReportStatus::Suppressed);
        }
        add(&self.counters.actions, 1);
        self.push(record.sibling(Kind::Action, record.instrument, fields));
        self.transition(record, id, OrderState::Initialized, Cause::Report(ReportStatus::Sent));
        let Some(spec) = self.specs.by_id(record.instrument).copied() else {
            return self.outcome(record, id, ReportStatus::Suppressed);
        };
        let status = if self.outbound.encode_place(approved, record.ts, &spec) {
            self.stamp(Mark::Encoded);
            let status = self.outbound.send_place(self.kill.is_raised());
            self.stamp(Mark::Written);
            let over = self.outbound.written_to;
            self.orders.update(id, |order| order.over = over);
            status
        } else {
            ReportStatus::Suppressed
        };
        self.outcome(record, id, status);
    }

    /// New terms for a working order. What is refused here by what is sequenced is
    /// no action; the venue's word on the order was under way to the council.
    fn amend(&mut self, approved: &Approved, record: &Record) {
        let fields = *approved.fields();
        let id = fields.id();
        let Some(held) = self.orders.get(id).filter(|order| order.may_amend()).copied() else {
            return self.outcome(record, id, ReportStatus::AmendNotSent);
        };
        add(&self.counters.actions, 1);
        self.push(record.sibling(Kind::Action, record.instrument, fields));
        let nth = held.amends.wrapping_add(1);
        let spec = self.specs.by_id(record.instrument).copied();
        let encoded = spec.is_some_and(|spec| {
            self.outbound.encode_amend(approved, (&held.fields, nth), record.ts, &spec)
        });
        let status = if encoded {
            self.stamp(Mark::Encoded);
            let status = self.outbound.send_amend(self.kill.is_raised());
            self.stamp(Mark::Written);
            status
        } else {
            ReportStatus::AmendNotSent
        };
        let amend = Amend { price: fields.price, qty: fields.qty, sent: record.ts };
        let over = self.outbound.written_to;
        self.orders.update(id, |order| {
            order.over = over;
            order.amends = nth;
            order.asks = order.asks.wrapping_add(1);
            if status == ReportStatus::AmendSent {
                order.amend = Some(amend);
                // Its answer is waited for before it is asked about.
                order.asked = Some(record.ts);
            }
        });
        self.outcome(record, id, status);
    }

    fn cancel(&mut self, fields: &OrderFields, record: &Record) {
        add(&self.counters.actions, 1);
        self.push(record.sibling(Kind::Action, record.instrument, *fields));
        let id = fields.id();
        let Some(spec) = self.specs.by_id(record.instrument).copied() else {
            return self.outcome(record, id, ReportStatus::CancelNotSent);
        };
        let status = if self.outbound.encode_cancel(id, record.ts, &spec) {
            self.stamp(Mark::Encoded);
            let status = self.outbound.send_cancel();
            self.stamp(Mark::Written);
            let over = self.outbound.written_to;
            self.orders.update(id, |order| order.over = over);
            status
        } else {
            ReportStatus::CancelNotSent
        };
        self.outcome(record, id, status);
    }

    /// Tells the sequencer what became of bytes; nothing is decided on it here.
    fn outcome(&mut self, record: &Record, id: ClientOrderId, status: ReportStatus) {
        let counter = match status {
            ReportStatus::Suppressed => Some(&self.counters.suppressed),
            ReportStatus::Sent | ReportStatus::CancelSent | ReportStatus::AmendSent => None,
            _ => Some(&self.counters.not_sent),
        };
        if let Some(counter) = counter {
            add(counter, 1);
        }
        // A loss that the write found comes before what the write came to.
        self.tell_untold(record.ts);
        let report = Report::new(id, status, 0);
        self.tell(Record::new(Kind::Report, record.instrument, record.ts, report));
    }

    fn tell_untold(&mut self, now: Nanos) {
        let changes = self.outbound.connections.take_untold();
        self.tell_all(&Told::changes(changes, now));
    }

    /// A refusal by a rule: the council hears of it like of any other outcome.
    fn on_verdict(&mut self, record: &Record) {
        let verdict: Verdict = record.body();
        if verdict.passed == 1 {
            return;
        }
        let Some((id, action)) = self.group.intent else { return };
        let rule = i32::from(verdict.rule);
        let report = match action {
            // The order itself is as it was.
            Action::Amend => Report::new(id, ReportStatus::AmendNotSent, rule + 1),
            Action::Place | Action::Cancel => Report::new(id, ReportStatus::Denied, rule),
        };
        self.tell(Record::new(Kind::Report, record.instrument, record.ts, report));
    }

    fn on_report(&mut self, record: &Record) {
        let report: Report = record.body();
        let Some(status) = report.status() else { return };
        let id = report.id();
        if self.orders.get(id).is_none() {
            return;
        }
        if report.is_fill() {
            self.orders
                .update(id, |order| order.filled.0 = order.filled.0.saturating_add(report.qty.0));
        }
        if status == ReportStatus::Amended && report.qty.0 > 0 {
            self.orders.update(id, |order| {
                (order.fields.price, order.fields.qty) = (report.price, report.qty);
            });
        }
        if proves_placed(status) {
            self.orders.update(id, |order| order.is_placed = true);
        }
        self.advance(record, id, Cause::Report(status));
    }

    /// Moves an order by the table and records the step.
    fn advance(&mut self, record: &Record, id: ClientOrderId, cause: Cause) {
        let Some(order) = self.orders.get(id).copied() else { return };
        let to = match next_state(order.state, cause) {
            Next::To(to) => to,
            Next::Back if order.filled.0 > 0 => OrderState::PartiallyFilled,
            Next::Back if order.is_placed => OrderState::Accepted,
            // Its place was never answered, and there is nothing to go back to.
            Next::Back if order.state == OrderState::Unknown => return,
            Next::Back => OrderState::Unknown,
            Next::Stay => return,
            Next::Contradiction => {
                return add(&self.counters.contradictions, 1);
            }
        };
        let due = matches!(
            to,
            OrderState::Submitted | OrderState::PendingCancel | OrderState::PendingReplace
        );
        let deadline = record.ts.0.saturating_add(self.config.order_timeout.0);
        self.orders.update(id, |order| {
            order.state = to;
            order.deadline = due.then_some(Nanos(deadline));
        });
        self.transition(record, id, order.state, cause);
    }

    fn transition(&mut self, record: &Record, id: ClientOrderId, from: OrderState, cause: Cause) {
        let Some(order) = self.orders.get(id) else { return };
        let body = Transition {
            order: id.into(),
            filled: order.filled,
            qty: order.fields.qty,
            from: from as u8,
            to: order.state as u8,
            cause: cause.code(),
            pad: [0; 5],
        };
        let instrument = order.instrument;
        self.push(record.sibling(Kind::Transition, instrument, body));
        self.count_open();
    }

    fn count_open(&self) {
        let c = &self.counters;
        // Relaxed, one writer: gauges for people.
        c.open_orders.store(self.orders.open() as u64, Ordering::Relaxed);
    }

    /// Deadlines, and questions about orders whose outcome nobody knows.
    fn on_timer(&mut self, record: &Record) {
        let now = record.ts;
        // What was refused or not answered is said again.
        self.outbound.open(now);
        // First: what is late by now is asked about with the next timer.
        self.ask(now);
        let late = |order: &&Order| order.deadline.is_some_and(|deadline| deadline <= now);
        let mut due = [ClientOrderId::NONE; PER_TIMER];
        for (slot, order) in due.iter_mut().zip(self.orders.iter_open().filter(late)) {
            *slot = order.id;
        }
        for id in due.into_iter().filter(|id| *id != ClientOrderId::NONE) {
            let over = self.orders.get(id).and_then(|order| order.over);
            if over.is_some() && over == self.outbound.connections.working() {
                self.outbound.connections.doubt();
            }
            self.orders.update(id, |order| order.deadline = None);
            self.advance(record, id, Cause::TimedOut);
        }
    }

    /// Asks about orders of which something is not known: the outcome, fills
    /// that are missing, or what happened while the private stream was away. The
    /// one that waits longest goes first, and each is asked about until the
    /// answer tells all.
    fn ask(&mut self, now: Nanos) {
        let unknown = |order: &&Order| order.state == OrderState::Unknown;
        let count = self.orders.iter_open().filter(unknown).count() as u64;
        // Relaxed, one writer: a gauge for people.
        self.counters.unknown_orders.store(count, Ordering::Relaxed);
        for _ in 0..ASKED_PER_TIMER {
            let due = |order: &&Order| order.wants_asking() && order.may_ask(now, ASK_AGAIN);
            let order = self.orders.iter_open().filter(due).min_by_key(|order| order.asked);
            let Some(order) = order.copied() else { return };
            let mut asked = order;
            asked.asks = asked.asks.wrapping_add(1);
            asked.asked = Some(now);
            self.orders.update(order.id, |order| {
                (order.asks, order.asked) = (asked.asks, asked.asked);
            });
            if let Some(spec) = self.specs.by_id(order.instrument).copied() {
                self.outbound.ask_status(&asked, now, &spec);
                self.tell_untold(now);
                add(&self.counters.orders_asked, 1);
            }
        }
    }

    fn on_command(&mut self, record: &Record) {
        match record.body::<Command>().op() {
            // Whatever had no answer will not get one; the timers make it UNKNOWN.
            Some(CommandOp::OrderLinkDown) => self.orders.expire_deadlines(record.ts),
            // Whatever happened while it was away was told to nobody.
            Some(CommandOp::PrivateLinkUp) => self.orders.ask_about_open(),
            _ => {}
        }
    }

    /// A LIVE book that is crossed after a whole message, or whose touch is STALE
    /// because levels near it are missing, is asked to start over, once until it
    /// has changed its state: a touch that uncrosses by itself proves nothing
    /// about the book.
    fn on_touch(&mut self, record: &Record) {
        let touch: Touch = record.body();
        let Some(asked) = self.resync_asked.get_mut(record.instrument.index()) else { return };
        let reason = match touch.crossed {
            _ if touch.state == BookState::Stale as u8 => StateReason::Truncated,
            1 if touch.state == BookState::Live as u8 => StateReason::Crossed,
            _ => return,
        };
        if !*asked {
            *asked = true;
            let command = Command::new(CommandOp::Resync, reason as i64);
            let record = Record::new(Kind::Command, record.instrument, record.ts, command);
            self.tell(record);
        }
    }

    fn on_book(&mut self, record: &Record) {
        if let Some(asked) = self.resync_asked.get_mut(record.instrument.index()) {
            // A book that is not LIVE is on its way to a snapshot already.
            *asked = record.body::<BookChange>().state() != BookState::Live;
        }
    }

    fn on_spec(&mut self, record: &Record) {
        if let Some(Ok(spec)) = self.join.on_record(record) {
            // Refused with its sentence at start-up; here the table stays as it was.
            let _ = self.specs.insert(spec);
        }
    }

    fn push(&mut self, record: Record) {
        self.group.added += 1;
        assert!(
            self.group.added <= MAX_ADDED,
            "Invariant: a group adds at most MAX_ADDED records."
        );
        self.tape.push(record);
    }

    fn stamp(&mut self, mark: Mark) {
        let now = self.meter.now();
        if let Some(record) = self.group.timing.as_mut() {
            let mut timing: Timing = record.body();
            timing.stamp(mark, now);
            *record = record.sibling(Kind::Timing, record.instrument, timing);
        }
    }
}
