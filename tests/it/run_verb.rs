//! `althing run`: until it is told to stop, with metrics and health while it runs, and a sealed
//! journal behind it.

use crate::audit::audit;
use crate::http::{exchange, get};
use crate::program::{Program, Running, althing};
use crate::scratch::Scratch;
use crate::summary::text;
use crate::worlds::{Run, files};
use nix::sys::signal::{Signal, kill};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn paper(scratch: &Scratch) -> Program {
    let (file, state) = (format!("{ROOT}/configs/paper.toml"), scratch.at("state"));
    althing(&["run", "--config", &file, "--state", &state, "--seed", "5", "--rate", "500"])
        .env("ALTHING__METRICS__LISTEN", "127.0.0.1:0")
        // Opinions and orders within seconds instead of minutes.
        .env("ALTHING__COUNCIL__THRESHOLD", "0.2")
}

/// `run` against an exchange in another process.
fn elsewhere(scratch: &Scratch, rest: &str, ws: &str) -> Program {
    let (config, state) = (format!("{ROOT}/configs/demo.toml"), scratch.at("state"));
    althing(&["run", "--config", &config, "--duration", "3", "--state", &state])
        .env("ALTHING__VENUES__BINANCE__NETWORK", "custom")
        .env("ALTHING__VENUES__BINANCE__REST", rest)
        .env("ALTHING__VENUES__BINANCE__WS", ws)
        .env("ALTHING__VENUES__BINANCE__KEY_ENV", "IT_KEY")
        .env("ALTHING__VENUES__BINANCE__SECRET_ENV", "IT_SECRET")
        .env("IT_KEY", "test-key")
        .env("IT_SECRET", "test-secret")
}

/// Where its metrics are, as it says itself.
fn authority(running: &mut Running) -> String {
    running.until(|_, err| {
        let (_, rest) = err.split_once("http://")?;
        Some(rest.split_once("/metrics")?.0.to_owned())
    })
}

/// The value of a sample, named with its labels.
fn sample(page: &str, name: &str) -> Option<f64> {
    let value = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    value.parse().ok()
}

fn only_journal(scratch: &Scratch) -> PathBuf {
    let journals = files(&scratch.path().join("state/journal"));
    assert_eq!(journals.len(), 1, "{journals:?}");
    journals[0].clone()
}

fn is_sealed_and_replays(journal: &Path) -> Value {
    let journal = journal.display().to_string();
    let verified = althing(&["journal", "verify", &journal, "--json"]).run().code(0).json();
    assert_eq!(verified["ending"], "sealed", "{verified}");
    let replay = ["replay", &journal, "--verify", "--layout", "fused", "--json"];
    let replayed = althing(&replay).run().code(0).json();
    assert_eq!(replayed["equal"], true, "{replayed}");
    for key in ["orders", "events", "order_digest"] {
        assert_eq!(replayed[key], verified[key], "{key}");
    }
    replayed
}

#[test]
fn answers_while_it_runs_and_leaves_a_journal_that_replays() {
    let scratch = Scratch::new();
    let mut running = paper(&scratch).start();
    let at = authority(&mut running);
    running.poll(|| get(&at, "/readyz").filter(|answer| answer.status == 200));
    assert_eq!(get(&at, "/healthz").expect("an answer").status, 200);
    let metrics = running.poll(|| {
        let answer = get(&at, "/metrics")?;
        let actions = sample(&answer.body, "althing_records_total{kind=\"action\"}");
        (actions >= Some(3.0)).then_some(answer)
    });
    is_an_exposition(&metrics.body);
    assert!(metrics.head.contains("content-type: text/plain"), "{}", metrics.head);
    assert_eq!(get(&at, "/nothing").expect("an answer").status, 404);
    let page = &metrics.body;
    assert_eq!(sample(page, "althing_allocations_after_seal_total"), Some(0.0));
    assert_eq!(sample(page, "althing_armed"), Some(1.0));
    running.terminate();
    let ended = running.finish().code(0);
    let line = ended.text();
    let journal = only_journal(&scratch);
    assert!(line.contains(&journal.display().to_string()), "{line}");
    let replayed = is_sealed_and_replays(&journal);
    assert_ne!(replayed["orders"], json!(0));
}

