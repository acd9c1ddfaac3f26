//! One client connection: its socket, what is still unsent, and whether it speaks HTTP or
//! WebSocket.
//! Moves bytes; what they mean is decided in the room.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;

use mio::net::TcpStream;
use tungstenite::WebSocket;

use super::tls::Stream;
use super::websocket::{Opcode, push_frame};
use crate::frames::StreamKind;
use crate::outgoing::{Target, Wire, WireAction};

/// A socket that takes every write into memory; `pump` moves it on. So a frame is never
/// half-written by
/// two writers, and what a client has not taken can be measured.
pub(super) struct Outbox {
    stream: Stream,
    pending: Vec<u8>,
    /// Bytes of `pending` that have left.
    gone: usize,
    /// When the client last took something, ns.
    pub(super) moved_at: i64,
    trickle: Option<Trickle>,
}

/// A `slow` fault at work.
struct Trickle {
    bytes_per_s: u32,
    until: i64,
    /// Up to when the bytes that may leave have been counted, ns.
    counted: i64,
}

impl Trickle {
    /// How many bytes may leave at `now`; what is taken here must be written.
    fn allow(&mut self, now: i64, wanted: usize) -> usize {
        let each = (1_000_000_000 / i64::from(self.bytes_per_s)).max(1);
        let whole = (now - self.counted) / each;
        let taken = usize::try_from(whole).unwrap_or(0).min(wanted);
        // What was not wanted is not saved up.
        self.counted = if taken == wanted { now } else { self.counted + whole * each };
        taken
    }
}

impl Outbox {
    pub(super) fn new(stream: Stream, now: i64) -> Outbox {
        Outbox { stream, pending: Vec::new(), gone: 0, moved_at: now, trickle: None }
    }

    /// Everything that is written leaves at this pace until then.
    pub(super) fn slow(&mut self, bytes_per_s: u32, now: i64, until: i64) {
        self.trickle = Some(Trickle { bytes_per_s: bytes_per_s.max(1), until, counted: now });
    }

    pub(super) fn is_slow(&self) -> bool {
        self.trickle.is_some()
    }

    pub(super) fn socket_mut(&mut self) -> &mut TcpStream {
        &mut self.stream.socket
    }

    /// The goodbye of a TLS session.
    pub(super) fn part(&mut self) {
        self.stream.part();
    }

    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    pub(super) fn unsent(&self) -> usize {
        // A session's own bytes count as one: they leave with the next write.
        self.pending.len() - self.gone + usize::from(self.stream.wants_write())
    }

    /// Writes as much as the socket takes. False when the connection is broken.
    pub(super) fn pump(&mut self, now: i64) -> bool {
        self.trickle.take_if(|trickle| now >= trickle.until);
        let mut end = self.pending.len();
        if let Some(trickle) = &mut self.trickle {
            end = self.gone + trickle.allow(now, end - self.gone);
        }
        self.pump_to(end, now)
    }

    fn pump_to(&mut self, end: usize, now: i64) -> bool {
        while self.gone < end {
            match self.stream.write(&self.pending[self.gone..end]) {
                Ok(0) => return false,
                Ok(length) => {
                    self.gone += length;
                    self.moved_at = now;
                }
                Err(why) if why.kind() == ErrorKind::WouldBlock => {
                    // Keeps the copy to what is really behind, not at each write.
                    if self.gone > self.pending.len() / 2 {
                        self.pending.drain(..self.gone);
                        self.gone = 0;
                    }
                    return true;
                }
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        if self.gone == self.pending.len() {
            self.pending.clear();
            self.gone = 0;
        }
        match self.stream.push() {
            Ok(()) => {}
            Err(why) if why.kind() == ErrorKind::WouldBlock => return true,
            Err(_) => return false,
        }
        self.moved_at = now;
        true
    }
}

impl Read for Outbox {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.read(into)
    }
}

impl Write for Outbox {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a WebSocket connection listens to.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// Whether frames are wrapped with their stream's name.
    pub(super) combined: bool,
    /// Subscribed streams under the name that the client used.
    pub(super) market: BTreeMap<(usize, StreamKind), String>,
    /// Subscribed listenKeys.
    pub(super) keys: BTreeSet<String>,
}

/// What a connection is.
pub(super) enum Role {
    /// Market and private streams.
    Streams(Streams),
    /// The WebSocket API.
    Api,
}

/// How a connection speaks.
pub(super) enum Speech {
    Http {
        stream: Outbox,
        /// Bytes of a request that is not whole yet.
        input: Vec<u8>,
        /// An answer is still to come; the next request waits. Holds whether to keep alive then.
        awaiting: Option<bool>,
    },
    WebSocket {
        socket: Box<WebSocket<Outbox>>,
        role: Role,
    },
}

/// One connection.
pub(super) struct Connection {
    pub(super) speech: Speech,
    /// Closes once everything is sent.
    pub(super) closing: bool,
    /// Closes now.
    pub(super) dead: bool,
    /// A half-open fault: nothing is read or written any more.
    pub(super) frozen: bool,
}

impl Connection {
    pub(super) fn new(stream: Stream, now: i64) -> Connection {
        let stream = Outbox::new(stream, now);
        Connection {
            speech: Speech::Http { stream, input: Vec::new(), awaiting: None },
            closing: false,
            dead: false,
            frozen: false,
        }
    }

