//! The rule of the sequence: what makes a run of records a run of groups.
//!
//! The writer asserts it before a record reaches the file and the reader after
//! it left it: the same rule on both sides of the disk.

use types::{Nanos, Record};

/// Follows records one by one.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupRule {
    last: u64,
    ts: Nanos,
    open: bool,
}

impl GroupRule {
    /// Takes the next record.
    ///
    /// # Errors
    /// A sentence that says which rule it breaks; nothing was taken.
    pub(crate) fn on_record(&mut self, record: &Record) -> Result<(), String> {
        let Some(kind) = record.kind() else {
            return Err("holds a record of a kind that this build does not know".into());
        };
        if self.open {
            self.continues(record)?;
        } else {
            self.begins(record).map_err(|why| format!("{why} (at a {} record)", kind.name()))?;
        }
        self.last = record.seq;
        self.ts = record.ts;
        self.open = !record.is_end();
        Ok(())
    }

    /// Whether the last group waits for its END.
    pub(crate) const fn is_open(&self) -> bool {
        self.open
    }

    /// The last sequence number; 0 before the first record.
    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    fn continues(&self, record: &Record) -> Result<(), String> {
        if record.seq != self.last || record.ts != self.ts {
            return Err(format!(
                "group {} is not ended, and a record of sequence {} stands in it",
                self.last, record.seq
            ));
        }
        Ok(())
    }

    fn begins(&self, record: &Record) -> Result<(), String> {
        if !record.is_input() {
            return Err(format!("group {} begins with something that is no input", record.seq));
        }
        let next = self.last.checked_add(1);
        if record.seq == 0 || (self.last > 0 && Some(record.seq) != next) {
            return Err(format!("sequence {} follows {}", record.seq, self.last));
        }
        if record.ts < self.ts {
            return Err(format!("time runs back at sequence {}", record.seq));
        }
        Ok(())
    }
}