#[test]
fn status_asks_the_running_engine_for_its_actors_links_and_connections() {
    let scratch = Scratch::new();
    let (state, file) = (scratch.at("state"), scratch.path().join("state/metrics"));
    let mut running = paper(&scratch).start();
    let at = authority(&mut running);
    running.poll(|| get(&at, "/readyz").filter(|answer| answer.status == 200));
    let asked = ["status", "--state", &state];
    // The port was 0: only the run itself knows which one it has.
    let told = althing(&[&asked[..], &["--json"]].concat()).run().code(0).json();
    assert_eq!(told["metrics"], format!("http://{at}/metrics"), "{told:#}");
    let names = |key: &str, name: &str| -> Vec<String> {
        let all = told[key].as_array().expect(key);
        all.iter().map(|of| text(of, name).to_owned()).collect()
    };
    for actor in ["feed", "normalizer", "indicator", "council", "risk", "gateway"] {
        assert!(names("actors", "actor").iter().any(|name| name == actor), "{told:#}");
    }
    for actor in told["actors"].as_array().expect("actors") {
        assert!(actor["turns_per_s"].as_u64() > Some(0), "{actor}");
    }
    assert!(names("links", "link").iter().any(|name| name == "council_risk"), "{told:#}");
    assert!(names("connections", "connection").iter().any(|name| name == "market.0"), "{told:#}");
    assert_eq!(told["book_dropped"], 0);
    let page = althing(&asked).run().code(0).text();
    for head in ["actor     gateway ", "link      risk_gateway ", "wire      market.0 UP"] {
        assert!(page.lines().any(|line| line.starts_with(head)), "no {head:?} in:\n{page}");
    }
    assert!(file.exists(), "beside the lock");
    running.terminate();
    running.finish().code(0);
    assert!(!file.exists(), "the address outlived the run");
    let told = althing(&[&asked[..], &["--json"]].concat()).run().code(0).json();
    assert!(told["metrics"].is_null() && told["actors"].is_null(), "{told:#}");
    // After an end by force the address stays, and nobody answers there.
    let mut running = paper(&scratch).start();
    let at = authority(&mut running);
    running.poll(|| get(&at, "/readyz").filter(|answer| answer.status == 200));
    kill(running.pid(), Signal::SIGKILL).expect("our own child");
    running.finish();
    let page = althing(&asked).run().code(0).text();
    assert!(page.contains("nobody answers") && page.contains(&at), "{page}");
}

/// Prometheus' text format: every sample has a HELP and a TYPE before it, the house's prefix, and a
/// number; no order ids as labels.
fn is_an_exposition(page: &str) {
    let mut known = std::collections::BTreeSet::new();
    let mut samples = 0;
    for line in page.lines().filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("name and type");
            assert!(["counter", "gauge", "histogram", "summary"].contains(&kind), "{line}");
            assert!(known.insert(name.to_owned()), "declared twice: {line}");
            continue;
        }
        if line.starts_with('#') {
            assert!(line.starts_with("# HELP ") || line.starts_with("# EOF"), "{line}");
            continue;
        }
        let name = line.split([' ', '{']).next().expect("a name");
        assert!(name.starts_with("althing_"), "{line}");
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        assert!(known.contains(name) || family.is_some_and(|f| known.contains(f)), "{line}");
        let value = line.rsplit(' ').next().expect("a value");
        assert!(value.parse::<f64>().is_ok(), "{line}");
        assert!(!line.contains("client_order_id"), "{line}");
        samples += 1;
    }
    assert!(samples > 20, "{page}");
}

