//! The server's one loop: sockets in, exchange, sockets out.
//! Owns the exchange and every connection; waits only in `poll`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::Shutdown;
use std::os::fd::AsFd;
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
use crate::outgoing::{Destination, Outgoing, Target, Wire, WireAction};
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
    Stop,
}

/// Everything that the thread owns.
pub(super) struct Room {
    pub(super) poll: Poll,
    pub(super) listener: TcpListener,
    pub(super) exchange: Exchange,
    pub(super) connections: BTreeMap<usize, Connection>,
    pub(super) next_connection: usize,
    /// REST requests that wait for their answer, and the connection of each.
    pub(super) answers: BTreeMap<u64, usize>,
    asked: Receiver<Ask>,
    finished: Arc<AtomicBool>,
    pub(super) clock: Clock,
    ping_every_ns: i64,
    ping_at: i64,
    unsent_bytes_max: usize,
    market_clients_min: usize,
    client_too_slow: u64,
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
        let ping_every_ns = i64::from(config.ping_every_ms) * 1_000_000;
        Room {
            poll,
            listener,
            exchange,
            connections: BTreeMap::new(),
            next_connection: CONNECTION_FIRST,
            answers: BTreeMap::new(),
            asked,
            finished,
            ping_at: clock.now() + ping_every_ns,
            clock,
            ping_every_ns,
            unsent_bytes_max: config.unsent_bytes_max,
            market_clients_min: config.market_clients_min,
            client_too_slow: 0,
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
        let flushed = self.connections.values().all(|c| c.frozen || c.unsent() == 0);
        // Pairs with the handle's Acquire load.
        self.finished.store(ended && flushed, Ordering::Release);
    }

    fn patience(&self) -> Duration {
        let idle = Duration::from_millis(50);
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
        if !self.exchange.is_started() {
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
        match message.to {
            Destination::Market { instrument, kind } => {
                for connection in self.connections.values_mut() {
                    connection.push_market((instrument, kind), &message.text);
                }
            }
            Destination::Private => {
                let Some(key) = self.exchange.listen_key.clone() else { return };
                for connection in self.connections.values_mut() {
                    connection.push_private(&key, &message.text);
                }
            }
            Destination::Api(session) => {
                if let Some(connection) = self.connections.get_mut(&(session as usize)) {
                    connection.push_text(&[message.text.as_bytes()]);
                }
            }
            Destination::Rest { token, status } => self.answer_rest(token, status, &message.text),
            Destination::Wire(wire) => self.strike(wire),
        }
    }

    fn answer_rest(&mut self, token: u64, status: u16, text: &str) {
        let Some(id) = self.answers.remove(&token) else { return };
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if status == 0 {
            connection.dead = true;
            return;
        }
        let Speech::Http { stream, awaiting, .. } = &mut connection.speech else { return };
        let keep_alive = awaiting.take().unwrap_or(false);
        let response = RestResponse { status, headers: Vec::new(), body: text.to_owned() };
        push_response(stream.buffer(), &response, keep_alive);
        connection.closing |= !keep_alive;
        self.serve_http(id);
    }

    /// Carries out a fault of connections.
    fn strike(&mut self, wire: Wire) {
        for connection in self.connections.values_mut() {
            let hit = match wire.target {
                Target::Market => connection.has_market(),
                Target::Private => connection.streams().is_some_and(|s| !s.keys.is_empty()),
                Target::Api => connection.is_api(),
                Target::All => true,
            };
            if !hit {
                continue;
            }
            match wire.action {
                WireAction::HalfOpen => connection.frozen = true,
                WireAction::Close => {
                    if let Speech::WebSocket { socket, .. } = &mut connection.speech {
                        // Failing to say goodbye changes nothing: the connection ends either way.
                        let _ = socket.close(None);
                        let _ = socket.flush();
                    }
                    connection.closing = true;
                }
                WireAction::Reset => {
                    let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
                    let socket = connection.outbox().socket_mut();
                    // Without the option the peer sees an end instead of a reset; still a lost
                    // connection.
                    let _ = nix::sys::socket::setsockopt(
                        &socket.as_fd(),
                        nix::sys::socket::sockopt::Linger,
                        &linger,
                    );
                    connection.dead = true;
                }
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
    fn pump(&mut self) {
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
        let socket = connection.outbox().socket_mut();
        // The socket is closed by the drop below whether or not the poller still knew it.
        let _ = self.poll.registry().deregister(socket);
        if !connection.dead {
            let _ = connection.outbox().socket_mut().shutdown(Shutdown::Write);
        }
        self.answers.retain(|_, waiting| *waiting != id);
    }

    fn stats(&self) -> ExchangeStats {
        ExchangeStats { client_too_slow: self.client_too_slow, ..self.exchange.stats() }
    }

    /// True when asked to stop, or when nobody is left to ask.
    fn answer_asks(&mut self) -> bool {
        loop {
            match self.asked.try_recv() {
                Ok(Ask::Stats(answer)) => {
                    // Who asked may have given up waiting.
                    let _ = answer.send(self.stats());
                }
                Err(TryRecvError::Empty) => return false,
                Ok(Ask::Stop) | Err(TryRecvError::Disconnected) => {
                    for connection in self.connections.values_mut() {
                        connection.outbox().pump(self.clock.now());
                    }
                    return true;
                }
            }
        }
    }
}
