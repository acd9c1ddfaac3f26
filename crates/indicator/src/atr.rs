//! Wilder's average true range of bars.

use crate::input::{Counts, Indicator, Input, Overflow, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::{Average, Ohlc, true_range};
use types::{ParamKind, ParamSpec, ParamValue, Params};

/// The true range, averaged as Wilder does, as TA-Lib's `ATR`.
#[derive(Clone, Debug)]
pub struct Atr {
    average: Average,
    previous: Option<Ohlc>,
}

impl Indicator for Atr {
    const NAME: &'static str = "atr";
    const DOC: &'static str = "Average true range, in units of the price mantissa: \
        max(high, previous close) - min(low, previous close), averaged as Wilder does (New \
        Concepts in Technical Trading Systems, 1978), seeded as TA-Lib ATR. Of bars.";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "period",
        doc: "True ranges in the window.",
        kind: ParamKind::Integer { min: 1, max: 10_000 },
        default: Some(ParamValue::Integer(14)),
    }];
    const LINES: &'static [LineSpec] = &[LineSpec::new("atr", &["period"], Unit::PriceDifference)];
    const WANTS: Wants = Wants::BARS;

    fn new(params: &Params) -> Self {
        Self { average: Average::wilder(params.count("period")), previous: None }
    }

    fn reset(&mut self) {
        self.average.clear();
        self.previous = None;
    }

    fn warm_up(params: &Params, _line: usize) -> u32 {
        // The first bar has no true range: there is no close before it.
        params.count("period")
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Input::Bar(bar) = input else { return Ok(()) };
        let bar = Ohlc::of(bar);
        if let Some(previous) = &self.previous {
            let range = true_range(previous, &bar)?;
            if let Some(value) = self.average.add(range)? {
                lines.put(0, value);
            }
        }
        self.previous = Some(bar);
        Ok(())
    }
}
