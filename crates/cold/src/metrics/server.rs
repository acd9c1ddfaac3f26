//! The sockets of `/metrics`: one cold thread, non-blocking, a deadline for
//! each connection, so that a slow client delays nobody but itself.
#![allow(
    clippy::disallowed_methods,
    reason = "a cold thread of its own, with deadlines by the clock"
)]

use super::http::{HEAD_MAX, Pages};
use super::source::{HealthSource, MetricsSource};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Most connections at once; a new one beyond that takes the oldest's place.
const CONNECTIONS_MAX: usize = 32;
/// A connection's whole life: a scrape takes milliseconds.
const LIFE: Duration = Duration::from_secs(2);
/// How often deadlines are looked at.
const TICK: Duration = Duration::from_millis(250);

const LISTENER: Token = Token(usize::MAX);
const WAKER: Token = Token(usize::MAX - 1);

/// Serves the pages until it is dropped.
pub struct MetricsServer {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl MetricsServer {
    /// Listens on `listen`, the value of the key `metrics.listen`: an address
    /// and a port, where port 0 picks a free one.
    ///
    /// # Errors
    /// A sentence with key, value and remedy.
    pub fn start(
        listen: &str,
        metrics: MetricsSource,
        health: HealthSource,
    ) -> Result<Self, String> {
        let fault = |why: String| format!("metrics.listen = \"{listen}\": {why}");
        let asked: SocketAddr = listen.parse().map_err(|_| {
            fault("is no address with a port; write it as \"127.0.0.1:9464\"".to_owned())
        })?;
        let mut listener = TcpListener::bind(asked).map_err(|error| fault(remedy(&error)))?;
        let made = Self::poll(&mut listener).map_err(|e| fault(format!("cannot be served: {e}")));
        let (poll, waker, address) = made?;
        let ended = Arc::new(AtomicBool::new(false));
        let pages = Pages { metrics, health, loopback: asked.ip().is_loopback() };
        let server = Server { poll, listener, pages, connections: Vec::new(), next: 0 };
        let thread = std::thread::Builder::new().name("metrics".to_owned()).spawn({
            let ended = Arc::clone(&ended);
            move || server.run(&ended)
        });
        let thread = thread.map_err(|e| fault(format!("the system refuses a thread: {e}")))?;
        Ok(Self { address, ended, waker, thread: Some(thread) })
    }

    /// Where it really listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    fn poll(listener: &mut TcpListener) -> io::Result<(Poll, Waker, SocketAddr)> {
        let poll = Poll::new()?;
        poll.registry().register(listener, LISTENER, Interest::READABLE)?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        Ok((poll, waker, listener.local_addr()?))
    }
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        // Release pairs with the Acquire in `run`.
        self.ended.store(true, Ordering::Release);
        let _ = self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn remedy(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the port is in use by another process; stop that one, give \
                                     another port, or give port 0 for a free one"
            .to_owned(),
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address; 127.0.0.1 is the usual one".to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 want privileges; give a port from 1024 on".to_owned()
        }
        _ => format!("cannot be listened on: {error}"),
    }
}

struct Server {
    poll: Poll,
    listener: TcpListener,
    pages: Pages,
    /// Oldest first.
    connections: Vec<Connection>,
    next: usize,
}

struct Connection {
    token: Token,
    stream: TcpStream,
    ends: Instant,
    read: Vec<u8>,
    /// The answer and how much of it was written.
    answer: Option<(Vec<u8>, usize)>,
}

/// Whether a connection is done with.
#[derive(PartialEq, Eq)]
enum Life {
    Goes,
    Over,
}

impl Server {
    fn run(mut self, ended: &AtomicBool) {
        let mut events = Events::with_capacity(64);
        // Acquire pairs with the Release in `drop`.
        while !ended.load(Ordering::Acquire) {
            let polled = self.poll.poll(&mut events, Some(TICK));
            if polled.is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) {
                return;
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept(),
                    WAKER => {}
                    token => self.serve(token),
                }
            }
            let now = Instant::now();
            self.connections.retain(|connection| connection.ends > now);
        }
    }

    /// Takes every connection that waits; an error ends the round, not the server.
    fn accept(&mut self) {
        while let Ok((mut stream, _)) = self.listener.accept() {
            let token = Token(self.next);
            self.next = (self.next + 1) % (usize::MAX / 2);
            let interest = Interest::READABLE | Interest::WRITABLE;
            let ready = stream.set_nodelay(true).is_ok()
                && self.poll.registry().register(&mut stream, token, interest).is_ok();
            if !ready {
                continue;
            }
            if self.connections.len() == CONNECTIONS_MAX {
                self.connections.remove(0);
            }
            let ends = Instant::now() + LIFE;
            self.connections.push(Connection {
                token,
                stream,
                ends,
                read: Vec::new(),
                answer: None,
            });
        }
    }

    fn serve(&mut self, token: Token) {
        let Some(at) = self.connections.iter().position(|c| c.token == token) else { return };
        if self.connections[at].turn(&self.pages) == Life::Over {
            self.connections.remove(at);
        }
    }
}

impl Connection {
    fn turn(&mut self, pages: &Pages) -> Life {
        let heard = self.hear();
        if self.answer.is_none() {
            match pages.answer(&self.read) {
                Some(bytes) => self.answer = Some((bytes, 0)),
                None => return heard,
            }
        }
        match self.say() {
            Ok(true) => heard,
            Ok(false) => Life::Goes,
            Err(_) => Life::Over,
        }
    }

    /// Reads what there is. After the request, what comes is read and let go:
    /// closing on unread bytes would reset the connection under the answer.
    fn hear(&mut self) -> Life {
        let mut chunk = [0; 1024];
        let mut budget = 64;
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => return Life::Over,
                Ok(got) => {
                    let room = if self.answer.is_none() { HEAD_MAX - self.read.len() } else { 0 };
                    self.read.extend_from_slice(&chunk[..got.min(room)]);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Life::Goes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Life::Over,
            }
            budget -= 1;
            if budget == 0 {
                // Nobody needs 64 KiB to ask for a page.
                return Life::Over;
            }
        }
    }

    /// Writes what is left; true when all of it is written.
    fn say(&mut self) -> io::Result<bool> {
        let Some((bytes, written)) = &mut self.answer else { return Ok(false) };
        while *written < bytes.len() {
            match self.stream.write(&bytes[*written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(took) => *written += took,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // The client sees the end at once; its own end comes back as a read of 0.
        let _ = self.stream.shutdown(Shutdown::Write);
        Ok(true)
    }
}
