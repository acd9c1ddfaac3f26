//! The fills that were counted already, so that one told twice counts once.
//!
//! A fill may arrive from the order connection and from the private stream.
//! Remembers the last [`REMEMBERED`] venue fill ids of each instrument. Never
//! here: a judgement on fills without an id, which cannot be told apart and all
//! count; the gateway makes those itself, once.

/// Ids kept per instrument. The second telling of a fill follows within one
/// order's life; an order of more fills than this is beyond the venues' books.
pub const REMEMBERED: usize = 256;

/// Rings of fill ids, one per instrument.
#[derive(Debug)]
pub struct Fills {
    ids: Vec<u64>,
    next: Vec<u16>,
}

impl Fills {
    /// All memory is taken here: 2 KiB per instrument.
    #[must_use]
    pub fn new(instruments: usize) -> Self {
        Self { ids: vec![0; instruments * REMEMBERED], next: vec![0; instruments] }
    }

    /// Whether this fill is told for the first time. Remembers it.
    /// Invariant: `instrument` is within the table. An id of 0 is always new.
    #[must_use]
    pub fn is_first(&mut self, instrument: usize, trade_id: u64) -> bool {
        if trade_id == 0 {
            return true;
        }
        let ring = &mut self.ids[instrument * REMEMBERED..(instrument + 1) * REMEMBERED];
        if ring.contains(&trade_id) {
            return false;
        }
        let at = usize::from(self.next[instrument]) % REMEMBERED;
        ring[at] = trade_id;
        self.next[instrument] = self.next[instrument].wrapping_add(1);
        true
    }
}
