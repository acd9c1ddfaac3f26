//! What the configuration says about indicators, as the stage takes it.
//!
//! Made by whoever read the configuration; checked by the plan at start.

use crate::Wants;
use types::{Nanos, ParamValue};

/// The most lines that all configured indicators have together. At midnight UTC
/// one trade may close a bar of every length, so that each line gets a value:
/// these, a Touch and the input itself are 64 records, and 64 such groups, a
/// full batch of the stage, are the least depth of a link of records.
pub const MAX_LINES: usize = 62;

/// One configured indicator; its index in the list is the index in its signals.
#[derive(Clone, Debug)]
pub struct IndicatorConfig {
    /// Its name in the registry.
    pub name: String,
    /// Values for its declared parameters; the rest take their defaults.
    pub params: Vec<(String, ParamValue)>,
    /// When it takes an input.
    pub source: Source,
}

/// What moves an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The close of each whole bar of this many seconds; a divisor of a day.
    Bars {
        /// Length of a bar.
        seconds: u32,
    },
    /// The end of a frame that left the touch usable: for indicators over the
    /// touch, when it changed; for those over the book, when the book changed.
    /// Those over the venue's mark price take its messages, which come beside
    /// the touch.
    Touch,
    /// Each trade.
    Trades,
}

impl Source {
    /// Whether it moves an indicator that understands `wants`.
    #[must_use]
    pub const fn moves(self, wants: Wants) -> bool {
        match self {
            Self::Bars { .. } => wants.bars,
            Self::Touch => wants.touch || wants.book || wants.mark,
            Self::Trades => wants.trades,
        }
    }
}

/// Sizes and habits of the stage.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Levels per side that each book keeps beyond its dense window.
    pub far_levels: usize,
    /// `None`: a bar closes when a trade past its end arrives, so that it
    /// always equals the venue's own. Otherwise it also closes when a quote or
    /// level of its instrument is stamped this long past its end; a trade that
    /// arrives after that is late and counted.
    pub bar_grace: Option<Nanos>,
}

impl Default for Options {
    fn default() -> Self {
        // The recorded Binance books hold up to 5,000 levels a side.
        Self { far_levels: 8_192, bar_grace: None }
    }
}
