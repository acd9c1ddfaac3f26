//! The live orders: a table of fixed size, open addressing, keyed by order id.
//!
//! Written and read by the exposure alone. Linear probing with backward-shift
//! deletion (Knuth, TAOCP 6.4, algorithm R), so there are no tombstones and a
//! year of orders leaves it as fast as the first. Never here: growth; a full
//! table refuses.

use types::{ClientOrderId, Side};

/// Most orders that may live at once.
pub const ORDER_CAPACITY: usize = 4096;

/// Slots: twice the capacity, so that a probe is short and always ends.
const SLOTS: usize = 2 * ORDER_CAPACITY;

const _: () = assert!(SLOTS.is_power_of_two());

/// An approved order that is not known to be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LiveOrder {
    pub(crate) id: ClientOrderId,
    pub(crate) instrument: u16,
    pub(crate) side: Side,
    /// The bytes left, or the venue answered: "not sent" is no longer possible.
    pub(crate) sent: bool,
    /// The venue has ended it; what remains are fills still to be told.
    pub(crate) ended: bool,
    /// What was ordered in all, as far as the venue has confirmed it.
    pub(crate) qty: i64,
    /// What an amendment asked for in all, while nobody has said what it came to;
    /// 0 is none.
    pub(crate) amend: i64,
    /// Told to be filled so far.
    pub(crate) filled: i64,
    /// Reserved for what may still fill; above 0.
    pub(crate) remaining: i64,
}

const EMPTY: LiveOrder = LiveOrder {
    id: ClientOrderId::NONE,
    instrument: 0,
    side: Side::Buy,
    sent: false,
    ended: false,
    qty: 0,
    amend: 0,
    filled: 0,
    remaining: 0,
};

/// The table.
#[derive(Debug)]
pub(crate) struct Orders {
    slots: Vec<LiveOrder>,
    live: usize,
}

impl Orders {
    /// An empty table; all memory is taken here.
    pub(crate) fn new() -> Self {
        Self { slots: vec![EMPTY; SLOTS], live: 0 }
    }

    /// Orders in it.
    pub(crate) const fn live(&self) -> usize {
        self.live
    }

    /// The order of `id`.
    pub(crate) fn get_mut(&mut self, id: ClientOrderId) -> Option<&mut LiveOrder> {
        let at = self.find(id).ok()?;
        Some(&mut self.slots[at])
    }

    /// The order of `id`.
    pub(crate) fn get(&self, id: ClientOrderId) -> Option<&LiveOrder> {
        self.find(id).ok().map(|at| &self.slots[at])
    }

    /// Whether `id` lives.
    pub(crate) fn contains(&self, id: ClientOrderId) -> bool {
        self.find(id).is_ok()
    }

    /// Adds an order. False when the table is full or the id lives already.
    /// Invariant: the id is not NONE, which marks a free slot.
    pub(crate) fn insert(&mut self, order: LiveOrder) -> bool {
        assert!(order.id != ClientOrderId::NONE, "Invariant: a live order has an id.");
        if self.live == ORDER_CAPACITY {
            return false;
        }
        let Err(free) = self.find(order.id) else { return false };
        self.slots[free] = order;
        self.live += 1;
        true
    }

    /// Removes the order of `id`.
    pub(crate) fn remove(&mut self, id: ClientOrderId) -> Option<LiveOrder> {
        let mut hole = self.find(id).ok()?;
        let removed = self.slots[hole];
        let mut at = hole;
        loop {
            at = (at + 1) % SLOTS;
            let next = self.slots[at];
            if next.id == ClientOrderId::NONE {
                break;
            }
            // It may move back into the hole unless its home lies behind it.
            let from_home = (at + SLOTS - home(next.id)) % SLOTS;
            let from_hole = (at + SLOTS - hole) % SLOTS;
            if from_home >= from_hole {
                self.slots[hole] = next;
                hole = at;
            }
        }
        self.slots[hole] = EMPTY;
        self.live -= 1;
        Some(removed)
    }

    /// The slot of `id`, or the free slot where it would go.
    fn find(&self, id: ClientOrderId) -> Result<usize, usize> {
        let mut at = home(id);
        // Ends: half of the slots are free at any time.
        loop {
            match self.slots[at].id {
                ClientOrderId::NONE => return Err(at),
                found if found == id => return Ok(at),
                _ => at = (at + 1) % SLOTS,
            }
        }
    }
}

/// Where the search for `id` begins: its bits, folded and multiplied
/// (Fibonacci hashing), top bits taken.
fn home(id: ClientOrderId) -> usize {
    let folded = (id.0 as u64) ^ ((id.0 >> 64) as u64);
    let hash = folded.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash >> (64 - SLOTS.trailing_zeros())) as usize
}
