//! Wilder's relative strength index of a price.

use crate::input::{Indicator, Input, Overflow, PriceX2, Wants};
use crate::smooth::{Decay, Seed};
use types::{ParamKind, ParamSpec, ParamValue, Params, Value};

/// RSI with Wilder's smoothing, seeded by the mean gain and loss of its first
/// period changes, as TA-Lib's `RSI`.
#[derive(Clone, Debug)]
pub struct Rsi {
    decay: Decay,
    previous: Option<PriceX2>,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Seeding { gains: Seed, losses: Seed },
    Running { gain: Value, loss: Value },
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
    const WANTS: Wants = Wants::PRICES;

    fn new(params: &Params) -> Self {
        let period = period(params);
        let seed = Seed::new(period);
        Self {
            // 1 - 1 / period.
            decay: Decay::new(period - 1, period),
            previous: None,
            state: State::Seeding { gains: seed, losses: seed },
        }
    }

    fn warm_up(params: &Params) -> u32 {
        // The first price gives no change.
        period(params)
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>) -> Result<Option<Value>, Overflow> {
        let Some(price) = input.price_x2() else { return Ok(None) };
        let Some(previous) = self.previous else {
            self.previous = Some(price);
            return Ok(None);
        };
        let (up, down) = moved(previous, price)?;
        let averages = match &mut self.state {
            State::Running { gain, loss } => {
                let gain = self.decay.step(*gain, up.value()).ok_or(Overflow)?;
                let loss = self.decay.step(*loss, down.value()).ok_or(Overflow)?;
                Some((gain, loss))
            }
            State::Seeding { gains, losses } => gains.add(up).zip(losses.add(down)),
        };
        self.previous = Some(price);
        let Some((gain, loss)) = averages else { return Ok(None) };
        self.state = State::Running { gain, loss };
        Ok(Some(percent(gain, loss)))
    }
}

fn period(params: &Params) -> u32 {
    u32::try_from(params.integer("period")).unwrap_or(2).max(2)
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

/// 100 × gain / (gain + loss) for two averages that are not negative; the ratio
/// is rounded down in its 64th bit.
#[inline]
fn percent(gain: Value, loss: Value) -> Value {
    let (gain, loss) = (gain.to_bits().cast_unsigned(), loss.to_bits().cast_unsigned());
    let sum = gain + loss;
    if sum == 0 {
        return Value::ZERO;
    }
    // The leading 64 bits of the sum: then the quotient is one of 128 by 64.
    let shift = u64::BITS.saturating_sub(sum.leading_zeros());
    let ratio = ((gain >> shift) << 64) / (sum >> shift);
    Value::from_bits((ratio * 100).cast_signed())
}
