//! Virtual time: the exchange in process, and the next input enters only when
//! every link, the return ring included, is empty.
//!
//! The line is the same as in real time; only its two wires are memory. So the
//! same seed gives the same orders in every layout, on any machine.
#![allow(clippy::disallowed_methods, reason = "the driver waits for the line, and not for ever")]

use crate::signals::Interrupt;
use crate::worlds::in_process::get_request;
use crate::worlds::order_sessions::{ORDER_CONNECTIONS, OrderSessions};
use actor::{Meter, StopFlag, Wait, Waiting};
use exchange::{Destination, Exchange, Outgoing, RestReply, Target};
use gateway::PRIVATE;
use link::{FrameHead, FrameKind, Gauge};
use net::MemoryPeer;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use types::{InstrumentSpec, Nanos};
use venue::Dialect;

/// Virtual time moves at least this often, so that timers are due although
/// nothing arrives.
const TICK: i64 = 100 * Nanos::PER_MS;

/// How long after a snapshot was refused, or its connection broke, it is asked
/// for again: in real time the wire's fetcher does that.
const ASK_AGAIN: i64 = 500 * Nanos::PER_MS;

/// Looks at the links between two at the clock.
const LOOKS: u32 = 512;
/// A line that has not come to rest for so long never will.
const WEDGED: Duration = Duration::from_secs(60);
/// And so long, when somebody waits for the end.
const CALLED_OFF: Duration = Duration::from_secs(2);

/// Longest frame that the driver hands on: a quarter of the memory wire's link.
const LONGEST: usize = MARKET_BYTES / 4;
/// Bytes of the memory wire's link to the feed.
pub const MARKET_BYTES: usize = 32 << 20;

/// The in-process exchange and the driver's ends of the line's wires.
pub struct LockStep {
    exchange: Exchange,
    market: MemoryPeer,
    orders: MemoryPeer,
    gauges: Vec<Arc<Gauge>>,
    dialect: Dialect,
    specs: Vec<InstrumentSpec>,
    meter: Meter,
    now: i64,
    next_tick: i64,
    /// REST answers under way: the exchange's token, the instrument's.
    waiting: Vec<(u64, u64)>,
    /// Snapshots to ask for again: when, and the instrument's token.
    again: Vec<(i64, u64)>,
    queue: VecDeque<Outgoing>,
    sessions: OrderSessions,
    stop: StopFlag,
    interrupt: Interrupt,
    quiet_after: i64,
    /// Virtual time of the last thing that was not a tick.
    heard: i64,
    is_wedged: bool,
}

/// What the driver needs besides the exchange.
pub struct LockStepParts {
    /// The feed's wire.
    pub market: MemoryPeer,
    /// The gateway's wire.
    pub orders: MemoryPeer,
    /// Every link of the line.
    pub gauges: Vec<Arc<Gauge>>,
    /// The venue's language, for paths.
    pub dialect: Dialect,
    /// Specifications, to name instruments in requests.
    pub specs: Vec<InstrumentSpec>,
    /// What the exchange said before the line ran.
    pub early: Vec<Outgoing>,
    /// Raised when the line has stopped: then nothing is waited for.
    pub stop: StopFlag,
    /// Raised when somebody waits for the end.
    pub interrupt: Interrupt,
    /// After so much virtual time without an input no timer has anything to do any
    /// more: longer than every age and timeout of the configuration.
    pub quiet_after: Nanos,
}

impl LockStep {
    /// A driver at virtual time `now`.
    #[must_use]
    pub fn new(exchange: Exchange, parts: LockStepParts, now: i64) -> Self {
        let mut gauges = parts.gauges;
        // The other two links of each peer are emptied by the driver itself.
        gauges.extend(parts.market.gauges().into_iter().take(1));
        gauges.extend(parts.orders.gauges().into_iter().take(1));
        Self {
            exchange,
            market: parts.market,
            orders: parts.orders,
            gauges,
            dialect: parts.dialect,
            specs: parts.specs,
            meter: Meter::start(),
            now,
            next_tick: now - now.rem_euclid(TICK) + TICK,
            waiting: Vec::new(),
            again: Vec::new(),
            queue: parts.early.into(),
            sessions: OrderSessions::new(),
            stop: parts.stop,
            interrupt: parts.interrupt,
            quiet_after: parts.quiet_after.0,
            heard: now,
            is_wedged: false,
        }
    }

