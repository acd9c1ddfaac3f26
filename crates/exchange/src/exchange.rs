//! The exchange itself: market, account, orders, faults and the queue of what is due, on the
//! caller's time.
//! No clock, no threads, no sockets; the same calls give the same bytes on every machine.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::account::Account;
use crate::config::{Dialect, ExchangeConfig, ExchangeError, Instrument, Source, Timing};
use crate::entry::Orders;
use crate::faults::{Action, Faults};
use crate::frames::StreamKind;
use crate::funding::{FundingClock, FundingTerms};
use crate::latency::Trips;
use crate::logon::Session;
use crate::market::Market;
use crate::outgoing::{Destination, Due, DueQueue, Outgoing};
use crate::refusal::{Refusal, refuse};
use crate::replies::{self, Sums};
use crate::stats::Counters;
use crate::synthetic::Step;
use crate::trades::TradeRow;
use crate::windows::Windows;

/// A simulated Binance USD-M futures exchange without sockets.
pub struct Exchange {
    pub(crate) config: ExchangeConfig,
    pub(crate) instruments: Vec<Instrument>,
    pub(crate) market: Market,
    pub(crate) account: Account,
    pub(crate) orders: Orders,
    pub(crate) queue: DueQueue,
    pub(crate) trips: Trips,
    pub(crate) funding: FundingClock,
    /// WebSocket-API sessions that have logged on.
    pub(crate) sessions: BTreeMap<u32, Session>,
    /// Sessions that subscribed to the user's events (spot), each with its subscription.
    pub(crate) user_streams: BTreeMap<u32, i64>,
    /// The name of the cancellation that is under way (spot).
    pub(crate) canceling: Option<String>,
    /// Every fill, oldest first.
    pub(crate) trades: Vec<TradeRow>,
    pub(crate) faults: Faults,
    pub(crate) counters: Counters,
    pub(crate) next_order: i64,
    pub(crate) next_trade: i64,
    pub(crate) next_token: u64,
    /// Depth requests that wait for a played book: token, instrument, levels.
    pub(crate) waiting: Vec<(u64, usize, usize)>,
    /// The listenKey, once one was asked for.
    pub(crate) listen_key: Option<String>,
    pub(crate) usage: Usage,
    pub(crate) started: Option<i64>,
    pub(crate) ended: bool,
    pub(crate) windows: Windows,
    /// Messages that a reorder fault holds until the next one to the same place.
    pub(crate) held: Vec<(u64, Outgoing)>,
    pub(crate) next_held: u64,
    /// Since when the market is held, ns.
    paused_at: Option<i64>,
    /// A recording is held as soon as every book in it is joined.
    holds_joined: bool,
    /// Messages that left, by the word of their kind.
    pub(crate) sent: BTreeMap<&'static str, u64>,
}

/// Requests of the running clock intervals.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    pub(crate) weight: (i64, u32),
    pub(crate) orders_10s: (i64, u32),
    pub(crate) orders_1m: (i64, u32),
}

/// Counts `more` in the interval that `now` falls into, and returns the interval's count.
pub(crate) fn count_in(slot: &mut (i64, u32), now: i64, seconds: i64, more: u32) -> u32 {
    let interval = now.div_euclid(seconds * 1_000_000_000);
    if slot.0 != interval {
        *slot = (interval, 0);
    }
    slot.1 = slot.1.saturating_add(more);
    slot.1
}

impl Exchange {
    /// Builds an exchange. A capture is read through once, to check it and to infer the
    /// instruments.
    /// Errors: a sentence that says what is wrong and what to do.
    pub fn new(config: ExchangeConfig) -> Result<Exchange, ExchangeError> {
        config.latency.check()?;
        config.funding.map_or(Ok(()), FundingTerms::check)?;
        if config.funding.is_some() && config.dialect == Dialect::BinanceSpot {
            return Err(ExchangeError::Config(
                "funding is for perpetuals; leave it out on a spot exchange".to_owned(),
            ));
        }
        let market = Market::new(&config)?;
        let instruments = market.instruments();
        let mut exchange = Exchange {
            account: Account::new(config.account.clone(), instruments.len()),
            faults: Faults::new(&config.faults, config.seed),
            instruments,
            market,
            orders: Orders::default(),
            queue: DueQueue::default(),
            trips: Trips::new(
                config.latency.clone(),
                (config.order_latency_ns, config.reply_latency_ns),
                config.seed,
            ),
            funding: FundingClock::default(),
            sessions: BTreeMap::new(),
            user_streams: BTreeMap::new(),
            canceling: None,
            trades: Vec::new(),
            counters: Counters::default(),
            next_order: 8_000_000_001,
            next_trade: 9_000_000_000,
            next_token: 0,
            waiting: Vec::new(),
            listen_key: None,
            usage: Usage::default(),
            started: None,
            ended: false,
            windows: Windows::default(),
            held: Vec::new(),
            next_held: 0,
            paused_at: None,
            holds_joined: false,
            sent: BTreeMap::new(),
            config,
        };
        if let Timing::Virtual(start) = exchange.config.timing {
            exchange.start(exchange.market.first_at().unwrap_or(start));
        }
        Ok(exchange)
    }

