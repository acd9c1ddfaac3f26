//! The last orders that were approved, by their terms.
//!
//! Written with each approval, read by `duplicate_intent`. Never here: an id,
//! which differs although the order does not.

use types::{InstrumentId, Nanos, OrderFields};

/// Orders remembered for each instrument. The symbol lock lets few through in a
/// moment; an order that was repeated after more others than this has differed
/// in between.
const REMEMBERED: usize = 16;

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    terms: Option<[i64; 3]>,
    at: Nanos,
}

/// Rings of terms, one for each instrument.
#[derive(Debug)]
pub(crate) struct Twins {
    seen: Vec<[Seen; REMEMBERED]>,
    next: Vec<u8>,
}

impl Twins {
    /// Nothing seen; all memory is taken here.
    pub(crate) fn new(instruments: usize) -> Self {
        let seen = vec![[Seen::default(); REMEMBERED]; instruments];
        Self { seen, next: vec![0; instruments] }
    }

    /// When an order of these terms was approved last.
    pub(crate) fn last(&self, instrument: InstrumentId, order: &OrderFields) -> Option<Nanos> {
        let seen = self.seen.get(instrument.index())?;
        let same = seen.iter().filter(|seen| seen.terms == Some(terms(order)));
        same.map(|seen| seen.at).max()
    }

    /// An order was approved.
    pub(crate) fn add(&mut self, instrument: InstrumentId, order: &OrderFields, at: Nanos) {
        let index = instrument.index();
        let (Some(seen), Some(next)) = (self.seen.get_mut(index), self.next.get_mut(index)) else {
            return;
        };
        seen[usize::from(*next) % REMEMBERED] = Seen { terms: Some(terms(order)), at };
        *next = next.wrapping_add(1);
    }
}

/// Everything that makes two orders one wish.
fn terms(order: &OrderFields) -> [i64; 3] {
    let words = [order.side, order.order_type, order.time_in_force, order.flags];
    [order.price.0, order.qty.0, i64::from(u32::from_ne_bytes(words))]
}
