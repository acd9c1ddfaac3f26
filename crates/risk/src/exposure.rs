//! Working quantities, counted from the moment of approval, beside the positions
//! that every stage folds alike.
//!
//! Fed by approvals, reports and recovered positions; read by the rules through
//! a [`crate::rule::Case`]. Reserves an order's whole quantity when it is
//! approved, turns it into position with each fill, and lets the rest go only
//! on a report that ends the order. Never here: a release on UNKNOWN, on
//! silence, on a closed connection, or on a query that found nothing.

use crate::orders::{LiveOrder, Orders};
use account::{Filled, Positions, Told};
use types::{
    ClientOrderId, Funding, HeldPosition, InstrumentId, InstrumentSpec, OrderFields, Report,
    ReportStatus, Side,
};

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
    /// What orders of a side may still do.
    pub(crate) const fn of(&mut self, side: Side) -> &mut i128 {
        match side {
            Side::Buy => &mut self.buying,
            Side::Sell => &mut self.selling,
        }
    }

    /// Neither a position nor an order.
    pub(crate) fn is_flat(&self) -> bool {
        *self == Self::default()
    }
}

/// What approved orders of one instrument may still do.
#[derive(Clone, Copy, Debug, Default)]
struct Working {
    buying: i128,
    selling: i128,
}

impl Working {
    fn side(&mut self, side: Side) -> &mut i128 {
        match side {
            Side::Buy => &mut self.buying,
            Side::Sell => &mut self.selling,
        }
    }
}

/// The exposure of every instrument.
#[derive(Debug)]
pub(crate) struct Exposure {
    positions: Positions,
    working: Vec<Working>,
    orders: Orders,
}

impl Exposure {
    /// Nothing held; all memory is taken here.
    pub(crate) fn new(instruments: usize) -> Self {
        Self {
            positions: Positions::new(instruments),
            working: vec![Working::default(); instruments],
            orders: Orders::new(),
        }
    }

    /// What `instrument` is exposed to; nothing when it is not in the table.
    pub(crate) fn held(&self, instrument: InstrumentId) -> Held {
        let working = self.working.get(instrument.index()).copied().unwrap_or_default();
        let position = self.positions.of(instrument).qty();
        Held { position, buying: working.buying, selling: working.selling }
    }

    /// The positions and their money.
    pub(crate) const fn positions(&self) -> &Positions {
        &self.positions
    }

    /// The live orders.
    pub(crate) const fn orders(&self) -> &Orders {
        &self.orders
    }

    /// The position that the venue stated at start.
    pub(crate) fn on_held(
        &mut self,
        instrument: InstrumentId,
        spec: Option<&InstrumentSpec>,
        stated: &HeldPosition,
    ) {
        self.positions.on_held(instrument, spec, stated);
    }

    /// A funding payment.
    pub(crate) fn on_funding(&mut self, paid: &Funding) {
        self.positions.on_funding(paid);
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
            qty: order.qty.0,
            amend: 0,
            filled: 0,
            remaining: order.qty.0,
        };
        let inserted = self.orders.insert(live);
        if inserted {
            *self.working[instrument.index()].side(live.side) += i128::from(live.remaining);
        }
        inserted
    }

    /// The order that an amendment may go to: it works, of this instrument and
    /// side, no other amendment of it is open, and something would be left of it.
    pub(crate) fn amendable(
        &self,
        instrument: InstrumentId,
        order: &OrderFields,
    ) -> Option<&LiveOrder> {
        let live = self.orders.get(order.id())?;
        let same = live.instrument == instrument.0 && live.side == order.side();
        let open = live.sent && !live.ended && live.amend == 0;
        (same && open && order.qty.0 > live.filled).then_some(live)
    }

    /// Reserves an approved amendment: from now until somebody has said what it came
    /// to, the larger of the old quantity and the new one may be filled.
    /// Invariant: the order is [`Exposure::amendable`].
    pub(crate) fn reserve_amend(&mut self, order: &OrderFields) {
        let Some(live) = self.orders.get_mut(order.id()) else { return };
        live.amend = order.qty.0;
        let remaining = live.remaining.max(order.qty.0 - live.filled);
        self.resize(order.id(), remaining);
    }

    /// What became of an order.
    pub(crate) fn on_report(&mut self, told: &Told, spec: Option<&InstrumentSpec>) {
        let report = &told.report;
        let Some(status) = report.status() else { return };
        match status {
            ReportStatus::Fill | ReportStatus::FilledAll => self.on_fill(told, spec),
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
            ReportStatus::AmendRejected | ReportStatus::AmendNotSent => self.on_not_amended(report),
            ReportStatus::CancelRejected
            | ReportStatus::CancelSent
            | ReportStatus::CancelNotSent
            | ReportStatus::AmendSent
            | ReportStatus::NotFound => {}
        }
    }

    /// A new fill takes from its order what it gave to the position; the last one
    /// ends the order, also when it was told before.
    fn on_fill(&mut self, told: &Told, spec: Option<&InstrumentSpec>) {
        if matches!(self.positions.on_report(told, spec), Filled::By(qty) if qty != 0) {
            self.fill_order(&told.report);
        }
        if told.report.status() == Some(ReportStatus::FilledAll) {
            self.release(&told.report);
        }
    }

    fn fill_order(&mut self, report: &Report) {
        let Some(order) = self.orders.get_mut(report.id()) else { return };
        order.sent = true;
        order.filled = order.filled.saturating_add(report.qty.0);
        let remaining = (order.remaining - report.qty.0).max(0);
        self.resize(report.id(), remaining);
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
        self.resize(report.id(), remaining);
    }

    /// A new quantity in all, as the venue confirmed it.
    fn on_amended(&mut self, report: &Report) {
        let Some(order) = self.orders.get_mut(report.id()) else { return };
        if report.qty.0 > 0 && !order.ended {
            order.sent = true;
            (order.qty, order.amend) = (report.qty.0, 0);
            let remaining = report.qty.0.saturating_sub(order.filled).max(0);
            self.resize(report.id(), remaining);
        }
    }

    /// The order is as it was before the amendment.
    fn on_not_amended(&mut self, report: &Report) {
        let Some(order) = self.orders.get_mut(report.id()).filter(|order| order.amend != 0) else {
            return;
        };
        order.amend = 0;
        let remaining = order.remaining.min(order.qty.saturating_sub(order.filled).max(0));
        self.resize(report.id(), remaining);
    }

    fn release(&mut self, report: &Report) {
        self.resize(report.id(), 0);
    }

    /// Reserves `remaining` for the order from now on; at 0 it is over.
    fn resize(&mut self, id: ClientOrderId, remaining: i64) {
        let Some(order) = self.orders.get_mut(id) else { return };
        let change = i128::from(remaining) - i128::from(order.remaining);
        order.remaining = remaining;
        let (index, side) = (usize::from(order.instrument), order.side);
        if remaining == 0 {
            self.orders.remove(id);
        }
        let working = self.working[index].side(side);
        *working += change;
        assert!(*working >= 0, "Invariant: no more is released than was reserved.");
    }
}