    /// Starts the market at `now`; a second call does nothing. On virtual time `new` has done it.
    pub fn start(&mut self, now: i64) {
        if self.started.is_none() {
            self.started = Some(now);
            self.market.start(now);
            self.start_funding(now);
        }
    }

    /// Holds the market at `now`: nothing is played and no timed fault strikes until `release`.
    /// Requests are still answered. Before the start it keeps the market from starting. A pushed
    /// market is somebody else's, and goes on.
    pub fn hold(&mut self, now: i64) {
        if matches!(self.market, Market::Pushed(_)) {
            return;
        }
        self.paused_at.get_or_insert(now);
    }

    /// Has a recording held as soon as every book in it is joined, so that whoever plays it can be
    /// ready before the rest of it passes. `release` lets it go on, once and for all.
    pub fn hold_when_joined(&mut self) {
        self.holds_joined = true;
    }

    /// Lets a held market go on at `now`, as if no time had passed meanwhile.
    pub fn release(&mut self, now: i64) {
        // A market that has started is not held again.
        self.holds_joined &= self.started.is_none();
        let Some(since) = self.paused_at.take() else { return };
        if let Some(started) = self.started {
            // Held before the start counts from the start.
            let span = (now - since.max(started)).max(0);
            self.started = Some(started.saturating_add(span));
            self.market.shift(span);
            self.funding.shift(span);
        }
    }

    /// Whether the market is held.
    pub fn is_paused(&self) -> bool {
        self.paused_at.is_some()
    }

    /// Whether the market has started.
    pub fn is_started(&self) -> bool {
        self.started.is_some()
    }

    /// Whether the market has ended: the capture or the duration is over. Replies may still be due.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// The instruments, by the index that `Destination::Market` uses.
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// Why playing stopped early, if a recorded file changed or broke underneath.
    pub fn failure(&self) -> Option<&str> {
        match &self.market {
            Market::Capture(playback) => playback.failed.as_deref(),
            Market::Synthetic(_) | Market::Pushed(_) => None,
        }
    }

    /// Time of the next thing that the exchange does by itself: a market step, a recorded frame, a
    /// delayed reply, a timed fault. None when nothing will happen without a request.
    pub fn next_due(&self) -> Option<i64> {
        let funding = self.running_since().and_then(|started| self.funding_due(started));
        let all = [self.queue.next_at(), self.market_due(), self.fault_due(), funding];
        all.into_iter().flatten().min()
    }

    fn market_due(&self) -> Option<i64> {
        let started = self.running_since()?;
        let next = self.market.next_due();
        let end = self.lasts().map(|span| started.saturating_add(span));
        match (next, end) {
            (Some(next), Some(end)) => Some(next.min(end)),
            // One more turn notices the end.
            (None, _) if self.market.is_over() => Some(started),
            (next, end) => next.or(end),
        }
    }

    /// How long the market lasts by the clock, ns. A capture ends by its own times, at any speed.
    fn lasts(&self) -> Option<i64> {
        self.config.duration_ns.filter(|_| !self.is_capture())
    }

    /// When the market started, unless it has ended or is held.
    fn running_since(&self) -> Option<i64> {
        self.started.filter(|_| !self.ended && self.paused_at.is_none())
    }

    /// Market time since the start, ns.
    pub(crate) fn elapsed(&self, now: i64) -> i64 {
        let now = self.paused_at.map_or(now, |since| since.min(now));
        now - self.started.unwrap_or(now)
    }

    pub(crate) fn is_virtual(&self) -> bool {
        self.config.timing != Timing::Real
    }

