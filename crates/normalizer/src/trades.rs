//! Trades that were told already: a window of ids behind the highest.
//!
//! Asked by the normalizer before it takes a trade. Late trades pass, repeated
//! ones do not; an id far from the others opens a new window, so that a false
//! one silences nothing. Never here: a judgement on trades without an id.

/// Ids behind the highest that are remembered: bits of the window.
const WINDOW: u64 = u64::BITS as u64;

/// The trades of one instrument.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TradeIds {
    highest: u64,
    /// Bit n: the trade n below the highest was told.
    told: u64,
}

impl TradeIds {
    /// Whether this trade is told for the first time. An id of 0 is no id.
    pub(crate) fn is_first(&mut self, id: u64) -> bool {
        if id == 0 {
            return true;
        }
        let (ahead, behind) = (id.wrapping_sub(self.highest), self.highest.wrapping_sub(id));
        if id > self.highest && ahead < WINDOW {
            self.told = self.told << ahead | 1;
            self.highest = id;
        } else if id <= self.highest && behind < WINDOW {
            let bit = 1 << behind;
            let first = self.told & bit == 0;
            self.told |= bit;
            return first;
        } else {
            *self = Self { highest: id, told: 1 };
        }
        true
    }
}
