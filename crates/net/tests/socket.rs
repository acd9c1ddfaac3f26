//! The wire over sockets against servers that behave and servers that do not.
#![allow(clippy::disallowed_methods, reason = "tests: servers on threads, deadlines")]
#![allow(clippy::unwrap_used, reason = "tests: helpers outside #[test]")]
#![allow(missing_docs, reason = "tests")]

mod common;

use actor::{SendOutcome, Wire, WireEvent};
use common::*;
use net::{ConnectionPlan, SocketWire, Target, WireSettings};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tungstenite::Message;
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};

#[test]
fn sends_text_and_reads_the_echo() {
    let address = serve_ws(|_, mut socket| echo(&mut socket));
    let (mut wire, handle) = wire(vec![plan(7, address)]);
    assert_eq!(wire.send(7, b"early"), SendOutcome::NotConnected);
    assert_eq!(next(&mut wire), Seen::Up(7));
    assert_eq!(wire.send(7, b"{\"id\":1}"), SendOutcome::Sent);
    assert_eq!(next(&mut wire), text(7, "{\"id\":1}"));
    assert_eq!(wire.send(8, b"x"), SendOutcome::NotConnected);
    let counters = handle.counters().read();
    assert_eq!((counters.messages, counters.bytes, counters.writes), (1, 8, 1));
    assert_eq!((counters.connects, counters.connect_failures), (1, 0));
    assert!(handle.status().connections[0].up);
}

#[test]
fn stamps_never_go_back() {
    let address = serve_ws(|_, mut socket| {
        (0..100).for_each(|turn| socket.send(say(&turn.to_string())).unwrap());
        linger(&mut socket);
    });
    let (mut wire, _handle) = wire(vec![plan(0, address)]);
    let (mut last, mut seen) = (None, 0);
    let start = Instant::now();
    while seen < 100 {
        if let WireEvent::Message { received, meter, .. } = wire.poll() {
            assert!(received.0 > 1_700_000_000_000_000_000 && Some((received, meter)) >= last);
            last = Some((received, meter));
            seen += 1;
        }
        assert!(start.elapsed() < PATIENCE);
    }
}

#[test]
fn reads_big_messages() {
    let address = serve_ws(|_, mut socket| {
        for size in [1 << 20, 1, 900_000, 70_000] {
            socket.send(Message::binary(vec![b'x'; size])).unwrap();
        }
        linger(&mut socket);
    });
    let (mut wire, _handle) = wire(vec![plan(0, address)]);
    assert_eq!(next(&mut wire), Seen::Up(0));
    for size in [1 << 20, 1, 900_000, 70_000] {
        assert_eq!(next(&mut wire), Seen::Message(0, vec![b'x'; size]));
    }
}

#[test]
fn reads_fragmented_messages() {
    let address = serve_ws(|_, mut socket| {
        let part = |bytes: &'static [u8], data, last| {
            Message::Frame(Frame::message(bytes, OpCode::Data(data), last))
        };
        socket.send(part(b"one ", Data::Text, false)).unwrap();
        socket.send(Message::Ping("between".into())).unwrap();
        socket.send(part(b"two ", Data::Continue, false)).unwrap();
        socket.send(part(b"three", Data::Continue, true)).unwrap();
        linger(&mut socket);
    });
    let (mut wire, _handle) = wire(vec![plan(0, address)]);
    assert_eq!(next(&mut wire), Seen::Up(0));
    assert_eq!(next(&mut wire), text(0, "one two three"));
}

#[test]
fn answers_a_ping_with_its_payload() {
    let address = serve_ws(|_, mut socket| {
        socket.send(Message::Ping("payload".into())).unwrap();
        assert_eq!(socket.read().unwrap(), Message::Pong("payload".into()));
        socket.send(say("it came")).unwrap();
        linger(&mut socket);
    });
    let (mut wire, handle) = wire(vec![plan(0, address)]);
    assert_eq!(next(&mut wire), Seen::Up(0));
    assert_eq!(next(&mut wire), text(0, "it came"));
    assert_eq!(handle.counters().read().pings, 1);
}

