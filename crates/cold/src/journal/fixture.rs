//! Small runs for the tests of this crate: records, groups, journals on disk.
#![allow(
    clippy::inconsistent_digit_grouping,
    reason = "prices of two decimals: the last two digits stand apart"
)]

use super::{DirStore, Journal, JournalSettings, JournalWriter, RunInfo, Sealed};
use bytemuck::Zeroable;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use types::{
    Action, ClientOrderId, Command, CommandOp, InstrumentId, InstrumentSpec, Kind, MemberId, Money,
    Nanos, OrderFields, OrderState, Price, Qty, Record, Report, ReportDetail, ReportStatus, Signal,
    Symbol, Timing, Touch, Trade, Transition, Value, Verdict, Vote, Wide,
};

/// A directory that goes away with the value.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("althing-cold-{}-{number}", std::process::id());
        // In memory where there is such a place: these tests write thousands of files.
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let path = base.join(name);
        std::fs::create_dir_all(&path).expect("a temporary directory");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) const BTC: InstrumentId = InstrumentId(0);

pub(crate) fn spec() -> InstrumentSpec {
    InstrumentSpec {
        id: BTC,
        version: 1,
        symbol: Symbol::new("BTCUSDT").expect("a symbol"),
        price_decimals: 2,
        qty_decimals: 3,
        tick_size: Price(10),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(1_000_000),
        min_notional: Money(0),
        maker_ppm: 200,
        taker_ppm: 500,
    }
}

pub(crate) fn run_info() -> RunInfo {
    RunInfo {
        run_id: [7; 16],
        config_hash: [1; 32],
        layout_hash: [2; 32],
        config_text: "mode = \"paper\"\n".to_owned(),
        instruments: vec!["BTCUSDT-PERP.BINANCE".to_owned()],
    }
}

/// Builds groups with rising sequence numbers and times.
pub(crate) struct Script {
    seq: u64,
    pub(crate) records: Vec<Record>,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self { seq: 0, records: Vec::new() }
    }

    /// A group of these; the sequence number, the time and END are set here.
    pub(crate) fn group(&mut self, records: &[Record]) -> u64 {
        self.seq += 1;
        let last = records.len() - 1;
        for (index, record) in records.iter().enumerate() {
            let mut record = *record;
            record.seq = self.seq;
            record.ts = Nanos(1_000_000 * self.seq as i64);
            record.flags |= u8::from(index == last) * types::Flags::END;
            self.records.push(record.stamped());
        }
        self.seq
    }

    /// Epoch, specification, arm.
    pub(crate) fn opening(&mut self) {
        self.group(&[command(CommandOp::Epoch, 7)]);
        let (name, grid, money) = spec().to_bodies();
        self.group(&[
            record(Kind::SpecName, name),
            record(Kind::SpecGrid, grid),
            record(Kind::SpecMoney, money),
        ]);
        self.group(&[command(CommandOp::Arm, 0)]);
    }

    /// A tick on which order `number` is placed; reports follow on their own.
    pub(crate) fn placing(&mut self, number: u64) -> ClientOrderId {
        let fields = place(number);
        let mut timing = Timing { base: 1000, ..Timing::default() };
        timing.marks = [100, 250, 400, 700, 900, 1000, 1500, 2600];
        self.group(&[
            trade(65_000_00, 5),
            touch(64_999_90, 65_000_10),
            record(Kind::Signal, Signal::new(0, 0, Value::from_num(27))),
            record(Kind::Vote, vote(0, 1)),
            record(Kind::Vote, vote(1, 0)),
            record(Kind::ShadowVote, vote(2, -1)),
            record(Kind::Intent, fields),
            record(Kind::Verdict, verdict(0, 1)),
            record(Kind::Verdict, verdict(1, 1)),
            record(Kind::Approved, fields),
            record(Kind::Action, fields),
            transition(number, OrderState::Approved, OrderState::Submitted, ReportStatus::Sent),
            record(Kind::Timing, timing),
        ]);
        id(number)
    }

    pub(crate) fn accepted(&mut self, number: u64) {
        let mut report = Report::new(id(number), ReportStatus::Accepted, 0);
        report.detailed = 1;
        let detail = ReportDetail { venue_order_id: 9000 + number, ..ReportDetail::zeroed() };
        self.group(&[
            record(Kind::Report, report),
            record(Kind::ReportDetail, detail),
            transition(number, OrderState::Submitted, OrderState::Accepted, ReportStatus::Accepted),
        ]);
    }

    pub(crate) fn filled(&mut self, number: u64, price: i64, qty: i64) {
        let mut report = Report::new(id(number), ReportStatus::FilledAll, 0);
        (report.price, report.qty, report.side) = (Price(price), Qty(qty), place(number).side);
        (report.detailed, report.liquidity) = (1, 1);
        let fee: Wide = Money::parse(b"0.013").expect("money").into();
        let detail = ReportDetail {
            venue_order_id: 9000 + number,
            trade_id: 77 + number,
            fee,
            exch_ts: Nanos(5),
        };
        self.group(&[
            record(Kind::Report, report),
            record(Kind::ReportDetail, detail),
            transition(number, OrderState::Accepted, OrderState::Filled, ReportStatus::FilledAll),
        ]);
    }

    /// An intent that rule 1 refuses.
    pub(crate) fn denied(&mut self, number: u64) -> ClientOrderId {
        self.group(&[
            trade(65_001_00, 1),
            record(Kind::Intent, place(number)),
            record(Kind::Verdict, verdict(0, 1)),
            record(Kind::Verdict, verdict(1, 0)),
            transition(number, OrderState::Initialized, OrderState::Denied, ReportStatus::Denied),
        ]);
        id(number)
    }

    /// The whole of a small run: two orders filled, one denied, one cancelled.
    pub(crate) fn small() -> Self {
        let mut script = Self::new();
        script.opening();
        script.placing(1);
        script.accepted(1);
        script.filled(1, 65_000_00, 10);
        script.denied(2);
        script.placing(3);
        script.accepted(3);
        script.group(&[trade(65_002_00, 2), touch(65_001_90, 65_002_10), cancel(3)]);
        script
    }
}

