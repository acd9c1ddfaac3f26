//! Paper against a real market: the venue's public streams reach the line as ever,
//! and a copy of each message reaches a matching model on a thread of its own,
//! which answers the line's orders in the venue's place.
//!
//! The model is the simulated exchange, fed with what the venue publishes: it shares
//! no code with the engine's codec, walks the same book, and keeps the account. To
//! the venue go subscriptions and public questions; no order, no key, no signature.
#![allow(clippy::disallowed_methods, reason = "the model waits for messages")]

use super::LOOK;
use crate::failure::Failure;
use crate::worlds::in_process::get_request;
use actor::{Clock, StopFlag, Wait, Waiting};
use exchange::{
    Destination, Exchange, ExchangeConfig, ExchangeStats, Outgoing, PushCounters, RestReply, Source,
};
use gateway::{API, PRIVATE, SPARE};
use link::{FrameHead, FrameKind, FrameReceiver, Sender};
use net::{
    EVERY_CONNECTION, MemoryNames, MemoryPeer, MemorySizes, MemoryWire, Method, Reply, Rest,
    RestClient, RestError, SecondReader, memory_wire,
};
use std::collections::VecDeque;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use types::{Nanos, Symbol};
use venue::Dialect;

/// The links to the model, as deep as the feed's own, and from it to the market's wire.
pub(super) const LINKS: (&str, &str) = ("feed_model", "model_feed");
/// How long after its start the model asks for no snapshot itself, and then how often
/// it asks for one, ns: usually the line has asked before.
const PATIENCE: i64 = 3 * Nanos::PER_SEC;
const ASK_EVERY: i64 = Nanos::PER_SEC;
/// How long the model may take to end.
const ENDING: Duration = Duration::from_secs(2);

/// A venue whose public questions go out and whose account is the model's: what a
/// start in the paper world asks.
pub(super) struct PaperRest {
    venue: RestClient,
    dialect: Dialect,
    symbols: Vec<String>,
    base: ExchangeConfig,
    now: i64,
    model: Option<Exchange>,
}

impl PaperRest {
    /// `base`: the model's settings; its instruments come with the venue's answer.
    pub(super) fn new(
        venue: RestClient,
        dialect: Dialect,
        symbols: &[Symbol],
        base: ExchangeConfig,
        now: Nanos,
    ) -> Self {
        let symbols = symbols.iter().map(|symbol| symbol.as_str().to_owned()).collect();
        Self { venue, dialect, symbols, base, now: now.0, model: None }
    }

    /// The model, once the venue has told its instruments.
    pub(super) fn into_model(self) -> Option<Model> {
        Some(Model { exchange: self.model? })
    }

    fn make_model(&mut self, info: &[u8]) -> Result<(), String> {
        let wanted: Vec<&str> = self.symbols.iter().map(String::as_str).collect();
        let instruments =
            exchange::listed(info, self.base.dialect, &wanted).map_err(|why| why.to_string())?;
        let config = ExchangeConfig { instruments, source: Source::Pushed, ..self.base.clone() };
        let mut model = Exchange::new(config).map_err(|why| why.to_string())?;
        model.start(self.now);
        self.model = Some(model);
        Ok(())
    }
}

