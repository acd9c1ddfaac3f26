//! An order's life, the only way out, and what is never forgotten.

use crate::*;
use actor::{Actor, Duty, Meter, Outbox, SendOutcome, StageActor, Wire, WireEvent};
use link::{Receiver, Sender, link};
use risk::{ORDER, RiskConfig, RiskStage, RuleSetting};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use types::*;
use venue::{Decoder, Dialect, OrderSession, Signer};

const MS: i64 = Nanos::PER_MS;

/// A wire that says what the test says, and keeps what was sent.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    incoming: VecDeque<(u16, String)>,
    links: VecDeque<(u16, bool)>,
    sent: Vec<(u16, String)>,
    outcomes: VecDeque<SendOutcome>,
}

struct ScriptWire {
    script: Script,
    current: String,
}

impl Wire for ScriptWire {
    fn poll(&mut self) -> WireEvent<'_> {
        let mut inner = self.script.0.lock().unwrap();
        let received = Nanos(7 * MS);
        if let Some((connection, up)) = inner.links.pop_front() {
            return if up {
                WireEvent::Up { connection, received }
            } else {
                WireEvent::Down { connection, received }
            };
        }
        let Some((connection, text)) = inner.incoming.pop_front() else { return WireEvent::Idle };
        drop(inner);
        self.current = text;
        WireEvent::Message { connection, received, meter: 0, bytes: self.current.as_bytes() }
    }

    fn send(&mut self, connection: u16, bytes: &[u8]) -> SendOutcome {
        let mut inner = self.script.0.lock().unwrap();
        let outcome = inner.outcomes.pop_front().unwrap_or(SendOutcome::Sent);
        if outcome != SendOutcome::NotConnected {
            inner.sent.push((connection, String::from_utf8(bytes.to_vec()).unwrap()));
        }
        outcome
    }

    fn request(&mut self, _token: u64) -> bool {
        false
    }
}

struct Bench {
    script: Script,
    input: Sender<Record>,
    risk: StageActor<RiskStage>,
    gateway: Gateway<ScriptWire>,
    tap: Receiver<Record>,
    back: Receiver<Record>,
    kill: KillLatch,
    seq: u64,
}

/// A gateway at Binance USD-M with an HMAC key, whose connections are up.
fn bench() -> Bench {
    let mut bench = quiet_bench(Dialect::BinanceUsdm, hmac());
    bench.links(&[(API, true), (PRIVATE, true), (SPARE, true)]);
    bench.told();
    bench
}

fn hmac() -> Signer {
    Signer::new("test-key", "test-secret").unwrap()
}

/// One whose connections are not up yet.
fn quiet_bench(dialect: Dialect, signer: Signer) -> Bench {
    let script = Script::default();
    let (input, intents) = link("council_risk", 256, Record::EMPTY);
    let (judged_in, judged) = link("risk_gateway", 1024, <risk::Judged as actor::Slot>::EMPTY);
    let (tap_in, tap) = link("gateway_cold", 8192, Record::EMPTY);
    let (back_in, back) = link("gateway_normalizer", 16384, Record::EMPTY);
    let off: Vec<_> =
        ORDER.iter().map(|rule| (*rule, RuleSetting::Off("not what is tested".into()))).collect();
    let stage = RiskStage::new(RiskConfig::new(&off).unwrap(), 2).unwrap();
    let risk = StageActor::new(stage, intents, Outbox::new(judged_in), Meter::still());
    let wire = ScriptWire { script: script.clone(), current: String::new() };
    let session = OrderSession::new(dialect, signer, 5000);
    let config = GatewayConfig {
        instruments: 2,
        orders: 1024,
        max_frame: 1 << 16,
        order_timeout: Nanos(1000 * MS),
    };
    let kill = KillLatch::default();
    let decoder = Decoder::new(dialect, 1 << 16);
    let gateway = Gateway::new(
        config,
        judged,
        GatewayLinks { tap: tap_in, back: back_in },
        Outbound::new(wire, session),
        (decoder, Meter::still(), kill.clone()),
    );
    let mut bench = Bench { script, input, risk, gateway, tap, back, kill, seq: 0 };
    bench.give_spec();
    bench
}

fn spec() -> InstrumentSpec {
    InstrumentSpec {
        id: InstrumentId(0),
        version: 1,
        symbol: Symbol::new("BTCUSDT").unwrap(),
        price_decimals: 1,
        qty_decimals: 3,
        tick_size: Price(1),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(1_000_000),
        min_notional: Money::ZERO,
        maker_ppm: 200,
        taker_ppm: 500,
    }
}