pub(crate) fn id(number: u64) -> ClientOrderId {
    ClientOrderId::new(7, 1, number)
}

pub(crate) fn record<B: types::Body>(kind: Kind, body: B) -> Record {
    Record::new(kind, BTC, Nanos(0), body)
}

pub(crate) fn command(op: CommandOp, value: i64) -> Record {
    Record::new(Kind::Command, InstrumentId::NONE, Nanos(0), Command::new(op, value))
}

pub(crate) fn trade(price: i64, qty: i64) -> Record {
    let body = Trade { price: Price(price), qty: Qty(qty), ..Trade::zeroed() };
    let mut record = record(Kind::Trade, body);
    record.flags = types::Flags::FRAME_END;
    record
}

pub(crate) fn touch(bid: i64, ask: i64) -> Record {
    let (bid, ask, qty) = (Price(bid), Price(ask), Qty(1000));
    record(
        Kind::Touch,
        Touch { bid, bid_qty: qty, ask, ask_qty: qty, state: 1, ..Touch::default() },
    )
}

pub(crate) fn vote(member: u8, direction: i8) -> Vote {
    Vote { member, direction, reason: 4, confidence: 750_000, seen: [1, 2, 3, 4] }
}

pub(crate) fn verdict(rule: u16, passed: u8) -> Verdict {
    Verdict { rule, passed, pad: [0; 5], seen: Wide::new(12), limit: Wide::new(10) }
}

/// Odd numbers buy 0.010 at 65000.00.
pub(crate) fn place(number: u64) -> OrderFields {
    OrderFields {
        order: id(number).into(),
        price: Price(65_000_00),
        qty: Qty(10),
        action: Action::Place as u8,
        side: u8::from(number.is_multiple_of(2)),
        order_type: 0,
        time_in_force: 3,
        flags: 0,
        member: MemberId(0),
        strategy: 1,
    }
}

pub(crate) fn cancel(number: u64) -> Record {
    let fields =
        OrderFields { price: Price(0), qty: Qty(0), action: Action::Cancel as u8, ..place(number) };
    record(Kind::Action, fields)
}

pub(crate) fn transition(
    number: u64,
    from: OrderState,
    to: OrderState,
    cause: ReportStatus,
) -> Record {
    let filled = if to == OrderState::Filled { Qty(10) } else { Qty(0) };
    let body = Transition {
        order: id(number).into(),
        filled,
        qty: Qty(10),
        from: from as u8,
        to: to as u8,
        cause: cause as u8,
        pad: [0; 5],
    };
    record(Kind::Transition, body)
}

/// Writes `records` into `directory`, sealed.
pub(crate) fn write(directory: &Path, records: &[Record], segment_bytes: u64) -> Sealed {
    let mut writer = writer(directory, segment_bytes);
    for record in records {
        writer.append(record).expect("a good record");
    }
    writer.seal().expect("a whole journal")
}

/// A writer into `directory`.
pub(crate) fn writer(directory: &Path, segment_bytes: u64) -> JournalWriter {
    let store = DirStore::create(directory).expect("an empty directory");
    let settings = JournalSettings { segment_bytes, ..JournalSettings::default() };
    JournalWriter::create(Box::new(store), run_info(), settings).expect("a writer")
}

/// Every record of the journal in `directory`.
pub(crate) fn read_all(directory: &Path) -> Vec<Record> {
    let mut groups = Journal::open(directory).expect("a journal").groups();
    let mut records = Vec::new();
    while let Some(group) = groups.next_group().expect("an intact journal") {
        records.extend_from_slice(group.records);
    }
    records
}