impl Rest for PaperRest {
    fn call(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Reply, RestError> {
        let is_private = headers.iter().any(|(name, _)| *name == "X-MBX-APIKEY");
        if is_private {
            let refused = |why: &str| RestError { not_sent: true, sentence: why.to_owned() };
            let model = self.model.as_mut().ok_or_else(|| refused("the model is not there yet"))?;
            let key = headers.iter().find(|(name, _)| *name == "X-MBX-APIKEY").map(|(_, key)| *key);
            let mut request = get_request(path, key);
            request.method = format!("{method:?}").to_uppercase();
            // Without its latencies: they would move its clock ahead of the market's, and nothing
            // that is pushed would count before that time.
            return match model.rest_at_once(self.now, &request) {
                RestReply::Now(response) => {
                    let body = response.body.into_bytes();
                    Ok(Reply { status: response.status, retry_after_s: None, body })
                }
                RestReply::Later(_) => Err(refused("the model did not answer")),
            };
        }
        let reply = self.venue.call(method, path, headers, body)?;
        if reply.is_ok() && path.starts_with(self.dialect.paths().exchange_info) {
            let made = self.make_model(&reply.body);
            made.map_err(|sentence| RestError { not_sent: true, sentence })?;
        }
        Ok(reply)
    }
}

/// A model before its thread.
pub(super) struct Model {
    exchange: Exchange,
}

/// What a model says at its end.
pub(super) struct ModelEnd {
    /// Its own view of orders and of the account.
    pub(super) stats: ExchangeStats,
    /// What it made of the market's messages.
    pub(super) pushed: PushCounters,
}

/// A model on its thread. Dropped before its end, it is told to end.
pub(super) struct Paper {
    stop: StopFlag,
    thread: Option<JoinHandle<ModelEnd>>,
}

impl Paper {
    /// Starts the model on a copy of the market's messages; `groups` says by connection
    /// number which connections carry the same. The gateway's wire comes back.
    ///
    /// # Errors
    /// A thread that the system refuses.
    pub(super) fn start(
        model: Model,
        market: SecondReader,
        groups: Vec<u16>,
    ) -> Result<(Self, MemoryWire), Failure> {
        let names = MemoryNames {
            inbound: "model_gateway",
            outbound: "gateway_model",
            requests: "gateway_model_requests",
        };
        let (wire, orders) = memory_wire(names, MemorySizes::default());
        let stop = StopFlag::new();
        let running = Running {
            exchange: model.exchange,
            orders,
            requests: market.requests,
            ask_at: 0,
            asked: 0,
            groups: Groups { group_of: groups, up: Vec::new() },
            waiting: VecDeque::new(),
            out: Vec::new(),
            clock: Clock::start(),
            now: 0,
            stop: stop.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("model".to_owned())
            .spawn(move || running.run(market.copies))
            .map_err(|why| Failure::failed(format!("thread model: {why}")))?;
        Ok((Self { stop, thread: Some(thread) }, wire))
    }

    /// Whether its thread still runs.
    #[must_use]
    pub(super) fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Asks it to end, so that the gateway's wire closes.
    pub(super) fn shut(&self) {
        self.stop.raise();
    }

    /// Ends it. Its own view of everything, unless it has panicked or hangs.
    #[must_use]
    pub(super) fn end(mut self) -> Option<ModelEnd> {
        self.stop.raise();
        let thread = self.thread.take()?;
        let asked = Instant::now();
        while !thread.is_finished() && asked.elapsed() < ENDING {
            std::thread::sleep(LOOK);
        }
        if thread.is_finished() { thread.join().ok() } else { None }
    }
}

impl Drop for Paper {
    fn drop(&mut self) {
        self.stop.raise();
    }
}

/// Which connections are up, and which carry the same.
struct Groups {
    group_of: Vec<u16>,
    up: Vec<u16>,
}

impl Groups {
    fn group(&self, connection: u16) -> u16 {
        self.group_of.get(usize::from(connection)).copied().unwrap_or(connection)
    }

    fn on_up(&mut self, connection: u16) {
        if !self.up.contains(&connection) {
            self.up.push(connection);
        }
    }

