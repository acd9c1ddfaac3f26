//! The stage allocates nothing once it is made: not for a quote, a level far
//! away, a moved window, a bar, a finer grid, a new specification.

use actor::{Actor, CountingAllocator, Duty, Meter, Outbox, StageActor, allocations, seal_thread};
use indicator::{IndicatorConfig, IndicatorStage, Options, Source};
use types::{
    BookChange, BookReset, BookState, Flags, InstrumentId, InstrumentSpec, Kind, Level, Money,
    Nanos, Price, Qty, Quote, Record, Side, StateReason, Symbol, Trade,
};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn event(step: i64) -> Record {
    let (ts, wave) = (Nanos(step * 1_000_000), (step * 7_919) % 30_011);
    let end = |mut record: Record| {
        record.flags |= Flags::END | Flags::FRAME_END;
        record
    };
    let id = InstrumentId(0);
    let side = if step % 2 == 0 { Side::Buy } else { Side::Sell };
    let away = if step % 2 == 0 { -wave } else { wave };
    let price = Price(10 * (1_000_000 + step / 10 + away) + i64::from(step == 200_000));
    end(match step % 16 {
        0 if step % 160_000 == 0 => {
            let reset = BookReset { update_id: 1, exch_ts: ts, bids: 0, asks: 0, pad: [0; 2] };
            Record::new(Kind::BookReset, id, ts, reset)
        }
        1 if step % 1_601 == 0 => {
            let change = BookChange::new(BookState::Live, StateReason::Bridged);
            Record::new(Kind::BookChange, id, ts, change)
        }
        2 | 3 => {
            let (bid, ask) = (Price(10 * (1_000_000 + step)), Price(10 * (1_000_001 + step)));
            let quote = Quote { bid, bid_qty: Qty(1), ask, ask_qty: Qty(2), exch_ts: ts };
            Record::new(Kind::Quote, id, ts, quote)
        }
        4 => {
            let (qty, trade_id) = (Qty(1), step.unsigned_abs());
            let trade = Trade { price, qty, exch_ts: ts, trade_id, aggressor: 0, pad: [0; 7] };
            Record::new(Kind::Trade, id, ts, trade)
        }
        _ => {
            let (qty, update_id, side) = (Qty(step % 3), step.unsigned_abs(), side as u8);
            let level = Level { price, qty, exch_ts: ts, update_id, side, pad: [0; 7] };
            Record::new(Kind::Level, id, ts, level)
        }
    })
}

fn spec() -> [Record; 3] {
    let spec = InstrumentSpec {
        id: InstrumentId(0),
        version: 1,
        symbol: Symbol::new("BTCUSDT").expect("a symbol"),
        price_decimals: 1,
        qty_decimals: 3,
        tick_size: Price(10),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(1),
        min_notional: Money::ZERO,
        maker_ppm: 0,
        taker_ppm: 0,
    };
    let (name, grid, money) = spec.to_bodies();
    let (id, ts) = (spec.id, Nanos(0));
    let mut last = Record::new(Kind::SpecMoney, id, ts, money);
    last.flags = Flags::END;
    [Record::new(Kind::SpecName, id, ts, name), Record::new(Kind::SpecGrid, id, ts, grid), last]
}

#[test]
fn allocates_nothing_after_the_seal() {
    let entry =
        |name: &str, source| IndicatorConfig { name: name.to_owned(), params: Vec::new(), source };
    let config = [
        entry("ema", Source::Touch),
        entry("rsi", Source::Bars { seconds: 1 }),
        entry("microprice", Source::Touch),
        entry("imbalance", Source::Touch),
    ];
    let options = Options { far_levels: 512, bar_grace: Some(Nanos(0)) };
    let stage = IndicatorStage::with_options(1, &config, options).expect("a good config");
    let counters = stage.counters();
    let (mut sender, input) = link::link("in", 64, Record::EMPTY);
    let (output, mut receiver) = link::link("out", 64, Record::EMPTY);
    let mut actor = StageActor::new(stage, input, Outbox::new(output), Meter::still());
    for record in spec() {
        assert!(sender.try_send(record).is_ok());
    }
    seal_thread();
    for step in 0..400_000 {
        assert!(sender.try_send(event(step)).is_ok());
        while actor.turn() == Duty::Busy {}
        receiver.poll(64, |_| {});
    }
    assert_eq!(allocations().0, 0);
    assert!(counters.signal_emitted.get() > 1_000 && counters.bar_closed.get() > 100);
    assert!(counters.level_dropped.get() > 0 && counters.book_regridded.get() == 1);
}