#[test]
fn keeps_what_came_right_behind_the_handshake() {
    let address = serve(|_, mut stream| {
        let asked = read_http(&mut stream);
        let key = asked.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let mut answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: {}\r\n\r\n",
            derive_accept_key(key.as_bytes())
        )
        .into_bytes();
        answer.extend(b"\x81\x05early\x81\x05ear");
        stream.write_all(&answer).unwrap();
        let mut ping = [0; 1];
        let _ = stream.read(&mut ping);
        hang(stream);
    });
    let (mut wire, _handle) = wire(vec![plan(0, address)]);
    assert_eq!(next(&mut wire), Seen::Up(0));
    assert_eq!(next(&mut wire), text(0, "early"));
}

/// A server whose first connection gets `bytes` and is closed; the second is fine.
fn first_gets(bytes: &'static [u8], why: &str) {
    let address = serve_ws(move |turn, mut socket| {
        socket.send(say("hello")).unwrap();
        if turn == 0 {
            socket.get_mut().write_all(bytes).unwrap();
        } else {
            linger(&mut socket);
        }
    });
    let (mut wire, handle) = wire(vec![plan(0, address)]);
    assert_eq!(next(&mut wire), Seen::Up(0));
    assert_eq!(next(&mut wire), text(0, "hello"));
    assert_eq!(next(&mut wire), Seen::Down(0));
    assert_eq!(next(&mut wire), Seen::Up(0));
    assert_eq!(next(&mut wire), text(0, "hello"));
    let reason = &handle.status().connections[0].last_reason;
    assert!(reason.contains(why), "{reason}");
    assert_eq!(handle.counters().read().disconnects, 1);
}

#[test]
fn reconnects_when_closed_in_the_middle_of_a_message() {
    first_gets(b"\x81\x64only ten b", "without a close frame");
}

#[test]
fn reconnects_on_garbage() {
    first_gets(&[0xff; 64], "reserved");
}

#[test]
fn reconnects_on_text_that_is_not_utf8() {
    first_gets(b"\x81\x02\xc3\x28", "UTF-8");
}

#[test]
fn reconnects_on_a_masked_frame() {
    first_gets(b"\x81\x81\x00\x00\x00\x00x", "masked");
}

#[test]
fn hands_out_what_came_before_a_close_frame() {
    let (said, heard) = mpsc::channel();
    let said = std::sync::Mutex::new(said);
    let address = serve_ws(move |turn, mut socket| {
        if turn == 0 {
            socket.write(say("last words")).unwrap();
            let frame = tungstenite::protocol::CloseFrame {
                code: CloseCode::Restart,
                reason: "maintenance".into(),
            };
            socket.close(Some(frame)).unwrap();
            linger(&mut socket);
            said.lock().unwrap().send(socket.can_read()).unwrap();
        } else {
            linger(&mut socket);
        }
    });
    let (mut wire, handle) = wire(vec![plan(0, address)]);
    assert_eq!(next(&mut wire), Seen::Up(0));
    assert_eq!(next(&mut wire), text(0, "last words"));
    assert_eq!(next(&mut wire), Seen::Down(0));
    assert_eq!(next(&mut wire), Seen::Up(0));
    assert!(handle.status().connections[0].last_reason.contains("1012"));
    // Our close frame reached the server, which then ended the connection.
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(false));
}

#[test]
fn reports_an_oversized_message_then_reconnects() {
    let address = serve_ws(|turn, mut socket| {
        let size = if turn == 0 { 1001 } else { 1000 };
        let _ = socket.send(Message::binary(vec![1; size]));
        linger(&mut socket);
    });
    let settings = WireSettings { max_message: 1000, ..settings() };
    let (mut wire, handle) = SocketWire::start(settings, vec![plan(0, address)], None).unwrap();
    assert_eq!(next(&mut wire), Seen::Up(0));
    assert_eq!(next(&mut wire), Seen::Oversized(0));
    assert_eq!(next(&mut wire), Seen::Down(0));
    assert_eq!(next(&mut wire), Seen::Up(0));
    assert_eq!(next(&mut wire), Seen::Message(0, vec![1; 1000]));
    assert_eq!(handle.counters().read().oversized, 1);
}

