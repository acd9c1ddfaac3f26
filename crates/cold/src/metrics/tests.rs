//! The page through a small parser of its own, and the server under abuse.
#![allow(clippy::disallowed_methods, reason = "a test of deadlines wants a clock")]

use super::{
    ConnectionSample, CopySample, CounterSource, FrameSample, HealthSource, METRICS, MetricKind,
    MetricsServer, MetricsSource, SeatWatched, ShadowSample, TextForm, counter_metric_name,
    render_metrics,
};
use crate::journal::fixture::{Script, run_info};
use crate::side::{ColdActor, ColdSettings};
use actor::{Actor, Duty, Heartbeat, StopFlag};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use types::Record;

fn source() -> MetricsSource {
    let (mut sender, receiver) = link::link("gateway_cold", 256, Record::EMPTY);
    let ids = run_info().instruments.into();
    let mut actor = ColdActor::new(receiver, ids, StopFlag::new(), ColdSettings::default());
    let (cold, gauge) = (actor.handle(), sender.gauge());
    for record in &Script::small().records {
        sender.try_send(*record).expect("room");
    }
    drop(sender);
    while actor.turn() != Duty::Done {}
    MetricsSource {
        version: "0.1.0".to_owned(),
        mode: "paper".to_owned(),
        layout: "odd \"one\"\\\n".to_owned(),
        cold,
        gauges: vec![gauge],
        hearts: vec![Heartbeat::new("gateway")],
        counters: vec![CounterSource {
            actor: "gateway",
            read: Box::new(|| vec![("order_sent", "Orders sent.", 3)]),
        }],
        rules: vec!["kill_switch".to_owned(), "max_notional".to_owned()],
        rules_off: vec!["max_notional".to_owned()],
        seats: ["momentum", "microstructure", "composite"]
            .map(|member| SeatWatched {
                member: member.to_owned(),
                is_shadow: member == "composite",
            })
            .to_vec(),
        connections: Some(Box::new(|| {
            let one = |name: &str, is_up| ConnectionSample {
                name: name.to_owned(),
                is_up,
                failures: u32::from(!is_up) * 3,
            };
            vec![one("market.0", true), one("orders.0", false)]
        })),
        copies: Some(Box::new(|| {
            let one = |connection: &str, first, late| CopySample {
                connection: connection.to_owned(),
                stream: "depth",
                first,
                late,
            };
            vec![one("market.0", 7, 2), one("market.2", 2, 7)]
        })),
        frames: Some(Box::new(|| {
            let one = |what, why, count| FrameSample { actor: "normalizer", what, why, count };
            vec![one("depthUpdate", "sequence", 2), one("kline", "", 5)]
        })),
        shadows: Some(Box::new(|| vec![ShadowSample { seat: 2, fills: 4, pnl_micro: -1_500_000 }])),
    }
}

/// A sample's labels, with its value.
type Series = (BTreeMap<String, String>, f64);

/// Families and series of a page; fails on anything that the format forbids.
struct Page {
    kinds: BTreeMap<String, String>,
    series: BTreeMap<String, Vec<Series>>,
}

fn parse(text: &str) -> Page {
    let mut page = Page { kinds: BTreeMap::new(), series: BTreeMap::new() };
    let mut seen = BTreeSet::new();
    assert!(text.ends_with("\n# EOF\n"), "ends with # EOF");
    let mut helped = String::new();
    for line in text.lines() {
        if line == "# EOF" {
            continue;
        } else if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, sentence) = help.split_once(' ').expect("a name and a sentence");
            assert!(sentence.len() > 5, "{name} has help");
            name.clone_into(&mut helped);
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect("a name and a kind");
            assert_eq!(name, helped, "help stands before the type");
            assert!(page.kinds.insert(name.to_owned(), kind.to_owned()).is_none(), "{name} twice");
        } else {
            assert!(seen.insert(line.rsplit_once(' ').expect("a value").0.to_owned()), "{line}");
            let (name, labels, value) = parse_sample(line);
            page.series.entry(name).or_default().push((labels, value));
        }
    }
    page
}

