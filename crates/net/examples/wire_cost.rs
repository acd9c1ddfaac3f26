//! What a message costs through the wire, beside tungstenite's own reader and
//! writer in the same run. Loopback, one batch in the socket at a time, wall
//! time of the polling thread from the batch's first message to its last.
//!
//! `cargo run --release -p net --example wire_cost`
#![allow(clippy::disallowed_methods, reason = "a measurement: it has a clock and a server")]
#![allow(clippy::unwrap_used, reason = "a measurement: it may stop")]

use actor::{SendOutcome, Wire, WireEvent};
use net::{ConnectionPlan, SocketWire, WireSettings};
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::time::Instant;
use tungstenite::client::client_with_config;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Bytes, Message};

/// Messages of 180 bytes, a depth update's size, that fit in a socket at once.
const BATCH: usize = 256;
const SIZE: usize = 180;
const ROUNDS: usize = 2000;

/// Answers each "go" with a batch, in one write; reads everything else.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut frame = vec![0x81, 126, 0, u8::try_from(SIZE).unwrap()];
    frame.extend([b'x'; SIZE]);
    let batch = frame.repeat(BATCH);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let batch = batch.clone();
            let stream = stream.unwrap();
            std::thread::spawn(move || {
                let Ok(mut socket) = tungstenite::accept(stream) else { return };
                while let Ok(message) = socket.read() {
                    if message.len() == 2 {
                        socket.get_mut().write_all(&batch).unwrap();
                    }
                }
            });
        }
    });
    address
}

/// The least and the median of nanoseconds per message.
fn told(what: &str, mut ns: Vec<f64>) {
    ns.sort_by(f64::total_cmp);
    println!("{what}: best {:.0} ns, median {:.0} ns", ns[0], ns[ns.len() / 2]);
}

fn per_message(start: Instant, messages: usize) -> f64 {
    start.elapsed().as_nanos() as f64 / messages as f64
}

fn wire_reads(wire: &mut SocketWire) {
    let mut ns = Vec::new();
    let mut idle = 0_u64;
    for _ in 0..ROUNDS {
        while wire.send(0, b"go") != SendOutcome::Sent {
            let _ = wire.poll();
        }
        let (mut got, mut start) = (0, Instant::now());
        while got < BATCH {
            match wire.poll() {
                WireEvent::Message { bytes, .. } => {
                    assert_eq!(bytes.len(), SIZE);
                    if got == 0 {
                        start = Instant::now();
                    }
                    got += 1;
                }
                _ => idle += 1,
            }
        }
        ns.push(per_message(start, BATCH - 1));
    }
    told("wire, per message read", ns);
    let start = Instant::now();
    for _ in 0..1_000_000 {
        let _ = wire.poll();
    }
    println!("wire, per idle poll: {:.0} ns ({idle} before)", per_message(start, 1_000_000));
}

fn wire_sends(wire: &mut SocketWire) {
    let mut ns = Vec::new();
    let order = [b'o'; 200];
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..64 {
            while wire.send(0, &order) != SendOutcome::Sent {
                std::thread::yield_now();
            }
        }
        ns.push(per_message(start, 64));
    }
    told("wire, per send of 200 bytes", ns);
}

fn tungstenite_both(address: SocketAddr) {
    let stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let config = WebSocketConfig::default()
        .read_buffer_size(8 << 10)
        .write_buffer_size(0)
        .max_write_buffer_size(64 << 10);
    let url = format!("ws://{address}/");
    let (mut socket, _) = client_with_config(url, stream, Some(config)).unwrap();
    socket.get_mut().set_nonblocking(true).unwrap();
    let mut ns = Vec::new();
    for _ in 0..ROUNDS {
        let _ = socket.send(Message::Text("go".into()));
        let (mut got, mut start) = (0, Instant::now());
        while got < BATCH {
            if let Ok(message) = socket.read() {
                assert_eq!(message.len(), SIZE);
                if got == 0 {
                    start = Instant::now();
                }
                got += 1;
            }
        }
        ns.push(per_message(start, BATCH - 1));
    }
    told("tungstenite, per message read", ns);
    let mut ns = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..64 {
            let _ = socket.send(Message::Binary(Bytes::from_static(&[b'o'; 200])));
        }
        ns.push(per_message(start, 64));
    }
    told("tungstenite, per send of 200 bytes", ns);
}

fn main() {
    let address = server();
    let plans = vec![ConnectionPlan::new(0, format!("ws://{address}/"))];
    let (mut wire, _handle) = SocketWire::start(WireSettings::default(), plans, None).unwrap();
    while !matches!(wire.poll(), WireEvent::Up { .. }) {}
    wire_reads(&mut wire);
    wire_sends(&mut wire);
    tungstenite_both(address);
}
