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
    let out = run("[[fault]]\nat = \"50ms\"\ndo = \"half_open\"\ntarget = \"private\"\n", 100);
    let wires: Vec<_> = out
        .iter()
        .filter_map(|o| if let Destination::Wire(wire) = o.to { Some(wire) } else { None })
        .collect();
    assert_eq!(wires.len(), 1);
    assert_eq!((wires[0].target, wires[0].action), (Target::Private, WireAction::HalfOpen));
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
