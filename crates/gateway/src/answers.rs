//! Answers of the order session to report records, and what a query's answer
//! adds to what was told of an order's fills.
//!
//! Fed by the reader. What a cancel's success means is left to the private
//! stream, which tells it in order with the fills before it. Never here: an
//! order's state.

use crate::inbound::{Heard, Told, add};
use crate::known::Missed;
use crate::orders::Order;
use crate::outbound::{Asked, request_of};
use types::{
    InstrumentId, InstrumentSpec, Kind, Liquidity, Money, Nanos, OrderState, Price, Qty, Record,
    Report, ReportDetail, ReportStatus, TimeInForce,
};
use venue::{ApiReply, OrderNow, Outcome};

/// Venues settle fees in steps of 10^-8: at scale 18 the last ten digits are cut.
const FEE_STEP: i128 = 10_000_000_000;

/// An answer as records.
pub(crate) fn on_reply(reply: &ApiReply, received: Nanos, cx: &mut Heard<'_>) -> Told {
    let asked = reply.request.and_then(request_of);
    let known =
        asked.and_then(|(sequence, asked)| Some((*cx.orders.by_sequence(sequence)?, asked)));
    let Some((order, asked)) = known else {
        add(&cx.counters.unmatched, 1);
        return Told::default();
    };
    if asked == Asked::Cancel && !matches!(reply.outcome, Outcome::Accepted) {
        // What cannot be cancelled may be over, and nobody said so.
        cx.orders.update(order.id, |order| order.ask = true);
    }
    let (status, code) = match (asked, reply.outcome) {
        (Asked::Place, Outcome::Accepted) => (ReportStatus::Accepted, 0),
        (Asked::Place, Outcome::Rejected { code } | Outcome::NotFound { code }) => {
            (ReportStatus::Rejected, code)
        }
        (Asked::Cancel, Outcome::Accepted) => return Told::default(),
        (Asked::Cancel, Outcome::Rejected { code }) => (ReportStatus::CancelRejected, code),
        // The venue does not know it any more: filled, or gone. Nobody has said.
        (Asked::Cancel, Outcome::NotFound { code }) => (ReportStatus::OutcomeUnknown, code),
        (Asked::Place | Asked::Cancel, Outcome::Unknown { code }) => {
            (ReportStatus::OutcomeUnknown, code)
        }
        (Asked::Status, Outcome::Accepted) => {
            let now = reply.order.as_ref();
            return now.map_or_else(Told::default, |now| {
                Query { order, now, venue_order_id: reply.venue_order_id, received }.tell(cx)
            });
        }
        (Asked::Status, Outcome::NotFound { code }) => (ReportStatus::NotFound, code),
        (Asked::Status, _) => return Told::default(),
    };
    let mut told = Told::default();
    let body = Report::new(order.id, status, code);
    told.push(order.instrument, received, body, bare(reply.venue_order_id, Nanos(0)));
    told
}

/// A query's answer that found the order.
struct Query<'q> {
    order: Order,
    now: &'q OrderNow,
    venue_order_id: u64,
    received: Nanos,
}

