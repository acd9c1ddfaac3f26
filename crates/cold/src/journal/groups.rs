//! Reads a journal group by group and verifies everything on the way: record
//! checksums, the sequence rule, the chain, the seals, the end.
//!
//! A group is handed out only when all of it is intact. The torn tail of an
//! unsealed journal is cut at the last such group and reported; damage
//! anywhere else is an error.

use super::digest::OrderDigest;
use super::error::JournalError;
use super::format::{HEADER, SEAL, SealFacts, SealState};
use super::open::Journal;
use super::rule::GroupRule;
use super::segment::SegmentReader;
use super::store::WITNESS;
use super::tail::Tail;
use std::fmt;
use std::path::PathBuf;
use types::Record;

/// Most records of one group: far beyond what a line can add to one event; a
/// damaged journal must not ask for all memory.
const GROUP_MAX: usize = 1 << 16;

/// How a journal ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was closed in order.
    Sealed,
    /// The run ended without closing it.
    Unsealed(Torn),
}

/// Where an unsealed journal was cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The last segment with records.
    pub segment: PathBuf,
    /// Where its last whole group ends.
    pub offset: u64,
    /// That group's sequence number; 0 when there is none.
    pub sequence: u64,
    /// Bytes after it that were not read.
    pub bytes_cut: u64,
}

impl fmt::Display for Torn {
    /// A sentence: what is there, and what was cut.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the journal is not sealed: the run ended without closing it; ")?;
        let segment = self.segment.display();
        if self.bytes_cut == 0 {
            return write!(f, "its last group, {}, is whole, and nothing was cut", self.sequence);
        }
        write!(
            f,
            "{segment} is cut at byte {}, after group {}: the {} bytes behind it are no whole \
             group and were not read",
            self.offset, self.sequence, self.bytes_cut
        )
    }
}

/// All records of one sequence number.
#[derive(Clone, Copy, Debug)]
pub struct Group<'g> {
    /// Index of the segment, from 0.
    pub segment: usize,
    /// Byte of the first record in it.
    pub offset: u64,
    /// The records; never empty.
    pub records: &'g [Record],
}

impl Group<'_> {
    /// Its sequence number.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.records[0].seq
    }
}

/// A pass over a journal.
pub struct Groups {
    journal: Journal,
    index: usize,
    reader: Option<SegmentReader>,
    rule: GroupRule,
    digest: OrderDigest,
    group: Vec<Record>,
    /// The chain of the segments read so far.
    chain: [u8; 32],
    /// Where the current group begins.
    begin: u64,
    /// Records of the current segment, those of whole groups.
    records: u64,
    /// Sequence number of the last whole group.
    whole: u64,
    ending: Option<Ending>,
    failure: Option<JournalError>,
}

impl Groups {
    pub(crate) fn new(journal: Journal) -> Self {
        let digest = OrderDigest::new(journal.instruments.clone());
        Self {
            journal,
            index: 0,
            reader: None,
            rule: GroupRule::default(),
            digest,
            group: Vec::new(),
            chain: [0; 32],
            begin: 0,
            records: 0,
            whole: 0,
            ending: None,
            failure: None,
        }
    }

