//! The specifications of one venue's instruments, found by symbol or by id.
//!
//! Filled at start and at each new version; read by the decoders per message.
//! A probe of an open-addressed table over whole symbols: no allocation, and
//! an order of slots that depends on nothing but the insertions.

use std::fmt;
use types::{InstrumentId, InstrumentSpec, MAX_INSTRUMENTS};

/// Why a specification was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecError {
    /// The table holds as many instruments as it was made for.
    Full,
    /// The id is not below [`MAX_INSTRUMENTS`].
    Id,
    /// The symbol belongs to another id, or the id to another symbol.
    Conflict,
    /// The specification itself cannot be used; the sentence says why.
    Defect(&'static str),
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the table of specifications is full",
            Self::Id => "the instrument's id is beyond the engine's tables",
            Self::Conflict => "the symbol or the id already belongs to another instrument",
            Self::Defect(sentence) => sentence,
        })
    }
}

impl std::error::Error for SpecError {}

/// A symbol, padded with zeros, as three words.
type Key = [u64; 3];

/// Marks a slot or an id without an instrument.
const NONE: u16 = u16::MAX;

#[derive(Clone, Copy)]
struct Slot {
    key: Key,
    index: u16,
}

/// Specifications of one venue, one per instrument.
pub struct SpecTable {
    specs: Vec<InstrumentSpec>,
    capacity: usize,
    /// Power of two, at most half full, so that a probe always ends.
    slots: Box<[Slot]>,
    by_id: Box<[u16]>,
}

impl SpecTable {
    /// A table for at most `capacity` instruments, [`MAX_INSTRUMENTS`] at most.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.clamp(1, MAX_INSTRUMENTS);
        let slots = (capacity * 2).next_power_of_two();
        Self {
            specs: Vec::with_capacity(capacity),
            capacity,
            slots: vec![Slot { key: [0; 3], index: NONE }; slots].into_boxed_slice(),
            by_id: vec![NONE; MAX_INSTRUMENTS].into_boxed_slice(),
        }
    }

    /// Takes in a specification, or a new version of one it holds.
    ///
    /// # Errors
    /// [`SpecError`]; the table stays as it was.
    pub fn insert(&mut self, spec: InstrumentSpec) -> Result<(), SpecError> {
        if let Some(sentence) = spec.defect() {
            return Err(SpecError::Defect(sentence));
        }
        let symbol = spec.symbol.as_bytes();
        if symbol.iter().any(|byte| matches!(byte, b'"' | b'\\')) {
            return Err(SpecError::Defect("a symbol must not hold a quote or a backslash"));
        }
        let key = key_of(symbol).ok_or(SpecError::Defect("an instrument needs a symbol"))?;
        let id = self.by_id.get(spec.id.index()).copied().ok_or(SpecError::Id)?;
        let at = self.find(key);
        match (id, self.slots[at].index) {
            (NONE, NONE) if self.specs.len() == self.capacity => return Err(SpecError::Full),
            (NONE, NONE) => {
                // Invariant: at most MAX_INSTRUMENTS, which is below NONE.
                let index = self.specs.len() as u16;
                self.slots[at] = Slot { key, index };
                self.by_id[spec.id.index()] = index;
                self.specs.push(spec);
            }
            (by_id, by_symbol) if by_id == by_symbol => self.specs[usize::from(by_id)] = spec,
            _ => return Err(SpecError::Conflict),
        }
        Ok(())
    }

    /// The specification of a venue's symbol, exactly as the venue writes it.
    #[inline]
    #[must_use]
    pub fn by_symbol(&self, symbol: &[u8]) -> Option<&InstrumentSpec> {
        let at = self.find(key_of(symbol)?);
        self.specs.get(usize::from(self.slots[at].index))
    }

    /// The specification of the symbol in the first `length` bytes of `window`.
    #[inline(always)]
    pub(crate) fn by_window(&self, window: &[u8; 32], length: usize) -> Option<&InstrumentSpec> {
        let keep = KEEP.get(length)?;
        // Padding is no part of a symbol, and nothing has no name.
        if *window.get(length.wrapping_sub(1))? == 0 {
            return None;
        }
        let mut key = [0; 3];
        for ((word, bytes), keep) in key.iter_mut().zip(window.as_chunks::<8>().0).zip(keep) {
            *word = u64::from_le_bytes(*bytes) & keep;
        }
        self.specs.get(usize::from(self.slots[self.find(key)].index))
    }

    /// The specification of an instrument of the engine.
    #[inline]
    #[must_use]
    pub fn by_id(&self, id: InstrumentId) -> Option<&InstrumentSpec> {
        self.specs.get(usize::from(*self.by_id.get(id.index())?))
    }

    /// Every specification, in the order of first insertion.
    pub fn iter(&self) -> impl Iterator<Item = &InstrumentSpec> {
        self.specs.iter()
    }

    /// How many instruments it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.specs.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.specs.is_empty()
    }

    /// The slot of `key`, or the empty slot where it would go.
    #[inline]
    fn find(&self, key: Key) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash(key) & mask;
        while self.slots[at].index != NONE && self.slots[at].key != key {
            at = (at + 1) & mask;
        }
        at
    }
}

/// The bits of the first `n` bytes of a key.
const KEEP: [Key; 25] = {
    let mut masks = [[0; 3]; 25];
    let mut n = 1;
    while n < masks.len() {
        masks[n] = masks[n - 1];
        masks[n][(n - 1) / 8] |= 0xff << (8 * ((n - 1) % 8));
        n += 1;
    }
    masks
};

/// `None` when the text is empty, longer than any symbol, or ends in the zeros
/// that pad one.
#[inline]
fn key_of(symbol: &[u8]) -> Option<Key> {
    if *symbol.last()? == 0 {
        return None;
    }
    let mut padded = [0; 24];
    padded.get_mut(..symbol.len())?.copy_from_slice(symbol);
    let mut key = [0; 3];
    for (word, bytes) in key.iter_mut().zip(padded.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    Some(key)
}

/// Multiply and fold; the odd constants are the fractions of the golden ratio
/// and of the square roots of 2 and 3.
#[inline]
fn hash(key: Key) -> usize {
    let mixed = key[0].wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ key[1].wrapping_mul(0x6a09_e667_f3bc_c909)
        ^ key[2].wrapping_mul(0xbb67_ae85_84ca_a73b);
    (mixed ^ (mixed >> 32)) as usize
}
