//! Helpers of risk's tests: a market, orders, and a line of one stage between
//! two real links.

mod amends;
mod config;
mod conformance;
mod exposure;
mod limits;
mod rules;
mod stage;

use crate::{Judged, RiskConfig, RiskCounters, RiskStage, RuleDescriptor, RuleSetting};
use actor::{Actor, Duty, Meter, Outbox, Slot, StageActor};
use link::{Receiver, Sender, link};
use std::sync::Arc;
use types::{
    Action, Body, BookState, ClientOrderId, Command, CommandOp, Decimal, InstrumentId,
    InstrumentSpec, Kind, MarkPrice, MemberId, Money, Nanos, OrderFields, OrderType, ParamKind,
    ParamValue, Price, Qty, Quote, Record, Report, ReportDetail, ReportStatus, Side, Symbol,
    TimeInForce, Touch, Verdict,
};

pub(crate) const ONE: InstrumentId = InstrumentId(0);

/// BTCUSDT as Binance lists it, in cents and 10^-5.
pub(crate) fn spec() -> InstrumentSpec {
    InstrumentSpec {
        id: ONE,
        version: 1,
        symbol: Symbol::new("BTCUSDT").unwrap(),
        price_decimals: 2,
        qty_decimals: 5,
        tick_size: Price(1),
        lot_size: Qty(10),
        min_qty: Qty(10),
        max_qty: Qty(1_000_000),
        min_notional: Money::parse(b"5").unwrap(),
        maker_ppm: 0,
        taker_ppm: 0,
    }
}

/// 65,000.00 bid, 65,000.10 asked.
pub(crate) fn touch() -> Touch {
    Touch {
        bid: Price(6_500_000),
        bid_qty: Qty(100_000),
        ask: Price(6_500_010),
        ask_qty: Qty(100_000),
        state: BookState::Live as u8,
        ..Touch::default()
    }
}

pub(crate) fn id(sequence: u64) -> ClientOrderId {
    ClientOrderId::new(1, 1, sequence)
}

pub(crate) fn order(sequence: u64, side: Side, price: i64, qty: i64) -> OrderFields {
    OrderFields {
        order: id(sequence).into(),
        price: Price(price),
        qty: Qty(qty),
        action: Action::Place as u8,
        side: side as u8,
        order_type: OrderType::Limit as u8,
        time_in_force: TimeInForce::Gtc as u8,
        flags: 0,
        member: MemberId::COUNCIL,
        strategy: 1,
    }
}

pub(crate) fn cancel(sequence: u64) -> OrderFields {
    OrderFields {
        action: Action::Cancel as u8,
        price: Price(0),
        qty: Qty(0),
        ..order(sequence, Side::Buy, 0, 0)
    }
}

pub(crate) fn fill(sequence: u64, side: Side, qty: i64) -> Report {
    Report {
        qty: Qty(qty),
        side: side as u8,
        detailed: 1,
        ..Report::new(id(sequence), ReportStatus::Fill, 0)
    }
}

fn on(limits: &[(&str, ParamValue)]) -> RuleSetting {
    RuleSetting::On(limits.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect())
}

/// Every rule on, with limits that the helpers' orders stay well within.
pub(crate) fn settings() -> Vec<(&'static str, RuleSetting)> {
    let decimal = |text: &str| ParamValue::Decimal(Decimal::parse(text.as_bytes()).unwrap());
    let mut all = vec![
        ("kill_latch", on(&[])),
        ("instrument_allowed", on(&[("reduce_only", ParamValue::Flag(false))])),
        ("book_live", on(&[("limit_ms", ParamValue::Integer(1_000))])),
        ("clock_skew", on(&[("limit_ms", ParamValue::Integer(2_000))])),
        ("conformity", on(&[])),
        ("price_collar", on(&[("limit_ppm", ParamValue::Integer(10_000))])),
        (
            "mark_collar",
            on(&[
                ("limit_ppm", ParamValue::Integer(20_000)),
                ("limit_ms", ParamValue::Integer(5_000)),
            ]),
        ),
        ("max_order_qty", on(&[("limit", decimal("0.2"))])),
        ("max_order_notional", on(&[("limit", decimal("10000"))])),
        ("max_position", on(&[("limit", decimal("0.5"))])),
        ("max_gross_exposure", on(&[("limit", decimal("100000"))])),
        ("max_open_orders", on(&[("limit", ParamValue::Integer(200))])),
        ("daily_loss", on(&[("limit", decimal("1000"))])),
        ("duplicate_intent", on(&[("window_ms", ParamValue::Integer(1))])),
        ("fan_out", on(&[("limit", ParamValue::Integer(60))])),
        ("order_rate", on(&[("limit", ParamValue::Integer(50))])),
    ];
    // A rule that was added since: as wide as it goes.
    let missing = |rule: &&RuleDescriptor| all.iter().all(|(name, _)| *name != rule.name);
    let added: Vec<_> = crate::RULES.iter().filter(missing).collect();
    all.extend(added.into_iter().map(|rule| (rule.name, widest(rule))));
    all
}

