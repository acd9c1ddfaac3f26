//! A small run written with the journal's own writer: two instruments, fills both ways, fees and
//! a rebate, a refusal, votes, a balance.

use bytemuck::Zeroable;
use cold::{DirStore, Journal, JournalSettings, JournalWriter, RunInfo};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use types::{
    Action, Balance, ClientOrderId, Flags, Funding, InstrumentId, InstrumentSpec, Kind, MemberId,
    Money, Nanos, OrderFields, OrderState, Price, Qty, Record, Report, ReportDetail, ReportStatus,
    Side, Symbol, Transition, Verdict, Vote, Wide,
};

/// A directory that goes away with the value.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        // Relaxed: only the number counts.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("althing-ledger-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a temporary directory");
        Self(path)
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What lies in it, by name.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("it is there").flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) const NAMES: [&str; 2] = ["BTCUSDT-PERP.BINANCE", "PEPEUSDT-PERP.BINANCE"];

/// One fill of the run, as the test knows it without the ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filled {
    pub(crate) instrument: usize,
    pub(crate) side: Side,
    pub(crate) qty: i64,
    pub(crate) fee: Money,
}

/// The run: its records and the fills in it.
pub(crate) struct Run {
    pub(crate) records: Vec<Record>,
    pub(crate) fills: Vec<Filled>,
    seq: u64,
}

pub(crate) fn id(number: u64) -> ClientOrderId {
    ClientOrderId::new(7, 1, number)
}

impl Run {
    /// `count` orders, all filled; then one that rule 1 refuses.
    pub(crate) fn of(count: u64) -> Self {
        let mut run = Self { records: Vec::new(), fills: Vec::new(), seq: 0 };
        for index in 0..2 {
            let (name, grid, money) = spec(index).to_bodies();
            run.group(
                index,
                &[
                    (Kind::SpecName, name.into()),
                    (Kind::SpecGrid, grid.into()),
                    (Kind::SpecMoney, money.into()),
                ],
            );
        }
        for (asset, total) in
            [("USDT", "1000000"), ("BTC", "0.000000000000000001"), ("USDT", "7.5")]
        {
            let mut body = Balance::zeroed();
            body.asset[..asset.len()].copy_from_slice(asset.as_bytes());
            body.total = Money::parse(total.as_bytes()).expect("money").into();
            run.group(0, &[(Kind::Balance, body.into())]);
        }
        for (instrument, amount) in [(None, "-0.5"), (Some(1), "0.25")] {
            let mut body = Funding::zeroed();
            body.asset[..4].copy_from_slice(b"USDT");
            body.amount = Money::parse(amount.as_bytes()).expect("money").into();
            run.group(
                instrument.unwrap_or(usize::from(InstrumentId::NONE.0)),
                &[(Kind::Funding, body.into())],
            );
        }
        // Any sequence does that takes both sides and both instruments; this one is Knuth's.
        let mut state: u64 = 1;
        for number in 1..=count {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let side = if state >> 40 & 1 == 0 { Side::Buy } else { Side::Sell };
            let qty = i64::try_from(state >> 56).expect("eight bits") + 1;
            run.filled(number, usize::from(state >> 50 & 1 == 1), side, qty);
        }
        run.refused(count + 1);
        run
    }

    fn filled(&mut self, number: u64, instrument: usize, side: Side, qty: i64) {
        let fields = place(number, side, qty);
        let vote = Vote { member: 1, direction: 1, confidence: 750_000, ..Vote::default() };
        self.group(
            instrument,
            &[
                (Kind::Timer, types::Timer { due: Nanos(1), period: Nanos(1), pad: [0; 3] }.into()),
                (Kind::Vote, vote.into()),
                (Kind::ShadowVote, Vote { member: 2, direction: -1, ..vote }.into()),
                (Kind::Intent, fields.into()),
                (Kind::Verdict, verdict(0, 1).into()),
                (Kind::Approved, fields.into()),
                (Kind::Action, fields.into()),
            ],
        );
        let fee = if number.is_multiple_of(3) { "-0.000000000000000001" } else { "0.013" };
        let fee = Money::parse(fee.as_bytes()).expect("money");
        let mut report = Report::new(id(number), ReportStatus::FilledAll, 0);
        (report.price, report.qty, report.side) = (fields.price, Qty(qty), side as u8);
        (report.detailed, report.liquidity) = (1, 1);
        let detail = ReportDetail {
            venue_order_id: u64::MAX - number,
            trade_id: 100 + number,
            fee: fee.into(),
            exch_ts: Nanos(5),
        };
        let change = Transition {
            order: id(number).into(),
            filled: Qty(qty),
            qty: Qty(qty),
            from: OrderState::Accepted as u8,
            to: OrderState::Filled as u8,
            cause: ReportStatus::FilledAll as u8,
            pad: [0; 5],
        };
        self.group(
            instrument,
            &[
                (Kind::Report, report.into()),
                (Kind::ReportDetail, detail.into()),
                (Kind::Transition, change.into()),
            ],
        );
        self.fills.push(Filled { instrument, side, qty, fee });
    }

