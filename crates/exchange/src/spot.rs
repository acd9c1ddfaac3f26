//! The spot market's own rules: balances instead of positions, and its order commands.
//!
//! Matching, queues, latencies and faults are those of the other market; what differs is what an
//! order must pass, what a fill does to the account, and what is said about it. Never here: margin.

mod filters;
mod replies;
mod routes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::account::Settlement;
use crate::config::{Dialect, Instrument};
use crate::exchange::Exchange;
use crate::matching::Fill;
use crate::number::{MONEY_DECIMALS, pow10};
use crate::order::{Order, OrderRequest, OrderType, Side, Status, TimeInForce};
use crate::outgoing::Destination;
use crate::params::Params;
use crate::refusal::{Refusal, refuse};

pub(crate) use filters::client_id_is_valid;

/// A quantity of an asset at scale 18.
fn amount(rules: &Instrument, qty: i64) -> i128 {
    i128::from(qty) * i128::from(pow10(MONEY_DECIMALS - rules.qty_decimals))
}

/// The asset that a side gives, and the one that it gets, which its fee is paid in.
pub(crate) fn assets(rules: &Instrument, side: Side) -> (&str, &str) {
    match side {
        Side::Buy => (rules.quote(), rules.base()),
        Side::Sell => (rules.base(), rules.quote()),
    }
}

impl Exchange {
    pub(crate) fn is_spot(&self) -> bool {
        self.config.dialect == Dialect::BinanceSpot
    }

    /// What open orders hold of each asset, scale 18.
    pub(crate) fn locked(&self) -> BTreeMap<String, i128> {
        let mut locked = BTreeMap::new();
        for order in self.orders.open.iter().filter_map(|id| self.orders.all.get(id)) {
            let request = &order.request;
            let rules = &self.instruments[request.instrument];
            let held = match request.side {
                Side::Buy => rules.notional(request.price, order.left()),
                Side::Sell => amount(rules, order.left()),
            };
            let (gives, _) = assets(rules, request.side);
            *locked.entry(gives.to_owned()).or_insert(0) += held;
        }
        locked
    }

    fn free(&self, asset: &str) -> i128 {
        let total = self.account.balances.get(asset).copied().unwrap_or(0);
        total - self.locked().get(asset).copied().unwrap_or(0)
    }

    /// Books one fill: the fee comes out of what is received.
    pub(crate) fn settle_spot(&mut self, index: usize, side: Side, fill: &Fill) -> Settlement {
        let rules = &self.instruments[index];
        let (quote, base) = (rules.notional(fill.price, fill.qty), amount(rules, fill.qty));
        let (given, got) = if side == Side::Buy { (quote, base) } else { (base, quote) };
        let (gives, gets) = assets(rules, side);
        let fee = self.account.config.fees(&rules.symbol).charge(got, fill.maker);
        let balances = &mut self.account.balances;
        *balances.entry(gives.to_owned()).or_insert(0) -= given;
        *balances.entry(gets.to_owned()).or_insert(0) += got - fee;
        *self.account.asset_fees.entry(gets.to_owned()).or_insert(0) += fee;
        Settlement { fee, realised: 0 }
    }

    /// One of the order commands, whatever transport it came by.
    pub(crate) fn spot_command(
        &mut self,
        now: i64,
        name: &str,
        params: &Params,
    ) -> Result<Value, Refusal> {
        match name {
            "order.place" => self.spot_place(now, params),
            "order.test" => self.spot_check(now, params).map(|_| serde_json::json!({})),
            "order.cancel" => self.spot_cancel(now, params),
            "order.amend.keepPriority" => self.spot_amend(now, params),
            _ => {
                let (index, id) = self.spot_find(params, -2013)?;
                Ok(replies::order(&self.orders.all[&id], &self.instruments[index]))
            }
        }
    }

    fn spot_find(&self, params: &Params, missing: i32) -> Result<(usize, i64), Refusal> {
        let index = crate::filters::instrument_of(params, &self.instruments)?;
        let id = self.orders.find(params, index)?.ok_or_else(|| refuse(missing))?;
        Ok((index, id))
    }

    fn spot_check(&mut self, now: i64, params: &Params) -> Result<OrderRequest, Refusal> {
        let request = filters::order_request(params, &self.instruments)?;
        self.count_order(now)?;
        let index = request.instrument;
        let rules = &self.instruments[index];
        if !self.market.is_ready(index) {
            return Err(Refusal::new(-2010, "Market is closed."));
        }
        if self.orders.client_is_open(&request.client_id) {
            return Err(Refusal::new(-2010, "Duplicate order sent."));
        }
        if self.orders.open_of(index).count() >= rules.open_orders_max {
            return Err(filters::failure("MAX_NUM_ORDERS"));
        }
        let book = self.market.book(index);
        let limit = (request.kind == OrderType::Limit).then_some(request.price);
        let (_, worst) = book.reach(request.side, limit, request.qty);
        let price = limit.or(worst).unwrap_or(0);
        filters::check_value(rules, &request, price, book.mid_doubled())?;
        if request.tif == TimeInForce::Gtx && worst.is_some() {
            return Err(Refusal::new(-2010, "Order would immediately match and take."));
        }
        let needed = match request.side {
            Side::Buy => rules.notional(price, request.qty),
            Side::Sell => amount(rules, request.qty),
        };
        if needed > self.free(assets(rules, request.side).0) {
            return Err(Refusal::new(
                -2010,
                "Account has insufficient balance for requested action.",
            ));
        }
        Ok(request)
    }

