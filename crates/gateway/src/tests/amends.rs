//! Amendments: each ends once, by the venue's word, whatever is lost.

use super::*;
use crate::outbound::{Asked, nth_id};
use proptest::prelude::*;

/// New terms for order 1: a price in tenths, a quantity in thousandths.
fn amend(price: i64, qty: i64) -> OrderFields {
    OrderFields { price: Price(price), qty: Qty(qty), ..intent(Action::Amend, 1) }
}

/// How the venue describes order 1.
fn order_text(price: &str, qty: i64, filled: i64, state: &str) -> String {
    format!(
        r#"{{"orderId":5,"symbol":"BTCUSDT","status":"{state}","clientOrderId":"{}","price":"{price}","origQty":"0.{qty:03}","executedQty":"0.{filled:03}","cumQuote":"0","side":"BUY","updateTime":12}}"#,
        id(1)
    )
}

fn answer(asked: Asked, nth: u32, result: Result<String, i32>) -> String {
    let request = nth_id(id(1), asked, nth);
    match result {
        Ok(order) => format!(r#"{{"id":{request},"status":200,"result":{order}}}"#),
        Err(code) => {
            let status = if code == -1007 { 408 } else { 400 };
            format!(r#"{{"id":{request},"status":{status},"error":{{"code":{code},"msg":"no"}}}}"#)
        }
    }
}

/// What the private stream says of an amendment of order 1.
fn echo(price: &str, qty: i64) -> String {
    format!(
        r#"{{"e":"ORDER_TRADE_UPDATE","E":10,"T":9,"o":{{"s":"BTCUSDT","c":"{}","S":"BUY","o":"LIMIT","f":"GTC","q":"0.{qty:03}","p":"{price}","ap":"0","sp":"0","x":"AMENDMENT","X":"NEW","i":5,"l":"0","z":"0","L":"0","T":9,"t":0,"b":"0","a":"0","m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"BOTH","cp":false,"rp":"0","pP":false,"si":0,"ss":0}}}}"#,
        id(1)
    )
}

impl Bench {
    /// Order 1 works and its amendment is under way.
    fn with_amend(&mut self, fields: OrderFields) -> Vec<OrderState> {
        self.intend(10, fields);
        self.sequence(11)
    }

    fn working() -> Self {
        let mut bench = bench();
        bench.intend(5, intent(Action::Place, 1));
        bench.report(6, 1, ReportStatus::Sent, 0);
        bench.report(7, 1, ReportStatus::Accepted, 0);
        bench.told();
        bench.sent();
        bench
    }

    fn sequence(&mut self, at_ms: i64) -> Vec<OrderState> {
        let mut told = Vec::new();
        self.back.poll(10_000, |record| told.push(*record));
        let mut states = Vec::new();
        for record in told.iter().filter(|record| record.kind() == Some(Kind::Report)) {
            let body = Report { detailed: 0, ..record.body() };
            let record = Record::new(Kind::Report, record.instrument, Nanos(0), body);
            states.extend(moves(&self.group(at_ms, vec![record])));
        }
        states
    }

    fn hear_api(&mut self, at_ms: i64, text: &str) -> Vec<OrderState> {
        self.hear(API, text);
        self.turn();
        self.sequence(at_ms)
    }

    fn gateway_asks(&self) -> u32 {
        self.gateway.asks(id(1))
    }

    /// The number of the question that was written last.
    fn asked_nth(&self) -> u32 {
        let sent = self.sent();
        let text = sent.iter().rfind(|text| text.contains("order.status")).unwrap();
        let id: u64 = text.split(&[':', ','][..]).nth(1).unwrap().parse().unwrap();
        crate::outbound::request_of(id).unwrap().nth
    }
}

#[test]
fn an_amendment_is_one_write_and_ends_with_the_venues_terms() {
    let mut bench = Bench::working();
    assert_eq!(bench.with_amend(amend(618_005, 20)), [OrderState::PendingReplace]);
    let sent = bench.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains("order.modify") && sent[0].contains(&id(1).to_string()));
    assert!(sent[0].contains("61800.5") && sent[0].contains("0.020"), "{}", sent[0]);
    let taken = answer(Asked::Amend, 1, Ok(order_text("61800.5", 20, 0, "NEW")));
    assert_eq!(bench.hear_api(12, &taken), [OrderState::Accepted]);
    assert!(bench.hear_api(13, &taken).is_empty(), "its answer is taken once");
    bench.hear(PRIVATE, &echo("61800.5", 20));
    bench.turn();
    assert!(bench.told().is_empty(), "the stream's word on it says nothing new");
    assert_eq!(bench.unknown(), 0);
}

#[test]
fn a_refused_amendment_leaves_the_order_and_has_it_asked_about() {
    let mut bench = Bench::working();
    bench.with_amend(amend(618_005, 20));
    bench.sent();
    let refused = answer(Asked::Amend, 1, Err(-5022));
    assert_eq!(bench.hear_api(12, &refused), [OrderState::Accepted]);
    bench.tick(1_200);
    assert!(bench.sent()[0].contains("order.status"), "it may be over");
}

#[test]
fn an_order_that_does_not_work_is_not_amended() {
    let mut bench = bench();
    bench.intend(5, intent(Action::Place, 1));
    bench.report(6, 1, ReportStatus::Sent, 0);
    bench.told();
    bench.sent();
    let out = bench.intend(7, amend(618_005, 20));
    assert!(!kinds(&out).contains(&Kind::Action));
    assert!(bench.sent().is_empty());
    assert_eq!(bench.told(), [(Some(ReportStatus::AmendNotSent), 0)]);
}

#[test]
fn the_kill_latch_holds_back_amendments() {
    let mut bench = Bench::working();
    bench.kill.raise();
    let out = bench.intend(8, amend(618_005, 20));
    assert!(kinds(&out).contains(&Kind::Action), "an action counts before it is suppressed");
    assert!(bench.sent().is_empty());
    assert_eq!(bench.told(), [(Some(ReportStatus::AmendNotSent), 0)]);
}

#[test]
fn a_refusal_by_a_rule_leaves_the_order_as_it_was() {
    let mut bench = Bench::working();
    let other = OrderFields { order: id(9).into(), ..amend(618_005, 20) };
    bench.intend(8, other);
    let told = bench.told();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, Some(ReportStatus::AmendNotSent));
    assert!(told[0].1 > 0, "which rule, counted from one");
    assert!(bench.sent().is_empty());
}

