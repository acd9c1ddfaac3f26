//! REST: the blocking client, and the requests of a wire.
#![allow(clippy::disallowed_methods, reason = "tests: servers on threads, deadlines")]
#![allow(clippy::unwrap_used, reason = "tests: helpers outside #[test]")]
#![allow(missing_docs, reason = "tests")]

mod common;

use actor::{Wire, WireEvent};
use common::*;
use net::{Method, Rest, RestCall, RestClient, RestPlan, RestSettings, SocketWire, WireHandle};
use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

fn client(address: SocketAddr, settings: RestSettings) -> RestClient {
    RestClient::new(&format!("http://{address}/api/"), settings).unwrap()
}

fn quick() -> RestSettings {
    RestSettings { timeout: Duration::from_millis(200), max_body: 1000, ..RestSettings::default() }
}

#[test]
fn asks_with_each_method_and_says_what_was_answered() {
    let (said, heard) = mpsc::channel();
    let said = Mutex::new(said);
    let address = serve(move |_, stream| {
        let asked = answer_http(stream, "200 OK", "", b"{}");
        said.lock().unwrap().send(asked).unwrap();
    });
    let mut client = client(address, RestSettings::default());
    let headers = [("X-MBX-APIKEY", "key")];
    let asked = |reply: Result<net::Reply, net::RestError>, line: &str| {
        let reply = reply.unwrap();
        assert_eq!((reply.status, &reply.body[..], reply.is_ok()), (200, &b"{}"[..], true));
        let asked = heard.recv_timeout(PATIENCE).unwrap();
        assert!(asked.starts_with(line), "{asked}");
        assert!(asked.to_ascii_lowercase().contains("x-mbx-apikey: key"), "{asked}");
        asked
    };
    asked(client.get("/v3/time?a=1&b=%20", &headers), "GET /api/v3/time?a=1&b=%20 HTTP/1.1");
    asked(client.post("/v3/order?x=1", &headers), "POST /api/v3/order?x=1 HTTP/1.1");
    asked(client.put("/v3/key", &headers), "PUT /api/v3/key HTTP/1.1");
    asked(client.delete("/v3/order", &headers), "DELETE /api/v3/order HTTP/1.1");
    let posted = client.call(Method::Post, "/info", &headers, b"{\"type\":\"meta\"}");
    assert!(asked(posted, "POST /api/info HTTP/1.1").ends_with("{\"type\":\"meta\"}"));
}

#[test]
fn a_status_outside_2xx_is_an_answer() {
    let address = serve(|_, stream| {
        answer_http(stream, "429 Too Many Requests", "Retry-After: 7\r\n", b"slow down");
    });
    let reply = client(address, quick()).get("/", &[]).unwrap();
    assert_eq!((reply.status, reply.retry_after_s, reply.is_ok()), (429, Some(7), false));
    assert_eq!(reply.body, b"slow down");
}

#[test]
fn follows_no_redirect() {
    let address = serve(|_, stream| {
        answer_http(stream, "302 Found", "Location: http://127.0.0.1:1/\r\n", b"");
    });
    assert_eq!(client(address, quick()).post("/order", &[]).unwrap().status, 302);
}

#[test]
fn a_refused_connection_has_sent_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = client(address, quick()).get("/?signature=secret", &[]).unwrap_err();
    assert!(error.not_sent, "{error}");
    assert!(!error.sentence.contains("secret"), "{error}");
}

#[test]
fn a_timeout_may_have_sent_everything() {
    let address = serve(|_, stream| hang(stream));
    let start = Instant::now();
    let error = client(address, quick()).post("/order?signature=secret", &[]).unwrap_err();
    assert!(!error.not_sent && start.elapsed() < PATIENCE);
    assert!(!error.sentence.contains("secret"), "{error}");
}

#[test]
fn a_connection_closed_unanswered_may_have_sent_everything_and_is_not_retried() {
    let (said, heard) = mpsc::channel();
    let said = Mutex::new(said);
    let address = serve(move |_, mut stream| {
        said.lock().unwrap().send(read_http(&mut stream)).unwrap();
    });
    let mut client = client(address, quick());
    let error = client.post("/order", &[]).unwrap_err();
    assert!(!error.not_sent, "{error}");
    assert!(heard.recv_timeout(PATIENCE).is_ok());
    drop(client);
    assert!(heard.try_recv().is_err());
}

#[test]
fn a_body_beyond_the_limit_is_an_error() {
    let address = serve(|turn, stream| {
        answer_http(stream, "200 OK", "", &vec![b'x'; if turn == 0 { 1000 } else { 1001 }]);
    });
    let mut client = client(address, quick());
    assert_eq!(client.get("/", &[]).unwrap().body.len(), 1000);
    let error = client.get("/", &[]).unwrap_err();
    assert!(error.sentence.contains("limit 1000"), "{error}");
}

#[test]
fn refuses_what_it_cannot_or_may_not_ask() {
    let new = |base| RestClient::new(base, RestSettings::default()).err();
    assert!(new("http://192.0.2.1").unwrap().contains("plaintext"));
    assert!(new("ftp://127.0.0.1").is_some());
    assert!(new("").is_some());
    let settings = RestSettings { extra_ca: Some("/no/such/file".into()), ..quick() };
    assert!(RestClient::new("https://127.0.0.1", settings).err().unwrap().contains("/no/such"));
    let address = serve(|_, stream| hang(stream));
    let error = client(address, quick()).get("/", &[("X", "line\nbreak")]).unwrap_err();
    assert!(error.not_sent && !error.sentence.contains("break"), "{error}");
}

