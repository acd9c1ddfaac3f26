//! Steady: with the price's own average, once it has left it by enough.
//!
//! Listens to one moving average. Never here: an opinion while there is none, or
//! on a book that is not live.

use council::Voices;
use council::member::{InputSpec, Member, MemberContext, ReasonSpec, View, abstain, lean, reasons};
use types::{
    InstrumentId, ParamError, ParamKind, ParamSpec, ParamValue, Params, Side, Signal, Touch, Unit,
    Value, Vote,
};

const ABOVE: u16 = reasons::OWN;
const BELOW: u16 = reasons::OWN + 1;
const NEAR: u16 = reasons::OWN + 2;

const AVERAGE: InputSpec = InputSpec {
    name: "average",
    doc: "a moving average of the price",
    usual: Some("ema:12"),
    lines: &[(0, Unit::Price)],
};

/// The member.
#[derive(Debug)]
pub(crate) struct Steady {
    average: u16,
    away_min_ppm: i64,
    /// By instrument: the average, and whether it is newer than our last word.
    heard: Vec<(Option<Value>, bool)>,
    voices: Voices,
}

impl Member for Steady {
    const NAME: &'static str = "steady";
    const DOC: &'static str = "buys above a moving average and sells below it";
    const WARM_UP: &'static str = "until the average has a value: 12 bars as usual";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "away_min_ppm",
        doc: "least distance of the mid price from the average, in millionths of it",
        kind: ParamKind::Integer { min: 0, max: 1_000_000 },
        default: Some(ParamValue::Integer(5)),
    }];
    const INPUTS: &'static [InputSpec] = &[AVERAGE];
    const SEEN: &'static [(&'static str, &'static str)] = &[("away", "millionths of the average")];
    const REASONS: &'static [ReasonSpec] = &[
        ReasonSpec { code: ABOVE, name: "above", doc: "the mid price is above; seen: away" },
        ReasonSpec { code: BELOW, name: "below", doc: "the mid price is below; seen: away" },
        ReasonSpec { code: NEAR, name: "near", doc: "it is too close to either; seen: away" },
    ];

    fn new(params: &Params, context: &MemberContext<'_>) -> Result<Self, ParamError> {
        Ok(Self {
            average: context.needed(&AVERAGE)?,
            away_min_ppm: params.integer("away_min_ppm"),
            heard: vec![(None, false); context.instruments],
            voices: Voices::new(context.instruments),
        })
    }

    fn on_signal(&mut self, instrument: InstrumentId, signal: &Signal) {
        if signal.indicator == self.average
            && signal.line == 0
            && let Some(heard) = self.heard.get_mut(instrument.index())
        {
            *heard = (Some(signal.value()), true);
        }
    }

    fn on_touch(&mut self, _instrument: InstrumentId, _touch: &Touch) {}

    fn vote(&mut self, view: &View<'_>) -> Option<Vote> {
        let (average, is_fresh) = *self.heard.get(view.instrument.index())?;
        let opinion = match average {
            _ if !view.touch.usable() => abstain(reasons::BOOK_NOT_LIVE, [0; 4]),
            None => abstain(reasons::WARMING_UP, [0; 4]),
            Some(average) => {
                self.heard[view.instrument.index()].1 = false;
                self.opinion(average, view)
            }
        };
        self.voices.say(view.instrument, opinion, is_fresh)
    }
}

impl Steady {
    fn opinion(&self, average: Value, view: &View<'_>) -> Vote {
        let Some(away) = view.mid().and_then(|mid| away_ppm(mid, average)) else {
            return abstain(reasons::UNMEASURABLE, [0; 4]);
        };
        let seen = [away, 0, 0, 0];
        match away {
            _ if away.abs() < self.away_min_ppm => abstain(NEAR, seen),
            1.. => lean(Side::Buy, ABOVE, Vote::SURE, seen),
            0 => abstain(NEAR, seen),
            _ => lean(Side::Sell, BELOW, Vote::SURE, seen),
        }
    }
}

/// How far `mid` is from `average`, in millionths of it, toward zero; `None` when
/// the average is not above zero or the range is left.
fn away_ppm(mid: Value, average: Value) -> Option<i64> {
    let of = Some(average.to_bits()).filter(|of| *of > 0)?;
    let apart = mid.to_bits().checked_sub(of)?.checked_mul(1_000_000)? / of;
    i64::try_from(apart).ok()
}
