//! wss and https against a server with a certificate made for the test.
#![allow(clippy::disallowed_methods, reason = "tests: servers on threads, deadlines")]
#![allow(clippy::unwrap_used, reason = "tests: helpers outside #[test]")]
#![allow(missing_docs, reason = "tests")]

mod common;

use actor::{CountingAllocator, SendOutcome, Wire, allocations, seal_thread};
use common::*;
use net::{ConnectionPlan, RestClient, RestSettings, SocketWire, WireSettings};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use tungstenite::Message;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// A certificate for `localhost` in a file, and a server that has it.
fn certified(name: &str) -> (PathBuf, Arc<ServerConfig>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let path = std::env::temp_dir().join(format!("althing-{}-{name}.pem", std::process::id()));
    std::fs::write(&path, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (path, Arc::new(config))
}

fn secure(
    stream: TcpStream,
    config: &Arc<ServerConfig>,
) -> StreamOwned<ServerConnection, TcpStream> {
    StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)
}

fn trusting(path: PathBuf) -> WireSettings {
    WireSettings { extra_ca: Some(path), ..settings() }
}

fn plan_tls(address: SocketAddr) -> Vec<ConnectionPlan> {
    vec![ConnectionPlan::new(0, format!("wss://localhost:{}/ws", address.port()))]
}

fn serve_wss(
    config: Arc<ServerConfig>,
    each: impl Fn(usize, tungstenite::WebSocket<StreamOwned<ServerConnection, TcpStream>>)
    + Send
    + Sync
    + 'static,
) -> SocketAddr {
    serve(move |turn, stream| {
        if let Ok(socket) = tungstenite::accept(secure(stream, &config)) {
            each(turn, socket);
        }
    })
}

/// Every size crosses the record limit of 16 KiB somewhere.
#[test]
fn wss_carries_messages_both_ways_and_only_tls_allocates() {
    let (path, config) = certified("echo");
    let address = serve_wss(config, |_, mut socket| echo(&mut socket));
    let (mut wire, handle) = SocketWire::start(trusting(path), plan_tls(address), None).unwrap();
    assert_eq!(next(&mut wire), Seen::Up(0));
    for size in [1, 100, 16_000, 16_384] {
        assert_eq!(wire.send(0, &vec![b'x'; size]), SendOutcome::Sent);
        assert_eq!(next(&mut wire), Seen::Message(0, vec![b'x'; size]));
    }
    let before = handle.counters().read().messages;
    // On a thread of its own: the harness' thread stays unsealed.
    let (line, tls) = std::thread::spawn(move || {
        seal_thread();
        for _ in 0..1000 {
            assert_eq!(wire.send(0, b"{\"id\":1}"), SendOutcome::Sent);
            let mut got = 0;
            while got == 0 {
                if let actor::WireEvent::Message { bytes, .. } = wire.poll() {
                    got = bytes.len();
                }
            }
            assert_eq!(got, 8);
        }
        allocations()
    })
    .join()
    .unwrap();
    assert_eq!(handle.counters().read().messages, before + 1000);
    assert_eq!(line, 0, "the line allocated");
    assert!(tls > 0, "TLS is counted apart");
}

#[test]
fn wss_reads_big_messages_and_reconnects() {
    let (path, config) = certified("big");
    let address = serve_wss(config, |turn, mut socket| {
        let first = socket.read().unwrap();
        socket.send(first).unwrap();
        socket.send(Message::binary(vec![b'y'; 1 << 20])).unwrap();
        if turn > 0 {
            linger(&mut socket);
        }
    });
    let mut plans = plan_tls(address);
    plans[0].subscribe = Some("SUBSCRIBE".to_owned());
    let (mut wire, _handle) = SocketWire::start(trusting(path), plans, None).unwrap();
    for turn in 0..2 {
        assert_eq!(next(&mut wire), Seen::Up(0));
        assert_eq!(next(&mut wire), text(0, "SUBSCRIBE"));
        assert_eq!(next(&mut wire), Seen::Message(0, vec![b'y'; 1 << 20]));
        if turn == 0 {
            assert_eq!(next(&mut wire), Seen::Down(0));
        }
    }
}

#[test]
fn refuses_a_certificate_that_nobody_vouches_for() {
    let (_path, config) = certified("stranger");
    let address = serve_wss(config, |_, mut socket| linger(&mut socket));
    let (mut wire, handle) = SocketWire::start(settings(), plan_tls(address), None).unwrap();
    let counters = handle.counters();
    until(&mut wire, |_| {}, || counters.read().connect_failures >= 1);
    let reason = handle.status().connections[0].last_reason.to_ascii_lowercase();
    assert!(reason.contains("certificate"), "{reason}");
}

#[test]
fn refuses_a_certificate_for_another_name() {
    let (path, config) = certified("name");
    let address = serve_wss(config, |_, mut socket| linger(&mut socket));
    let plans = vec![ConnectionPlan::new(0, format!("wss://127.0.0.1:{}/", address.port()))];
    let (mut wire, handle) = SocketWire::start(trusting(path), plans, None).unwrap();
    let counters = handle.counters();
    until(&mut wire, |_| {}, || counters.read().connect_failures >= 1);
    let reason = handle.status().connections[0].last_reason.to_ascii_lowercase();
    assert!(reason.contains("certificate"), "{reason}");
}

#[test]
fn refuses_to_start_with_a_file_that_holds_no_certificate() {
    let path = std::env::temp_dir().join(format!("althing-{}-empty.pem", std::process::id()));
    std::fs::write(&path, "nothing").unwrap();
    let refused = SocketWire::start(trusting(path), vec![], None).err().unwrap();
    assert!(refused.contains("no certificate"), "{refused}");
}

#[test]
fn https_trusts_the_extra_certificate_and_only_with_it() {
    let (path, config) = certified("rest");
    let address = serve(move |_, stream| {
        answer_http(secure(stream, &config), "200 OK", "", b"{}");
    });
    let base = format!("https://localhost:{}", address.port());
    let trusting = RestSettings { extra_ca: Some(path), ..RestSettings::default() };
    let reply = RestClient::new(&base, trusting).unwrap().get("/time", &[]).unwrap();
    assert_eq!((reply.status, reply.body), (200, b"{}".to_vec()));
    let refused = RestClient::new(&base, RestSettings::default()).unwrap().get("/time", &[]);
    assert!(refused.is_err());
}