fn id(sequence: u64) -> ClientOrderId {
    ClientOrderId::new(1_700_000_000_000, 1, sequence)
}

fn intent(action: Action, sequence: u64) -> OrderFields {
    OrderFields {
        order: id(sequence).into(),
        price: if action == Action::Cancel { Price(0) } else { Price(618_002) },
        qty: if action == Action::Cancel { Qty(0) } else { Qty(14) },
        action: action as u8,
        side: Side::Buy as u8,
        order_type: OrderType::Limit as u8,
        time_in_force: TimeInForce::Gtc as u8,
        flags: 0,
        member: MemberId(0),
        strategy: 1,
    }
}

impl Bench {
    fn group(&mut self, at_ms: i64, records: Vec<Record>) -> Vec<Record> {
        self.seq += 1;
        let last = records.len() - 1;
        for (index, record) in records.into_iter().enumerate() {
            let mut record = record.sequenced(self.seq, Nanos(at_ms * MS));
            record.flags = if index == last { Flags::END } else { 0 };
            self.input.try_send(record).unwrap();
        }
        self.turn()
    }

    fn turn(&mut self) -> Vec<Record> {
        while self.risk.turn() == Duty::Busy {}
        while self.gateway.turn() == Duty::Busy {}
        let mut out = Vec::new();
        self.tap.poll(10_000, |record| out.push(*record));
        assert!(out.iter().all(Record::is_intact), "the tap stamps every checksum");
        out
    }

    fn give_spec(&mut self) {
        let other = InstrumentSpec { symbol: Symbol::new("ETHUSDT").unwrap(), ..spec() };
        for (index, spec) in (0..).zip([spec(), other]) {
            let (name, grid, money) = spec.to_bodies();
            let (id, at) = (InstrumentId(index), Nanos(0));
            self.group(
                0,
                vec![
                    Record::new(Kind::SpecName, id, at, name),
                    Record::new(Kind::SpecGrid, id, at, grid),
                    Record::new(Kind::SpecMoney, id, at, money),
                ],
            );
        }
    }

    fn intend(&mut self, at_ms: i64, fields: OrderFields) -> Vec<Record> {
        self.group(
            at_ms,
            vec![
                Record::new(Kind::Timer, InstrumentId::NONE, Nanos(0), timer(at_ms)),
                Record::new(Kind::Intent, InstrumentId(0), Nanos(0), fields),
            ],
        )
    }

    fn report(
        &mut self,
        at_ms: i64,
        sequence: u64,
        status: ReportStatus,
        qty: i64,
    ) -> Vec<OrderState> {
        let body = Report { qty: Qty(qty), ..Report::new(id(sequence), status, 0) };
        let out =
            self.group(at_ms, vec![Record::new(Kind::Report, InstrumentId(0), Nanos(0), body)]);
        moves(&out)
    }

    fn tick(&mut self, at_ms: i64) -> Vec<OrderState> {
        let record = Record::new(Kind::Timer, InstrumentId::NONE, Nanos(0), timer(at_ms));
        moves(&self.group(at_ms, vec![record]))
    }

    fn told(&mut self) -> Vec<(Option<ReportStatus>, i32)> {
        let mut out = Vec::new();
        self.back.poll(10_000, |record| {
            if record.kind() == Some(Kind::Report) {
                let report: Report = record.body();
                out.push((report.status(), report.code));
            }
        });
        out
    }

    fn told_commands(&mut self) -> Vec<Option<CommandOp>> {
        let mut out = Vec::new();
        self.back.poll(10_000, |record| {
            if record.kind() == Some(Kind::Command) {
                out.push(record.body::<Command>().op());
            }
        });
        out
    }

    fn sent(&self) -> Vec<String> {
        self.sent_over().into_iter().map(|(_, text)| text).collect()
    }

    /// What was written since the last call, and over which connection.
    fn sent_over(&self) -> Vec<(u16, String)> {
        std::mem::take(&mut self.script.0.lock().unwrap().sent)
    }

    /// Connections open and close.
    fn links(&mut self, changes: &[(u16, bool)]) {
        self.script.0.lock().unwrap().links.extend(changes);
        self.turn();
    }

    fn next_outcome(&self, outcome: SendOutcome) {
        self.script.0.lock().unwrap().outcomes.push_back(outcome);
    }

    fn hear(&self, connection: u16, text: &str) {
        self.script.0.lock().unwrap().incoming.push_back((connection, text.to_owned()));
    }

    fn unknown(&self) -> u64 {
        self.gateway.counters().contradictions.load(Ordering::Relaxed)
    }
}

