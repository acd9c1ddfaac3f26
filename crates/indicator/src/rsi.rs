//! Wilder's relative strength index of a price.

use crate::input::{Counts, Indicator, Input, Overflow, PriceX2, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::{Average, fraction};
use types::{ParamKind, ParamSpec, ParamValue, Params, Value};

/// RSI with Wilder's smoothing, seeded by the mean gain and loss of its first
/// period changes, as TA-Lib's `RSI`.
#[derive(Clone, Debug)]
pub struct Rsi {
    gain: Average,
    loss: Average,
    previous: Option<PriceX2>,
}

impl Indicator for Rsi {
    const NAME: &'static str = "rsi";
    const DOC: &'static str = "Relative strength index, 0 to 100: 100 × gain / (gain + loss), both \
        averaged as Wilder does (New Concepts in Technical Trading Systems, 1978), seeded as \
        TA-Lib RSI; 0 where nothing moved, as there. Of bar closes, trade prices or mids.";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "period",
        doc: "Price changes in the window.",
        kind: ParamKind::Integer { min: 2, max: 10_000 },
        default: Some(ParamValue::Integer(14)),
    }];
    const LINES: &'static [LineSpec] = &[LineSpec::new("rsi", &["period"], Unit::Percent)];
    const WANTS: Wants = Wants::PRICES;

    fn new(params: &Params) -> Self {
        let average = Average::wilder(params.count("period"));
        Self { gain: average, loss: average, previous: None }
    }

    fn reset(&mut self) {
        self.gain.clear();
        self.loss.clear();
        self.previous = None;
    }

    fn warm_up(params: &Params, _line: usize) -> u32 {
        // The first price gives no change.
        params.count("period")
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Some(price) = input.price_x2() else { return Ok(()) };
        let Some(previous) = self.previous else {
            self.previous = Some(price);
            return Ok(());
        };
        // Invariant: past this line nothing can overflow, because both averages
        // are of numbers from 0 to below 2^63.
        let (up, down) = moved(previous, price)?;
        let gain = self.gain.add(up)?;
        let loss = self.loss.add(down)?;
        self.previous = Some(price);
        if let (Some(gain), Some(loss)) = (gain, loss) {
            lines.put(0, percent(gain, loss));
        }
        Ok(())
    }
}

/// Twice the gain and twice the loss, one of them zero.
#[inline]
fn moved(from: PriceX2, to: PriceX2) -> Result<(PriceX2, PriceX2), Overflow> {
    let change = to.0 - from.0;
    // What `PriceX2` can hold.
    if change.unsigned_abs() >= 1 << 64 {
        return Err(Overflow);
    }
    Ok((PriceX2(change.max(0)), PriceX2((-change).max(0))))
}

/// 100 × gain / (gain + loss) for two averages that are not negative.
#[inline]
fn percent(gain: Value, loss: Value) -> Value {
    let (gain, loss) = (gain.to_bits().cast_unsigned(), loss.to_bits().cast_unsigned());
    let sum = gain + loss;
    if sum == 0 {
        return Value::ZERO;
    }
    Value::from_bits((fraction(gain, sum) * 100).cast_signed())
}
