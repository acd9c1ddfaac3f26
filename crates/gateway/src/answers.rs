//! Answers of the order session to report records, and what a query's answer
//! adds to what was told of an order's fills.
//!
//! Fed by the reader. What a cancel's success means is left to the private
//! stream, which tells it in order with the fills before it. Never here: an
//! order's state.

use crate::inbound::{Heard, Told, add};
use crate::known::Missed;
use crate::orders::Order;
use crate::outbound::{Asked, RequestOf, request_of};
use types::{
    FeeAsset, InstrumentId, InstrumentSpec, Kind, Liquidity, Money, Nanos, OrderState, OrderType,
    Price, Qty, Record, Report, ReportDetail, ReportStatus, Side, TimeInForce,
};
use venue::{ApiReply, OrderNow, Outcome};

/// Venues settle fees in steps of 10^-8: at scale 18 the last ten digits are cut.
const FEE_STEP: i128 = 10_000_000_000;

/// An answer as records; `heard` is the connection that it came by, and when.
pub(crate) fn on_reply(reply: &ApiReply, heard: (u16, Nanos), cx: &mut Heard<'_>) -> Told {
    let (connection, received) = heard;
    let request = reply.request.and_then(request_of);
    if let Some(RequestOf { sequence, asked: Asked::Logon, .. }) = request {
        let said = Some(sequence);
        let changes = cx.connections.on_answer(connection, said, reply.outcome, cx.counters);
        return Told::changes(changes, received);
    }
    let known =
        request.and_then(|request| Some((*cx.orders.by_sequence(request.sequence)?, request)));
    let Some((order, request)) = known else {
        add(&cx.counters.unmatched, 1);
        return Told::default();
    };
    let answer = Answer { order, reply, request, received };
    match request.asked {
        Asked::Place => answer.to_place(),
        Asked::Cancel => answer.to_cancel(cx),
        Asked::Amend => answer.to_amend(cx),
        Asked::Status => answer.to_query(cx),
        // The subscription is answered on the private stream.
        Asked::Logon | Asked::Subscribe => {
            add(&cx.counters.unmatched, 1);
            Told::default()
        }
    }
}

/// An answer and the order that it is about.
struct Answer<'a> {
    order: Order,
    reply: &'a ApiReply,
    request: RequestOf,
    received: Nanos,
}

impl Answer<'_> {
    fn to_place(&self) -> Told {
        match self.reply.outcome {
            Outcome::Accepted => self.tell(ReportStatus::Accepted, 0),
            Outcome::Rejected { code } | Outcome::NotFound { code } => {
                self.tell(ReportStatus::Rejected, code)
            }
            Outcome::Unknown { code } => self.tell(ReportStatus::OutcomeUnknown, code),
        }
    }

    fn to_cancel(&self, cx: &mut Heard<'_>) -> Told {
        if !matches!(self.reply.outcome, Outcome::Accepted) {
            // What cannot be cancelled may be over, and nobody said so.
            cx.orders.update(self.order.id, |order| order.ask = true);
        }
        match self.reply.outcome {
            Outcome::Accepted => Told::default(),
            Outcome::Rejected { code } => self.tell(ReportStatus::CancelRejected, code),
            // The venue does not know it any more: filled, or gone. Nobody has said.
            Outcome::NotFound { code } | Outcome::Unknown { code } => {
                self.tell(ReportStatus::OutcomeUnknown, code)
            }
        }
    }

    /// The terms are those that the venue answers. An answer to another amendment
    /// than the last is late: a question has told what it came to.
    fn to_amend(&self, cx: &mut Heard<'_>) -> Told {
        if self.order.amend.is_none() || !self.request.is_nth(self.order.amends) {
            add(&cx.counters.unmatched, 1);
            return Told::default();
        }
        match self.reply.outcome {
            Outcome::Accepted => {
                let now = self.reply.order.as_ref().filter(|now| is_working(now.state));
                match now {
                    Some(now) => {
                        settle_amend(&self.order, cx);
                        self.tell_terms(now.price, now.qty)
                    }
                    // Over, or not told: the stream or a question says it.
                    None => {
                        cx.orders.update(self.order.id, |order| order.ask = true);
                        Told::default()
                    }
                }
            }
            Outcome::Rejected { code } | Outcome::NotFound { code } => {
                settle_amend(&self.order, cx);
                cx.orders.update(self.order.id, |order| order.ask = true);
                self.tell(ReportStatus::AmendRejected, code)
            }
            Outcome::Unknown { code } => self.tell(ReportStatus::OutcomeUnknown, code),
        }
    }

    fn to_query(&self, cx: &mut Heard<'_>) -> Told {
        match (self.reply.outcome, self.reply.order.as_ref()) {
            (Outcome::Accepted, Some(now)) => {
                let is_latest = self.order.is_latest(&self.request);
                let venue_order_id = self.reply.venue_order_id;
                let query = Query {
                    order: self.order,
                    now,
                    is_latest,
                    venue_order_id,
                    received: self.received,
                };
                query.tell(cx)
            }
            (Outcome::NotFound { code }, _) => self.tell(ReportStatus::NotFound, code),
            _ => Told::default(),
        }
    }

    fn tell_terms(&self, price: Price, qty: Qty) -> Told {
        let body = Report { price, qty, ..Report::new(self.order.id, ReportStatus::Amended, 0) };
        self.tell_body(body)
    }

    fn tell(&self, status: ReportStatus, code: i32) -> Told {
        self.tell_body(Report::new(self.order.id, status, code))
    }

    fn tell_body(&self, body: Report) -> Told {
        let mut told = Told::default();
        let detail = bare(self.reply.venue_order_id, Nanos(0));
        told.push(self.order.instrument, self.received, body, detail);
        told
    }
}