    /// The next group; `None` at the end, after which [`Self::ending`] tells how
    /// it ended.
    ///
    /// # Errors
    /// The first damage, and the same again after that.
    pub fn next_group(&mut self) -> Result<Option<Group<'_>>, JournalError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        match self.advance() {
            Ok(true) => {
                Ok(Some(Group { segment: self.index, offset: self.begin, records: &self.group }))
            }
            Ok(false) => Ok(None),
            Err(failure) => {
                self.failure = Some(failure.clone());
                Err(failure)
            }
        }
    }

    /// How the journal ended; `None` before its end was reached.
    #[must_use]
    pub const fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// The order digest over the groups handed out.
    #[must_use]
    pub const fn digest(&self) -> &OrderDigest {
        &self.digest
    }

    /// Sequence number of the last group handed out; 0 before the first.
    #[must_use]
    pub const fn last_sequence(&self) -> u64 {
        self.whole
    }

    /// The file of segment `index`.
    #[must_use]
    pub fn segment_path(&self, index: usize) -> &std::path::Path {
        self.journal.segments.get(index).map_or(self.journal.directory(), PathBuf::as_path)
    }

    pub(crate) fn segment_count(&self) -> usize {
        self.journal.segments.len()
    }

    /// Whether there is another group.
    fn advance(&mut self) -> Result<bool, JournalError> {
        while self.ending.is_none() {
            let mut reader = match self.reader.take() {
                Some(reader) => reader,
                None => self.open_next()?,
            };
            if self.read_group(&mut reader)? {
                self.reader = Some(reader);
                return Ok(true);
            }
            self.finish_segment(&mut reader)?;
        }
        Ok(false)
    }

    fn open_next(&mut self) -> Result<SegmentReader, JournalError> {
        let path = &self.journal.segments[self.index];
        let (reader, preamble) = SegmentReader::open(path, &self.chain)?;
        if preamble.header.previous != self.chain {
            let why = "does not continue the segment before it (the chain differs); one of the \
                       two was changed or belongs elsewhere: restore both from a copy";
            return Err(JournalError::new(path, why).at(0, self.whole));
        }
        self.records = 0;
        Ok(reader)
    }

    /// Reads up to the end of a group. False at whatever is no intact record
    /// that may stand there.
    fn read_group(&mut self, reader: &mut SegmentReader) -> Result<bool, JournalError> {
        self.group.clear();
        self.begin = reader.offset();
        loop {
            reader.line()?;
            let Some(record) = reader.record().filter(|record| record.is_intact()) else {
                return Ok(false);
            };
            let record = *record;
            let offset = reader.offset();
            let fault = |why: String| JournalError::new(reader.path(), why);
            if self.group.len() == GROUP_MAX {
                return Err(fault("holds a group without an end".into()).at(offset, self.whole));
            }
            self.rule.on_record(&record).map_err(|why| {
                fault(format!("{why}; the journal is damaged, restore it from a copy"))
                    .at(offset, self.whole)
            })?;
            self.group.push(record);
            reader.advance();
            if record.is_end() {
                break;
            }
        }
        self.whole = self.rule.last();
        self.records += self.group.len() as u64;
        for record in &self.group {
            self.digest.on_record(record);
        }
        Ok(true)
    }

    /// Judges the end of a segment and goes on to the next, if there is one.
    fn finish_segment(&mut self, reader: &mut SegmentReader) -> Result<(), JournalError> {
        let is_last = self.index + 1 == self.journal.segments.len();
        // The seal that would stand here, were the segment whole.
        let at_group_end = self.group.is_empty();
        let facts = at_group_end.then(|| self.facts(reader));
        let tail = Tail::read(reader, self.begin)?;
        let sealed = facts.and_then(|facts| Some((tail.seal_state(&facts)?, facts.chain)));
        match sealed {
            Some((SealState::Rotated, chain)) => {
                self.chain = chain;
                self.rotated(reader, is_last)
            }
            Some((SealState::Clean, _)) => self.closed(reader, &tail, is_last),
            None => self.unsealed(reader, &tail, facts),
        }
    }

    fn rotated(&mut self, reader: &mut SegmentReader, is_last: bool) -> Result<(), JournalError> {
        if is_last {
            let missing = self.index + 2;
            let stub = self.journal.stub.as_ref().map(|(path, _)| path.as_path());
            return Err(JournalError::new(
                stub.unwrap_or(reader.path()),
                format!(
                    "segment {missing} is missing or cut short, though segment {} says that it \
                     follows; restore it from a copy",
                    missing - 1
                ),
            )
            .at(0, self.whole));
        }
        self.index += 1;
        Ok(())
    }

    fn closed(
        &mut self,
        reader: &mut SegmentReader,
        tail: &Tail,
        is_last: bool,
    ) -> Result<(), JournalError> {
        if !is_last || self.journal.stub.is_some() {
            let why = "is the run's last segment by its seal, and yet another follows; take the \
                       ones after it out";
            return Err(JournalError::new(reader.path(), why).at(self.begin, self.whole));
        }
        // A run that was killed meanwhile has the seal and a part of its copy.
        if self.journal.witness.as_ref().is_some_and(|copy| !tail.head.starts_with(copy)) {
            let path = self.journal.directory.join(WITNESS);
            let why = "does not repeat the seal of the last segment; restore it from a copy";
            return Err(JournalError::new(&path, why).at(0, self.whole));
        }
        self.ending = Some(Ending::Sealed);
        Ok(())
    }

    /// The segment has no whole seal: a torn tail, or damage.
    fn unsealed(
        &mut self,
        reader: &mut SegmentReader,
        tail: &Tail,
        facts: Option<SealFacts>,
    ) -> Result<(), JournalError> {
        if let Some(why) = tail.damage(facts.as_ref()) {
            let why = format!("{why}; restore it from a copy");
            return Err(JournalError::new(reader.path(), why).at(tail.bad_at, self.whole));
        }
        if self.journal.witness.as_ref().is_some_and(|copy| copy.len() >= SEAL) {
            let why = "was sealed, as the file `seal` beside it says, and its end is missing; \
                       restore it from a copy";
            return Err(JournalError::new(reader.path(), why).at(self.begin, self.whole));
        }
        let after = self.journal.segments.len() - self.index - 1;
        if after > 0 {
            self.rotation_cut(reader, tail, facts)?;
        }
        let stub = self.journal.stub.as_ref().map_or(0, |(_, bytes)| *bytes);
        let header = if after > 0 { HEADER as u64 } else { 0 };
        self.ending = Some(Ending::Unsealed(Torn {
            segment: reader.path().to_owned(),
            offset: self.begin,
            sequence: self.whole,
            bytes_cut: tail.bytes + stub + header,
        }));
        Ok(())
    }

    /// A segment without its seal and another one after it: right only when the
    /// run ended while it rotated, which leaves a bare header whose chain proves
    /// that nothing before it is missing.
    fn rotation_cut(
        &self,
        reader: &SegmentReader,
        tail: &Tail,
        facts: Option<SealFacts>,
    ) -> Result<(), JournalError> {
        let next = &self.journal.segments[self.index + 1];
        let (mut follower, preamble) = SegmentReader::open(next, &[0; 32])?;
        let bare = follower.line()?.is_empty() && self.index + 2 == self.journal.segments.len();
        let proven = facts.is_some_and(|facts| facts.chain == preamble.header.previous);
        if bare && proven && self.journal.stub.is_none() {
            return Ok(());
        }
        let why = "has no seal, though another segment follows; restore it from a copy";
        Err(JournalError::new(reader.path(), why).at(tail.bad_at, self.whole))
    }

    fn facts(&self, reader: &mut SegmentReader) -> SealFacts {
        SealFacts {
            run: reader.header().run,
            segment: reader.header().segment,
            records: self.records,
            last_seq: self.whole,
            chain: reader.chain(),
            orders: self.digest.bytes(),
        }
    }
}