    fn spot_place(&mut self, now: i64, params: &Params) -> Result<Value, Refusal> {
        let request = self.spot_check(now, params)?;
        let first_trade = self.trades.len();
        let (instrument, side) = (request.instrument, request.side);
        let id = self.accept(now, request);
        let accepted = self.orders.all[&id].clone();
        self.tell_order(now, id, "NEW", None);
        self.match_new(now, id);
        self.tell_public(now, instrument, side, &[]);
        let order = &self.orders.all[&id];
        let rules = &self.instruments[instrument];
        let fills = &self.trades[first_trade..];
        // Conditional orders, which default to ACK, are not simulated.
        Ok(match params.get("newOrderRespType").unwrap_or("FULL") {
            "ACK" => replies::ack(&accepted, rules, now / 1_000_000),
            "RESULT" => replies::placed(order, rules, now / 1_000_000),
            _ => replies::full(order, rules, fills, now / 1_000_000),
        })
    }

    fn spot_cancel(&mut self, now: i64, params: &Params) -> Result<Value, Refusal> {
        let (index, id) = self.spot_find(params, -2011)?;
        let request_id = match params.get("newClientOrderId") {
            Some(name) if !client_id_is_valid(name) => return Err(filters::bad_client_id()),
            Some(name) => name.to_owned(),
            None => format!("c-{id}"),
        };
        if !self.orders.open.contains(&id) {
            return Err(refuse(-2011));
        }
        self.canceling = Some(request_id.clone());
        self.cancel_order(now, id);
        self.canceling = None;
        let (order, rules) = (&self.orders.all[&id], &self.instruments[index]);
        Ok(replies::canceled(order, rules, &request_id, now / 1_000_000))
    }

    /// Every open order of a symbol; -2011 when there is none.
    pub(crate) fn spot_cancel_all(&mut self, now: i64, params: &Params) -> Result<Value, Refusal> {
        let index = crate::filters::instrument_of(params, &self.instruments)?;
        let ids: Vec<i64> = self.orders.open_of(index).map(|o| o.id).collect();
        if ids.is_empty() {
            return Err(refuse(-2011));
        }
        let mut rows = Vec::new();
        for id in ids {
            let request_id = format!("c-{id}");
            self.canceling = Some(request_id.clone());
            self.cancel_order(now, id);
            let (order, rules) = (&self.orders.all[&id], &self.instruments[index]);
            rows.push(replies::canceled(order, rules, &request_id, now / 1_000_000));
        }
        self.canceling = None;
        Ok(Value::Array(rows))
    }

    /// Lowers the quantity of an open order, which keeps its place.
    fn spot_amend(&mut self, now: i64, params: &Params) -> Result<Value, Refusal> {
        let (index, id) = self.spot_find(params, -2038)?;
        let rules = self.instruments[index].clone();
        let qty = filters::quantity(params.need("newQty")?, &rules, OrderType::Limit)?;
        let order = &self.orders.all[&id];
        if !order.status.is_open() || qty >= order.request.qty || qty <= order.filled {
            return Err(Refusal::new(
                -2038,
                "Order amend rejected: newQty must be below the quantity and above what is filled.",
            ));
        }
        let (side, left) = (order.request.side, qty - order.filled);
        if let Some(order) = self.orders.all.get_mut(&id) {
            order.request.qty = qty;
            order.updated_ms = now / 1_000_000;
        }
        self.market.book_mut(index).shrink(id, left);
        self.tell_order(now, id, "REPLACED", None);
        self.tell_public(now, index, side, &[]);
        Ok(replies::amended(&self.orders.all[&id], &rules, now / 1_000_000))
    }

    /// The private events of an order: what happened, and the balances when it moved them.
    pub(crate) fn tell_spot(
        &mut self,
        now: i64,
        id: i64,
        kind: &'static str,
        fill: Option<(Fill, i64, Settlement)>,
    ) {
        let order = &self.orders.all[&id];
        let rules = &self.instruments[order.request.instrument];
        let canceling = self.canceling.as_deref().filter(|_| kind == Status::Canceled.word());
        let report = replies::Report { kind, fill, canceling, ms: now / 1_000_000 };
        let event = replies::execution_report(order, rules, &report);
        let (gives, gets) = assets(rules, order.request.side);
        let touched = [gives.to_owned(), gets.to_owned()];
        self.send_user_event(now, "executionReport", &event);
        let balances = replies::balances(self, &touched);
        let event = replies::account_position(&balances, now / 1_000_000);
        self.send_user_event(now, "outboundAccountPosition", &event);
    }

    /// One event to every session that subscribed, in the envelope that names its subscription.
    fn send_user_event(&mut self, now: i64, kind: &str, event: &Value) {
        let sessions: Vec<(u32, i64)> =
            self.user_streams.iter().map(|(session, id)| (*session, *id)).collect();
        for (session, id) in sessions {
            let text = serde_json::json!({"subscriptionId": id, "event": event}).to_string();
            self.send_event(now, kind, Destination::Api(session), text);
        }
    }
}

impl Exchange {
    /// Gives an order that has passed every check its id and its place among the others.
    pub(crate) fn accept(&mut self, now: i64, mut request: OrderRequest) -> i64 {
        let id = self.next_order;
        self.next_order += 1;
        if request.client_id.is_empty() {
            request.client_id = format!("x-{id}");
        }
        let ms = now / 1_000_000;
        self.orders.insert(Order {
            id,
            request,
            filled: 0,
            quote: 0,
            status: Status::New,
            created_ms: ms,
            updated_ms: ms,
        });
        self.counters.orders += 1;
        id
    }
}
