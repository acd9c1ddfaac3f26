//! How a line in real time ends: in order, or because something failed. Either
//! way no thread and no exchange is left running, and the record is closed.
//!
//! In order: what the exchange sent is taken, nothing new is placed, working
//! orders are cancelled by the line, the record is sealed. On a failure: the kill
//! latch first; cancels by the line if it lives, else by the venue on request; the
//! record sealed only if every thread ended in order and all that it sent was
//! kept. What the cold side got is in the record either way.
#![allow(clippy::disallowed_methods, reason = "the supervisor waits and reads the clock")]

use super::paper::Paper;
use super::{CANCELLED, LOOK, RealTime, access};
use crate::failure::Failure;
use crate::line::LineCounters;
use crate::shape::links;
use crate::startup::command;
use cold::ColdHandle;
use exchange::{ExchangeStats, PushCounters, ServerHandle};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use types::CommandOp;
use venue::AccountState;

/// How long the cold side may take to write what is left: a disk that stalls
/// longer than this is not coming back.
pub(crate) const WRITTEN: Duration = Duration::from_secs(30);
/// And after a thread that hangs, which keeps the cold side's link open.
pub(crate) const STALLED: Duration = Duration::from_secs(3);
/// How long the market may bring nothing, although the exchange says that it sent
/// more, before that is given up: its faults may have lost it.
const LOST: Duration = Duration::from_secs(2);

/// What is known when it is over.
pub struct Ended {
    /// What every actor counted.
    pub counters: LineCounters,
    /// The cold side's last word.
    pub cold: ColdHandle,
    /// The embedded exchange's own view.
    pub exchange: Option<ExchangeStats>,
    /// What the model of a paper world made of the market's messages.
    pub model: Option<PushCounters>,
    /// The layout as it was applied.
    pub layout: String,
    /// Which actor got which core.
    pub pinned: Vec<(String, Option<usize>, bool)>,
    /// From arming to the last frame of the market.
    pub elapsed: Duration,
    /// Frames that came before that time.
    pub frames_before: u64,
    /// What the venue said was held before the line ran.
    pub held_before: AccountState,
    /// Orders still working when the line ended.
    pub left_open: u64,
}

impl Ended {
    /// Where the record lies, sealed.
    ///
    /// # Errors
    /// When it was not sealed.
    pub fn journal(&self) -> Result<PathBuf, Failure> {
        let sealed = self.cold.outcome().sealed;
        Ok(sealed.ok_or_else(|| Failure::failed("the journal was not sealed"))?.directory)
    }
}

impl Ended {
    /// Whether orders went to the own model of a paper world, and to no venue.
    #[must_use]
    pub const fn is_paper(&self) -> bool {
        self.model.is_some()
    }

    /// What the model of a paper world could not take in, in words; none when it took everything.
    #[must_use]
    pub fn missed_by_model(&self) -> Option<String> {
        let model = self.model.filter(|m| m.frame_malformed > 0 || m.frame_dropped > 0)?;
        Some(format!(
            "the matching model did not understand {} market messages and lost {}: fills on paper \
             may be missing or too good; see \"model\" in the summary",
            model.frame_malformed, model.frame_dropped
        ))
    }
}

impl RealTime {
    /// Ends in order: no new orders, working ones cancelled, the record sealed.
    ///
    /// # Errors
    /// What failed meanwhile; everything has ended then all the same.
    pub fn end(mut self) -> Result<Ended, Failure> {
        match self.wind_down() {
            Ok((elapsed, left_open)) => {
                let path = self.journal.clone();
                let ended = self.close(elapsed, left_open);
                ended.map_err(|why| why.with(&record_words(&path, false)))
            }
            Err(why) => Err(self.fail(why)),
        }
    }

    /// Ends because of `why`, and gives it back with what became of the orders
    /// and of the record.
    #[must_use]
    pub fn fail(mut self, why: Failure) -> Failure {
        self.kill.raise();
        let orders = self.call_back();
        let (cold, path) = (self.cold.clone(), self.journal.clone());
        // A thread that stopped is told of by its own panic.
        let has_stopped = self.threads.stop.is_raised() && cold.outcome().failure.is_none();
        let why = match self.close(Duration::ZERO, 0) {
            Err(stopped) if has_stopped => stopped,
            Err(more) => why.with(&format!("and then {more}")),
            Ok(_) => why,
        };
        let why = orders.into_iter().fold(why, |why, orders| why.with(&orders));
        why.with(&record_words(&path, cold.outcome().sealed.is_some()))
    }

    /// Has working orders cancelled, by the line as long as it lives, else by the
    /// venue. What was done, in words; nothing when there was nothing to do.
    fn call_back(&mut self) -> Option<String> {
        self.armed?;
        let stop = self.threads.stop.clone();
        let counters = self.counters.clone();
        // Relaxed: a gauge of the gateway; it ends in zero if the line lives.
        let open = || counters.gateway.open_orders.load(Ordering::Relaxed);
        if !stop.is_raised() && open() > 0 {
            let now = self.clock.now();
            let asked = self.send(command(CommandOp::CancelAll, 0, now));
            let deadline = Instant::now() + CANCELLED;
            while asked.is_ok() && open() > 0 && !stop.is_raised() && Instant::now() < deadline {
                std::thread::sleep(LOOK);
            }
        }
        // A line that died in the middle of things may not have counted its last order.
        if open() == 0 && !stop.is_raised() {
            return None;
        }
        let symbols = access::symbols(&self.loaded.config);
        let now = self.clock.now();
        Some(self.access.cancel_all(&symbols, now))
    }