#[test]
fn metrics_survive_clients_that_send_anything() {
    let scratch = Scratch::new();
    let mut running = paper(&scratch).start();
    let at = authority(&mut running);
    let long = [b"GET /".as_slice(), &[b'x'; 100_000], b" HTTP/1.1\r\n\r\n"].concat();
    for bytes in [
        &b"\r\n\r\n"[..],
        b"\0\xff\xfe\r\n\r\n",
        b"POST /metrics HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"GET\r\n\r\n",
        &long,
    ] {
        let _ = exchange(&at, bytes);
    }
    assert_eq!(get(&at, "/healthz").expect("an answer").status, 200);
    running.terminate();
    running.finish().code(0);
}

#[test]
fn ends_at_a_signal_at_any_time_of_its_start() {
    // Before it said anything, after its first word, and when it runs.
    for stage in 0..3 {
        let scratch = Scratch::new();
        let mut running = paper(&scratch).start();
        match stage {
            0 => {}
            1 => running.poll(|| scratch.path().join("state").exists().then_some(())),
            _ => running.until(|_, err| err.contains("running").then_some(())),
        }
        running.terminate();
        let ended = running.finish();
        // Before the handler stands, the system ends it; after that it ends in order, and says so
        // when there was nothing to end yet.
        let in_order = [Some(0), Some(1)].contains(&ended.code);
        assert!(in_order || (stage == 0 && ended.code.is_none()), "{stage}: {}", ended.said());
        if ended.code == Some(0) {
            is_sealed_and_replays(&only_journal(&scratch));
        }
    }
}

#[test]
fn ends_by_itself_after_its_duration_with_every_order_accounted_for() {
    let scratch = Scratch::new();
    let (config, state) = (format!("{ROOT}/configs/demo.toml"), scratch.at("state"));
    let arguments = ["run", "--config", &config, "--duration", "3", "--state", &state];
    althing(&arguments).run().code(0);
    let journal = only_journal(&scratch);
    is_sealed_and_replays(&journal);
    let listed = ["orders", "--journal", &journal.display().to_string(), "--json"];
    let listed = althing(&listed).run().code(0).json();
    let orders = listed["orders"].as_array().expect("orders");
    assert!(!orders.is_empty(), "three seconds of the demo place orders");
    for order in orders {
        let ends = ["FILLED", "CANCELED", "EXPIRED", "REJECTED", "DENIED", "ABSENT"];
        assert!(ends.contains(&text(order, "state")), "{order}");
    }
}

#[test]
fn two_runs_in_one_state_keep_their_records_apart() {
    let scratch = Scratch::new();
    for runs in 1..=2 {
        let mut running = paper(&scratch).start();
        running.until(|_, err| err.contains("running").then_some(()));
        running.terminate();
        running.finish().code(0);
        assert_eq!(files(&scratch.path().join("state/journal")).len(), runs);
    }
    for journal in files(&scratch.path().join("state/journal")) {
        is_sealed_and_replays(&journal);
    }
}

#[test]
fn a_port_in_use_is_named() {
    let scratch = Scratch::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let ended = paper(&scratch).env("ALTHING__METRICS__LISTEN", &address).run();
    ended.code(3).names(&[&address, "metrics"]);
}

#[test]
fn a_venue_that_is_not_there_is_named_and_waited_for_no_longer_than_a_start() {
    let scratch = Scratch::new();
    // Bound and closed: nobody listens.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let (rest, ws) = (format!("http://127.0.0.1:{port}"), format!("ws://127.0.0.1:{port}"));
    let ended = elsewhere(&scratch, &rest, &ws).run();
    ended.code(4).names(&[&port.to_string()]);
}

#[test]
fn live_is_refused() {
    let scratch = Scratch::new();
    let config = format!("{ROOT}/configs/live.toml");
    let ended = althing(&["run", "--config", &config]).within(&scratch).run();
    assert!([Some(3), Some(5)].contains(&ended.code), "{}", ended.said());
    ended.names(&["live", "paper"]);
    assert!(files(scratch.path()).is_empty(), "it left something behind");
}

