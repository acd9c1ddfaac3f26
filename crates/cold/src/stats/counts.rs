//! Counts what passes: events, signals, votes, orders, fills, times.

use super::holding::Holding;
use super::latency::{Latency, STAGES, stage_times};
use super::snapshot::{BookSummary, InstrumentStats, Opinion, REASONS, StatsSnapshot};
use super::votes::Votes;
use super::wallet::Wallet;
use crate::journal::OrderDigest;
use account::LineState;
use std::sync::Arc;
use types::{
    Action, BookChange, BookState, Class, FeeAsset, HeldPosition, InstrumentId, InstrumentSpec,
    Kind, Mark, Money, Nanos, OrderFields, OrderState, Record, Report, ReportDetail, Timing, Touch,
    Transition, Verdict,
};

/// Everything of one instrument.
#[derive(Clone, Debug, Default)]
struct Instrument {
    spec: Option<InstrumentSpec>,
    holding: Holding,
    book: Option<(BookState, u8)>,
    fills: u64,
}

/// Statistics of the records so far.
#[derive(Clone, Debug)]
pub struct Stats {
    digest: OrderDigest,
    kinds: [u64; Kind::ALL.len()],
    classes: [u64; 4],
    events: u64,
    records: u64,
    last: (u64, Nanos),
    denied: Vec<u64>,
    passed: Vec<u64>,
    votes: Votes,
    actions: [u64; 3],
    fills: u64,
    order_states: [u64; OrderState::ALL.len()],
    /// Book changes by [`types::StateReason`].
    reasons: [u64; REASONS.len()],
    instruments: Vec<Instrument>,
    wallet: Wallet,
    line: LineState,
    stages: [Latency; STAGES.len()],
    tick_to_order: Latency,
    /// The last Timing of the open group: later ones know more.
    timing: Option<Timing>,
    /// What the fee of the last report's detail was paid in.
    fee_asset: FeeAsset,
    in_group: bool,
}

impl Stats {
    /// Of nothing yet. `ids` are our instrument ids in the configuration's order.
    #[must_use]
    pub fn new(ids: Arc<[String]>) -> Self {
        Self {
            digest: OrderDigest::new(ids),
            kinds: [0; Kind::ALL.len()],
            classes: [0; 4],
            events: 0,
            records: 0,
            last: (0, Nanos(0)),
            denied: Vec::new(),
            passed: Vec::new(),
            votes: Votes::default(),
            actions: [0; 3],
            fills: 0,
            order_states: [0; OrderState::ALL.len()],
            reasons: [0; REASONS.len()],
            instruments: Vec::new(),
            wallet: Wallet::default(),
            line: LineState::default(),
            stages: std::array::from_fn(|_| Latency::new()),
            tick_to_order: Latency::new(),
            timing: None,
            fee_asset: FeeAsset::Quote,
            in_group: false,
        }
    }

    /// Takes in one record.
    pub fn on_record(&mut self, record: &Record) {
        let Some(kind) = record.kind() else { return };
        if !self.in_group {
            self.on_event(record, kind);
        }
        self.records += 1;
        self.kinds[kind_index(kind)] += 1;
        self.digest.on_record(record);
        self.on_kind(record, kind);
        self.in_group = !record.is_end();
        if record.is_end()
            && let Some(timing) = self.timing.take()
        {
            self.on_timing(&timing);
        }
    }

