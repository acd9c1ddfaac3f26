//! Virtual time: the exchange in process, and the next input enters only when
//! every link, the return ring included, is empty.
//!
//! The line is the same as in real time; only its two wires are memory. So the
//! same seed gives the same orders in every layout, on any machine.

use actor::{Meter, StopFlag};
use exchange::{Destination, Exchange, Outgoing, RestReply, RestRequest};
use gateway::{API, PRIVATE};
use link::{FrameHead, FrameKind, Gauge};
use net::{MemoryPeer, Method, Reply, Rest, RestError};
use std::collections::VecDeque;
use std::sync::Arc;
use types::{InstrumentSpec, Nanos};
use venue::Dialect;

/// Virtual time moves at least this often, so that timers are due although
/// nothing arrives.
const TICK: i64 = 100 * Nanos::PER_MS;

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
    queue: VecDeque<Outgoing>,
    stop: StopFlag,
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
            queue: parts.early.into(),
            stop: parts.stop,
        }
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
        for connection in [API, PRIVATE] {
            let head = self.head(FrameKind::Up, connection, 0);
            let pushed = self.orders.push(head, &[]);
            assert!(pushed.is_ok(), "Invariant: in lock-step every link is empty.");
            self.settle();
        }
    }

    /// One step: time moves to the next thing that happens, and it happens.
    pub fn step(&mut self) {
        match self.exchange.next_due() {
            Some(due) if due < self.next_tick => {
                self.now = self.now.max(due);
                let mut out = Vec::new();
                self.exchange.advance(self.now, &mut out);
                self.queue.extend(out);
            }
            _ => {
                self.now = self.next_tick;
                self.next_tick += TICK;
                let head = self.head(FrameKind::Tick, 0, 0);
                self.push_market(head, &[]);
            }
        }
        while let Some(message) = self.queue.pop_front() {
            self.deliver(&message);
        }
    }

    /// Waits until every link is empty, and passes on what the line sent out.
    pub fn settle(&mut self) {
        loop {
            while !self.is_quiet() && !self.stop.is_raised() {
                std::thread::yield_now();
            }
            if self.stop.is_raised() || !self.collect() {
                return;
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
        let Self { exchange, market, orders, queue, now, .. } = self;
        let mut asked = Vec::new();
        market.take_requests(|token| asked.push(token));
        let mut out = Vec::new();
        let sent = orders.take_sent(|_, bytes| exchange.api_request(*now, 0, bytes, &mut out));
        queue.extend(out);
        let any = sent > 0 || !asked.is_empty();
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
            RestReply::Now(response) => self.push_snapshot(token, &response.body),
            RestReply::Later(later) => self.waiting.push((later, token)),
        }
    }

    fn deliver(&mut self, message: &Outgoing) {
        match message.to {
            Destination::Market { .. } => {
                let head = self.head(FrameKind::Message, 0, 0);
                self.push_market(head, message.text.as_bytes());
            }
            Destination::Private => self.push_orders(PRIVATE, message.text.as_bytes()),
            Destination::Api(_) => self.push_orders(API, message.text.as_bytes()),
            Destination::Rest { token, .. } => {
                let at = self.waiting.iter().position(|(later, _)| *later == token);
                if let Some((_, token)) = at.map(|at| self.waiting.swap_remove(at)) {
                    self.push_snapshot(token, &message.text);
                }
            }
            Destination::Wire(_) => self.reconnect(),
        }
        self.settle();
    }

    /// A fault of the connections: in virtual time they close and open at once.
    fn reconnect(&mut self) {
        for kind in [FrameKind::Down, FrameKind::Up] {
            let head = self.head(kind, 0, 0);
            self.push_market(head, &[]);
            for connection in [API, PRIVATE] {
                let head = self.head(kind, connection, 0);
                let pushed = self.orders.push(head, &[]);
                assert!(pushed.is_ok(), "Invariant: in lock-step every link is empty.");
                self.settle();
            }
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
        assert!(pushed.is_ok(), "Invariant: in lock-step every link is empty and holds any frame.");
        self.settle();
    }

    fn push_orders(&mut self, connection: u16, bytes: &[u8]) {
        let head = self.head(FrameKind::Message, connection, 0);
        let pushed = self.orders.push(head, bytes);
        assert!(pushed.is_ok(), "Invariant: in lock-step every link is empty and holds any frame.");
    }

    fn head(&self, kind: FrameKind, connection: u16, token: u64) -> FrameHead {
        FrameHead::new(kind, connection, Nanos(self.now), self.meter.now()).answering(token)
    }
}

/// REST against an exchange in process, for the start of a virtual run.
pub struct InProcess<'e> {
    /// The exchange.
    pub exchange: &'e mut Exchange,
    /// Virtual time.
    pub now: i64,
    /// Messages that came out meanwhile: the driver delivers them first.
    pub early: Vec<Outgoing>,
}

impl Rest for InProcess<'_> {
    fn call(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        _body: &[u8],
    ) -> Result<Reply, RestError> {
        let key = headers.iter().find(|(name, _)| *name == "X-MBX-APIKEY").map(|(_, key)| *key);
        let mut request = get_request(path, key);
        request.method = format!("{method:?}").to_uppercase();
        let response = match self.exchange.rest(self.now, &request) {
            RestReply::Now(response) => (response.status, response.body),
            RestReply::Later(token) => self.wait_for(token)?,
        };
        Ok(Reply { status: response.0, retry_after_s: None, body: response.1.into_bytes() })
    }
}

impl InProcess<'_> {
    /// Lets virtual time pass until the answer is there; nothing that comes out
    /// meanwhile is lost.
    fn wait_for(&mut self, token: u64) -> Result<(u16, String), RestError> {
        let mut out = Vec::new();
        // Latencies only: a few steps at most.
        for _ in 0..1000 {
            let Some(due) = self.exchange.next_due() else { break };
            self.now = self.now.max(due);
            self.exchange.advance_some(self.now, 1, &mut out);
            for message in out.drain(..) {
                if let Destination::Rest { token: answered, status } = message.to
                    && answered == token
                {
                    return Ok((status, message.text));
                }
                self.early.push(message);
            }
        }
        let sentence = "the exchange in process did not answer".to_owned();
        Err(RestError { not_sent: false, sentence })
    }
}

fn get_request(path: &str, key: Option<&str>) -> RestRequest {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    RestRequest {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        body: String::new(),
        api_key: key.map(str::to_owned),
    }
}