#[test]
fn over_sockets_to_another_process_the_record_is_the_same_kind() {
    let scratch = Scratch::new();
    let venue = ["venue", "--dialect", "binance_usdm", "--seed", "3", "--rate", "500", "--json"];
    let mut venue = althing(&venue).start();
    let told: Value = venue.until(|out, _| serde_json::from_str(out).ok());
    elsewhere(&scratch, text(&told, "rest"), text(&told, "ws")).run().code(0);
    venue.terminate();
    venue.finish().code(0);
    let replayed = is_sealed_and_replays(&only_journal(&scratch));
    assert_ne!(replayed["orders"], json!(0));
}

#[test]
fn a_venue_in_another_process_takes_its_model_from_a_configuration() {
    let scratch = Scratch::new();
    let shipped = std::fs::read_to_string(format!("{ROOT}/configs/demo.toml"));
    let shipped = shipped.expect("it is there");
    let model = "[exchange]\n# Seen in the balance.\nwallet = \"4321\"\n";
    let model = format!("{model}maker_fee_ppm = 0\ntaker_fee_ppm = 0\n");
    let config = scratch.file("venue.toml", shipped.replace("[exchange]\n", &model));
    let venue = ["venue", "--dialect", "binance_usdm", "--config", &config, "--seed", "3"];
    let mut venue = althing(&[&venue[..], &["--json"]].concat()).start();
    let told: Value = venue.until(|out, _| serde_json::from_str(out).ok());
    elsewhere(&scratch, text(&told, "rest"), text(&told, "ws")).run().code(0);
    venue.terminate();
    venue.finish().code(0);
    let status = althing(&["status", "--state", &scratch.at("state"), "--json"]).run().code(0);
    let status = status.json();
    let known = status["balances"].as_array().expect("balances");
    let usdt = known.iter().find(|balance| balance["asset"] == "USDT").expect("USDT");
    assert!(text(usdt, "total").starts_with("43"), "{usdt}");
    assert_eq!(status["fees"].as_str().map(|fees| fees.trim_matches(['0', '.'])), Some(""));
    let wrong = scratch.file("wrong.toml", "version = 1\n[exchange]\nwalet = \"1\"\n");
    let arguments = ["venue", "--dialect", "binance_usdm", "--config", &wrong];
    althing(&arguments).run().code(3).names(&["wrong.toml", "walet"]);
}

#[test]
fn the_ed25519_key_that_a_venue_in_another_process_names_logs_on_there() {
    let scratch = Scratch::new();
    let venue = ["venue", "--dialect", "binance_usdm", "--seed", "3", "--rate", "500"];
    let mut venue = althing(&venue).start();
    let said = venue.until(|out, _| out.contains("PKCS").then(|| out.to_owned()));
    let word_after = |mark: &str| {
        let (_, rest) = said.split_once(mark).unwrap_or_else(|| panic!("no {mark:?} in {said}"));
        rest.split([' ', ',', ';', '\n']).next().expect("a word").to_owned()
    };
    let (rest, ws) = (word_after(" at "), word_after(" and "));
    let run = elsewhere(&scratch, &rest, &ws)
        .env("ALTHING__VENUES__BINANCE__KEY_TYPE", "ed25519")
        .env("IT_KEY", &word_after("ed25519: key "))
        .env("IT_SECRET", &word_after("Base64) "));
    run.run().code(0);
    venue.terminate();
    venue.finish().code(0);
    let replayed = is_sealed_and_replays(&only_journal(&scratch));
    assert_ne!(replayed["orders"], json!(0));
}

#[test]
fn a_demo_that_is_interrupted_still_tells_and_keeps_what_it_did() {
    let scratch = Scratch::new();
    let arguments = ["--seed", "5", "--duration", "60", "--rate", "500"];
    let mut running = crate::worlds::demo(&scratch, &arguments).start();
    running.poll(|| scratch.path().join("state/journal").exists().then_some(()));
    running.until(|_, err| err.contains("events").then_some(()));
    running.terminate();
    let summary = running.finish().code(0).json();
    assert_eq!(summary["replay_equal"], true);
    audit(&Run { summary, scratch });
}
