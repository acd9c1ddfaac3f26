//! Realised volatility of a price.

use crate::input::{Counts, Indicator, Input, Overflow, PriceX2, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::{Ring, Scale, log_return, root};
use types::{Decimal, ParamKind, ParamSpec, ParamValue, Params};

/// The square root of the sum of squared logarithmic returns over a window.
#[derive(Clone, Debug)]
pub struct Volatility {
    /// Squares of returns, as counts of 2^-96.
    window: Ring<u128>,
    sum: u128,
    previous: Option<PriceX2>,
    scale: Scale,
}

impl Indicator for Volatility {
    const NAME: &'static str = "volatility";
    const DOC: &'static str = "Realised volatility, a pure number: the square root of the sum of \
        the squared logarithmic returns of the last period inputs (Andersen and Bollerslev 1998). \
        Times the root of the number of such windows in a year it is the annual one. A return \
        is held to 2^-48. Of bar closes, trade prices or mids above zero.";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "period",
        doc: "Returns in the window.",
        kind: ParamKind::Integer { min: 1, max: 10_000 },
        default: Some(ParamValue::Integer(20)),
    }];
    const LINES: &'static [LineSpec] = &[LineSpec::new("volatility", &["period"], Unit::Ratio)];
    const WANTS: Wants = Wants::PRICES;

    fn new(params: &Params) -> Self {
        Self {
            window: Ring::new(params.count("period") as usize, 0),
            sum: 0,
            previous: None,
            // The root of a count of 2^-96.
            scale: Scale::new(Decimal::new(1, 0), 1 << 48),
        }
    }

    fn reset(&mut self) {
        self.window.clear();
        self.sum = 0;
        self.previous = None;
    }

    fn warm_up(params: &Params, _line: usize) -> u32 {
        // The first price gives no return.
        params.count("period")
    }

    /// # Errors
    /// A price that is not positive has no logarithm; it was not taken.
    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Some(price) = input.price_x2() else { return Ok(()) };
        if price.0 <= 0 {
            return Err(Overflow);
        }
        let Some(previous) = self.previous.replace(price) else { return Ok(()) };
        // Invariant: both are positive, so there is a logarithm, of at most 54
        // bits; ten thousand squares of it fit.
        let change = log_return(previous, price).ok_or(Overflow)?;
        let square = u128::from(change.unsigned_abs()) * u128::from(change.unsigned_abs());
        let gone = self.window.push(square).unwrap_or(0);
        self.sum = self.sum + square - gone;
        if self.window.is_full() {
            lines.put(0, self.scale.times(root(self.sum)).ok_or(Overflow)?);
        }
        Ok(())
    }
}
