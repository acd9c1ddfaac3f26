//! Compares what a line makes with what its journal recorded: inputs and
//! decisions bit for bit, group by group.
//!
//! Fed by the cold actor of the replayed line. What is measured is not
//! compared, nor is the checksum, nor which record carries END (a measured one
//! may have carried it).

use crate::journal::{Ending, Groups, Journal, JournalError, OrderDigest, Specs, write_text};
use crate::names::Names;
use types::{Class, Kind, Record};

/// What a comparison came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The first difference or damage; `None` when all is equal.
    pub difference: Option<JournalError>,
    /// Order digest of what the line made, in hex.
    pub order_digest: String,
    /// Orders that the line placed.
    pub orders: u64,
    /// Groups compared.
    pub events: u64,
    /// How the journal ended; `None` when its end was not reached.
    pub ending: Option<Ending>,
}

/// Compares groups as they come.
pub struct Comparator {
    recorded: Groups,
    digest: OrderDigest,
    made: Vec<Record>,
    events: u64,
    difference: Option<JournalError>,
}

impl Comparator {
    /// Against `journal`, from its start.
    #[must_use]
    pub fn new(journal: &Journal) -> Self {
        Self {
            recorded: journal.groups(),
            digest: OrderDigest::new(journal.instruments.clone()),
            made: Vec::new(),
            events: 0,
            difference: None,
        }
    }

    /// Takes one record that the line made.
    pub fn on_record(&mut self, record: &Record) {
        self.digest.on_record(record);
        if is_compared(record) {
            self.made.push(comparable(record));
        }
        if !record.is_end() {
            return;
        }
        if self.difference.is_none() {
            self.difference = self.compare().err();
            self.events += u64::from(self.difference.is_none());
        }
        self.made.clear();
    }

    /// Whether a difference was found already.
    #[must_use]
    pub const fn differs(&self) -> bool {
        self.difference.is_some()
    }

    /// The line is done: what was recorded must be at its end too.
    #[must_use]
    pub fn finish(mut self) -> Comparison {
        if self.difference.is_none() {
            self.difference = self.at_end().err();
        }
        Comparison {
            difference: self.difference,
            order_digest: self.digest.hex(),
            orders: self.digest.places(),
            events: self.events,
            ending: self.recorded.ending().cloned(),
        }
    }

    fn compare(&mut self) -> Result<(), JournalError> {
        let sequence = self.made.first().map_or(0, |record| record.seq);
        let Some(group) = self.recorded.next_group()? else {
            let why = format!("the line made group {sequence}, which was not recorded");
            let path = self.recorded.segment_path(self.recorded.segment_count() - 1);
            return Err(JournalError::new(path, why).at(0, sequence));
        };
        let (segment, offset, at) = (group.segment, group.offset, group.sequence());
        let recorded = group.records.iter().enumerate().filter(|(_, r)| is_compared(r));
        let mut made = self.made.iter();
        let mut difference = None;
        for (index, record) in recorded {
            let (record, twin) = (comparable(record), made.next());
            if twin != Some(&record) {
                difference = Some((index, Some(record), twin.copied()));
                break;
            }
        }
        let difference = difference
            .or_else(|| made.next().map(|extra| (group.records.len(), None, Some(*extra))));
        let Some((index, record, twin)) = difference else { return Ok(()) };
        let why = self.describe(record.as_ref(), twin.as_ref());
        let offset = offset + 64 * index as u64;
        Err(JournalError::new(self.recorded.segment_path(segment), why).at(offset, at))
    }

    fn at_end(&mut self) -> Result<(), JournalError> {
        if let Some(open) = self.made.first() {
            let why = format!("the line ended in the middle of group {}", open.seq);
            return Err(JournalError::new(self.recorded.segment_path(0), why).at(0, open.seq));
        }
        let Some(group) = self.recorded.next_group()? else { return Ok(()) };
        let (segment, offset, at) = (group.segment, group.offset, group.sequence());
        let why = format!("the line ended before group {at}, which was recorded");
        Err(JournalError::new(self.recorded.segment_path(segment), why).at(offset, at))
    }

    fn describe(&self, recorded: Option<&Record>, made: Option<&Record>) -> String {
        let specs = self.digest.specs();
        match (recorded, made) {
            (Some(recorded), None) => {
                format!("the line did not make [{}], which was recorded", text(recorded, specs))
            }
            (None, Some(made)) => {
                format!("the line made [{}], which was not recorded", text(made, specs))
            }
            (Some(recorded), Some(made)) => {
                let kind = recorded.kind().map_or("?", Kind::name);
                let (old, new) = (text(recorded, specs), text(made, specs));
                if old == new {
                    return format!(
                        "the {kind} record differs in bytes that no field shows: [{old}]"
                    );
                }
                format!("the {kind} record differs: recorded [{old}], made [{new}]")
            }
            (None, None) => "nothing differs".to_owned(),
        }
    }
}

fn is_compared(record: &Record) -> bool {
    // A kind that this build does not know cannot have been recorded by it.
    record.kind().is_none_or(|kind| kind.class() < Class::Measured)
}

fn comparable(record: &Record) -> Record {
    let mut record = record.open();
    record.checksum = 0;
    record
}

fn text(record: &Record, specs: &Specs) -> String {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail.
    let _ = write_text(record, specs, &Names::default(), &mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
