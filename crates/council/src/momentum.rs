//! Momentum: with the trend of two moving averages, unless the market has run
//! too far or the trend is tiring.
//!
//! Listens to two averages of different length, a relative strength index, and
//! where one is given a MACD, whose histogram must point the same way; all made
//! from bars. Never here: a price level; only the averages' ratio
//! counts, so that it reads the same on every instrument.

use crate::member::{InputSpec, Member, MemberContext, ReasonSpec, View, abstain, lean, reasons};
use crate::voices::Voices;
use types::{
    InstrumentId, ParamError, ParamKind, ParamSpec, ParamValue, Params, Side, Signal, Touch, Unit,
    Value, Vote,
};

const TREND_UP: u16 = reasons::OWN;
const TREND_DOWN: u16 = reasons::OWN + 1;
const OVERBOUGHT: u16 = reasons::OWN + 2;
const OVERSOLD: u16 = reasons::OWN + 3;
const FLAT: u16 = reasons::OWN + 4;
const UNCONFIRMED: u16 = reasons::OWN + 5;

/// The line of a MACD that is its distance from its own signal.
const HISTOGRAM: u16 = 2;

/// The member.
#[derive(Debug)]
pub(crate) struct Momentum {
    fast: u16,
    slow: u16,
    rsi: u16,
    macd: Option<u16>,
    gap_min_ppm: i64,
    gap_full_ppm: i64,
    overbought: Value,
    oversold: Value,
    heard: Vec<Heard>,
    voices: Voices,
}

/// The latest values of one instrument.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    fast: Option<Value>,
    slow: Option<Value>,
    rsi: Option<Value>,
    histogram: Option<Value>,
    fresh: bool,
}

const FAST: InputSpec = InputSpec {
    name: "fast",
    doc: "the shorter moving average of the price",
    usual: Some("ema:12"),
    lines: &[(0, Unit::Price)],
};
const SLOW: InputSpec = InputSpec {
    name: "slow",
    doc: "the longer moving average of the price",
    usual: Some("ema:26"),
    lines: &[(0, Unit::Price)],
};
const RSI: InputSpec = InputSpec {
    name: "rsi",
    doc: "relative strength index, 0 to 100",
    usual: Some("rsi:14"),
    lines: &[(0, Unit::Percent)],
};
const MACD: InputSpec = InputSpec {
    name: "macd",
    doc: "MACD of the price; its histogram must agree; where it is not given, nobody is asked",
    usual: None,
    lines: &[(HISTOGRAM, Unit::PriceDifference)],
};

