//! The checked configuration: which indicator is moved by what.
//!
//! Made once at start; each instrument gets a copy of its seats.

use crate::config::{IndicatorConfig, MAX_INDICATORS, Source};
use crate::registry::AnyIndicator;
use types::ParamError;

const DAY_SECONDS: u32 = 86_400;

/// What moves a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feed {
    /// Closes of the bar builder of this index.
    Bar(usize),
    Trade,
    Touch,
    Book,
}

/// One configured indicator.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) feed: Feed,
    pub(crate) indicator: AnyIndicator,
}

/// All of them, in the order of the configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) seats: Vec<Seat>,
    /// Bar lengths in seconds, each once.
    pub(crate) intervals: Vec<u32>,
}

impl Plan {
    pub(crate) fn new(config: &[IndicatorConfig]) -> Result<Self, ParamError> {
        if config.len() > MAX_INDICATORS {
            let sentence = format!(
                "{} are configured; at most {MAX_INDICATORS} fit, remove some",
                config.len()
            );
            return Err(ParamError { key: "indicators".to_owned(), sentence });
        }
        let mut plan = Self::default();
        for entry in config {
            let indicator = AnyIndicator::new(&entry.name, &entry.params)?;
            let feed = plan.feed(&indicator, entry.source)?;
            plan.seats.push(Seat { feed, indicator });
        }
        Ok(plan)
    }

    fn feed(&mut self, indicator: &AnyIndicator, source: Source) -> Result<Feed, ParamError> {
        let descriptor = indicator.descriptor();
        let wants = descriptor.wants;
        match source {
            Source::Bars { seconds } if wants.bars => self.bars(descriptor.name, seconds),
            Source::Touch if wants.touch => Ok(Feed::Touch),
            Source::Touch if wants.book => Ok(Feed::Book),
            Source::Trades if wants.trades => Ok(Feed::Trade),
            _ => {
                let kinds = [
                    (wants.bars, "bars"),
                    (wants.touch || wants.book, "the touch"),
                    (wants.trades, "trades"),
                ];
                let fit: Vec<_> = kinds.iter().filter(|(fits, _)| *fits).map(|(_, w)| *w).collect();
                Err(ParamError {
                    key: format!("{}.source", descriptor.name),
                    sentence: format!("cannot be moved by that; give {}", fit.join(" or ")),
                })
            }
        }
    }

    fn bars(&mut self, name: &str, seconds: u32) -> Result<Feed, ParamError> {
        if !DAY_SECONDS.is_multiple_of(seconds) {
            return Err(ParamError {
                key: format!("{name}.interval"),
                sentence: format!(
                    "{seconds} seconds do not divide a day; give a divisor of {DAY_SECONDS}"
                ),
            });
        }
        let at = self.intervals.iter().position(|known| *known == seconds);
        Ok(Feed::Bar(at.unwrap_or_else(|| {
            self.intervals.push(seconds);
            self.intervals.len() - 1
        })))
    }
}
