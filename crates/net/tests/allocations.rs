//! Nothing on the polling thread allocates after the seal: reads, fragments,
//! pings, sends, REST answers, a reconnect. And what tungstenite's own reader
//! would have allocated, which is why it is not used there.
#![allow(clippy::disallowed_methods, reason = "tests: servers on threads, deadlines")]
#![allow(clippy::unwrap_used, reason = "tests: helpers outside #[test]")]
#![allow(missing_docs, reason = "tests")]

mod common;

use actor::{CountingAllocator, SendOutcome, Wire, WireEvent, allocations, seal_thread};
use common::*;
use net::{ConnectionPlan, Method, RestCall, RestPlan, SocketWire};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message, WebSocket};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Messages of each kind that a server sends per connection.
const ROUNDS: usize = 2000;

fn part(bytes: &'static [u8], data: Data, last: bool) -> Message {
    Message::Frame(Frame::message(bytes, OpCode::Data(data), last))
}

/// Small, big and fragmented messages and pings, then waits to hear something
/// and goes away.
fn busy_server() -> SocketAddr {
    serve_ws(|_, mut socket| {
        // The wire is dropped at the end of the test, perhaps in the middle.
        if say_all(&mut socket).is_err() {
            return;
        }
        // Pongs, then the client's word.
        while let Ok(message) = socket.read() {
            if message.is_text() {
                return;
            }
        }
    })
}

fn say_all(socket: &mut WebSocket<TcpStream>) -> tungstenite::Result<()> {
    for turn in 0..ROUNDS {
        socket.write(say("{\"e\":\"aggTrade\",\"p\":\"67234.10\"}"))?;
        socket.write(part(b"one ", Data::Text, false))?;
        socket.write(Message::Ping("there?".into()))?;
        socket.write(part(b"two", Data::Continue, true))?;
        if turn % 100 == 0 {
            socket.write(Message::binary(vec![7; 300_000]))?;
        }
    }
    socket.flush()
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    messages: usize,
    rest: usize,
    ups: usize,
    downs: usize,
    sent: usize,
}

/// Polls, sealed, until every connection went down twice. A connection that has
/// said all it has is told to go away; each time a REST answer is asked for.
fn run_sealed(mut wire: SocketWire, connections: usize) -> (Tally, u64) {
    seal_thread();
    let before = allocations().0;
    let start = Instant::now();
    let mut tally = Tally::default();
    let mut got = [0_usize; 16];
    while tally.downs < 2 * connections || tally.rest < 2 * connections {
        let finished = match wire.poll() {
            WireEvent::Message { connection, .. } => {
                tally.messages += 1;
                got[usize::from(connection)] += 1;
                (got[usize::from(connection)] == 2 * ROUNDS + ROUNDS / 100).then_some(connection)
            }
            WireEvent::Rest { bytes, .. } => {
                tally.rest += usize::from(bytes == b"snapshot");
                None
            }
            WireEvent::Up { connection, .. } => {
                tally.ups += 1;
                got[usize::from(connection)] = 0;
                None
            }
            WireEvent::Down { .. } => {
                tally.downs += 1;
                None
            }
            _ => None,
        };
        if let Some(connection) = finished {
            tally.sent += usize::from(wire.send(connection, b"enough") == SendOutcome::Sent);
            assert!(wire.request(1));
        }
        if start.elapsed() > PATIENCE {
            break;
        }
    }
    (tally, allocations().0 - before)
}

fn nothing_is_allocated(connections: usize) {
    let address = serve(|_, stream| drop(answer_http(stream, "200 OK", "", b"snapshot")));
    let resolver = Box::new(move |_| RestCall {
        method: Method::Get,
        url: format!("http://{address}/"),
        headers: vec![],
    });
    let plans: Vec<ConnectionPlan> =
        (0..connections).map(|c| plan(u16::try_from(c).unwrap(), busy_server())).collect();
    let (wire, handle) =
        SocketWire::start(settings(), plans, Some(RestPlan::new(resolver))).unwrap();
    let (tally, allocated) =
        std::thread::spawn(move || run_sealed(wire, connections)).join().unwrap();
    assert!(tally.downs >= 2 * connections && tally.rest >= 2 * connections, "{tally:?}");
    let pings = handle.counters().read().pings;
    assert!(pings as usize >= 2 * connections * ROUNDS, "{pings} pings");
    assert_eq!(allocated, 0, "{tally:?}");
}

/// What tungstenite allocates to read `bytes` on a sealed thread.
fn tungstenite_allocates(bytes: Vec<u8>) -> u64 {
    struct Bytes(std::io::Cursor<Vec<u8>>);
    impl std::io::Read for Bytes {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            std::io::Read::read(&mut self.0, to)
        }
    }
    impl std::io::Write for Bytes {
        fn write(&mut self, from: &[u8]) -> std::io::Result<usize> {
            Ok(from.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let config = WebSocketConfig::default().read_buffer_size(8 << 10).write_buffer_size(0);
    let stream = Bytes(std::io::Cursor::new(bytes));
    let mut socket = WebSocket::from_raw_socket(stream, Role::Client, Some(config));
    std::thread::spawn(move || {
        seal_thread();
        let before = allocations().0;
        while let Ok(message) = socket.read() {
            std::hint::black_box(&message);
        }
        allocations().0 - before
    })
    .join()
    .unwrap()
}

/// One test: the count is the process'.
#[test]
fn nothing_on_the_polling_thread_allocates() {
    nothing_is_allocated(2);
    nothing_is_allocated(6);
    let small = [&b"\x81\x05small"[..]; 1000].concat();
    let pinged = [&b"\x81\x05small\x89\x00"[..]; 1000].concat();
    let fragmented = [&b"\x01\x02on\x80\x01e"[..]; 1000].concat();
    let (small, pinged, fragmented) = (
        tungstenite_allocates(small),
        tungstenite_allocates(pinged),
        tungstenite_allocates(fragmented),
    );
    println!("tungstenite per 1000: small {small}, pinged {pinged}, fragmented {fragmented}");
    assert!(small > 0 && pinged > small && fragmented >= 1000, "tungstenite may do after all");
}
