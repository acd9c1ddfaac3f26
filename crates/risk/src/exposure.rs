//! Positions and working quantities, counted from the moment of approval.
//!
//! Fed by approvals, reports and recovered positions; read by the rules through
//! a [`crate::rule::Case`]. Reserves an order's whole quantity when it is
//! approved, turns it into position with each fill, and lets the rest go only
//! on a report that ends the order. Never here: a release on UNKNOWN, on
//! silence, on a closed connection, or on a query that found nothing.

use crate::fills::Fills;
use crate::orders::{LiveOrder, Orders};
use types::{HeldPosition, InstrumentId, OrderFields, Report, ReportStatus, Side};

/// What one instrument is exposed to. Wide, so that sums of any number of
/// 64-bit quantities stay exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Signed position in mantissas of the instrument's quantity.
    pub(crate) position: i128,
    /// What approved buy orders may still add.
    pub(crate) buying: i128,
    /// What approved sell orders may still take away.
    pub(crate) selling: i128,
}

impl Held {
    /// Neither a position nor an order.
    pub(crate) fn is_flat(&self) -> bool {
        *self == Self::default()
    }

    fn working(&mut self, side: Side) -> &mut i128 {
        match side {
            Side::Buy => &mut self.buying,
            Side::Sell => &mut self.selling,
        }
    }
}

/// The exposure of every instrument.
#[derive(Debug)]
pub(crate) struct Exposure {
    held: Vec<Held>,
    orders: Orders,
    fills: Fills,
}

impl Exposure {
    /// Nothing held; all memory is taken here.
    pub(crate) fn new(instruments: usize) -> Self {
        Self {
            held: vec![Held::default(); instruments],
            orders: Orders::new(),
            fills: Fills::new(instruments),
        }
    }

    /// What `instrument` is exposed to; nothing when it is not in the table.
    pub(crate) fn held(&self, instrument: InstrumentId) -> Held {
        self.held.get(instrument.index()).copied().unwrap_or_default()
    }

    /// The live orders.
    pub(crate) const fn orders(&self) -> &Orders {
        &self.orders
    }

    /// The position that the venue stated at start.
    pub(crate) fn on_held(&mut self, instrument: InstrumentId, stated: &HeldPosition) {
        if let Some(held) = self.held.get_mut(instrument.index()) {
            held.position = i128::from(stated.qty.0);
        }
    }

    /// Reserves an approved place. False when there is no room for it or its id
    /// lives already; nothing is reserved then.
    /// Invariant: the quantity is above 0 and the instrument is in the table.
    pub(crate) fn reserve(&mut self, instrument: InstrumentId, order: &OrderFields) -> bool {
        assert!(order.qty.0 > 0, "Invariant: only a quantity above zero is reserved.");
        let live = LiveOrder {
            id: order.id(),
            instrument: instrument.0,
            side: order.side(),
            sent: false,
            ended: false,
            filled: 0,
            remaining: order.qty.0,
        };
        let inserted = self.orders.insert(live);
        if inserted {
            *self.held[instrument.index()].working(live.side) += i128::from(live.remaining);
        }
        inserted
    }

    /// What became of an order. `trade_id` is the venue's id of a fill, 0 where
    /// it did not say.
    pub(crate) fn on_report(&mut self, instrument: InstrumentId, report: &Report, trade_id: u64) {
        let Some(status) = report.status() else { return };
        match status {
            ReportStatus::Fill | ReportStatus::FilledAll => {
                self.on_fill(instrument, report, trade_id);
            }
            ReportStatus::Sent
            | ReportStatus::Accepted
            | ReportStatus::OutcomeUnknown
            | ReportStatus::SendFailed => self.on_sent(report),
            ReportStatus::WouldBlock
            | ReportStatus::NotConnected
            | ReportStatus::Suppressed
            | ReportStatus::Denied => self.on_not_sent(report),
            ReportStatus::Rejected => self.release(report),
            ReportStatus::Canceled | ReportStatus::Expired => self.on_ended(report),
            ReportStatus::Amended => self.on_amended(report),
            // These tell of a cancel or of a query, not of the order.
            ReportStatus::CancelRejected
            | ReportStatus::CancelSent
            | ReportStatus::CancelNotSent
            | ReportStatus::NotFound => {}
        }
    }

    /// Every fill moves the position once, whether or not its order still lives:
    /// a fill that is told late was still a fill.
    fn on_fill(&mut self, instrument: InstrumentId, report: &Report, trade_id: u64) {
        let Some(held) = self.held.get_mut(instrument.index()) else { return };
        let is_new = self.fills.is_first(instrument.index(), trade_id);
        if is_new && report.qty.0 > 0 {
            let signed = match report.side() {
                Side::Buy => i128::from(report.qty.0),
                Side::Sell => -i128::from(report.qty.0),
            };
            held.position = held.position.saturating_add(signed);
            self.fill_order(report);
        }
        if report.status() == Some(ReportStatus::FilledAll) {
            self.release(report);
        }
    }

    fn fill_order(&mut self, report: &Report) {
        let Some(order) = self.orders.get_mut(report.id()) else { return };
        order.sent = true;
        order.filled = order.filled.saturating_add(report.qty.0);
        let remaining = (order.remaining - report.qty.0).max(0);
        self.resize(report, remaining);
    }

    fn on_sent(&mut self, report: &Report) {
        if let Some(order) = self.orders.get_mut(report.id()) {
            order.sent = true;
        }
    }

    /// "Not sent" ends only an order of which nothing else was heard: after
    /// that, it tells of something else, such as a cancel.
    fn on_not_sent(&mut self, report: &Report) {
        if self.orders.get_mut(report.id()).is_some_and(|order| !order.sent) {
            self.release(report);
        }
    }

    /// The venue ended it and says how much was filled in all. Fills that were
    /// not told yet stay reserved until they are.
    fn on_ended(&mut self, report: &Report) {
        let Some(order) = self.orders.get_mut(report.id()) else { return };
        order.ended = true;
        let untold = report.qty.0.saturating_sub(order.filled).max(0);
        let remaining = untold.min(order.remaining);
        self.resize(report, remaining);
    }

    /// A new quantity in all, as the venue confirmed it.
    fn on_amended(&mut self, report: &Report) {
        let Some(order) = self.orders.get_mut(report.id()) else { return };
        if report.qty.0 > 0 && !order.ended {
            order.sent = true;
            let remaining = report.qty.0.saturating_sub(order.filled).max(0);
            self.resize(report, remaining);
        }
    }

    fn release(&mut self, report: &Report) {
        self.resize(report, 0);
    }

    /// Reserves `remaining` for the order from now on; at 0 it is over.
    fn resize(&mut self, report: &Report, remaining: i64) {
        let Some(order) = self.orders.get_mut(report.id()) else { return };
        let change = i128::from(remaining) - i128::from(order.remaining);
        order.remaining = remaining;
        let (index, side) = (usize::from(order.instrument), order.side);
        if remaining == 0 {
            self.orders.remove(report.id());
        }
        let working = self.held[index].working(side);
        *working += change;
        assert!(*working >= 0, "Invariant: no more is released than was reserved.");
    }
}
