//! The stage: it takes the group in, and when the group is whole and the book
//! with it, asks the members, counts, and asks risk for at most one thing per
//! instrument.
//!
//! Fed by the indicator's link; its output goes to risk. Decisions are made only
//! on groups whose input ended a frame, or was a timer, a report or a command.
//! Never here: a clock, an allocation after construction, an opinion.

use crate::counters::CouncilCounters;
use crate::desk::{Amend, Cancel, Desk, Standing};
use crate::gate::{Ids, Leave, leave};
use crate::markets::{Market, Markets};
use crate::member::{View, Working};
use crate::pricing;
use crate::queue::Queue;
use crate::seats::Seats;
use crate::tally::{Decision, Tally};
use crate::turn::Turn;
use crate::{CouncilConfig, OrderSettings};
use account::{Filled, LineState, Positions, Reports, Told};
use actor::{Outbox, Stage};
use std::sync::Arc;
use types::{
    Action, Class, Command, CommandOp, InstrumentId, Kind, Mark, MemberId, Nanos, OrderFields,
    OrderFlags, OrderType, ParamError, Price, Qty, Record, Side, TimeInForce,
};

/// Most seats of a council.
pub const SEATS_MAX: usize = 8;

/// Instruments consulted per group. A group of one instrument's events queues
/// one; a timer may close the bars of many, which then take turns.
const CONSULTED_PER_GROUP: usize = 2;

/// Cancels that a sweep asks for in one group. The sweep goes on, where it
/// stopped, with the next timer.
pub const CANCELS_PER_GROUP: usize = 16;

/// The council.
pub struct CouncilStage {
    order: OrderSettings,
    strategy: u16,
    tally: Tally,
    seats: Seats,
    markets: Markets,
    desks: Vec<Desk>,
    queue: Queue,
    positions: Positions,
    line: LineState,
    ids: Ids,
    /// The input of the group that is being taken in.
    head: Option<Record>,
    reports: Reports,
    /// Where the next sweep begins.
    cursor: usize,
    counters: Arc<CouncilCounters>,
}

impl CouncilStage {
    /// The stage for `instruments` instruments; a signal's number is an index
    /// into `indicator_labels`. All memory is taken here.
    ///
    /// # Errors
    /// A setting out of range, an unknown member, parameter or indicator; the
    /// sentence names it.
    pub fn new(
        config: CouncilConfig,
        instruments: usize,
        indicator_labels: &[String],
    ) -> Result<Self, ParamError> {
        config.check(instruments)?;
        let shadows = config.members.iter().enumerate().filter(|(_, seat)| seat.shadow);
        let counters = CouncilCounters::new(shadows.map(|(at, seat)| (at, seat.name.clone())));
        Ok(Self {
            tally: Tally::new(&config),
            seats: Seats::new(&config.members, instruments, indicator_labels)?,
            markets: Markets::new(instruments),
            desks: vec![Desk::default(); instruments],
            queue: Queue::new(instruments),
            positions: Positions::new(instruments),
            line: LineState::default(),
            ids: Ids::default(),
            head: None,
            reports: Reports::default(),
            cursor: 0,
            counters: Arc::new(counters),
            strategy: config.strategy,
            order: config.order,
        })
    }

    /// What it has done so far.
    #[must_use]
    pub fn counters(&self) -> Arc<CouncilCounters> {
        Arc::clone(&self.counters)
    }

    fn take(&mut self, record: &Record, kind: Kind) {
        let instrument = record.instrument;
        match kind {
            Kind::Command => self.on_command(record, &record.body()),
            Kind::SpecName | Kind::SpecGrid | Kind::SpecMoney => self.on_spec(record),
            Kind::HeldPosition => {
                let spec = self.markets.get(instrument).and_then(|market| market.spec.as_ref());
                self.positions.on_held(instrument, spec, &record.body());
            }
            Kind::BookChange => {
                self.markets.on_book(instrument, &record.body());
                self.queue.push(instrument);
            }
            Kind::Touch => {
                let touch = record.body();
                self.markets.on_touch(instrument, touch);
                self.seats.on_touch(instrument, &touch);
                self.queue.push(instrument);
            }
            Kind::Signal => {
                self.seats.on_signal(instrument, &record.body());
                self.queue.push(instrument);
            }
            _ => {}
        }
    }