    pub(super) fn outbox(&mut self) -> &mut Outbox {
        match &mut self.speech {
            Speech::Http { stream, .. } => stream,
            Speech::WebSocket { socket, .. } => socket.get_mut(),
        }
    }

    pub(super) fn unsent(&self) -> usize {
        match &self.speech {
            Speech::Http { stream, .. } => stream.unsent(),
            Speech::WebSocket { socket, .. } => socket.get_ref().unsent(),
        }
    }

    pub(super) fn streams(&self) -> Option<&Streams> {
        match &self.speech {
            Speech::WebSocket { role: Role::Streams(streams), .. } => Some(streams),
            _ => None,
        }
    }

    pub(super) fn is_api(&self) -> bool {
        matches!(self.speech, Speech::WebSocket { role: Role::Api, .. })
    }

    pub(super) fn has_market(&self) -> bool {
        self.streams().is_some_and(|streams| !streams.market.is_empty())
    }

    /// Whether bytes wait for a `slow` fault's pace.
    pub(super) fn trickles(&self) -> bool {
        self.unsent() > 0
            && match &self.speech {
                Speech::Http { stream, .. } => stream.is_slow(),
                Speech::WebSocket { socket, .. } => socket.get_ref().is_slow(),
            }
    }

    /// A fault of this connection.
    pub(super) fn strike(&mut self, wire: Wire, now: i64) {
        match wire.action {
            WireAction::HalfOpen => self.frozen = true,
            WireAction::Slow { bytes_per_s, for_ns } => {
                self.outbox().slow(bytes_per_s, now, now.saturating_add(for_ns));
            }
            WireAction::Close => self.close(wire.target),
            WireAction::Reset => self.reset(),
        }
    }

    fn close(&mut self, target: Target) {
        match &mut self.speech {
            Speech::WebSocket { socket, .. } => {
                // Failing to say goodbye changes nothing: the connection ends either way.
                let _ = socket.close(None);
                let _ = socket.flush();
            }
            // Who waits for an answer gets it, unless it is the answer that was struck.
            Speech::Http { awaiting: Some(_), .. } if target == Target::All => return,
            Speech::Http { .. } => {}
        }
        self.closing = true;
    }

    fn reset(&mut self) {
        let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
        let socket = self.outbox().socket_mut();
        // Without the option the peer sees an end instead of a reset; still a lost connection.
        let _ = nix::sys::socket::setsockopt(
            &socket.as_fd(),
            nix::sys::socket::sockopt::Linger,
            &linger,
        );
        self.dead = true;
    }

    /// One text message; whether it was taken.
    pub(super) fn push_text(&mut self, parts: &[&[u8]]) -> bool {
        let is_open = !(self.frozen || self.closing);
        if is_open {
            push_frame(self.outbox().buffer(), Opcode::Text, parts);
        }
        is_open
    }

    /// A market frame, if this connection subscribed to its stream; whether it was taken.
    pub(super) fn push_market(&mut self, stream: (usize, StreamKind), text: &str) -> bool {
        if self.frozen || self.closing {
            return false;
        }
        let Speech::WebSocket { socket, role: Role::Streams(streams) } = &mut self.speech else {
            return false;
        };
        let Some(name) = streams.market.get(&stream) else { return false };
        let out = socket.get_mut().buffer();
        push_stream(out, streams.combined, name, text);
        true
    }

    /// A private event, if this connection holds the listenKey; whether it was taken.
    pub(super) fn push_private(&mut self, key: &str, text: &str) -> bool {
        if self.frozen || self.closing {
            return false;
        }
        let Speech::WebSocket { socket, role: Role::Streams(streams) } = &mut self.speech else {
            return false;
        };
        let is_holder = streams.keys.contains(key);
        if is_holder {
            push_stream(socket.get_mut().buffer(), streams.combined, key, text);
        }
        is_holder
    }
}

fn push_stream(out: &mut Vec<u8>, combined: bool, name: &str, text: &str) {
    let text = text.as_bytes();
    if combined {
        let head = [b"{\"stream\":\"", name.as_bytes(), b"\",\"data\":", text, b"}"];
        push_frame(out, Opcode::Text, &head);
    } else {
        push_frame(out, Opcode::Text, &[text]);
    }
}
