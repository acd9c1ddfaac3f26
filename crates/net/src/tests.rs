//! Frames against tungstenite's own reader, waits against their bounds, URLs,
//! and the wire of virtual time.

use crate::codec::{FrameReader, Step, encode};
use crate::endpoint::Endpoint;
use crate::{Backoff, MemoryNames, MemorySizes, NullWire, memory_wire};
use actor::{SendOutcome, StopFlag, Wire, WireEvent};
use link::{FrameHead, FrameKind, Full};
use proptest::prelude::*;
use std::io::{self, Read, Write};
use std::time::Duration;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader};
use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};
use tungstenite::{Bytes, Message};
use types::Nanos;

const MAX: usize = 300;

/// A socket that hands out its bytes in pieces and swallows what is written.
struct Pieces<'b> {
    bytes: &'b [u8],
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.turn % self.sizes.len()].min(to.len()).min(self.bytes.len());
        self.turn += 1;
        let (now, later) = self.bytes.split_at(size);
        to[..size].copy_from_slice(now);
        self.bytes = later;
        Ok(size)
    }
}

impl Write for Pieces<'_> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn frame(opcode: OpCode, is_final: bool, payload: &[u8]) -> Vec<u8> {
    let header =
        FrameHeader { is_final, rsv1: false, rsv2: false, rsv3: false, opcode, mask: None };
    let mut bytes = Vec::new();
    Frame::from_payload(header, Bytes::copy_from_slice(payload)).format(&mut bytes).unwrap();
    bytes
}

/// What our reader makes of a stream: its messages, and whether it was happy.
fn ours(bytes: &[u8], sizes: &[usize]) -> (Vec<Vec<u8>>, bool) {
    let mut reader = FrameReader::new(MAX);
    let mut socket = Pieces { bytes, sizes: sizes.to_vec(), turn: 0 };
    let mut messages = Vec::new();
    loop {
        match reader.step() {
            Step::Message(place) => messages.push(reader.at(place).to_vec()),
            Step::Ping(_) | Step::Pong => {}
            Step::Close(_) => return (messages, true),
            Step::Oversized | Step::Broken(_) => return (messages, false),
            Step::NeedMore => match socket.read(reader.room()).unwrap() {
                0 => return (messages, true),
                count => reader.filled(count),
            },
        }
    }
}

/// What tungstenite makes of it.
fn theirs(bytes: &[u8], sizes: &[usize]) -> (Vec<Vec<u8>>, bool) {
    let socket = Pieces { bytes, sizes: sizes.to_vec(), turn: 0 };
    let config = WebSocketConfig::default().max_message_size(Some(MAX)).max_frame_size(Some(MAX));
    let mut socket = WebSocket::from_raw_socket(socket, Role::Client, Some(config));
    let mut messages = Vec::new();
    loop {
        match socket.read() {
            Ok(Message::Text(text)) => messages.push(text.as_bytes().to_vec()),
            Ok(Message::Binary(bytes)) => messages.push(bytes.to_vec()),
            Ok(Message::Close(_)) => return (messages, true),
            Ok(_) => {}
            Err(tungstenite::Error::Protocol(
                tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )) => return (messages, true),
            Err(_) => return (messages, false),
        }
    }
}

/// One message in fragments with control frames in between.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let parts = prop::collection::vec("[a-zäß€𝄞]{0,20}", 1..5);
    (parts, any::<bool>(), prop::collection::vec(0..4_u8, 5)).prop_map(|(parts, text, between)| {
        let first = if text { Data::Text } else { Data::Binary };
        let mut bytes = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let data = if at == 0 { first } else { Data::Continue };
            bytes.extend(frame(OpCode::Data(data), at + 1 == parts.len(), part.as_bytes()));
            match between[at % between.len()] {
                0 => bytes.extend(frame(OpCode::Control(Control::Ping), true, b"are you there")),
                1 => bytes.extend(frame(OpCode::Control(Control::Pong), true, b"")),
                _ => {}
            }
        }
        bytes
    })
}