    fn on_command(&mut self, record: &Record, command: &Command) {
        let Some(op) = command.op() else { return };
        self.line.on_command(command);
        match op {
            CommandOp::Epoch => self.ids.on_epoch(command),
            CommandOp::CancelAll => {
                let standing = self.desks.iter_mut().filter_map(|desk| desk.standing.as_mut());
                standing.for_each(|standing| standing.unwanted = true);
            }
            CommandOp::OrderLinkDown => {
                self.desks.iter_mut().for_each(|desk| desk.on_link_down(record.ts));
            }
            _ => {}
        }
    }

    fn on_spec(&mut self, record: &Record) {
        let (desks, positions) = (&self.desks, &self.positions);
        let is_flat = |instrument: InstrumentId| {
            let desk = desks.get(instrument.index());
            positions.of(instrument).qty() == 0 && desk.is_none_or(|desk| desk.standing.is_none())
        };
        self.markets.on_spec(record, &self.order, is_flat);
    }

    fn on_report(&mut self, told: &Told) {
        let instrument = told.instrument;
        let spec = self.markets.get(instrument).and_then(|market| market.spec.as_ref());
        let Some(desk) = self.desks.get_mut(instrument.index()) else { return };
        if let Filled::By(_) = self.positions.on_report(told, spec) {
            desk.on_fill(&told.report);
        }
        let ended = desk.on_report(&told.report, told.at);
        // A free lock is looked at again; so is an order that was waited for
        // only to be cancelled.
        if ended || desk.standing.is_some_and(|standing| standing.unwanted) {
            self.queue.push(instrument);
        }
    }

    /// The position as the members and the orders count it: beyond the range of
    /// a quantity it is at its end, where nothing more is asked for.
    fn position(&self, instrument: InstrumentId) -> i64 {
        let qty = self.positions.of(instrument).qty();
        i64::try_from(qty).unwrap_or(if qty > 0 { i64::MAX } else { i64::MIN })
    }

    /// Asks the members about one instrument and does what follows. Without a
    /// specification nobody is asked and nothing is decided.
    fn consult(&mut self, instrument: InstrumentId, turn: &mut Turn<'_>) {
        let desk = self.desks[instrument.index()];
        let Some(market) = self.markets.get(instrument).copied() else { return };
        let mut decision = None;
        if let Some(spec) = market.spec.as_ref() {
            let view = View {
                instrument,
                spec,
                touch: &market.touch,
                position: Qty(self.position(instrument)),
                working: desk.standing.map(working),
                now: turn.head.ts,
            };
            self.seats.ask(&view, market.qty, &self.counters, turn);
            decision = self.tally.decide(self.seats.ballots(instrument), turn.head.ts);
        }
        if let Some(standing) = self.desks[instrument.index()].standing.as_mut() {
            let against = decision.is_some_and(|decision| decision.side != standing.side);
            standing.unwanted |= against && rests(&self.order);
            let wanted = decision.is_some() && !against;
            if !self.cancel_if_due(instrument, turn) && wanted {
                self.amend_if_due(instrument, &market, turn);
            }
        } else if let Some(decision) = decision {
            self.place(instrument, decision, &market, turn);
        }
    }

    /// Asks for the end of the standing order, if it is too old or unwanted and
    /// no cancel is under way. True when it did.
    fn cancel_if_due(&mut self, instrument: InstrumentId, turn: &mut Turn<'_>) -> bool {
        if leave(&self.line) == Leave::Nothing {
            return false;
        }
        let Some(standing) = self.desks[instrument.index()].standing.as_mut() else {
            return false;
        };
        let age = turn.head.ts.0.saturating_sub(standing.placed.0);
        let old = rests(&self.order) && age > Nanos::from_ms(self.order.max_age_ms).0;
        let interval = Nanos::from_ms(self.order.cancel_retry_ms);
        if !(old || standing.unwanted) || !standing.cancellable(turn.head.ts, interval) {
            return false;
        }
        standing.cancel = Cancel::Asked;
        let fields = OrderFields {
            order: standing.id.into(),
            price: Price(0),
            qty: Qty(0),
            action: Action::Cancel as u8,
            side: standing.side as u8,
            order_type: OrderType::Limit as u8,
            time_in_force: self.order.time_in_force as u8,
            flags: 0,
            member: MemberId::COUNCIL,
            strategy: self.strategy,
        };
        self.counters.count_cancel();
        turn.add(Kind::Intent, instrument, fields);
        true
    }

