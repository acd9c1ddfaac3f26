//! Which intent, which verdicts and which approval of a group belong together.
//!
//! A group may hold several intents. Risk judges them in the order in which
//! they came, each until the first refusal, whether it judges each as it comes
//! or all at the group's end.

use std::collections::VecDeque;
use types::{ClientOrderId, Kind, OrderFields, Record, Verdict};

/// What a group says of one order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decision {
    pub(crate) intent: Option<Record>,
    pub(crate) verdicts: Vec<Record>,
    pub(crate) approved: Option<Record>,
    pub(crate) action: Option<Record>,
}

/// The id in a record that carries order fields.
pub(crate) fn order_of(record: &Record) -> ClientOrderId {
    record.body::<OrderFields>().id()
}

/// What the group `records` says of `order`.
pub(crate) fn decision(records: &[Record], order: ClientOrderId) -> Decision {
    let mut sorter = Sorter { order, ..Sorter::default() };
    for record in records {
        sorter.on_record(record);
    }
    sorter.settle(ClientOrderId::NONE);
    let mut found = sorter.found;
    // An intent that nobody judged: the line ended, or a lock held it.
    found.intent = found.intent.or(sorter.waiting.into_iter().find(|r| order_of(r) == order));
    found
}

#[derive(Default)]
struct Sorter {
    order: ClientOrderId,
    waiting: VecDeque<Record>,
    verdicts: Vec<Record>,
    found: Decision,
}

impl Sorter {
    fn on_record(&mut self, record: &Record) {
        match record.kind() {
            Some(Kind::Intent) => {
                self.settle(ClientOrderId::NONE);
                self.waiting.push_back(*record);
            }
            Some(Kind::Verdict) => {
                let refused = |v: &Record| v.body::<Verdict>().passed == 0;
                if self.verdicts.last().is_some_and(refused) {
                    self.settle(ClientOrderId::NONE);
                }
                self.verdicts.push(*record);
            }
            Some(Kind::Approved) => {
                let approved = order_of(record);
                self.verdicts_or_front(approved);
                if approved == self.order {
                    self.found.approved = Some(*record);
                }
            }
            Some(Kind::Action) if order_of(record) == self.order => {
                self.found.action = self.found.action.or(Some(*record));
            }
            _ => {}
        }
    }

    /// The verdicts gathered are those of the oldest intent that waits.
    fn settle(&mut self, approved: ClientOrderId) {
        if !self.verdicts.is_empty() {
            self.verdicts_or_front(approved);
        }
    }

    fn verdicts_or_front(&mut self, approved: ClientOrderId) {
        let verdicts = std::mem::take(&mut self.verdicts);
        let named = self.waiting.iter().position(|intent| order_of(intent) == approved);
        let Some(intent) = self.waiting.remove(named.unwrap_or(0)) else { return };
        if self.order == order_of(&intent) || self.order == approved {
            self.found.intent = Some(intent);
            self.found.verdicts = verdicts;
        }
    }
}