proptest! {
    #[test]
    fn prop_reads_what_tungstenite_reads(
        messages in prop::collection::vec(message(), 0..12),
        sizes in prop::collection::vec(1..200_usize, 1..8),
    ) {
        let bytes = messages.concat();
        let (read, happy) = ours(&bytes, &sizes);
        prop_assert!(happy);
        prop_assert_eq!(read.len(), messages.len());
        prop_assert_eq!((read, happy), theirs(&bytes, &sizes));
    }

    #[test]
    fn prop_damaged_streams_end_where_tungstenite_ends(
        messages in prop::collection::vec(message(), 1..6),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        sizes in prop::collection::vec(1..200_usize, 1..4),
    ) {
        let mut bytes = messages.concat();
        for (at, value) in &damage {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        prop_assert_eq!(ours(&bytes, &sizes).0, theirs(&bytes, &sizes).0);
    }

    #[test]
    fn prop_garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = ours(&bytes, &[7, 64]);
    }

    #[test]
    fn prop_encoded_frames_unmask_to_what_was_sent(
        payload in prop::collection::vec(any::<u8>(), 0..70_000),
        mask in any::<[u8; 4]>(),
    ) {
        let mut out = vec![0; payload.len() + 14];
        let length = encode(OpCode::Data(Data::Binary), &payload, mask, &mut out).unwrap();
        let socket = Pieces { bytes: &out[..length], sizes: vec![1 << 17], turn: 0 };
        let mut server = WebSocket::from_raw_socket(socket, Role::Server, None);
        prop_assert_eq!(server.read().unwrap().into_data(), payload);
    }

    #[test]
    fn prop_delays_stay_in_their_bounds(failures in 0..200_u32, salt in any::<u64>()) {
        let backoff =
            Backoff { shortest: Duration::from_millis(100), longest: Duration::from_secs(30) };
        let bound = Duration::from_millis(100 << failures.min(20)).min(backoff.longest);
        let delay = backoff.delay(failures, salt);
        prop_assert!(bound / 2 <= delay && delay <= bound);
        prop_assert_eq!(delay, backoff.delay(failures, salt));
    }
}

