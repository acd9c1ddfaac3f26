//! Why an order came to be, and what became of it.

use super::decision::{Decision, decision, order_of};
use super::shown::{Shown, StageTime};
use super::{TallyShown, text};
use crate::journal::{Journal, JournalError, Specs};
use crate::names::Names;
use crate::stats::{STAGES, stage_times};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use types::{
    ClientOrderId, InstrumentId, Kind, Mark, Nanos, OrderState, Record, Report, ReportStatus,
    Signal, Timing, Transition, Vote,
};

/// Everything that led to an order, and its life.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Which order.
    pub order: ClientOrderId,
    /// Our id of its instrument.
    pub instrument: String,
    /// Its last known state; `None` when it never changed one.
    pub state: Option<OrderState>,
    /// Sequence number of the group in which it was decided.
    pub sequence: u64,
    /// That group's time.
    pub ts: Nanos,
    /// The input of that group: the tick.
    pub inputs: Vec<Shown>,
    /// Best bid and ask then.
    pub touch: Option<Shown>,
    /// Each indicator line's last value then.
    pub signals: Vec<Shown>,
    /// Each member's last vote then, shadow seats included.
    pub votes: Vec<Shown>,
    /// How those votes counted; `None` where the configuration is not known.
    pub tally: Option<TallyShown>,
    /// What the council wanted.
    pub intent: Option<Shown>,
    /// What each rule said, the refusing one last.
    pub verdicts: Vec<Shown>,
    /// What risk let pass.
    pub approved: Option<Shown>,
    /// What the gateway accepted.
    pub action: Option<Shown>,
    /// Nanoseconds spent in each stage.
    pub timing: Vec<StageTime>,
    /// From the socket read to the return of the socket write.
    pub tick_to_order_ns: Option<u64>,
    /// Its states, reports and later actions, in sequence.
    pub life: Vec<Shown>,
}

impl Explanation {
    /// As one JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let list = |shown: &[Shown]| Value::Array(shown.iter().map(Shown::to_json).collect());
        let one = |shown: &Option<Shown>| shown.as_ref().map_or(Value::Null, Shown::to_json);
        let mut times = Map::new();
        for time in &self.timing {
            times.insert(time.stage.into(), time.ns.into());
        }
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
        put("client_order_id", self.order.to_string().into());
        put("instrument", self.instrument.as_str().into());
        put("state", self.state.map_or(Value::Null, |state| state.as_str().into()));
        put("sequence", self.sequence.into());
        put("ts_ns", self.ts.0.into());
        put("inputs", list(&self.inputs));
        put("touch", one(&self.touch));
        put("signals", list(&self.signals));
        put("votes", list(&self.votes));
        put("tally", self.tally.map_or(Value::Null, TallyShown::to_json));
        put("intent", one(&self.intent));
        put("verdicts", list(&self.verdicts));
        put("approved", one(&self.approved));
        put("action", one(&self.action));
        put("stages_ns", Value::Object(times));
        put("tick_to_order_ns", self.tick_to_order_ns.map_or(Value::Null, Value::from));
        put("life", list(&self.life));
        Value::Object(object)
    }

    /// As text for a terminal, with a last LF.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::render(self)
    }
}

/// Explains `order` from `journal`; `None` when the journal does not know it.
///
/// # Errors
/// The first damage found.
pub fn explain(
    journal: &Journal,
    order: ClientOrderId,
    names: &Names,
) -> Result<Option<Explanation>, JournalError> {
    let mut collector = Collector::new(journal, order, names);
    let mut groups = journal.groups();
    while let Some(group) = groups.next_group()? {
        collector.on_group(group.records);
    }
    Ok(collector.explanation)
}

/// Keeps the last word of everyone until the order appears, then its life.
struct Collector<'n> {
    order: ClientOrderId,
    names: &'n Names,
    specs: Specs,
    touches: BTreeMap<InstrumentId, Record>,
    signals: BTreeMap<(InstrumentId, u16, u16), Record>,
    votes: BTreeMap<(InstrumentId, u8, Kind), Record>,
    explanation: Option<Explanation>,
}

impl<'n> Collector<'n> {
    fn new(journal: &Journal, order: ClientOrderId, names: &'n Names) -> Self {
        Self {
            order,
            names,
            specs: Specs::new(journal.instruments.clone()),
            touches: BTreeMap::new(),
            signals: BTreeMap::new(),
            votes: BTreeMap::new(),
            explanation: None,
        }
    }

