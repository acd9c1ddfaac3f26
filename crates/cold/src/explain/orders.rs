//! Every order of a journal with its states, ids, times and fills.

use crate::journal::{Journal, JournalError, Specs, cause};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use types::{
    Action, ClientOrderId, Decimal, FeeAsset, Kind, Liquidity, MemberId, Money, Nanos, OrderFields,
    OrderState, OrderType, Record, Report, ReportDetail, ReportStatus, Side, TimeInForce,
    Transition,
};

/// A change of an order's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// The new state.
    pub state: OrderState,
    /// When.
    pub ts: Nanos,
    /// In which group.
    pub sequence: u64,
    /// The report that caused it, or `TIMER`.
    pub cause: &'static str,
}

/// A fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderFill {
    /// When it reached the sequencer.
    pub ts: Nanos,
    /// When the venue says it happened; 0 where it did not say.
    pub exch_ts: Nanos,
    /// In which group.
    pub sequence: u64,
    /// At what price.
    pub price: Decimal,
    /// How much.
    pub qty: Decimal,
    /// In what `fee_asset` says; negative is a rebate.
    pub fee: Money,
    /// What the fee was paid in.
    pub fee_asset: FeeAsset,
    /// Whether it rested or took.
    pub liquidity: Liquidity,
    /// The venue's id; 0 where it did not say.
    pub trade_id: u64,
}

/// One order, from its intent on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderStory {
    /// Its id.
    pub id: ClientOrderId,
    /// The venue's id; 0 before it said one.
    pub venue_order_id: u64,
    /// Our id of the instrument.
    pub instrument: String,
    /// The member who wanted it most.
    pub member: MemberId,
    /// The strategy in its id.
    pub strategy: u16,
    /// Buy or sell.
    pub side: Side,
    /// Limit or market.
    pub order_type: OrderType,
    /// How long it stands.
    pub time_in_force: TimeInForce,
    /// Limit price, the amended one if there was one; `None` for a market order.
    pub price: Option<Decimal>,
    /// Quantity, the amended one if there was one.
    pub qty: Decimal,
    /// May only reduce.
    pub reduce_only: bool,
    /// Time of the group in which it was wanted.
    pub created: Nanos,
    /// Its states in sequence.
    pub states: Vec<StateChange>,
    /// Its fills in sequence.
    pub fills: Vec<OrderFill>,
}

impl OrderStory {
    /// Its last state; INITIALIZED before the first change.
    #[must_use]
    pub fn state(&self) -> OrderState {
        self.states.last().map_or(OrderState::Initialized, |change| change.state)
    }

    /// As one JSON object; ids of the venue are strings, as they pass 2^53.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let states: Vec<_> = self.states.iter().copied().map(StateChange::to_json).collect();
        let fills: Vec<_> = self.fills.iter().copied().map(OrderFill::to_json).collect();
        json!({
            "client_order_id": self.id.to_string(),
            "venue_order_id": venue_id(self.venue_order_id),
            "instrument": self.instrument,
            "state": self.state().as_str(),
            "side": self.side.as_str(),
            "type": self.order_type.as_str(),
            "time_in_force": self.time_in_force.as_str(),
            "price": self.price.map(|price| price.to_string()),
            "qty": self.qty.to_string(),
            "reduce_only": self.reduce_only,
            "member": self.member.0,
            "strategy": self.strategy,
            "created_ns": self.created.0,
            "states": states,
            "fills": fills,
        })
    }
}

impl OrderStory {
    /// As one line for people: id, what was asked, and every state with its time
    /// since the order was wanted.
    #[must_use]
    pub fn to_text(&self) -> String {
        let price = self.price.map_or_else(String::new, |price| format!(" at {price}"));
        let states = self.states.iter().map(|change| {
            let after_us = (change.ts.0 - self.created.0) / 1000;
            format!("{} +{after_us}us", change.state.as_str())
        });
        format!(
            "{}  {}  {} {}{price} {} {}  {}  fills {}",
            self.id,
            self.instrument,
            self.side.as_str(),
            self.qty,
            self.order_type.as_str(),
            self.time_in_force.as_str(),
            states.collect::<Vec<_>>().join(" → "),
            self.fills.len()
        )
    }
}

impl StateChange {
    fn to_json(self) -> Value {
        json!({
            "state": self.state.as_str(),
            "ts_ns": self.ts.0,
            "sequence": self.sequence,
            "cause": self.cause,
        })
    }
}

impl OrderFill {
    fn to_json(self) -> Value {
        json!({
            "ts_ns": self.ts.0,
            "exch_ts_ns": self.exch_ts.0,
            "sequence": self.sequence,
            "price": self.price.to_string(),
            "qty": self.qty.to_string(),
            "fee": self.fee.to_string(),
            "fee_asset": self.fee_asset.as_str(),
            "liquidity": self.liquidity.as_str(),
            "trade_id": venue_id(self.trade_id),
        })
    }
}

fn venue_id(id: u64) -> Value {
    if id == 0 { Value::Null } else { id.to_string().into() }
}

/// Every order of `journal`, denied ones included, in the order in which they
/// were wanted. Memory grows with the number of orders, not of records.
///
/// # Errors
/// The first damage found.
pub fn orders(journal: &Journal) -> Result<Vec<OrderStory>, JournalError> {
    let mut found = OrderStories::new(journal);
    let mut groups = journal.groups();
    while let Some(group) = groups.next_group()? {
        for record in group.records {
            found.on_record(record);
        }
    }
    Ok(found.stories)
}

