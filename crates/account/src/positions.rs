//! The positions of all instruments, folded from reports.
//!
//! A fill told twice by the venue counts once. Never here: what is working, or
//! an opinion on what may be held.

use crate::fills::Fills;
use crate::holding::{Cash, Holding};
use crate::reports::Told;
use types::{Funding, HeldPosition, InstrumentId, InstrumentSpec, Money};

/// What a report was to the positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// No fill, or none of an instrument in the table.
    No,
    /// A fill that was counted already.
    Again,
    /// A new fill: its signed quantity.
    By(i64),
}

/// All of them.
#[derive(Debug)]
pub struct Positions {
    holdings: Vec<Holding>,
    fills: Fills,
    funding: Cash,
}

impl Positions {
    /// Nothing held; all memory is taken here.
    #[must_use]
    pub fn new(instruments: usize) -> Self {
        Self {
            holdings: vec![Holding::default(); instruments],
            fills: Fills::new(instruments),
            funding: Cash::default(),
        }
    }

    /// What is held of `instrument`; nothing when it is not in the table.
    #[must_use]
    pub fn of(&self, instrument: InstrumentId) -> Holding {
        self.holdings.get(instrument.index()).copied().unwrap_or_default()
    }

    /// All holdings, in the order of the instruments.
    #[must_use]
    pub fn all(&self) -> &[Holding] {
        &self.holdings
    }

    /// A funding payment, of whichever position.
    pub fn on_funding(&mut self, paid: &Funding) {
        self.funding.add(Some(Money::from(paid.amount).0));
    }

    /// Funding received less funding paid since the start, of all positions
    /// together: the venue does not say for which a payment was. The assets are
    /// taken to be worth the same. `None` beyond the range.
    #[must_use]
    pub fn funding(&self) -> Option<Money> {
        self.funding.0.map(Money)
    }

    /// The position that the venue stated at start.
    pub fn on_held(
        &mut self,
        instrument: InstrumentId,
        spec: Option<&InstrumentSpec>,
        stated: &HeldPosition,
    ) {
        if let Some(holding) = self.holdings.get_mut(instrument.index()) {
            holding.on_held(spec, stated.qty, stated.entry);
        }
    }

    /// Every fill moves the position once, whosever order it was and whether or
    /// not that still lives: a fill that is told late was still a fill.
    pub fn on_report(&mut self, told: &Told, spec: Option<&InstrumentSpec>) -> Filled {
        let report = &told.report;
        let index = told.instrument.index();
        let Some(holding) = self.holdings.get_mut(index).filter(|_| report.is_fill()) else {
            return Filled::No;
        };
        if !self.fills.is_first(index, told.detail.map_or(0, |detail| detail.trade_id)) {
            return Filled::Again;
        }
        let fee = told.detail.map_or(Money::ZERO, |detail| detail.fee.into());
        let fee = (fee, report.fee_asset());
        Filled::By(holding.on_fill(spec, (report.side(), report.price, report.qty), fee))
    }
}
