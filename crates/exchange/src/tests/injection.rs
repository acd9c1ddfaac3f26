//! Faults of streams, clocks and connections, seen from outside.

use serde_json::Value;

use super::{START, ask, order};
use crate::{
    Destination, Exchange, ExchangeConfig, FaultScript, Outgoing, StreamKind, Target, WireAction,
};

const MS: i64 = 1_000_000;

fn with(script: &str) -> Exchange {
    let mut config = ExchangeConfig::synthetic(7).on_virtual_time(START);
    (config.order_latency_ns, config.reply_latency_ns) = (0, 0);
    config.faults = FaultScript::parse(script).unwrap();
    Exchange::new(config).unwrap()
}

fn run(script: &str, ms: i64) -> Vec<Outgoing> {
    let mut out = Vec::new();
    with(script).advance(START + ms * MS, &mut out);
    out
}

fn depth(out: &[Outgoing]) -> Vec<&Outgoing> {
    let of = |o: &&Outgoing| matches!(o.to, Destination::Market { kind: StreamKind::Depth, .. });
    out.iter().filter(of).collect()
}

#[test]
fn gap_leaves_out_exactly_one_depth_message() {
    let (clean, gap) = (run("", 500), run("[[fault]]\nwhen = \"depth#5\"\ndo = \"gap\"\n", 500));
    let mut expected: Vec<Outgoing> = depth(&clean).into_iter().cloned().collect();
    expected.remove(4);
    assert_eq!(depth(&gap).into_iter().cloned().collect::<Vec<_>>(), expected);
}

#[test]
fn duplicate_reorder_and_garbage_change_one_message() {
    let clean = run("", 500);
    let clean = depth(&clean);
    let out = run("[[fault]]\nwhen = \"depth#5\"\ndo = \"duplicate\"\n", 500);
    let struck = depth(&out);
    assert_eq!(struck.len(), clean.len() + 1);
    assert_eq!(struck[4].text, struck[5].text);
    let out = run("[[fault]]\nwhen = \"depth#5\"\ndo = \"garbage\"\ntext = \"{oops\"\n", 500);
    assert_eq!(depth(&out)[4].text, "{oops");
    let out = run("[[fault]]\nwhen = \"depth#5\"\ndo = \"reorder\"\n", 500);
    let struck: Vec<&String> = depth(&out).iter().map(|o| &o.text).collect();
    assert_eq!(struck.len(), clean.len());
    assert_eq!((struck[3], struck.contains(&&clean[4].text)), (&clean[3].text, true));
}

#[test]
fn stall_holds_everything_back_and_loses_nothing() {
    let clean = run("", 1_000);
    let out = run("[[fault]]\nat = \"200ms\"\ndo = \"stall\"\nfor = \"300ms\"\n", 1_000);
    let texts = |out: &[Outgoing]| out.iter().map(|o| o.text.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&clean), texts(&out));
    let silent = |o: &&Outgoing| o.at > START + 200 * MS && o.at < START + 500 * MS;
    assert_eq!(out.iter().filter(silent).count(), 0);
}

#[test]
fn clock_skew_makes_good_time_stamps_bad() {
    let mut exchange =
        with("[[fault]]\nat = \"10ms\"\ndo = \"clock_skew\"\nby = \"-5s\"\nfor = \"1s\"\n");
    let mut out = Vec::new();
    exchange.advance(START + 20 * MS, &mut out);
    let place = order("BUY", "GTC", "61000.00", "0.001");
    let (reply, _) = ask(&mut exchange, START + 20 * MS, "order.place", &place);
    assert_eq!(reply["error"]["code"], -1021, "{reply}");
    let (reply, _) = ask(&mut exchange, START + 1_020 * MS, "order.place", &place);
    assert_eq!(reply["status"], 200);
}

#[test]
fn wire_faults_are_told_to_the_owner_of_the_connections() {
    let out = run("[[fault]]\nat = \"50ms\"\ndo = \"reset\"\ntarget = \"private\"\n", 100);
    let wires: Vec<_> = out
        .iter()
        .filter_map(|o| if let Destination::Wire(wire) = o.to { Some(wire) } else { None })
        .collect();
    assert_eq!(wires.len(), 1);
    assert_eq!((wires[0].target, wires[0].action), (Target::Private, WireAction::Reset));
}

#[test]
fn delayed_reply_comes_later_and_its_event_does_not() {
    let mut exchange = with("[[fault]]\nwhen = \"order.place#1\"\ndo = \"delay\"\nby = \"80ms\"\n");
    let place = order("BUY", "GTC", "61000.00", "0.001");
    let (reply, events) = ask(&mut exchange, START, "order.place", &place);
    assert_eq!((reply, events.len()), (Value::Null, 1));
    let mut out = Vec::new();
    exchange.advance(START + 80 * MS, &mut out);
    let late = out.iter().find(|o| o.to == Destination::Api(1)).unwrap();
    assert_eq!(late.at, START + 80 * MS);
}

fn wires(out: &[Outgoing]) -> Vec<(i64, WireAction)> {
    let wire = |o: &Outgoing| match o.to {
        Destination::Wire(wire) => Some((o.at, wire.action)),
        _ => None,
    };
    out.iter().filter_map(wire).collect()
}

