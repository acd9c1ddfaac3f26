//! Judges what stands after a segment's last whole group: a seal, the seal's
//! beginning, a torn tail, or damage.
//!
//! A torn tail is what an end of the process leaves: a group that is not
//! complete, a record that is not whole. Anything intact behind something
//! broken, and any seal that is not the right one, is damage.

use super::error::JournalError;
use super::format::{LINE, SEAL, SealFacts, SealState, is_seal_line};
use super::segment::SegmentReader;

/// What stands after a segment's last whole group.
pub(crate) struct Tail {
    /// Its length.
    pub(crate) bytes: u64,
    /// Where the first line that is no intact record begins.
    pub(crate) bad_at: u64,
    /// Its first bytes from there on, at most a seal's.
    pub(crate) head: Vec<u8>,
    /// Bytes from there on.
    bad_bytes: u64,
    /// Whether a line of a seal stands in it.
    has_seal_line: bool,
    /// Whether an intact record stands after the first line that is none.
    has_record: bool,
}

impl Tail {
    /// Reads to the end of the file. `begin` is where the last whole group ends.
    pub(crate) fn read(reader: &mut SegmentReader, begin: u64) -> Result<Self, JournalError> {
        let bad_at = reader.offset();
        let mut tail = Self {
            bytes: 0,
            bad_at,
            head: Vec::new(),
            bad_bytes: 0,
            has_seal_line: false,
            has_record: false,
        };
        loop {
            let line = reader.line()?;
            if line.is_empty() {
                break;
            }
            let missing = (SEAL + LINE).saturating_sub(tail.head.len()).min(line.len());
            tail.head.extend_from_slice(&line[..missing]);
            tail.bad_bytes += line.len() as u64;
            tail.has_seal_line |= is_seal_line(line);
            let record = reader.record();
            tail.has_record |= record.is_some_and(|r| r.kind().is_some() && r.is_intact());
            reader.advance();
        }
        tail.bytes = bad_at - begin + tail.bad_bytes;
        Ok(tail)
    }

    /// The state of the seal, when the tail is exactly the right one.
    pub(crate) fn seal_state(&self, facts: &SealFacts) -> Option<SealState> {
        [SealState::Rotated, SealState::Clean]
            .into_iter()
            .find(|&state| self.head == bytemuck::bytes_of(&facts.seal(state)))
    }

    /// Why this is no torn tail; `None` when it is one.
    pub(crate) fn damage(&self, facts: Option<&SealFacts>) -> Option<&'static str> {
        if self.has_record {
            return Some("a record in the middle is damaged (its checksum does not fit)");
        }
        if !self.has_seal_line {
            return None;
        }
        let is_prefix = |state| {
            facts
                .is_some_and(|facts| bytemuck::bytes_of(&facts.seal(state)).starts_with(&self.head))
        };
        if is_prefix(SealState::Rotated) || is_prefix(SealState::Clean) {
            return None;
        }
        Some("it was sealed, and the seal does not fit what stands before it")
    }
}
