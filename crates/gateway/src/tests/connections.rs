//! Logon, subscription, and the second order connection that takes over.

use super::*;
use crate::outbound::{Asked, request_id};

/// The vector of RFC 8410, section 10.3: a private key whose public half is known.
const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
     MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
     -----END PRIVATE KEY-----";

fn ed25519() -> Signer {
    Signer::ed25519("ed-key", PRIVATE_KEY).unwrap()
}

fn answer(text: &str, status: u16) -> String {
    let id = text.split(&[':', ','][..]).nth(1).unwrap();
    match status {
        200 => format!(r#"{{"id":{id},"status":200,"result":{{"apiKey":"ed-key"}}}}"#),
        _ => format!(r#"{{"id":{id},"status":{status},"error":{{"code":-4056,"msg":"no"}}}}"#),
    }
}

impl Bench {
    /// The first words written since, by connection; each is answered with `status`.
    fn greet(&mut self, status: u16) -> Vec<(u16, String)> {
        let said = self.sent_over();
        for (connection, text) in &said {
            self.hear(*connection, &answer(text, status));
        }
        self.turn();
        said
    }

    fn open_orders(&self) -> u64 {
        self.gateway.counters().open_orders.load(Ordering::Relaxed)
    }

    /// What the gateway told is sequenced, in order, as the line does it.
    fn sequence_told(&mut self, at_ms: i64) -> Vec<OrderState> {
        let mut told = Vec::new();
        self.back.poll(10_000, |record| told.push(*record));
        let mut states = Vec::new();
        for record in told.into_iter().filter(|r| r.kind() != Some(Kind::ReportDetail)) {
            let record = match record.kind() {
                Some(Kind::Report) => {
                    let body = Report { detailed: 0, ..record.body() };
                    Record::new(Kind::Report, record.instrument, Nanos(0), body)
                }
                _ => record,
            };
            states.extend(moves(&self.group(at_ms, vec![record])));
        }
        states
    }
}

#[test]
fn an_ed25519_key_logs_on_before_the_link_is_up_and_then_signs_nothing() {
    let mut bench = quiet_bench(Dialect::BinanceUsdm, ed25519());
    bench.links(&[(API, true), (SPARE, true)]);
    assert!(bench.told_commands().is_empty(), "open is not logged on");
    bench.intend(5, intent(Action::Place, 1));
    assert_eq!(bench.told(), [(Some(ReportStatus::NotConnected), 0)], "nothing goes before it");
    let said = bench.greet(200);
    assert_eq!(said.iter().map(|(over, _)| *over).collect::<Vec<_>>(), [API, SPARE]);
    for (_, text) in &said {
        assert!(text.contains(r#""method":"session.logon""#) && text.contains("signature"));
    }
    assert_eq!(bench.told_commands(), [Some(CommandOp::OrderLinkUp)], "the second one is warm");
    bench.intend(6, intent(Action::Place, 2));
    let sent = bench.sent_over();
    assert_eq!((sent.len(), sent[0].0), (1, API));
    let bare = |word| !sent[0].1.contains(word);
    assert!(bare("signature") && bare("apiKey"), "{}", sent[0].1);
}

#[test]
fn a_refused_logon_keeps_the_link_down_is_counted_and_is_said_again() {
    let mut bench = quiet_bench(Dialect::BinanceUsdm, ed25519());
    bench.links(&[(API, true)]);
    bench.greet(400);
    assert!(bench.told_commands().is_empty());
    let counters = bench.gateway.counters();
    assert_eq!(counters.logons_refused.load(Ordering::Relaxed), 1);
    assert!(counters.refusal().unwrap().contains("-4056"));
    bench.tick(9_000);
    assert!(bench.sent().is_empty(), "not at once");
    bench.tick(10_100);
    assert_eq!(bench.greet(200).len(), 1);
    assert_eq!(bench.told_commands(), [Some(CommandOp::OrderLinkUp)]);
}

#[test]
fn the_answer_to_a_logon_of_a_lost_connection_opens_nothing() {
    let mut bench = quiet_bench(Dialect::BinanceUsdm, ed25519());
    bench.links(&[(API, true)]);
    let old = bench.sent();
    bench.links(&[(API, false), (API, true)]);
    bench.hear(API, &answer(&old[0], 200));
    bench.turn();
    assert!(bench.told_commands().is_empty());
    bench.greet(200);
    assert_eq!(bench.told_commands(), [Some(CommandOp::OrderLinkUp)]);
}

#[test]
fn an_hmac_key_signs_each_request_and_logs_on_nowhere() {
    let mut bench = bench();
    assert!(bench.sent().is_empty());
    bench.intend(5, intent(Action::Place, 1));
    assert!(bench.sent()[0].contains("signature"));
}

#[test]
fn the_second_connection_takes_over_and_what_was_under_way_is_asked_about_on_it() {
    let mut bench = bench();
    bench.intend(5, intent(Action::Place, 1));
    bench.intend(5, intent(Action::Place, 2));
    bench.sequence_told(6);
    let accepted = request_id(id(1), Asked::Place);
    bench.hear(API, &format!(r#"{{"id":{accepted},"status":200,"result":{{"orderId":5}}}}"#));
    bench.turn();
    assert_eq!(bench.sequence_told(7), [OrderState::Accepted]);
    assert_eq!(bench.sent_over().len(), 2);
    bench.links(&[(API, false)]);
    // Before its loss is sequenced, a new order is written to the other one.
    bench.intend(8, intent(Action::Place, 3));
    let third = bench.sent_over();
    assert_eq!((third.len(), third[0].0), (1, SPARE));
    assert!(third[0].1.contains(&id(3).to_string()));
    assert_eq!(bench.sequence_told(9), [OrderState::Submitted], "order 3, of the new one");
    assert_eq!(bench.tick(100), [OrderState::Unknown], "order 2 alone: it was under way");
    bench.tick(200);
    let asked = bench.sent_over();
    assert_eq!((asked.len(), asked[0].0), (1, SPARE));
    assert!(asked[0].1.contains("order.status") && asked[0].1.contains(&id(2).to_string()));
    assert_eq!(bench.gateway.counters().connections_switched.load(Ordering::Relaxed), 1);
    assert_eq!(bench.open_orders(), 3);
    // The first one comes back and is the warm one now: no second move.
    bench.links(&[(API, true)]);
    assert!(bench.told_commands().is_empty());
    bench.intend(300, intent(Action::Cancel, 1));
    assert_eq!(bench.sent_over()[0].0, SPARE);
    bench.links(&[(SPARE, false)]);
    let moved = [CommandOp::OrderLinkDown, CommandOp::OrderLinkUp].map(Some);
    assert_eq!(bench.told_commands(), moved);
}

#[test]
fn an_order_without_an_answer_has_the_next_one_go_over_the_other_connection() {
    let mut bench = bench();
    bench.intend(5, intent(Action::Place, 1));
    bench.intend(5, intent(Action::Place, 2));
    bench.sequence_told(6);
    assert_eq!(bench.sent_over().len(), 2);
    assert_eq!(bench.tick(2000), [OrderState::Unknown, OrderState::Unknown]);
    let _ = bench.sent_over();
    bench.intend(2001, intent(Action::Place, 3));
    let then = bench.sent_over();
    assert!(then.iter().any(|(_, text)| text.contains(&id(3).to_string())), "{then:?}");
    assert!(then.iter().all(|(over, _)| *over == SPARE), "moved once, not once for each order");
    assert!(bench.told_commands().is_empty(), "both connections are up");
    assert_eq!(bench.gateway.counters().connections_switched.load(Ordering::Relaxed), 1);
}

#[test]
fn a_write_that_finds_its_connection_gone_is_written_once_to_the_other() {
    let mut bench = bench();
    bench.next_outcome(SendOutcome::NotConnected);
    bench.intend(5, intent(Action::Place, 1));
    let sent = bench.sent_over();
    assert_eq!((sent.len(), sent[0].0), (1, SPARE), "nothing was written to the first");
    let mut told = Vec::new();
    bench.back.poll(100, |record| told.push(record.kind().unwrap()));
    assert_eq!(told, [Kind::Command, Kind::Command, Kind::Report], "the loss comes first");
    bench.links(&[(API, false)]);
    assert!(bench.told_commands().is_empty(), "a loss is told once");
    bench.next_outcome(SendOutcome::NotConnected);
    bench.intend(6, intent(Action::Place, 2));
    assert!(bench.sent_over().is_empty());
    assert_eq!(bench.told(), [(Some(ReportStatus::NotConnected), 0)], "then there is none");
}

#[test]
fn what_went_out_in_part_is_never_written_to_the_other_connection() {
    let mut bench = bench();
    for outcome in [SendOutcome::Failed, SendOutcome::WouldBlock] {
        bench.next_outcome(outcome);
    }
    bench.intend(5, intent(Action::Place, 1));
    bench.intend(5, intent(Action::Place, 2));
    assert!(bench.sent_over().iter().all(|(over, _)| *over == API));
    let not = [ReportStatus::SendFailed, ReportStatus::WouldBlock].map(|s| (Some(s), 0));
    assert_eq!(bench.told(), not);
}

#[test]
fn the_loss_of_the_warm_connection_is_no_loss_of_the_link() {
    let mut bench = bench();
    bench.links(&[(SPARE, false), (SPARE, true), (SPARE, false)]);
    assert!(bench.told_commands().is_empty());
    bench.links(&[(API, false)]);
    assert_eq!(bench.told_commands(), [Some(CommandOp::OrderLinkDown)], "nobody takes over");
    let counters = bench.gateway.counters();
    assert_eq!(counters.order_link_up.load(Ordering::Relaxed), 0);
    bench.links(&[(SPARE, true)]);
    assert_eq!(bench.told_commands(), [Some(CommandOp::OrderLinkUp)], "until one is there");
}

#[test]
fn spot_subscribes_its_private_stream_and_is_up_when_that_was_taken() {
    let mut bench = quiet_bench(Dialect::BinanceSpot, hmac());
    bench.links(&[(PRIVATE, true)]);
    let said = bench.sent_over();
    assert_eq!((said.len(), said[0].0), (1, PRIVATE));
    assert!(said[0].1.contains("userDataStream.subscribe.signature"), "{}", said[0].1);
    assert!(bench.told_commands().is_empty());
    bench.hear(PRIVATE, r#"{"id":5,"status":400,"error":{"code":-2015,"msg":"no"}}"#);
    bench.turn();
    assert!(bench.told_commands().is_empty());
    assert!(bench.gateway.counters().refusal().unwrap().contains("-2015"));
    bench.tick(20_000);
    assert_eq!(bench.sent_over().len(), 1, "said again");
    bench.hear(PRIVATE, r#"{"id":13,"status":200,"result":{"subscriptionId":0}}"#);
    bench.turn();
    assert_eq!(bench.told_commands(), [Some(CommandOp::PrivateLinkUp)]);
    let counters = bench.gateway.counters();
    let up = || counters.private_link_up.load(Ordering::Relaxed);
    assert_eq!(up(), 1, "whoever waits for the link sees it");
    bench.hear(PRIVATE, r#"{"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":1}}"#);
    bench.turn();
    assert_eq!(bench.told_commands(), [Some(CommandOp::PrivateLinkDown)]);
    assert_eq!(up(), 0);
    assert_eq!(bench.sent_over().len(), 1, "subscribed anew at once");
}
