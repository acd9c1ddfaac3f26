//! What is published of the statistics, about ten times a second.

use super::latency::StageLatency;
use account::LineState;
use std::sync::{Arc, Mutex, PoisonError};
use types::{BookState, Decimal, Money, Nanos, OrderState, StateReason};

/// Every reason of a book's change, by its number.
pub const REASONS: [StateReason; 11] = [
    StateReason::Start,
    StateReason::Bridged,
    StateReason::Gap,
    StateReason::Crossed,
    StateReason::Disconnected,
    StateReason::Silent,
    StateReason::Resumed,
    StateReason::NotBridged,
    StateReason::BufferFull,
    StateReason::Undecodable,
    StateReason::Truncated,
];

/// One instrument's position and what it made. Amounts are in its quote asset;
/// `None` where an overflow ended them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstrumentStats {
    /// Our id.
    pub instrument: String,
    /// Signed: short is negative.
    pub position: Decimal,
    /// Average entry price, rounded toward zero at 18 places; `None` when flat.
    pub average_entry: Option<Money>,
    /// Made by closing, before fees.
    pub realised: Option<Money>,
    /// Of the open quantity at the last mid; `None` before the first touch.
    pub unrealised: Option<Money>,
    /// Paid; negative is a rebate.
    pub fees: Option<Money>,
    /// Fills.
    pub fills: u64,
}

/// A book's last change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookSummary {
    /// Our id.
    pub instrument: String,
    /// Whether it may be acted on.
    pub state: BookState,
    /// Why it changed last.
    pub reason: StateReason,
}

/// What a seat says of an instrument now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// Our id of the instrument.
    pub instrument: String,
    /// The seat.
    pub seat: usize,
    /// Confidence in millionths: above zero buys, below sells, zero abstains.
    pub ppm: i64,
}

/// The statistics at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatsSnapshot {
    /// Groups: sequenced inputs.
    pub events: u64,
    /// Records.
    pub records: u64,
    /// Sequence number of the last event.
    pub last_sequence: u64,
    /// Time of the last event.
    pub last_ts: Nanos,
    /// Records by kind.
    pub kinds: Vec<(&'static str, u64)>,
    /// Events by class: command, report, timer, market.
    pub classes: [u64; 4],
    /// Signals.
    pub signals: u64,
    /// Votes that count.
    pub votes: u64,
    /// Votes of shadow seats.
    pub shadow_votes: u64,
    /// Intents.
    pub intents: u64,
    /// Refusals by the rule's index in the order of judgement.
    pub denied: Vec<u64>,
    /// What each rule let pass, by the same index.
    pub passed: Vec<u64>,
    /// Votes by seat, shadows included: buy, sell, abstain.
    pub votes_by_seat: Vec<[u64; 3]>,
    /// What each seat says of each instrument now.
    pub opinions: Vec<Opinion>,
    /// Order actions: places, amends and cancels.
    pub actions: u64,
    /// Orders placed.
    pub orders: u64,
    /// Amendments.
    pub amends: u64,
    /// Cancels.
    pub cancels: u64,
    /// Fills.
    pub fills: u64,
    /// Orders by the state they are in now, in the order of [`OrderState::ALL`].
    pub order_states: [u64; OrderState::ALL.len()],
    /// Book changes by [`StateReason`]'s number.
    pub book_changes: [u64; REASONS.len()],
    /// Every instrument with a specification.
    pub instruments: Vec<InstrumentStats>,
    /// The book of every instrument that was spoken of.
    pub books: Vec<BookSummary>,
    /// Funding received less funding paid, of all positions together: the venue
    /// does not say for which a payment was. `None` where an overflow ended it.
    pub funding: Option<Money>,
    /// Balances by asset, as last told.
    pub balances: Vec<(String, Money)>,
    /// Breaker and connections.
    pub line: LineState,
    /// Times of the stages, in the order of the line.
    pub stages: Vec<StageLatency>,
    /// From the socket read to the return of the socket write.
    pub tick_to_order: StageLatency,
    /// Order digest so far, in hex.
    pub order_digest: String,
}

impl StatsSnapshot {
    /// Realised, unrealised and funding together, before fees, over all
    /// instruments, which are taken to share a quote asset; `None` when one is
    /// not known.
    #[must_use]
    pub fn pnl(&self) -> Option<Money> {
        let made = self.total(|at| at.realised?.checked_add(at.unrealised?))?;
        made.checked_add(self.funding?)
    }

    /// Realised alone.
    #[must_use]
    pub fn realised(&self) -> Option<Money> {
        self.total(|at| at.realised)
    }

    /// Fees paid.
    #[must_use]
    pub fn fees(&self) -> Option<Money> {
        self.total(|at| at.fees)
    }

    /// Refusals of all rules.
    #[must_use]
    pub fn denied_sum(&self) -> u64 {
        self.denied.iter().sum()
    }

    /// Book changes for `reason`: `Gap` and `Crossed` among them.
    #[must_use]
    pub const fn changes_for(&self, reason: StateReason) -> u64 {
        self.book_changes[reason as usize]
    }

    fn total(&self, of: impl Fn(&InstrumentStats) -> Option<Money>) -> Option<Money> {
        self.instruments.iter().try_fold(Money::ZERO, |sum, at| sum.checked_add(of(at)?))
    }
}

/// The last published snapshot; a clone shows the same one.
#[derive(Clone, Debug, Default)]
pub struct SharedStats(Arc<Mutex<Arc<StatsSnapshot>>>);

impl SharedStats {
    /// The last one.
    #[must_use]
    pub fn read(&self) -> Arc<StatsSnapshot> {
        // A writer that panicked left a whole snapshot behind.
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn publish(&self, snapshot: StatsSnapshot) {
        let next = Arc::new(snapshot);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = next;
    }
}
