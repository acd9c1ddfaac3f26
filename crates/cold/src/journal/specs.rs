//! The specifications that a journal has told so far, and the instruments' ids.
//!
//! Fed record by record; read by everything that prints a price.

use std::borrow::Cow;
use std::sync::Arc;
use types::{
    Decimal, InstrumentId, InstrumentSpec, Kind, Price, Qty, Record, SpecGrid, SpecMoney, SpecName,
};

/// Specifications in force, by instrument.
#[derive(Clone, Debug, Default)]
pub struct Specs {
    ids: Arc<[String]>,
    specs: Vec<Option<InstrumentSpec>>,
    name: Option<(InstrumentId, SpecName)>,
    grid: Option<SpecGrid>,
}

impl Specs {
    /// Nothing told yet. `ids` are our instrument ids (`BTCUSDT-PERP.BINANCE`)
    /// in the order of the configuration.
    #[must_use]
    pub fn new(ids: Arc<[String]>) -> Self {
        Self { ids, ..Self::default() }
    }

    /// Takes in one record; answers the new specification when it completed one.
    pub fn on_record(&mut self, record: &Record) -> Option<&InstrumentSpec> {
        match record.kind()? {
            Kind::SpecName => {
                self.name = Some((record.instrument, record.body()));
                self.grid = None;
                None
            }
            Kind::SpecGrid => {
                self.grid = Some(record.body());
                None
            }
            Kind::SpecMoney => self.complete(record),
            _ => None,
        }
    }

    /// The specification in force.
    #[must_use]
    pub fn get(&self, id: InstrumentId) -> Option<&InstrumentSpec> {
        self.specs.get(id.index())?.as_ref()
    }

    /// Our id of the instrument; the venue's symbol, then `#index`, where the
    /// run named none; `-` for no instrument.
    #[must_use]
    pub fn name(&self, id: InstrumentId) -> Cow<'_, str> {
        if id == InstrumentId::NONE {
            return Cow::Borrowed("-");
        }
        if let Some(name) = self.ids.get(id.index()) {
            return Cow::Borrowed(name);
        }
        match self.get(id) {
            Some(spec) => Cow::Borrowed(spec.symbol.as_str()),
            None => Cow::Owned(format!("#{}", id.0)),
        }
    }

    /// The price as a decimal; a bare mantissa before the specification came.
    #[must_use]
    pub fn price(&self, id: InstrumentId, price: Price) -> Decimal {
        self.get(id).map_or(Decimal::new(price.0, 0), |spec| spec.price(price))
    }

    /// The quantity as a decimal; a bare mantissa before the specification came.
    #[must_use]
    pub fn qty(&self, id: InstrumentId, qty: Qty) -> Decimal {
        self.get(id).map_or(Decimal::new(qty.0, 0), |spec| spec.qty(qty))
    }

    fn complete(&mut self, record: &Record) -> Option<&InstrumentSpec> {
        let ((id, name), grid) = (self.name.take()?, self.grid.take()?);
        let money: SpecMoney = record.body();
        let index = id.index();
        if id != record.instrument || index >= types::MAX_INSTRUMENTS {
            return None;
        }
        if self.specs.len() <= index {
            self.specs.resize(index + 1, None);
        }
        let spec = InstrumentSpec::from_bodies(id, &name, &grid, &money);
        // A journal may come from anywhere: a grid that no decimal can print is
        // as good as none, and prices show as bare mantissas.
        self.specs[index] = (spec.price_decimals.max(spec.qty_decimals) <= 18).then_some(spec);
        self.specs[index].as_ref()
    }
}