    /// What the summary and the metrics read.
    #[must_use]
    pub fn snapshot(&self) -> StatsSnapshot {
        let count = |kind| self.kinds[kind_index(kind)];
        let kinds = Kind::ALL.iter().map(|&kind| (kind.name(), count(kind))).collect();
        let [place, amend, cancel] = self.actions;
        StatsSnapshot {
            events: self.events,
            records: self.records,
            last_sequence: self.last.0,
            last_ts: self.last.1,
            kinds,
            classes: self.classes,
            signals: count(Kind::Signal),
            votes: count(Kind::Vote),
            shadow_votes: count(Kind::ShadowVote),
            intents: count(Kind::Intent),
            denied: self.denied.clone(),
            passed: self.passed.clone(),
            votes_by_seat: self.votes.counts(),
            opinions: self.opinions(),
            actions: place + amend + cancel,
            orders: place,
            amends: amend,
            cancels: cancel,
            fills: self.fills,
            order_states: self.order_states,
            book_changes: self.reasons,
            instruments: self.instrument_stats(),
            books: self.books(),
            funding: self.wallet.funding(),
            balances: self.wallet.balances(),
            line: self.line,
            stages: STAGES.iter().zip(&self.stages).map(|(&name, l)| l.read(name)).collect(),
            tick_to_order: self.tick_to_order.read("tick_to_order"),
            order_digest: self.digest.hex(),
        }
    }

    fn on_event(&mut self, first: &Record, kind: Kind) {
        self.events += 1;
        self.last = (first.seq, first.ts);
        let class = match kind.class() {
            Class::Command => 0,
            Class::Report => 1,
            Class::Timer => 2,
            Class::Market => 3,
            // No event: a group that begins so is the journal's business.
            Class::Decided | Class::Measured => return,
        };
        self.classes[class] += 1;
    }

    fn on_kind(&mut self, record: &Record, kind: Kind) {
        match kind {
            Kind::Command => self.line.on_command(&record.body()),
            Kind::SpecMoney => self.on_spec(record.instrument),
            Kind::Balance => self.wallet.on_balance(&record.body()),
            Kind::Funding => self.wallet.on_funding(&record.body()),
            Kind::HeldPosition => self.on_held(record),
            Kind::Report => self.on_report(record),
            Kind::ReportDetail => {
                let detail: ReportDetail = record.body();
                self.on_fee(record.instrument, detail.fee.into());
            }
            Kind::BookChange => self.on_book(record),
            Kind::Touch => self.on_touch(record),
            Kind::Vote | Kind::ShadowVote => {
                self.votes.on_vote(record.instrument.index(), &record.body());
            }
            Kind::Verdict => self.on_verdict(&record.body()),
            Kind::Action => {
                let fields: OrderFields = record.body();
                self.actions[match fields.action() {
                    Action::Place => 0,
                    Action::Amend => 1,
                    Action::Cancel => 2,
                }] += 1;
            }
            Kind::Transition => self.on_transition(&record.body()),
            Kind::Timing => self.timing = Some(record.body()),
            _ => {}
        }
    }

    fn on_spec(&mut self, id: InstrumentId) {
        let Some(new) = self.digest.specs().get(id).copied() else { return };
        self.holding(id, |at| {
            if let Some(old) = at.spec.replace(new) {
                at.holding.on_spec(&old, &new);
            }
        });
    }

    fn on_held(&mut self, record: &Record) {
        let held: HeldPosition = record.body();
        self.holding(record.instrument, |at| {
            if let Some(spec) = at.spec {
                at.holding.on_held(&spec, held.qty, held.entry);
            }
        });
    }

    fn on_report(&mut self, record: &Record) {
        let report: Report = record.body();
        if !report.is_fill() {
            return;
        }
        self.fee_asset = report.fee_asset();
        self.fills += 1;
        self.holding(record.instrument, |at| {
            at.fills += 1;
            if let Some(spec) = at.spec {
                at.holding.on_fill(&spec, report.side(), report.price, report.qty);
            }
        });
    }

    fn on_fee(&mut self, instrument: InstrumentId, fee: Money) {
        let asset = self.fee_asset;
        self.holding(instrument, |at| match (asset, at.spec) {
            (FeeAsset::Quote, _) => at.holding.on_fee(fee),
            (FeeAsset::Base, Some(spec)) => at.holding.on_base_fee(&spec, fee),
            // A third asset's balance says it; no sum of this instrument.
            (FeeAsset::Base | FeeAsset::Other, _) => {}
        });
    }