    /// Takes what the exchange has sent, places nothing more, and has what works
    /// cancelled. How long the run was, and how many orders still work.
    fn wind_down(&mut self) -> Result<(Duration, u64), Failure> {
        if self.market_ended() {
            self.take_what_was_sent()?;
        }
        let elapsed = self.elapsed();
        let now = self.clock.now();
        self.send(command(CommandOp::Disarm, 0, now))?;
        self.send(command(CommandOp::CancelAll, 0, now))?;
        let left_open = self.wait_for_cancels()?;
        if left_open > 0 && self.armed.is_some() {
            // The line could not end them; the venue can.
            let symbols = access::symbols(&self.loaded.config);
            let now = self.clock.now();
            eprintln!("{}", self.access.cancel_all(&symbols, now));
        }
        let now = self.clock.now();
        self.send(command(CommandOp::Stop, 0, now))?;
        self.drain_commands();
        Ok((elapsed, left_open))
    }

    /// Waits until every market message that the exchange gave to a socket has
    /// come through the feed and the normalizer.
    fn take_what_was_sent(&mut self) -> Result<(), Failure> {
        let sent = self.exchange.as_ref().and_then(ServerHandle::try_stats);
        let sent: u64 = sent.map_or(0, |stats| market_messages(&stats));
        let frames = self.gauges.iter().find(|gauge| gauge.name() == links::FEED_NORMALIZER);
        let frames = frames.cloned();
        let took = |this: &Self| this.wires.first().map_or(0, |w| w.counters().read().messages);
        let (mut before, mut since) = (took(self), Instant::now());
        loop {
            self.check()?;
            let (now, waiting) = (took(self), frames.as_ref().map_or(0, |link| link.waiting()));
            if now >= sent && waiting == 0 || self.interrupt.is_raised() {
                return Ok(());
            }
            if now != before || waiting > 0 {
                (before, since) = (now, Instant::now());
            }
            if since.elapsed() > LOST {
                return Ok(());
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Waits, bounded, until no order works any more. How many still do.
    fn wait_for_cancels(&mut self) -> Result<u64, Failure> {
        let deadline = Instant::now() + CANCELLED;
        // A few more looks after the last order, so that its END is in the record.
        let mut quiet = 0;
        loop {
            self.check()?;
            let open = self.counters.gateway.open_orders.load(Ordering::Relaxed);
            quiet = if open == 0 { quiet + 1 } else { 0 };
            if quiet > 20 || Instant::now() > deadline {
                return Ok(open);
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Every step of the end, whatever the one before came to.
    fn close(self, elapsed: Duration, left_open: u64) -> Result<Ended, Failure> {
        for wire in &self.wires {
            wire.shut();
        }
        if let Some(paper) = &self.paper {
            paper.shut();
        }
        let layout = self.threads.applied.text();
        let pinned = self.threads.pinned();
        drop(self.commands);
        let threads = self.threads.join();
        let patience = if threads.is_ok() { WRITTEN } else { STALLED };
        let record = close_record(&self.cold, self.cold_thread, patience);
        let exchange = self.exchange.and_then(|exchange| {
            // One that has panicked has no last word.
            exchange.is_running().then(|| exchange.stop())
        });
        let (stats, model) =
            self.paper.and_then(Paper::end).map(|end| (end.stats, end.pushed)).unzip();
        let exchange = exchange.or(stats);
        threads.and(record)?;
        Ok(Ended {
            counters: self.counters,
            cold: self.cold,
            exchange,
            model,
            layout,
            pinned,
            elapsed,
            frames_before: self.armed.map_or(0, |(_, frames)| frames),
            held_before: self.recovered.account,
            left_open,
        })
    }
}

/// Waits, bounded, for the cold side's end.
pub(crate) fn close_record(
    cold: &ColdHandle,
    thread: cold::ColdThread,
    patience: Duration,
) -> Result<(), Failure> {
    let deadline = Instant::now() + patience;
    while !thread.is_finished() {
        if Instant::now() > deadline {
            return Err(Failure::not_safe("the cold side does not end; is the disk there?"));
        }
        std::thread::sleep(LOOK);
    }
    thread.join().map_err(|why| Failure::not_safe(format!("the cold thread panicked: {why}")))?;
    cold.outcome().failure.map_or(Ok(()), |why| Err(Failure::failed(why)))
}

/// What a user is told of the record after a failure.
pub(crate) fn record_words(path: &std::path::Path, is_sealed: bool) -> String {
    let path = path.display();
    if is_sealed {
        format!("the record of this run is whole and sealed: {path}")
    } else {
        format!("what of this run was recorded is not sealed and is whole up to its end: {path}")
    }
}

/// Market messages that the exchange gave to sockets.
fn market_messages(stats: &ExchangeStats) -> u64 {
    let others = ["private", "api", "rest", "control", "wire"];
    let market = stats.delivered.iter().filter(|(word, _)| !others.contains(word));
    market.map(|(_, count)| *count).sum()
}
