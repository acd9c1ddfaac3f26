//! What the council has done, for the metrics and the summary.
//!
//! Written by the stage, read by anyone. Never here: anything that is decided on.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Counters of the stage. Each has one writer.
#[derive(Debug, Default)]
pub struct CouncilCounters {
    vote_cast: AtomicU64,
    shadow_vote_cast: AtomicU64,
    intent_placed: AtomicU64,
    intent_canceled: AtomicU64,
    intent_amended: AtomicU64,
    decision_unpriced: AtomicU64,
    shadows: Vec<ShadowGauge>,
}

/// How a shadow seat would have done, one lot of the configured quantity long
/// or short, filled at the touch whenever its vote turns.
#[derive(Debug)]
pub struct ShadowGauge {
    /// The member's name.
    pub name: String,
    /// Its seat.
    pub seat: usize,
    fills: AtomicU64,
    pnl_micro: AtomicI64,
}

impl ShadowGauge {
    /// Hypothetical fills.
    #[must_use]
    pub fn fills(&self) -> u64 {
        read(&self.fills)
    }

    /// Realised profit in millionths of the quote asset, without fees, summed
    /// over its instruments, truncated toward zero.
    #[must_use]
    pub fn pnl_micro(&self) -> i64 {
        // Relaxed: a gauge; nothing is read on the strength of it.
        self.pnl_micro.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, fills: u64, pnl_micro: i64) {
        // Relaxed, one writer: see `pnl_micro`.
        self.fills.store(fills, Ordering::Relaxed);
        self.pnl_micro.store(pnl_micro, Ordering::Relaxed);
    }
}

impl CouncilCounters {
    pub(crate) fn new(shadows: impl Iterator<Item = (usize, String)>) -> Self {
        let gauge = |(seat, name)| ShadowGauge {
            name,
            seat,
            fills: AtomicU64::new(0),
            pnl_micro: AtomicI64::new(0),
        };
        Self { shadows: shadows.map(gauge).collect(), ..Self::default() }
    }

    /// Votes that count.
    #[must_use]
    pub fn vote_cast(&self) -> u64 {
        read(&self.vote_cast)
    }

    /// Votes of shadow seats.
    #[must_use]
    pub fn shadow_vote_cast(&self) -> u64 {
        read(&self.shadow_vote_cast)
    }

    /// Intents to place.
    #[must_use]
    pub fn intent_placed(&self) -> u64 {
        read(&self.intent_placed)
    }

    /// Intents to cancel.
    #[must_use]
    pub fn intent_canceled(&self) -> u64 {
        read(&self.intent_canceled)
    }

    /// Intents to amend.
    #[must_use]
    pub fn intent_amended(&self) -> u64 {
        read(&self.intent_amended)
    }

    /// Decisions that had no price or quantity on the grid, or no id.
    #[must_use]
    pub fn decision_unpriced(&self) -> u64 {
        read(&self.decision_unpriced)
    }

    /// Name, meaning and value of each counter, for the metrics.
    #[must_use]
    pub fn read(&self) -> Vec<(&'static str, &'static str, u64)> {
        vec![
            ("votes_cast", "Votes that count.", self.vote_cast()),
            ("shadow_votes_cast", "Votes of shadow seats.", self.shadow_vote_cast()),
            ("intents_placed", "Orders wanted.", self.intent_placed()),
            ("intents_canceled", "Cancels wanted.", self.intent_canceled()),
            (
                "decisions_unpriced",
                "Decisions without a price or quantity on the grid, or without an id.",
                self.decision_unpriced(),
            ),
        ]
    }

    /// The shadow seats, in the order of their seats.
    #[must_use]
    pub fn shadows(&self) -> &[ShadowGauge] {
        &self.shadows
    }

    pub(crate) fn count_vote(&self, shadow: bool) {
        add(if shadow { &self.shadow_vote_cast } else { &self.vote_cast });
    }

    pub(crate) fn count_place(&self) {
        add(&self.intent_placed);
    }

    pub(crate) fn count_cancel(&self) {
        add(&self.intent_canceled);
    }

    pub(crate) fn count_amend(&self) {
        add(&self.intent_amended);
    }

    pub(crate) fn count_unpriced(&self) {
        add(&self.decision_unpriced);
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
