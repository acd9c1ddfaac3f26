//! Opens a journal: finds its segments, and refuses what is not one journal.
//!
//! Read by the command line with the engine stopped. The records are verified
//! as they are read, by [`Groups`].

use super::digest::hex;
use super::error::JournalError;
use super::format::{HEADER, Header, SEAL, Seal};
use super::groups::{Ending, Groups};
use super::run::RunInfo;
use super::segment::{Preamble, SegmentReader};
use super::store::{WITNESS, segment_name};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use types::Nanos;

/// A journal: its segments in order, and what the run says of itself.
#[derive(Clone, Debug)]
pub struct Journal {
    pub(crate) directory: PathBuf,
    pub(crate) segments: Vec<PathBuf>,
    pub(crate) instruments: Arc<[String]>,
    /// The seal's copy, which only a clean end writes.
    pub(crate) witness: Option<Vec<u8>>,
    /// A last segment that is shorter than a header: its path and bytes.
    pub(crate) stub: Option<(PathBuf, u64)>,
    run: RunInfo,
    created: Nanos,
}

/// What a whole pass over a journal found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Segments.
    pub segments: u32,
    /// Groups: events, one sequence number each.
    pub groups: u64,
    /// Records.
    pub records: u64,
    /// Last sequence number.
    pub last_sequence: u64,
    /// Time of the first and of the last group.
    pub span: (Nanos, Nanos),
    /// Order actions.
    pub actions: u64,
    /// Orders placed.
    pub orders: u64,
    /// Order digest, in hex.
    pub order_digest: String,
    /// Sealed, or where it was cut.
    pub ending: Ending,
}

impl Journal {
    /// Opens the journal in `directory` and checks every segment's header.
    ///
    /// # Errors
    /// No directory, no segment, a missing, foreign, misplaced, too old or too
    /// new one, or a file that is no segment.
    pub fn open(directory: &Path) -> Result<Self, JournalError> {
        let mut segments = list(directory)?;
        let stub = take_stub(&mut segments)?;
        let mut first: Option<Preamble> = None;
        for (path, number) in segments.iter().zip(1_u32..) {
            let (_, preamble) = SegmentReader::open(path, &[0; 32])?;
            match &first {
                None => check_first(path, &preamble.header)?,
                Some(first) => check_next(path, &preamble.header, number, &first.header)?,
            }
            first = first.or(Some(preamble));
        }
        let Some(first) = first else {
            return Err(JournalError::new(
                directory,
                "holds no journal: there is no segment in it",
            ));
        };
        let header = first.header;
        Ok(Self {
            directory: directory.to_owned(),
            segments,
            instruments: first.instruments.clone().into(),
            witness: witness(directory)?,
            stub,
            run: RunInfo {
                run_id: header.run,
                config_hash: header.config_hash,
                layout_hash: header.layout_hash,
                config_text: first.config_text,
                instruments: first.instruments,
            },
            created: header.created,
        })
    }

    /// What the run says of itself.
    #[must_use]
    pub const fn run(&self) -> &RunInfo {
        &self.run
    }

