//! Where a run stands, from small journals.

use super::{Standing, standing};
use crate::journal::fixture::{
    BTC, Script, TempDir, command, id, record, touch, transition, write, writer,
};
use crate::journal::{Ending, Journal};
use crate::names::{Names, RuleWords, SeatWords};
use account::Gate;
use types::{
    Balance, BookChange, BookState, CommandOp, Funding, Kind, Money, OrderState, ReportStatus,
    StateReason,
};

fn names() -> Names {
    let rule = |name: &str| RuleWords { name: name.to_owned(), ..RuleWords::default() };
    Names { rules: vec![rule("kill_latch"), rule("max_position")], ..Names::default() }
}

fn of(script: &Script) -> Standing {
    let directory = TempDir::new();
    write(directory.path(), &script.records, 1 << 20);
    standing(&Journal::open(directory.path()).expect("a journal")).expect("intact")
}

fn book(state: BookState, reason: StateReason) -> types::Record {
    record(Kind::BookChange, BookChange::new(state, reason))
}

fn lived() -> Script {
    let mut script = Script::new();
    let mut asset = [0; 16];
    asset[..4].copy_from_slice(b"USDT");
    let told =
        |total: &[u8]| Balance { asset, total: Money::parse(total).expect("money").into(), pad: 0 };
    script.group(&[record(Kind::Balance, told(b"1000"))]);
    script.group(&[record(Kind::Balance, told(b"1500.5"))]);
    let amount = Money::parse(b"-0.25").expect("money").into();
    script.group(&[record(Kind::Funding, Funding { asset, amount, exch_ts: types::Nanos(1) })]);
    script.opening();
    script.group(&[command(CommandOp::OrderLinkUp, 1)]);
    script.group(&[command(CommandOp::PrivateLinkUp, 1)]);
    script.group(&[book(BookState::Live, StateReason::Bridged), touch(6_499_990, 6_500_010)]);
    script.placing(1);
    script.accepted(1);
    script.filled(1, 6_500_000, 10);
    script.placing(2);
    script.denied(3);
    script
}

#[test]
fn tells_orders_positions_balances_feeds_and_books_by_the_record() {
    let mut script = lived();
    script.group(&[command(CommandOp::PrivateLinkDown, 0)]);
    let unknown = transition(2, OrderState::Submitted, OrderState::Unknown, ReportStatus::Sent);
    script.group(&[command(CommandOp::OrderLinkDown, 0), unknown]);
    script.group(&[book(BookState::Stale, StateReason::Disconnected)]);
    let standing = of(&script);
    let told = standing.to_json("testnet", &names());
    assert_eq!((&told["world"], &told["armed"]), (&"testnet".into(), &true.into()));
    assert_eq!(told["breaker"][0]["scope"], "engine");
    assert_eq!(told["breaker"][0]["state"], "ARMED");
    assert_eq!(told["breaker"][0]["cause"], "arm");
    assert_eq!(told["orders"]["FILLED"], 1, "{told:#}");
    assert_eq!(told["orders"]["UNKNOWN"], 1);
    assert_eq!(told["unknown"][0]["client_order_id"], id(2).to_string());
    assert_eq!(told["denied"]["max_position"], 1, "{told:#}");
    assert_eq!(told["positions"][0]["instrument"], "BTCUSDT-PERP.BINANCE");
    assert_eq!(told["positions"][0]["qty"], "0.01");
    assert_eq!(told["balances"], serde_json::json!([{"asset": "USDT", "total": "1500.5"}]));
    assert_eq!(told["funding"], "-0.25");
    let states: Vec<_> = [0, 1, 2].map(|at| told["feeds"][at]["state"].clone()).to_vec();
    assert_eq!(states, ["DOWN", "DOWN", "DOWN"]);
    assert_eq!(told["books"][0]["state"], "STALE");
    assert_eq!(told["books"][0]["reason"], "disconnected");
    assert_eq!(told["books"][0]["bid"], "64999.90");
    assert_eq!(told["sealed"], true);
    let page = standing.to_text("testnet", &names());
    for words in [
        "testnet, over, its record is sealed",
        "breaker   ARMED (armed), by arm at 1970",
        "UNKNOWN   ",
        "denied    1 by max_position",
        "position  BTCUSDT-PERP.BINANCE 0.01 at 65000",
        "funding -0.25 included",
        "balance   USDT 1500.5, as last told",
        "feed      orders DOWN since",
        "book      BTCUSDT-PERP.BINANCE STALE (disconnected)  64999.90 ×",
    ] {
        assert!(page.contains(words), "{words:?} is not in:\n{page}");
    }
}

