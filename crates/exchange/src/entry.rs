//! Order entry: placing, canceling, amending and filling, on whatever book the market has.
//! Sends private events as it goes; the transports around it only carry parameters and answers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::account::Settlement;
use crate::exchange::Exchange;
use crate::filters;
use crate::matching::{Fill, Taken};
use crate::order::{Order, OrderRequest, OrderType, Side, Status, TimeInForce};
use crate::params::Params;
use crate::refusal::{Refusal, refuse};
use crate::replies::{self, Execution, OrderView};
use crate::trades::TradeRow;

/// Every order that the venue knows.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    pub(crate) all: BTreeMap<i64, Order>,
    pub(crate) open: BTreeSet<i64>,
    /// The latest order of each client id; ids may repeat once their order is no longer open.
    by_client: BTreeMap<String, i64>,
}

impl Orders {
    /// Finds by `orderId` or `origClientOrderId`, within the symbol.
    pub(crate) fn find(&self, params: &Params, instrument: usize) -> Result<Option<i64>, Refusal> {
        let by_id = params.integer("orderId")?;
        let id = match (by_id, params.get("origClientOrderId")) {
            (Some(id), _) => Some(id),
            (None, Some(client)) => self.by_client.get(client).copied(),
            (None, None) => {
                return Err(Refusal::new(
                    -1102,
                    "Param 'origClientOrderId' or 'orderId' must be sent, but both were \
                        empty/null!",
                ));
            }
        };
        Ok(id.filter(|id| self.all.get(id).is_some_and(|o| o.request.instrument == instrument)))
    }

    /// Keeps a new order.
    pub(crate) fn insert(&mut self, order: Order) {
        self.by_client.insert(order.request.client_id.clone(), order.id);
        self.open.insert(order.id);
        self.all.insert(order.id, order);
    }

    pub(crate) fn client_is_open(&self, client: &str) -> bool {
        self.by_client.get(client).is_some_and(|id| self.open.contains(id))
    }

    /// Open orders of one instrument, oldest first.
    pub(crate) fn open_of(&self, instrument: usize) -> impl Iterator<Item = &Order> {
        let orders = self.open.iter().filter_map(|id| self.all.get(id));
        orders.filter(move |order| order.request.instrument == instrument)
    }
}

impl Exchange {
    /// One of the four order commands, whatever transport it came by.
    pub(crate) fn order_command(
        &mut self,
        now: i64,
        name: &str,
        params: &Params,
    ) -> Result<Value, Refusal> {
        match name {
            "order.place" => self.place(now, params),
            "order.cancel" => self.cancel(now, params),
            "order.modify" => self.modify(now, params),
            _ => self.query(params),
        }
    }

    fn query(&self, params: &Params) -> Result<Value, Refusal> {
        let instrument = filters::instrument_of(params, &self.instruments)?;
        let id = self.orders.find(params, instrument)?.ok_or_else(|| refuse(-2013))?;
        Ok(replies::order(&self.orders.all[&id], &self.instruments[instrument], OrderView::Queried))
    }

    fn place(&mut self, now: i64, params: &Params) -> Result<Value, Refusal> {
        let request = filters::order_request(params, &self.instruments)?;
        self.count_order(now)?;
        self.check_place(&request)?;
        let result_wanted = request.result_wanted;
        let (instrument, side) = (request.instrument, request.side);
        let id = self.accept(now, request);
        let accepted = self.show(id, OrderView::Placed);
        self.tell_order(now, id, "NEW", None);
        self.match_new(now, id);
        self.tell_public(now, instrument, side, &[]);
        Ok(if result_wanted { self.show(id, OrderView::Placed) } else { accepted })
    }

    fn show(&self, id: i64, view: OrderView) -> Value {
        let order = &self.orders.all[&id];
        replies::order(order, &self.instruments[order.request.instrument], view)
    }

