//! The stage allocates nothing once it is made: not for a quote, a level far
//! away, a moved window, a bar of any length, a finer grid, a specification with
//! other decimals; with every indicator there is, and with 500 instruments.

use actor::{Actor, CountingAllocator, Duty, Meter, Outbox, StageActor, allocations, seal_thread};
use indicator::{ALL, Counters, Descriptor, IndicatorConfig, IndicatorStage, Options, Source};
use types::{
    BookChange, BookReset, BookState, Flags, InstrumentId, InstrumentSpec, Kind, Level, MarkPrice,
    Money, Nanos, Price, Qty, Quote, Record, Side, StateReason, Symbol, Trade,
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
        5 => {
            let mark = MarkPrice { mark: 7, index: 6, exch_ts: ts, ..MarkPrice::default() };
            Record::new(Kind::MarkPrice, id, ts, mark)
        }
        _ => {
            let (qty, update_id, side) = (Qty(step % 3), step.unsigned_abs(), side as u8);
            let level = Level { price, qty, exch_ts: ts, update_id, side, pad: [0; 7] };
            Record::new(Kind::Level, id, ts, level)
        }
    })
}

fn spec(id: InstrumentId, price_decimals: u8) -> [Record; 3] {
    let spec = InstrumentSpec {
        id,
        version: 1,
        symbol: Symbol::new("BTCUSDT").expect("a symbol"),
        price_decimals,
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
    let ts = Nanos(0);
    let mut last = Record::new(Kind::SpecMoney, id, ts, money);
    last.flags = Flags::END;
    [Record::new(Kind::SpecName, id, ts, name), Record::new(Kind::SpecGrid, id, ts, grid), last]
}

/// Every registered indicator, those of bars on bars of several lengths.
fn everything() -> Vec<IndicatorConfig> {
    let lengths = [1, 5, 60, 300, 900, 3_600, 14_400, 86_400];
    let config = |(at, descriptor): (usize, &Descriptor)| {
        let source = match descriptor.wants {
            wants if wants.bars => Source::Bars { seconds: lengths[at % lengths.len()] },
            wants if wants.trades => Source::Trades,
            _ => Source::Touch,
        };
        IndicatorConfig { name: descriptor.name.to_owned(), params: Vec::new(), source }
    };
    let mut all: Vec<_> = ALL.iter().enumerate().map(config).collect();
    let also = |(name, source): (&str, Source)| IndicatorConfig {
        name: name.to_owned(),
        params: Vec::new(),
        source,
    };
    all.extend(lengths.map(|seconds| also(("ema", Source::Bars { seconds }))));
    let moved = ["bbands", "macd", "rsi", "sma", "volatility"];
    all.extend(moved.map(|name| also((name, Source::Touch))));
    all
}

/// Every indicator of bars on the shortest ones: on longer ones a window would not fill here.
fn on_short_bars() -> Vec<IndicatorConfig> {
    let config = |descriptor: &Descriptor| IndicatorConfig {
        name: descriptor.name.to_owned(),
        params: Vec::new(),
        source: Source::Bars { seconds: 1 },
    };
    ALL.iter().filter(|descriptor| descriptor.wants.bars).map(config).collect()
}

struct Line {
    actor: StageActor<IndicatorStage>,
    sender: link::Sender<Record>,
    receiver: link::Receiver<Record>,
}

impl Line {
    fn new(
        instruments: usize,
        config: &[IndicatorConfig],
        options: Options,
    ) -> (Self, std::sync::Arc<Counters>) {
        let stage = IndicatorStage::with_options(instruments, config, options);
        let stage = stage.expect("a good config");
        let counters = stage.counters();
        let (sender, input) = link::link("in", 64, Record::EMPTY);
        let (output, receiver) = link::link("out", 4_096, Record::EMPTY);
        let actor = StageActor::new(stage, input, Outbox::new(output), Meter::still());
        (Self { actor, sender, receiver }, counters)
    }

    fn take(&mut self, record: Record) {
        assert!(self.sender.try_send(record).is_ok());
        while self.actor.turn() == Duty::Busy {}
        while let link::Batch::Took(_) = self.receiver.poll(64, |_| {}) {}
    }
}

/// One test, because the count is of all sealed threads of the process.
#[test]
fn allocates_nothing_after_the_seal() {
    let options = Options { far_levels: 512, bar_grace: Some(Nanos(0)) };
    let (mut one, counters) = Line::new(1, &everything(), options);
    let (mut short, of_short) = Line::new(1, &on_short_bars(), options);
    let few = Options { far_levels: 64, bar_grace: None };
    let (mut many, of_many) = Line::new(500, &everything(), few);
    for record in spec(InstrumentId(0), 1) {
        one.take(record);
        short.take(record);
    }
    seal_thread();
    for step in 0..400_000 {
        one.take(event(step));
        short.take(event(step));
    }
    // Other decimals: everything begins anew, in the memory that it has.
    for record in spec(InstrumentId(0), 2) {
        one.take(record);
    }
    for step in 400_000..420_000 {
        one.take(event(step));
    }
    for step in 0..200_000 {
        let mut record = event(step * 17);
        record.instrument = InstrumentId(u16::try_from(step % 500).expect("small"));
        many.take(record);
    }
    assert_eq!(allocations().0, 0);
    assert!(of_short.signal_emitted.get() > 1_000 && of_short.bar_closed.get() > 100);
    assert!(counters.signal_emitted.get() > 1_000 && counters.bar_closed.get() > 100);
    assert!(counters.level_dropped.get() > 0 && counters.book_regridded.get() == 1);
    assert_eq!(counters.value_overflowed.get(), 0);
    assert!(of_many.bar_closed.get() > 1_000 && of_many.record_refused.get() == 0);
}