fn parse_sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let name: String = line.chars().take_while(|c| !matches!(c, '{' | ' ')).collect();
    assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
    let mut rest = &line[name.len()..];
    let mut labels = BTreeMap::new();
    while let Some(inner) = rest.strip_prefix(['{', ',']) {
        let (label, after) = inner.split_once("=\"").expect("a label");
        let mut value = String::new();
        let mut chars = after.char_indices();
        let end = loop {
            match chars.next().expect("a closing quote") {
                (at, '"') => break at,
                (_, '\\') => match chars.next().expect("an escape").1 {
                    'n' => value.push('\n'),
                    c @ ('\\' | '"') => value.push(c),
                    c => panic!("escape {c}"),
                },
                (_, c) => value.push(c),
            }
        };
        labels.insert(label.to_owned(), value);
        rest = &after[end + 1..];
    }
    let value = rest.trim_start_matches('}').trim_start();
    (name, labels, value.parse().unwrap_or_else(|_| panic!("value of {line}")))
}

impl Page {
    fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let series = self.series.get(name).unwrap_or_else(|| panic!("{name} is shown"));
        let fits = |(of, _): &&Series| {
            labels.iter().all(|(k, v)| of.get(*k).map(String::as_str) == Some(*v))
        };
        series.iter().find(fits).unwrap_or_else(|| panic!("{name} {labels:?}")).1
    }
}

#[test]
fn shows_every_metric_of_the_registry() {
    let page = parse(&render_metrics(&source(), TextForm::Prometheus));
    for spec in METRICS {
        assert_eq!(page.kinds.get(spec.name).map(String::as_str), Some(spec.kind.as_str()));
        let shown = match spec.kind {
            MetricKind::Histogram => format!("{}_count", spec.name),
            _ => spec.name.to_owned(),
        };
        let series = page.series.get(&shown).unwrap_or_else(|| panic!("{shown} is shown"));
        for (labels, _) in series {
            let named: BTreeSet<_> = labels.keys().map(String::as_str).collect();
            assert_eq!(named, spec.labels.iter().copied().collect());
        }
    }
    assert_eq!(page.kinds.len(), METRICS.len() + 1, "and one actor's counter");
}

#[test]
fn names_follow_the_convention() {
    for spec in METRICS {
        assert!(spec.name.starts_with("althing_"), "{}", spec.name);
        assert_eq!(
            spec.kind == MetricKind::Counter,
            spec.name.ends_with("_total"),
            "{}",
            spec.name
        );
        assert!(!spec.labels.iter().any(|label| label.contains("order_id")));
        assert!(spec.help.ends_with('.'), "{}", spec.name);
    }
    assert_eq!(counter_metric_name("risk", "Intent-denied"), "althing_risk_intent_denied_total");
}

#[test]
fn shows_the_values_of_the_run() {
    let page = parse(&render_metrics(&source(), TextForm::Prometheus));
    assert_eq!(page.value("althing_order_actions_total", &[("action", "place")]), 2.0);
    assert_eq!(page.value("althing_denied_total", &[("rule", "max_notional")]), 1.0);
    assert_eq!(page.value("althing_denied_total", &[("rule", "kill_switch")]), 0.0);
    assert_eq!(page.value("althing_rule_passed_total", &[("rule", "kill_switch")]), 3.0);
    assert_eq!(page.value("althing_rule_on", &[("rule", "kill_switch")]), 1.0);
    assert_eq!(page.value("althing_rule_on", &[("rule", "max_notional")]), 0.0);
    assert_eq!(page.value("althing_position", &[("instrument", "BTCUSDT-PERP.BINANCE")]), 0.01);
    assert_eq!(page.value("althing_fees", &[]), 0.013);
    assert_eq!(page.value("althing_funding", &[]), 0.0);
    assert_eq!(page.value("althing_armed", &[]), 1.0);
    assert_eq!(page.value("althing_orders", &[("state", "FILLED")]), 1.0);
    assert_eq!(page.value("althing_link_sent_total", &[("link", "gateway_cold")]), 48.0);
    assert_eq!(page.value("althing_link_waiting", &[("link", "gateway_cold")]), 0.0);
    assert_eq!(page.value("althing_gateway_order_sent_total", &[]), 3.0);
    assert_eq!(page.value("althing_tick_to_order_seconds_sum", &[]), 0.000_005_2);
    let bucket = |le| page.value("althing_tick_to_order_seconds_bucket", &[("le", le)]);
    assert_eq!((bucket("0.000002"), bucket("0.000005"), bucket("+Inf")), (0.0, 2.0, 2.0));
    assert_eq!(page.value("althing_info", &[("layout", "odd \"one\"\\\n")]), 1.0);
}

