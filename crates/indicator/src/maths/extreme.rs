//! The greatest or least of the last so many numbers, by the monotonic queue:
//! what a newer and better number stands behind can never be the answer again.
//!
//! Each number enters and leaves once, so an update costs a constant on
//! average; a single one costs at most the window.

use std::collections::VecDeque;

/// A sliding maximum or minimum. All memory is taken when it is made.
#[derive(Clone, Debug)]
pub(crate) struct Extreme {
    /// Row and key of each number that may still be the answer, keys falling.
    queue: VecDeque<(u64, i64)>,
    length: u64,
    row: u64,
    /// All ones for a minimum: `!x` turns the order round and cannot overflow.
    turn: i64,
}

impl Extreme {
    /// The greatest of the last `length` numbers.
    pub(crate) fn greatest(length: u32) -> Self {
        Self::new(length, 0)
    }

    /// The least of the last `length` numbers.
    pub(crate) fn least(length: u32) -> Self {
        Self::new(length, -1)
    }

    fn new(length: u32, turn: i64) -> Self {
        let room = usize::try_from(length.max(1)).unwrap_or(1);
        let queue = VecDeque::with_capacity(room + 1);
        Self { queue, length: u64::from(length.max(1)), row: 0, turn }
    }

    /// Takes a number; the answer, once the window is full.
    #[inline]
    pub(crate) fn push(&mut self, number: i64) -> Option<i64> {
        let key = number ^ self.turn;
        while self.queue.back().is_some_and(|(_, behind)| *behind <= key) {
            self.queue.pop_back();
        }
        self.queue.push_back((self.row, key));
        self.row += 1;
        let first = self.row.checked_sub(self.length)?;
        while self.queue.front().is_some_and(|(row, _)| *row < first) {
            self.queue.pop_front();
        }
        self.queue.front().map(|(_, key)| key ^ self.turn)
    }

    /// Starts anew.
    pub(crate) fn clear(&mut self) {
        self.queue.clear();
        self.row = 0;
    }
}
