//! The server's one loop: sockets in, exchange, sockets out.
//! Owns the exchange and every connection; waits only in `poll`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::Duration;

use mio::net::TcpListener;
use mio::{Events, Poll, Token};

use super::ServerConfig;
use super::clock::Clock;
use super::connection::{Connection, Speech};
use super::http::push_response;
use super::websocket::{Opcode, push_frame};
use crate::exchange::Exchange;
use crate::outgoing::{Destination, Outgoing, Target, Wire};
use crate::rest::RestResponse;
use crate::stats::ExchangeStats;

pub(super) const LISTENER: Token = Token(0);
pub(super) const WAKER: Token = Token(1);
const CONNECTION_FIRST: usize = 2;
/// Messages taken from the market between two flushes: about half a megabyte of frames.
const BATCH: usize = 1_024;
/// A recording is not played on while a client has more than this unsent.
const UNSENT_PAUSE: usize = 1 << 20;
/// A client that holds up a recording without reading a byte for this long is let go.
const HOLD_NS_MAX: i64 = 10_000_000_000;

/// What the handle asks of the thread.
pub(super) enum Ask {
    Stats(Sender<ExchangeStats>),
    /// Hold the market, or let it go on; answered once it is so.
    Hold(bool, Sender<()>),
    Stop,
}

/// Everything that the thread owns.
pub(super) struct Room {
    pub(super) poll: Poll,
    pub(super) listener: TcpListener,
    pub(super) exchange: Exchange,
    pub(super) connections: BTreeMap<usize, Connection>,
    pub(super) next_connection: usize,
    pub(super) tls: Option<Arc<rustls::ServerConfig>>,
    /// REST requests that wait for their answer, and the connection of each.
    pub(super) answers: BTreeMap<u64, usize>,
    asked: Receiver<Ask>,
    finished: Arc<AtomicBool>,
    pub(super) clock: Clock,
    ping_every_ns: i64,
    ping_at: i64,
    unsent_bytes_max: usize,
    market_clients_min: usize,
    pub(super) drain_ns: i64,
    client_too_slow: u64,
    /// Messages given to connections, by the word of their kind.
    delivered: BTreeMap<&'static str, u64>,
    out: Vec<Outgoing>,
}

impl Room {
    pub(super) fn new(
        (poll, listener): (Poll, TcpListener),
        exchange: Exchange,
        config: &ServerConfig,
        asked: Receiver<Ask>,
        finished: Arc<AtomicBool>,
    ) -> Room {
        let clock = Clock::new();
        let mut exchange = exchange;
        if config.held {
            exchange.hold(clock.now());
        }
        if config.held_joined {
            exchange.hold_when_joined();
        }
        let ping_every_ns = i64::from(config.ping_every_ms) * 1_000_000;
        Room {
            poll,
            listener,
            exchange,
            connections: BTreeMap::new(),
            next_connection: CONNECTION_FIRST,
            tls: None,
            answers: BTreeMap::new(),
            asked,
            finished,
            ping_at: clock.now() + ping_every_ns,
            clock,
            ping_every_ns,
            unsent_bytes_max: config.unsent_bytes_max,
            market_clients_min: config.market_clients_min,
            drain_ns: i64::from(config.drain_ms) * 1_000_000,
            client_too_slow: 0,
            delivered: BTreeMap::new(),
            out: Vec::new(),
        }
    }