impl Query<'_> {
    /// First the fills that nobody told, then what the venue says the order is.
    fn tell(&self, cx: &mut Heard<'_>) -> Told {
        let mut told = Told::default();
        let spec = cx.specs.by_id(self.order.instrument).copied();
        let notional = spec.and_then(|spec| mantissas(self.now.filled_notional?, &spec));
        let mut missed = None;
        cx.orders.update(self.order.id, |order| {
            missed = order.known.on_query(self.now.filled.0, notional, order.fields.price.0);
            order.ask &= missed.is_none();
        });
        // Older than what was told: it decides nothing, and is asked again.
        let Some(missed) = missed.filter(|_| !self.order.known.ended) else { return told };
        self.take_over(&missed, spec.as_ref(), cx, &mut told);
        self.tell_state(cx, &mut told);
        told
    }

    /// The fills that were missed, at the venue's own sum of money. Their fee is
    /// computed: the answer does not say it.
    fn take_over(
        &self,
        missed: &Missed,
        spec: Option<&InstrumentSpec>,
        cx: &mut Heard<'_>,
        told: &mut Told,
    ) {
        let mut fee = spec.map_or(Money::ZERO, |spec| fee(missed.notional(), spec, &self.order));
        let all = self.now.state == OrderState::Filled;
        let last = missed.parts.iter().rposition(|(_, qty)| *qty > 0);
        for (index, (price, qty)) in missed.parts.into_iter().enumerate() {
            if qty == 0 {
                continue;
            }
            add(&cx.counters.fills_taken_over, 1);
            add(&cx.counters.fills_estimated, u64::from(missed.estimated));
            let ends = all && last == Some(index);
            let status = if ends { ReportStatus::FilledAll } else { ReportStatus::Fill };
            let body = Report {
                price: Price(price),
                qty: Qty(qty),
                side: self.order.fields.side,
                liquidity: liquidity(&self.order) as u8,
                ..Report::new(self.order.id, status, 0)
            };
            let detail = ReportDetail {
                fee: std::mem::replace(&mut fee, Money::ZERO).into(),
                ..bare(self.venue_order_id, self.now.exch_ts)
            };
            told.push(self.order.instrument, self.received, body, detail);
        }
        if all && last.is_some() {
            cx.orders_ended(self.order.id);
        }
    }

    fn tell_state(&self, cx: &mut Heard<'_>, told: &mut Told) {
        let status = match self.now.state {
            // The last fill told it, if there was one to tell.
            OrderState::Filled if !told.is_empty() => return,
            OrderState::Filled => ReportStatus::FilledAll,
            OrderState::Accepted | OrderState::PartiallyFilled if !told.is_empty() => return,
            OrderState::Accepted | OrderState::PartiallyFilled => ReportStatus::Accepted,
            OrderState::Canceled => ReportStatus::Canceled,
            OrderState::Expired => ReportStatus::Expired,
            OrderState::Rejected => ReportStatus::Rejected,
            _ => return,
        };
        let ends = status != ReportStatus::Accepted;
        // What an end says was filled in all; there is no fill in it.
        let in_all = if status == ReportStatus::FilledAll { Qty(0) } else { self.now.filled };
        let body = Report {
            qty: if ends { in_all } else { Qty(0) },
            side: self.order.fields.side,
            ..Report::new(self.order.id, status, 0)
        };
        let detail = bare(self.venue_order_id, self.now.exch_ts);
        told.push(self.order.instrument, self.received, body, detail);
        if ends {
            cx.orders_ended(self.order.id);
        }
    }
}

/// Money as a product of the instrument's mantissas; `None` where it is finer
/// than they are, and no sum of fills then.
fn mantissas(money: Money, spec: &InstrumentSpec) -> Option<i128> {
    let places = u32::from(spec.price_decimals) + u32::from(spec.qty_decimals);
    let unit = 10_i128.checked_pow(18_u32.checked_sub(places)?)?;
    (money.0 % unit == 0).then_some(money.0 / unit)
}

/// A post-only order never takes. Any other may have done either.
fn liquidity(order: &Order) -> Liquidity {
    match order.fields.time_in_force() {
        TimeInForce::Gtx => Liquidity::Maker,
        _ => Liquidity::None,
    }
}

/// The fee of `notional` in mantissas at the instrument's rate, the taker's where
/// it is not known which; truncated as the venue settles.
fn fee(notional: i128, spec: &InstrumentSpec, order: &Order) -> Money {
    let ppm = match liquidity(order) {
        Liquidity::Maker => spec.maker_ppm,
        _ => spec.taker_ppm,
    };
    let places = u32::from(spec.price_decimals) + u32::from(spec.qty_decimals);
    let unit = 18_u32.checked_sub(places).and_then(|missing| 10_i128.checked_pow(missing));
    let scaled = unit.and_then(|unit| notional.checked_mul(unit)?.checked_mul(i128::from(ppm)));
    scaled.map_or(Money::ZERO, |fee| Money(fee / 1_000_000 / FEE_STEP * FEE_STEP))
}

fn bare(venue_order_id: u64, exch_ts: Nanos) -> ReportDetail {
    ReportDetail { venue_order_id, trade_id: 0, fee: Money::ZERO.into(), exch_ts }
}

impl Told {
    /// Adds a report and its detail.
    pub(crate) fn push(
        &mut self,
        instrument: InstrumentId,
        received: Nanos,
        body: Report,
        detail: ReportDetail,
    ) {
        let body = Report { detailed: 1, ..body };
        self.add(Record::new(Kind::Report, instrument, received, body));
        self.add(Record::new(Kind::ReportDetail, instrument, received, detail));
    }
}
