//! The contract of an indicator: what it is given and what it gives back.

use crate::bars::Bar;
use crate::lines::{LineSpec, Lines};
use book::Book;
use types::{MarkPrice, ParamSpec, Params, Side, Touch, Trade, Value};

/// One incremental indicator of one instrument.
///
/// Deterministic: the same inputs give the same values, bit for bit. All memory
/// is taken in [`Indicator::new`]; an input costs the same at any time.
pub trait Indicator: Clone + Send + Sized {
    /// Its name in the configuration and the registry.
    const NAME: &'static str;
    /// What it measures, with unit, range and source of the formula.
    const DOC: &'static str;
    /// The parameters that it takes.
    const PARAMS: &'static [ParamSpec];
    /// What it says: at most [`crate::LINES_MAX`] lines.
    const LINES: &'static [LineSpec];
    /// The inputs that it understands; it is sent no others.
    const WANTS: Wants;

    /// A fresh indicator. `params` were resolved against [`Indicator::PARAMS`].
    fn new(params: &Params) -> Self;

    /// Starts anew, as if just made, without an allocation.
    fn reset(&mut self);

    /// Inputs that give a line no value yet: its first one comes with the next.
    fn warm_up(params: &Params, line: usize) -> u32;

    /// Takes one input and writes the new value of each line that has warmed
    /// up; `lines` was cleared before.
    ///
    /// # Errors
    /// [`Overflow`]; nothing is said. An average did not take the input, a
    /// window did, because it must move on.
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow>;
}

/// A value left the range of its type: the indicator abstains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

/// Which inputs an indicator understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wants {
    /// Whole bars, at their close.
    pub bars: bool,
    /// Trades.
    pub trades: bool,
    /// The touch after a whole frame, when it changed and is usable.
    pub touch: bool,
    /// The book after a whole frame, when it changed and the touch is usable.
    pub book: bool,
    /// The venue's mark price, index and funding.
    pub mark: bool,
}

impl Wants {
    /// None of them: what the others are made from.
    pub const NOTHING: Self =
        Self { bars: false, trades: false, touch: false, book: false, mark: false };
    /// Whole bars alone.
    pub const BARS: Self = Self { bars: true, ..Self::NOTHING };
    /// Anything that states one price: a close, a trade, the mid of a touch.
    pub const PRICES: Self = Self { bars: true, trades: true, touch: true, ..Self::NOTHING };
    /// The touch alone.
    pub const TOUCH: Self = Self { touch: true, ..Self::NOTHING };
    /// The book alone.
    pub const BOOK: Self = Self { book: true, ..Self::NOTHING };
    /// The venue's mark price messages alone.
    pub const MARK: Self = Self { mark: true, ..Self::NOTHING };
}

/// One input.
#[derive(Clone, Copy, Debug)]
pub enum Input<'i> {
    /// A whole bar has closed.
    Bar(&'i Bar),
    /// A trade.
    Trade(&'i Trade),
    /// A usable touch.
    Touch(&'i Touch),
    /// A whole book.
    Book(&'i Book),
    /// Mark price, index and funding.
    Mark(&'i MarkPrice),
}

/// Twice a price mantissa, so that a mid price is exact: from -2^64 to 2^64 - 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PriceX2(pub(crate) i128);

impl PriceX2 {
    /// The price itself. Every price fits: half of it is at most an `i64`.
    #[inline]
    pub(crate) const fn value(self) -> Value {
        Value::from_bits(self.0 << 63)
    }
}

impl Input<'_> {
    /// The price that the input states: the close, the trade's price, the mid.
    #[inline]
    pub(crate) fn price_x2(&self) -> Option<PriceX2> {
        let twice = match self {
            Self::Bar(bar) => i128::from(bar.close.0) * 2,
            Self::Trade(trade) => i128::from(trade.price.0) * 2,
            Self::Touch(touch) => i128::from(touch.bid.0) + i128::from(touch.ask.0),
            Self::Book(book) => {
                let (bid, ask) = (book.best(Side::Buy)?, book.best(Side::Sell)?);
                i128::from(bid.0.0) + i128::from(ask.0.0)
            }
            // Not on the instrument's grid, so no price of it.
            Self::Mark(_) => return None,
        };
        Some(PriceX2(twice))
    }
}

/// Reads a parameter that counts something.
pub(crate) trait Counts {
    /// The whole number of that name, at least 1.
    fn count(&self, name: &str) -> u32;
}

impl Counts for Params {
    fn count(&self, name: &str) -> u32 {
        u32::try_from(self.integer(name)).unwrap_or(1).max(1)
    }
}