fn timer(at_ms: i64) -> Timer {
    Timer { due: Nanos(at_ms * MS), period: Nanos(100 * MS), pad: [0; 3] }
}

fn moves(records: &[Record]) -> Vec<OrderState> {
    let steps = records.iter().filter(|record| record.kind() == Some(Kind::Transition));
    steps.map(|record| record.body::<Transition>().to()).collect()
}

fn kinds(records: &[Record]) -> Vec<Kind> {
    records.iter().filter_map(Record::kind).collect()
}

#[test]
fn an_approved_order_is_an_action_then_bytes_then_a_word_to_the_sequencer() {
    let mut bench = bench();
    let out = bench.intend(5, intent(Action::Place, 1));
    assert_eq!(
        kinds(&out),
        [Kind::Timer, Kind::Intent, Kind::Approved, Kind::Action, Kind::Transition]
    );
    assert!(out.last().unwrap().is_end());
    assert_eq!(moves(&out), [OrderState::Approved]);
    let sent = bench.sent();
    assert_eq!(sent.len(), 1);
    assert!(
        sent[0].contains(r#""method":"order.place""#) && sent[0].contains(&id(1).to_string()),
        "{}",
        sent[0]
    );
    assert!(sent[0].contains("61800.2") && sent[0].contains("0.014"), "{}", sent[0]);
    assert_eq!(bench.told(), [(Some(ReportStatus::Sent), 0)]);
}

#[test]
fn a_whole_life_from_submitted_to_filled() {
    let mut bench = bench();
    bench.intend(5, intent(Action::Place, 1));
    assert_eq!(bench.report(6, 1, ReportStatus::Sent, 0), [OrderState::Submitted]);
    assert_eq!(bench.report(7, 1, ReportStatus::Accepted, 0), [OrderState::Accepted]);
    assert!(
        bench.report(8, 1, ReportStatus::Accepted, 0).is_empty(),
        "the second word says nothing new"
    );
    assert_eq!(bench.report(9, 1, ReportStatus::Fill, 4), [OrderState::PartiallyFilled]);
    assert_eq!(bench.report(10, 1, ReportStatus::FilledAll, 10), [OrderState::Filled]);
    assert_eq!(bench.gateway.counters().open_orders.load(Ordering::Relaxed), 0);
    assert_eq!(bench.unknown(), 0);
}

#[test]
fn no_answer_is_unknown_and_only_the_venues_word_ends_it() {
    let mut bench = bench();
    bench.intend(5, intent(Action::Place, 1));
    bench.report(6, 1, ReportStatus::Sent, 0);
    assert!(bench.tick(900).is_empty());
    assert_eq!(bench.tick(1100), [OrderState::Unknown]);
    for status in [ReportStatus::NotFound; 10] {
        assert!(bench.report(1200, 1, status, 0).is_empty(), "not found proves nothing");
    }
    bench.sent();
    bench.tick(2000);
    assert!(bench.sent()[0].contains("order.status"), "it is asked about, never sent again");
    assert_eq!(bench.report(2500, 1, ReportStatus::Canceled, 0), [OrderState::Canceled]);
}

#[test]
fn a_closed_connection_makes_what_was_under_way_unknown_and_leaves_the_rest() {
    let mut bench = bench();
    bench.intend(5, intent(Action::Place, 1));
    bench.report(6, 1, ReportStatus::Sent, 0);
    bench.report(7, 1, ReportStatus::Accepted, 0);
    bench.intend(8, intent(Action::Place, 2));
    bench.report(9, 2, ReportStatus::Sent, 0);
    let down = Command::new(CommandOp::OrderLinkDown, 1);
    bench.group(10, vec![Record::new(Kind::Command, InstrumentId::NONE, Nanos(0), down)]);
    assert_eq!(bench.tick(100), [OrderState::Unknown], "order 2 alone");
}

#[test]
fn what_the_socket_did_not_take_is_denied_and_what_it_took_in_part_is_unknown() {
    for (outcome, status, state) in [
        (SendOutcome::WouldBlock, ReportStatus::WouldBlock, OrderState::Denied),
        (SendOutcome::NotConnected, ReportStatus::NotConnected, OrderState::Denied),
        (SendOutcome::Failed, ReportStatus::SendFailed, OrderState::Unknown),
    ] {
        let mut bench = bench();
        bench.links(&[(SPARE, false)]);
        bench.next_outcome(outcome);
        bench.intend(5, intent(Action::Place, 1));
        assert_eq!(bench.told(), [(Some(status), 0)]);
        assert_eq!(bench.report(6, 1, status, 0), [state]);
    }
}

#[test]
fn the_kill_latch_holds_back_places_and_never_cancels() {
    let mut bench = bench();
    bench.intend(5, intent(Action::Place, 1));
    bench.report(6, 1, ReportStatus::Sent, 0);
    bench.report(7, 1, ReportStatus::Accepted, 0);
    bench.told();
    bench.sent();
    bench.kill.raise();
    let out = bench.intend(8, intent(Action::Place, 2));
    assert!(kinds(&out).contains(&Kind::Action), "an action counts before it is suppressed");
    assert!(bench.sent().is_empty());
    assert_eq!(bench.told(), [(Some(ReportStatus::Suppressed), 0)]);
    bench.intend(9, intent(Action::Cancel, 1));
    assert!(bench.sent()[0].contains("order.cancel"));
    assert_eq!(bench.told(), [(Some(ReportStatus::CancelSent), 0)]);
}

#[test]
fn an_id_is_never_used_twice() {
    let mut bench = bench();
    bench.intend(5, intent(Action::Place, 3));
    bench.report(6, 3, ReportStatus::Sent, 0);
    bench.report(7, 3, ReportStatus::FilledAll, 14);
    bench.sent();
    bench.told();
    for sequence in [3, 2, 1] {
        bench.intend(8, intent(Action::Place, sequence));
        assert!(bench.sent().is_empty(), "sequence {sequence}");
    }
}

#[test]
fn answers_and_private_events_become_reports() {
    let mut bench = bench();
    bench.intend(5, intent(Action::Place, 1));
    bench.report(6, 1, ReportStatus::Sent, 0);
    bench.told();
    let ask = crate::outbound::request_id(id(1), crate::outbound::Asked::Place);
    bench.hear(API, &format!(r#"{{"id":{ask},"status":400,"error":{{"code":-2019,"msg":"Margin is insufficient."}}}}"#));
    bench.hear(API, r#"{"id":987654321,"status":200,"result":{}}"#);
    bench.hear(API, "garbage");
    bench.hear(PRIVATE, r#"{"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{}}"#);
    bench.turn();
    assert_eq!(bench.told(), [(Some(ReportStatus::Rejected), -2019)]);
    let c = bench.gateway.counters();
    assert_eq!(c.undecodable.load(Ordering::Relaxed), 1);
    assert_eq!(c.unmatched.load(Ordering::Relaxed), 1);
}

#[test]
fn an_account_change_is_told_on_and_a_payment_told_twice_counts_once() {
    let mut bench = bench();
    let funding = |wallet: &str| {
        format!(
            r#"{{"e":"ACCOUNT_UPDATE","E":9,"T":8,"a":{{"m":"FUNDING_FEE","B":[{{"a":"USDT","wb":"{wallet}","cw":"1","bc":"-0.5"}}],"P":[]}}}}"#
        )
    };
    bench.told();
    // The second is the first again; the third, of another position, is as large.
    for wallet in ["100", "100", "99.5"] {
        bench.hear(PRIVATE, &funding(wallet));
    }
    bench.turn();
    let mut told = Vec::new();
    bench.back.poll(10_000, |record| told.push(*record));
    let amounts = told.iter().map(|record| match record.kind() {
        Some(Kind::Funding) => ("paid", Money::from(record.body::<types::Funding>().amount)),
        Some(Kind::Balance) => ("held", Money::from(record.body::<types::Balance>().total)),
        other => panic!("{other:?}"),
    });
    let amounts: Vec<_> = amounts.map(|(what, amount)| format!("{what} {amount}")).collect();
    assert_eq!(amounts, ["paid -0.5", "held 100", "held 100", "paid -0.5", "held 99.5"]);
    assert!(told.iter().all(|record| record.instrument == InstrumentId::NONE));
    let repeated = &bench.gateway.counters().repeated_payments;
    assert_eq!(repeated.load(Ordering::Relaxed), 1);
}

#[test]
fn a_fill_that_is_told_twice_counts_once() {
    let mut bench = bench();
    let fill = format!(
        r#"{{"e":"ORDER_TRADE_UPDATE","E":10,"T":9,"o":{{"s":"BTCUSDT","c":"{}","S":"BUY","o":"LIMIT","f":"GTC","q":"0.014","p":"61800.2","ap":"61800.2","sp":"0","x":"TRADE","X":"PARTIALLY_FILLED","i":5,"l":"0.004","z":"0.004","L":"61800.2","N":"USDT","n":"0.049","T":9,"t":77,"b":"0","a":"0","m":true,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"BOTH","cp":false,"rp":"0","pP":false,"si":0,"ss":0}}}}"#,
        id(1)
    );
    bench.hear(PRIVATE, &fill);
    bench.hear(PRIVATE, &fill);
    bench.turn();
    assert_eq!(bench.told(), [(Some(ReportStatus::Fill), 0)]);
    assert_eq!(bench.gateway.counters().repeated_fills.load(Ordering::Relaxed), 1);
}

#[test]
fn connections_that_open_and_close_are_commands() {
    let mut bench = quiet_bench(Dialect::BinanceUsdm, hmac());
    bench.links(&[(API, true), (PRIVATE, true), (API, false)]);
    let expected = [CommandOp::OrderLinkUp, CommandOp::PrivateLinkUp, CommandOp::OrderLinkDown];
    assert_eq!(bench.told_commands(), expected.map(Some));
}

#[test]
fn a_crossed_book_is_asked_to_start_over_once() {
    let mut bench = bench();
    let touch = |crossed| Touch {
        bid: Price(10),
        bid_qty: Qty(1),
        ask: Price(if crossed == 1 { 9 } else { 11 }),
        ask_qty: Qty(1),
        state: BookState::Live as u8,
        crossed,
        pad: [0; 6],
    };
    let mut give = |crossed| {
        let record = Record::new(Kind::Touch, InstrumentId(0), Nanos(0), touch(crossed));
        bench.group(
            5,
            vec![Record::new(Kind::Timer, InstrumentId::NONE, Nanos(0), timer(5)), record],
        );
        bench.told_commands().len()
    };
    assert_eq!([give(1), give(1), give(0), give(1)], [1, 0, 0, 0], "it uncrossed by itself");
    let change = BookChange::new(BookState::Live, StateReason::Bridged);
    bench.group(6, vec![Record::new(Kind::BookChange, InstrumentId(0), Nanos(0), change)]);
    let record = Record::new(Kind::Touch, InstrumentId(0), Nanos(0), touch(1));
    let time = Record::new(Kind::Timer, InstrumentId::NONE, Nanos(0), timer(7));
    bench.group(7, vec![time, record]);
    assert_eq!(bench.told_commands().len(), 1, "a new book may be wrong anew");
}

#[test]
fn a_live_book_whose_touch_is_stale_is_asked_to_start_over_and_a_stale_one_is_not() {
    let mut bench = bench();
    let stale = Touch {
        bid: Price(10),
        bid_qty: Qty(1),
        ask: Price(11),
        ask_qty: Qty(1),
        state: BookState::Stale as u8,
        crossed: 0,
        pad: [0; 6],
    };
    let mut give = |seq, state| {
        let change = BookChange::new(state, StateReason::Bridged);
        let records = [
            Record::new(Kind::BookChange, InstrumentId(0), Nanos(0), change),
            Record::new(Kind::Touch, InstrumentId(0), Nanos(0), stale),
        ];
        bench.group(seq, records.to_vec());
        bench.told_commands().len()
    };
    assert_eq!([give(5, BookState::Live), give(6, BookState::Stale)], [1, 0]);
    assert_eq!(give(7, BookState::Live), 1, "its new snapshot does not fit either");
}

mod amends;
mod connections;
mod fills;

#[test]
fn every_pair_of_state_and_cause_has_an_answer_and_the_end_is_the_end() {
    let causes =
        ReportStatus::ALL.iter().map(|status| Cause::Report(*status)).chain([Cause::TimedOut]);
    for cause in causes {
        for state in OrderState::ALL {
            let next = next_state(*state, cause);
            if state.is_terminal() {
                assert!(
                    matches!(next, Next::Stay | Next::Contradiction),
                    "{state} {}",
                    cause.text()
                );
            }
        }
        // Nothing but the venue's word, or a clock, moves what the venue may have.
        let own = matches!(
            cause,
            Cause::Report(
                ReportStatus::CancelNotSent
                    | ReportStatus::AmendNotSent
                    | ReportStatus::NotFound
                    | ReportStatus::Denied
            )
        );
        for state in OrderState::ALL.iter().filter(|_| own) {
            assert!(matches!(next_state(*state, cause), Next::Stay | Next::Contradiction));
        }
        // UNKNOWN ends only by a word from the venue, or by the socket's own.
        let from_unknown = next_state(OrderState::Unknown, cause);
        if matches!(cause, Cause::TimedOut | Cause::Report(ReportStatus::NotFound)) {
            assert_eq!(from_unknown, Next::Stay);
        }
    }
    let mut rows: Vec<_> = LIFE.iter().map(|(state, cause, _)| (*state, cause.code())).collect();
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(rows.len(), LIFE.len(), "no pair stands in the table twice");
}
