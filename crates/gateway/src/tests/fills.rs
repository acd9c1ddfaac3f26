//! Fills that the private stream did not tell: found, counted once, never lost.

use super::*;
use crate::known::{Known, Told};
use crate::outbound::{Asked, request_id};
use proptest::prelude::*;

/// A fill of order 1 as the private stream tells it; quantities in thousandths.
fn fill(trade: u64, price: &str, qty: i64, in_all: i64) -> String {
    let state = if in_all == 14 { "FILLED" } else { "PARTIALLY_FILLED" };
    update("TRADE", state, (trade, price, qty, in_all))
}

fn canceled(in_all: i64) -> String {
    update("CANCELED", "CANCELED", (0, "0", 0, in_all))
}

fn update(
    execution: &str,
    state: &str,
    (trade, price, qty, in_all): (u64, &str, i64, i64),
) -> String {
    format!(
        r#"{{"e":"ORDER_TRADE_UPDATE","E":10,"T":9,"o":{{"s":"BTCUSDT","c":"{}","S":"BUY","o":"LIMIT","f":"GTC","q":"0.014","p":"61800.2","ap":"0","sp":"0","x":"{execution}","X":"{state}","i":5,"l":"0.{qty:03}","z":"0.{in_all:03}","L":"{price}","N":"USDT","n":"0.01","T":9,"t":{trade},"b":"0","a":"0","m":true,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"BOTH","cp":false,"rp":"0","pP":false,"si":0,"ss":0}}}}"#,
        id(1)
    )
}

/// The answer to a question about order 1.
fn answer(state: &str, in_all: i64, quote: &str) -> String {
    format!(
        r#"{{"id":{},"status":200,"result":{{"orderId":5,"symbol":"BTCUSDT","status":"{state}","clientOrderId":"{}","price":"61800.2","origQty":"0.014","executedQty":"0.{in_all:03}","cumQuote":"{quote}","side":"BUY","updateTime":12}}}}"#,
        request_id(id(1), Asked::Status),
        id(1)
    )
}

/// Status, price and quantity of each report that was told.
type Told3 = Vec<(ReportStatus, i64, i64)>;

impl Bench {
    /// Order 1, accepted.
    fn with_order() -> Self {
        let mut bench = bench();
        bench.intend(5, intent(Action::Place, 1));
        bench.report(6, 1, ReportStatus::Sent, 0);
        bench.report(7, 1, ReportStatus::Accepted, 0);
        bench.told();
        bench.sent();
        bench
    }

    /// What is told is sequenced at once, as the line does it.
    fn hear_and_sequence(&mut self, connection: u16, text: &str) -> Told3 {
        self.hear(connection, text);
        self.turn();
        let mut told = Vec::new();
        self.back.poll(10_000, |record| told.push(*record));
        let mut out = Vec::new();
        for record in told.iter().filter(|record| record.kind() == Some(Kind::Report)) {
            let report: Report = record.body();
            out.push((report.status().unwrap(), report.price.0, report.qty.0));
            let body = Report { detailed: 0, ..report };
            let record = Record::new(Kind::Report, record.instrument, Nanos(0), body);
            self.group(8, vec![record]);
        }
        out
    }

    fn state(&mut self, at_ms: i64) -> Vec<String> {
        self.tick(at_ms);
        self.sent()
    }

    fn private_link(&mut self, op: CommandOp) {
        let command = Command::new(op, 1);
        self.group(9, vec![Record::new(Kind::Command, InstrumentId::NONE, Nanos(0), command)]);
    }

    fn open(&self) -> u64 {
        self.gateway.counters().open_orders.load(Ordering::Relaxed)
    }
}

#[test]
fn every_open_order_is_asked_about_when_the_private_stream_is_back() {
    let mut bench = Bench::with_order();
    bench.intend(7, intent(Action::Place, 2));
    bench.sent();
    bench.told();
    bench.private_link(CommandOp::PrivateLinkDown);
    assert!(bench.state(100).is_empty());
    bench.private_link(CommandOp::PrivateLinkUp);
    let asked = bench.state(200);
    assert_eq!(asked.len(), 2 - 1, "order 2 has no answer yet; that is waited for: {asked:?}");
    assert!(asked[0].contains("order.status") && asked[0].contains(&id(1).to_string()));
    assert!(bench.state(300).is_empty(), "not twice before an answer could be there");
    assert_eq!(bench.state(1300).len(), 1, "an answer that was lost is asked for again");
    let told = bench.hear_and_sequence(API, &answer("NEW", 0, "0"));
    assert_eq!(told, [(ReportStatus::Accepted, 0, 0)]);
    assert!(bench.state(9000).iter().all(|text| !text.contains(&id(1).to_string())));
}

