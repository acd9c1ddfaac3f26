//! The dense part of one side: a ring of ticks around the touch with an
//! occupancy bitmap in two levels.
//!
//! Read and written by the ladder, which owns where the window stands; a slot
//! is a key modulo the window's length, so moving the window moves no memory.

/// Ticks that a window covers: 64 words of 64 bits, so that the upper level of
/// the bitmap is one word and the next best level is found in two steps.
pub const WINDOW_TICKS: usize = 4096;

const MASK: usize = WINDOW_TICKS - 1;
const WORDS: usize = WINDOW_TICKS / 64;

/// Quantities by tick.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// Meaningful only where the bitmap says so.
    quantities: Box<[i64; WINDOW_TICKS]>,
    words: [u64; WORDS],
    /// Bit w is set when word w is not zero.
    summary: u64,
}

#[inline]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "modulo the window")]
const fn slot_of(key: i64) -> usize {
    key as usize & MASK
}

impl Window {
    pub(crate) fn new() -> Self {
        let Ok(quantities) = vec![0; WINDOW_TICKS].into_boxed_slice().try_into() else {
            unreachable!("Invariant: the vector was made with the window's length.")
        };
        Self { quantities, words: [0; WORDS], summary: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.words = [0; WORDS];
        self.summary = 0;
    }

    /// How many slots are taken. Counted when asked: a running count would be
    /// one more store on each change.
    pub(crate) fn occupied(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    #[inline]
    pub(crate) const fn quantity(&self, key: i64) -> i64 {
        self.quantities[slot_of(key)]
    }

    /// Writes the quantity (zero empties the slot) and says whether the slot
    /// was taken before. Adds, changes and removals come in no order that a
    /// predictor could learn, so they share one path; only a word that fills or
    /// empties, which is rare where levels stand close, takes a branch.
    #[inline]
    pub(crate) fn put(&mut self, key: i64, quantity: i64) -> bool {
        let slot = slot_of(key);
        let (word, bit) = (slot / 64, slot % 64);
        let present = u64::from(quantity != 0);
        let before = self.words[word];
        let after = (before & !(1 << bit)) | (present << bit);
        self.words[word] = after;
        self.quantities[slot] = quantity;
        if before == 0 || after == 0 {
            self.summary = (self.summary & !(1 << word)) | (u64::from(after != 0) << word);
        }
        (before >> bit) & 1 != 0
    }

    /// The first taken key at or after `from`, of the window that begins at
    /// `base`. Invariant: `from` is in that window.
    #[inline]
    pub(crate) fn first_from(&self, base: i64, from: i64) -> Option<i64> {
        let slot = slot_of(from);
        let (word, bit) = (slot / 64, slot % 64);
        let end = base + WINDOW_TICKS as i64;
        let here = self.words[word] >> bit;
        if here != 0 {
            // The window's two ends may share a word.
            let key = from + i64::from(here.trailing_zeros());
            return (key < end).then_some(key);
        }
        // Words after this one, round to this one again, in ring order.
        let rest = self.summary.rotate_right(word as u32 + 1);
        if rest == 0 {
            return None;
        }
        let word = (word + 1 + rest.trailing_zeros() as usize) % WORDS;
        let found = word * 64 + self.words[word].trailing_zeros() as usize;
        // A key from before `from` shows up as one past the window's end.
        let key = from + (found.wrapping_sub(slot) & MASK) as i64;
        (key < end).then_some(key)
    }

    /// The last taken key of the window that begins at `base`.
    pub(crate) fn last(&self, base: i64) -> Option<i64> {
        let from = base + WINDOW_TICKS as i64 - 1;
        let slot = slot_of(from);
        let (word, bit) = (slot / 64, slot % 64);
        let here = self.words[word] << (63 - bit);
        if here != 0 {
            return Some(from - i64::from(here.leading_zeros()));
        }
        let rest = self.summary.rotate_left((WORDS - word) as u32 % 64);
        if rest == 0 {
            return None;
        }
        let word = (word + WORDS - 1 - rest.leading_zeros() as usize) % WORDS;
        let found = word * 64 + 63 - self.words[word].leading_zeros() as usize;
        Some(from - (slot.wrapping_sub(found) & MASK) as i64)
    }
}
