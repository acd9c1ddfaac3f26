//! Counters that take their names when they first count.
//!
//! Written by one actor, read by the metrics. A fixed number of places, so that
//! counting allocates nothing; the last place takes what has no other. Never
//! here: a name that is not known when the program is compiled.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// `N` counters, each with a name of two words: what, and why.
#[derive(Debug)]
pub struct NamedCounts<const N: usize> {
    places: [(OnceLock<(&'static str, &'static str)>, AtomicU64); N],
}

impl<const N: usize> Default for NamedCounts<N> {
    fn default() -> Self {
        Self { places: [const { (OnceLock::new(), AtomicU64::new(0)) }; N] }
    }
}

impl<const N: usize> NamedCounts<N> {
    /// Counts one of `what`, for `why`; empty where there is nothing to say.
    /// When all places but the last are taken, it counts as `others`.
    pub fn count(&self, what: &'static str, why: &'static str) {
        for (index, (slot, count)) in self.places.iter().enumerate() {
            let last = index + 1 == N;
            let known = *slot.get_or_init(|| if last { ("others", "") } else { (what, why) });
            if last || known == (what, why) {
                // Relaxed, one writer: counters; nothing is read on the strength of them.
                count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                return;
            }
        }
    }

    /// What was counted, in the order of its first time.
    #[must_use]
    pub fn read(&self) -> Vec<((&'static str, &'static str), u64)> {
        let named = self.places.iter().filter_map(|(name, count)| {
            // Relaxed: see `count`.
            Some((*name.get()?, count.load(Ordering::Relaxed)))
        });
        named.collect()
    }
}
