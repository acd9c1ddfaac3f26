//! Depth messages that cannot be applied yet: before a snapshot, or behind a
//! hole that another connection may still fill.
//!
//! Kept in the order of their ids, however they came; memory is taken once.

use venue::{Depth, DepthSequence, LevelChange, SequenceRule, Step};

/// A message that waits.
#[derive(Clone, Copy)]
pub(crate) struct Held {
    pub(crate) first_id: u64,
    pub(crate) final_id: u64,
    pub(crate) previous_id: Option<u64>,
    pub(crate) exch_ts: types::Nanos,
    start: usize,
    end: usize,
}

impl Held {
    /// The id just before it: of the message that it continues, where the venue
    /// says so.
    pub(crate) fn before(&self) -> u64 {
        self.previous_id.unwrap_or(self.first_id.saturating_sub(1))
    }

    pub(crate) fn step(&self, sequence: &mut DepthSequence) -> Step {
        sequence.step(self.first_id, self.final_id, self.previous_id)
    }
}

/// What became of a message that was to wait.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    New,
    /// One like it waits already.
    Repeated,
    /// There is no room.
    Full,
}

/// The messages of one book.
pub(crate) struct Waiting {
    rule: SequenceRule,
    /// Ascending final ids.
    messages: Vec<Held>,
    levels: Vec<LevelChange>,
    /// Neighbours that do not join.
    holes: usize,
}

impl Waiting {
    /// Room for `levels` level changes, in up to an eighth as many messages.
    pub(crate) fn new(rule: SequenceRule, levels: usize) -> Self {
        Self {
            rule,
            messages: Vec::with_capacity(levels / 8),
            levels: Vec::with_capacity(levels),
            holes: 0,
        }
    }

    pub(crate) fn keep(&mut self, depth: &Depth<'_>) -> Kept {
        let at = self.messages.partition_point(|held| held.final_id < depth.final_id);
        if self.messages.get(at).is_some_and(|held| held.final_id == depth.final_id) {
            return Kept::Repeated;
        }
        if self.messages.len() == self.messages.capacity() || !self.has_room(depth.levels.len()) {
            return Kept::Full;
        }
        let start = self.levels.len();
        self.levels.extend_from_slice(depth.levels);
        let held = Held {
            first_id: depth.first_id,
            final_id: depth.final_id,
            previous_id: depth.previous_id,
            exch_ts: depth.exch_ts,
            start,
            end: self.levels.len(),
        };
        self.holes -= usize::from(self.is_hole(at));
        self.messages.insert(at, held);
        self.holes += usize::from(self.is_hole(at)) + usize::from(self.is_hole(at + 1));
        Kept::New
    }

    fn has_room(&self, levels: usize) -> bool {
        self.levels.len() + levels <= self.levels.capacity()
    }

    /// Whether the message at `at` does not join the one before it.
    fn is_hole(&self, at: usize) -> bool {
        let (Some(held), Some(before)) =
            (self.messages.get(at), at.checked_sub(1).and_then(|at| self.messages.get(at)))
        else {
            return false;
        };
        let mut sequence = DepthSequence::new(self.rule);
        sequence.on_snapshot(before.final_id);
        matches!(held.step(&mut sequence), Step::Gap { .. })
    }

    pub(crate) fn has_holes(&self) -> bool {
        self.holes > 0
    }

    /// The last message before which there is a hole that `is_lost` says nobody
    /// fills, and how many holes there are up to it.
    pub(crate) fn last_lost(&self, mut is_lost: impl FnMut(&Held) -> bool) -> Option<(usize, u64)> {
        let (mut found, mut holes) = (None, 0);
        for at in 1..self.messages.len() {
            if self.is_hole(at) {
                holes += 1;
                if is_lost(&self.messages[at]) {
                    found = Some((at, holes));
                }
            }
        }
        found
    }

    pub(crate) fn front(&self) -> Option<&Held> {
        self.messages.first()
    }

    pub(crate) fn messages(&self) -> &[Held] {
        &self.messages
    }

    pub(crate) fn levels(&self, held: &Held) -> &[LevelChange] {
        self.levels.get(held.start..held.end).unwrap_or_default()
    }

    pub(crate) fn level_count(&self) -> usize {
        self.levels.len()
    }

    /// The oldest `count` messages are dealt with. Their levels' room comes back
    /// when none is left.
    pub(crate) fn drop_front(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        self.messages.drain(..count);
        if self.messages.is_empty() {
            self.levels.clear();
        }
        if self.holes > 0 {
            self.holes = (1..self.messages.len()).filter(|at| self.is_hole(*at)).count();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.messages.clear();
        self.levels.clear();
        self.holes = 0;
    }
}