#[test]
fn gives_up_a_handshake_that_is_never_answered() {
    let address = serve(|turn, stream| {
        if turn == 0 {
            hang(stream);
        } else if let Ok(mut socket) = tungstenite::accept(stream) {
            linger(&mut socket);
        }
    });
    let settings = WireSettings { handshake_timeout: Duration::from_millis(150), ..settings() };
    let (mut wire, handle) = SocketWire::start(settings, vec![plan(0, address)], None).unwrap();
    assert_eq!(next(&mut wire), Seen::Up(0));
    assert!(handle.counters().read().connect_failures >= 1);
    let reason = handle.status().connections[0].last_reason.clone();
    assert!(reason.contains("handshake"), "{reason}");
}

#[test]
fn gives_up_a_connection_that_hangs() {
    let address = serve_ws(|_, socket| std::mem::forget(socket));
    let mut plan = plan(0, address);
    plan.silence_limit = Duration::from_millis(120);
    let (mut wire, handle) = wire(vec![plan]);
    assert_eq!(next(&mut wire), Seen::Up(0));
    let up = Instant::now();
    assert_eq!(next(&mut wire), Seen::Down(0));
    assert!(up.elapsed() > Duration::from_millis(100), "{:?}", up.elapsed());
    assert_eq!(next(&mut wire), Seen::Up(0));
    assert_eq!(handle.status().connections[0].last_reason, "silent beyond the limit");
    assert!(handle.counters().read().keepalives >= 1);
}

#[test]
fn keeps_a_quiet_connection_that_answers_pings() {
    let address = serve_ws(|_, mut socket| linger(&mut socket));
    let mut plan = plan(0, address);
    plan.silence_limit = Duration::from_millis(600);
    let (mut wire, handle) = wire(vec![plan]);
    assert_eq!(next(&mut wire), Seen::Up(0));
    let counters = handle.counters();
    let quiet = |event: WireEvent<'_>| assert_eq!(event, WireEvent::Idle);
    until(&mut wire, quiet, || counters.read().keepalives >= 4);
}

#[test]
fn a_poller_that_was_away_blames_itself_not_the_connection() {
    let address = serve_ws(|_, mut socket| linger(&mut socket));
    let mut plan = plan(0, address);
    plan.silence_limit = Duration::from_millis(800);
    let (mut wire, handle) = wire(vec![plan]);
    assert_eq!(next(&mut wire), Seen::Up(0));
    let away = Instant::now();
    while away.elapsed() < Duration::from_millis(1000) {
        std::thread::yield_now();
    }
    let counters = handle.counters();
    let quiet = |event: WireEvent<'_>| assert_eq!(event, WireEvent::Idle);
    until(&mut wire, quiet, || counters.read().keepalives >= 2);
}

#[test]
fn gives_up_a_polled_connection_that_hangs() {
    let address = serve_ws(|_, socket| std::mem::forget(socket));
    let plans = (0..6).map(|connection| {
        let mut plan = plan(connection, address);
        plan.silence_limit = Duration::from_millis(120);
        plan
    });
    let (mut wire, handle) = wire(plans.collect());
    let mut downs = [false; 6];
    while downs.contains(&false) {
        if let Seen::Down(connection) = next(&mut wire) {
            downs[usize::from(connection)] = true;
        }
    }
    assert!(handle.counters().read().keepalives >= 6);
}

#[test]
fn waits_for_a_server_that_comes_up_later() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (mut wire, handle) = wire(vec![plan(0, address)]);
    let counters = handle.counters();
    until(&mut wire, |_| {}, || counters.read().connect_failures >= 3);
    let status = handle.status().connections[0].clone();
    assert!(!status.up && status.failures >= 3);
    assert!(status.last_reason.contains("refused"), "{}", status.last_reason);
    serve_on(TcpListener::bind(address).unwrap(), |_, stream| {
        if let Ok(mut socket) = tungstenite::accept(stream) {
            linger(&mut socket);
        }
    });
    assert_eq!(next(&mut wire), Seen::Up(0));
}

