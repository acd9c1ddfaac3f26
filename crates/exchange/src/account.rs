//! The one account: wallet, positions, fees and realised profit, in exact integers.
//! Fed by fills; read by margin checks, replies and private frames. It never decides whether to
//! trade.
//!
//! Fees and realised profit are truncated toward zero at eight decimals, the venue's own settlement
//! step, so that what a client adds up from the reports is what the wallet did.

use std::collections::BTreeMap;

use crate::config::{AccountConfig, Instrument};
use crate::number::settled;
use crate::order::Side;

/// One position, in one-way mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Signed quantity mantissa.
    pub(crate) qty: i64,
    /// Signed entry cost, scale 18: price × quantity over what is still held.
    pub(crate) cost: i128,
    /// Realised profit since the start, before fees, scale 18.
    pub(crate) realised: i128,
}

impl Position {
    /// Entry price as a mantissa of `decimals` decimals, truncated; 0 when flat.
    pub(crate) fn entry(&self, qty_decimals: u32, decimals: u32) -> i64 {
        if self.qty == 0 {
            return 0;
        }
        let scale = 10_i128.pow(18 - qty_decimals - decimals);
        (self.cost / i128::from(self.qty) / scale) as i64
    }

    /// Profit if it were closed at half of `mid_doubled`, scale 18.
    pub(crate) fn unrealised(&self, instrument: &Instrument, mid_doubled: i64) -> i128 {
        instrument.notional(mid_doubled, self.qty) / 2 - self.cost
    }
}

/// What one fill did to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settlement {
    pub(crate) fee: i128,
    pub(crate) realised: i128,
}

/// Wallet and positions.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) config: AccountConfig,
    pub(crate) wallet: i128,
    pub(crate) fees: i128,
    /// Funding received less funding paid, scale 18.
    pub(crate) funding: i128,
    pub(crate) positions: Vec<Position>,
    /// Spot balances by asset, what is locked included, scale 18.
    pub(crate) balances: BTreeMap<String, i128>,
    /// Spot fees by the asset that they were paid in, scale 18.
    pub(crate) asset_fees: BTreeMap<String, i128>,
}

impl Account {
    pub(crate) fn new(config: AccountConfig, instruments: usize) -> Account {
        Account {
            wallet: config.wallet,
            balances: config.balances.clone(),
            asset_fees: BTreeMap::new(),
            config,
            fees: 0,
            funding: 0,
            positions: vec![Position::default(); instruments],
        }
    }

    /// Books one fill.
    pub(crate) fn on_fill(
        &mut self,
        at: (usize, &Instrument),
        side: Side,
        (price, qty): (i64, i64),
        maker: bool,
    ) -> Settlement {
        let (index, instrument) = at;
        let notional = instrument.notional(price, qty);
        let fee = self.config.fees(&instrument.symbol).charge(notional, maker);
        let position = &mut self.positions[index];
        let realised = move_position(position, instrument, side, (price, qty));
        position.realised += realised;
        self.fees += fee;
        self.wallet += realised - fee;
        Settlement { fee, realised }
    }

    /// Margin held by positions, scale 18.
    pub(crate) fn position_margin(&self) -> i128 {
        let held: i128 = self.positions.iter().map(|p| p.cost.abs()).sum();
        held / i128::from(self.config.leverage)
    }
}

/// Closes against the position first, opens with the rest; returns the realised profit.
fn move_position(
    position: &mut Position,
    instrument: &Instrument,
    side: Side,
    (price, qty): (i64, i64),
) -> i128 {
    let signed = side.sign() * qty;
    let closing = if position.qty.signum() == -signed.signum() {
        signed.abs().min(position.qty.abs())
    } else {
        0
    };
    let mut realised = 0;
    if closing > 0 {
        // The part of the entry cost that leaves; all of it when flat, so nothing is lost to
        // rounding.
        let leaving = if closing == position.qty.abs() {
            position.cost
        } else {
            settled(position.cost * i128::from(closing) / i128::from(position.qty.abs()))
        };
        let closed = closing * position.qty.signum();
        realised = settled(instrument.notional(price, closed) - leaving);
        position.cost -= leaving;
        position.qty -= closed;
    }
    let opening = signed.signum() * (qty - closing);
    position.qty += opening;
    position.cost += instrument.notional(price, opening);
    realised
}
