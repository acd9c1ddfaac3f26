//! How full a link is, for whoever may look: the lock-step driver, the
//! breaker's DRAINING, the metrics. Written by the two ends, read by anyone.

use crossbeam_utils::CachePadded;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The counters of one link. Each has one writer.
#[derive(Debug)]
pub struct Gauge {
    name: &'static str,
    depth: u64,
    /// Written by the sender.
    sent: CachePadded<AtomicU64>,
    /// Written by the receiver, after everything that came of an item was sent on.
    taken: CachePadded<AtomicU64>,
    closed: AtomicBool,
}

impl Gauge {
    pub(crate) fn new(name: &'static str, depth: u64) -> Self {
        Self {
            name,
            depth,
            sent: CachePadded::new(AtomicU64::new(0)),
            taken: CachePadded::new(AtomicU64::new(0)),
            closed: AtomicBool::new(false),
        }
    }

    /// `producer_consumer`, as the shape names it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Items (bytes, for frames) that fit.
    #[must_use]
    pub const fn depth(&self) -> u64 {
        self.depth
    }

    /// Items sent since the start.
    #[must_use]
    pub fn sent(&self) -> u64 {
        // Acquire pairs with the Release in `set_sent`: what was sent is visible.
        self.sent.load(Ordering::Acquire)
    }

    /// Items taken and dealt with since the start.
    #[must_use]
    pub fn taken(&self) -> u64 {
        // Acquire pairs with the Release in `set_taken`: what came of it is visible.
        self.taken.load(Ordering::Acquire)
    }

    /// Items waiting. `taken` is read first, so that the answer is never negative.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        let taken = self.taken();
        self.sent().saturating_sub(taken)
    }

    /// Whether the sender is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        // Acquire pairs with the Release in `close`: the last send is visible.
        self.closed.load(Ordering::Acquire)
    }

    pub(crate) fn set_sent(&self, sent: u64) {
        self.sent.store(sent, Ordering::Release);
    }

    pub(crate) fn set_taken(&self, taken: u64) {
        self.taken.store(taken, Ordering::Release);
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }
}
