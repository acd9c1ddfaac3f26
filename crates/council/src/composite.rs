//! Composite: one score of three measures, each from -1 to 1, by weight.
//!
//! Listens to a relative strength index, the histogram of a MACD and a moving
//! average, all made from bars, and holds the middle of the touch against the
//! average. Unlike the council's tally it weighs measures, not opinions: a weak
//! yes and a weak yes make one that may be worth saying. Never here: a measure
//! that counts while it is missing.

use crate::mean_reversion::ratio_ppm;
use crate::member::{InputSpec, Member, MemberContext, ReasonSpec, View, abstain, lean, reasons};
use crate::voices::Voices;
use types::{
    InstrumentId, ParamError, ParamKind, ParamSpec, ParamValue, Params, Side, Signal, Touch, Unit,
    Value, Vote,
};

const SCORE_UP: u16 = reasons::OWN;
const SCORE_DOWN: u16 = reasons::OWN + 1;
const UNDECIDED: u16 = reasons::OWN + 2;

/// A measure at its greatest.
const FULL: i64 = 1_000_000;
/// The line of a MACD that is its distance from its own signal.
const HISTOGRAM: u16 = 2;

/// The member.
#[derive(Debug)]
pub(crate) struct Composite {
    rsi: u16,
    macd: u16,
    ema: u16,
    /// Of the index, the histogram and the distance from the average.
    weights: [i64; 3],
    macd_full_ppm: i64,
    ema_full_ppm: i64,
    score_min_ppm: i64,
    heard: Vec<Heard>,
    voices: Voices,
}

/// The latest values of one instrument.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    rsi: Option<Value>,
    histogram: Option<Value>,
    ema: Option<Value>,
    fresh: bool,
}

const RSI: InputSpec = InputSpec {
    name: "rsi",
    doc: "relative strength index, 0 to 100",
    usual: Some("rsi:14"),
    lines: &[(0, Unit::Percent)],
};
const MACD: InputSpec = InputSpec {
    name: "macd",
    doc: "MACD of the price; its histogram counts",
    usual: Some("macd:12:26:9"),
    lines: &[(HISTOGRAM, Unit::PriceDifference)],
};
const EMA: InputSpec = InputSpec {
    name: "ema",
    doc: "a moving average of the price",
    usual: Some("ema:26"),
    lines: &[(0, Unit::Price)],
};

const fn weight(name: &'static str, doc: &'static str) -> ParamSpec {
    ParamSpec {
        name,
        doc,
        kind: ParamKind::Integer { min: 0, max: FULL },
        default: Some(ParamValue::Integer(FULL)),
    }
}

const fn full(name: &'static str, doc: &'static str, ppm: i64) -> ParamSpec {
    ParamSpec {
        name,
        doc,
        kind: ParamKind::Integer { min: 1, max: FULL },
        default: Some(ParamValue::Integer(ppm)),
    }
}