/// What became of an amendment is told on now. Answers to questions from before
/// are older than that.
fn settle_amend(order: &Order, cx: &mut Heard<'_>) {
    cx.orders.update(order.id, |order| {
        order.amend = None;
        order.asks = order.asks.wrapping_add(1);
    });
}

const fn is_working(state: OrderState) -> bool {
    matches!(state, OrderState::Accepted | OrderState::PartiallyFilled)
}

/// A query's answer that found the order.
struct Query<'q> {
    order: Order,
    now: &'q OrderNow,
    /// It answers the last question: nothing that is known is newer.
    is_latest: bool,
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
        let in_base = cx.terms.fee_from_received && self.order.fields.side() == Side::Buy;
        let brought = if in_base { missed.qty() } else { missed.notional() };
        let mut fee = spec.map_or(Money::ZERO, |spec| fee(brought, in_base, (spec, &self.order)));
        let asset = if in_base { FeeAsset::Base } else { FeeAsset::Quote };
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
                ..Report::new(self.order.id, status, asset.code())
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
        if is_working(self.now.state) {
            return self.tell_working(cx, told);
        }
        let status = match self.now.state {
            // The last fill told it, if there was one to tell.
            OrderState::Filled if !told.is_empty() => return,
            OrderState::Filled => ReportStatus::FilledAll,
            OrderState::Canceled => ReportStatus::Canceled,
            OrderState::Expired => ReportStatus::Expired,
            OrderState::Rejected => ReportStatus::Rejected,
            _ => return,
        };
        // What an end says was filled in all; there is no fill in it.
        let in_all = if status == ReportStatus::FilledAll { Qty(0) } else { self.now.filled };
        self.push(Report { qty: in_all, ..Report::new(self.order.id, status, 0) }, told);
        cx.orders_ended(self.order.id);
    }

    /// It works, at the terms that the answer says.
    fn tell_working(&self, cx: &mut Heard<'_>, told: &mut Told) {
        let OrderNow { price, qty, .. } = *self.now;
        let report = |status| Report::new(self.order.id, status, 0);
        let amended = Report { price, qty, ..report(ReportStatus::Amended) };
        let asked_for = self.order.amend;
        if let Some(amend) = asked_for {
            if (price, qty) == (amend.price, amend.qty) {
                settle_amend(&self.order, cx);
                self.push(amended, told);
            } else if self.is_latest && self.asked_after(amend.sent, cx.terms.window) {
                // Older than the venue takes by now: it never took effect and never will.
                settle_amend(&self.order, cx);
                self.push(report(ReportStatus::AmendRejected), told);
            }
            // Else it may still be under way to the venue: asked again.
            return;
        }
        let is_limit = self.order.fields.order_type() == OrderType::Limit && qty.0 > 0;
        let known = (self.order.fields.price, self.order.fields.qty);
        if self.is_latest && is_limit && (price, qty) != known {
            self.push(amended, told);
        } else if told.is_empty() {
            self.push(report(ReportStatus::Accepted), told);
        }
    }

    /// Whether the question was asked more than `window` after `sent`.
    fn asked_after(&self, sent: Nanos, window: Nanos) -> bool {
        let from = sent.0.saturating_add(window.0);
        self.order.asked.is_some_and(|asked| asked.0 > from)
    }

    fn push(&self, body: Report, told: &mut Told) {
        let body = Report { side: self.order.fields.side, ..body };
        let detail = bare(self.venue_order_id, self.now.exch_ts);
        told.push(self.order.instrument, self.received, body, detail);
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

/// The fee of what a fill brought, in mantissas (of the base where `in_base`, else
/// of a notional), at the instrument's rate, the taker's where it is not known
/// which; truncated as the venue settles.
fn fee(brought: i128, in_base: bool, (spec, order): (&InstrumentSpec, &Order)) -> Money {
    let ppm = match liquidity(order) {
        Liquidity::Maker => spec.maker_ppm,
        _ => spec.taker_ppm,
    };
    let price_places = if in_base { 0 } else { u32::from(spec.price_decimals) };
    let places = price_places + u32::from(spec.qty_decimals);
    let unit = 18_u32.checked_sub(places).and_then(|missing| 10_i128.checked_pow(missing));
    let scaled = unit.and_then(|unit| brought.checked_mul(unit)?.checked_mul(i128::from(ppm)));
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