    /// Time of the first record; 0 when there is none.
    #[must_use]
    pub const fn created(&self) -> Nanos {
        self.created
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The run's id in hex.
    #[must_use]
    pub fn run_id(&self) -> String {
        hex(&self.run.run_id)
    }

    /// The hash over every byte of it, in hex, as the copy of its last seal has it; `None` where the
    /// run has not ended in order. Not verified here: a name for one state of one journal.
    #[must_use]
    pub fn chain(&self) -> Option<String> {
        let copy = self.witness.as_deref().filter(|copy| copy.len() == SEAL)?;
        Some(hex(&bytemuck::pod_read_unaligned::<Seal>(copy).chain))
    }

    /// Bytes of each segment, in order, as the file system has them now; 0 where it has none.
    #[must_use]
    pub fn segment_bytes(&self) -> Vec<u64> {
        let bytes = |path: &PathBuf| path.metadata().map_or(0, |found| found.len());
        self.segments.iter().map(bytes).collect()
    }

    /// Reads it from the start, verifying as it goes.
    #[must_use]
    pub fn groups(&self) -> Groups {
        Groups::new(self.clone())
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// The first damage found.
    pub fn verify(&self) -> Result<Verified, JournalError> {
        let mut groups = self.groups();
        let (mut count, mut records) = (0, 0);
        let mut span: Option<(Nanos, Nanos)> = None;
        while let Some(group) = groups.next_group()? {
            count += 1;
            records += group.records.len() as u64;
            let ts = group.records[0].ts;
            span = Some((span.map_or(ts, |(first, _)| first), ts));
        }
        let digest = groups.digest();
        Ok(Verified {
            segments: self.segments.len() as u32,
            groups: count,
            records,
            last_sequence: groups.last_sequence(),
            span: span.unwrap_or_default(),
            actions: digest.actions(),
            orders: digest.places(),
            order_digest: digest.hex(),
            ending: groups.ending().cloned().unwrap_or(Ending::Sealed),
        })
    }
}

/// The seal's copy, if the run was ended cleanly.
fn witness(directory: &Path) -> Result<Option<Vec<u8>>, JournalError> {
    let path = directory.join(WITNESS);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(JournalError::io(&path, "reading the seal's copy", &why)),
    }
}

/// The segments of a directory, 1 to n; anything else in it is an error.
fn list(directory: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let fault = |why: &str| JournalError::new(directory, why);
    if directory.is_file() {
        return Err(fault("is a file; a journal is a directory, so name the one that it lies in"));
    }
    let read = |e: std::io::Error| JournalError::io(directory, "reading the directory", &e);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(read)? {
        names.push(entry.map_err(read)?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| name != WITNESS);
    names.sort();
    if names.is_empty() {
        return Err(fault("is empty: there is no journal in it; name the run's directory"));
    }
    if let Some(odd) = names.iter().find(|name| number_of(name).is_none()) {
        let odd = directory.join(odd);
        let why = if odd.is_dir() {
            "is a directory where segments should be: a journal is the directory that holds the \
             segments of one run, so name that one"
        } else {
            "is no segment; a journal directory holds nothing else, so name the run's directory \
             or take this file out"
        };
        return Err(JournalError::new(&odd, why));
    }
    for (name, number) in names.iter().zip(1_u32..) {
        if *name != segment_name(number) {
            let missing = directory.join(segment_name(number));
            let why = format!("is missing, though {name} is there; restore it from a copy");
            return Err(JournalError::new(&missing, why));
        }
    }
    Ok(names.iter().map(|name| directory.join(name)).collect())
}

fn number_of(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(".journal")?;
    let plain = digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|&number| plain && number > 0)
}

/// A second or later segment whose header was not written whole: the run ended
/// while it rotated. Whether that is so, its predecessor's end tells.
fn take_stub(segments: &mut Vec<PathBuf>) -> Result<Option<(PathBuf, u64)>, JournalError> {
    let Some(last) = segments.last().filter(|_| segments.len() > 1) else { return Ok(None) };
    let size = std::fs::metadata(last).map_err(|e| JournalError::io(last, "looking at it", &e))?;
    if size.len() >= HEADER as u64 {
        return Ok(None);
    }
    Ok(segments.pop().map(|path| (path, size.len())))
}

fn check_first(path: &Path, header: &Header) -> Result<(), JournalError> {
    if header.segment != 1 || header.previous != [0; 32] {
        return Err(misplaced(path, header, 1));
    }
    Ok(())
}

fn check_next(
    path: &Path,
    header: &Header,
    number: u32,
    first: &Header,
) -> Result<(), JournalError> {
    if header.run != first.run {
        return Err(JournalError::new(
            path,
            format!(
                "belongs to another run ({}, not {}); take it out and restore the right one",
                hex(&header.run),
                hex(&first.run)
            ),
        ));
    }
    if header.segment != number {
        return Err(misplaced(path, header, number));
    }
    if (header.config_hash, header.layout_hash) != (first.config_hash, first.layout_hash) {
        return Err(JournalError::new(path, "names another configuration than the first segment"));
    }
    Ok(())
}

fn misplaced(path: &Path, header: &Header, number: u32) -> JournalError {
    let why = format!(
        "is segment {} of its run and stands in the place of segment {number}; put the files \
         back under their own names",
        header.segment
    );
    JournalError::new(path, why)
}