    fn on_book(&mut self, record: &Record) {
        let change: BookChange = record.body();
        if let Some(count) = self.reasons.get_mut(usize::from(change.reason)) {
            *count += 1;
        }
        self.holding(record.instrument, |at| at.book = Some((change.state(), change.reason)));
    }

    fn on_touch(&mut self, record: &Record) {
        let touch: Touch = record.body();
        // A mid wants both sides; whether the book is live is not its business.
        if touch.bid_qty.0 > 0 && touch.ask_qty.0 > 0 {
            self.holding(record.instrument, |at| at.holding.on_mid(touch.mid_x2()));
        }
    }

    fn on_verdict(&mut self, verdict: &Verdict) {
        let counts = if verdict.passed == 0 { &mut self.denied } else { &mut self.passed };
        // Rules are few; a damaged index must not ask for all memory.
        let rule = usize::from(verdict.rule).min(1023);
        if counts.len() <= rule {
            counts.resize(rule + 1, 0);
        }
        counts[rule] += 1;
    }

    fn on_transition(&mut self, transition: &Transition) {
        let from = &mut self.order_states[transition.from() as usize];
        *from = from.saturating_sub(1);
        self.order_states[transition.to() as usize] += 1;
    }

    fn on_timing(&mut self, timing: &Timing) {
        for (stage, ns) in stage_times(timing) {
            self.stages[stage].record(ns);
        }
        if let Some(written) = timing.at(Mark::Written) {
            self.tick_to_order.record(u64::from(written));
        }
    }

    fn holding(&mut self, id: InstrumentId, change: impl FnOnce(&mut Instrument)) {
        let index = id.index();
        if index >= types::MAX_INSTRUMENTS {
            return;
        }
        if self.instruments.len() <= index {
            self.instruments.resize_with(index + 1, Instrument::default);
        }
        change(&mut self.instruments[index]);
    }

    fn each(&self) -> impl Iterator<Item = (String, &Instrument)> {
        let specs = self.digest.specs();
        self.instruments
            .iter()
            .zip(0_u16..)
            .map(move |(at, index)| (specs.name(InstrumentId(index)).into_owned(), at))
    }

    fn instrument_stats(&self) -> Vec<InstrumentStats> {
        self.each()
            .filter_map(|(instrument, at)| {
                let spec = at.spec?;
                let valued = at.holding.valued(&spec);
                Some(InstrumentStats {
                    instrument,
                    position: spec.qty(at.holding.qty()),
                    average_entry: valued.average_entry,
                    realised: valued.realised,
                    unrealised: valued.unrealised,
                    fees: valued.fees,
                    fills: at.fills,
                })
            })
            .collect()
    }

    fn opinions(&self) -> Vec<Opinion> {
        let specs = self.digest.specs();
        let name = |at: usize| {
            let id = u16::try_from(at).map_or(InstrumentId::NONE, InstrumentId);
            specs.name(id).into_owned()
        };
        let said = self.votes.opinions();
        said.map(|(at, seat, ppm)| Opinion { instrument: name(at), seat, ppm }).collect()
    }

    fn books(&self) -> Vec<BookSummary> {
        self.each()
            .map(|(instrument, at)| {
                // A book that has not changed yet waits for its snapshot.
                let (state, reason) = at.book.unwrap_or_default();
                let change =
                    BookChange { reason, ..BookChange::new(state, types::StateReason::Start) };
                BookSummary { instrument, state, reason: change.reason() }
            })
            .collect()
    }
}

/// Position of a kind in [`Kind::ALL`], which is in the order of its codes.
fn kind_index(kind: Kind) -> usize {
    const INDEX: [u8; 256] = {
        let mut index = [0; 256];
        let mut at = 0;
        while at < Kind::ALL.len() {
            index[Kind::ALL[at] as usize] = at as u8;
            at += 1;
        }
        index
    };
    usize::from(INDEX[kind as usize])
}
