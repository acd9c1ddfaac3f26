//! The example binary as a user meets it: its member is listed, configured, votes,
//! decides on orders, is explained, and replays; the engine without it says what
//! is missing.
//!
//! Never here: a call into the engine. What is judged is what the program prints.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// The demo's file, with this crate's member alone deciding.
fn configuration() -> String {
    let demo = std::fs::read_to_string(Path::new(FOLDER).join("../../configs/demo.toml"))
        .expect("configs/demo.toml is there");
    let (mode, solo) = (
        "# Everyone votes, by weight.\nmode = \"ensemble\"\n",
        "mode = \"solo\"\nsolo = \"steady\"\n",
    );
    assert!(demo.contains(mode), "the demo's mode has moved");
    let head = "# configs/demo.toml, with the member of this crate alone deciding; made by\n\
                # `ALTHING_BLESS=1 cargo test -p example-member`.\n";
    let seat = "\n# The member of this crate.\n[[council.member]]\nname = \"steady\"\n\
                # Alone it decides; its weight says nothing.\nweight = \"1\"\n\
                # A short average, warm after four of the twenty seconds.\n\
                inputs = { average = \"ema:4\" }\n";
    let why = "# The member of this crate decides; the others vote for the record.\n";
    head.to_owned() + &demo.replacen(mode, &(why.to_owned() + solo), 1) + seat
}

fn file() -> PathBuf {
    Path::new(FOLDER).join("steady.toml")
}

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let at = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let at = at.join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&at).expect("a scratch directory");
        Self(at)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn ask(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-member"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ALTHING") {
            command.env_remove(name);
        }
    }
    command.args(arguments).output().expect("the binary starts")
}

fn document(arguments: &[&str]) -> Value {
    let said = ask(arguments);
    let err = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said.status.code(), Some(0), "{arguments:?}: {err}");
    serde_json::from_slice(&said.stdout).unwrap_or_else(|why| panic!("{why}: {err}"))
}

#[test]
fn the_file_is_the_demos_with_one_more_seat() {
    if std::env::var_os("ALTHING_BLESS").is_some() {
        std::fs::write(file(), configuration()).expect("it can be written");
    }
    let there = std::fs::read_to_string(file()).unwrap_or_default();
    assert!(there == configuration(), "steady.toml is stale: run this test with ALTHING_BLESS=1");
}

#[test]
fn it_is_listed_beside_the_engines_own() {
    let listed = document(&["members", "--json"]);
    let members = listed["members"].as_array().expect("a list");
    let names: Vec<_> = members.iter().map(|member| &member["name"]).collect();
    assert!(names.len() >= 5 && names.contains(&&Value::from("momentum")), "{names:?}");
    let ours = members.last().expect("one");
    assert_eq!(ours["name"], "steady");
    assert!(ours["from"].as_str().is_some_and(|from| from.contains("another crate")), "{ours}");
    assert_eq!(ours["params"][0]["default"], "5");
}

#[test]
fn its_parameters_and_inputs_are_checked_like_any_others() {
    let scratch = Scratch::new("checked");
    let wrong = scratch.0.join("wrong.toml");
    for (from, to, words) in [
        ("average = \"ema:4\"", "averag = \"ema:4\"", "averag"),
        ("average = \"ema:4\"", "average = \"ema:77\"", "ema:77"),
        ("name = \"steady\"\n", "name = \"steady\"\naway_min_ppm = -1\n", "away_min_ppm"),
    ] {
        let text = configuration();
        let at = text.rfind(from).expect("it is there");
        let text = format!("{}{to}{}", &text[..at], &text[at + from.len()..]);
        std::fs::write(&wrong, text).expect("written");
        let said = ask(&["config", "check", &wrong.display().to_string()]);
        let err = String::from_utf8_lossy(&said.stderr);
        assert_eq!(said.status.code(), Some(3), "{err}");
        assert!(err.contains(words), "{words}: {err}");
    }
}

#[test]
fn it_votes_both_ways_orders_is_explained_and_replays_equal() {
    let scratch = Scratch::new("whole");
    let (file, state) = (scratch.0.join("steady.toml"), scratch.0.display().to_string());
    std::fs::write(&file, configuration()).expect("written");
    let file = file.display().to_string();
    let run = document(&[
        "--virtual",
        "--config",
        &file,
        "--state",
        &state,
        "--json",
        "--duration",
        "12",
        "--rate",
        "200",
        "--instrument",
        "BTCUSDT",
    ]);
    assert_eq!(run["replay_equal"], true, "{run:#}");
    assert_eq!(run["venue_agrees"], true);
    assert_eq!(run["allocations_after_seal"], 0);
    assert!(run["orders"].as_u64().is_some_and(|orders| orders > 0), "{run:#}");
    let journal = run["journal"].as_str().expect("a journal");
    let replayed = document(&["replay", journal, "--verify", "--layout", "fused", "--json"]);
    assert_eq!(
        (&replayed["equal"], &replayed["order_digest"]),
        (&true.into(), &run["order_digest"])
    );

    let dumped = ask(&["journal", "dump", journal, "--json"]).stdout;
    let dumped = String::from_utf8(dumped).expect("text");
    let votes: Vec<Value> = dumped
        .lines()
        .filter(|line| line.contains("\"kind\":\"vote\"") && line.contains("\"steady\""))
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    for direction in ["buy", "sell", "abstain"] {
        assert!(votes.iter().any(|vote| vote["direction"] == direction), "no {direction}");
    }
    // The price and its own average are in one unit: they are never far apart.
    let away = |vote: &Value| vote["saw"][0]["value"].as_str().and_then(|v| v.parse::<i64>().ok());
    let spoken = votes.iter().filter(|vote| vote["direction"] != "abstain");
    assert!(spoken.filter_map(away).all(|ppm| ppm.abs() < 100_000), "{votes:#?}");

    let orders = document(&["orders", "--journal", journal, "--json"]);
    let first = orders["orders"][0]["client_order_id"].as_str().expect("an order").to_owned();
    let why = ask(&["why", &first, "--journal", journal]);
    let why = String::from_utf8_lossy(&why.stdout).into_owned();
    assert!(why.contains("steady"), "{why}");
}
