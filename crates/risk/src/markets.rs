//! What risk knows of each instrument's market: the specification in force, the
//! last touch and mark price with their times, and how far the venue's clock is.
//!
//! Fed by specification, touch, mark and market records; read into each
//! [`crate::rule::Case`]. Never here: a guess. An instrument that goes without a
//! specification is refused by the rules.

use account::Specs;
use types::{
    BookChange, BookState, InstrumentId, InstrumentSpec, Kind, Level, MarkPrice, Nanos, Quote,
    Record, Touch, Trade,
};

/// What is known of one instrument's market, besides its specification.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    pub(crate) touch: Touch,
    pub(crate) touched: Option<Nanos>,
    /// At [`MarkPrice::PLACES`], and when it was told.
    pub(crate) mark: Option<(i64, Nanos)>,
    /// Our stamp less the venue's, of the last market event.
    pub(crate) skew: Option<i64>,
}

/// All instruments.
#[derive(Debug)]
pub(crate) struct Markets {
    known: Vec<Known>,
    specs: Specs,
}

impl Markets {
    /// Nothing known; all memory is taken here.
    pub(crate) fn new(instruments: usize) -> Self {
        Self { known: vec![Known::default(); instruments], specs: Specs::new(instruments) }
    }

    /// What is known of `instrument`; nothing when it is not in the table.
    pub(crate) fn known(&self, instrument: InstrumentId) -> Known {
        self.known.get(instrument.index()).copied().unwrap_or_default()
    }

    /// The specification in force.
    pub(crate) fn spec(&self, instrument: InstrumentId) -> Option<&InstrumentSpec> {
        self.specs.of(instrument)
    }

    /// Takes a record of the market in; true when it completed a specification.
    /// `is_flat` says whether nothing is open in an instrument.
    pub(crate) fn on_record(
        &mut self,
        record: &Record,
        kind: Kind,
        is_flat: impl FnOnce(InstrumentId) -> bool,
    ) -> bool {
        match kind {
            Kind::SpecName | Kind::SpecGrid | Kind::SpecMoney => {
                return self.specs.on_record(record, is_flat);
            }
            Kind::Touch => self.on_touch(record),
            Kind::BookChange => self.on_book(record.instrument, &record.body()),
            Kind::MarkPrice => self.on_mark(record),
            Kind::Quote => self.on_stamp(record, record.body::<Quote>().exch_ts),
            Kind::Trade => self.on_stamp(record, record.body::<Trade>().exch_ts),
            Kind::Level if record.is_frame_end() => {
                self.on_stamp(record, record.body::<Level>().exch_ts);
            }
            _ => {}
        }
        false
    }

    fn on_touch(&mut self, record: &Record) {
        if let Some(known) = self.known.get_mut(record.instrument.index()) {
            known.touch = record.body();
            known.touched = Some(record.ts);
        }
    }

    /// A book that is no longer live is unusable at once; one that becomes live
    /// again is usable with its next touch.
    fn on_book(&mut self, instrument: InstrumentId, change: &BookChange) {
        if let Some(known) = self.known.get_mut(instrument.index())
            && change.state() != BookState::Live
        {
            known.touch.state = change.state() as u8;
        }
    }

    fn on_mark(&mut self, record: &Record) {
        let told: MarkPrice = record.body();
        if let Some(known) = self.known.get_mut(record.instrument.index()) {
            known.mark = Some((told.mark, record.ts));
        }
        self.on_stamp(record, told.exch_ts);
    }

    /// 0 is no stamp.
    fn on_stamp(&mut self, record: &Record, exch_ts: Nanos) {
        if let Some(known) = self.known.get_mut(record.instrument.index())
            && exch_ts.0 > 0
        {
            known.skew = Some(record.ts.0.saturating_sub(exch_ts.0));
        }
    }
}
