//! One client connection: its socket, what is still unsent, and whether it speaks HTTP or
//! WebSocket.
//! Moves bytes; what they mean is decided in the room.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind, Read, Write};

use mio::net::TcpStream;
use tungstenite::WebSocket;

use super::websocket::{Opcode, push_frame};
use crate::frames::StreamKind;

/// A socket that takes every write into memory; `pump` moves it on. So a frame is never
/// half-written by
/// two writers, and what a client has not taken can be measured.
pub(super) struct Outbox {
    socket: TcpStream,
    pending: Vec<u8>,
    /// Bytes of `pending` that have left.
    gone: usize,
    /// When the client last took something, ns.
    pub(super) moved_at: i64,
}

impl Outbox {
    pub(super) fn new(socket: TcpStream, now: i64) -> Outbox {
        Outbox { socket, pending: Vec::new(), gone: 0, moved_at: now }
    }

    pub(super) fn socket_mut(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    pub(super) fn unsent(&self) -> usize {
        self.pending.len() - self.gone
    }

    /// Writes as much as the socket takes. False when the connection is broken.
    pub(super) fn pump(&mut self, now: i64) -> bool {
        while self.gone < self.pending.len() {
            match self.socket.write(&self.pending[self.gone..]) {
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
        self.pending.clear();
        self.gone = 0;
        self.moved_at = now;
        true
    }
}

impl Read for Outbox {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.socket.read(into)
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
    pub(super) fn new(socket: TcpStream, now: i64) -> Connection {
        let stream = Outbox::new(socket, now);
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

    /// One text message.
    pub(super) fn push_text(&mut self, parts: &[&[u8]]) {
        if !(self.frozen || self.closing) {
            push_frame(self.outbox().buffer(), Opcode::Text, parts);
        }
    }

    /// A market frame, if this connection subscribed to its stream.
    pub(super) fn push_market(&mut self, stream: (usize, StreamKind), text: &str) {
        if self.frozen || self.closing {
            return;
        }
        let Speech::WebSocket { socket, role: Role::Streams(streams) } = &mut self.speech else {
            return;
        };
        let Some(name) = streams.market.get(&stream) else { return };
        let out = socket.get_mut().buffer();
        push_stream(out, streams.combined, name, text);
    }

    /// A private event, if this connection holds the listenKey.
    pub(super) fn push_private(&mut self, key: &str, text: &str) {
        if self.frozen || self.closing {
            return;
        }
        let Speech::WebSocket { socket, role: Role::Streams(streams) } = &mut self.speech else {
            return;
        };
        if streams.keys.contains(key) {
            push_stream(socket.get_mut().buffer(), streams.combined, key, text);
        }
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
