//! The orders that the gateway owns: a fixed table, slot by sequence number.
//!
//! Changed only by sequenced records. A terminal order stays until its slot is
//! needed again, so that a late report still finds it.

use crate::known::Known;
use crate::outbound::RequestOf;
use types::{ClientOrderId, InstrumentId, Nanos, OrderFields, OrderState, Price, Qty};

/// One order.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// Its id.
    pub id: ClientOrderId,
    /// Of what.
    pub instrument: InstrumentId,
    /// What was asked for.
    pub fields: OrderFields,
    /// Where in its life it is.
    pub state: OrderState,
    /// The venue has spoken of it as its own: it was placed.
    pub is_placed: bool,
    /// Filled so far.
    pub filled: Qty,
    /// Its fills as the reader knows them, ahead of what is sequenced.
    pub(crate) known: Known,
    /// The private stream was away: it is to be asked about.
    pub(crate) ask: bool,
    /// When it was asked about last.
    pub(crate) asked: Option<Nanos>,
    /// Questions so far, and answers to amendments: an answer to a question with
    /// another number may be older than what is known.
    pub(crate) asks: u32,
    /// The amendment that is under way, or of which nobody knows what it came to.
    pub(crate) amend: Option<Amend>,
    /// Amendments so far.
    pub(crate) amends: u32,
    /// When an answer is due; `None` when none is.
    pub deadline: Option<Nanos>,
    /// The connection that its last request was written to.
    pub(crate) over: Option<u16>,
}

/// New terms that were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Amend {
    pub(crate) price: Price,
    /// In all, what is filled included.
    pub(crate) qty: Qty,
    /// The request's stamp.
    pub(crate) sent: Nanos,
}

impl Order {
    /// An order that is approved now.
    pub(crate) fn new(instrument: InstrumentId, fields: OrderFields, deadline: Nanos) -> Self {
        Self {
            id: fields.id(),
            instrument,
            fields,
            state: OrderState::Approved,
            is_placed: false,
            filled: Qty(0),
            known: Known::default(),
            ask: false,
            asked: None,
            asks: 0,
            amend: None,
            amends: 0,
            deadline: Some(deadline),
            over: None,
        }
    }

    /// Whether new terms may be asked for: by what is sequenced alone.
    pub(crate) const fn may_amend(&self) -> bool {
        matches!(self.state, OrderState::Accepted | OrderState::PartiallyFilled)
    }

    /// Whether the question numbered `nth` is the last one, so that its answer is
    /// as new as what is known.
    pub(crate) const fn is_latest(&self, request: &RequestOf) -> bool {
        request.is_nth(self.asks)
    }

    /// Whether the venue is to be asked about it. One that is under way is not:
    /// its answer is.
    pub(crate) fn wants_asking(&self) -> bool {
        let under_way = matches!(
            self.state,
            OrderState::Approved | OrderState::Submitted | OrderState::PendingReplace
        );
        let open = self.ask || self.amend.is_some() || self.known.is_missing();
        self.state == OrderState::Unknown || (!under_way && open)
    }

    /// Whether the last question is longer ago than `interval`.
    pub(crate) fn may_ask(&self, now: Nanos, interval: i64) -> bool {
        self.asked.is_none_or(|at| now.0.saturating_sub(at.0) >= interval)
    }
}

/// Orders by sequence number.
pub struct OrderTable {
    slots: Vec<Option<Order>>,
    /// Ids of the orders whose life is not over; few, and looked at on timers.
    open: Vec<ClientOrderId>,
    newest: u64,
}

impl OrderTable {
    /// A table of `capacity` slots (a power of two).
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        assert!(capacity.is_power_of_two(), "Invariant: the order table is a power of two.");
        Self { slots: vec![None; capacity], open: Vec::with_capacity(capacity), newest: 0 }
    }

    /// Takes a new order in. False when the id was used before, or its slot
    /// still holds an order whose life is not over.
    #[must_use]
    pub fn insert(&mut self, order: Order) -> bool {
        let sequence = order.id.sequence();
        if sequence <= self.newest {
            return false;
        }
        let slot = self.slot(sequence);
        if self.slots[slot].is_some_and(|held| !held.state.is_terminal()) {
            return false;
        }
        self.slots[slot] = Some(order);
        self.newest = sequence;
        self.open.push(order.id);
        true
    }

    /// The order of that id.
    #[must_use]
    pub fn get(&self, id: ClientOrderId) -> Option<&Order> {
        self.slots[self.slot(id.sequence())].as_ref().filter(|order| order.id == id)
    }

    /// The order with that sequence number, for answers that carry nothing else.
    #[must_use]
    pub fn by_sequence(&self, sequence: u64) -> Option<&Order> {
        let found = self.slots[self.slot(sequence)].as_ref();
        found.filter(|order| order.id.sequence() == sequence)
    }

    /// Changes an order; keeps the count of open ones.
    pub fn update(&mut self, id: ClientOrderId, change: impl FnOnce(&mut Order)) {
        let slot = self.slot(id.sequence());
        let Some(order) = self.slots[slot].as_mut().filter(|order| order.id == id) else { return };
        let was_over = order.state.is_terminal();
        change(order);
        if !was_over && order.state.is_terminal() {
            self.open.retain(|held| *held != id);
        }
    }

    /// Orders whose life is not over.
    #[must_use]
    pub const fn open(&self) -> usize {
        self.open.len()
    }

    /// Every order whose life is not over, oldest first.
    pub fn iter_open(&self) -> impl Iterator<Item = &Order> {
        self.open.iter().filter_map(|id| self.get(*id))
    }

    /// Every order whose life is not over is to be asked about.
    pub fn ask_about_open(&mut self) {
        for index in 0..self.open.len() {
            let slot = self.slot(self.open[index].sequence());
            if let Some(order) = self.slots[slot].as_mut() {
                order.ask = true;
                order.asked = None;
            }
        }
    }

    /// Every answer that is still due is late as of `now`. Not of orders of which
    /// the socket's word is still to come: it comes in order, so they were written
    /// after the loss, if at all, and to another connection.
    pub fn expire_deadlines(&mut self, now: Nanos) {
        for index in 0..self.open.len() {
            let slot = self.slot(self.open[index].sequence());
            let order = self.slots[slot].as_mut();
            if let Some(order) = order.filter(|order| order.state != OrderState::Approved) {
                order.deadline = order.deadline.map(|_| now);
            }
        }
    }

    fn slot(&self, sequence: u64) -> usize {
        // Masked to the table's size: the truncation is meant.
        (sequence & (self.slots.len() as u64 - 1)) as usize
    }
}
