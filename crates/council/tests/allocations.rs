//! Touches, bars and reports in, votes and intents out, on a sealed thread:
//! nothing is allocated after construction, through the public interface alone.

use actor::{Actor, CountingAllocator, Duty, Meter, Outbox, Slot, StageActor, allocations};
use council::{CouncilConfig, CouncilStage, Mode, OrderSettings, SeatSettings};
use link::link;
use types::{
    Action, BookState, Command, CommandOp, Decimal, Flags, InstrumentId, InstrumentSpec, Kind,
    Money, Nanos, OrderFields, Price, Qty, Quote, Record, Report, ReportStatus, Signal, Symbol,
    Touch, Value,
};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const ONE: InstrumentId = InstrumentId(0);

fn config() -> CouncilConfig {
    let shadow = SeatSettings { shadow: true, ..SeatSettings::new("momentum") };
    let mut order = OrderSettings::new(Decimal::new(1, 2));
    order.cooldown_ms = 0;
    CouncilConfig {
        mode: Mode::Ensemble,
        quorum: 1,
        threshold_ppm: 100_000,
        vote_ttl_ms: 60_000,
        strategy: 1,
        order,
        members: vec![SeatSettings::new("momentum"), SeatSettings::new("microstructure"), shadow],
    }
}

fn ended(mut record: Record) -> Record {
    record.mark_end();
    record
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
    let command = |op, value| {
        let command = Command::new(op, value);
        ended(Record::new(Kind::Command, InstrumentId::NONE, Nanos(0), command))
    };
    vec![
        Record::new(Kind::SpecName, ONE, Nanos(0), name),
        Record::new(Kind::SpecGrid, ONE, Nanos(0), grid),
        ended(Record::new(Kind::SpecMoney, ONE, Nanos(0), money)),
        command(CommandOp::Epoch, 5),
        command(CommandOp::Arm, 0),
    ]
}

/// A frame with a touch that leans to and fro, and every so often a bar.
fn frame(step: i64) -> [Record; 5] {
    let ts = Nanos(step * Nanos::PER_MS);
    let mut quote = Record::new(Kind::Quote, ONE, ts, Quote::default());
    quote.flags = Flags::FRAME_END;
    let touch = Touch {
        bid: Price(6_500_000 + step % 50),
        bid_qty: Qty(1 + step % 97),
        ask: Price(6_500_001 + step % 50),
        ask_qty: Qty(1 + step % 89),
        state: BookState::Live as u8,
        ..Touch::default()
    };
    let fast = if step / 1_000 % 2 == 0 { 65_100 } else { 64_900 };
    let signal = |number, value: i64| {
        Record::new(Kind::Signal, ONE, ts, Signal::new(number, 0, Value::from_num(value)))
    };
    let touch = Record::new(Kind::Touch, ONE, ts, touch);
    [quote, touch, signal(0, fast), signal(1, 65_000), ended(signal(2, 50))]
}

#[test]
fn two_hundred_thousand_frames_allocate_nothing() {
    let labels = ["ema:12", "ema:26", "rsi:14"].map(str::to_owned);
    let stage = CouncilStage::new(config(), 1, &labels).expect("a stage");
    let counters = stage.counters();
    let (mut input, stage_in) = link("indicator_council", 4096, Record::EMPTY);
    let (stage_out, mut output) = link("council_risk", 4096, Record::EMPTY);
    let mut actor = StageActor::new(stage, stage_in, Outbox::new(stage_out), Meter::still());
    let first = start();
    let (mut intents, mut ends, mut groups) = (0_u64, 0_u64, 3_u64);

    actor::seal_thread();
    for record in &first {
        input.try_send(*record).expect("room");
    }
    for step in 0..200_000 {
        for record in frame(step) {
            input.try_send(record).expect("room");
        }
        groups += 1;
        while actor.turn() == Duty::Busy {}
        let mut asked = None;
        output.poll(4096, |record| {
            ends += u64::from(record.is_end());
            if record.kind() == Some(Kind::Intent) {
                intents += 1;
                asked = Some(record.body::<OrderFields>());
            }
        });
        // The venue answers every place at once, and fills every other one.
        let status = match asked.map(|order| (order.action(), order.id().sequence() % 2)) {
            Some((Action::Place, 0)) => ReportStatus::Accepted,
            Some((Action::Place, _)) => ReportStatus::FilledAll,
            Some(_) => ReportStatus::Canceled,
            None => continue,
        };
        let report = Report::new(asked.map(|order| order.id()).unwrap_or_default(), status, 0);
        let ts = Nanos(step * Nanos::PER_MS);
        input.try_send(ended(Record::new(Kind::Report, ONE, ts, report))).expect("room");
        groups += 1;
    }
    while actor.turn() == Duty::Busy {}
    output.poll(4096, |record| ends += u64::from(record.is_end()));
    let (line, tls) = allocations();

    assert_eq!((line, tls), (0, 0));
    assert_eq!(ends, groups);
    assert!(intents > 1_000 && counters.vote_cast() > 1_000, "{intents}");
    assert!(counters.shadow_vote_cast() > 1_000);
    assert_eq!(counters.intent_placed() + counters.intent_canceled(), intents);
}
