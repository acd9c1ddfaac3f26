//! What the council knows of each instrument's market: the specification in
//! force, the last touch, and the configured quantity on its grid.
//!
//! Fed by specification, touch and book-state records; read by the stage. Never
//! here: a guess. Without a whole specification nobody is consulted.

use crate::OrderSettings;
use crate::pricing;
use types::{
    BookChange, BookState, InstrumentId, InstrumentSpec, SpecGrid, SpecMoney, SpecName, Touch,
};

/// One instrument's market.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Market {
    pub(crate) spec: Option<InstrumentSpec>,
    pub(crate) touch: Touch,
    /// The configured quantity as a mantissa on the lot grid; `None` when the
    /// specification cannot hold it or nothing is left of it.
    pub(crate) qty: Option<i64>,
    /// The largest position to ask for; `None` when it cannot be held.
    pub(crate) position_max: Option<i64>,
}

/// All of them, and the specification that is being read.
#[derive(Debug)]
pub(crate) struct Markets {
    markets: Vec<Market>,
    name: Option<SpecName>,
    grid: Option<SpecGrid>,
}

impl Markets {
    /// Nothing known; all memory is taken here.
    pub(crate) fn new(instruments: usize) -> Self {
        Self { markets: vec![Market::default(); instruments], name: None, grid: None }
    }

    /// The market of `instrument`; `None` when it is not in the tables.
    pub(crate) fn get(&self, instrument: InstrumentId) -> Option<&Market> {
        self.markets.get(instrument.index())
    }

    pub(crate) fn on_name(&mut self, name: SpecName) {
        (self.name, self.grid) = (Some(name), None);
    }

    pub(crate) fn on_grid(&mut self, grid: SpecGrid) {
        self.grid = Some(grid);
    }

    /// The last third: the specification is whole. `flat` says that nothing is
    /// open whose mantissas a change of decimals would reinterpret; where
    /// something is, the instrument goes without a specification.
    pub(crate) fn on_money(
        &mut self,
        instrument: InstrumentId,
        money: &SpecMoney,
        settings: &OrderSettings,
        flat: bool,
    ) {
        let (name, grid) = (self.name.take(), self.grid.take());
        let Some(market) = self.markets.get_mut(instrument.index()) else { return };
        let old = market.spec.take();
        let (Some(name), Some(grid)) = (name, grid) else { return };
        let spec = InstrumentSpec::from_bodies(instrument, &name, &grid, money);
        let same_scale = old.is_none_or(|old| {
            (old.price_decimals, old.qty_decimals) == (spec.price_decimals, spec.qty_decimals)
        });
        if spec.defect().is_some() || !(flat || same_scale) {
            return;
        }
        let wanted = settings.qty_of(instrument).at(spec.qty_decimals);
        market.qty = wanted.and_then(|qty| pricing::qty(qty, i64::MAX, &spec)).map(|qty| qty.0);
        market.position_max = match settings.position_max {
            None => Some(i64::MAX),
            Some(most) => most.at(spec.qty_decimals),
        };
        market.spec = Some(spec);
    }

    pub(crate) fn on_touch(&mut self, instrument: InstrumentId, touch: Touch) {
        if let Some(market) = self.markets.get_mut(instrument.index()) {
            market.touch = touch;
        }
    }

    /// A book that is no longer live is unusable at once; one that becomes live
    /// again is usable with its next touch.
    pub(crate) fn on_book(&mut self, instrument: InstrumentId, change: &BookChange) {
        if let Some(market) = self.markets.get_mut(instrument.index())
            && change.state() != BookState::Live
        {
            market.touch.state = change.state() as u8;
        }
    }
}
