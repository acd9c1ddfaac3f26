//! Writes a journal: buffered appends, segments, the seal.
//!
//! Fed by the cold actor with every record of the line. The first error ends
//! it: nothing is written after it, no sync is tried twice, and the caller
//! stops the line.
//!
//! What it promises: bytes that a flush has handed over survive the end of the
//! process (`process`), or a power cut as far as fdatasync keeps its word
//! (`disk`). What still lies in the link or in the buffer survives neither;
//! orders do not wait for it here.

use super::chain::Chain;
use super::digest::OrderDigest;
use super::error::JournalError;
use super::format::{Header, LINE, SEAL, SealFacts, SealState};
use super::rule::GroupRule;
use super::run::{Durability, JournalSettings, Kept, RunInfo, Sealed};
use super::store::{SegmentFile, Store, WITNESS, segment_name};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use types::Record;

/// Bytes gathered before they are handed to the system: large enough that a
/// call costs little per record, small enough to stay in the cache.
const BUFFER: usize = 256 << 10;

/// The segment that is being written.
struct Current {
    file: Box<dyn SegmentFile>,
    path: PathBuf,
    chain: Chain,
    records: u64,
    /// Bytes taken, those in the buffer included.
    bytes: u64,
}

/// Writes one run's journal.
pub struct JournalWriter {
    store: Box<dyn Store>,
    settings: JournalSettings,
    run: RunInfo,
    rule: GroupRule,
    digest: OrderDigest,
    current: Current,
    /// Whether the current segment has its header.
    headed: bool,
    buffer: Vec<u8>,
    kept: Kept,
    failure: Option<JournalError>,
    sealed: bool,
}

impl JournalWriter {
    /// Makes the first segment, empty, so that a disk that cannot be written is
    /// known before the line starts.
    ///
    /// # Errors
    /// A sentence: texts that do not fit, a segment that cannot be made.
    pub fn create(
        mut store: Box<dyn Store>,
        run: RunInfo,
        settings: JournalSettings,
    ) -> Result<Self, JournalError> {
        run.check().map_err(|why| JournalError::new(store.path(), why))?;
        let current = Current::create(store.as_mut(), 1, &[0; 32])?;
        let ids: Arc<[String]> = run.instruments.clone().into();
        Ok(Self {
            store,
            settings,
            run,
            rule: GroupRule::default(),
            digest: OrderDigest::new(ids),
            current,
            headed: false,
            buffer: Vec::with_capacity(BUFFER + 4 * LINE),
            kept: Kept { segments: 1, ..Kept::default() },
            failure: None,
            sealed: false,
        })
    }