#[test]
fn a_breaker_names_the_strictest_switch_and_what_threw_it() {
    let table = [
        (CommandOp::Drain, Gate::Draining, "DRAINING", "drain"),
        (CommandOp::Disarm, Gate::Disarmed, "DISARMED", "disarm"),
        (CommandOp::Stop, Gate::Stopped, "STOPPED", "stop"),
        (CommandOp::Kill, Gate::Killed, "KILLED", "kill"),
    ];
    for (op, gate, state, cause) in table {
        let mut script = lived();
        script.group(&[command(op, 0)]);
        // What changes nothing is no cause.
        script.group(&[command(CommandOp::CancelAll, 0)]);
        let standing = of(&script);
        assert_eq!(standing.breaker.gate, gate);
        let told = standing.to_json("paper", &names());
        assert_eq!(
            (&told["breaker"][0]["state"], &told["breaker"][0]["cause"]),
            (&state.into(), &cause.into())
        );
    }
}

#[test]
fn a_run_that_goes_on_is_told_from_what_is_there() {
    let directory = TempDir::new();
    let mut writer = writer(directory.path(), 1 << 20);
    for record in &lived().records {
        writer.append(record).expect("taken");
    }
    writer.flush().expect("written");
    let standing = standing(&Journal::open(directory.path()).expect("open")).expect("intact");
    assert!(matches!(standing.ending, Ending::Unsealed(_)));
    let page = standing.to_text("paper", &names());
    assert!(page.starts_with("paper, running, or ended by force"), "{page}");
    assert_eq!(standing.to_json("paper", &names())["sealed"], false);
    assert_eq!(standing.feeds.iter().filter(|feed| feed.is_up).count(), 3);
    assert!(standing.unknown().next().is_none());
    drop(writer);
}

#[test]
fn tells_each_seat_each_rule_and_each_order_that_works() {
    let standing = of(&lived());
    let seat = |name: &str, weight_ppm| SeatWords {
        name: name.to_owned(),
        weight_ppm,
        ..SeatWords::default()
    };
    let names = Names { seats: vec![seat("momentum", 500_000), seat("quiet", 0)], ..names() };
    let told = standing.to_json("paper", &names);
    let working = told["working"].as_array().expect("a list");
    assert_eq!(working.len(), 1, "{told:#}");
    assert_eq!(working[0]["client_order_id"], id(2).to_string());
    let rules = told["rules"].as_array().expect("a list");
    assert_eq!(
        (&rules[0]["rule"], &rules[1]["rule"]),
        (&"kill_latch".into(), &"max_position".into())
    );
    assert_eq!(rules[1]["denied"], 1, "{told:#}");
    assert!(rules[0]["passed"].as_u64() > Some(0), "{told:#}");
    let members = told["members"].as_array().expect("a list");
    let votes = &standing.stats.votes_by_seat;
    assert_eq!(members.len(), votes.len().max(2), "{told:#}");
    assert_eq!(members[0]["votes"]["buy"], votes[0][0], "{told:#}");
    assert!(votes[0][0] > 0, "no vote, no proof");
    assert!(members[0]["says"]["BTCUSDT-PERP.BINANCE"].is_string(), "{told:#}");
    let page = standing.to_text("paper", &names);
    let order = format!("working   {}", id(2));
    for words in ["member    momentum ", "member    quiet (shadow) ", " 1 denied", &order] {
        assert!(page.contains(words), "{words:?} is not in:\n{page}");
    }
}

#[test]
fn a_rule_that_is_off_a_built_in_refusal_and_one_that_was_not_asked_are_told_apart() {
    let standing = of(&lived());
    let rule = |name: &str| RuleWords { name: name.to_owned(), ..RuleWords::default() };
    let more = ["mark_collar", "max_short", "duplicate_order"].map(rule);
    let mut names = names();
    names.rules.extend(more);
    names.off.insert("mark_collar".to_owned(), "no mark price is told".to_owned());
    names.built_in.push("duplicate_order".to_owned());
    let page = standing.to_text("paper", &names);
    for line in ["rule      not asked yet: max_short", "rule      off: mark_collar"] {
        assert!(page.lines().any(|of| of == line), "{line:?} is not in:\n{page}");
    }
    assert!(!page.contains("duplicate_order"), "{page}");
    let rules = standing.to_json("paper", &names)["rules"].clone();
    assert_eq!(rules[2]["off"], "no mark price is told", "{rules:#}");
    assert!(rules[3]["off"].is_null(), "{rules:#}");
}

#[test]
fn before_anything_was_said_nothing_is_claimed() {
    let mut script = Script::new();
    script.group(&[command(CommandOp::Epoch, 7)]);
    let standing = of(&script);
    let told = standing.to_json("paper", &Names::default());
    assert_eq!(told["armed"], false);
    assert_eq!(told["breaker"][0]["state"], "DISARMED");
    assert_eq!(told["breaker"][0]["cause"], "start");
    assert_eq!(told["orders"], serde_json::json!({}));
    assert_eq!(told["positions"], serde_json::json!([]));
    // A configured instrument has a book from the start: one that waits.
    assert_eq!(told["books"][0]["state"], "SYNCING");
    assert_eq!(told["books"][0]["bid"], serde_json::Value::Null);
    assert_eq!(BTC.index(), 0);
}