impl Member for Composite {
    const NAME: &'static str = "composite";
    const DOC: &'static str =
        "votes by the weighted sum of strength index, MACD histogram and distance from an average";
    const WARM_UP: &'static str = "until all three have a value: 34 bars as usual";
    const PARAMS: &'static [ParamSpec] = &[
        weight("rsi_weight_ppm", "weight of the index, in millionths"),
        weight("macd_weight_ppm", "weight of the MACD's histogram, in millionths"),
        weight("ema_weight_ppm", "weight of the distance from the average, in millionths"),
        full("macd_full_ppm", "histogram that counts in full, in millionths of the price", 500),
        full("ema_full_ppm", "distance that counts in full, in millionths of the average", 2_000),
        ParamSpec {
            name: "score_min_ppm",
            doc: "least score that is a vote, in millionths",
            kind: ParamKind::Integer { min: 1, max: FULL },
            default: Some(ParamValue::Integer(200_000)),
        },
    ];
    const INPUTS: &'static [InputSpec] = &[RSI, MACD, EMA];
    const SEEN: &'static [(&'static str, &'static str)] = &[
        ("rsi measure", "millionths"),
        ("macd measure", "millionths"),
        ("ema measure", "millionths"),
        ("score", "millionths"),
    ];
    const REASONS: &'static [ReasonSpec] = &[
        ReasonSpec {
            code: SCORE_UP,
            name: "score_up",
            doc: "the score is above zero; seen: the three measures and the score in millionths",
        },
        ReasonSpec {
            code: SCORE_DOWN,
            name: "score_down",
            doc: "the score is below zero; seen: the three measures and the score in millionths",
        },
        ReasonSpec {
            code: UNDECIDED,
            name: "undecided",
            doc: "the score is too small; seen: the three measures and the score in millionths",
        },
    ];

    fn new(params: &Params, context: &MemberContext<'_>) -> Result<Self, ParamError> {
        let weights = ["rsi_weight_ppm", "macd_weight_ppm", "ema_weight_ppm"]
            .map(|name| params.integer(name));
        if weights == [0; 3] {
            return Err(ParamError {
                key: "rsi_weight_ppm".to_owned(),
                sentence: "and the other two weights are zero; give one of them weight".to_owned(),
            });
        }
        Ok(Self {
            rsi: context.needed(&RSI)?,
            macd: context.needed(&MACD)?,
            ema: context.needed(&EMA)?,
            weights,
            macd_full_ppm: params.integer("macd_full_ppm"),
            ema_full_ppm: params.integer("ema_full_ppm"),
            score_min_ppm: params.integer("score_min_ppm"),
            heard: vec![Heard::default(); context.instruments],
            voices: Voices::new(context.instruments),
        })
    }

    fn on_signal(&mut self, instrument: InstrumentId, signal: &Signal) {
        let Some(heard) = self.heard.get_mut(instrument.index()) else { return };
        let slot = match (signal.indicator, signal.line) {
            (number, 0) if number == self.rsi => &mut heard.rsi,
            (number, HISTOGRAM) if number == self.macd => &mut heard.histogram,
            (number, 0) if number == self.ema => &mut heard.ema,
            _ => return,
        };
        *slot = Some(signal.value());
        heard.fresh = true;
    }

    // The view shows the touch; nothing of it is kept.
    fn on_touch(&mut self, _instrument: InstrumentId, _touch: &Touch) {}

    fn vote(&mut self, view: &View<'_>) -> Option<Vote> {
        let heard = self.heard.get_mut(view.instrument.index())?;
        let now = *heard;
        let opinion = if view.touch.usable() {
            // Kept while the book is not: an opinion on it is said once it is.
            heard.fresh = false;
            self.opinion(&now, view)
        } else {
            abstain(reasons::BOOK_NOT_LIVE, [0; 4])
        };
        self.voices.say(view.instrument, opinion, now.fresh)
    }
}

impl Composite {
    fn opinion(&self, heard: &Heard, view: &View<'_>) -> Vote {
        let (Some(rsi), Some(histogram), Some(ema)) = (heard.rsi, heard.histogram, heard.ema)
        else {
            return abstain(reasons::WARMING_UP, [0; 4]);
        };
        let Some(measures) = self.measures(rsi, histogram, ema, view) else {
            return abstain(reasons::UNMEASURABLE, [0; 4]);
        };
        // At most 3 × 10^6 × 10^6; rounded toward zero.
        let sum: i64 = measures.iter().zip(self.weights).map(|(seen, weight)| seen * weight).sum();
        let score = sum / self.weights.iter().sum::<i64>().max(1);
        let seen = [measures[0], measures[1], measures[2], score];
        // At most a million.
        let confidence = u32::try_from(score.unsigned_abs()).unwrap_or(Vote::SURE);
        if score.abs() < self.score_min_ppm {
            abstain(UNDECIDED, seen)
        } else if score > 0 {
            lean(Side::Buy, SCORE_UP, confidence, seen)
        } else {
            lean(Side::Sell, SCORE_DOWN, confidence, seen)
        }
    }

    /// The three measures in millionths, each from -1 to 1.
    fn measures(
        &self,
        rsi: Value,
        histogram: Value,
        ema: Value,
        view: &View<'_>,
    ) -> Option<[i64; 3]> {
        let mid = view.mid()?;
        let fifty = Value::from_num(50);
        let strength = ratio_ppm(fifty, rsi, fifty)?;
        let turn = ratio_ppm(Value::ZERO, histogram, mid)?;
        let ahead = ratio_ppm(ema, mid, ema)?;
        let of = |ppm: i64, full: i64| ppm.clamp(-full, full) * FULL / full;
        Some([
            strength.clamp(-FULL, FULL),
            of(turn, self.macd_full_ppm),
            of(ahead, self.ema_full_ppm),
        ])
    }
}