#[test]
fn fills_that_a_query_finds_are_taken_over_at_the_venues_sum_of_money() {
    let mut bench = Bench::with_order();
    bench.hear_and_sequence(PRIVATE, &fill(70, "61800.1", 3, 3));
    bench.private_link(CommandOp::PrivateLinkUp);
    // 0.007 more for 432.600800: 0.003 at 61800.1 and 0.004 at 61800.2 in all, say.
    // In mantissas 61800.1 × 7 + 5 × 0.1: two at one price, five at the next.
    let quote = "618.0016";
    let told = bench.hear_and_sequence(API, &answer("PARTIALLY_FILLED", 10, quote));
    let money: i64 = told.iter().map(|(_, price, qty)| price * qty).sum();
    assert_eq!(money + 618_001 * 3, 6_180_016, "to the last unit");
    assert_eq!(told.iter().map(|(_, _, qty)| qty).sum::<i64>(), 7);
    assert!(told.iter().all(|(status, _, _)| *status == ReportStatus::Fill));
    // What the stream tells late was counted.
    assert!(bench.hear_and_sequence(PRIVATE, &fill(71, "61800.1", 3, 6)).is_empty());
    assert!(bench.hear_and_sequence(PRIVATE, &fill(72, "61800.3", 4, 10)).is_empty());
    let last = bench.hear_and_sequence(PRIVATE, &fill(73, "61800.2", 4, 14));
    assert_eq!(last, [(ReportStatus::FilledAll, 618_002, 4)]);
    assert_eq!((bench.open(), bench.unknown()), (0, 0));
}

#[test]
fn an_unknown_order_ends_by_the_venues_word_with_the_fills_that_were_missed() {
    for (state, in_all, wanted) in [
        ("FILLED", 14, vec![(ReportStatus::FilledAll, 618_000, 14)]),
        ("CANCELED", 0, vec![(ReportStatus::Canceled, 0, 0)]),
        ("CANCELED", 5, vec![(ReportStatus::Fill, 618_000, 5), (ReportStatus::Canceled, 0, 5)]),
        ("EXPIRED", 5, vec![(ReportStatus::Fill, 618_000, 5), (ReportStatus::Expired, 0, 5)]),
    ] {
        let mut bench = bench();
        bench.intend(5, intent(Action::Place, 1));
        bench.report(6, 1, ReportStatus::Sent, 0);
        assert_eq!(bench.tick(1100), [OrderState::Unknown]);
        bench.told();
        let quote = Money::parse(b"61.8").unwrap().0 * i128::from(in_all);
        let quote = Money(quote).to_string();
        let told = bench.hear_and_sequence(API, &answer(state, in_all, &quote));
        assert_eq!(told, wanted, "{state}");
        assert_eq!((bench.open(), bench.unknown()), (0, 0), "{state}");
        let again = bench.hear_and_sequence(API, &answer(state, in_all, &quote));
        assert!(again.is_empty(), "an end is told once");
    }
}

#[test]
fn a_last_fill_waits_for_the_one_before_it() {
    let mut bench = Bench::with_order();
    let told = bench.hear_and_sequence(PRIVATE, &fill(72, "61800.2", 9, 14));
    assert_eq!(told, [(ReportStatus::Fill, 618_002, 9)], "five are missing");
    assert_eq!(bench.open(), 1);
    assert_eq!(bench.state(100).len(), 1, "it is asked about");
    // The one before it was only late.
    let told = bench.hear_and_sequence(PRIVATE, &fill(71, "61800.1", 5, 5));
    assert_eq!(told, [(ReportStatus::FilledAll, 618_001, 5)]);
    assert_eq!((bench.open(), bench.unknown()), (0, 0));
    assert!(bench.hear_and_sequence(API, &answer("FILLED", 14, "865.2023")).is_empty());
}

#[test]
fn a_cancel_that_says_more_was_filled_than_was_told_waits_for_the_fills() {
    let mut bench = Bench::with_order();
    assert!(bench.hear_and_sequence(PRIVATE, &canceled(5)).is_empty());
    assert_eq!(bench.open(), 1, "not over before its fills are known");
    assert_eq!(bench.state(100).len(), 1);
    let told = bench.hear_and_sequence(API, &answer("CANCELED", 5, "309.0005"));
    assert_eq!(told, [(ReportStatus::Fill, 618_001, 5), (ReportStatus::Canceled, 0, 5)]);
    assert_eq!(bench.gateway.counters().ends_held_back.load(Ordering::Relaxed), 1);
}