#[test]
fn asks_for_its_url_and_subscribes_at_each_opening() {
    let address = serve_ws(|turn, mut socket| {
        let subscription = socket.read().unwrap();
        socket.send(say(&format!("{turn}: {subscription}"))).unwrap();
        if turn > 0 {
            linger(&mut socket);
        }
    });
    let asked = Arc::new(AtomicUsize::new(0));
    let mut plan = plan(0, address);
    plan.subscribe = Some("SUBSCRIBE".to_owned());
    plan.url = Target::Asked(Box::new({
        let asked = Arc::clone(&asked);
        move || match asked.fetch_add(1, Ordering::SeqCst) {
            0 => Err("no key yet".to_owned()),
            turn => Ok(format!("ws://{address}/ws/key{turn}")),
        }
    }));
    let (mut wire, handle) = wire(vec![plan]);
    for turn in 0..2 {
        assert_eq!(next(&mut wire), Seen::Up(0));
        assert_eq!(next(&mut wire), text(0, &format!("{turn}: SUBSCRIBE")));
        if turn == 0 {
            assert_eq!(next(&mut wire), Seen::Down(0));
        }
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    let counters = handle.counters().read();
    assert_eq!((counters.connects, counters.connect_failures), (2, 1));
}

#[test]
fn sends_its_headers_and_tells_a_refusal() {
    let (said, heard) = mpsc::channel();
    let said = std::sync::Mutex::new(said);
    let address = serve(move |_, stream| {
        let asked = answer_http(stream, "403 Forbidden", "", b"no");
        let _ = said.lock().unwrap().send(asked);
    });
    let mut plan = plan(0, address);
    plan.headers = vec![("X-Api-Key".to_owned(), "abc".to_owned())];
    let (mut wire, handle) = wire(vec![plan]);
    let counters = handle.counters();
    until(&mut wire, |_| {}, || counters.read().connect_failures >= 1);
    let asked = heard.recv_timeout(PATIENCE).unwrap().to_ascii_lowercase();
    assert!(asked.contains("x-api-key: abc") && asked.starts_with("get /ws "), "{asked}");
    let reason = handle.status().connections[0].last_reason.clone();
    assert!(reason.contains("403"), "{reason}");
}

#[test]
fn refuses_plaintext_to_another_machine() {
    let (mut wire, handle) = wire(vec![ConnectionPlan::new(0, "ws://192.0.2.1/ws")]);
    let counters = handle.counters();
    until(&mut wire, |_| {}, || counters.read().connect_failures >= 1);
    assert!(handle.status().connections[0].last_reason.contains("plaintext"));
}

#[test]
fn refuses_the_same_connection_twice() {
    let plans = vec![ConnectionPlan::new(3, "ws://x"), ConnectionPlan::new(3, "ws://y")];
    let refused = SocketWire::start(settings(), plans, None).err();
    assert_eq!(refused.as_deref(), Some("connection 3 is planned twice"));
}

/// Fills a socket with messages of `size` bytes that nobody reads; then what the
/// server reads is exactly what was reported as sent. The outcome that ended it.
fn fill(size: usize) -> SendOutcome {
    let (go, wait) = mpsc::channel::<()>();
    let (said, heard) = mpsc::channel();
    let (wait, said) = (std::sync::Mutex::new(wait), std::sync::Mutex::new(said));
    let address = serve_ws(move |turn, mut socket| {
        if turn > 0 {
            return linger(&mut socket);
        }
        let _ = wait.lock().unwrap().recv();
        while let Ok(message) = socket.read() {
            if message.is_text() {
                said.lock().unwrap().send(message.to_string()).unwrap();
            }
        }
        said.lock().unwrap().send("the end".to_owned()).unwrap();
    });
    let (mut wire, handle) = wire(vec![plan(0, address)]);
    assert_eq!(next(&mut wire), Seen::Up(0));
    let order = |turn: usize| format!("{turn:0size$}");
    let mut sent = 0;
    let outcome = loop {
        match wire.send(0, order(sent).as_bytes()) {
            SendOutcome::Sent => sent += 1,
            other => break other,
        }
    };
    if outcome == SendOutcome::WouldBlock {
        // None of it went: the socket is as before, and takes it later.
        go.send(()).unwrap();
        let start = Instant::now();
        while wire.send(0, order(sent).as_bytes()) != SendOutcome::Sent {
            assert_eq!(wire.poll(), WireEvent::Idle);
            assert!(start.elapsed() < PATIENCE);
        }
        sent += 1;
        handle.shut();
        drop(wire);
    } else {
        assert_eq!(wire.send(0, b"x"), SendOutcome::NotConnected);
        assert_eq!(next(&mut wire), Seen::Down(0));
        go.send(()).unwrap();
        assert_eq!(next(&mut wire), Seen::Up(0));
        assert!(handle.status().connections[0].last_reason.contains("written whole"));
    }
    for turn in 0..sent {
        assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), order(turn));
    }
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), "the end");
    outcome
}

