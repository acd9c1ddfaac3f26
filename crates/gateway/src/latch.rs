//! The kill latch: the one thing that does not wait for its turn in the sequence.
//!
//! Raised by whoever must stop the line at once, read by the gateway right before
//! each write of a place or an amendment. Never here: a way to lower it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Raised by an operator or by the engine itself: holds back places at once,
/// without waiting for its turn in the sequence.
#[derive(Clone, Debug, Default)]
pub struct KillLatch(Arc<AtomicBool>);

impl KillLatch {
    /// Raises it. It comes down only with a restart.
    pub fn raise(&self) {
        // Release pairs with the Acquire in `is_raised`.
        self.0.store(true, Ordering::Release);
    }

    /// Whether it is raised.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        // Acquire pairs with the Release in `raise`.
        self.0.load(Ordering::Acquire)
    }
}