#[test]
fn half_open_swallows_both_ways_until_the_other_side_notices() {
    let mut exchange = with("[[fault]]\nat = \"50ms\"\ndo = \"half_open\"\nfor = \"200ms\"\n");
    let mut out = Vec::new();
    exchange.advance(START + 100 * MS, &mut out);
    let (reply, events) =
        ask(&mut exchange, START + 100 * MS, "order.place", &order("BUY", "GTC", "61000.00", "1"));
    assert_eq!((reply, events.len(), exchange.stats().counters.orders), (Value::Null, 0, 0));
    exchange.advance(START + 400 * MS, &mut out);
    let silent = |o: &&Outgoing| o.at > START + 50 * MS && o.at < START + 250 * MS;
    assert_eq!(out.iter().filter(silent).count(), 0);
    assert!(out.iter().any(|o| o.at > START + 250 * MS));
    assert_eq!(wires(&out), [(START + 250 * MS, WireAction::HalfOpen)]);
}

#[test]
fn reset_loses_what_was_under_way_and_close_does_not() {
    for (name, lost) in [("reset", true), ("close", false)] {
        let script = format!("[[fault]]\nat = \"50ms\"\ndo = \"{name}\"\ntarget = \"api\"\n");
        let mut config = ExchangeConfig::synthetic(7).on_virtual_time(START);
        (config.order_latency_ns, config.reply_latency_ns) = (0, 20 * MS);
        config.faults = FaultScript::parse(&script).unwrap();
        let mut exchange = Exchange::new(config).unwrap();
        let mut out = Vec::new();
        exchange.advance(START + 40 * MS, &mut out);
        let place = order("BUY", "GTC", "61000.00", "1");
        assert_eq!(ask(&mut exchange, START + 40 * MS, "order.place", &place).0, Value::Null);
        exchange.advance(START + 100 * MS, &mut out);
        assert_eq!(!out.iter().any(|o| o.to == Destination::Api(1)), lost, "{name}");
        assert_eq!(exchange.stats().counters.orders, 1);
    }
}

#[test]
fn slow_spreads_bytes_over_time_and_keeps_their_order() {
    let clean = run("", 500);
    let out = run(
        "[[fault]]\nat = \"100ms\"\ndo = \"slow\"\ntarget = \"market\"\nbytes_per_s = 20000\nfor = \"200ms\"\n",
        30_000,
    );
    let window = |o: &&Outgoing| o.at > START + 100 * MS && o.at <= START + 300 * MS;
    let bytes = |out: &[Outgoing]| out.iter().filter(window).map(|o| o.text.len()).sum::<usize>();
    assert!(bytes(&clean) > 20_000 && bytes(&out) <= 4_000, "{} {}", bytes(&clean), bytes(&out));
    let texts: Vec<_> = out.iter().map(|o| &o.text).take(clean.len()).collect();
    assert_eq!(texts, clean.iter().map(|o| &o.text).collect::<Vec<_>>());
    assert!(out.is_sorted_by_key(|o| o.at));
}

#[test]
fn maintenance_refuses_and_hangs_up() {
    let mut exchange = with("[[fault]]\nat = \"50ms\"\ndo = \"maintenance\"\nfor = \"1s\"\n");
    let mut out = Vec::new();
    exchange.advance(START + 60 * MS, &mut out);
    assert_eq!(wires(&out), [(START + 50 * MS + 1, WireAction::Close)]);
    let place = order("BUY", "GTC", "61000.00", "1");
    assert_eq!(ask(&mut exchange, START + 60 * MS, "order.place", &place).0["status"], 503);
    assert_eq!(ask(&mut exchange, START + 1_060 * MS, "order.place", &place).0["status"], 200);
}

#[test]
fn reordered_message_that_nothing_follows_leaves_in_the_end() {
    let mut exchange =
        with("[[fault]]\nwhen = \"order.place#1\"\ndo = \"reorder\"\nby = \"80ms\"\n");
    let place = order("BUY", "GTC", "61000.00", "1");
    assert_eq!(ask(&mut exchange, START, "order.place", &place).0, Value::Null);
    let mut out = Vec::new();
    exchange.advance(START + 80 * MS, &mut out);
    let late = out.iter().find(|o| o.to == Destination::Api(1)).unwrap();
    assert_eq!(late.at, START + 80 * MS);
}

#[test]
fn every_strike_is_counted_by_its_name() {
    let script = "[[fault]]\nprobability = 0.5\non = \"depth\"\ndo = \"gap\"\n[[fault]]\nat = \"20ms\"\ndo = \"ban\"\n";
    let mut exchange = with(script);
    let mut out = Vec::new();
    exchange.advance(START + 1_000 * MS, &mut out);
    let stats = exchange.stats();
    let made = run("", 1_000);
    let gaps = depth(&made).len() - depth(&out).len();
    assert_eq!((stats.faults["gap"], stats.faults["ban"]), (gaps as u64, 1));
    assert_eq!(stats.to_json()["faults"]["gap"], gaps);
    assert_eq!(stats.faults_injected, gaps as u64 + 1);
    let kinds = |kind: &str| stats.sent.get(kind).copied().unwrap_or(0);
    assert_eq!(kinds("depth"), depth(&out).len() as u64);
    assert_eq!(kinds("depth") + kinds("bookTicker") + kinds("trade"), out.len() as u64);
}
