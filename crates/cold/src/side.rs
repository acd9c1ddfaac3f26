//! The cold actor: takes every record off the gateway's output link, in order,
//! into the journal and the statistics.
//!
//! Fed by the gateway; its [`ColdHandle`] is read by the metrics and by
//! whoever ends the run. The first error of the journal raises the stop flag:
//! the line ends, and what still comes is counted, not kept and not hidden.
//!
//! Never here: a record that is dropped without a word, a second try of a
//! failed write.
#![allow(
    clippy::disallowed_methods,
    reason = "the cold thread flushes and publishes by the clock, and sleeps when idle"
)]

use crate::journal::{JournalWriter, Kept, Sealed};
use crate::replay::{Comparator, Comparison};
use crate::stats::{SharedStats, Stats};
use actor::{Actor, Duty, StopFlag};
use link::{Batch, Receiver};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use types::Record;

/// Most records that one turn takes: 256 KiB, so that the gateway sees room
/// again soon.
const BATCH: usize = 4096;
/// Idle turns before the thread sleeps, and how long it sleeps.
const YIELDS: u32 = 64;
const NAP: Duration = Duration::from_micros(100);

/// How often the cold actor does what it does by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColdSettings {
    /// The journal's buffer is handed to the system at least this often.
    pub flush_every: Duration,
    /// A snapshot of the statistics is published at most this often.
    pub publish_every: Duration,
}

impl Default for ColdSettings {
    /// 10 ms of records at most are lost with the process; ten snapshots a second.
    fn default() -> Self {
        Self { flush_every: Duration::from_millis(10), publish_every: Duration::from_millis(100) }
    }
}

/// Where the cold side stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColdOutcome {
    /// Everything was taken and nothing will come.
    pub finished: bool,
    /// Why the journal ended early, as a sentence.
    pub failure: Option<String>,
    /// Records that came after the failure and are not in the journal.
    pub not_kept: u64,
    /// The journal as it was closed.
    pub sealed: Option<Sealed>,
    /// What a replay's comparison came to.
    pub comparison: Option<Comparison>,
    /// What was written so far.
    pub kept: Kept,
}

/// Reads the cold side from outside.
#[derive(Clone, Debug, Default)]
pub struct ColdHandle {
    stats: SharedStats,
    outcome: Arc<Mutex<ColdOutcome>>,
}

impl ColdHandle {
    /// The last published statistics.
    #[must_use]
    pub fn stats(&self) -> Arc<crate::StatsSnapshot> {
        self.stats.read()
    }