    /// Runs until stopped; returns the last counts.
    pub(super) fn run(mut self) -> ExchangeStats {
        let mut events = Events::with_capacity(256);
        loop {
            let wait = self.patience();
            match self.poll.poll(&mut events, Some(wait)) {
                Ok(()) => {}
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(_) => return self.stats(),
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept(),
                    WAKER => {}
                    Token(id) => self.on_readable(id),
                }
            }
            self.turn();
            if self.answer_asks() {
                self.end();
                return self.stats();
            }
        }
    }

    /// The market, the pings, the writes, and those who are gone.
    fn turn(&mut self) {
        let now = self.clock.now();
        self.start_market(now);
        self.advance(now);
        self.ping(now);
        self.pump();
        let ended = self.exchange.is_ended() && self.exchange.next_due().is_none();
        // Pairs with the handle's Acquire load.
        self.finished.store(ended && self.is_flushed(), Ordering::Release);
    }

    fn patience(&self) -> Duration {
        let trickles = self.connections.values().any(Connection::trickles);
        let idle = Duration::from_millis(if trickles { 1 } else { 50 });
        if self.is_held() {
            return idle;
        }
        let now = self.clock.now();
        let due = self.exchange.next_due().map_or(i64::MAX, |due| due - now);
        // Rounded up to whole ms by the kernel's timer: market frames of a millisecond leave in
        // one write.
        Duration::from_nanos(due.clamp(0, 50_000_000) as u64).min(idle)
    }

    fn start_market(&mut self, now: i64) {
        if !self.exchange.is_started() && !self.exchange.is_paused() {
            let ready = self.connections.values().filter(|c| c.has_market()).count();
            if ready >= self.market_clients_min.max(1) {
                self.exchange.start(now);
            }
        }
    }

    /// Whether a recording waits for a client. A synthetic market waits for nobody.
    fn is_held(&self) -> bool {
        self.exchange.is_capture()
            && self
                .connections
                .values()
                .any(|c| c.has_market() && !c.frozen && c.unsent() > UNSENT_PAUSE)
    }

    fn advance(&mut self, now: i64) {
        let mut out = std::mem::take(&mut self.out);
        if self.is_held() {
            self.exchange.drain_queue(now, &mut out);
        } else {
            self.exchange.advance_some(now, BATCH, &mut out);
        }
        for message in out.drain(..) {
            self.deliver(&message);
        }
        self.out = out;
    }

    pub(super) fn deliver(&mut self, message: &Outgoing) {
        let all = self.connections.values_mut();
        let text = &message.text;
        let copies = match message.to {
            Destination::Market { instrument, kind } => {
                all.filter_map(|c| c.push_market((instrument, kind), text).then_some(())).count()
            }
            Destination::Private => {
                let Some(key) = &self.exchange.listen_key else { return };
                all.filter_map(|c| c.push_private(key, text).then_some(())).count()
            }
            Destination::Api(session) => {
                let connection = self.connections.get_mut(&(session as usize));
                usize::from(connection.is_some_and(|c| c.push_text(&[text.as_bytes()])))
            }
            Destination::Rest { token, status } => self.answer_rest(token, status, text),
            Destination::Wire(wire) => return self.strike(wire),
        };
        self.count(message.to.word(), copies);
    }

    pub(super) fn count(&mut self, word: &'static str, copies: usize) {
        if copies > 0 {
            *self.delivered.entry(word).or_insert(0) += copies as u64;
        }
    }

    /// The number of answers given: one, or none when nobody waits for it.
    fn answer_rest(&mut self, token: u64, status: u16, text: &str) -> usize {
        // A second copy of an answer finds nobody waiting, as a duplicate on a real connection
        // would.
        let Some(id) = self.answers.remove(&token) else { return 0 };
        let Some(connection) = self.connections.get_mut(&id) else { return 0 };
        let Speech::Http { stream, awaiting, .. } = &mut connection.speech else { return 0 };
        let keep_alive = awaiting.take().unwrap_or(false);
        let response = RestResponse { status, headers: Vec::new(), body: text.to_owned() };
        push_response(stream.buffer(), &response, keep_alive);
        connection.closing |= !keep_alive;
        self.serve_http(id);
        1
    }

    /// Carries out a fault of connections.
    fn strike(&mut self, wire: Wire) {
        let now = self.clock.now();
        let asked = match wire.target {
            Target::Request(token) => self.answers.get(&token).copied(),
            Target::Session(session) => Some(session as usize),
            _ => None,
        };
        for (id, connection) in &mut self.connections {
            let hit = match wire.target {
                Target::Market => connection.has_market(),
                Target::Private => connection.streams().is_some_and(|s| !s.keys.is_empty()),
                Target::Api => connection.is_api(),
                Target::Session(_) | Target::Request(_) => asked == Some(*id),
                Target::All => true,
            };
            if hit {
                connection.strike(wire, now);
            }
        }
    }

    fn ping(&mut self, now: i64) {
        if self.ping_every_ns == 0 || now < self.ping_at {
            return;
        }
        self.ping_at = now + self.ping_every_ns;
        let payload = (now / 1_000_000).to_string();
        for connection in self.connections.values_mut() {
            let open = !connection.frozen && !connection.closing;
            if open && matches!(connection.speech, Speech::WebSocket { .. }) {
                push_frame(connection.outbox().buffer(), Opcode::Ping, &[payload.as_bytes()]);
            }
        }
    }

    /// Writes what there is, lets go of those who do not read or are gone.
    pub(super) fn pump(&mut self) {
        let now = self.clock.now();
        let holds = self.exchange.is_capture();
        let mut gone = Vec::new();
        for (id, connection) in &mut self.connections {
            if !connection.frozen && !connection.dead && connection.unsent() > 0 {
                connection.dead = !connection.outbox().pump(now);
            }
            let unsent = connection.unsent();
            let idle = now - connection.outbox().moved_at;
            let slow = unsent > self.unsent_bytes_max
                || holds && unsent > UNSENT_PAUSE && idle > HOLD_NS_MAX;
            if slow && !connection.dead {
                self.client_too_slow += 1;
                connection.dead = true;
            }
            if connection.dead || (connection.closing && unsent == 0) {
                gone.push(*id);
            }
        }
        for id in gone {
            self.drop_connection(id);
        }
    }

    fn drop_connection(&mut self, id: usize) {
        let Some(mut connection) = self.connections.remove(&id) else { return };
        self.exchange.session_ended(id as u32);
        let socket = connection.outbox().socket_mut();
        // The socket is closed by the drop below whether or not the poller still knew it.
        let _ = self.poll.registry().deregister(socket);
        if !connection.dead {
            connection.outbox().part();
            let _ = connection.outbox().socket_mut().shutdown(Shutdown::Write);
        }
        self.answers.retain(|_, waiting| *waiting != id);
    }

    fn stats(&self) -> ExchangeStats {
        ExchangeStats {
            client_too_slow: self.client_too_slow,
            delivered: self.delivered.clone(),
            ..self.exchange.stats()
        }
    }

    /// True when asked to stop, or when nobody is left to ask.
    fn answer_asks(&mut self) -> bool {
        loop {
            match self.asked.try_recv() {
                Ok(Ask::Stats(answer)) => {
                    // Who asked may have given up waiting.
                    let _ = answer.send(self.stats());
                }
                Ok(Ask::Hold(hold, answer)) => {
                    let now = self.clock.now();
                    if hold {
                        self.exchange.hold(now);
                    } else {
                        self.exchange.release(now);
                    }
                    // Who asked may have given up waiting.
                    let _ = answer.send(());
                }
                Err(TryRecvError::Empty) => return false,
                Ok(Ask::Stop) | Err(TryRecvError::Disconnected) => return true,
            }
        }
    }
}