#[test]
fn shows_every_seat_connection_book_and_sort_of_frame() {
    let page = parse(&render_metrics(&source(), TextForm::Prometheus));
    let votes = |seat, direction| {
        page.value("althing_member_votes_total", &[("seat", seat), ("direction", direction)])
    };
    assert_eq!((votes("0", "buy"), votes("1", "abstain"), votes("2", "sell")), (2.0, 2.0, 2.0));
    assert_eq!(votes("0", "sell"), 0.0, "at zero too: an alert wants a series to look at");
    let said = |member| page.value("althing_member_opinion", &[("member", member)]);
    assert!(said("momentum") > 0.0 && said("composite") < 0.0);
    assert_eq!(said("microstructure"), 0.0);
    let shadow = [("member", "composite"), ("shadow", "yes")];
    assert_eq!(page.value("althing_member_votes_total", &shadow), 0.0);
    assert_eq!(page.value("althing_shadow_fills_total", &[("seat", "2")]), 4.0);
    assert_eq!(page.value("althing_shadow_pnl", &[("member", "composite")]), -1.5);
    assert_eq!(page.value("althing_connection_up", &[("connection", "market.0")]), 1.0);
    assert_eq!(page.value("althing_connection_up", &[("connection", "orders.0")]), 0.0);
    assert_eq!(page.value("althing_connection_failures", &[("connection", "orders.0")]), 3.0);
    let fault = [("type", "depthUpdate"), ("why", "sequence")];
    assert_eq!(page.value("althing_frames_undecodable_total", &fault), 2.0);
    assert_eq!(page.value("althing_frames_unused_total", &[("type", "kline")]), 5.0);
    let book = |state| {
        let labels = [("instrument", "BTCUSDT-PERP.BINANCE"), ("state", state)];
        page.value("althing_book_state", &labels)
    };
    assert_eq!((book("syncing"), book("live"), book("stale")), (1.0, 0.0, 0.0));
    let came = |connection, came| {
        let labels = [("connection", connection), ("stream", "depth"), ("came", came)];
        page.value("althing_stream_messages_total", &labels)
    };
    assert_eq!((came("market.0", "first"), came("market.2", "late")), (7.0, 7.0));
    // Its sender is gone, and everything was taken.
    let link = |name| page.value(name, &[("link", "gateway_cold")]);
    assert_eq!((link("althing_link_open"), link("althing_link_waiting")), (0.0, 0.0));
    assert_eq!(link("althing_link_taken_total"), link("althing_link_sent_total"));
    for reason in ["gap", "truncated"] {
        page.value("althing_book_changes_total", &[("reason", reason)]);
    }
}

#[test]
fn buckets_are_cumulative_and_end_at_the_count() {
    let page = parse(&render_metrics(&source(), TextForm::OpenMetrics));
    let buckets = &page.series["althing_stage_seconds_bucket"];
    for stage in crate::STAGES {
        let of = |(labels, _): &&Series| labels["stage"] == stage;
        let counts: Vec<_> = buckets.iter().filter(of).map(|(_, value)| *value).collect();
        assert!(counts.is_sorted());
        let count = page.value("althing_stage_seconds_count", &[("stage", stage)]);
        assert_eq!(counts.last(), Some(&count));
    }
}

#[test]
fn open_metrics_names_a_counters_family_without_its_suffix() {
    let page = parse(&render_metrics(&source(), TextForm::OpenMetrics));
    assert_eq!(page.kinds["althing_fills"], "counter");
    assert_eq!(page.value("althing_fills_total", &[]), 1.0);
    assert!(!page.kinds.contains_key("althing_fills_total"));
}

fn server(ready: Result<(), String>) -> MetricsServer {
    let health =
        HealthSource { healthy: Box::new(|| Ok(())), ready: Box::new(move || ready.clone()) };
    MetricsServer::start("127.0.0.1:0", source(), health).expect("a free port")
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    stream
}

fn ask(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = connect(address);
    // The server may have answered and closed before all of it was sent.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).expect("text")
}

