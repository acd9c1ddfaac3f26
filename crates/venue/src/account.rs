//! What the private stream says about an account as a whole.
//!
//! Made by the decoder, read by the gateway and by reconciliation. A venue tells
//! only what changed; nothing here says what the rest is.

use types::{InstrumentId, Money, Nanos, Price, Qty};

/// A balance after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetNow {
    /// The asset, ASCII, padded with zeros.
    pub asset: [u8; 16],
    /// The whole amount: free and locked (spot), the wallet (futures).
    pub total: Money,
    /// What may be used for new orders, where the venue says so.
    pub free: Option<Money>,
}

/// A funding payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingPaid {
    /// The asset that it was paid in, ASCII, padded with zeros.
    pub asset: [u8; 16],
    /// Above zero received, below zero paid.
    pub amount: Money,
    /// The balance of the asset after it.
    pub total: Money,
    /// For which position; [`InstrumentId::NONE`] where the venue does not say.
    pub instrument: InstrumentId,
}

/// A position after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionNow {
    /// In what.
    pub instrument: InstrumentId,
    /// Signed; short is negative.
    pub qty: Qty,
    /// Average entry, cut (rounded toward zero) to the instrument's places; 0
    /// for none.
    pub entry: Price,
}

/// What of an account changed with one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountChange {
    /// When the venue says it happened.
    pub exch_ts: Nanos,
    /// The funding payment that was the reason of the change.
    pub funding: Option<FundingPaid>,
    balances: [AssetNow; Self::MOST],
    positions: [PositionNow; Self::MOST],
    counts: [u8; 2],
    /// Changes that are not told here: beyond [`AccountChange::MOST`], or of a
    /// symbol that is not in the table, or one leg of a hedge.
    pub untold: u8,
}

impl AccountChange {
    /// Most balances and most positions that one event tells here. An event
    /// names what one fill touched: base, quote, the fee's asset, a position.
    pub const MOST: usize = 8;

    pub(crate) const fn new(exch_ts: Nanos) -> Self {
        let asset = AssetNow { asset: [0; 16], total: Money::ZERO, free: None };
        let none = PositionNow { instrument: InstrumentId::NONE, qty: Qty(0), entry: Price(0) };
        Self {
            exch_ts,
            funding: None,
            balances: [asset; Self::MOST],
            positions: [none; Self::MOST],
            counts: [0; 2],
            untold: 0,
        }
    }

    /// The balances that changed.
    #[must_use]
    pub fn balances(&self) -> &[AssetNow] {
        self.balances.get(..usize::from(self.counts[0])).unwrap_or_default()
    }

    /// The positions that changed.
    #[must_use]
    pub fn positions(&self) -> &[PositionNow] {
        self.positions.get(..usize::from(self.counts[1])).unwrap_or_default()
    }

    pub(crate) fn push_balance(&mut self, balance: AssetNow) {
        match self.balances.get_mut(usize::from(self.counts[0])) {
            Some(slot) => {
                *slot = balance;
                self.counts[0] += 1;
            }
            None => self.skip(),
        }
    }

    pub(crate) fn push_position(&mut self, position: PositionNow) {
        match self.positions.get_mut(usize::from(self.counts[1])) {
            Some(slot) => {
                *slot = position;
                self.counts[1] += 1;
            }
            None => self.skip(),
        }
    }

    /// A change that is not told.
    pub(crate) const fn skip(&mut self) {
        self.untold = self.untold.saturating_add(1);
    }
}