    /// Whether the line did not come to rest: it has been told to stop.
    #[must_use]
    pub const fn is_wedged(&self) -> bool {
        self.is_wedged
    }

    /// Virtual time.
    #[must_use]
    pub const fn now(&self) -> Nanos {
        Nanos(self.now)
    }

    /// The exchange, for its own view of things.
    #[must_use]
    pub const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Opens the connections of both wires.
    pub fn connect(&mut self, market_connections: u16) {
        for connection in 0..market_connections {
            let head = self.head(FrameKind::Up, connection, 0);
            self.push_market(head, &[]);
        }
        for connection in ORDER_CONNECTIONS {
            let head = self.head(FrameKind::Up, connection, 0);
            self.push_order_frame(head, &[]);
            self.settle();
        }
    }

    /// One step: time moves to the next thing that happens, and it happens.
    pub fn step(&mut self) {
        match self.exchange.next_due() {
            Some(due) if due < self.next_tick => {
                self.now = self.now.max(due);
                self.heard = self.now;
                let mut out = Vec::new();
                self.exchange.advance(self.now, &mut out);
                self.queue.extend(out);
            }
            due => {
                self.skip_silence(due);
                self.now = self.next_tick;
                self.next_tick += TICK;
                let head = self.head(FrameKind::Tick, 0, 0);
                self.push_market(head, &[]);
                self.ask_again();
            }
        }
        while let Some(message) = self.queue.pop_front() {
            if self.stop.is_raised() {
                return;
            }
            self.deliver(&message);
        }
    }

    /// A recording may pause for months. When ticks alone have gone by for long
    /// enough, the next one comes right before the next input; the sequencer tells
    /// the silence by one timer at its end, and that is in the record. A function of
    /// the inputs alone: every run of them skips the same.
    fn skip_silence(&mut self, due: Option<i64>) {
        let Some(due) = due else { return };
        if self.again.is_empty() && self.next_tick - self.heard > self.quiet_after {
            self.next_tick = self.next_tick.max(due - due.rem_euclid(TICK));
        }
    }

    /// Waits until every link is empty, and passes on what the line sent out. A line
    /// that does not come to rest is told to stop.
    pub fn settle(&mut self) {
        loop {
            self.wait_until_quiet();
            if self.stop.is_raised() || !self.collect() {
                return;
            }
        }
    }

    fn wait_until_quiet(&mut self) {
        // It waits for one message to go down the line, which takes microseconds unless the
        // cores are busy; and then spinning takes them from those it waits for.
        let mut waiting = Waiting::new(Wait::SpinPark);
        let mut since = None;
        let mut looks: u32 = 0;
        while !self.is_quiet() && !self.stop.is_raised() {
            waiting.after(false);
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(LOOKS) {
                let waited = since.get_or_insert_with(Instant::now).elapsed();
                let longest = if self.interrupt.is_raised() { CALLED_OFF } else { WEDGED };
                if waited > longest {
                    self.is_wedged = true;
                    self.stop.raise();
                }
            }
        }
    }

    /// Whether nothing is under way: every link empty, twice over with the same
    /// counts. They only grow, so nothing moved between the two looks.
    fn is_quiet(&self) -> bool {
        let look = || {
            self.gauges.iter().try_fold(0_u64, |sum, gauge| {
                let taken = gauge.taken();
                (gauge.sent() == taken).then(|| sum.wrapping_add(taken))
            })
        };
        let first = look();
        first.is_some() && first == look()
    }

    /// Takes the line's orders and requests to the exchange. True when there
    /// were any.
    fn collect(&mut self) -> bool {
        let Self { exchange, market, orders, queue, now, sessions, .. } = self;
        let mut asked = Vec::new();
        market.take_requests(|token| asked.push(token));
        let mut out = Vec::new();
        let sent = orders.take_sent(|connection, bytes| {
            if let Some(session) = sessions.of(connection) {
                exchange.api_request(*now, session, bytes, &mut out);
            }
        });
        queue.extend(out);
        let any = sent > 0 || !asked.is_empty();
        if any {
            self.heard = *now;
        }
        for token in asked {
            self.ask_snapshot(token);
        }
        any
    }