    fn fault_due(&self) -> Option<i64> {
        let started = self.running_since()?;
        self.faults.next_at().map(|at| started.saturating_add(at))
    }

    /// Lets everything due at or before `now` happen; messages go to the end of `out`, in order.
    /// A capture at `Speed::Max` is due at once as a whole: use `advance_some` to take it in parts.
    pub fn advance(&mut self, now: i64, out: &mut Vec<Outgoing>) {
        self.advance_some(now, usize::MAX, out);
    }

    /// As `advance`, but stops after about `limit` messages; what is left stays due.
    pub fn advance_some(&mut self, now: i64, limit: usize, out: &mut Vec<Outgoing>) {
        let full = out.len().saturating_add(limit);
        if let Market::Pushed(pushed) = &mut self.market {
            pushed.raise_floor(now);
        }
        let mut step = Step::default();
        while out.len() < full {
            let queue = self.queue.next_at().filter(|at| *at <= now);
            let fault = self.fault_due().filter(|at| *at <= now);
            let market = self.market_due().filter(|at| *at <= now);
            let funding = self.running_since().and_then(|started| self.funding_due(started));
            let funding = funding.filter(|at| *at <= now);
            let first = [queue, fault, funding, market].into_iter().flatten().min();
            let Some(at) = first else { break };
            if queue == Some(at) {
                self.pop_queue(now, out);
            } else if fault == Some(at) {
                self.strike(at);
            } else if funding == Some(at) {
                self.turn_funding(at, out);
            } else {
                self.step_market(at, now, &mut step, out);
            }
        }
    }

    fn pop_queue(&mut self, now: i64, out: &mut Vec<Outgoing>) {
        let Some((at, due)) = self.queue.pop(now) else { return };
        match due {
            Due::Send(message) => {
                self.count_sent(&message);
                out.push(message);
            }
            Due::Api { session, text } => self.on_api(at, session, &text),
            Due::Rest { token, request } => self.on_rest(at, token, &request),
            Due::Release(id) => self.release_message(at, id),
        }
    }

    /// Lets everything queued by `now` happen, without moving the market.
    pub(crate) fn drain_queue(&mut self, now: i64, out: &mut Vec<Outgoing>) {
        while self.queue.next_at().is_some_and(|at| at <= now) {
            self.pop_queue(now, out);
        }
    }

    /// When the next queued message or request is due, whatever the market does.
    pub(crate) fn queue_due(&self) -> Option<i64> {
        self.queue.next_at()
    }

    pub(crate) fn count_sent(&mut self, message: &Outgoing) {
        self.counters.message_sent += 1;
        *self.sent.entry(message.to.word()).or_insert(0) += 1;
    }

    fn strike(&mut self, at: i64) {
        let elapsed = self.elapsed(at);
        if let Some(action) = self.faults.on_time(elapsed) {
            self.open_window(at, &action, None);
        }
    }

    fn step_market(&mut self, at: i64, now: i64, step: &mut Step, out: &mut Vec<Outgoing>) {
        let end = self.lasts().zip(self.started).map(|(span, from)| from.saturating_add(span));
        if self.market.is_over() || end.is_some_and(|end| at >= end) {
            self.ended = true;
            return;
        }
        step.frames.clear();
        step.fills.clear();
        step.ready = false;
        step.mark = None;
        // In real time a frame played late still carries the time at which it really leaves.
        let real = self.config.timing == Timing::Real;
        let is_capture = matches!(self.config.source, Source::Capture { .. });
        self.market.step((real && is_capture).then_some(now / 1_000_000), step);
        let sent_at = if real && is_capture { now } else { at };
        self.send_frames(sent_at, step, out);
        self.on_maker_fills(sent_at, step.instrument, &step.fills);
        if let Some(mark) = step.mark {
            self.on_mark(sent_at, step.instrument, mark);
        }
        if step.ready {
            self.answer_waiting(sent_at, step.instrument);
        }
        if self.holds_joined && self.market.is_joined() {
            self.holds_joined = false;
            self.hold(now);
        }
    }

    /// Faults that strike a request of these kinds.
    pub(crate) fn faults_on(&mut self, now: i64, kinds: &[&str]) -> Vec<Action> {
        let elapsed = self.elapsed(now);
        self.faults.on_message(kinds, elapsed)
    }

    /// The venue's own clock in ms, skew included.
    pub(crate) fn clock_ms(&self, now: i64) -> i64 {
        let (by, until) = self.windows.skew;
        (now + if now < until { by } else { 0 }) / 1_000_000
    }

