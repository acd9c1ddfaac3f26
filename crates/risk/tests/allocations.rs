//! Events in, judged orders out, on a sealed thread: nothing is allocated after
//! construction, through the public interface alone.

use actor::{Actor, CountingAllocator, Duty, Meter, Outbox, Slot, StageActor, allocations};
use link::link;
use risk::{Judged, ORDER, RULES, RiskConfig, RiskStage, RuleSetting};
use types::{
    Action, BookState, ClientOrderId, Command, CommandOp, Decimal, InstrumentId, InstrumentSpec,
    Kind, MemberId, Money, Nanos, OrderFields, OrderType, ParamKind, ParamValue, Price, Qty, Quote,
    Record, Report, ReportStatus, Side, Symbol, TimeInForce, Touch,
};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const ONE: InstrumentId = InstrumentId(0);

fn setting(name: &str) -> RuleSetting {
    let limit = |key: &str, value| RuleSetting::On(vec![(key.to_owned(), value)]);
    match name {
        "book_live" => limit("limit_ms", ParamValue::Integer(1_000)),
        "price_collar" => limit("limit_ppm", ParamValue::Integer(10_000)),
        "max_order_notional" | "max_position" | "max_order_qty" | "max_gross_exposure"
        | "daily_loss" => limit("limit", ParamValue::Decimal(Decimal::new(1_000, 0))),
        "clock_skew" => limit("limit_ms", ParamValue::Integer(60_000)),
        "instrument_allowed" => limit("reduce_only", ParamValue::Flag(false)),
        "mark_collar" => RuleSetting::Off("a test of the rest".to_owned()),
        "max_open_orders" | "fan_out" => limit("limit", ParamValue::Integer(1)),
        "duplicate_intent" => limit("window_ms", ParamValue::Integer(1)),
        "order_rate" => limit("limit", ParamValue::Integer(5_000)),
        "kill_latch" | "conformity" => RuleSetting::On(Vec::new()),
        added => RuleSetting::On(widest(added)),
    }
}

/// A rule that was added since: as wide as it goes.
fn widest(rule: &str) -> Vec<(String, ParamValue)> {
    let most = |kind| match kind {
        ParamKind::Integer { max, .. } => ParamValue::Integer(max),
        ParamKind::Decimal { max, .. } => ParamValue::Decimal(max),
        ParamKind::Flag => ParamValue::Flag(false),
    };
    let known = RULES.iter().find(|known| known.name == rule).expect("it is in the order");
    known.params.iter().map(|spec| (spec.name.to_owned(), most(spec.kind))).collect()
}

fn start() -> Vec<Record> {
    let spec = InstrumentSpec {
        id: ONE,
        version: 1,
        symbol: Symbol::new("BTCUSDT").expect("a symbol"),
        price_decimals: 2,
        qty_decimals: 5,
        tick_size: Price(1),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(1_000_000),
        min_notional: Money::ZERO,
        maker_ppm: 0,
        taker_ppm: 0,
    };
    let (name, grid, money) = spec.to_bodies();
    let arm = Command::new(CommandOp::Arm, 0);
    vec![
        Record::new(Kind::SpecName, ONE, Nanos(0), name),
        Record::new(Kind::SpecGrid, ONE, Nanos(0), grid),
        ended(Record::new(Kind::SpecMoney, ONE, Nanos(0), money)),
        ended(Record::new(Kind::Command, InstrumentId::NONE, Nanos(0), arm)),
    ]
}

fn ended(mut record: Record) -> Record {
    record.mark_end();
    record
}

/// A quote, its touch and an intent; then the intent's end.
fn round(sequence: u64) -> [Record; 4] {
    let ts = Nanos(sequence.cast_signed() * 1_000_000);
    let touch = Touch {
        bid: Price(6_500_000),
        bid_qty: Qty(1),
        ask: Price(6_500_001),
        ask_qty: Qty(1),
        state: BookState::Live as u8,
        ..Touch::default()
    };
    let id = ClientOrderId::new(1, 1, sequence);
    let order = OrderFields {
        order: id.into(),
        price: Price(6_500_000),
        qty: Qty(10),
        action: Action::Place as u8,
        side: Side::Buy as u8,
        order_type: OrderType::Limit as u8,
        time_in_force: TimeInForce::Gtc as u8,
        flags: 0,
        member: MemberId::COUNCIL,
        strategy: 1,
    };
    let status =
        if sequence.is_multiple_of(2) { ReportStatus::Rejected } else { ReportStatus::Canceled };
    [
        Record::new(Kind::Quote, ONE, ts, Quote { exch_ts: ts, ..Quote::default() }),
        Record::new(Kind::Touch, ONE, ts, touch),
        ended(Record::new(Kind::Intent, ONE, ts, order)),
        ended(Record::new(Kind::Report, ONE, ts, Report::new(id, status, 0))),
    ]
}

#[test]
fn a_hundred_thousand_orders_allocate_nothing() {
    let settings: Vec<_> = ORDER.iter().map(|name| (*name, setting(name))).collect();
    let config = RiskConfig::new(&settings).expect("a configuration");
    let stage = RiskStage::new(config, 1).expect("a stage");
    let counters = stage.counters();
    let (mut input, stage_in) = link("council_risk", 1024, Record::EMPTY);
    let (stage_out, mut output) = link("risk_gateway", 1024, Judged::EMPTY);
    let mut actor = StageActor::new(stage, stage_in, Outbox::new(stage_out), Meter::still());
    let first = start();
    let (mut approved, mut ends, mut groups) = (0_u64, 0_u64, 2_u64);

    actor::seal_thread();
    for record in &first {
        input.try_send(*record).expect("room");
    }
    for sequence in 1..=100_000_u64 {
        for record in round(sequence) {
            groups += u64::from(record.is_end());
            input.try_send(record).expect("room");
        }
        while actor.turn() == Duty::Busy {}
        output.poll(1024, |judged| {
            approved += u64::from(judged.approved().is_some());
            ends += u64::from(judged.record().is_end());
        });
    }
    let (line, tls) = allocations();

    assert_eq!((line, tls), (0, 0));
    assert_eq!((approved, ends), (100_000, groups));
    assert_eq!((counters.approved(), counters.live()), (100_000, 0));
}