#[test]
fn an_order_that_cannot_be_cancelled_is_asked_about() {
    let mut bench = Bench::with_order();
    bench.intend(8, intent(Action::Cancel, 1));
    bench.sent();
    bench.told();
    bench.report(9, 1, ReportStatus::CancelSent, 0);
    let ask = request_id(id(1), Asked::Cancel);
    let refused = format!(
        r#"{{"id":{ask},"status":400,"error":{{"code":-2011,"msg":"Unknown order sent."}}}}"#
    );
    let told = bench.hear_and_sequence(API, &refused);
    assert_eq!(told, [(ReportStatus::CancelRejected, 0, 0)]);
    let asked = bench.state(100);
    assert!(asked.len() == 1 && asked[0].contains("order.status"), "{asked:?}");
    let told = bench.hear_and_sequence(API, &answer("FILLED", 14, "865.2014"));
    assert_eq!(told, [(ReportStatus::FilledAll, 618_001, 14)]);
    assert_eq!((bench.open(), bench.unknown()), (0, 0));
}

#[test]
fn an_answer_from_before_a_fill_decides_nothing() {
    let mut bench = Bench::with_order();
    bench.private_link(CommandOp::PrivateLinkUp);
    bench.hear_and_sequence(PRIVATE, &fill(70, "61800.1", 3, 3));
    assert!(bench.hear_and_sequence(API, &answer("NEW", 0, "0")).is_empty());
    assert_eq!(bench.state(2000).len(), 1, "it is asked again");
}

#[test]
fn money_that_makes_no_price_is_taken_at_the_limit_and_said_to_be() {
    let mut bench = Bench::with_order();
    bench.private_link(CommandOp::PrivateLinkUp);
    let told = bench.hear_and_sequence(API, &answer("PARTIALLY_FILLED", 5, "309.000512345"));
    assert_eq!(told, [(ReportStatus::Fill, 618_002, 5)]);
    assert_eq!(bench.gateway.counters().fills_estimated.load(Ordering::Relaxed), 1);
}

#[test]
fn two_instruments_may_have_trades_of_the_same_number() {
    let mut bench = Bench::with_order();
    let here = fill(70, "61800.1", 3, 3);
    let there = here.replace("BTCUSDT", "ETHUSDT").replace(&id(1).to_string(), &id(2).to_string());
    assert_eq!(bench.hear_and_sequence(PRIVATE, &here).len(), 1);
    assert_eq!(bench.hear_and_sequence(PRIVATE, &there).len(), 1);
    assert!(bench.hear_and_sequence(PRIVATE, &there).is_empty());
}

#[test]
fn what_cannot_be_understood_is_named() {
    let mut bench = bench();
    bench.hear(API, "garbage");
    bench.hear(PRIVATE, r#"{"e":"ORDER_TRADE_UPDATE","o":{}}"#);
    bench.turn();
    let named = bench.gateway.counters().undecodable_by();
    assert_eq!(named, [(("reply", "not_json"), 1), (("ORDER_TRADE_UPDATE", "shape"), 1)]);
}

proptest! {
    /// However fills are lost, late or repeated, and whenever queries are
    /// answered in between: once a query was answered at the end, the sums are
    /// the venue's, and nothing was ever told beyond them.
    #[test]
    fn prop_every_fill_counts_once(
        fills in prop::collection::vec((1_i64..1000, 1_i64..50), 1..12),
        order in prop::collection::vec((0_usize..12, any::<bool>()), 0..40),
    ) {
        let mut sums = vec![(0_i64, 0_i128)];
        for (price, qty) in &fills {
            let (q, m) = sums[sums.len() - 1];
            sums.push((q + qty, m + i128::from(*price) * i128::from(*qty)));
        }
        let (all, money) = sums[fills.len()];
        let (mut known, mut told, mut paid) = (Known::default(), 0, 0_i128);
        let mut seen = vec![false; fills.len()];
        let mut venue = 0;
        for (at, query) in order {
            let at = at % fills.len();
            // A venue tells of what has happened: the answer covers all told.
            venue = venue.max(at + 1);
            if query {
                let (q, m) = sums[venue];
                if let Some(missed) = known.on_query(q, Some(m), 1) {
                    prop_assert!(!missed.estimated);
                    told += missed.parts.iter().map(|(_, qty)| qty).sum::<i64>();
                    paid += missed.notional();
                }
            } else if !std::mem::replace(&mut seen[at], true) {
                let (price, qty) = fills[at];
                if known.on_fill(price, qty, sums[at + 1].0, at + 1 == fills.len()) != Told::Again {
                    told += qty;
                    paid += i128::from(price) * i128::from(qty);
                }
            }
            prop_assert!(told <= sums[venue].0);
        }
        let missed = known.on_query(all, Some(money), 1).unwrap();
        told += missed.parts.iter().map(|(_, qty)| qty).sum::<i64>();
        paid += missed.notional();
        prop_assert_eq!((told, paid), (all, money));
    }
}
