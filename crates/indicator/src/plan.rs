//! The checked configuration: which indicator is moved by what, and the slot of
//! each of their lines.
//!
//! Made at start, once for each instrument, which takes its seats, and once to read.

use crate::config::{IndicatorConfig, MAX_LINES, Source};
use crate::registry::{AnyIndicator, Descriptor};
use std::ops::Range;
use types::ParamError;

const DAY_SECONDS: u32 = 86_400;

/// What moves a seat; those of one feed stand side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feed {
    Touch,
    Book,
    Trade,
    Mark,
    /// Closes of the bar builder of this index.
    Bar(usize),
}

impl Feed {
    const fn index(self) -> usize {
        match self {
            Self::Touch => 0,
            Self::Book => 1,
            Self::Trade => 2,
            Self::Mark => 3,
            Self::Bar(builder) => 4 + builder,
        }
    }
}

/// One configured indicator. Never copied: see [`Indicator::new`](crate::Indicator::new).
#[derive(Debug)]
pub(crate) struct Seat {
    feed: Feed,
    /// The slot of its line 0; the others follow.
    pub(crate) slot: usize,
    pub(crate) indicator: AnyIndicator,
}

/// All of them, by feed; within one, in the order of the configuration.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) seats: Vec<Seat>,
    /// Where the seats of each feed stand.
    ranges: Vec<Range<usize>>,
    /// Configured number and line of each slot, in the order of the
    /// configuration.
    pub(crate) slots: Vec<(u16, u16)>,
    /// Bar lengths in seconds, each once.
    pub(crate) intervals: Vec<u32>,
}

impl Plan {
    pub(crate) fn new(config: &[IndicatorConfig]) -> Result<Self, ParamError> {
        let mut plan = Self::default();
        for (number, entry) in (0_u16..).zip(config) {
            let indicator = AnyIndicator::new(&entry.name, &entry.params)?;
            let descriptor = indicator.descriptor();
            let feed = plan.feed(&descriptor, entry)?;
            let slot = plan.slots.len();
            plan.slots.extend((0_u16..).zip(descriptor.lines).map(|(line, _)| (number, line)));
            plan.seats.push(Seat { feed, slot, indicator });
        }
        if plan.slots.len() > MAX_LINES {
            let sentence = format!(
                "{} have {} lines together; at most {MAX_LINES} fit, remove some",
                config.len(),
                plan.slots.len()
            );
            return Err(ParamError { key: "indicators".to_owned(), sentence });
        }
        // Stable: the order of the configuration stays within a feed.
        plan.seats.sort_by_key(|seat| seat.feed);
        let feeds = [Feed::Touch, Feed::Book, Feed::Trade, Feed::Mark].into_iter();
        plan.ranges = feeds
            .chain((0..plan.intervals.len()).map(Feed::Bar))
            .map(|feed| {
                let from = plan.seats.partition_point(|seat| seat.feed < feed);
                from..plan.seats.partition_point(|seat| seat.feed <= feed)
            })
            .collect();
        Ok(plan)
    }

    /// Where the seats of `feed` stand.
    #[inline]
    pub(crate) fn range(&self, feed: Feed) -> Range<usize> {
        self.ranges[feed.index()].clone()
    }

    fn feed(
        &mut self,
        descriptor: &Descriptor,
        entry: &IndicatorConfig,
    ) -> Result<Feed, ParamError> {
        let wants = descriptor.wants;
        match entry.source {
            Source::Bars { seconds } if wants.bars => self.bars(descriptor.name, seconds),
            Source::Touch if wants.touch => Ok(Feed::Touch),
            Source::Touch if wants.book => Ok(Feed::Book),
            Source::Touch if wants.mark => Ok(Feed::Mark),
            Source::Trades if wants.trades => Ok(Feed::Trade),
            _ => Err(misplaced(descriptor, entry)),
        }
    }

    fn bars(&mut self, name: &str, seconds: u32) -> Result<Feed, ParamError> {
        if seconds == 0 || !DAY_SECONDS.is_multiple_of(seconds) {
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

/// The entry names a source that does not move it: what to write instead.
fn misplaced(descriptor: &Descriptor, entry: &IndicatorConfig) -> ParamError {
    let given: String = entry.params.iter().map(|(_, value)| format!(":{value}")).collect();
    let label = format!("{}{given}", entry.name);
    let by = match entry.source {
        Source::Bars { .. } => "bars",
        Source::Touch => "the touch",
        Source::Trades => "trades",
    };
    // Any length of a bar will do: a minute is the one that most ask for.
    let sources = [
        ("1m", Source::Bars { seconds: 60 }),
        ("touch", Source::Touch),
        ("trades", Source::Trades),
    ];
    let fit = sources.iter().filter(|(_, source)| source.moves(descriptor.wants));
    let fit: Vec<_> = fit.map(|(word, _)| format!("{label}@{word}")).collect();
    ParamError {
        key: "indicators.set".to_owned(),
        sentence: format!("`{label}` cannot be moved by {by}; write {}", fit.join(" or ")),
    }
}
