//! The contract of an indicator: what it is given and what it gives back.

use crate::bars::Bar;
use book::Book;
use types::{ParamSpec, Params, Side, Touch, Trade, Value};

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
    /// The inputs that it understands; it is sent no others.
    const WANTS: Wants;

    /// A fresh indicator. `params` were resolved against [`Indicator::PARAMS`].
    fn new(params: &Params) -> Self;

    /// Inputs that give no value yet: the first value comes with the next one.
    fn warm_up(params: &Params) -> u32;

    /// Takes one input and gives the new value, `None` while warming up.
    ///
    /// # Errors
    /// [`Overflow`]; the input was not taken.
    fn apply(&mut self, input: Input<'_>) -> Result<Option<Value>, Overflow>;
}

/// A value left the range of its type: the indicator abstains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

/// Which inputs an indicator understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wants {
    /// Closes of whole bars.
    pub bars: bool,
    /// Trades.
    pub trades: bool,
    /// The touch after a whole frame, when it changed and is usable.
    pub touch: bool,
    /// The book after a whole frame, when it changed and the touch is usable.
    pub book: bool,
}

impl Wants {
    /// Anything that states one price: a close, a trade, the mid of a touch.
    pub const PRICES: Self = Self { bars: true, trades: true, touch: true, book: false };
    /// The touch alone.
    pub const TOUCH: Self = Self { bars: false, trades: false, touch: true, book: false };
    /// The book alone.
    pub const BOOK: Self = Self { bars: false, trades: false, touch: false, book: true };
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
        };
        Some(PriceX2(twice))
    }
}