    /// Counts one new order against the limits, or refuses it with -1015.
    pub(crate) fn count_order(&mut self, now: i64) -> Result<(), Refusal> {
        let limits = self.config.limits;
        let in_10s = count_in(&mut self.usage.orders_10s, now, 10, 1);
        let in_1m = count_in(&mut self.usage.orders_1m, now, 60, 1);
        if in_10s > limits.orders_10s || in_1m > limits.orders_1m {
            return Err(refuse(-1015));
        }
        Ok(())
    }

    fn answer_waiting(&mut self, now: i64, instrument: usize) {
        let waiting = std::mem::take(&mut self.waiting);
        for (token, wanted, limit) in waiting {
            let text = self.market.snapshot(wanted, now / 1_000_000, limit);
            match text.filter(|_| wanted == instrument) {
                Some(text) => {
                    let to = Destination::Rest { token, status: 200 };
                    let at = self.trips.returns(now, to);
                    self.queue.push(at, Due::Send(Outgoing { at, to, text }));
                }
                None => self.waiting.push((token, wanted, limit)),
            }
        }
    }

    pub(crate) fn mid_doubled(&self, instrument: usize) -> i64 {
        self.market.book(instrument).mid_doubled().unwrap_or(0)
    }

    /// The account's sums at the current mid prices.
    pub(crate) fn sums(&self) -> Sums {
        let rows = self.instruments.iter().zip(&self.account.positions).enumerate();
        let unrealised = rows
            .filter(|(_, (_, position))| position.qty != 0)
            .map(|(index, (rules, position))| position.unrealised(rules, self.mid_doubled(index)))
            .sum();
        let open = self.orders.open.iter().filter_map(|id| self.orders.all.get(id));
        let order_margin: i128 = open
            .filter(|order| !order.request.reduce_only)
            .map(|o| self.instruments[o.request.instrument].notional(o.request.price, o.left()))
            .sum();
        Sums {
            unrealised,
            position_margin: self.account.position_margin(),
            order_margin: order_margin / i128::from(self.account.config.leverage),
        }
    }

    /// Rows of the account's positions; those without a quantity only when `flat_too`.
    pub(crate) fn position_rows(
        &self,
        now: i64,
        only: Option<usize>,
        flat_too: bool,
    ) -> Vec<Value> {
        let detail = (self.account.config.leverage, now / 1_000_000);
        let rows = self.instruments.iter().zip(&self.account.positions).enumerate();
        rows.filter(|(index, _)| only.is_none_or(|only| only == *index))
            .filter(|(_, (_, position))| flat_too || position.qty != 0)
            .map(|(index, (rules, position))| {
                replies::position(position, rules, self.mid_doubled(index), detail)
            })
            .collect()
    }

    /// Whether `key` is the listenKey that was handed out.
    pub fn is_listen_key(&self, key: &str) -> bool {
        self.listen_key.as_deref() == Some(key)
    }

    /// Which market it is.
    pub fn dialect(&self) -> Dialect {
        self.config.dialect
    }

    /// Whether the market makes its own messages.
    pub(crate) fn is_synthetic(&self) -> bool {
        matches!(self.config.source, Source::Synthetic { .. })
    }

    /// Whether the market is a recording.
    pub fn is_capture(&self) -> bool {
        matches!(self.config.source, Source::Capture { .. })
    }

    /// From now on a synthetic market makes messages of this kind too. Depth, quotes and trades it
    /// makes anyway; a capture has what it has.
    pub fn want(&mut self, kind: StreamKind) {
        if kind == StreamKind::MarkPrice {
            self.want_marks();
        }
        self.market.want(kind);
    }

    /// The index and kind that a stream name asks for; none when this exchange has no such stream.
    pub fn find_stream(&self, stream: &str) -> Option<(usize, StreamKind)> {
        let known = StreamKind::of_stream(stream);
        let (symbol, kind) = known.or_else(|| {
            let (symbol, suffix) = stream.split_once('@')?;
            Some((symbol.to_owned(), self.market.other_stream(suffix)?))
        })?;
        let index = self.instruments.iter().position(|i| i.symbol.eq_ignore_ascii_case(&symbol))?;
        let is_futures = matches!(kind, StreamKind::MarkPrice | StreamKind::ForceOrder);
        (!is_futures || !self.is_spot()).then_some((index, kind))
    }
}