/// The orders of the records so far, for whoever makes more than one thing of a pass.
pub struct OrderStories {
    specs: Specs,
    pub(super) stories: Vec<OrderStory>,
    index: BTreeMap<ClientOrderId, usize>,
    /// The report whose detail may follow, and whether it told of a fill.
    reported: Option<(ClientOrderId, bool)>,
}

impl OrderStories {
    /// None yet; with the instruments of `journal`.
    #[must_use]
    pub fn new(journal: &Journal) -> Self {
        Self {
            specs: Specs::new(journal.instruments.clone()),
            stories: Vec::new(),
            index: BTreeMap::new(),
            reported: None,
        }
    }

    /// The orders, in the order in which they were wanted.
    #[must_use]
    pub fn stories(&self) -> &[OrderStory] {
        &self.stories
    }

    /// Takes in the next record of the journal.
    pub fn on_record(&mut self, record: &Record) {
        match record.kind() {
            Some(Kind::SpecName | Kind::SpecGrid | Kind::SpecMoney) => {
                self.specs.on_record(record);
            }
            Some(Kind::Intent | Kind::Action) => self.on_order(record),
            Some(Kind::Report) => self.on_report(record),
            Some(Kind::ReportDetail) => self.on_detail(&record.body()),
            Some(Kind::Transition) => self.on_transition(record),
            _ => {}
        }
    }

    fn story(&mut self, id: ClientOrderId) -> Option<&mut OrderStory> {
        let index = *self.index.get(&id)?;
        self.stories.get_mut(index)
    }

    fn on_order(&mut self, record: &Record) {
        let fields: OrderFields = record.body();
        let price = self.specs.price(record.instrument, fields.price);
        let price = (fields.order_type() == OrderType::Limit).then_some(price);
        let qty = self.specs.qty(record.instrument, fields.qty);
        let accepted = record.kind() == Some(Kind::Action);
        match (fields.action(), self.story(fields.id())) {
            (Action::Amend, Some(story)) if accepted => {
                (story.price, story.qty) = (price, qty);
            }
            (Action::Place, None) if fields.id() != ClientOrderId::NONE => {
                let instrument = self.specs.name(record.instrument).into_owned();
                self.index.insert(fields.id(), self.stories.len());
                self.stories.push(OrderStory {
                    id: fields.id(),
                    venue_order_id: 0,
                    instrument,
                    member: fields.member,
                    strategy: fields.strategy,
                    side: fields.side(),
                    order_type: fields.order_type(),
                    time_in_force: fields.time_in_force(),
                    price,
                    qty,
                    reduce_only: fields.reduce_only(),
                    created: record.ts,
                    states: Vec::new(),
                    fills: Vec::new(),
                });
            }
            _ => {}
        }
    }

    /// A rule's no never reaches the gateway, so no transition tells of it. An
    /// order that has a state already lost an amendment, not its life.
    fn on_denied(&mut self, record: &Record, id: ClientOrderId) {
        let Some(story) = self.story(id).filter(|story| story.states.is_empty()) else { return };
        story.states.push(StateChange {
            state: OrderState::Denied,
            ts: record.ts,
            sequence: record.seq,
            cause: ReportStatus::Denied.as_str(),
        });
    }

    fn on_report(&mut self, record: &Record) {
        let report: Report = record.body();
        self.reported = (report.detailed != 0).then(|| (report.id(), report.is_fill()));
        let is_amended = report.status() == Some(ReportStatus::Amended);
        if report.status() == Some(ReportStatus::Denied) {
            self.on_denied(record, report.id());
        }
        if !report.is_fill() && !is_amended {
            return;
        }
        let price = self.specs.price(record.instrument, report.price);
        let qty = self.specs.qty(record.instrument, report.qty);
        let Some(story) = self.story(report.id()) else { return };
        if is_amended {
            (story.price, story.qty) = (Some(price), qty);
            return;
        }
        story.fills.push(OrderFill {
            ts: record.ts,
            exch_ts: Nanos(0),
            sequence: record.seq,
            price,
            qty,
            fee: Money::ZERO,
            fee_asset: report.fee_asset(),
            liquidity: Liquidity::from_code(report.liquidity).unwrap_or(Liquidity::None),
            trade_id: 0,
        });
    }

    fn on_detail(&mut self, detail: &ReportDetail) {
        let Some((id, is_fill)) = self.reported.take() else { return };
        let Some(story) = self.story(id) else { return };
        if detail.venue_order_id != 0 {
            story.venue_order_id = detail.venue_order_id;
        }
        // A fill that a query found has a fee and a time, and no id of a trade.
        if let Some(fill) = story.fills.last_mut().filter(|_| is_fill) {
            fill.trade_id = detail.trade_id;
            fill.fee = detail.fee.into();
            fill.exch_ts = detail.exch_ts;
        }
    }

    fn on_transition(&mut self, record: &Record) {
        let transition: Transition = record.body();
        let change = StateChange {
            state: transition.to(),
            ts: record.ts,
            sequence: record.seq,
            cause: cause(transition.cause),
        };
        if let Some(story) = self.story(transition.id()) {
            story.states.push(change);
        }
    }
}
