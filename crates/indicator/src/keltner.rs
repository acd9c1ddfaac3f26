//! Keltner channels of bars.

use crate::input::{Counts, Indicator, Input, Overflow, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::{Average, Ohlc, Scale, true_range};
use types::{Decimal, ParamKind, ParamSpec, ParamValue, Params};

const NAMED_BY: &[&str] = &["period", "multiple"];

/// The exponential average of the close, and a multiple of the average true
/// range of the same length above and below it.
#[derive(Clone, Debug)]
pub struct Keltner {
    middle: Average,
    range: Average,
    previous: Option<Ohlc>,
    multiple: Scale,
}

impl Indicator for Keltner {
    const NAME: &'static str = "keltner";
    const DOC: &'static str = "Keltner channels, in units of the price mantissa: line 1 the EMA of \
        the close, line 0 that multiple of the average true range of the same period above it, \
        line 2 below (Raschke's form of Keltner 1960). Of bars.";
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "period",
            doc: "Bars in both windows.",
            kind: ParamKind::Integer { min: 1, max: 10_000 },
            default: Some(ParamValue::Integer(20)),
        },
        ParamSpec {
            name: "multiple",
            doc: "Average true ranges from the middle to either channel line.",
            kind: ParamKind::Decimal { min: Decimal::new(1, 2), max: Decimal::new(100, 0) },
            default: Some(ParamValue::Decimal(Decimal::new(2, 0))),
        },
    ];
    const LINES: &'static [LineSpec] = &[
        LineSpec::new("keltner_upper", NAMED_BY, Unit::Price),
        LineSpec::new("keltner_middle", NAMED_BY, Unit::Price),
        LineSpec::new("keltner_lower", NAMED_BY, Unit::Price),
    ];
    const WANTS: Wants = Wants::BARS;

    fn new(params: &Params) -> Self {
        let period = params.count("period");
        Self {
            middle: Average::exponential(period),
            range: Average::wilder(period),
            previous: None,
            multiple: Scale::new(params.decimal("multiple"), 1),
        }
    }

    fn reset(&mut self) {
        self.middle.clear();
        self.range.clear();
        self.previous = None;
    }

    fn warm_up(params: &Params, _line: usize) -> u32 {
        // The range speaks one bar after the average.
        params.count("period")
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Input::Bar(bar) = input else { return Ok(()) };
        let price = input.price_x2().ok_or(Overflow)?;
        let bar = Ohlc::of(bar);
        let (mut middle, mut range) = (self.middle, self.range);
        let centre = middle.add(price)?;
        let reach = match &self.previous {
            Some(previous) => range.add(true_range(previous, &bar)?)?,
            None => None,
        };
        if let (Some(centre), Some(reach)) = (centre, reach) {
            let away = self.multiple.times_value(reach).ok_or(Overflow)?;
            let upper = centre.checked_add(away).ok_or(Overflow)?;
            lines.put_all(&[upper, centre, centre.checked_sub(away).ok_or(Overflow)?]);
        }
        (self.middle, self.range, self.previous) = (middle, range, Some(bar));
        Ok(())
    }
}