    fn ask_snapshot(&mut self, token: u64) {
        let index = usize::try_from(token).unwrap_or(usize::MAX);
        let Some(spec) = self.specs.get(index) else { return };
        let request = get_request(&self.dialect.depth_path(&spec.symbol), None);
        match self.exchange.rest(self.now, &request) {
            RestReply::Now(response) => {
                self.on_snapshot(token, response.status, &response.body);
            }
            RestReply::Later(later) => self.waiting.push((later, token)),
        }
    }

    /// Only a snapshot goes into the line, as in real time.
    fn on_snapshot(&mut self, token: u64, status: u16, body: &str) {
        if status == 200 {
            self.push_snapshot(token, body);
        } else {
            self.again.push((self.now + ASK_AGAIN, token));
        }
    }

    fn ask_again(&mut self) {
        let now = self.now;
        while let Some(at) = self.again.iter().position(|(due, _)| *due <= now) {
            let (_, token) = self.again.remove(at);
            self.ask_snapshot(token);
        }
    }

    fn deliver(&mut self, message: &Outgoing) {
        match message.to {
            Destination::Market { .. } => {
                let head = self.head(FrameKind::Message, 0, 0);
                self.push_market(head, message.text.as_bytes());
            }
            Destination::Private => self.push_orders(PRIVATE, message.text.as_bytes()),
            // What comes for a session that has ended is lost, as on a closed socket.
            Destination::Api(session) => {
                if let Some(connection) = self.sessions.connection(session) {
                    self.push_orders(connection, message.text.as_bytes());
                }
            }
            Destination::Rest { token, status } => {
                let at = self.waiting.iter().position(|(later, _)| *later == token);
                if let Some((_, token)) = at.map(|at| self.waiting.swap_remove(at)) {
                    self.on_snapshot(token, status, &message.text);
                }
            }
            Destination::Wire(wire) => self.reconnect(wire.target),
        }
        self.settle();
    }

    /// A fault of the connections: in virtual time they close and open at once.
    fn reconnect(&mut self, target: Target) {
        let struck = ORDER_CONNECTIONS.map(|connection| self.is_struck(target, connection));
        for kind in [FrameKind::Down, FrameKind::Up] {
            if matches!(target, Target::Market | Target::All) {
                let head = self.head(kind, 0, 0);
                self.push_market(head, &[]);
            }
            for (connection, _) in ORDER_CONNECTIONS.into_iter().zip(struck).filter(|(_, is)| *is) {
                if kind == FrameKind::Down
                    && let Some(session) = self.sessions.end(connection)
                {
                    self.exchange.session_ended(session);
                }
                let head = self.head(kind, connection, 0);
                self.push_order_frame(head, &[]);
                self.settle();
            }
        }
    }

    /// Whether a fault of `target` is one of this connection. Where the private stream
    /// is subscribed on a session, it is one of the API's.
    fn is_struck(&self, target: Target, connection: u16) -> bool {
        let is_private = connection == PRIVATE;
        match target {
            Target::All => true,
            Target::Api => !is_private || self.dialect.paths().listen_key.is_empty(),
            Target::Private => is_private,
            Target::Session(session) => self.sessions.of(connection) == Some(session),
            Target::Market | Target::Request(_) => false,
        }
    }

    fn push_snapshot(&mut self, token: u64, body: &str) {
        let head = self.head(FrameKind::Rest, 0, token);
        self.push_market(head, body.as_bytes());
    }

    fn push_market(&mut self, mut head: FrameHead, mut bytes: &[u8]) {
        if bytes.len() > LONGEST {
            head = self.head(FrameKind::Oversized, head.connection, 0);
            bytes = &[];
        }
        let pushed = self.market.push(head, bytes);
        // A line that has stopped takes nothing off its links.
        let is_held = pushed.is_ok() || self.stop.is_raised();
        assert!(is_held, "Invariant: in lock-step every link is empty and holds any frame.");
        self.settle();
    }

    fn push_orders(&mut self, connection: u16, bytes: &[u8]) {
        let head = self.head(FrameKind::Message, connection, 0);
        self.push_order_frame(head, bytes);
    }

    fn push_order_frame(&mut self, head: FrameHead, bytes: &[u8]) {
        let pushed = self.orders.push(head, bytes);
        let is_held = pushed.is_ok() || self.stop.is_raised();
        assert!(is_held, "Invariant: in lock-step every link is empty and holds any frame.");
    }

    fn head(&self, kind: FrameKind, connection: u16, token: u64) -> FrameHead {
        FrameHead::new(kind, connection, Nanos(self.now), self.meter.now()).answering(token)
    }
}