    /// Whether nobody carries any more what this connection carried.
    fn on_down(&mut self, connection: u16) -> bool {
        self.up.retain(|one| *one != connection);
        let group = self.group(connection);
        !self.up.iter().any(|one| self.group(*one) == group)
    }
}

/// The model at work.
struct Running {
    exchange: Exchange,
    orders: MemoryPeer,
    /// For snapshots that only the model misses.
    requests: Sender<u64>,
    /// When it looks for one of these again.
    ask_at: i64,
    /// The instrument that was asked about last.
    asked: usize,
    groups: Groups,
    /// What the gateway's link had no room for, oldest first.
    waiting: VecDeque<(u16, Outgoing)>,
    out: Vec<Outgoing>,
    clock: Clock,
    /// The model's time, ns: it never goes back.
    now: i64,
    stop: StopFlag,
}

impl Running {
    fn run(mut self, mut copies: FrameReceiver) -> ModelEnd {
        for connection in [API, SPARE, PRIVATE] {
            let head = FrameHead::new(FrameKind::Up, connection, self.clock.now(), 0);
            // An empty link of a mebibyte holds three heads.
            let _ = self.orders.push(head, &[]);
        }
        self.ask_at = self.clock.now().0 + PATIENCE;
        let mut waiting = Waiting::new(Wait::SpinPark);
        while !self.stop.is_raised() {
            let busy = self.take_market(&mut copies) | self.take_orders();
            self.ask_snapshot();
            waiting.after(busy);
        }
        ModelEnd { stats: self.exchange.stats(), pushed: self.exchange.push_counters() }
    }

    /// What the venue has published by now, in the order in which the line saw it: an
    /// order that came of a message meets the book that this message made.
    fn take_market(&mut self, copies: &mut FrameReceiver) -> bool {
        let there = copies.gauge().waiting();
        for _ in 0..there {
            let Some(frame) = copies.peek() else { break };
            let head = frame.head;
            let at = self.now.max(head.received.0);
            self.now = at;
            match head.kind() {
                FrameKind::Message => self.exchange.push(at, frame.bytes()),
                FrameKind::Rest => {
                    let instrument = usize::try_from(head.token).unwrap_or(usize::MAX);
                    self.exchange.push_snapshot(at, instrument, frame.bytes());
                }
                FrameKind::Up => self.groups.on_up(head.connection),
                FrameKind::Down => {
                    if head.connection == EVERY_CONNECTION || self.groups.on_down(head.connection) {
                        self.exchange.push_break(at);
                    }
                }
                FrameKind::Oversized => self.exchange.push_break(at),
                FrameKind::Tick => {}
            }
            copies.release();
            self.exchange.advance(at, &mut self.out);
            self.deliver();
        }
        there > 0
    }

    /// The line asks for snapshots when its own books need them, and the model reads
    /// along. When it alone missed something, it asks itself: for one book at a time.
    fn ask_snapshot(&mut self) {
        if self.now < self.ask_at {
            return;
        }
        self.ask_at = self.now + ASK_EVERY;
        let count = self.exchange.instruments().len();
        let from = self.asked + 1;
        let unready = (from..from + count).map(|index| index % count.max(1));
        let unready = unready.into_iter().find(|index| !self.exchange.is_book_ready(*index));
        if let Some(index) = unready
            && !self.groups.up.is_empty()
        {
            self.asked = index;
            // A link that is full is asked again.
            let _ = self.requests.try_send(index as u64);
        }
    }

    fn take_orders(&mut self) -> bool {
        self.now = self.now.max(self.clock.now().0);
        let Self { exchange, orders, out, now, .. } = self;
        let taken = orders.take_sent(|connection, bytes| {
            exchange.api_request(*now, u32::from(connection), bytes, out);
        });
        exchange.advance(*now, out);
        let busy = taken > 0 || !out.is_empty() || !self.waiting.is_empty();
        self.deliver();
        busy
    }

    /// Gives the gateway what has come out, as far as its link has room.
    fn deliver(&mut self) {
        for message in self.out.drain(..) {
            if let Some(connection) = connection_of(message.to) {
                self.waiting.push_back((connection, message));
            }
        }
        while let Some((connection, message)) = self.waiting.front() {
            let head = FrameHead::new(FrameKind::Message, *connection, Nanos(self.now), 0);
            if self.orders.push(head, message.text.as_bytes()).is_err() {
                return;
            }
            self.waiting.pop_front();
        }
    }
}

/// Which of the gateway's connections carries it; none for what nobody waits for.
fn connection_of(to: Destination) -> Option<u16> {
    match to {
        Destination::Private => Some(PRIVATE),
        Destination::Api(session) => u16::try_from(session).ok(),
        Destination::Market { .. } | Destination::Rest { .. } | Destination::Wire(_) => None,
    }
}
