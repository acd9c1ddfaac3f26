//! The specifications in force.
//!
//! Fed with every record; a new version comes into force when its last third has
//! come. Never here: a reinterpretation. A version with other decimals, while
//! something is open whose mantissas it would give another meaning, leaves the
//! instrument without a specification.

use types::{InstrumentId, InstrumentSpec, Record, SpecJoin};

/// One for each instrument.
#[derive(Debug)]
pub struct Specs {
    join: SpecJoin,
    specs: Vec<InForce>,
}

#[derive(Clone, Copy, Debug, Default)]
struct InForce {
    spec: Option<InstrumentSpec>,
    /// Decimals of price and quantity of the last one in force: what is open is
    /// counted in them, also while there is none.
    scale: Option<(u8, u8)>,
}

impl Specs {
    /// Nothing known; all memory is taken here.
    #[must_use]
    pub fn new(instruments: usize) -> Self {
        Self { join: SpecJoin::default(), specs: vec![InForce::default(); instruments] }
    }

    /// The specification in force; `None` also where it is not in the table.
    #[must_use]
    pub fn of(&self, instrument: InstrumentId) -> Option<&InstrumentSpec> {
        self.specs.get(instrument.index())?.spec.as_ref()
    }

    /// Takes a record in; `is_flat` says whether nothing is open in an
    /// instrument. True when the record completed a specification: from now on
    /// [`Specs::of`] gives that one, or none.
    pub fn on_record(
        &mut self,
        record: &Record,
        is_flat: impl FnOnce(InstrumentId) -> bool,
    ) -> bool {
        let Some(joined) = self.join.on_record(record) else { return false };
        let Some(at) = self.specs.get_mut(record.instrument.index()) else { return false };
        let scale = |spec: &InstrumentSpec| (spec.price_decimals, spec.qty_decimals);
        let may = |spec: &InstrumentSpec| {
            at.scale.is_none_or(|old| old == scale(spec)) || is_flat(record.instrument)
        };
        at.spec = joined.ok().filter(may);
        at.scale = at.spec.as_ref().map(scale).or(at.scale);
        true
    }
}
