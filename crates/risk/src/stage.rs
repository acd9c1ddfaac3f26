//! The stage: it keeps account, makes a case of each intent, lets the rules
//! judge it in order, and approves what all of them pass.
//!
//! Fed by the council's link; its output goes to the gateway and the tap. Never
//! here: a rule's own arithmetic, a clock, an allocation after construction.

use crate::RiskConfig;
use crate::counters::RiskCounters;
use crate::day::Day;
use crate::exposure::Exposure;
use crate::judged::Judged;
use crate::markets::Markets;
use crate::orders::ORDER_CAPACITY;
use crate::rate::Rate;
use crate::registry::{AnyRule, JUDGES, ORDER};
use crate::rule::{Case, Finding, MISSING, OVERFLOW, measured, worst_value};
use crate::twins::Twins;
use account::{LineState, Reports, Told};
use actor::{Outbox, Stage};
use std::sync::Arc;
use types::{
    Action, ClientOrderId, InstrumentId, Kind, MAX_INSTRUMENTS, Mark, Nanos, OrderFields,
    ParamError, Record, Verdict,
};

/// Pre-trade risk.
pub struct RiskStage {
    /// Per instrument: the rules in the order of judgement.
    rules: Vec<Vec<Option<AnyRule>>>,
    /// For an instrument that is not in the tables.
    rules_else: Vec<Option<AnyRule>>,
    exposure: Exposure,
    markets: Markets,
    rate: Rate,
    twins: Twins,
    day: Day,
    line: LineState,
    reports: Reports,
    /// Places approved in this group, which is what came of one input.
    siblings: u32,
    counters: Arc<RiskCounters>,
}

/// A refusal by the stage itself: its index after the rules', and what it found.
type BuiltIn = (usize, Finding);

impl RiskStage {
    /// The stage for `instruments` instruments; all memory is taken here.
    ///
    /// # Errors
    /// More instruments than an engine holds, or limits for one beyond them.
    pub fn new(config: RiskConfig, instruments: usize) -> Result<Self, ParamError> {
        if instruments > MAX_INSTRUMENTS {
            return Err(ParamError {
                key: "instruments".to_owned(),
                sentence: format!("{instruments} are too many; give at most {MAX_INSTRUMENTS}"),
            });
        }
        config.check_instruments(instruments)?;
        // `instruments` is at most MAX_INSTRUMENTS, which fits 16 bits.
        let ids = (0..instruments).map(|index| InstrumentId(index as u16));
        Ok(Self {
            rules: ids.map(|id| config.rules_of(id)).collect(),
            rules_else: config.rules_of(InstrumentId::NONE),
            exposure: Exposure::new(instruments),
            markets: Markets::new(instruments),
            rate: Rate::new(),
            twins: Twins::new(instruments),
            day: Day::default(),
            line: LineState::default(),
            reports: Reports::default(),
            siblings: 0,
            counters: Arc::new(RiskCounters::new()),
        })
    }

    /// What it has done so far.
    #[must_use]
    pub fn counters(&self) -> Arc<RiskCounters> {
        Arc::clone(&self.counters)
    }

    /// Takes a record of the account or of the market in.
    fn account(&mut self, record: &Record, kind: Kind) {
        let instrument = record.instrument;
        match kind {
            Kind::Command => self.line.on_command(&record.body()),
            Kind::HeldPosition => {
                let spec = self.markets.spec(instrument);
                self.exposure.on_held(instrument, spec, &record.body());
            }
            Kind::Funding => self.exposure.on_funding(&record.body()),
            // Time alone makes a day begin and a position lose.
            Kind::Timer => {
                self.day_loss(record.ts);
            }
            _ => {
                let exposure = &self.exposure;
                let is_flat = |instrument| exposure.held(instrument).is_flat();
                self.markets.on_record(record, kind, is_flat);
            }
        }
    }

    fn on_report(&mut self, told: &Told) {
        let spec = self.markets.spec(told.instrument);
        self.exposure.on_report(told, spec);
    }

    /// What all instruments have made since the start, funding included; `None` where one cannot
    /// be valued.
    fn made(&self) -> Option<i128> {
        let mut sum = self.exposure.positions().funding()?.0;
        for (index, holding) in self.exposure.positions().all().iter().enumerate() {
            let id = InstrumentId(u16::try_from(index).unwrap_or(u16::MAX));
            let touch = self.markets.known(id).touch;
            let two_sided = touch.bid_qty.0 > 0 && touch.ask_qty.0 > 0;
            let mid_x2 = two_sided.then(|| touch.mid_x2());
            sum = sum.checked_add(holding.profit(self.markets.spec(id), mid_x2)?.0)?;
        }
        Some(sum)
    }

    fn day_loss(&mut self, now: Nanos) -> i128 {
        let made = self.made();
        self.day.loss(now, made)
    }

    /// What every instrument but one is exposed to.
    fn gross_else(&self, instrument: InstrumentId) -> i128 {
        let mut sum = 0_i128;
        for index in 0..self.rules.len() {
            let id = InstrumentId(u16::try_from(index).unwrap_or(u16::MAX));
            if id == instrument {
                continue;
            }
            let (held, known) = (self.exposure.held(id), self.markets.known(id));
            let Some(worth) = measured(worst_value(&held, self.markets.spec(id), &known.touch))
            else {
                return MISSING;
            };
            sum = sum.saturating_add(worth);
        }
        if sum == i128::MAX { OVERFLOW } else { sum }
    }