    /// Asks for another price of the standing order, where the touch has left it
    /// by `amend_ticks` or more. Its quantity stays.
    fn amend_if_due(&mut self, instrument: InstrumentId, market: &Market, turn: &mut Turn<'_>) {
        let (order, interval) = (&self.order, Nanos::from_ms(self.order.cancel_retry_ms));
        let (Some(most), Some(spec)) = (order.amend_ticks, market.spec.as_ref()) else { return };
        let Some(standing) = self.desks[instrument.index()].standing.as_mut() else { return };
        let may = leave(&self.line) == Leave::All && market.touch.usable() && rests(order);
        if !may || !standing.amendable(turn.head.ts, interval) {
            return;
        }
        let Some(price) = pricing::price(standing.side, &market.touch, spec, order) else { return };
        let apart = price.0.saturating_sub(standing.price.0).saturating_abs();
        if apart < most.saturating_mul(spec.tick_size.0) {
            return;
        }
        standing.amend = Amend::Asked;
        let fields = OrderFields {
            order: standing.id.into(),
            price,
            qty: standing.qty(),
            action: Action::Amend as u8,
            side: standing.side as u8,
            order_type: OrderType::Limit as u8,
            time_in_force: order.time_in_force as u8,
            flags: standing.flags,
            member: MemberId::COUNCIL,
            strategy: self.strategy,
        };
        self.counters.count_amend();
        turn.add(Kind::Intent, instrument, fields);
    }

    /// Asks for an order, if there is leave and the desk is past its cooldown.
    fn place(
        &mut self,
        instrument: InstrumentId,
        decision: Decision,
        market: &Market,
        turn: &mut Turn<'_>,
    ) {
        let desk = self.desks[instrument.index()];
        let cooldown = Nanos::from_ms(self.order.cooldown_ms).0;
        let cool = desk.placed.is_none_or(|at| turn.head.ts.0.saturating_sub(at.0) >= cooldown);
        let position = self.position(instrument);
        let Some(room) = self.room(decision.side, position, market) else { return };
        if !cool || !market.touch.usable() {
            return;
        }
        let Some((price, qty)) = self.terms(decision.side, market, room) else {
            return self.counters.count_unpriced();
        };
        // Last, so that no sequence is used up by an order that is not made.
        let Some(id) = self.ids.next(self.strategy) else {
            return self.counters.count_unpriced();
        };
        let reduces = leave(&self.line) == Leave::Reduce;
        let flags = if reduces { OrderFlags::REDUCE_ONLY } else { 0 };
        let fields = OrderFields {
            order: id.into(),
            price,
            qty,
            action: Action::Place as u8,
            side: decision.side as u8,
            order_type: self.order.order_type as u8,
            time_in_force: time_in_force(&self.order) as u8,
            flags,
            member: decision.member,
            strategy: self.strategy,
        };
        let desk = &mut self.desks[instrument.index()];
        let standing = Standing::new(id, decision.side, price, qty, turn.head.ts);
        desk.standing = Some(standing.with_flags(flags));
        desk.placed = Some(turn.head.ts);
        self.counters.count_place();
        turn.add(Kind::Intent, instrument, fields);
    }

    /// The most that may be asked for on `side`; `None` when nothing may.
    fn room(&self, side: Side, position: i64, market: &Market) -> Option<i64> {
        let toward = if side == Side::Buy { position } else { position.saturating_neg() };
        let room = match leave(&self.line) {
            Leave::All => market.position_max?.saturating_sub(toward),
            Leave::Reduce => toward.saturating_neg(),
            Leave::Cancel | Leave::Nothing => 0,
        };
        (room > 0).then_some(room)
    }

