//! What the account holds and was paid, as the venue told it.
//!
//! Fed with balances and funding payments. An overflow ends the sum (it shows as
//! absent) and never wraps. Never here: a balance worked out from fills.

use types::{Balance, Funding, Money};

/// Balances and funding.
#[derive(Clone, Debug)]
pub(crate) struct Wallet {
    balances: Vec<([u8; 16], Money)>,
    funding: Option<Money>,
}

impl Default for Wallet {
    fn default() -> Self {
        Self { balances: Vec::new(), funding: Some(Money::ZERO) }
    }
}

impl Wallet {
    /// The last word on an asset counts.
    pub(crate) fn on_balance(&mut self, told: &Balance) {
        let total = Money::from(told.total);
        match self.balances.iter_mut().find(|(asset, _)| *asset == told.asset) {
            Some((_, known)) => *known = total,
            None => self.balances.push((told.asset, total)),
        }
    }

    pub(crate) fn on_funding(&mut self, paid: &Funding) {
        self.funding = self.funding.and_then(|sum| sum.checked_add(paid.amount.into()));
    }

    /// Received less paid; `None` past the range.
    pub(crate) const fn funding(&self) -> Option<Money> {
        self.funding
    }

    /// By asset, in the order in which they were first told.
    pub(crate) fn balances(&self) -> Vec<(String, Money)> {
        let name = |asset: &[u8; 16]| {
            let name: Vec<u8> = asset.iter().copied().take_while(|byte| *byte != 0).collect();
            String::from_utf8_lossy(&name).into_owned()
        };
        self.balances.iter().map(|(asset, total)| (name(asset), *total)).collect()
    }
}
