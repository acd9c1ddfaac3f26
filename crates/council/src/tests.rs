//! Helpers of the council's tests: a market, and a line of one stage between
//! two real links.

mod config;
mod desk;
mod measures;
mod members;
mod stage;
mod tally;
mod terms;

use crate::{CouncilConfig, CouncilCounters, CouncilStage, Mode, OrderSettings, SeatSettings};
use actor::{Actor, Duty, Meter, Outbox, Slot, StageActor};
use link::{Receiver, Sender, link};
use std::sync::Arc;
use types::{
    Body, BookState, ClientOrderId, Command, CommandOp, Decimal, Flags, InstrumentId,
    InstrumentSpec, Kind, Money, Nanos, OrderFields, Price, Qty, Quote, Record, Report,
    ReportDetail, ReportStatus, Side, Signal, Symbol, Timer, Touch, Value, Vote, Wide,
};

pub(crate) const ONE: InstrumentId = InstrumentId(0);
pub(crate) const MS: i64 = Nanos::PER_MS;

/// BTCUSDT in cents and 10^-5, with a coarse tick.
pub(crate) fn spec() -> InstrumentSpec {
    InstrumentSpec {
        id: ONE,
        version: 1,
        symbol: Symbol::new("BTCUSDT").unwrap(),
        price_decimals: 2,
        qty_decimals: 5,
        tick_size: Price(10),
        lot_size: Qty(100),
        min_qty: Qty(100),
        max_qty: Qty(1_000_000),
        min_notional: Money::ZERO,
        maker_ppm: 0,
        taker_ppm: 0,
    }
}

/// 65,000.00 bid and 65,000.40 asked, in these quantities.
pub(crate) fn touch(bid_qty: i64, ask_qty: i64) -> Touch {
    Touch {
        bid: Price(6_500_000),
        bid_qty: Qty(bid_qty),
        ask: Price(6_500_040),
        ask_qty: Qty(ask_qty),
        state: BookState::Live as u8,
        ..Touch::default()
    }
}

pub(crate) fn dead() -> Touch {
    Touch { state: BookState::Stale as u8, ..touch(1, 1) }
}

pub(crate) fn labels() -> Vec<String> {
    let labels = ["ema:12", "ema:26", "rsi:14", "macd:12:26:9", "bbands:20:2", "keltner:20:2"];
    // What a member that was added since listens to comes behind.
    let usual = crate::MEMBERS.iter().flat_map(|member| member.inputs);
    let more = usual.filter_map(|input| input.usual).filter(|label| !labels.contains(label));
    labels.into_iter().chain(more).map(str::to_owned).collect()
}

/// Both members, everything as usual, one lot of 0.01.
pub(crate) fn config(mode: Mode) -> CouncilConfig {
    CouncilConfig {
        mode,
        quorum: 1,
        threshold_ppm: 500_000,
        vote_ttl_ms: 60_000,
        strategy: 7,
        order: OrderSettings::new(Decimal::new(1, 2)),
        members: vec![SeatSettings::new("momentum"), SeatSettings::new("microstructure")],
    }
}

pub(crate) fn solo(name: &str) -> CouncilConfig {
    CouncilConfig { members: vec![SeatSettings::new(name)], ..config(Mode::Solo(name.to_owned())) }
}

pub(crate) fn id(sequence: u64) -> ClientOrderId {
    ClientOrderId::new(100, 7, sequence)
}

pub(crate) fn record<B: Body>(kind: Kind, body: B) -> Record {
    Record::new(kind, ONE, Nanos(0), body)
}

pub(crate) fn quote() -> Record {
    let mut quote = record(Kind::Quote, Quote::default());
    quote.flags = Flags::FRAME_END;
    quote
}

pub(crate) fn at(instrument: u16, mut record: Record) -> Record {
    record.instrument = InstrumentId(instrument);
    record
}

/// The signals of a bar's close.
pub(crate) fn bar(fast: &str, slow: &str, rsi: i64) -> [Record; 3] {
    let value = |text: &str| text.parse::<Value>().unwrap();
    let signal = |number, value| record(Kind::Signal, Signal::new(number, 0, value));
    [signal(0, value(fast)), signal(1, value(slow)), signal(2, Value::from_num(rsi))]
}

pub(crate) fn fill(sequence: u64, side: Side, qty: i64, status: ReportStatus) -> Report {
    let told = Report::new(id(sequence), status, 0);
    Report { qty: Qty(qty), side: side as u8, detailed: 1, ..told }
}

/// One stage between two links.
pub(crate) struct Line {
    input: Sender<Record>,
    actor: StageActor<CouncilStage>,
    output: Receiver<Record>,
    seq: u64,
    pub(crate) counters: Arc<CouncilCounters>,
}

