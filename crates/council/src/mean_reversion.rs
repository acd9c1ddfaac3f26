//! Mean reversion: back toward the middle, once the price has left both bands.
//!
//! Listens to Bollinger bands (deviations around an average) and Keltner
//! channels (true ranges around one), both made from bars. A price that has left
//! only one of them is no vote: the two disagree about what is usual. Never
//! here: a trend; in one, this member is the one who is wrong.

use crate::member::{InputSpec, Member, MemberContext, ReasonSpec, View, abstain, lean, reasons};
use crate::momentum::micro;
use crate::voices::Voices;
use types::{
    InstrumentId, ParamError, ParamKind, ParamSpec, ParamValue, Params, Side, Signal, Touch, Unit,
    Value, Vote,
};

const BELOW: u16 = reasons::OWN;
const ABOVE: u16 = reasons::OWN + 1;
const WITHIN: u16 = reasons::OWN + 2;

/// The member.
#[derive(Debug)]
pub(crate) struct MeanReversion {
    bands: u16,
    channel: u16,
    beyond_min_ppm: i64,
    beyond_full_ppm: i64,
    heard: Vec<Heard>,
    voices: Voices,
}

/// Upper, middle and lower line: the order in which both indicators say them.
type Lines = [Option<Value>; 3];

/// The latest values of one instrument.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    bands: Lines,
    channel: Lines,
    fresh: bool,
}

/// Both say three prices.
const LINES: &[(u16, Unit)] = &[(0, Unit::Price), (1, Unit::Price), (2, Unit::Price)];
const BANDS: InputSpec = InputSpec {
    name: "bands",
    doc: "Bollinger bands: upper, middle, lower price",
    usual: Some("bbands:20:2"),
    lines: LINES,
};
const CHANNEL: InputSpec = InputSpec {
    name: "channel",
    doc: "Keltner channel: upper, middle, lower price",
    usual: Some("keltner:20:2"),
    lines: LINES,
};

impl Member for MeanReversion {
    const NAME: &'static str = "mean_reversion";
    const DOC: &'static str =
        "votes back to the middle when the price has left the Bollinger and the Keltner bands";
    const WARM_UP: &'static str = "until both have their three lines: 21 bars as usual";
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "beyond_min_ppm",
            doc: "least distance beyond the farther line, in millionths of that line",
            kind: ParamKind::Integer { min: 0, max: 1_000_000 },
            default: Some(ParamValue::Integer(0)),
        },
        ParamSpec {
            name: "beyond_full_ppm",
            doc: "distance beyond it at which confidence is full, in millionths of that line",
            kind: ParamKind::Integer { min: 1, max: 1_000_000 },
            default: Some(ParamValue::Integer(1_000)),
        },
    ];
    const INPUTS: &'static [InputSpec] = &[BANDS, CHANNEL];
    const SEEN: &'static [(&'static str, &'static str)] = &[
        ("mid", "millionths of the price mantissa"),
        ("lower line", "millionths of the price mantissa"),
        ("upper line", "millionths of the price mantissa"),
        ("beyond", "millionths of the line"),
    ];
    const REASONS: &'static [ReasonSpec] = &[
        ReasonSpec {
            code: BELOW,
            name: "below_bands",
            doc: "the middle of the touch is below both lower lines; seen: mid, the farther \
                  lower line, the farther upper line, how far beyond",
        },
        ReasonSpec {
            code: ABOVE,
            name: "above_bands",
            doc: "the middle of the touch is above both upper lines; seen: mid, the farther \
                  lower line, the farther upper line, how far beyond",
        },
        ReasonSpec {
            code: WITHIN,
            name: "within_bands",
            doc: "it is within one of them; seen: mid, the farther lower line, the farther \
                  upper line, how far beyond",
        },
    ];

    fn new(params: &Params, context: &MemberContext<'_>) -> Result<Self, ParamError> {
        Ok(Self {
            bands: context.needed(&BANDS)?,
            channel: context.needed(&CHANNEL)?,
            beyond_min_ppm: params.integer("beyond_min_ppm"),
            beyond_full_ppm: params.integer("beyond_full_ppm"),
            heard: vec![Heard::default(); context.instruments],
            voices: Voices::new(context.instruments),
        })
    }

    fn on_signal(&mut self, instrument: InstrumentId, signal: &Signal) {
        let Some(heard) = self.heard.get_mut(instrument.index()) else { return };
        // One indicator may play both roles, as in a test of the rest.
        for (number, lines) in [(self.bands, &mut heard.bands), (self.channel, &mut heard.channel)]
        {
            if signal.indicator == number
                && let Some(line) = lines.get_mut(usize::from(signal.line))
            {
                *line = Some(signal.value());
                heard.fresh = true;
            }
        }
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

impl MeanReversion {
    fn opinion(&self, heard: &Heard, view: &View<'_>) -> Vote {
        let ([Some(upper), Some(_), Some(lower)], [Some(above), Some(_), Some(below)]) =
            (heard.bands, heard.channel)
        else {
            return abstain(reasons::WARMING_UP, [0; 4]);
        };
        let (lower, upper) = (lower.min(below), upper.max(above));
        let seen = |mid, beyond| [micro(mid), micro(lower), micro(upper), beyond];
        let Some(mid) = view.mid() else {
            return abstain(reasons::UNMEASURABLE, seen(Value::ZERO, 0));
        };
        let (side, reason, from, to) = if mid < lower {
            (Side::Buy, BELOW, mid, lower)
        } else if mid > upper {
            (Side::Sell, ABOVE, upper, mid)
        } else {
            return abstain(WITHIN, seen(mid, 0));
        };
        let line = if side == Side::Buy { lower } else { upper };
        let Some(beyond) = ratio_ppm(from, to, line) else {
            return abstain(reasons::UNMEASURABLE, seen(mid, 0));
        };
        if beyond < self.beyond_min_ppm {
            return abstain(WITHIN, seen(mid, beyond));
        }
        let full = beyond.min(self.beyond_full_ppm);
        // At most 10^6 × 10^6; rounded down.
        let confidence = full * i64::from(Vote::SURE) / self.beyond_full_ppm;
        lean(side, reason, u32::try_from(confidence).unwrap_or(0), seen(mid, beyond))
    }
}

/// (to − from) in millionths of `of`, truncated toward zero; `None` when `of` is
/// not above zero or the range is left.
pub(crate) fn ratio_ppm(from: Value, to: Value, of: Value) -> Option<i64> {
    let of = of.to_bits();
    if of <= 0 {
        return None;
    }
    let apart = to.to_bits().checked_sub(from.to_bits())?.checked_mul(1_000_000)? / of;
    i64::try_from(apart).ok()
}
