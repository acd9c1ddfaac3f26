//! What clients send: connections, HTTP requests, upgrades, WebSocket messages.
//! The other half of the room: it takes in, `room` gives out.

use std::io::{ErrorKind, Read};

use mio::net::TcpStream;
use mio::{Interest, Token};
use tungstenite::protocol::{Role as Side, WebSocketConfig};
use tungstenite::{Message, WebSocket};

use super::connection::{Connection, Role, Speech};
use super::control::{control, role_of};
use super::http::{Head, Parsed, parse, push_response, push_upgrade};
use super::room::Room;
use super::tls::Stream;
use crate::refusal::Refusal;
use crate::rest::{RestReply, RestResponse};

/// Bytes of requests read from one connection in one turn.
const READ_CHUNK: usize = 16 << 10;

impl Room {
    pub(super) fn accept(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((socket, _)) => self.welcome(socket),
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    fn welcome(&mut self, mut socket: TcpStream) {
        let id = self.next_connection;
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registered = self.poll.registry().register(&mut socket, Token(id), interest);
        if socket.set_nodelay(true).is_err() || registered.is_err() {
            return;
        }
        if let Ok(stream) = Stream::new(socket, self.tls.as_ref()) {
            self.next_connection += 1;
            self.connections.insert(id, Connection::new(stream, self.clock.now()));
        }
    }

    pub(super) fn on_readable(&mut self, id: usize) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if connection.frozen {
            return;
        }
        match connection.speech {
            Speech::Http { .. } => {
                self.read_http(id);
                self.serve_http(id);
            }
            Speech::WebSocket { .. } => self.read_websocket(id),
        }
    }

    fn read_http(&mut self, id: usize) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let Speech::Http { stream, input, .. } = &mut connection.speech else { return };
        let mut chunk = [0_u8; READ_CHUNK];
        loop {
            match stream.read(&mut chunk) {
                Ok(0) => {
                    connection.dead = true;
                    return;
                }
                Ok(length) => input.extend_from_slice(&chunk[..length]),
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) if why.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {
                    connection.dead = true;
                    return;
                }
            }
        }
    }

    /// Answers every whole request in the buffer, until one must wait.
    pub(super) fn serve_http(&mut self, id: usize) {
        loop {
            let Some(connection) = self.connections.get_mut(&id) else { return };
            let Speech::Http { stream, input, awaiting } = &mut connection.speech else { return };
            if connection.dead || connection.closing || awaiting.is_some() || input.is_empty() {
                return;
            }
            match parse(input) {
                Parsed::Partial => return,
                Parsed::Bad(status, why) => {
                    let body = serde_json::json!({"code": -1100, "msg": why}).to_string();
                    let response = RestResponse { status, headers: Vec::new(), body };
                    push_response(stream.buffer(), &response, false);
                    connection.closing = true;
                    return;
                }
                Parsed::Request(head, length) => {
                    input.drain(..length);
                    match head.websocket_key.clone() {
                        Some(key) => return self.upgrade(id, &head, &key),
                        None => self.serve_rest(id, &head),
                    }
                }
            }
        }
    }

    fn serve_rest(&mut self, id: usize, head: &Head) {
        let reply = self.exchange.rest(self.clock.now(), &head.rest);
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let Speech::Http { stream, awaiting, .. } = &mut connection.speech else { return };
        match reply {
            RestReply::Now(response) => {
                push_response(stream.buffer(), &response, head.keep_alive);
                connection.closing |= !head.keep_alive;
                self.count("rest", 1);
            }
            RestReply::Later(token) => {
                *awaiting = Some(head.keep_alive);
                self.answers.insert(token, id);
            }
        }
    }

    fn upgrade(&mut self, id: usize, head: &Head, key: &str) {
        let now = self.clock.now();
        let role = match self.exchange.refusing(now) {
            Some(refusal) => Err(refusal),
            None => role_of(&mut self.exchange, &head.rest.path, &head.rest.query)
                .map_err(|why| Refusal::new(-1125, &why)),
        };
        let Some(mut connection) = self.connections.remove(&id) else { return };
        let Speech::Http { mut stream, input, .. } = connection.speech else { return };
        connection.speech = match role {
            Ok(role) => {
                let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
                push_upgrade(stream.buffer(), &accept);
                // A big read buffer is zeroed on each read; 8 KiB is ten times faster (CRATES.md).
                let config = WebSocketConfig::default()
                    .read_buffer_size(8 << 10)
                    .write_buffer_size(0)
                    .max_message_size(Some(1 << 20))
                    .max_frame_size(Some(1 << 20));
                let socket =
                    WebSocket::from_partially_read(stream, input, Side::Server, Some(config));
                Speech::WebSocket { socket: Box::new(socket), role }
            }
            Err(refusal) => {
                let headers = self.exchange.headers(now, refusal.status);
                let response =
                    RestResponse { status: refusal.status, headers, body: refusal.body() };
                push_response(stream.buffer(), &response, false);
                connection.closing = true;
                Speech::Http { stream, input, awaiting: None }
            }
        };
        self.connections.insert(id, connection);
        self.read_websocket(id);
    }

    fn read_websocket(&mut self, id: usize) {
        loop {
            let Some(connection) = self.connections.get_mut(&id) else { return };
            let Speech::WebSocket { socket, .. } = &mut connection.speech else { return };
            match socket.read() {
                Ok(Message::Text(text)) => self.on_message(id, text.as_bytes()),
                Ok(Message::Binary(bytes)) => self.on_message(id, &bytes),
                Ok(_) => {
                    // Pongs and the echo of a close are queued by tungstenite; this moves them out.
                    let _ = socket.flush();
                }
                Err(tungstenite::Error::Io(why)) if why.kind() == ErrorKind::WouldBlock => return,
                Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed) => {
                    connection.closing = true;
                    return;
                }
                Err(_) => {
                    connection.dead = true;
                    return;
                }
            }
        }
    }

    fn on_message(&mut self, id: usize, bytes: &[u8]) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let Speech::WebSocket { role, .. } = &mut connection.speech else { return };
        match role {
            Role::Api => {
                let now = self.clock.now();
                let mut out = Vec::new();
                self.exchange.api_request(now, id as u32, bytes, &mut out);
                for message in &out {
                    self.deliver(message);
                }
            }
            Role::Streams(streams) => {
                let answer = control(&mut self.exchange, streams, &String::from_utf8_lossy(bytes));
                let copies = usize::from(connection.push_text(&[answer.as_bytes()]));
                self.count("control", copies);
            }
        }
    }
}