impl Line {
    pub(crate) fn new(config: CouncilConfig, instruments: usize) -> Self {
        let stage = CouncilStage::new(config, instruments, &labels()).unwrap();
        let counters = stage.counters();
        let (input, stage_in) = link("indicator_council", 1024, Record::EMPTY);
        let (stage_out, output) = link("council_risk", 1024, Record::EMPTY);
        let actor = StageActor::new(stage, stage_in, Outbox::new(stage_out), Meter::still());
        Self { input, actor, output, seq: 0, counters }
    }

    /// With specifications, an epoch of 100, and an armed engine.
    pub(crate) fn ready(config: CouncilConfig, instruments: u16) -> Self {
        let mut line = Self::new(config, usize::from(instruments));
        (0..instruments).for_each(|instrument| line.spec(instrument, &spec()));
        line.command(0, CommandOp::Epoch, 100);
        line.command(0, CommandOp::Arm, 0);
        line
    }

    /// Sends one group; gives what the stage added to it.
    pub(crate) fn group(&mut self, ts: i64, records: &[Record]) -> Vec<Record> {
        self.seq += 1;
        for (index, record) in records.iter().enumerate() {
            let mut record = *record;
            (record.seq, record.ts) = (self.seq, Nanos(ts));
            if index + 1 == records.len() {
                record.mark_end();
            }
            self.input.try_send(record).unwrap();
        }
        while self.actor.turn() == Duty::Busy {}
        let mut out = Vec::new();
        self.output.poll(1024, |record| out.push(*record));
        assert_eq!(out.iter().filter(|record| record.is_end()).count(), 1, "one END a group");
        assert!(out.last().unwrap().is_end(), "the END is the last");
        assert!(out.iter().all(|r| r.seq == self.seq && r.ts == Nanos(ts)), "one stamp a group");
        out.split_off(records.len())
    }

    pub(crate) fn spec(&mut self, instrument: u16, spec: &InstrumentSpec) {
        let (name, grid, money) = spec.to_bodies();
        let thirds = [
            record(Kind::SpecName, name),
            record(Kind::SpecGrid, grid),
            record(Kind::SpecMoney, money),
        ];
        self.group(0, &thirds.map(|third| at(instrument, third)));
    }

    pub(crate) fn command(&mut self, ts: i64, op: CommandOp, value: i64) -> Vec<Record> {
        self.group(ts, &[at(u16::MAX, record(Kind::Command, Command::new(op, value)))])
    }

    pub(crate) fn timer(&mut self, ts: i64) -> Vec<Record> {
        let timer = Timer { due: Nanos(ts), period: Nanos(100 * MS), pad: [0; 3] };
        self.group(ts, &[at(u16::MAX, record(Kind::Timer, timer))])
    }

    pub(crate) fn touch(&mut self, ts: i64, touch: Touch) -> Vec<Record> {
        self.group(ts, &[quote(), record(Kind::Touch, touch)])
    }

    /// A whole frame that closes a bar on a usable touch.
    pub(crate) fn bar(&mut self, ts: i64, fast: &str, slow: &str, rsi: i64) -> Vec<Record> {
        let mut group = vec![quote(), record(Kind::Touch, touch(100, 100))];
        group.extend(bar(fast, slow, rsi));
        self.group(ts, &group)
    }

    pub(crate) fn up(&mut self, ts: i64) -> Vec<Record> {
        self.bar(ts, "66000", "65000", 50)
    }

    pub(crate) fn down(&mut self, ts: i64) -> Vec<Record> {
        self.bar(ts, "64000", "65000", 50)
    }

    pub(crate) fn told(&mut self, ts: i64, sequence: u64, status: ReportStatus) -> Vec<Record> {
        self.group(ts, &[record(Kind::Report, Report::new(id(sequence), status, 0))])
    }

    pub(crate) fn filled(&mut self, ts: i64, report: Report, trade_id: u64) -> Vec<Record> {
        let detail =
            ReportDetail { venue_order_id: 0, trade_id, fee: Wide::new(0), exch_ts: Nanos(0) };
        self.group(ts, &[record(Kind::Report, report), record(Kind::ReportDetail, detail)])
    }
}

pub(crate) fn votes(out: &[Record]) -> Vec<Vote> {
    bodies(out, Kind::Vote)
}

pub(crate) fn intents(out: &[Record]) -> Vec<OrderFields> {
    bodies(out, Kind::Intent)
}

pub(crate) fn bodies<B: Body>(out: &[Record], kind: Kind) -> Vec<B> {
    out.iter().filter(|record| record.kind() == Some(kind)).map(Record::body).collect()
}