fn get(address: SocketAddr, path: &str) -> String {
    ask(address, format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())
}

#[test]
fn serves_three_pages() {
    let server = server(Err("not armed: reconciliation is running".to_owned()));
    let page = get(server.address(), "/metrics");
    let (head, body) = page.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"));
    assert!(head.contains(&format!("Content-Length: {}", body.len())));
    assert!(parse(body).series.len() > 30);
    assert!(get(server.address(), "/healthz?verbose").ends_with("\r\n\r\nok\n"));
    let ready = get(server.address(), "/readyz");
    assert!(ready.starts_with("HTTP/1.1 503 ") && ready.ends_with("reconciliation is running\n"));
    let open = ask(
        server.address(),
        b"GET /metrics HTTP/1.1\r\nHost: [::1]:1\r\nAccept: application/openmetrics-text\r\n\r\n",
    );
    assert!(open.contains("Content-Type: application/openmetrics-text; version=1.0.0"));
}

#[test]
fn answers_abuse_with_a_status_and_goes_on() {
    let server = server(Ok(()));
    let long = format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: {}", "x".repeat(9000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(100));
    let table: &[(&str, &str)] = &[
        ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "404"),
        ("GET /metrics/../etc HTTP/1.1\r\nHost: localhost\r\n\r\n", "404"),
        ("POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", "405"),
        ("DELETE /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"),
        ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n", "413"),
        ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", "413"),
        ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", "400"),
        ("GET /metrics HTTP/1.1\r\n\r\n", "400"),
        ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", "400"),
        ("GET http://localhost/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"),
        ("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n", "403"),
        ("GET /metrics HTTP/2.0\r\nHost: localhost\r\n\r\n", "400"),
        ("\u{16}\u{3}\u{1}\u{0}\u{a5}", "400"),
        ("hello\r\n\r\n", "400"),
        (&long, "431"),
        (&many, "431"),
        ("GET /healthz HTTP/1.0\r\n\r\n", "200"),
        ("GET /healthz HTTP/1.1\r\nHost: LOCALHOST:1\r\nContent-Length: 0\r\n\r\n", "200"),
    ];
    for (request, status) in table {
        let answer = ask(server.address(), request.as_bytes());
        assert_eq!(answer.get(9..12), Some(*status), "{request:?}\n{answer}");
        assert_eq!(status == &"405", answer.contains("\r\nAllow: GET\r\n"));
    }
}

#[test]
fn a_slow_client_delays_nobody() {
    let server = server(Ok(()));
    let mut slow: Vec<_> = (0..40).map(|_| connect(server.address())).collect();
    for stream in &mut slow {
        let _ = stream.write_all(b"GET /met");
    }
    let asked = Instant::now();
    assert!(get(server.address(), "/healthz").ends_with("ok\n"));
    assert!(asked.elapsed() < Duration::from_millis(900), "{:?}", asked.elapsed());
    // And the slow ones are closed after their time.
    let mut last = slow.pop().expect("a stream");
    assert_eq!(last.read(&mut [0; 8]).unwrap_or(0), 0);
    assert!(asked.elapsed() < Duration::from_secs(5));
}

#[test]
fn takes_a_request_byte_by_byte() {
    let server = server(Ok(()));
    let mut stream = connect(server.address());
    for byte in b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" {
        stream.write_all(&[*byte]).expect("sent");
        std::thread::sleep(Duration::from_millis(1));
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.ends_with("ok\n"));
}

#[test]
fn names_the_key_when_it_cannot_listen() {
    let first = server(Ok(()));
    let start = |listen: &str| {
        let health = HealthSource { healthy: Box::new(|| Ok(())), ready: Box::new(|| Ok(())) };
        MetricsServer::start(listen, MetricsSource::default(), health)
    };
    let taken = first.address().to_string();
    let sentence = start(&taken).err().expect("in use");
    assert!(sentence.starts_with(&format!("metrics.listen = \"{taken}\": the port is in use")));
    assert!(sentence.contains("port 0"));
    let sentence = start("localhost").err().expect("no port");
    assert!(sentence.contains("\"127.0.0.1:9464\""), "{sentence}");
    // The port is free again once the server is dropped.
    drop(first);
    assert!(start(&taken).is_ok());
}