/// RFC 6455, 5.7: a masked "Hello".
#[test]
fn encodes_the_example_of_the_rfc() {
    let mut out = [0; 11];
    let length = encode(OpCode::Data(Data::Text), b"Hello", [0x37, 0xfa, 0x21, 0x3d], &mut out);
    assert_eq!(length, Some(11));
    assert_eq!(out, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
}

#[test]
fn encodes_nothing_that_does_not_fit() {
    assert_eq!(encode(OpCode::Data(Data::Text), b"Hello", [0; 4], &mut [0; 10]), None);
}

#[test]
fn takes_a_message_at_the_limit_and_refuses_one_byte_more() {
    let at = frame(OpCode::Data(Data::Binary), true, &[1; MAX]);
    assert_eq!(ours(&at, &[50]), (vec![vec![1; MAX]], true));
    let beyond = frame(OpCode::Data(Data::Binary), true, &[1; MAX + 1]);
    assert_eq!(ours(&beyond, &[50]), (vec![], false));
    let mut halves = frame(OpCode::Data(Data::Binary), false, &[1; MAX]);
    halves.extend(frame(OpCode::Data(Data::Continue), true, &[1; 1]));
    assert_eq!(ours(&halves, &[50]), (vec![], false));
}

#[test]
fn reads_on_through_many_times_its_memory() {
    let one = frame(OpCode::Data(Data::Binary), true, &[7; MAX]);
    let bytes = one.repeat(2000);
    let (messages, happy) = ours(&bytes, &[997, 1, 4099]);
    assert!(happy);
    assert_eq!(messages, vec![vec![7; MAX]; 2000]);
}

#[test]
fn takes_urls_apart() {
    let parse = |url| Endpoint::parse(url, "ws", "wss");
    let at = |host: &str, port, tls| Ok(Endpoint { host: host.to_owned(), port, tls });
    assert_eq!(parse("wss://fstream.binance.com/ws"), at("fstream.binance.com", 443, true));
    assert_eq!(parse("ws://[::1]:9443/stream?a=b"), at("::1", 9443, false));
    assert!(parse("https://fstream.binance.com").is_err());
    assert!(parse("wss://").is_err());
    assert!(parse("").is_err());
}

#[test]
fn refuses_plaintext_that_would_leave_the_machine() {
    let check = |url: &str| Endpoint::parse(url, "ws", "wss").unwrap().check_plaintext(false);
    assert!(check("ws://127.0.0.1:1").is_ok());
    assert!(check("ws://localhost").is_ok());
    assert!(check("ws://[::1]").is_ok());
    assert!(check("ws://10.0.0.1").is_err());
    assert!(check("ws://localhost.example.com").is_err());
    assert!(check("wss://example.com").is_ok());
}

const NAMES: MemoryNames =
    MemoryNames { inbound: "driver_feed", outbound: "feed_driver", requests: "feed_requests" };
const SIZES: MemorySizes = MemorySizes { inbound: 4096, outbound: 4096, requests: 2 };

fn head(kind: FrameKind, connection: u16) -> FrameHead {
    FrameHead::new(kind, connection, Nanos(5), 6)
}

#[test]
fn memory_wire_lends_every_kind_of_frame() {
    let (mut wire, mut peer) = memory_wire(NAMES, SIZES);
    assert_eq!(wire.poll(), WireEvent::Idle);
    let received = Nanos(5);
    peer.push(head(FrameKind::Up, 3), b"").unwrap();
    assert_eq!(wire.poll(), WireEvent::Up { connection: 3, received });
    peer.push(head(FrameKind::Message, 3), b"abc").unwrap();
    let bytes = &b"abc"[..];
    assert_eq!(wire.poll(), WireEvent::Message { connection: 3, received, meter: 6, bytes });
    let mut rest = head(FrameKind::Rest, 0);
    rest.token = 77;
    peer.push(rest, b"{}").unwrap();
    assert_eq!(wire.poll(), WireEvent::Rest { token: 77, received, meter: 6, bytes: b"{}" });
    peer.push(head(FrameKind::Tick, 0), b"").unwrap();
    assert_eq!(wire.poll(), WireEvent::Tick { received });
    peer.push(head(FrameKind::Oversized, 3), b"").unwrap();
    assert_eq!(wire.poll(), WireEvent::Oversized { connection: 3, received });
    peer.push(head(FrameKind::Down, 3), b"").unwrap();
    assert_eq!(wire.poll(), WireEvent::Down { connection: 3, received });
    drop(peer);
    assert_eq!(wire.poll(), WireEvent::Closed);
}

#[test]
fn memory_wire_counts_a_frame_as_taken_at_the_next_poll() {
    let (mut wire, mut peer) = memory_wire(NAMES, SIZES);
    let inbound = &peer.gauges()[0];
    peer.push(head(FrameKind::Message, 0), b"abc").unwrap();
    let _ = wire.poll();
    assert_eq!(inbound.waiting(), 1);
    assert_eq!(wire.poll(), WireEvent::Idle);
    assert_eq!(inbound.waiting(), 0);
}

#[test]
fn memory_wire_sends_while_connected_and_there_is_room() {
    let (mut wire, mut peer) = memory_wire(NAMES, SIZES);
    assert_eq!(wire.send(9, b"x"), SendOutcome::NotConnected);
    peer.push(head(FrameKind::Up, 9), b"").unwrap();
    let _ = wire.poll();
    let mut sent = 0;
    while wire.send(9, &[7; 100]) == SendOutcome::Sent {
        sent += 1;
    }
    assert_eq!(wire.send(9, &[7; 100]), SendOutcome::WouldBlock);
    assert!(wire.request(1) && wire.request(2) && !wire.request(3));
    assert!(peer.gauges().iter().any(|gauge| gauge.waiting() > 0));
    let took = peer.take_sent(|connection, bytes| {
        assert_eq!((connection, bytes), (9, &[7; 100][..]));
    });
    assert!(took == sent && sent > 5);
    let mut tokens = Vec::new();
    assert_eq!(peer.take_requests(|token| tokens.push(token)), 2);
    assert_eq!(tokens, [1, 2]);
    assert_eq!(wire.send(9, b"x"), SendOutcome::Sent);
    peer.push(head(FrameKind::Down, 9), b"").unwrap();
    let _ = wire.poll();
    assert_eq!(wire.send(9, b"x"), SendOutcome::NotConnected);
}

#[test]
fn memory_peer_is_told_when_a_frame_can_never_fit() {
    let (_wire, mut peer) = memory_wire(NAMES, SIZES);
    assert_eq!(peer.push(head(FrameKind::Message, 0), &[0; 1025]), Err(Full));
}

#[test]
fn null_wire_swallows_everything_until_told_to_close() {
    let stop = StopFlag::new();
    let mut wire = NullWire::new(stop.clone());
    assert_eq!(wire.poll(), WireEvent::Idle);
    assert_eq!(wire.send(0, b"x"), SendOutcome::Sent);
    assert!(wire.request(1));
    stop.raise();
    assert_eq!(wire.poll(), WireEvent::Closed);
}
