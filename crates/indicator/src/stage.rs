//! The indicator stage of the line: records in, the same records and Touch and
//! Signal records out.
//!
//! Fed by the sequencer's link, read by the council's. A pure function of its
//! input: bars close by their trades' times, never by a timer.

use crate::config::{IndicatorConfig, MAX_LINES, Options};
use crate::counters::Counters;
use crate::market::{Made, Market};
use crate::plan::Plan;
use actor::{Outbox, Stage};
use std::sync::Arc;
use types::{
    AggTrade, Class, InstrumentSpec, Kind, Level, MAX_INSTRUMENTS, Mark, ParamError, Quote, Record,
    Signal, SpecGrid, SpecMoney, SpecName,
};

/// Books, bars and indicators of all instruments.
///
/// After a frame's last event, or a change of a book's state, its group gains a
/// `Touch` if that differs from the instrument's last one, then a `Signal` for
/// each line of an indicator with a new value, in the order of the
/// configuration. A trade's group gains the signals of the bars that it closed,
/// at once.
///
/// A market group holds one event; a frame is about one instrument. An
/// indicator has one source, and one event gives each source at most one
/// input: that bounds what a group gains.
pub struct IndicatorStage {
    markets: Box<[Market]>,
    /// The market event of the group, and whether it makes its book whole.
    event: Option<(Record, bool)>,
    spec: SpecParts,
    made: Made,
}

/// The first two thirds of a specification, within one group.
#[derive(Default)]
struct SpecParts {
    name: Option<SpecName>,
    grid: Option<SpecGrid>,
}

impl IndicatorStage {
    /// A stage for `instruments` instruments, each with its own copy of the
    /// configured indicators. All memory is taken here.
    ///
    /// # Errors
    /// A sentence: an unknown indicator, parameters that do not fit, a source
    /// that the indicator does not understand, too many of anything.
    pub fn new(instruments: usize, config: &[IndicatorConfig]) -> Result<Self, ParamError> {
        Self::with_options(instruments, config, Options::default())
    }

    /// As [`IndicatorStage::new`], with other sizes and habits.
    ///
    /// # Errors
    /// As there.
    pub fn with_options(
        instruments: usize,
        config: &[IndicatorConfig],
        options: Options,
    ) -> Result<Self, ParamError> {
        if instruments > MAX_INSTRUMENTS {
            let sentence = format!("{instruments} are too many; at most {MAX_INSTRUMENTS} fit");
            return Err(ParamError { key: "instruments".to_owned(), sentence });
        }
        let plan = Arc::new(Plan::new(config)?);
        let market = |_| Ok(Market::new(Plan::new(config)?, options));
        let markets = (0..instruments).map(market).collect::<Result<_, _>>()?;
        Ok(Self { markets, event: None, spec: SpecParts::default(), made: Made::new(plan) })
    }

    /// What the stage counts.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.made.counters)
    }

    fn on_spec(&mut self, kind: Kind, record: &Record) {
        match kind {
            Kind::SpecName => self.spec.name = Some(record.body()),
            Kind::SpecGrid => self.spec.grid = Some(record.body()),
            _ => {
                let spec = self.spec.joined(record);
                match spec.zip(self.markets.get_mut(record.instrument.index())) {
                    Some((spec, market)) => market.on_spec(spec),
                    None => self.made.counters.spec_refused.add(1),
                }
            }
        }
    }

    fn on_market(&mut self, kind: Kind, record: &Record) {
        let Self { markets, event, made, .. } = self;
        let market = markets.get_mut(record.instrument.index());
        let Some(market) = market.filter(|_| event.is_none()) else {
            made.counters.record_refused.add(1);
            return;
        };
        let whole = record.is_frame_end();
        *event = Some((*record, whole || kind == Kind::BookChange));
        match kind {
            Kind::Level | Kind::SnapshotLevel => {
                let level: Level = record.body();
                market.on_level(&level, made);
                if whole {
                    market.on_time(level.exch_ts, made);
                }
            }
            Kind::Quote => {
                let quote: Quote = record.body();
                market.on_quote(quote);
                if whole {
                    market.on_time(quote.exch_ts, made);
                }
            }
            Kind::Trade => market.on_trade(kind, &record.body(), 1, made),
            Kind::AggTrade => {
                let joined: AggTrade = record.body();
                market.on_trade(kind, &joined.as_trade(), joined.trades, made);
            }
            Kind::MarkPrice => market.on_mark(&record.body(), made),
            Kind::BookReset => market.on_reset(&record.body()),
            Kind::BookChange => market.on_change(&record.body()),
            _ => {}
        }
    }

    fn emit_signals(&mut self, input: &Record, out: &mut Outbox<Record>) {
        while let Some((number, line, value)) = self.made.take() {
            let signal = Signal::new(number, line, value);
            out.push(input.sibling(Kind::Signal, input.instrument, signal));
            self.made.counters.signal_emitted.add(1);
        }
    }
}

impl Stage for IndicatorStage {
    type In = Record;
    type Out = Record;

    const NAME: &'static str = "indicator";
    const MARK: Mark = Mark::Indicator;
    /// One Touch, and a Signal of each line.
    const MAX_ADDED: usize = 1 + MAX_LINES;

    #[inline]
    fn forward(&mut self, record: Record) -> Record {
        record
    }

    #[inline]
    fn on_record(&mut self, input: &Record, _out: &mut Outbox<Record>) {
        let Some(kind) = input.kind() else { return };
        match kind {
            Kind::SpecName | Kind::SpecGrid | Kind::SpecMoney => self.on_spec(kind, input),
            // Candles and liquidations are for the record: they move nothing here.
            Kind::KlinePrices | Kind::KlineVolume | Kind::Liquidation => {}
            _ if kind.class() == Class::Market => self.on_market(kind, input),
            _ => {}
        }
    }

    fn on_end(&mut self, out: &mut Outbox<Record>) {
        self.spec = SpecParts::default();
        let Some((input, look)) = self.event.take() else { return };
        let market = self.markets.get_mut(input.instrument.index()).filter(|_| look);
        if let Some(touch) = market.and_then(|market| market.look(&mut self.made)) {
            out.push(input.sibling(Kind::Touch, input.instrument, touch));
            self.made.counters.touch_emitted.add(1);
        }
        self.emit_signals(&input, out);
    }
}

impl SpecParts {
    /// The whole specification, if all of it is there and it can be used.
    fn joined(&self, last: &Record) -> Option<InstrumentSpec> {
        let (name, grid) = (self.name.as_ref()?, self.grid.as_ref()?);
        let money: SpecMoney = last.body();
        let spec = InstrumentSpec::from_bodies(last.instrument, name, grid, &money);
        spec.defect().is_none().then_some(spec)
    }
}
