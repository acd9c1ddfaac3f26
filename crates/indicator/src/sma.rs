//! Simple moving average of a price.

use crate::input::{Counts, Indicator, Input, Overflow, PriceX2, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::{Divisor, Ring};
use types::{ParamKind, ParamSpec, ParamValue, Params};

/// The mean of the last inputs, from their exact sum.
#[derive(Clone, Debug)]
pub struct Sma {
    window: Ring<PriceX2>,
    sum: PriceX2,
    divisor: Divisor,
}

impl Indicator for Sma {
    const NAME: &'static str = "sma";
    const DOC: &'static str = "Simple moving average, in units of the price mantissa: the mean of \
        the last period inputs (TA-Lib SMA). Of bar closes, trade prices or mids.";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "period",
        doc: "Inputs in the window.",
        kind: ParamKind::Integer { min: 1, max: 10_000 },
        default: Some(ParamValue::Integer(20)),
    }];
    const LINES: &'static [LineSpec] = &[LineSpec::new("sma", &["period"], Unit::Price)];
    const WANTS: Wants = Wants::PRICES;

    fn new(params: &Params) -> Self {
        let period = params.count("period");
        Self {
            window: Ring::new(period as usize, PriceX2(0)),
            sum: PriceX2(0),
            divisor: Divisor::new(period),
        }
    }

    fn reset(&mut self) {
        self.window.clear();
        self.sum = PriceX2(0);
    }

    fn warm_up(params: &Params, _line: usize) -> u32 {
        params.count("period").saturating_sub(1)
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Some(price) = input.price_x2() else { return Ok(()) };
        let gone = self.window.push(price).map_or(0, |old| old.0);
        self.sum = PriceX2(self.sum.0 + price.0 - gone);
        if self.window.is_full() {
            lines.put(0, self.divisor.mean(self.sum));
        }
        Ok(())
    }
}
