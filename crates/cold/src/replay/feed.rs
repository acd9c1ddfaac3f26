//! Feeds a journal's inputs to a line, as its sequencer once did.
//!
//! Stands in the place of the normalizer: its output is the indicator stage's
//! input. The records keep their sequence numbers and times; what was decided
//! or measured on them is left out, since the line makes it again.

use crate::journal::{Groups, Journal};
use actor::{Actor, Duty, Outbox};
use types::Record;

/// Groups that one turn feeds: as many inputs as a stage takes in one.
const BATCH: usize = 64;

/// Feeds recorded inputs. Damage ends it; the comparator, which reads the same
/// journal, reports it.
pub struct ReplayFeed {
    groups: Groups,
    output: Outbox<Record>,
    /// The inputs of one group, waiting for room.
    inputs: Vec<Record>,
    done: bool,
}

impl ReplayFeed {
    /// From `journal`'s start into `output`.
    #[must_use]
    pub fn new(journal: &Journal, output: Outbox<Record>) -> Self {
        Self { groups: journal.groups(), output, inputs: Vec::new(), done: false }
    }

    fn refill(&mut self) {
        match self.groups.next_group() {
            Ok(Some(group)) => {
                let inputs = group.records.iter().filter(|record| record.is_input());
                self.inputs.extend(inputs.map(unstamped));
            }
            Ok(None) | Err(_) => self.done = true,
        }
    }
}

/// As it left the sequencer, and not the END of its group.
fn unstamped(record: &Record) -> Record {
    let mut record = record.open();
    record.checksum = 0;
    record
}

impl Actor for ReplayFeed {
    fn name(&self) -> &'static str {
        "replay"
    }

    fn turn(&mut self) -> Duty {
        for fed in 0..BATCH {
            if self.inputs.is_empty() {
                self.refill();
            }
            if self.done {
                return Duty::Done;
            }
            if !self.output.has_room(self.inputs.len()) {
                return if fed == 0 { Duty::Idle } else { Duty::Busy };
            }
            for record in self.inputs.drain(..) {
                self.output.push(record);
            }
            self.output.end();
        }
        Duty::Busy
    }
}