    /// Takes one record.
    ///
    /// # Errors
    /// A record that is damaged or out of sequence, or the first input/output
    /// error, and the same again for every record after it.
    pub fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let taken = self.take(record);
        self.latch(taken)
    }

    /// Hands the buffer to the system, and waits as the durability says.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn flush(&mut self) -> Result<(), JournalError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let flushed = self.write_out();
        self.latch(flushed)
    }

    /// Closes the journal in order. After that, any damage to it is an error.
    ///
    /// # Errors
    /// The last group is not complete, or as [`Self::append`]; the journal is
    /// then left unsealed.
    pub fn seal(&mut self) -> Result<Sealed, JournalError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let sealed = self.try_seal();
        self.latch(sealed)
    }

    /// What was written so far.
    #[must_use]
    pub const fn kept(&self) -> Kept {
        self.kept
    }

    /// Whether bytes wait in the buffer.
    #[must_use]
    pub fn has_unflushed(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.store.path()
    }

    /// The order digest so far.
    #[must_use]
    pub const fn digest(&self) -> &OrderDigest {
        &self.digest
    }

    fn latch<T>(&mut self, result: Result<T, JournalError>) -> Result<T, JournalError> {
        if let Err(failure) = &result {
            self.failure = Some(failure.clone());
        }
        result
    }

    fn take(&mut self, record: &Record) -> Result<(), JournalError> {
        assert!(!self.sealed, "Invariant: nothing is appended to a sealed journal.");
        if !record.is_intact() {
            return Err(self.fault(format!(
                "a record of sequence {} reached the cold side with a checksum that does not \
                 fit; the journal ends before it, and memory or the tap is at fault",
                record.seq
            )));
        }
        let begins = !self.rule.is_open();
        self.rule.on_record(record).map_err(|why| {
            self.fault(format!("the line's records are out of order: {why}; nothing was written"))
        })?;
        if begins {
            self.begin_group(record)?;
        }
        self.buffer.extend_from_slice(bytemuck::bytes_of(record));
        self.current.bytes += LINE as u64;
        self.current.records += 1;
        self.kept.records += 1;
        self.digest.on_record(record);
        if self.buffer.len() >= BUFFER { self.write_out() } else { Ok(()) }
    }

    fn begin_group(&mut self, first: &Record) -> Result<(), JournalError> {
        if self.headed && self.current.bytes >= self.settings.segment_bytes {
            self.rotate(first)?;
        }
        if !self.headed {
            self.push_header(Some(first), [0; 32]);
        }
        Ok(())
    }

    /// The next segment gets its header before this one gets its seal, so that
    /// a seal that says "another follows" is never alone.
    fn rotate(&mut self, first: &Record) -> Result<(), JournalError> {
        self.write_out()?;
        let facts = self.facts(first.seq - 1);
        let next = Current::create(self.store.as_mut(), self.kept.segments + 1, &facts.chain)?;
        let mut last = std::mem::replace(&mut self.current, next);
        self.kept.segments += 1;
        self.push_header(Some(first), facts.chain);
        self.write_out()?;
        if self.settings.durability == Durability::Disk {
            self.store.sync_names().map_err(|e| self.io("sync of the directory", &e))?;
        }
        let seal = facts.seal(SealState::Rotated);
        last.append(bytemuck::bytes_of(&seal))?;
        self.kept.bytes += SEAL as u64;
        if self.settings.durability == Durability::Disk { last.sync() } else { Ok(()) }
    }

    fn push_header(&mut self, first: Option<&Record>, previous: [u8; 32]) {
        let text = if self.kept.segments == 1 { self.run.text() } else { Vec::new() };
        let mut header = Header::new();
        header.run = self.run.run_id;
        header.segment = self.kept.segments;
        header.config_hash = self.run.config_hash;
        header.layout_hash = self.run.layout_hash;
        header.previous = previous;
        header.created = first.map(|record| record.ts).unwrap_or_default();
        header.first_seq = first.map_or(0, |record| record.seq);
        if self.kept.segments == 1 {
            header.config_bytes = self.run.config_text.len() as u32;
            header.names_bytes = self.run.names().len() as u32;
            header.text_crc = crc32c::crc32c(&text);
        }
        self.buffer.extend_from_slice(bytemuck::bytes_of(&header.signed()));
        self.buffer.extend_from_slice(&text);
        self.current.bytes += self.buffer.len() as u64;
        self.headed = true;
    }

    fn write_out(&mut self) -> Result<(), JournalError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.current.append(&self.buffer)?;
        self.kept.bytes += self.buffer.len() as u64;
        self.kept.flushes += 1;
        self.buffer.clear();
        if self.settings.durability == Durability::Disk { self.current.sync() } else { Ok(()) }
    }

    fn try_seal(&mut self) -> Result<Sealed, JournalError> {
        assert!(!self.sealed, "Invariant: a journal is sealed once.");
        if self.rule.is_open() {
            // What there is of that group helps whoever looks for the cause.
            self.write_out()?;
            return Err(self.fault(format!(
                "the line ended in the middle of group {}; the journal is left unsealed, and a \
                 reader will cut that group off",
                self.rule.last()
            )));
        }
        if !self.headed {
            self.push_header(None, [0; 32]);
        }
        self.write_out()?;
        let seal = self.facts(self.rule.last()).seal(SealState::Clean);
        self.current.append(bytemuck::bytes_of(&seal))?;
        self.kept.bytes += SEAL as u64;
        self.witness(bytemuck::bytes_of(&seal))?;
        if self.settings.durability == Durability::Disk {
            self.current.sync()?;
            self.store.sync_names().map_err(|e| self.io("sync of the directory", &e))?;
        }
        self.sealed = true;
        Ok(Sealed {
            directory: self.store.path().to_owned(),
            segments: self.kept.segments,
            records: self.kept.records,
            last_sequence: self.rule.last(),
            order_digest: self.digest.hex(),
        })
    }

    /// Writes the seal a second time, in a file of its own: so a sealed journal
    /// whose end is cut off is not taken for one that was never sealed.
    fn witness(&mut self, seal: &[u8]) -> Result<(), JournalError> {
        let path = self.store.path().join(WITNESS);
        let failed = |e: std::io::Error| JournalError::io(&path, "writing the seal's copy", &e);
        let mut file = self.store.create(WITNESS).map_err(failed)?;
        file.append(seal).map_err(failed)?;
        if self.settings.durability == Durability::Disk {
            file.sync().map_err(failed)?
        }
        Ok(())
    }

    /// Invariant: the buffer is written out, so that the hash covers it.
    fn facts(&self, last_seq: u64) -> SealFacts {
        assert!(self.buffer.is_empty(), "Invariant: a segment is hashed whole.");
        SealFacts {
            run: self.run.run_id,
            segment: self.kept.segments,
            records: self.current.records,
            last_seq,
            chain: self.current.chain.value(),
            orders: self.digest.bytes(),
        }
    }

    fn fault(&self, why: String) -> JournalError {
        JournalError::new(&self.current.path, why).at(self.current.bytes, self.rule.last())
    }

    fn io(&self, doing: &str, error: &std::io::Error) -> JournalError {
        JournalError::io(self.store.path(), doing, error)
    }
}

impl Drop for JournalWriter {
    /// Without a seal, what is in the buffer still helps whoever looks for the
    /// cause; an error here has nobody left to be told to.
    fn drop(&mut self) {
        if !self.sealed && self.failure.is_none() {
            let _ = self.write_out();
        }
    }
}

impl Current {
    fn create(
        store: &mut dyn Store,
        number: u32,
        previous: &[u8; 32],
    ) -> Result<Self, JournalError> {
        let name = segment_name(number);
        let path = store.path().join(&name);
        let made = store.create(&name);
        let file = made.map_err(|e| JournalError::io(&path, "making the segment", &e))?;
        let chain = Chain::after(previous);
        Ok(Self { file, path, chain, records: 0, bytes: 0 })
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        self.chain.update(bytes);
        self.file.append(bytes).map_err(|e| {
            let why = "writing the journal (nothing is written after this; make room or \
                       repair the disk, and start again)";
            JournalError::io(&self.path, why, &e)
        })
    }

    fn sync(&mut self) -> Result<(), JournalError> {
        self.file.sync().map_err(|e| {
            let why = "sync of the journal (never tried twice: pages may be lost; check the \
                       disk, and start again)";
            JournalError::io(&self.path, why, &e)
        })
    }
}
