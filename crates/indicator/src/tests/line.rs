//! The stage between two links, as the line runs it.

use crate::{IndicatorConfig, IndicatorStage, Options, Source};
use actor::{Actor, Duty, Meter, Outbox, StageActor};
use types::{
    Body, BookChange, BookState, Flags, InstrumentId, InstrumentSpec, Kind, Level, Money, Nanos,
    ParamValue, Price, Qty, Quote, Record, Side, Signal, StateReason, Symbol, Touch,
};

pub(super) struct Line {
    actor: StageActor<IndicatorStage>,
    sender: link::Sender<Record>,
    receiver: link::Receiver<Record>,
    seq: u64,
}

pub(super) fn configured(name: &str, key: &str, value: i64, source: Source) -> IndicatorConfig {
    let params = match key {
        "" => Vec::new(),
        _ => vec![(key.to_owned(), ParamValue::Integer(value))],
    };
    IndicatorConfig { name: name.to_owned(), params, source }
}

impl Line {
    pub(super) fn new(config: &[IndicatorConfig]) -> (Self, std::sync::Arc<crate::Counters>) {
        Self::with(config, Options { far_levels: 256, bar_grace: None })
    }

    pub(super) fn with(
        config: &[IndicatorConfig],
        options: Options,
    ) -> (Self, std::sync::Arc<crate::Counters>) {
        let stage = IndicatorStage::with_options(2, config, options).expect("a good config");
        let counters = stage.counters();
        let (sender, input) = link::link("sequencer_indicator", 1_024, Record::EMPTY);
        let (output, receiver) = link::link("indicator_council", 1_024, Record::EMPTY);
        let actor = StageActor::new(stage, input, Outbox::new(output), Meter::still());
        (Self { actor, sender, receiver, seq: 0 }, counters)
    }

    /// Sends one group and gives what the stage added to it, after a look at
    /// the rest.
    pub(super) fn group(&mut self, records: &[Record]) -> Vec<Record> {
        self.seq += 1;
        for (index, record) in records.iter().enumerate() {
            let mut record = *record;
            record.seq = self.seq;
            record.flags &= !Flags::END;
            if index + 1 == records.len() {
                record.flags |= Flags::END;
            }
            assert!(self.sender.try_send(record).is_ok());
        }
        while self.actor.turn() == Duty::Busy {}
        let mut out = Vec::new();
        while let link::Batch::Took(_) = self.receiver.poll(64, |record| out.push(*record)) {}
        let ends: Vec<_> = out.iter().map(Record::is_end).collect();
        assert!(ends.iter().rposition(|end| !end).is_none_or(|at| at + 2 == ends.len()));
        assert!(out.iter().all(|record| record.seq == self.seq));
        let passed: Vec<_> = out[..records.len()].iter().map(Record::kind).collect();
        assert_eq!(passed, records.iter().map(Record::kind).collect::<Vec<_>>());
        out.split_off(records.len())
    }

    /// Sends one market event that makes its frame whole.
    pub(super) fn frame(&mut self, record: Record) -> Vec<Record> {
        self.group(&[whole(record)])
    }

    pub(super) fn live(&mut self) -> Vec<Record> {
        let change = BookChange::new(BookState::Live, StateReason::Bridged);
        self.group(&[record(Kind::BookChange, change)])
    }
}

pub(super) fn record<B: Body>(kind: Kind, body: B) -> Record {
    Record::new(kind, InstrumentId(0), Nanos(1), body)
}

pub(super) fn whole(mut record: Record) -> Record {
    record.flags |= Flags::FRAME_END;
    record
}

pub(super) fn level(side: Side, price: i64, qty: i64, exch_ts: i64) -> Record {
    let level = Level {
        price: Price(price),
        qty: Qty(qty),
        exch_ts: Nanos(exch_ts),
        update_id: 0,
        side: side as u8,
        pad: [0; 7],
    };
    record(Kind::Level, level)
}

pub(super) fn quote(bid: (i64, i64), ask: (i64, i64), exch_ts: i64) -> Record {
    let quote = Quote {
        bid: Price(bid.0),
        bid_qty: Qty(bid.1),
        ask: Price(ask.0),
        ask_qty: Qty(ask.1),
        exch_ts: Nanos(exch_ts),
    };
    record(Kind::Quote, quote)
}

pub(super) fn spec(tick: i64, price_decimals: u8) -> [Record; 3] {
    let spec = InstrumentSpec {
        id: InstrumentId(0),
        version: 1,
        symbol: Symbol::new("BTCUSDT").expect("a symbol"),
        price_decimals,
        qty_decimals: 3,
        tick_size: Price(tick),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(1_000_000),
        min_notional: Money::ZERO,
        maker_ppm: 200,
        taker_ppm: 500,
    };
    let (name, grid, money) = spec.to_bodies();
    [record(Kind::SpecName, name), record(Kind::SpecGrid, grid), record(Kind::SpecMoney, money)]
}

pub(super) fn touches(added: &[Record]) -> Vec<Touch> {
    let is_touch = |record: &&Record| record.kind() == Some(Kind::Touch);
    added.iter().filter(is_touch).map(Record::body).collect()
}

pub(super) fn signals(added: &[Record]) -> Vec<(u16, f64)> {
    let is_signal = |record: &&Record| record.kind() == Some(Kind::Signal);
    let pair = |record: &Record| {
        let signal: Signal = record.body();
        (signal.indicator, signal.value().to_num())
    };
    added.iter().filter(is_signal).map(pair).collect()
}
