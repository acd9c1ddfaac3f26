//! The specifications in force, joined from their three records, and the last
//! touch of each instrument with its time.
//!
//! Fed by specification, touch and book-state records; read into each
//! [`crate::rule::Case`]. Never here: a guess. A specification that is
//! defective, or that changes the meaning of mantissas while there is exposure,
//! leaves the instrument without one, and conformity then refuses.

use types::{
    BookChange, BookState, InstrumentId, InstrumentSpec, Nanos, SpecGrid, SpecMoney, SpecName,
    Touch,
};

/// What is known of one instrument's market.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    pub(crate) spec: Option<InstrumentSpec>,
    pub(crate) touch: Touch,
    pub(crate) touched: Option<Nanos>,
}

/// All instruments, and the specification that is being read.
#[derive(Debug)]
pub(crate) struct Specs {
    known: Vec<Known>,
    name: Option<SpecName>,
    grid: Option<SpecGrid>,
}

impl Specs {
    /// Nothing known; all memory is taken here.
    pub(crate) fn new(instruments: usize) -> Self {
        Self { known: vec![Known::default(); instruments], name: None, grid: None }
    }

    /// What is known of `instrument`; nothing when it is not in the table.
    pub(crate) fn known(&self, instrument: InstrumentId) -> Known {
        self.known.get(instrument.index()).copied().unwrap_or_default()
    }

    pub(crate) fn on_name(&mut self, name: SpecName) {
        (self.name, self.grid) = (Some(name), None);
    }

    pub(crate) fn on_grid(&mut self, grid: SpecGrid) {
        self.grid = Some(grid);
    }

    /// The last third: the specification is whole. `flat` says that nothing is
    /// open whose mantissas a change of decimals would reinterpret.
    pub(crate) fn on_money(&mut self, instrument: InstrumentId, money: &SpecMoney, flat: bool) {
        let (name, grid) = (self.name.take(), self.grid.take());
        let Some(known) = self.known.get_mut(instrument.index()) else { return };
        let (Some(name), Some(grid)) = (name, grid) else {
            known.spec = None;
            return;
        };
        let spec = InstrumentSpec::from_bodies(instrument, &name, &grid, money);
        let same_scale = known.spec.is_none_or(|old| {
            (old.price_decimals, old.qty_decimals) == (spec.price_decimals, spec.qty_decimals)
        });
        known.spec = (spec.defect().is_none() && (flat || same_scale)).then_some(spec);
    }

    pub(crate) fn on_touch(&mut self, instrument: InstrumentId, touch: Touch, ts: Nanos) {
        if let Some(known) = self.known.get_mut(instrument.index()) {
            known.touch = touch;
            known.touched = Some(ts);
        }
    }

    /// A book that is no longer live is unusable at once; one that becomes live
    /// again is usable with its next touch.
    pub(crate) fn on_book(&mut self, instrument: InstrumentId, change: &BookChange) {
        if let Some(known) = self.known.get_mut(instrument.index())
            && change.state() != BookState::Live
        {
            known.touch.state = change.state() as u8;
        }
    }
}