    /// Judges an intent, and adds what came of it.
    fn judge(&mut self, intent: &Record, out: &mut Outbox<Judged>) {
        let order: OrderFields = intent.body();
        if order.action() == Action::Cancel {
            // Cancels bring nothing nearer to a limit: they pass, and are counted.
            self.counters.count_cancel();
            self.approve(intent, order, out);
            return;
        }
        let case = self.case(intent, order);
        let rules = self.rules.get(intent.instrument.index()).unwrap_or(&self.rules_else);
        for (index, rule) in rules.iter().enumerate() {
            let Some(rule) = rule else { continue };
            let finding = rule.check(&case);
            out.push(verdict(intent, index, finding));
            if !finding.passed {
                self.counters.count_refused(index);
                return;
            }
        }
        if let Some((index, finding)) = self.built_in(intent.instrument, &order) {
            out.push(verdict(intent, index, finding));
            self.counters.count_refused(index);
            return;
        }
        if order.action() == Action::Amend {
            self.exposure.reserve_amend(&order);
        } else {
            let reserved = self.exposure.reserve(intent.instrument, &order);
            assert!(reserved, "Invariant: the built-in refusals leave room for the order.");
        }
        self.counters.count_approved();
        self.siblings = self.siblings.saturating_add(1);
        self.twins.add(intent.instrument, &order, intent.ts);
        self.approve(intent, order, out);
    }

    fn approve(&mut self, intent: &Record, order: OrderFields, out: &mut Outbox<Judged>) {
        self.rate.add(intent.ts);
        out.push(Judged::approve(intent, order));
    }

    /// The case of an intent. An amendment is judged as the whole new order in the
    /// place of the old one: what the old one holds and has filled is taken out,
    /// so that the new quantity leads where it leads.
    fn case(&mut self, intent: &Record, order: OrderFields) -> Case {
        let known = self.markets.known(intent.instrument);
        let replaced = match order.action() {
            Action::Amend => self.exposure.amendable(intent.instrument, &order).copied(),
            Action::Place | Action::Cancel => None,
        };
        let mut held = self.exposure.held(intent.instrument);
        if let Some(old) = replaced {
            *held.of(old.side) -= i128::from(old.remaining) + i128::from(old.filled);
        }
        let live = self.exposure.orders().live() - usize::from(replaced.is_some());
        // Other terms of one order are no second order.
        let twin =
            if replaced.is_some() { None } else { self.twins.last(intent.instrument, &order) };
        Case {
            order,
            spec: self.markets.spec(intent.instrument).copied(),
            touch: known.touch,
            touched: known.touched,
            now: intent.ts,
            held,
            gate: self.line.gate(),
            recent: self.rate.count(intent.ts),
            mark: known.mark,
            skew: known.skew,
            open: u32::try_from(live).unwrap_or(u32::MAX),
            siblings: self.siblings,
            twin,
            gross_else: self.gross_else(intent.instrument),
            day_loss: self.day_loss(intent.ts),
        }
    }

    /// Without these an order could not be kept account of.
    fn built_in(&self, instrument: InstrumentId, order: &OrderFields) -> Option<BuiltIn> {
        let (orders, known) = (self.exposure.orders(), self.rules.len());
        let (at, seen, limit) = if instrument.index() >= known {
            (0, instrument.index(), known)
        } else if order.qty.0 <= 0 || order.id() == ClientOrderId::NONE {
            (1, usize::from(order.action), usize::from(Action::Place as u8))
        } else if order.action() == Action::Amend {
            let is_amendable = self.exposure.amendable(instrument, order).is_some();
            return (!is_amendable).then(|| (ORDER.len() + 4, Finding::refused(1, 0)));
        } else if orders.contains(order.id()) {
            (2, 2, 1)
        } else if orders.live() == ORDER_CAPACITY {
            (3, orders.live() + 1, ORDER_CAPACITY)
        } else {
            return None;
        };
        Some((ORDER.len() + at, Finding::refused(seen as i128, limit as i128)))
    }
}

/// What one rule said, as a record of the intent's group.
fn verdict(intent: &Record, index: usize, finding: Finding) -> Judged {
    let body = Verdict {
        rule: u16::try_from(index).unwrap_or(u16::MAX),
        passed: u8::from(finding.passed),
        pad: [0; 5],
        seen: types::Wide::new(finding.seen),
        limit: types::Wide::new(finding.limit),
    };
    Judged::passed_on(intent.sibling(Kind::Verdict, intent.instrument, body))
}

const _: () = assert!(JUDGES < u16::MAX as usize);

impl Stage for RiskStage {
    type In = Record;
    type Out = Judged;

    const NAME: &'static str = "risk";
    const MARK: Mark = Mark::Risk;
    /// For an intent: a verdict of each rule, and then the approval or the one
    /// built-in refusal.
    const MAX_ADDED: usize = ORDER.len() + 1;

    fn forward(&mut self, record: Record) -> Judged {
        if record.kind() == Some(Kind::Approved) {
            self.counters.count_forged();
        }
        Judged::passed_on(record)
    }

    fn on_record(&mut self, input: &Record, out: &mut Outbox<Judged>) {
        let Some(kind) = input.kind() else { return };
        // The report comes before anything that the group made of it.
        if let Some(told) = self.reports.on_record(input) {
            self.on_report(&told);
        }
        match kind {
            Kind::Report | Kind::ReportDetail => {}
            Kind::Intent => self.judge(input, out),
            _ => self.account(input, kind),
        }
    }

    fn on_end(&mut self, _out: &mut Outbox<Judged>) {
        if let Some(told) = self.reports.on_end() {
            self.on_report(&told);
        }
        self.siblings = 0;
        self.counters.set_live(self.exposure.orders().live());
    }
}