#[test]
fn without_an_answer_it_is_unknown_and_the_answer_to_a_question_ends_it() {
    for (new, wanted) in [(true, OrderState::Accepted), (false, OrderState::Unknown)] {
        let mut bench = Bench::working();
        bench.with_amend(amend(618_005, 20));
        assert_eq!(bench.tick(1_100), [OrderState::Unknown]);
        bench.sent();
        bench.tick(1_300);
        let nth = bench.asked_nth();
        let (price, qty) = if new { ("61800.5", 20) } else { ("61800.2", 14) };
        let now = answer(Asked::Status, nth, Ok(order_text(price, qty, 0, "NEW")));
        let states = bench.hear_api(1_301, &now);
        if new {
            assert_eq!(states, [wanted]);
        } else {
            assert!(states.is_empty(), "it may still be under way: {states:?}");
        }
    }
}

#[test]
fn old_terms_beyond_the_venues_window_prove_that_it_never_arrived() {
    let mut bench = Bench::working();
    bench.with_amend(amend(618_005, 20));
    bench.tick(1_100);
    bench.sent();
    bench.tick(2_000);
    let early = bench.asked_nth();
    // Five seconds of the window and two of the clocks.
    bench.tick(7_100);
    let late = bench.asked_nth();
    let old = |nth| answer(Asked::Status, nth, Ok(order_text("61800.2", 14, 0, "NEW")));
    assert!(bench.hear_api(7_200, &old(early)).is_empty(), "asked inside the window");
    assert_eq!(bench.hear_api(7_201, &old(late)), [OrderState::Accepted]);
}