    fn on_group(&mut self, records: &[Record]) {
        let mut decides = false;
        let mut lives = false;
        for record in records {
            match record.kind() {
                Some(Kind::Intent | Kind::Approved | Kind::Action) => {
                    decides |= order_of(record) == self.order;
                }
                Some(Kind::Report) => lives |= record.body::<Report>().id() == self.order,
                Some(Kind::Transition) => lives |= record.body::<Transition>().id() == self.order,
                _ => self.remember(record),
            }
        }
        let first = decides && self.explanation.is_none();
        if first {
            self.explanation = Some(self.decided(records));
        }
        if decides || lives {
            self.live(records, first);
        }
    }

    /// Once the order is explained, only its life is of interest.
    fn remember(&mut self, record: &Record) {
        let id = record.instrument;
        match record.kind() {
            Some(Kind::SpecName | Kind::SpecGrid | Kind::SpecMoney) => {
                self.specs.on_record(record);
            }
            _ if self.explanation.is_some() => {}
            Some(Kind::Touch) => {
                self.touches.insert(id, *record);
            }
            Some(Kind::Signal) => {
                let signal: Signal = record.body();
                self.signals.insert((id, signal.indicator, signal.line), *record);
            }
            Some(kind @ (Kind::Vote | Kind::ShadowVote)) => {
                let vote: Vote = record.body();
                self.votes.insert((id, vote.member, kind), *record);
            }
            _ => {}
        }
    }

    fn decided(&self, records: &[Record]) -> Explanation {
        let Decision { intent, verdicts, approved, action } = decision(records, self.order);
        let id = action.or(approved).or(intent).map_or(InstrumentId::NONE, |r| r.instrument);
        let here = |of: InstrumentId| of == id || of == InstrumentId::NONE;
        let show = |record: &Record| Shown::new(record, &self.specs, self.names);
        let timings = records.iter().rev().find(|r| r.kind() == Some(Kind::Timing));
        let timing: Option<Timing> = timings.map(Record::body);
        let signals = self.signals.iter().filter(|((of, ..), _)| here(*of));
        let votes: Vec<_> =
            self.votes.iter().filter(|((of, ..), _)| here(*of)).map(|(_, r)| r).collect();
        let (sequence, ts) = records.first().map(|r| (r.seq, r.ts)).unwrap_or_default();
        Explanation {
            order: self.order,
            instrument: self.specs.name(id).into_owned(),
            state: None,
            sequence,
            ts,
            inputs: records.iter().filter(|r| r.is_input()).map(show).collect(),
            touch: self.touches.get(&id).map(show),
            signals: signals.map(|(_, record)| show(record)).collect(),
            tally: TallyShown::of(votes.iter().copied(), ts, self.names),
            votes: votes.into_iter().map(show).collect(),
            intent: intent.as_ref().map(show),
            verdicts: verdicts.iter().map(show).collect(),
            approved: approved.as_ref().map(show),
            action: action.as_ref().map(show),
            timing: timing.as_ref().map(stages).unwrap_or_default(),
            tick_to_order_ns: timing.and_then(|t| t.at(Mark::Written)).map(u64::from),
            life: Vec::new(),
        }
    }

    /// Adds what the group says of the order; in the group that decided it, the
    /// intent, approval and action are shown already.
    fn live(&mut self, records: &[Record], first: bool) {
        let mut detail_follows = false;
        let mut shown = Vec::new();
        let mut state = None;
        let mut denied = false;
        for record in records {
            let ours = match record.kind() {
                Some(Kind::Report) => {
                    let report: Report = record.body();
                    detail_follows = report.id() == self.order;
                    // No transition tells of a rule's no: it never reached the gateway.
                    denied |= detail_follows && report.status() == Some(ReportStatus::Denied);
                    detail_follows
                }
                Some(Kind::ReportDetail) => std::mem::take(&mut detail_follows),
                Some(Kind::Transition) => {
                    let transition: Transition = record.body();
                    let ours = transition.id() == self.order;
                    state = if ours { Some(transition.to()) } else { state };
                    ours
                }
                Some(Kind::Intent | Kind::Action) => !first && order_of(record) == self.order,
                _ => false,
            };
            if ours {
                shown.push(Shown::new(record, &self.specs, self.names));
            }
        }
        if let Some(explanation) = &mut self.explanation {
            explanation.life.append(&mut shown);
            explanation.state = state.or(explanation.state);
            if denied && explanation.state.is_none() {
                explanation.state = Some(OrderState::Denied);
            }
        }
    }
}

fn stages(timing: &Timing) -> Vec<StageTime> {
    stage_times(timing).map(|(index, ns)| StageTime { stage: STAGES[index], ns }).collect()
}