fn widest(rule: &RuleDescriptor) -> RuleSetting {
    let most = |kind| match kind {
        ParamKind::Integer { max, .. } => ParamValue::Integer(max),
        ParamKind::Decimal { max, .. } => ParamValue::Decimal(max),
        ParamKind::Flag => ParamValue::Flag(false),
    };
    RuleSetting::On(
        rule.params.iter().map(|spec| (spec.name.to_owned(), most(spec.kind))).collect(),
    )
}

pub(crate) fn all_off() -> Vec<(&'static str, RuleSetting)> {
    crate::ORDER.iter().map(|name| (*name, RuleSetting::Off("a test of the rest".into()))).collect()
}

/// One stage between two links.
pub(crate) struct Line {
    input: Sender<Record>,
    actor: StageActor<RiskStage>,
    output: Receiver<Judged>,
    seq: u64,
    pub(crate) counters: Arc<RiskCounters>,
}

impl Line {
    pub(crate) fn new(settings: &[(&str, RuleSetting)]) -> Self {
        let stage = RiskStage::new(RiskConfig::new(settings).unwrap(), 2).unwrap();
        let counters = stage.counters();
        let (input, stage_in) = link("council_risk", 1024, Record::EMPTY);
        let (stage_out, output) = link("risk_gateway", 1024, Judged::EMPTY);
        let actor = StageActor::new(stage, stage_in, Outbox::new(stage_out), Meter::still());
        Self { input, actor, output, seq: 0, counters }
    }

    /// A line with a specification, a touch at time 0, and an armed engine.
    pub(crate) fn ready(settings: &[(&str, RuleSetting)]) -> Self {
        let mut line = Self::new(settings);
        line.spec(&spec());
        line.touch(0, touch());
        line.mark(0, 65_000);
        line.command(0, CommandOp::Arm);
        line
    }

    /// Sends one group and takes what came of it. The input's own fields stay.
    pub(crate) fn group(&mut self, ts: i64, records: &[Record]) -> Vec<Judged> {
        self.seq += 1;
        for (at, record) in records.iter().enumerate() {
            let mut record = *record;
            (record.seq, record.ts) = (self.seq, Nanos(ts));
            if at + 1 == records.len() {
                record.mark_end();
            }
            self.input.try_send(record).unwrap();
        }
        while self.actor.turn() == Duty::Busy {}
        let mut out = Vec::new();
        self.output.poll(1024, |judged| out.push(*judged));
        out
    }

    pub(crate) fn command(&mut self, ts: i64, op: CommandOp) {
        self.group(ts, &[record(Kind::Command, Command::new(op, 0))]);
    }

    /// A quote that the venue stamped a nanosecond later than we did, and its touch.
    pub(crate) fn touch(&mut self, ts: i64, touch: Touch) {
        let quote = Quote { exch_ts: Nanos(ts + 1), ..Quote::default() };
        self.group(ts, &[record(Kind::Quote, quote), record(Kind::Touch, touch)]);
    }

    /// A mark price of so many whole units.
    pub(crate) fn mark(&mut self, ts: i64, price: i64) {
        let mark = price * 10_i64.pow(u32::from(MarkPrice::PLACES));
        let mark = MarkPrice { mark, exch_ts: Nanos(ts + 1), ..MarkPrice::default() };
        self.group(ts, &[record(Kind::MarkPrice, mark)]);
    }

    pub(crate) fn spec(&mut self, spec: &InstrumentSpec) {
        let (name, grid, money) = spec.to_bodies();
        let thirds = [
            record(Kind::SpecName, name),
            record(Kind::SpecGrid, grid),
            record(Kind::SpecMoney, money),
        ];
        self.group(0, &thirds);
    }

    /// An intent in a group of its own, behind a quote.
    pub(crate) fn intent(&mut self, ts: i64, order: OrderFields) -> Vec<Judged> {
        let quote = record(Kind::Quote, types::Quote::default());
        self.group(ts, &[quote, record(Kind::Intent, order)])
    }

    pub(crate) fn report(&mut self, ts: i64, report: Report, trade_id: u64) {
        let detail = ReportDetail {
            venue_order_id: 0,
            trade_id,
            fee: types::Wide::new(0),
            exch_ts: Nanos(0),
        };
        let group = [record(Kind::Report, report), record(Kind::ReportDetail, detail)];
        self.group(ts, &group[..1 + usize::from(report.detailed)]);
    }

    /// The name of the rule that refused the intent; `None` when it was approved.
    pub(crate) fn refusal(&mut self, ts: i64, order: OrderFields) -> Option<&'static str> {
        let out = self.intent(ts, order);
        let approved = out.iter().any(|judged| judged.approved().is_some());
        let refused = verdicts(&out).into_iter().find(|verdict| verdict.passed == 0);
        assert_eq!(approved, refused.is_none(), "approved or refused, never both or neither");
        refused.map(|verdict| crate::rule_name(verdict.rule).unwrap())
    }
}

pub(crate) fn record<B: Body>(kind: Kind, body: B) -> Record {
    Record::new(kind, ONE, Nanos(0), body)
}

pub(crate) fn verdicts(out: &[Judged]) -> Vec<Verdict> {
    let records = out.iter().map(Slot::record);
    records.filter(|r| r.kind() == Some(Kind::Verdict)).map(Record::body).collect()
}
