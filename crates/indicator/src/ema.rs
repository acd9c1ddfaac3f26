//! Exponential moving average of a price.

use crate::input::{Counts, Indicator, Input, Overflow, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::Average;
use types::{ParamKind, ParamSpec, ParamValue, Params};

/// EMA with k = 2 / (period + 1), seeded by the mean of its first window, as
/// TA-Lib's `EMA`.
#[derive(Clone, Debug)]
pub struct Ema {
    average: Average,
}

impl Indicator for Ema {
    const NAME: &'static str = "ema";
    const DOC: &'static str = "Exponential moving average, in units of the price mantissa: \
        k = 2 / (period + 1), seeded by the simple mean of the first period inputs (TA-Lib EMA). \
        Of bar closes, trade prices or mids.";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "period",
        doc: "Inputs in the window.",
        kind: ParamKind::Integer { min: 1, max: 10_000 },
        default: Some(ParamValue::Integer(20)),
    }];
    const LINES: &'static [LineSpec] = &[LineSpec::new("ema", &["period"], Unit::Price)];
    const WANTS: Wants = Wants::PRICES;

    fn new(params: &Params) -> Self {
        Self { average: Average::exponential(params.count("period")) }
    }

    fn reset(&mut self) {
        self.average.clear();
    }

    fn warm_up(params: &Params, _line: usize) -> u32 {
        params.count("period").saturating_sub(1)
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Some(price) = input.price_x2() else { return Ok(()) };
        if let Some(value) = self.average.add(price)? {
            lines.put(0, value);
        }
        Ok(())
    }
}