fn fetching(address: SocketAddr, settings: RestSettings) -> (SocketWire, WireHandle) {
    let resolver = Box::new(move |token| RestCall {
        method: Method::Get,
        url: format!("http://{address}/depth?token={token}"),
        headers: vec![],
    });
    let plan = RestPlan { settings, depth: 4, ..RestPlan::new(resolver) };
    SocketWire::start(common::settings(), vec![], Some(plan)).unwrap()
}

#[test]
fn a_wire_fetches_what_it_is_asked_for() {
    let address = serve(|_, stream| {
        let mut stream = stream;
        let asked = read_http(&mut stream);
        let token = asked.split("token=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", token.len());
        let _ = write!(stream, "{answer}Connection: close\r\n\r\n{token}");
    });
    let (mut wire, handle) = fetching(address, RestSettings::default());
    for token in 1..20_u64 {
        assert!(wire.request(token) && wire.request(token + 100));
        let mut got = [next(&mut wire), next(&mut wire)];
        got.sort_by_key(|seen| if let Seen::Rest(token, _) = seen { *token } else { 0 });
        let wanted = |token: u64| Seen::Rest(token, token.to_string().into_bytes());
        assert_eq!(got, [wanted(token), wanted(token + 100)]);
    }
    let counters = handle.counters().read();
    assert_eq!((counters.rest_requests, counters.rest_failures), (38, 0));
}

/// The first answer is bad, the second good.
fn tries_again(settings: RestSettings, bad: fn(std::net::TcpStream), why: &str) {
    let address = serve(move |turn, stream| {
        if turn == 0 {
            bad(stream);
        } else {
            answer_http(stream, "200 OK", "", b"good");
        }
    });
    let (mut wire, handle) = fetching(address, settings);
    assert!(wire.request(5));
    assert_eq!(next(&mut wire), Seen::Rest(5, b"good".to_vec()));
    let counters = handle.counters().read();
    assert_eq!((counters.rest_requests, counters.rest_failures), (2, 1));
    let reason = handle.status().rest_last_reason;
    assert!(reason.contains(why) && !reason.contains("token"), "{reason}");
}

#[test]
fn a_wire_asks_again_after_a_500() {
    let bad = |stream| drop(answer_http(stream, "500 Oops", "", b"bad"));
    tries_again(quick(), bad, "status 500");
}

#[test]
fn a_wire_asks_again_after_a_timeout() {
    tries_again(quick(), hang, "timeout");
}

#[test]
fn a_wire_asks_again_after_an_oversized_body() {
    let bad = |stream| drop(answer_http(stream, "200 OK", "", &[b'x'; 5000]));
    tries_again(quick(), bad, "limit 1000");
}

#[test]
fn a_wire_waits_as_long_as_the_server_asks() {
    let start = Instant::now();
    let bad = |stream| {
        drop(answer_http(stream, "429 Too Many Requests", "Retry-After: 1\r\n", b""));
    };
    tries_again(quick(), bad, "status 429");
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_wire_without_rest_refuses_and_a_full_queue_too() {
    let (mut wire, _handle) = common::wire(vec![]);
    assert!(!wire.request(1));
    let address = serve(|_, stream| hang(stream));
    let (mut wire, _handle) = fetching(address, RestSettings::default());
    // Four are on their way, four wait in the queue, one is being made.
    let start = Instant::now();
    while wire.request(1) {
        assert!(start.elapsed() < PATIENCE);
    }
    assert_eq!(wire.poll(), WireEvent::Idle);
}

#[test]
fn a_call_under_way_is_ended_from_another_thread() {
    let (said, heard) = mpsc::channel();
    let said = Mutex::new(said);
    let address = serve(move |_, stream| {
        let _ = said.lock().unwrap().send(());
        hang(stream);
    });
    let settings = RestSettings { timeout: Duration::from_secs(600), ..RestSettings::default() };
    let mut rest = client(address, settings);
    let breaker = rest.breaker();
    let asking = std::thread::spawn(move || rest.get("/", &[]));
    heard.recv().unwrap();
    breaker.end_calls();
    // Ten minutes otherwise.
    assert!(asking.join().unwrap().is_err());
}

#[test]
fn a_fetcher_that_panics_is_told_by_the_handle() {
    let plan = RestPlan::new(Box::new(|_| panic!("planted")));
    let (mut wire, handle) = SocketWire::start(common::settings(), vec![], Some(plan)).unwrap();
    assert!(!handle.is_broken());
    assert!(wire.request(1));
    until(&mut wire, |_| {}, || handle.is_broken());
}

#[test]
fn a_wire_ends_in_the_middle_of_a_call() {
    let address = serve(|_, stream| hang(stream));
    let (mut wire, handle) = fetching(address, RestSettings::default());
    assert!(wire.request(1));
    let counters = handle.counters();
    until(&mut wire, |_| {}, || counters.read().rest_requests == 1);
    handle.shut();
    drop(wire);
    let start = Instant::now();
    while handle.threads() > 0 {
        assert!(start.elapsed() < Duration::from_secs(3), "{} threads left", handle.threads());
        std::thread::yield_now();
    }
}