    /// Where it stands.
    #[must_use]
    pub fn outcome(&self) -> ColdOutcome {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut ColdOutcome)) {
        change(&mut self.outcome.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Takes the line's records.
pub struct ColdActor {
    input: Receiver<Record>,
    keeper: Keeper,
    settings: ColdSettings,
    flushed: Instant,
    published: Instant,
    /// Whether something came since the last publication.
    fresh: bool,
}

/// Everything that a record goes into.
struct Keeper {
    journal: Option<JournalWriter>,
    comparator: Option<Comparator>,
    stats: Stats,
    handle: ColdHandle,
    stop: StopFlag,
    failed: bool,
    not_kept: u64,
}

impl ColdActor {
    /// Statistics only. `ids` are our instrument ids in the configuration's
    /// order; `stop` is raised when the journal fails.
    #[must_use]
    pub fn new(
        input: Receiver<Record>,
        ids: Arc<[String]>,
        stop: StopFlag,
        settings: ColdSettings,
    ) -> Self {
        let keeper = Keeper {
            journal: None,
            comparator: None,
            stats: Stats::new(ids),
            handle: ColdHandle::default(),
            stop,
            failed: false,
            not_kept: 0,
        };
        let now = Instant::now();
        Self { input, keeper, settings, flushed: now, published: now, fresh: false }
    }

    /// Keeps a journal as well.
    #[must_use]
    pub fn with_journal(mut self, journal: JournalWriter) -> Self {
        self.keeper.journal = Some(journal);
        self
    }

    /// Compares with a journal as well.
    #[must_use]
    pub fn with_comparator(mut self, comparator: Comparator) -> Self {
        self.keeper.comparator = Some(comparator);
        self
    }

    /// To read it from outside.
    #[must_use]
    pub fn handle(&self) -> ColdHandle {
        self.keeper.handle.clone()
    }

    fn housekeep(&mut self) {
        let now = Instant::now();
        if now - self.flushed >= self.settings.flush_every {
            self.keeper.flush();
            self.flushed = now;
        }
        if self.fresh && now - self.published >= self.settings.publish_every {
            self.keeper.publish();
            (self.published, self.fresh) = (now, false);
        }
    }
}

impl Actor for ColdActor {
    fn name(&self) -> &'static str {
        "cold"
    }

    fn turn(&mut self) -> Duty {
        let keeper = &mut self.keeper;
        let duty = match self.input.poll(BATCH, |record| keeper.on_record(record)) {
            Batch::Took(_) => {
                self.fresh = true;
                Duty::Busy
            }
            Batch::Empty => Duty::Idle,
            Batch::Closed => {
                self.keeper.finish();
                return Duty::Done;
            }
        };
        self.housekeep();
        duty
    }
}

impl Keeper {
    fn on_record(&mut self, record: &Record) {
        if let Some(journal) = &mut self.journal
            && let Err(failure) = journal.append(record)
        {
            self.fail(failure.to_string());
        }
        self.not_kept += u64::from(self.failed);
        if let Some(comparator) = &mut self.comparator {
            comparator.on_record(record);
        }
        self.stats.on_record(record);
    }

    fn flush(&mut self) {
        let Some(journal) = &mut self.journal else { return };
        if journal.has_unflushed()
            && let Err(failure) = journal.flush()
        {
            self.fail(failure.to_string());
        }
    }

    /// The journal is closed where it stands; the line is asked to end.
    fn fail(&mut self, sentence: String) {
        let kept = self.journal.take().map(|journal| journal.kept());
        self.failed = true;
        self.handle.change(|outcome| {
            outcome.kept = kept.unwrap_or(outcome.kept);
            outcome.failure.get_or_insert(sentence);
        });
        self.stop.raise();
    }

    fn publish(&mut self) {
        self.handle.stats.publish(self.stats.snapshot());
        let kept = self.journal.as_ref().map(JournalWriter::kept);
        self.handle.change(|outcome| {
            outcome.kept = kept.unwrap_or(outcome.kept);
            outcome.not_kept = self.not_kept;
        });
    }

    fn finish(&mut self) {
        // Raised before anything of the line is let go: the link did not close in order, and
        // a seal would say that it did. What came is handed to the system, no more.
        if self.stop.is_raised() {
            self.flush();
        }
        let in_order = !self.stop.is_raised();
        let sealed = self.journal.as_mut().filter(|_| in_order).map(JournalWriter::seal);
        match sealed {
            Some(Err(failure)) => self.fail(failure.to_string()),
            Some(Ok(sealed)) => self.handle.change(|outcome| outcome.sealed = Some(sealed)),
            None => {}
        }
        let comparison = self.comparator.take().map(Comparator::finish);
        self.publish();
        self.handle.change(|outcome| {
            outcome.comparison = comparison;
            outcome.finished = true;
        });
    }
}

/// The cold thread.
#[derive(Debug)]
pub struct ColdThread(JoinHandle<Result<(), String>>);

impl ColdThread {
    /// Waits for its end, which comes when the gateway is gone and the link is
    /// empty.
    ///
    /// # Errors
    /// The panic's message, when it ended by one.
    pub fn join(self) -> Result<(), String> {
        self.0.join().unwrap_or_else(|_| Err("the cold thread panicked".to_owned()))
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

/// Runs `actor` on a thread of its own that may allocate and block: it is not
/// of the line, so nothing seals it.
///
/// # Errors
/// When the system refuses the thread.
pub fn start(mut actor: ColdActor) -> std::io::Result<ColdThread> {
    let (stop, handle) = (actor.keeper.stop.clone(), actor.handle());
    let run = move || {
        let ended = catch_unwind(AssertUnwindSafe(|| turn_until_done(&mut actor)));
        ended.map_err(|panic| {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            let text = text.unwrap_or_else(|| "panic".to_owned());
            handle.change(|outcome| {
                outcome.failure.get_or_insert_with(|| format!("the cold thread panicked: {text}"));
            });
            stop.raise();
            text
        })
    };
    std::thread::Builder::new().name("cold".to_owned()).spawn(run).map(ColdThread)
}

fn turn_until_done(actor: &mut ColdActor) {
    let mut idle: u32 = 0;
    loop {
        match actor.turn() {
            Duty::Busy => idle = 0,
            Duty::Idle => idle = idle.saturating_add(1),
            Duty::Done => return,
        }
        match idle {
            0 => {}
            1..YIELDS => std::thread::yield_now(),
            _ => std::thread::sleep(NAP),
        }
    }
}

#[cfg(test)]
mod tests;
