//! Keeps a recording: what arrives goes into files, each of which stands alone.
//!
//! Fed with what a wire brings by the `record` verb; asks it for snapshots. The
//! engine's own normalizer runs beside each file, from its first line on, and
//! says when its book needs a snapshot: at the beginning, after a break, after
//! a gap, and when a snapshot did not join. So every file has what its books
//! need, and how whole it is is known while it grows. Never here: a socket.

use crate::line::{BookLine, FRAME_MAX};
use crate::session::{ClosedFile, SessionFile};
use crate::{Fault, calendar};
use serde_json::json;
use std::path::PathBuf;
use std::thread::JoinHandle;
use types::{BookState, InstrumentId, InstrumentSpec, Nanos};
use venue::Dialect;

/// One connection of a recording.
#[derive(Clone, Debug)]
pub struct RecordedStream {
    /// Its name in the files.
    pub name: String,
    /// Where it goes.
    pub address: String,
    /// Whose depth it carries.
    pub carries: Vec<InstrumentId>,
}

/// What to record, and where.
#[derive(Clone, Debug)]
pub struct RecorderPlan {
    /// Whose language it is.
    pub dialect: Dialect,
    /// The instruments; ids count from 0.
    pub specs: Vec<InstrumentSpec>,
    /// URL and body of the exchange information, put at the head of each file.
    pub exchange_info: (String, String),
    /// URL of each instrument's snapshot.
    pub snapshot_urls: Vec<String>,
    /// The connections, by their numbers.
    pub streams: Vec<RecordedStream>,
    /// Where the files go; made when it is not there.
    pub directory: PathBuf,
    /// A new file after so long.
    pub rotate_after: Option<Nanos>,
    /// A new file after so many compressed bytes.
    pub rotate_bytes: Option<u64>,
}

/// What was recorded so far, or in all.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Messages and snapshots.
    pub frames: u64,
    /// Snapshots among them.
    pub snapshots: u64,
    /// Connections lost.
    pub breaks: u64,
    /// Breaks in the venue's sequence rule.
    pub gaps: u64,
    /// Frames that the engine could not understand; they are in the files.
    pub undecodable: u64,
    /// Messages that were longer than is kept; they are not in the files.
    pub oversized: u64,
    /// Messages that are no text; they are not in the files.
    pub not_text: u64,
    /// Books that may be believed now.
    pub live: usize,
    /// Compressed bytes.
    pub bytes: u64,
    /// Files that are closed and verified.
    pub files: Vec<ClosedFile>,
}

/// A recording under way.
pub struct Recorder {
    plan: RecorderPlan,
    file: SessionFile,
    since: Nanos,
    part: u32,
    line: BookLine,
    up: Vec<bool>,
    recorded: Recorded,
    closing: Vec<JoinHandle<Result<ClosedFile, Fault>>>,
}

impl Recorder {
    /// Begins the first file.
    ///
    /// # Errors
    /// A directory or a file that cannot be made, with what to do.
    pub fn start(plan: RecorderPlan, at: Nanos) -> Result<Self, Fault> {
        std::fs::create_dir_all(&plan.directory).map_err(|why| {
            let sentence = format!("--out cannot be made ({why}); give a directory of your own");
            Fault::at(&plan.directory, 0, sentence)
        })?;
        let up = vec![false; plan.streams.len()];
        let file = begin(&plan, 1, at)?;
        let line = line_of(&plan);
        let recorded = Recorded::default();
        Ok(Self { plan, file, since: at, part: 1, line, up, recorded, closing: Vec::new() })
    }

    /// A connection opened.
    ///
    /// # Errors
    /// A disk that takes no more.
    pub fn on_up(&mut self, connection: u16, at: Nanos) -> Result<(), Fault> {
        let Some(stream) = self.plan.streams.get(usize::from(connection)) else { return Ok(()) };
        self.up[usize::from(connection)] = true;
        self.file.opened(at, (&stream.name, &stream.address), false)?;
        self.line.on_up(connection, at);
        Ok(())
    }

    /// A connection was lost: the files say so.
    ///
    /// # Errors
    /// A disk that takes no more.
    pub fn on_down(&mut self, connection: u16, at: Nanos) -> Result<(), Fault> {
        let Some(stream) = self.plan.streams.get(usize::from(connection)) else { return Ok(()) };
        self.up[usize::from(connection)] = false;
        self.recorded.breaks += 1;
        self.file.closed(at, &stream.name)?;
        self.line.on_down(connection, at);
        Ok(())
    }

    /// A message arrived.
    ///
    /// # Errors
    /// A disk that takes no more.
    pub fn on_message(&mut self, connection: u16, at: Nanos, bytes: &[u8]) -> Result<(), Fault> {
        let Some(stream) = self.plan.streams.get(usize::from(connection)) else { return Ok(()) };
        let Ok(text) = std::str::from_utf8(bytes) else {
            self.recorded.not_text += 1;
            return Ok(());
        };
        self.recorded.frames += 1;
        self.file.frame(at, &stream.name, text)?;
        self.line.on_message(connection, at, bytes);
        self.rotate(at)
    }

    /// A snapshot that was asked for arrived.
    ///
    /// # Errors
    /// A disk that takes no more.
    pub fn on_snapshot(
        &mut self,
        instrument: InstrumentId,
        at: Nanos,
        body: &[u8],
    ) -> Result<(), Fault> {
        let Some(url) = self.plan.snapshot_urls.get(instrument.index()) else { return Ok(()) };
        let Ok(text) = std::str::from_utf8(body) else {
            self.recorded.not_text += 1;
            return Ok(());
        };
        self.recorded.frames += 1;
        self.recorded.snapshots += 1;
        self.file.rest(at, url, text)?;
        self.line.on_snapshot(instrument, at, body);
        Ok(())
    }

