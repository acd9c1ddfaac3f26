//! How many order messages went out in the last second of sequenced time.
//!
//! Fed by every approval, cancels included; read by `order_rate`. Never here:
//! a clock: the window ends at the group's own time stamp.

use types::Nanos;

/// Messages remembered; a count saturates there. Above the largest limit that
/// `order_rate` takes, so that saturation never hides a refusal.
pub(crate) const REMEMBERED: usize = 8192;

/// Length of the window: venues state their order limits per second.
pub(crate) const WINDOW: Nanos = Nanos(Nanos::PER_SEC);

/// A sliding window over time stamps that never decrease.
#[derive(Debug)]
pub(crate) struct Rate {
    sent: Vec<Nanos>,
    /// Index of the oldest message in the window.
    oldest: usize,
    count: usize,
}

impl Rate {
    /// An empty window; all memory is taken here.
    pub(crate) fn new() -> Self {
        Self { sent: vec![Nanos(0); REMEMBERED], oldest: 0, count: 0 }
    }

    /// Messages younger than the window at `now`. One that is exactly a second
    /// old has left it.
    pub(crate) fn count(&mut self, now: Nanos) -> u32 {
        while self.count > 0 && now.0.saturating_sub(self.sent[self.oldest].0) >= WINDOW.0 {
            self.oldest = (self.oldest + 1) % REMEMBERED;
            self.count -= 1;
        }
        u32::try_from(self.count).unwrap_or(u32::MAX)
    }

    /// A message went out at `now`. When full, the oldest is forgotten.
    pub(crate) fn add(&mut self, now: Nanos) {
        self.sent[(self.oldest + self.count) % REMEMBERED] = now;
        if self.count == REMEMBERED {
            self.oldest = (self.oldest + 1) % REMEMBERED;
        } else {
            self.count += 1;
        }
    }
}
