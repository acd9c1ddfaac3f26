//! What the council knows of each instrument's market: the specification in
//! force, the last touch, and the configured quantity on its grid.
//!
//! Fed by specification, touch and book-state records; read by the stage. Never
//! here: a guess. Without a whole specification nobody is consulted.

use crate::OrderSettings;
use crate::pricing;
use account::Specs;
use types::{BookChange, BookState, InstrumentId, InstrumentSpec, Record, Touch};

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

/// All of them.
#[derive(Debug)]
pub(crate) struct Markets {
    markets: Vec<Market>,
    specs: Specs,
}

impl Markets {
    /// Nothing known; all memory is taken here.
    pub(crate) fn new(instruments: usize) -> Self {
        Self { markets: vec![Market::default(); instruments], specs: Specs::new(instruments) }
    }

    /// The market of `instrument`; `None` when it is not in the tables.
    pub(crate) fn get(&self, instrument: InstrumentId) -> Option<&Market> {
        self.markets.get(instrument.index())
    }

    /// A part of a specification. With its last third it is in force, or nothing
    /// is; `is_flat` says whether nothing is open in an instrument.
    pub(crate) fn on_spec(
        &mut self,
        record: &Record,
        settings: &OrderSettings,
        is_flat: impl FnOnce(InstrumentId) -> bool,
    ) {
        if !self.specs.on_record(record, is_flat) {
            return;
        }
        let instrument = record.instrument;
        let Some(market) = self.markets.get_mut(instrument.index()) else { return };
        market.spec = self.specs.of(instrument).copied();
        let Some(spec) = market.spec else { return };
        let wanted = settings.qty_of(instrument).at(spec.qty_decimals);
        market.qty = wanted.and_then(|qty| pricing::qty(qty, i64::MAX, &spec)).map(|qty| qty.0);
        market.position_max = match settings.position_max {
            None => Some(i64::MAX),
            Some(most) => most.at(spec.qty_decimals),
        };
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