    /// A message was too long to be kept; if it was depth, the book finds the gap.
    pub fn on_oversized(&mut self) {
        self.recorded.oversized += 1;
    }

    /// Nothing arrived, but time passes.
    ///
    /// # Errors
    /// A disk that takes no more.
    pub fn on_time(&mut self, at: Nanos) -> Result<(), Fault> {
        self.line.on_time(at);
        self.file.on_time(at)?;
        self.rotate(at)
    }

    /// Whose snapshots are to be fetched.
    pub fn wanted(&mut self) -> Vec<InstrumentId> {
        self.line.wanted()
    }

    /// How it stands.
    ///
    /// # Errors
    /// A closed file that did not read back.
    pub fn standing(&mut self) -> Result<Recorded, Fault> {
        self.collect()?;
        let mut standing = self.recorded.clone();
        let counts = self.line.counts();
        standing.gaps += counts.gaps;
        standing.undecodable += counts.undecodable;
        standing.bytes += self.file.bytes();
        let live = self.line.watched().iter().filter(|watched| watched.state == BookState::Live);
        standing.live = live.count();
        Ok(standing)
    }

    /// Closes the last file and waits until all are verified.
    ///
    /// # Errors
    /// The first file that could not be closed whole.
    pub fn finish(mut self, at: Nanos) -> Result<Recorded, Fault> {
        let mut standing = self.standing()?;
        let Self { file, mut closing, .. } = self;
        closing.push(verify(file, at)?);
        standing.files.extend(join(closing)?);
        standing.bytes = standing.files.iter().map(|file| file.bytes).sum();
        Ok(standing)
    }

    /// Where the file at hand will be.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        self.file.path()
    }

    fn rotate(&mut self, at: Nanos) -> Result<(), Fault> {
        let age = at.0.saturating_sub(self.since.0);
        let is_old = self.plan.rotate_after.is_some_and(|after| age >= after.0);
        let is_long = self.plan.rotate_bytes.is_some_and(|bytes| self.file.bytes() >= bytes);
        if !is_old && !is_long {
            return Ok(());
        }
        self.collect()?;
        self.part += 1;
        let file = std::mem::replace(&mut self.file, begin(&self.plan, self.part, at)?);
        self.recorded.bytes += file.bytes();
        self.closing.push(verify(file, at)?);
        let counts = self.line.counts();
        self.recorded.gaps += counts.gaps;
        self.recorded.undecodable += counts.undecodable;
        self.since = at;
        // From here on as if the recording began: a snapshot will be wanted.
        self.line = line_of(&self.plan);
        for (number, stream) in (0..).zip(&self.plan.streams) {
            if self.up[usize::from(number)] {
                self.file.opened(at, (&stream.name, &stream.address), true)?;
                self.line.on_up(number, at);
            }
        }
        Ok(())
    }

    fn collect(&mut self) -> Result<(), Fault> {
        let closing = std::mem::take(&mut self.closing);
        let (done, running): (Vec<_>, _) = closing.into_iter().partition(JoinHandle::is_finished);
        self.closing = running;
        self.recorded.files.extend(join(done)?);
        Ok(())
    }
}

/// The last line of a file and its fsync here; reading it back on a thread of
/// its own, so that the wire is not kept waiting.
fn verify(file: SessionFile, at: Nanos) -> Result<JoinHandle<Result<ClosedFile, Fault>>, Fault> {
    let path = file.path().to_owned();
    let sealed = file.seal(at)?;
    let thread = std::thread::Builder::new().name("record-verify".to_owned());
    thread.spawn(move || sealed.verify()).map_err(|why| Fault::at(&path, 0, why.to_string()))
}

fn join(threads: Vec<JoinHandle<Result<ClosedFile, Fault>>>) -> Result<Vec<ClosedFile>, Fault> {
    let panicked = |_| Err(Fault::whole("verifying a file panicked"));
    threads.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).collect()
}

fn line_of(plan: &RecorderPlan) -> BookLine {
    let specs: Vec<_> = plan.specs.iter().map(|spec| (*spec, spec.tick_size)).collect();
    let carries = plan.streams.iter().map(|stream| stream.carries.clone()).collect();
    BookLine::new(plan.dialect, &specs, carries, FRAME_MAX / 16)
}

/// Begins a file: header and exchange information.
fn begin(plan: &RecorderPlan, part: u32, at: Nanos) -> Result<SessionFile, Fault> {
    let symbols: Vec<_> = plan.specs.iter().map(|spec| spec.symbol.to_string()).collect();
    let whose = match &symbols[..] {
        [only] => only.to_lowercase(),
        many => format!("{}-instruments", many.len()),
    };
    let stamp = calendar::compact(at);
    let name = format!("{}_{whose}_{stamp}_{part:04}.jsonl.zst", plan.dialect);
    let header = json!({
        "t": "header",
        "format": 2,
        "writer": "althing",
        "version": env!("CARGO_PKG_VERSION"),
        // As cryptofeed's sessions name it, so that its readers know the venue too.
        "exchange": match plan.dialect.name() {
            "binance_usdm" => "BINANCE_FUTURES",
            "binance_spot" => "BINANCE",
            other => other,
        },
        "venue": plan.dialect.name(),
        "instruments": symbols,
        "part": part,
    });
    let mut file = SessionFile::create(&plan.directory.join(name), &header)?;
    let (url, body) = &plan.exchange_info;
    file.rest(at, url, body)?;
    Ok(file)
}

#[cfg(test)]
mod tests;