    /// The checks that need the book, the account or the other orders.
    fn check_place(&self, request: &OrderRequest) -> Result<(), Refusal> {
        let index = request.instrument;
        let rules = &self.instruments[index];
        if !self.market.is_ready(index) {
            return Err(refuse(-4108));
        }
        if self.orders.client_is_open(&request.client_id) {
            return Err(refuse(-4116));
        }
        if self.orders.open_of(index).count() >= rules.open_orders_max {
            return Err(refuse(-2025));
        }
        let book = self.market.book(index);
        let touch = book.top(request.side.opposite()).or_else(|| book.top(request.side));
        let price = match request.kind {
            OrderType::Limit => request.price,
            OrderType::Market => touch.map_or(0, |top| top.0),
        };
        filters::check_notional(rules, request, price)?;
        if let (OrderType::Limit, Some(mid)) = (request.kind, book.mid_doubled()) {
            filters::check_band(rules, request, mid)?;
        }
        let held = self.account.positions[index].qty;
        let reduces = held.signum() == -request.side.sign();
        if request.reduce_only && !reduces {
            return Err(refuse(-2022));
        }
        if !(request.reduce_only || reduces && request.qty <= held.abs()) {
            self.check_margin(rules.notional(price, request.qty))?;
        }
        let crosses = book.reach(request.side, Some(request.price), 1).0 > 0;
        if request.tif == TimeInForce::Gtx && crosses {
            return Err(refuse(-5022));
        }
        Ok(())
    }

    fn check_margin(&self, notional: i128) -> Result<(), Refusal> {
        let leverage = i128::from(self.account.config.leverage);
        let sums = self.sums();
        let free =
            self.account.wallet + sums.unrealised.min(0) - sums.position_margin - sums.order_margin;
        if notional / leverage > free { Err(refuse(-2019)) } else { Ok(()) }
    }

    /// Takes what the order may take, then lets it rest or expire.
    pub(crate) fn match_new(&mut self, now: i64, id: i64) {
        let request = self.orders.all[&id].request.clone();
        let index = request.instrument;
        let limit = (request.kind == OrderType::Limit).then_some(request.price);
        self.expire_own_in_reach(now, &request, limit);
        let want = if request.reduce_only {
            request.qty.min(self.account.positions[index].qty.abs())
        } else {
            request.qty
        };
        let kills = request.tif == TimeInForce::Fok
            && self.market.book(index).reach(request.side, limit, want).0 < want;
        let mut taken = Vec::new();
        if !kills {
            self.market.book_mut(index).take(request.side, limit, want, &mut taken);
            self.fill_taken(now, id, &taken);
            self.tell_public(now, index, request.side, &taken);
        }
        let rests = request.kind == OrderType::Limit
            && matches!(request.tif, TimeInForce::Gtc | TimeInForce::Gtx);
        let order = &self.orders.all[&id];
        if order.status.is_open() {
            if rests && !kills {
                let left = order.left();
                self.market.book_mut(index).rest(id, request.side, request.price, left);
            } else {
                self.close(now, id, Status::Expired);
            }
        }
        self.trim_reduce_only(now, index);
    }

    fn fill_taken(&mut self, now: i64, id: i64, taken: &[Taken]) {
        for part in taken {
            let fill = Fill { order: id, price: part.price, qty: part.qty, maker: false };
            self.on_fill(now, fill);
        }
    }

    /// Own resting orders that one step of the market hit.
    pub(crate) fn on_maker_fills(&mut self, now: i64, instrument: usize, fills: &[Fill]) {
        for fill in fills {
            self.on_fill(now, *fill);
        }
        if !fills.is_empty() {
            self.trim_reduce_only(now, instrument);
        }
    }

    /// Self-trade prevention EXPIRE_MAKER: own orders that this one would reach expire first.
    fn expire_own_in_reach(&mut self, now: i64, request: &OrderRequest, limit: Option<i64>) {
        // Each round may open the way to worse prices, where other own orders stand.
        loop {
            let book = self.market.book(request.instrument);
            let Some(worst) = book.reach(request.side, limit, request.qty).1 else { return };
            let own: Vec<i64> = self
                .orders
                .open_of(request.instrument)
                .filter(|o| o.request.side == request.side.opposite())
                .filter(|o| request.side.accepts(Some(worst), o.request.price))
                .map(|o| o.id)
                .collect();
            if own.is_empty() {
                return;
            }
            for id in own {
                self.market.book_mut(request.instrument).remove(id);
                self.close(now, id, Status::Expired);
            }
        }
    }

