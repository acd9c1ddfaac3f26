//! Small servers on loopback and a patient reader, for the tests of the wires.
#![allow(clippy::disallowed_methods, reason = "tests: servers on threads, deadlines")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests: helpers outside #[test]")]
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test binary uses its part")]

use actor::{Wire, WireEvent};
use net::{Backoff, ConnectionPlan, SocketWire, WireHandle, WireSettings};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// An event that outlives its poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Message(u16, Vec<u8>),
    Rest(u64, Vec<u8>),
    Up(u16),
    Down(u16),
    Oversized(u16),
    Closed,
}

pub fn settings() -> WireSettings {
    WireSettings {
        backoff: Backoff { shortest: Duration::from_millis(4), longest: Duration::from_millis(50) },
        ..WireSettings::default()
    }
}

pub fn wire(plans: Vec<ConnectionPlan>) -> (SocketWire, WireHandle) {
    SocketWire::start(settings(), plans, None).unwrap()
}

pub fn plan(connection: u16, address: SocketAddr) -> ConnectionPlan {
    ConnectionPlan::new(connection, format!("ws://{address}/ws"))
}

/// Polls until something comes.
pub fn next(wire: &mut SocketWire) -> Seen {
    let start = Instant::now();
    loop {
        match wire.poll() {
            WireEvent::Idle | WireEvent::Tick { .. } => std::thread::yield_now(),
            WireEvent::Message { connection, bytes, .. } => {
                return Seen::Message(connection, bytes.to_vec());
            }
            WireEvent::Rest { token, bytes, .. } => return Seen::Rest(token, bytes.to_vec()),
            WireEvent::Up { connection, .. } => return Seen::Up(connection),
            WireEvent::Down { connection, .. } => return Seen::Down(connection),
            WireEvent::Oversized { connection, .. } => return Seen::Oversized(connection),
            WireEvent::Closed => return Seen::Closed,
        }
        assert!(start.elapsed() < PATIENCE, "nothing came");
    }
}

pub fn text(connection: u16, text: &str) -> Seen {
    Seen::Message(connection, text.as_bytes().to_vec())
}

/// Polls until `done`, handing over what comes.
pub fn until(wire: &mut SocketWire, mut each: impl FnMut(WireEvent<'_>), done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        each(wire.poll());
        std::thread::yield_now();
        assert!(start.elapsed() < PATIENCE, "it did not happen");
    }
}

/// A server that hands its connections, numbered, to `each` on threads of their own.
pub fn serve(each: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    serve_on(listener, each);
    address
}

pub fn serve_on(listener: TcpListener, each: impl Fn(usize, TcpStream) + Send + Sync + 'static) {
    let each = std::sync::Arc::new(each);
    std::thread::spawn(move || {
        for (turn, stream) in listener.incoming().enumerate() {
            let (each, stream) = (std::sync::Arc::clone(&each), stream.unwrap());
            stream.set_nodelay(true).unwrap();
            std::thread::spawn(move || each(turn, stream));
        }
    });
}

/// A WebSocket server.
pub fn serve_ws(each: impl Fn(usize, WebSocket<TcpStream>) + Send + Sync + 'static) -> SocketAddr {
    serve(move |turn, stream| {
        if let Ok(socket) = tungstenite::accept(stream) {
            each(turn, socket);
        }
    })
}

/// Sends every message back until the peer is gone.
pub fn echo<S: Read + Write>(socket: &mut WebSocket<S>) {
    while let Ok(message) = socket.read() {
        if (message.is_text() || message.is_binary()) && socket.send(message).is_err() {
            return;
        }
    }
}

/// Reads until the peer is gone, saying nothing.
pub fn linger<S: Read + Write>(socket: &mut WebSocket<S>) {
    while socket.read().is_ok() {}
}

/// Keeps a connection open without reading it.
pub fn hang(stream: TcpStream) {
    // Forgotten, not closed: the process closes it.
    std::mem::forget(stream);
}

/// Answers one HTTP request and closes; what was asked, head and body.
pub fn answer_http<S: Read + Write>(
    mut stream: S,
    status: &str,
    extra: &str,
    body: &[u8],
) -> String {
    let asked = read_http(&mut stream);
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{extra}\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    let _ = stream.flush();
    asked
}

pub fn read_http<S: Read>(stream: &mut S) -> String {
    let mut asked = Vec::new();
    let mut byte = [0];
    while !asked.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => asked.push(byte[0]),
            _ => break,
        }
    }
    let head = String::from_utf8_lossy(&asked).into_owned();
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = stream.read_exact(&mut body);
    head + &String::from_utf8_lossy(&body)
}

pub fn say(text: &str) -> Message {
    Message::text(text)
}