impl Member for Momentum {
    const NAME: &'static str = "momentum";
    const DOC: &'static str =
        "votes with the trend of two moving averages; abstains when the market has run too far";
    const WARM_UP: &'static str =
        "until all that it listens to has a value: 26 bars as usual, 34 with a MACD";
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "gap_min_ppm",
            doc: "least distance of the averages that is a trend, in millionths of the longer",
            kind: ParamKind::Integer { min: 0, max: 1_000_000 },
            default: Some(ParamValue::Integer(50)),
        },
        ParamSpec {
            name: "gap_full_ppm",
            doc: "distance at which confidence is full, in millionths of the longer",
            kind: ParamKind::Integer { min: 1, max: 1_000_000 },
            default: Some(ParamValue::Integer(2_000)),
        },
        ParamSpec {
            name: "overbought",
            doc: "index from which on it buys no more",
            kind: ParamKind::Integer { min: 50, max: 100 },
            // 70 and 30: Wilder, New Concepts in Technical Trading Systems, 1978.
            default: Some(ParamValue::Integer(70)),
        },
        ParamSpec {
            name: "oversold",
            doc: "index from which down it sells no more",
            kind: ParamKind::Integer { min: 0, max: 50 },
            default: Some(ParamValue::Integer(30)),
        },
    ];
    const INPUTS: &'static [InputSpec] = &[FAST, SLOW, RSI, MACD];
    const SEEN: &'static [(&'static str, &'static str)] = &[
        ("fast", "millionths of the price mantissa"),
        ("slow", "millionths of the price mantissa"),
        ("gap", "millionths of the slow average"),
        ("rsi", "millionths"),
    ];
    // Seen, for each: both averages and the index in millionths, and the gap in
    // millionths of the longer average, in the order fast, slow, gap, index.
    const REASONS: &'static [ReasonSpec] = &[
        ReasonSpec {
            code: TREND_UP,
            name: "trend_up",
            doc: "the shorter average is above the longer; seen: fast, slow, gap, rsi in \
                millionths",
        },
        ReasonSpec {
            code: TREND_DOWN,
            name: "trend_down",
            doc: "the shorter average is below the longer; seen: fast, slow, gap, rsi in \
                millionths",
        },
        ReasonSpec {
            code: OVERBOUGHT,
            name: "overbought",
            doc: "the trend is up but the index too high; seen: fast, slow, gap, rsi in millionths",
        },
        ReasonSpec {
            code: OVERSOLD,
            name: "oversold",
            doc: "the trend is down but the index too low; seen: fast, slow, gap, rsi in \
                millionths",
        },
        ReasonSpec {
            code: FLAT,
            name: "flat",
            doc: "the averages are too close; seen: fast, slow, gap, rsi in millionths",
        },
        ReasonSpec {
            code: UNCONFIRMED,
            name: "unconfirmed",
            doc: "the MACD's histogram points the other way; seen: fast, slow, gap, rsi in \
                millionths",
        },
    ];

    fn new(params: &Params, context: &MemberContext<'_>) -> Result<Self, ParamError> {
        let (fast, slow) = (context.needed(&FAST)?, context.needed(&SLOW)?);
        if fast == slow {
            return Err(ParamError {
                key: SLOW.name.to_owned(),
                sentence: "is the same indicator as fast; give a longer average".to_owned(),
            });
        }
        Ok(Self {
            fast,
            slow,
            rsi: context.needed(&RSI)?,
            macd: context.signal(&MACD)?,
            gap_min_ppm: params.integer("gap_min_ppm"),
            gap_full_ppm: params.integer("gap_full_ppm"),
            overbought: Value::from_num(params.integer("overbought")),
            oversold: Value::from_num(params.integer("oversold")),
            heard: vec![Heard::default(); context.instruments],
            voices: Voices::new(context.instruments),
        })
    }

    fn on_signal(&mut self, instrument: InstrumentId, signal: &Signal) {
        let Some(heard) = self.heard.get_mut(instrument.index()) else { return };
        let slot = match (signal.indicator, signal.line) {
            (number, 0) if number == self.fast => &mut heard.fast,
            (number, 0) if number == self.slow => &mut heard.slow,
            (number, 0) if number == self.rsi => &mut heard.rsi,
            (number, HISTOGRAM) if Some(number) == self.macd => &mut heard.histogram,
            _ => return,
        };
        *slot = Some(signal.value());
        heard.fresh = true;
    }

    fn on_touch(&mut self, _instrument: InstrumentId, _touch: &Touch) {}

    fn vote(&mut self, view: &View<'_>) -> Option<Vote> {
        let heard = self.heard.get_mut(view.instrument.index())?;
        let now = *heard;
        let opinion = if view.touch.usable() {
            // Kept while the book is not: an opinion on it is said once it is.
            heard.fresh = false;
            self.opinion(&now)
        } else {
            abstain(reasons::BOOK_NOT_LIVE, [0; 4])
        };
        self.voices.say(view.instrument, opinion, now.fresh)
    }
}

impl Momentum {
    fn opinion(&self, heard: &Heard) -> Vote {
        let (Some(fast), Some(slow), Some(rsi)) = (heard.fast, heard.slow, heard.rsi) else {
            return abstain(reasons::WARMING_UP, [0; 4]);
        };
        if self.macd.is_some() && heard.histogram.is_none() {
            return abstain(reasons::WARMING_UP, [0; 4]);
        }
        let Some(gap) = gap_ppm(fast, slow) else {
            return abstain(reasons::UNMEASURABLE, [micro(fast), micro(slow), 0, micro(rsi)]);
        };
        let seen = [micro(fast), micro(slow), gap, micro(rsi)];
        if gap == 0 || gap.saturating_abs() < self.gap_min_ppm {
            return abstain(FLAT, seen);
        }
        let confidence = self.confidence(gap);
        match gap > 0 {
            true if rsi >= self.overbought => abstain(OVERBOUGHT, seen),
            true if heard.histogram.is_some_and(|seen| seen <= 0) => abstain(UNCONFIRMED, seen),
            true => lean(Side::Buy, TREND_UP, confidence, seen),
            false if rsi <= self.oversold => abstain(OVERSOLD, seen),
            false if heard.histogram.is_some_and(|seen| seen >= 0) => abstain(UNCONFIRMED, seen),
            false => lean(Side::Sell, TREND_DOWN, confidence, seen),
        }
    }

    /// In proportion to the gap, full from `gap_full_ppm` on, rounded down.
    fn confidence(&self, gap_ppm: i64) -> u32 {
        let gap = gap_ppm.saturating_abs().min(self.gap_full_ppm);
        // At most 10^6 × 10^6.
        u32::try_from(gap * i64::from(Vote::SURE) / self.gap_full_ppm).unwrap_or(0)
    }
}

/// (fast − slow) in millionths of slow, truncated toward zero; `None` when slow
/// is not above zero or the range is left.
fn gap_ppm(fast: Value, slow: Value) -> Option<i64> {
    let (fast, slow) = (fast.to_bits(), slow.to_bits());
    if slow <= 0 {
        return None;
    }
    let gap = fast.checked_sub(slow)?.checked_mul(1_000_000)? / slow;
    i64::try_from(gap).ok()
}

/// A value in millionths for the record, saturating, rounded toward minus infinity.
pub(crate) fn micro(value: Value) -> i64 {
    value.saturating_mul_int(1_000_000).saturating_to_num()
}