    /// Price and quantity on their grids.
    fn terms(&self, side: Side, market: &Market, room: i64) -> Option<(Price, Qty)> {
        let spec = market.spec.as_ref()?;
        let price = match self.order.order_type {
            OrderType::Limit => pricing::price(side, &market.touch, spec, &self.order)?,
            OrderType::Market => Price(0),
        };
        Some((price, pricing::qty(market.qty?, room, spec)?))
    }

    /// Looks once round all desks for orders to cancel, from where the last
    /// sweep stopped, until this group has its fill.
    fn sweep(&mut self, turn: &mut Turn<'_>) {
        let mut asked = 0;
        for step in 0..self.desks.len() {
            let at = (self.cursor + step) % self.desks.len();
            // At most MAX_INSTRUMENTS, which fits 16 bits.
            if self.cancel_if_due(InstrumentId(at as u16), turn) {
                asked += 1;
                if asked == CANCELS_PER_GROUP {
                    self.cursor = (at + 1) % self.desks.len();
                    return;
                }
            }
        }
    }
}

/// Whether the configured orders stand until they are cancelled.
fn rests(order: &OrderSettings) -> bool {
    !matches!(time_in_force(order), TimeInForce::Ioc | TimeInForce::Fok)
}

/// The time in force of what is placed: a market order's is always IOC, for what
/// it does not fill at once expires.
fn time_in_force(order: &OrderSettings) -> TimeInForce {
    match order.order_type {
        OrderType::Limit => order.time_in_force,
        OrderType::Market => TimeInForce::Ioc,
    }
}

/// A standing order, as the members see it.
fn working(standing: Standing) -> Working {
    Working { side: standing.side, price: standing.price, remaining: Qty(standing.remaining) }
}

/// Whether a group with this input is a moment to decide. What the account holds is
/// none: no member looks at it, and it may come between the events of a frame.
fn is_moment(head: &Record) -> bool {
    if matches!(head.kind(), Some(Kind::Balance | Kind::Funding)) {
        return false;
    }
    match head.kind().map(Kind::class) {
        Some(Class::Market) => head.is_frame_end(),
        Some(Class::Command | Class::Report | Class::Timer) => true,
        _ => false,
    }
}

/// Whether a group with this input is a moment to look round all desks.
fn is_sweep(head: &Record) -> bool {
    match head.kind() {
        Some(Kind::Timer) => true,
        Some(Kind::Command) => head.body::<Command>().op() == Some(CommandOp::CancelAll),
        _ => false,
    }
}

impl Stage for CouncilStage {
    type In = Record;
    type Out = Record;

    const NAME: &'static str = "council";
    const MARK: Mark = Mark::Council;
    /// For each instrument consulted a vote of every seat and one intent, and a
    /// sweep's cancels.
    const MAX_ADDED: usize = CONSULTED_PER_GROUP * (SEATS_MAX + 1) + CANCELS_PER_GROUP;

    fn forward(&mut self, record: Record) -> Record {
        record
    }

    fn on_record(&mut self, input: &Record, _out: &mut Outbox<Record>) {
        if self.head.is_none() {
            self.head = Some(*input);
        }
        let Some(kind) = input.kind() else { return };
        if let Some(told) = self.reports.on_record(input) {
            self.on_report(&told);
        }
        self.take(input, kind);
    }

    fn on_end(&mut self, out: &mut Outbox<Record>) {
        if let Some(told) = self.reports.on_end() {
            self.on_report(&told);
        }
        let Some(head) = self.head.take().filter(is_moment) else { return };
        let mut turn = Turn { head: &head, out };
        for _ in 0..CONSULTED_PER_GROUP {
            let Some(instrument) = self.queue.pop() else { break };
            self.consult(instrument, &mut turn);
        }
        if is_sweep(&head) {
            self.sweep(&mut turn);
        }
    }
}
