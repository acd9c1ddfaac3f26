//! The three records of a specification, joined again.
//!
//! Fed by every actor that needs specifications, with the records that it takes
//! in anyway. Never here: whether a new version may come into force.

use crate::{InstrumentSpec, Kind, Record, SpecGrid, SpecMoney, SpecName};

/// The parts that have come so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpecJoin {
    name: Option<SpecName>,
    grid: Option<SpecGrid>,
}

impl SpecJoin {
    /// Takes a record in; any but the three changes nothing. The last third gives
    /// the whole specification, or a sentence where it cannot be used: a part is
    /// missing, or [`InstrumentSpec::defect`] says why.
    pub fn on_record(&mut self, record: &Record) -> Option<Result<InstrumentSpec, &'static str>> {
        match record.kind()? {
            Kind::SpecName => (self.name, self.grid) = (Some(record.body()), None),
            Kind::SpecGrid => self.grid = Some(record.body()),
            Kind::SpecMoney => {
                let parts = (self.name.take(), self.grid.take());
                let (Some(name), Some(grid)) = parts else {
                    return Some(Err("a part of the specification is missing"));
                };
                let money: SpecMoney = record.body();
                let spec = InstrumentSpec::from_bodies(record.instrument, &name, &grid, &money);
                return Some(spec.defect().map_or(Ok(spec), Err));
            }
            _ => {}
        }
        None
    }
}