/// Frames as long as a page of the socket's buffer go whole or not at all.
#[test]
fn a_full_socket_takes_none_or_the_connection_is_given_up() {
    let outcomes: Vec<_> = [50, 1000, 16_000].map(fill).to_vec();
    assert!(
        outcomes
            .iter()
            .all(|outcome| { matches!(outcome, SendOutcome::WouldBlock | SendOutcome::Failed) })
    );
}

#[test]
fn refuses_a_message_beyond_what_it_may_send() {
    let address = serve_ws(|_, mut socket| echo(&mut socket));
    let (mut wire, handle) = wire(vec![plan(0, address)]);
    assert_eq!(next(&mut wire), Seen::Up(0));
    assert_eq!(wire.send(0, &vec![b'x'; (16 << 10) + 1]), SendOutcome::WouldBlock);
    assert_eq!(wire.send(0, &vec![b'y'; 16 << 10]), SendOutcome::Sent);
    assert_eq!(next(&mut wire), Seen::Message(0, vec![b'y'; 16 << 10]));
    assert_eq!(handle.counters().read().oversized_sends, 1);
}

/// With `count` connections of which the first never pauses.
fn nobody_starves(count: u16) {
    let plans = (0..count)
        .map(|connection| {
            let address = serve_ws(move |_, mut socket| {
                if connection == 0 {
                    while socket.write(say("flood")).is_ok() {}
                } else {
                    (0..200).for_each(|turn| socket.send(say(&turn.to_string())).unwrap());
                    linger(&mut socket);
                }
            });
            plan(connection * 10, address)
        })
        .collect();
    let (mut wire, _handle) = wire(plans);
    let mut got = vec![0; usize::from(count)];
    while got[1..].iter().any(|got| *got < 200) {
        match next(&mut wire) {
            Seen::Message(0, bytes) => assert_eq!(bytes, b"flood"),
            Seen::Message(connection, bytes) => {
                let got = &mut got[usize::from(connection / 10)];
                assert_eq!(bytes, got.to_string().into_bytes());
                *got += 1;
            }
            Seen::Up(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn nobody_starves_beside_a_flood_when_read_directly() {
    nobody_starves(3);
}

#[test]
fn nobody_starves_beside_a_flood_when_polled() {
    nobody_starves(9);
}

#[test]
fn polled_connections_come_and_go() {
    let plans = (0..8).map(|connection| {
        let address = serve_ws(move |turn, mut socket| {
            socket.send(say(&turn.to_string())).unwrap();
            if turn > 2 {
                echo(&mut socket);
            }
        });
        plan(connection, address)
    });
    let (mut wire, handle) = wire(plans.collect());
    let mut last = [None; 8];
    let start = Instant::now();
    while last.iter().any(|last| *last != Some(3)) {
        if let Seen::Message(connection, bytes) = next(&mut wire) {
            last[usize::from(connection)] = String::from_utf8(bytes).unwrap().parse::<u8>().ok();
        }
        assert!(start.elapsed() < PATIENCE);
    }
    assert_eq!(handle.counters().read().disconnects, 24);
    for connection in 0..8 {
        assert_eq!(wire.send(connection, b"still here"), SendOutcome::Sent);
        assert_eq!(next(&mut wire), text(connection, "still here"));
    }
}

#[test]
fn ends_when_shut() {
    let address = serve_ws(|_, mut socket| linger(&mut socket));
    let (mut wire, handle) = wire(vec![plan(0, address)]);
    assert_eq!(next(&mut wire), Seen::Up(0));
    handle.shut();
    assert_eq!(wire.poll(), WireEvent::Closed);
    drop(wire);
    ends_soon(&handle);
}

#[test]
fn ends_when_dropped() {
    let (wire, handle) = wire(vec![ConnectionPlan::new(0, "ws://127.0.0.1:1/")]);
    drop(wire);
    ends_soon(&handle);
}

fn ends_soon(handle: &net::WireHandle) {
    let start = Instant::now();
    while handle.threads() > 0 {
        assert!(start.elapsed() < Duration::from_secs(2), "{} threads left", handle.threads());
        std::thread::yield_now();
    }
}