    /// Books one fill of an own order and tells it.
    fn on_fill(&mut self, now: i64, mut fill: Fill) {
        let Some(order) = self.orders.all.get_mut(&fill.order) else { return };
        let (index, side) = (order.request.instrument, order.request.side);
        let rules = &self.instruments[index];
        if order.request.reduce_only {
            // One sweep may hit a plain order and then this one: what is no longer there to
            // reduce is
            // not filled, whatever the tape says.
            let held = self.account.positions[index].qty;
            fill.qty = fill.qty.min((-side.sign() * held).max(0));
        }
        if fill.qty == 0 || !order.status.is_open() {
            return;
        }
        order.filled += fill.qty;
        order.quote += rules.notional(fill.price, fill.qty);
        order.updated_ms = now / 1_000_000;
        assert!(order.left() >= 0, "an order is never filled beyond its quantity");
        order.status = if order.left() == 0 { Status::Filled } else { Status::PartiallyFilled };
        if order.status == Status::Filled {
            self.orders.open.remove(&fill.order);
        }
        let settled = if self.is_spot() {
            self.settle_spot(index, side, &fill)
        } else {
            self.account.on_fill((index, rules), side, (fill.price, fill.qty), fill.maker)
        };
        self.counters.fills += 1;
        self.next_trade += 1;
        self.trades.push(TradeRow {
            id: self.next_trade,
            order: fill.order,
            instrument: index,
            side,
            fill,
            settled,
            ms: now / 1_000_000,
        });
        if !self.is_spot() {
            self.tell_account(now, index);
        }
        self.tell_order(now, fill.order, "TRADE", Some((fill, self.next_trade, settled)));
    }

    /// Keeps the reduce-only orders of an instrument within what there is to reduce: the oldest
    /// first,
    /// the excess leaves the book, and an order with nothing left to reduce expires.
    fn trim_reduce_only(&mut self, now: i64, index: usize) {
        let held = self.account.positions[index].qty;
        let mut room = held.abs();
        let reducing: Vec<(i64, Side, i64)> = self
            .orders
            .open_of(index)
            .filter(|o| o.request.reduce_only)
            .map(|o| (o.id, o.request.side, o.left()))
            .collect();
        for (id, side, left) in reducing {
            let allowed = if held.signum() == -side.sign() { room.min(left) } else { 0 };
            let resting = self.market.book_mut(index).shrink(id, allowed);
            room -= resting;
            if resting == 0 {
                self.close(now, id, Status::Expired);
            }
        }
    }

    /// Ends an order that is not filled.
    fn close(&mut self, now: i64, id: i64, status: Status) {
        let Some(order) = self.orders.all.get_mut(&id) else { return };
        order.status = status;
        order.updated_ms = now / 1_000_000;
        self.orders.open.remove(&id);
        self.tell_order(now, id, status.word(), None);
    }

    fn cancel(&mut self, now: i64, params: &Params) -> Result<Value, Refusal> {
        let instrument = filters::instrument_of(params, &self.instruments)?;
        let found = self.orders.find(params, instrument)?;
        let id = found.filter(|id| self.orders.open.contains(id)).ok_or_else(|| refuse(-2011))?;
        self.cancel_order(now, id);
        Ok(self.show(id, OrderView::Placed))
    }

    pub(crate) fn cancel_order(&mut self, now: i64, id: i64) {
        let request = &self.orders.all[&id].request;
        let (instrument, side) = (request.instrument, request.side);
        self.market.book_mut(instrument).remove(id);
        self.counters.cancels += 1;
        self.close(now, id, Status::Canceled);
        self.tell_public(now, instrument, side, &[]);
    }

    /// `DELETE /fapi/v1/allOpenOrders`.
    pub(crate) fn cancel_all(&mut self, now: i64, instrument: usize) {
        let ids: Vec<i64> = self.orders.open_of(instrument).map(|o| o.id).collect();
        for id in ids {
            self.cancel_order(now, id);
        }
    }

