//! The exchange over loopback sockets: HTTP/1.1 and WebSocket on one port, one thread of its own.
//! Starts, stops and asks the thread; never shares the exchange with it.

#[cfg(test)]
mod tests;

mod clock;
mod connection;
mod control;
mod ending;
mod http;
mod intake;
mod room;
mod tls;
mod websocket;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use mio::net::TcpListener;
use mio::{Interest, Poll, Waker};

use crate::config::{ExchangeConfig, ExchangeError, Timing};
use crate::exchange::Exchange;
use crate::stats::ExchangeStats;
pub use tls::TlsFiles;

use room::{Ask, LISTENER, Room, WAKER};

/// Settings of a served exchange.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The exchange; its timing must be `Timing::Real`.
    pub exchange: ExchangeConfig,
    /// Address to listen on; port 0 takes a free one.
    pub listen: String,
    /// Interval of WebSocket ping frames, ms; 0 sends none.
    pub ping_every_ms: u32,
    /// Unsent bytes after which a client is disconnected and counted.
    pub unsent_bytes_max: usize,
    /// Market connections with a subscription that must be there before the market starts.
    pub market_clients_min: usize,
    /// Whether the market is held until `ServerHandle::release`.
    pub held: bool,
    /// Whether a recording is held as soon as every book in it is joined; see
    /// `Exchange::hold_when_joined`.
    pub held_joined: bool,
    /// How long stopping may take to get everything into the clients' sockets, ms.
    pub drain_ms: u32,
    /// For https and wss instead of http and ws.
    pub tls: Option<TlsFiles>,
}

impl ServerConfig {
    /// Any free port on loopback, pings every 20 s, 64 MiB of patience, one market client to
    /// start, not held, two seconds to drain.
    pub fn new(exchange: ExchangeConfig) -> ServerConfig {
        ServerConfig {
            exchange,
            listen: "127.0.0.1:0".to_owned(),
            ping_every_ms: 20_000,
            unsent_bytes_max: 64 << 20,
            market_clients_min: 1,
            held: false,
            held_joined: false,
            drain_ms: 2_000,
            tls: None,
        }
    }
}

/// Starts served exchanges.
pub struct Server;

/// A running exchange. Dropping the handle stops it too.
pub struct ServerHandle {
    addr: SocketAddr,
    /// The certificate's name, when it listens with one.
    tls_name: Option<String>,
    asks: Sender<Ask>,
    waker: Arc<Waker>,
    finished: Arc<AtomicBool>,
    thread: Option<JoinHandle<ExchangeStats>>,
}

impl Server {
    /// Builds the exchange, binds, and starts the thread `exchange`. When this returns, clients
    /// can connect.
    /// Errors: a sentence that names the address or the setting and what to do about it.
    pub fn start(config: ServerConfig) -> Result<ServerHandle, ExchangeError> {
        if config.exchange.timing != Timing::Real {
            return Err(ExchangeError::Config(
                "a served exchange runs in real time; for virtual time use Exchange without a \
                    server"
                    .to_owned(),
            ));
        }
        let refuse = |why: &dyn std::fmt::Display| {
            ExchangeError::Listen(format!(
                "cannot listen on {} ({why}); free the port, or use port 0 for any free one",
                config.listen
            ))
        };
        let addr: SocketAddr = config.listen.parse().map_err(|why| refuse(&why))?;
        let mut listener = TcpListener::bind(addr).map_err(|why| refuse(&why))?;
        let addr = listener.local_addr().map_err(|why| refuse(&why))?;
        let poll = Poll::new().map_err(|why| refuse(&why))?;
        poll.registry()
            .register(&mut listener, LISTENER, Interest::READABLE)
            .map_err(|why| refuse(&why))?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER).map_err(|why| refuse(&why))?);
        let tls = config.tls.as_ref().map(TlsFiles::load).transpose()?;
        let exchange = Exchange::new(config.exchange.clone())?;
        let (asks, asked) = channel();
        let finished = Arc::new(AtomicBool::new(false));
        let mut room = Room::new((poll, listener), exchange, &config, asked, Arc::clone(&finished));
        room.tls = tls;
        let thread = std::thread::Builder::new()
            .name("exchange".to_owned())
            .spawn(move || room.run())
            .map_err(|why| refuse(&why))?;
        let tls_name = config.tls.map(|files| files.name);
        Ok(ServerHandle { addr, tls_name, asks, waker, finished, thread: Some(thread) })
    }
}

impl ServerHandle {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Base of REST addresses, without a trailing slash.
    pub fn rest_base(&self) -> String {
        self.base("http")
    }

    /// Base of WebSocket addresses, without a trailing slash.
    pub fn ws_base(&self) -> String {
        self.base("ws")
    }

    fn base(&self, scheme: &str) -> String {
        match &self.tls_name {
            Some(name) => format!("{scheme}s://{name}:{}", self.addr.port()),
            None => format!("{scheme}://{}", self.addr),
        }
    }

    /// What the exchange has counted, after everything that reached it before this call.
    /// None when its thread is gone.
    pub fn try_stats(&self) -> Option<ExchangeStats> {
        let (answer, answered) = channel();
        self.asks.send(Ask::Stats(answer)).ok()?;
        self.waker.wake().ok()?;
        answered.recv().ok()
    }

    /// As `try_stats`; panics when the thread is gone, which only a bug of this crate can cause.
    pub fn stats(&self) -> ExchangeStats {
        self.try_stats().expect("Invariant: the exchange thread lives as long as its handle")
    }

    /// Holds the market: when this returns, nothing is played until `release`, and no timed fault
    /// strikes. Requests are still answered, and what was played is still delivered.
    pub fn hold(&self) {
        self.ask_hold(true);
    }

    /// Lets a held market go on, as if no time had passed meanwhile. A market that has not started
    /// still waits for its `market_clients_min`.
    pub fn release(&self) {
        self.ask_hold(false);
    }

    fn ask_hold(&self, hold: bool) {
        let (answer, answered) = channel();
        if self.asks.send(Ask::Hold(hold, answer)).is_ok() && self.waker.wake().is_ok() {
            // A thread that is gone plays nothing, held or not.
            let _ = answered.recv();
        }
    }

    /// Whether its thread runs. When it does not although nobody stopped it, it has panicked.
    pub fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Whether the capture or the duration has ended and everything is in the clients' sockets.
    pub fn finished(&self) -> bool {
        // Pairs with the room's Release store: who sees true sees a market that has ended.
        self.finished.load(Ordering::Acquire)
    }

    /// Stops the thread and returns the last counts. What was sent reaches its clients first, as
    /// long as they read; then each WebSocket gets a close frame (1001).
    pub fn stop(mut self) -> ExchangeStats {
        let stats = self.halt();
        stats.expect("Invariant: the exchange thread ends with its counts")
    }

    fn halt(&mut self) -> Option<ExchangeStats> {
        let thread = self.thread.take()?;
        // A thread that is gone cannot be told; joining it is all that is left to do.
        let _ = self.asks.send(Ask::Stop);
        let _ = self.waker.wake();
        thread.join().ok()
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.halt();
    }
}
