//! Which ids of a stream have not been told yet: ranges between those that have.
//!
//! Asked by streams whose ids count one by one. A repeated id is known however
//! late it comes, a late one is not taken for a repeated one, and a false one
//! far away silences nothing.

/// Ranges that are kept. Each break in a stream makes one; a stream with more
/// forgets the oldest: what would fill it counts as told.
const RANGES: usize = 16;

/// The ids of one stream. An id of 0 is no id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Untold {
    /// Ascending, both ends included, never touching.
    ranges: [(u64, u64); RANGES],
    used: usize,
}

impl Default for Untold {
    fn default() -> Self {
        let mut ranges = [(0, 0); RANGES];
        ranges[0] = (1, u64::MAX);
        Self { ranges, used: 1 }
    }
}

impl Untold {
    fn find(&self, id: u64) -> Option<usize> {
        let before = self.ranges[..self.used].iter().rposition(|(first, _)| *first <= id)?;
        (id <= self.ranges[before].1).then_some(before)
    }

    /// Whether this id has not been told.
    pub(crate) fn holds(&self, id: u64) -> bool {
        self.find(id).is_some()
    }

    /// The id after the highest that was told; `None` before any was, and after
    /// the highest that there is.
    pub(crate) fn next(&self) -> Option<u64> {
        let (first, last) = self.ranges[self.used.checked_sub(1)?];
        (last == u64::MAX && first > 1).then_some(first)
    }

    /// This id is told now. False when it was before.
    pub(crate) fn tell(&mut self, id: u64) -> bool {
        let Some(at) = self.find(id) else { return false };
        let (first, last) = self.ranges[at];
        match (id == first, id == last) {
            (true, true) => self.remove(at),
            (true, false) => self.ranges[at].0 = id + 1,
            (false, true) => self.ranges[at].1 = id - 1,
            (false, false) => self.split(at, id),
        }
        true
    }

    fn split(&mut self, at: usize, id: u64) {
        let mut at = at;
        if self.used == RANGES {
            // Never the lowest, which is what was before the first id: a venue
            // that counts anew counts there.
            let oldest = if at == 1 { 2 } else { 1 };
            self.remove(oldest);
            at -= usize::from(oldest < at);
        }
        let (first, last) = self.ranges[at];
        self.ranges.copy_within(at + 1..self.used, at + 2);
        self.ranges[at] = (first, id - 1);
        self.ranges[at + 1] = (id + 1, last);
        self.used += 1;
    }

    fn remove(&mut self, at: usize) {
        self.ranges.copy_within(at + 1..self.used, at);
        self.used -= 1;
    }
}

#[cfg(test)]
mod tests;
