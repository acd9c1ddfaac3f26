//! Reports with their details: a report that has one waits for it.
//!
//! Fed with every record of a group, and told when the group is over. Never
//! here: what a report does.

use types::{InstrumentId, Kind, Nanos, Record, Report, ReportDetail};

/// A report, whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// The time of its group.
    pub at: Nanos,
    /// What happened.
    pub report: Report,
    /// The venue's side of it; `None` where the group has none.
    pub detail: Option<ReportDetail>,
}

/// The report that waits, if one does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reports {
    waiting: Option<Record>,
}

impl Reports {
    /// Takes a record in. Gives a report when it is whole: at once where it has
    /// no detail, with the detail, or without it when the group goes on without.
    pub fn on_record(&mut self, record: &Record) -> Option<Told> {
        let detail = (record.kind() == Some(Kind::ReportDetail)).then(|| record.body());
        let settled = self.waiting.take().map(|waiting| told(&waiting, detail));
        if record.kind() == Some(Kind::Report) {
            // A group holds one report. Another one that came before the first was
            // settled waits too, and is told when the group is over.
            if record.body::<Report>().detailed == 0 && settled.is_none() {
                return Some(told(record, None));
            }
            self.waiting = Some(*record);
        }
        settled
    }

    /// The group is over.
    pub fn on_end(&mut self) -> Option<Told> {
        self.waiting.take().map(|waiting| told(&waiting, None))
    }
}

fn told(record: &Record, detail: Option<ReportDetail>) -> Told {
    Told { instrument: record.instrument, at: record.ts, report: record.body(), detail }
}