    fn refused(&mut self, number: u64) {
        self.group(
            0,
            &[
                (Kind::Timer, types::Timer { due: Nanos(1), period: Nanos(1), pad: [0; 3] }.into()),
                (Kind::Intent, place(number, Side::Buy, 5).into()),
                (Kind::Verdict, verdict(0, 1).into()),
                (Kind::Verdict, verdict(1, 0).into()),
            ],
        );
    }

    fn group(&mut self, instrument: usize, bodies: &[(Kind, Body)]) {
        self.seq += 1;
        let instrument = InstrumentId(u16::try_from(instrument).expect("small"));
        let ts = Nanos(1_000_000 * i64::try_from(self.seq).expect("small"));
        for (index, (kind, body)) in bodies.iter().enumerate() {
            let mut record = body.record(*kind, instrument).sequenced(self.seq, ts);
            record.flags = if index + 1 == bodies.len() { Flags::END } else { 0 };
            self.records.push(record.stamped());
        }
    }

    /// Writes it, sealed or as a killed run leaves it.
    pub(crate) fn write(&self, directory: &Path, seal: bool) -> Journal {
        let store = DirStore::create(directory).expect("an empty directory");
        let info = RunInfo {
            run_id: [7; 16],
            config_text: "version = 1\n".to_owned(),
            instruments: NAMES.map(str::to_owned).to_vec(),
            ..RunInfo::default()
        };
        let settings = JournalSettings { segment_bytes: 4096, ..JournalSettings::default() };
        let mut writer = JournalWriter::create(Box::new(store), info, settings).expect("a writer");
        for record in &self.records {
            writer.append(record).expect("a good record");
        }
        if seal {
            writer.seal().expect("sealed");
        }
        drop(writer);
        Journal::open(directory).expect("a journal")
    }
}

/// A body of any kind, as the forty bytes that it is.
pub(crate) struct Body([u64; 5]);

impl<B: types::Body> From<B> for Body {
    fn from(body: B) -> Self {
        Self(bytemuck::pod_read_unaligned(bytemuck::bytes_of(&body)))
    }
}

impl Body {
    fn record(&self, kind: Kind, instrument: InstrumentId) -> Record {
        // Any forty bytes are a value of every body; a vote is as good as another.
        let carrier: Vote = bytemuck::cast(self.0);
        Record::new(kind, instrument, Nanos(0), carrier)
    }
}

/// Bitcoin with 2 and 3 decimals; a token that trades at 1e-8 and by the million.
pub(crate) fn spec(index: usize) -> InstrumentSpec {
    let (symbol, price_decimals, qty_decimals) =
        if index == 0 { ("BTCUSDT", 2, 3) } else { ("PEPEUSDT", 8, 0) };
    InstrumentSpec {
        id: InstrumentId(u16::try_from(index).expect("small")),
        version: 1,
        symbol: Symbol::new(symbol).expect("a symbol"),
        price_decimals,
        qty_decimals,
        tick_size: Price(1),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(1_000_000),
        min_notional: Money(0),
        maker_ppm: 200,
        taker_ppm: 500,
    }
}

fn verdict(rule: u16, passed: u8) -> Verdict {
    let (seen, limit) = (Wide::new(12), Wide::new(i128::MAX - 1));
    Verdict { rule, passed, pad: [0; 5], seen, limit }
}

fn place(number: u64, side: Side, qty: i64) -> OrderFields {
    OrderFields {
        order: id(number).into(),
        price: Price(1_500_000 + i64::try_from(number).expect("small")),
        qty: Qty(qty),
        action: Action::Place as u8,
        side: side as u8,
        order_type: 0,
        time_in_force: 3,
        flags: 0,
        member: MemberId(1),
        strategy: 1,
    }
}