    /// Amends price and quantity. A lower quantity at the same price keeps its place; anything else
    /// goes to the back of the queue and may take.
    fn modify(&mut self, now: i64, params: &Params) -> Result<Value, Refusal> {
        let index = filters::instrument_of(params, &self.instruments)?;
        let found = self.orders.find(params, index)?;
        let id = found.filter(|id| self.orders.open.contains(id)).ok_or_else(|| refuse(-2013))?;
        let rules = self.instruments[index].clone();
        let price = filters::limit_price(params.need("price")?, &rules)?;
        let qty = filters::quantity(params.need("quantity")?, &rules, OrderType::Limit)?;
        let old = self.orders.all[&id].clone();
        if filters::side_of(params)? != old.request.side {
            return Err(refuse(-1117));
        }
        if price == old.request.price && qty == old.request.qty {
            return Err(refuse(-5027));
        }
        self.count_order(now)?;
        self.check_modify(&old, price, qty)?;
        if qty <= old.filled {
            // Nothing would be left: the venue ends the order.
            self.cancel_order(now, id);
            return Ok(self.show(id, OrderView::Placed));
        }
        if let Some(order) = self.orders.all.get_mut(&id) {
            order.request.price = price;
            order.request.qty = qty;
            order.updated_ms = now / 1_000_000;
        }
        let accepted = self.show(id, OrderView::Placed);
        self.tell_order(now, id, "AMENDMENT", None);
        self.requeue(now, &old, price, qty);
        self.tell_public(now, index, old.request.side, &[]);
        Ok(accepted)
    }

    fn check_modify(&self, old: &Order, price: i64, qty: i64) -> Result<(), Refusal> {
        let index = old.request.instrument;
        let rules = &self.instruments[index];
        if !self.market.is_ready(index) {
            return Err(refuse(-4108));
        }
        let amended = OrderRequest { price, qty, ..old.request.clone() };
        filters::check_notional(rules, &amended, price)?;
        let book = self.market.book(index);
        if let Some(mid) = book.mid_doubled() {
            filters::check_band(rules, &amended, mid)?;
        }
        let more = rules.notional(price, qty) - rules.notional(old.request.price, old.request.qty);
        if more > 0 && !amended.reduce_only {
            self.check_margin(more)?;
        }
        if amended.tif == TimeInForce::Gtx && book.reach(amended.side, Some(price), 1).0 > 0 {
            return Err(refuse(-5022));
        }
        Ok(())
    }

    fn requeue(&mut self, now: i64, old: &Order, price: i64, qty: i64) {
        let index = old.request.instrument;
        if price == old.request.price && qty < old.request.qty {
            self.market.book_mut(index).shrink(old.id, qty - old.filled);
            return;
        }
        self.market.book_mut(index).remove(old.id);
        let side = old.request.side;
        let amended = OrderRequest { price, qty, ..old.request.clone() };
        self.expire_own_in_reach(now, &amended, Some(price));
        let mut taken = Vec::new();
        self.market.book_mut(index).take(side, Some(price), qty - old.filled, &mut taken);
        self.fill_taken(now, old.id, &taken);
        self.tell_public(now, index, side, &taken);
        let order = &self.orders.all[&old.id];
        if order.status.is_open() {
            let left = order.left();
            self.market.book_mut(index).rest(old.id, side, price, left);
        }
        self.trim_reduce_only(now, index);
    }

    pub(crate) fn tell_order(
        &mut self,
        now: i64,
        id: i64,
        kind: &'static str,
        fill: Option<(Fill, i64, Settlement)>,
    ) {
        if self.is_spot() {
            return self.tell_spot(now, id, kind, fill);
        }
        let order = &self.orders.all[&id];
        let rules = &self.instruments[order.request.instrument];
        let open = |side: Side| -> i128 {
            let of_side =
                self.orders.open_of(order.request.instrument).filter(|o| o.request.side == side);
            of_side.map(|o| rules.notional(o.request.price, o.left())).sum()
        };
        let what = Execution {
            kind,
            fill,
            bid_notional: open(Side::Buy),
            ask_notional: open(Side::Sell),
            ms: now / 1_000_000,
        };
        let text = replies::order_event(order, rules, &what);
        self.send_private(now, "ORDER_TRADE_UPDATE", text);
    }

    fn tell_account(&mut self, now: i64, index: usize) {
        let mid = self.market.book(index).mid_doubled().unwrap_or(0);
        let at = (index, &self.instruments[index]);
        let text = replies::account_event(&self.account, at, mid, now / 1_000_000);
        self.send_private(now, "ACCOUNT_UPDATE", text);
    }
}
