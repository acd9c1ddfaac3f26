//! Exponential moving average of a price.

use crate::input::{Indicator, Input, Overflow, Wants};
use crate::smooth::{Decay, Seed};
use types::{ParamKind, ParamSpec, ParamValue, Params, Value};

/// EMA with k = 2 / (period + 1), seeded by the mean of its first window, as
/// TA-Lib's `EMA`.
#[derive(Clone, Debug)]
pub struct Ema {
    decay: Decay,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Seeding(Seed),
    Running(Value),
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
    const WANTS: Wants = Wants::PRICES;

    fn new(params: &Params) -> Self {
        let period = period(params);
        // 1 - 2 / (period + 1).
        let decay = Decay::new(period - 1, period + 1);
        Self { decay, state: State::Seeding(Seed::new(period)) }
    }

    fn warm_up(params: &Params) -> u32 {
        period(params) - 1
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>) -> Result<Option<Value>, Overflow> {
        let Some(price) = input.price_x2() else { return Ok(None) };
        let value = match &mut self.state {
            State::Running(old) => self.decay.step(*old, price.value()).ok_or(Overflow)?,
            State::Seeding(seed) => match seed.add(price) {
                Some(mean) => mean,
                None => return Ok(None),
            },
        };
        self.state = State::Running(value);
        Ok(Some(value))
    }
}

fn period(params: &Params) -> u32 {
    u32::try_from(params.integer("period")).unwrap_or(1).max(1)
}
