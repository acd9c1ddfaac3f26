//! What risk has done, for the metrics and the summary.
//!
//! Written by the stage, read by anyone. Never here: anything that is decided on.

use crate::registry::{BUILT_IN, JUDGES, ORDER};
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of the stage. Each has one writer.
#[derive(Debug)]
pub struct RiskCounters {
    refused: [AtomicU64; JUDGES],
    approved: AtomicU64,
    cancels: AtomicU64,
    forged: AtomicU64,
    live: AtomicU64,
}

impl Default for RiskCounters {
    fn default() -> Self {
        Self::new()
    }
}

impl RiskCounters {
    pub(crate) fn new() -> Self {
        Self {
            refused: [const { AtomicU64::new(0) }; JUDGES],
            approved: AtomicU64::new(0),
            cancels: AtomicU64::new(0),
            forged: AtomicU64::new(0),
            live: AtomicU64::new(0),
        }
    }

    /// Name, meaning and value of each counter that is not a rule's, for the
    /// metrics.
    #[must_use]
    pub fn read(&self) -> Vec<(&'static str, &'static str, u64)> {
        vec![
            ("orders_approved", "Orders that passed every rule.", self.approved()),
            ("cancels_passed", "Cancels, which always pass.", self.cancels()),
            (
                "approvals_forged",
                "Records that claimed to be approvals and were emptied; must stay 0.",
                self.forged(),
            ),
        ]
    }

    /// Orders refused, by the name of the rule or of the built-in refusal.
    pub fn refused(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let names = ORDER.iter().chain(BUILT_IN).copied();
        names.zip(self.refused.iter().map(read))
    }

    /// Places approved.
    #[must_use]
    pub fn approved(&self) -> u64 {
        read(&self.approved)
    }

    /// Cancels passed on.
    #[must_use]
    pub fn cancels(&self) -> u64 {
        read(&self.cancels)
    }

    /// Records that came in claiming to be approvals, and were emptied. Above
    /// zero, something before risk is broken.
    #[must_use]
    pub fn forged(&self) -> u64 {
        read(&self.forged)
    }

    /// Orders that are not known to be over.
    #[must_use]
    pub fn live(&self) -> u64 {
        read(&self.live)
    }

    pub(crate) fn count_refused(&self, judge: usize) {
        add(&self.refused[judge]);
    }

    pub(crate) fn count_approved(&self) {
        add(&self.approved);
    }

    pub(crate) fn count_cancel(&self) {
        add(&self.cancels);
    }

    pub(crate) fn count_forged(&self) {
        add(&self.forged);
    }

    pub(crate) fn set_live(&self, live: usize) {
        // Relaxed, one writer: see `read`.
        self.live.store(live as u64, Ordering::Relaxed);
    }
}

fn read(counter: &AtomicU64) -> u64 {
    // Relaxed: counters; nothing is read on the strength of them.
    counter.load(Ordering::Relaxed)
}

fn add(counter: &AtomicU64) {
    // Relaxed, one writer: a load and a store instead of a locked add.
    counter.store(read(counter) + 1, Ordering::Relaxed);
}
