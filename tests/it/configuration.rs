//! `config check`, `config show`, `config hash`, and the configuration of a run.

use crate::program::althing;
use crate::scratch::Scratch;
use crate::summary::{is_digest, list, text};
use crate::worlds::demo;
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn shipped(name: &str) -> String {
    std::fs::read_to_string(format!("{ROOT}/configs/{name}.toml")).expect("a shipped file")
}

fn hash(file: &str) -> String {
    let said = althing(&["config", "hash", file]).run().code(0).text();
    let hash = said.trim().to_owned();
    assert!(is_digest(&hash), "{said}");
    hash
}

/// A shipped file with one text replaced, which must be there.
fn changed(name: &str, from: &str, to: &str) -> String {
    let text = shipped(name);
    assert!(text.contains(from), "{name} has no {from:?}");
    text.replacen(from, to, 1)
}

#[test]
fn every_shipped_file_is_in_order() {
    for name in ["demo", "paper", "testnet", "bench"] {
        let file = format!("{ROOT}/configs/{name}.toml");
        let ended = althing(&["config", "check", &file, "--json"]).run().code(0);
        assert_eq!(ended.json()["ok"], true, "{name}");
        assert_eq!(ended.json()["hash"], hash(&file), "{name}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one_and_its_place() {
    let scratch = Scratch::new();
    let cases = [
        ("quorum = 1", "quorom = 1", "council.quorom", "council.quorum"),
        ("layout = \"auto\"", "layuot = \"auto\"", "engine.layuot", "engine.layout"),
        ("[metrics]", "[metric]", "metric", "metrics"),
        ("limit_ppm = 10000", "limit_pmm = 10000", "limit_pmm", "limit_ppm"),
        ("weight = \"1\"", "wieght = \"1\"", "wieght", "weight"),
    ];
    for (from, to, key, nearest) in cases {
        let text = changed("demo", from, to);
        let file = scratch.file("demo.toml", &text);
        let at = text.find(to).expect("it is there");
        let line = 1 + text[..at].matches('\n').count();
        let place = format!("{file}:{line}:");
        let ended = althing(&["config", "check", &file]).run().code(3);
        ended.names(&[key, "unknown", "nearest", nearest, &place]);
    }
}

#[test]
fn a_value_of_the_wrong_sort_names_key_value_place_and_remedy() {
    let scratch = Scratch::new();
    let cases = [
        ("quorum = 1", "quorum = \"one\"", ["council.quorum", "\"one\"", "1 to 8"]),
        ("quorum = 1", "quorum = 9", ["council.quorum", "9", "1 to 8"]),
        ("quorum = 1", "quorum = -1", ["council.quorum", "-1", "1 to 8"]),
        ("qty = \"0.01\"", "qty = 0.01", ["council.order.qty", "0.01", "quotes"]),
        ("threshold = \"0.4\"", "threshold = \"1.4\"", ["council.threshold", "1.4", "1"]),
        ("qty = \"0.01\"", "qty = \"0.01 BTC\"", ["council.order.qty", "0.01 BTC", "decimal"]),
        ("qty = \"0.01\"", "qty = \"0\"", ["council.order.qty", "0", "1000000000000"]),
        ("mode = \"testnet\"", "mode = \"real\"", ["engine.mode", "real", "paper"]),
        ("\"ema:4\"", "\"ema:0\"", ["ema", "0", "10000"]),
        ("\"ema:4\"", "\"emma:4\"", ["emma", "ema", "imbalance"]),
        ("rate = 2000", "rate = 99999999999999999999", ["exchange.rate", "9", "10000000"]),
        ("listen = \"127.0.0.1:0\"", "listen = \"0.0.0.0:0\"", ["metrics", "0.0.0.0", "remote"]),
        ("listen = \"127.0.0.1:0\"", "listen = \"local\"", ["metrics.listen", "local", "port"]),
        ("version = 1", "version = 2", ["version", "2", "1"]),
        ("streams = [\"depth\"", "streams = [\"dept\"", ["feed.streams", "dept", "depth"]),
    ];
    for (from, to, words) in cases {
        let text = changed("demo", from, to);
        let file = scratch.file("demo.toml", &text);
        let ended = althing(&["config", "check", &file]).run().code(3).names(&words);
        let place = ended.err.find(&format!("{file}:")).map(|at| at + file.len() + 1);
        let rest = &ended.err[place.unwrap_or_else(|| panic!("no place: {}", ended.said()))..];
        let numbers: Vec<_> = rest.split(':').take(2).map(str::parse::<u32>).collect();
        assert!(numbers.iter().all(Result::is_ok), "no line and column: {}", ended.said());
    }
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    let scratch = Scratch::new();
    for (more, words) in [
        ("[links]\ncouncil_risk = 67108864\n", ["memory_mib", "MiB"]),
        ("[links]\ncouncil_risk = 1000\n", ["links.council_risk", "1024"]),
        ("[links]\ncouncil_risk = 2\n", ["links.council_risk", "at least"]),
        ("[links]\ncouncil_rsk = 8192\n", ["links.council_rsk", "council_risk"]),
        ("[links]\nfeed_normalizer = 4096\n", ["links.feed_normalizer", "at least"]),
    ] {
        let file = scratch.file("demo.toml", shipped("demo") + "\n" + more);
        althing(&["config", "check", &file]).run().code(3).names(&words);
        demo(&scratch, &["--virtual", "--config", &file]).run().code(3).names(&words);
    }
}

#[test]
fn text_that_is_no_toml_and_bytes_that_are_no_text_are_refused_with_a_place() {
    let scratch = Scratch::new();
    for (content, words) in [
        (&b"[engine\nmode = 1\n"[..], "1:"),
        (b"version = 1\nversion = 1\n", "2:"),
        (b"\xff\xfe[engine]\n", "UTF-8"),
        (b"", "instruments.ids"),
        (b"[[engine]]\n", "engine"),
        (b"council = 3\n", "council"),
    ] {
        let file = scratch.file("some.toml", content);
        althing(&["config", "check", &file]).run().code(3).names(&[&file, words]);
    }
    let directory = scratch.path().display().to_string();
    althing(&["config", "check", &directory]).run().code(3).names(&[&directory]);
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let scratch = Scratch::new();
    let text = changed("demo", "quorum = 1", "quorum = 0").replacen("seed = 1", "sead = 1", 1);
    let text = text.replacen("limit_ms = 2000", "limit_ms = \"2s\"", 1);
    let file = scratch.file("demo.toml", text);
    let ended = althing(&["config", "check", &file]).run().code(3);
    ended.names(&["council.quorum", "exchange.sead", "risk.book_live.limit_ms"]);
}

#[test]
fn the_hash_follows_the_values_and_not_the_writing() {
    let scratch = Scratch::new();
    let demo = shipped("demo");
    let first = hash(&scratch.file("a.toml", &demo));
    assert_eq!(first, hash(&scratch.file("b.toml", &demo)), "another name");
    let bare: String = demo
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .fold(String::new(), |text, line| text + "  " + &line.replace(" = ", "   =\t") + "\n\n");
    assert_eq!(first, hash(&scratch.file("c.toml", bare)), "no comments, other spaces");
    assert_eq!(first, hash(&scratch.file("d.toml", turned(&demo))), "tables the other way round");
    let crlf = demo.replace('\n', "\r\n");
    assert_eq!(first, hash(&scratch.file("e.toml", crlf)), "other line ends");
    for (from, to) in [
        ("quorum = 1", "quorum = 2"),
        ("threshold = \"0.4\"", "threshold = \"0.400001\""),
        ("limit_ppm = 10000", "limit_ppm = 10001"),
        ("seed = 1", "seed = 2"),
        ("strategy_id = 1", "strategy_id = 2"),
    ] {
        let other = hash(&scratch.file("f.toml", changed("demo", from, to)));
        assert_ne!(first, other, "{to}");
    }
    // What decides nothing is not in it, and how a number is written neither.
    for (from, to) in [
        ("layout = \"auto\"", "layout = \"fused\""),
        ("wait = \"auto\"", "wait = \"spin_park\""),
        ("threshold = \"0.4\"", "threshold = \"0.40\""),
        ("threshold = \"0.4\"", "threshold = 0.4"),
        ("qty = \"0.01\"", "qty = \"1e-2\""),
        ("seed = 1", "seed = 0x1"),
    ] {
        let same = hash(&scratch.file("g.toml", changed("demo", from, to)));
        assert_eq!(first, same, "{to}");
    }
}

/// The same file with its single tables in the opposite order.
fn turned(text: &str) -> String {
    let mut tables: Vec<String> = vec![String::new()];
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with('[') {
            tables.push(String::new());
        }
        let table = tables.last_mut().expect("one at least");
        table.push_str(line);
        table.push('\n');
    }
    let head = tables.remove(0);
    let lists = |table: &&String| table.starts_with("[[");
    let members: String = tables.iter().filter(lists).cloned().collect();
    tables.retain(|table| !table.starts_with("[["));
    tables.reverse();
    head + &tables.concat() + &members
}

fn shown(value: &Value, key: &str) -> (String, String) {
    let rows = list(value, "values");
    let row = rows.iter().find(|row| row["key"] == key);
    let row = row.unwrap_or_else(|| panic!("{key} is not shown"));
    (text(row, "value").to_owned(), text(row, "from").to_owned())
}

#[test]
fn show_tells_each_value_and_where_it_comes_from() {
    let file = format!("{ROOT}/configs/demo.toml");
    let show = ["config", "show", &file, "--json"];
    let document = althing(&show)
        .env("ALTHING__COUNCIL__THRESHOLD", "0.6")
        .env("ALTHING__COUNCIL__MEMBER__1__WEIGHT", "0.5")
        .env("ALTHING__RISK__MAX_POSITION__LIMIT", "0.2")
        .run()
        .code(0)
        .json();
    let (value, from) = shown(&document, "council.threshold");
    assert!(value.contains("0.6") && from.contains("ALTHING__COUNCIL__THRESHOLD"), "{from}");
    let (value, from) = shown(&document, "council.member[1].weight");
    assert!(value.contains("0.5") && from.contains("MEMBER__1__WEIGHT"), "{from}");
    let (value, from) = shown(&document, "risk.max_position.limit");
    assert!(value.contains("0.2") && from.contains("MAX_POSITION"), "{from}");
    let (value, from) = shown(&document, "council.quorum");
    let line =
        1 + shipped("demo").split("quorum = 1").next().expect("a head").matches('\n').count();
    assert_eq!((value.as_str(), from.contains(&format!("{file}:{line}:"))), ("1", true), "{from}");
    let (_, from) = shown(&document, "engine.memory_mib");
    assert_eq!(from, "default");
    assert_ne!(document["hash"], hash(&file), "an override counts");
    let table = althing(&["config", "show", &file]).run().code(0).text();
    for row in list(&document, "values") {
        assert!(table.contains(text(row, "key")), "{row}");
    }
}

#[test]
fn an_override_that_names_nothing_is_refused() {
    let check = ["config", "check"];
    let cases = [
        ("ALTHING__COUNCIL__TRESHOLD", "0.6", ["ALTHING__COUNCIL__TRESHOLD", "council.threshold"]),
        ("ALTHING__COUNCIL__THRESHOLD", "x", ["ALTHING__COUNCIL__THRESHOLD", "0 to 1"]),
        (
            "ALTHING__COUNCIL__MEMBER__7__WEIGHT",
            "1",
            ["ALTHING__COUNCIL__MEMBER__7__WEIGHT", "council.member"],
        ),
        ("ALTHING__EXCHANGE__SEED", "-1", ["ALTHING__EXCHANGE__SEED", "-1"]),
    ];
    for (name, value, words) in cases {
        althing(&check).env(name, value).run().code(3).names(&words);
    }
}

#[test]
fn the_file_is_never_written_to() {
    let scratch = Scratch::new();
    let text = shipped("demo");
    let file = scratch.file("demo.toml", &text);
    let arguments = ["--virtual", "--duration", "1", "--rate", "100", "--config", &file];
    demo(&scratch, &arguments).run().code(0);
    althing(&["config", "show", &file]).run().code(0);
    assert_eq!(std::fs::read_to_string(&file).expect("still there"), text);
}

#[test]
fn a_secret_is_never_shown() {
    let scratch = Scratch::new();
    let text = changed(
        "demo",
        "network = \"embedded\"",
        "network = \"embedded\"\nkey_env = \"IT_KEY\"\nsecret_env = \"IT_SECRET\"",
    );
    let file = scratch.file("demo.toml", text);
    for verb in ["show", "check", "hash"] {
        let ended = althing(&["config", verb, &file])
            .env("IT_KEY", "key-4711")
            .env("IT_SECRET", "secret-4711")
            .run();
        assert!(
            !ended
                .said()
                .replace("IT_SECRET=secret-4711", "")
                .replace("IT_KEY=key-4711", "")
                .contains("4711")
        );
        ended.code(0);
    }
}

#[test]
fn the_test_mode_is_refused_on_an_address_of_the_real_exchange() {
    for (key, url) in [
        ("REST", "https://fapi.binance.com"),
        ("WS", "wss://fstream.binance.com"),
        ("WS_API", "wss://WS-FAPI.binance.com.:443"),
    ] {
        let config = format!("{}/../../configs/demo.toml", env!("CARGO_MANIFEST_DIR"));
        let ended = althing(&["config", "check", "--config", &config])
            .env("ALTHING__VENUES__BINANCE__NETWORK", "custom")
            .env("ALTHING__VENUES__BINANCE__REST", "http://127.0.0.1:1")
            .env("ALTHING__VENUES__BINANCE__WS", "ws://127.0.0.1:1")
            .env("ALTHING__VENUES__BINANCE__KEY_ENV", "IT_KEY")
            .env("ALTHING__VENUES__BINANCE__SECRET_ENV", "IT_SECRET")
            .env(&format!("ALTHING__VENUES__BINANCE__{key}"), url)
            .run();
        ended.code(3).names(&[&format!("venues.binance.{}", key.to_lowercase()), url, "real"]);
    }
}
