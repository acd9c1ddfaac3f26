//! Moving average convergence and divergence of a price.

use crate::input::{Counts, Indicator, Input, Overflow, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::Average;
use types::{ParamKind, ParamSpec, ParamValue, Params};

const PERIODS: &[&str] = &["fast", "slow", "signal"];

/// Fast EMA less slow EMA, the EMA of that, and their difference, as TA-Lib's
/// `MACD`: the fast average's seed ends where the slow one's does, and nothing
/// is said before the signal line is seeded too.
#[derive(Clone, Debug)]
pub struct Macd {
    fast: Average,
    slow: Average,
    signal: Average,
    /// Inputs that the fast average leaves out at the start, and still will.
    lead: u32,
    waits: u32,
}

impl Indicator for Macd {
    const NAME: &'static str = "macd";
    const DOC: &'static str = "Moving average convergence/divergence (Appel 1979), in units of \
        the price mantissa: line 0 EMA(fast) - EMA(slow), line 1 its EMA(signal), line 2 their \
        difference. Seeded as TA-Lib MACD, the fast average over the inputs that end where the \
        slow one's seed ends; periods in the wrong order are swapped, as there. Of bar closes, \
        trade prices or mids.";
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "fast",
            doc: "Inputs in the fast window.",
            kind: ParamKind::Integer { min: 2, max: 10_000 },
            default: Some(ParamValue::Integer(12)),
        },
        ParamSpec {
            name: "slow",
            doc: "Inputs in the slow window.",
            kind: ParamKind::Integer { min: 2, max: 10_000 },
            default: Some(ParamValue::Integer(26)),
        },
        ParamSpec {
            name: "signal",
            doc: "Values of line 0 in the signal's window.",
            kind: ParamKind::Integer { min: 1, max: 10_000 },
            default: Some(ParamValue::Integer(9)),
        },
    ];
    const LINES: &'static [LineSpec] = &[
        LineSpec::new("macd", PERIODS, Unit::PriceDifference),
        LineSpec::new("macd_signal", PERIODS, Unit::PriceDifference),
        LineSpec::new("macd_hist", PERIODS, Unit::PriceDifference),
    ];
    const WANTS: Wants = Wants::PRICES;

    fn new(params: &Params) -> Self {
        let (fast, slow) = periods(params);
        Self {
            fast: Average::exponential(fast),
            slow: Average::exponential(slow),
            signal: Average::exponential(params.count("signal")),
            lead: slow - fast,
            waits: slow - fast,
        }
    }

    fn reset(&mut self) {
        for average in [&mut self.fast, &mut self.slow, &mut self.signal] {
            average.clear();
        }
        self.waits = self.lead;
    }

    fn warm_up(params: &Params, _line: usize) -> u32 {
        periods(params).1 + params.count("signal").max(1) - 2
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Some(price) = input.price_x2() else { return Ok(()) };
        let (mut fast, mut slow, mut signal) = (self.fast, self.slow, self.signal);
        let short = if self.waits == 0 { fast.add(price)? } else { None };
        let long = slow.add(price)?;
        if let (Some(short), Some(long)) = (short, long) {
            let macd = short.checked_sub(long).ok_or(Overflow)?;
            if let Some(smooth) = signal.add_value(macd)? {
                lines.put_all(&[macd, smooth, macd.checked_sub(smooth).ok_or(Overflow)?]);
            }
        }
        self.waits = self.waits.saturating_sub(1);
        (self.fast, self.slow, self.signal) = (fast, slow, signal);
        Ok(())
    }
}

/// Fast and slow, in that order.
fn periods(params: &Params) -> (u32, u32) {
    let (one, other) = (params.count("fast").max(2), params.count("slow").max(2));
    (one.min(other), one.max(other))
}