#[test]
fn a_late_echo_of_another_amendment_is_no_answer() {
    let mut bench = Bench::working();
    bench.with_amend(amend(618_005, 20));
    bench.hear_api(12, &answer(Asked::Amend, 1, Ok(order_text("61800.5", 20, 0, "NEW"))));
    assert_eq!(bench.with_amend(amend(618_009, 20)), [OrderState::PendingReplace]);
    bench.hear(PRIVATE, &echo("61800.5", 20));
    bench.hear(API, &answer(Asked::Amend, 1, Ok(order_text("61800.5", 20, 0, "NEW"))));
    bench.turn();
    assert!(bench.told().is_empty(), "both tell of the first one");
    assert_eq!(bench.unknown(), 0);
}

#[test]
fn terms_that_nobody_here_asked_for_are_asked_about_and_taken_over() {
    let mut bench = Bench::working();
    bench.hear(PRIVATE, &echo("61800.1", 10));
    bench.turn();
    bench.tick(100);
    let nth = bench.asked_nth();
    let now = answer(Asked::Status, nth, Ok(order_text("61800.1", 10, 0, "NEW")));
    bench.hear(API, &now);
    bench.turn();
    assert_eq!(bench.told(), [(Some(ReportStatus::Amended), 0)]);
}

/// What may happen to an order whose amendment is under way, in any order.
#[derive(Clone, Copy, Debug)]
enum Step {
    Answer,
    Refuse,
    Echo,
    Silence,
    Ask,
    Cancel,
    Lose,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    use Step::{Answer, Ask, Cancel, Echo, Lose, Refuse, Silence};
    let one = prop::sample::select(vec![Answer, Refuse, Echo, Silence, Ask, Cancel, Lose]);
    prop::collection::vec(one, 0..12)
}

proptest! {
    /// Whatever order the answers come in, each action is written once; nothing
    /// that is told contradicts the table; and once the venue ended the order it
    /// is over, with nothing left to ask.
    #[test]
    fn prop_no_action_is_lost_or_written_twice(steps in steps()) {
        let mut bench = Bench::working();
        bench.with_amend(amend(618_005, 20));
        let mut written = bench.sent().iter().filter(|t| t.contains("order.modify")).count();
        let (mut at, mut cancels, mut asked) = (100, 0, 0);
        for step in steps {
            at += 700;
            match step {
                Step::Answer => {
                    let now = order_text("61800.5", 20, 0, "NEW");
                    bench.hear_api(at, &answer(Asked::Amend, 1, Ok(now)));
                }
                Step::Refuse => {
                    bench.hear_api(at, &answer(Asked::Amend, 1, Err(-2013)));
                }
                Step::Echo => {
                    bench.hear(PRIVATE, &echo("61800.5", 20));
                    bench.turn();
                    bench.sequence(at);
                }
                Step::Silence => {
                    bench.tick(at);
                }
                Step::Ask => {
                    let nth = bench.gateway_asks();
                    let now = order_text("61800.5", 20, 0, "NEW");
                    bench.hear_api(at, &answer(Asked::Status, nth, Ok(now)));
                }
                Step::Cancel => {
                    asked += 1;
                    bench.intend(at, intent(Action::Cancel, 1));
                    bench.sequence(at);
                }
                Step::Lose => {
                    bench.links(&[(API, false), (API, true), (SPARE, false), (SPARE, true)]);
                    let mut told = Vec::new();
                    bench.back.poll(100, |record| told.push(*record));
                    for record in told {
                        bench.group(at, vec![record]);
                    }
                }
            }
            let sent = bench.sent();
            written += sent.iter().filter(|text| text.contains("order.modify")).count();
            cancels += sent.iter().filter(|text| text.contains("order.cancel")).count();
            prop_assert!(sent.iter().all(|text| !text.contains("order.place")));
        }
        prop_assert_eq!((written, cancels), (1, asked));
        bench.report(at + 1, 1, ReportStatus::Canceled, 0);
        bench.tick(at + 60_000);
        bench.sent();
        bench.tick(at + 120_000);
        prop_assert!(bench.sent().is_empty(), "nothing is left to ask");
        prop_assert_eq!(bench.gateway.counters().open_orders.load(Ordering::Relaxed), 0);
        prop_assert_eq!(bench.unknown(), 0);
    }
}
