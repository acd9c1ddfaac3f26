//! Microstructure: toward the side that is about to give way at the touch.
//!
//! Listens to the touch: the imbalance of its quantities, and with it the
//! distance of the microprice from the mid. The microprice weighs each side's
//! price with the other side's quantity, (bid·Qa + ask·Qb) / (Qb + Qa) (Gatheral
//! and Oomen, Zero-intelligence realized variance estimation, 2010), so that
//! microprice − mid = spread/2 × (Qb − Qa) / (Qb + Qa). Never here: a float, or
//! a vote on every flicker: it leans at one level and lets go at a lower one.

use crate::member::{InputSpec, Member, MemberContext, ReasonSpec, View, abstain, lean, reasons};
use crate::momentum::micro;
use crate::voices::Voices;
use types::{
    InstrumentId, InstrumentSpec, Nanos, ParamError, ParamKind, ParamSpec, ParamValue, Params,
    Side, Signal, Touch, Unit, Vote,
};

const BID_PRESSURE: u16 = reasons::OWN;
const ASK_PRESSURE: u16 = reasons::OWN + 1;
const BALANCED: u16 = reasons::OWN + 2;

/// The member.
#[derive(Debug)]
pub(crate) struct Microstructure {
    imbalance: Option<u16>,
    enter_ppm: i64,
    exit_ppm: i64,
    offset_min_millitick: i64,
    refresh: Nanos,
    states: Vec<State>,
    voices: Voices,
}

/// What is kept of one instrument.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// The configured indicator's value, in millionths.
    heard_ppm: Option<i64>,
    lean: Option<Side>,
    said: Nanos,
}

const IMBALANCE: InputSpec = InputSpec {
    name: "imbalance",
    doc: "book imbalance from -1 to 1; where it is not given, the touch's own",
    usual: None,
    lines: &[(0, Unit::Lean)],
};

impl Member for Microstructure {
    const NAME: &'static str = "microstructure";
    const DOC: &'static str =
        "votes toward the microprice when the quantities at the touch lean far enough";
    const WARM_UP: &'static str =
        "none on the touch's own quantities; else until the indicator has a value";
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "enter_ppm",
            doc: "imbalance from which on it leans, in millionths",
            kind: ParamKind::Integer { min: 1, max: 1_000_000 },
            default: Some(ParamValue::Integer(600_000)),
        },
        ParamSpec {
            name: "exit_ppm",
            doc: "imbalance below which it lets go, in millionths; below enter_ppm",
            kind: ParamKind::Integer { min: 0, max: 999_999 },
            default: Some(ParamValue::Integer(300_000)),
        },
        ParamSpec {
            name: "offset_min_millitick",
            doc: "least distance of the microprice from the mid, in the direction of the \
                imbalance, \
                  to lean; in thousandths of a tick",
            kind: ParamKind::Integer { min: 0, max: 1_000_000_000 },
            default: Some(ParamValue::Integer(0)),
        },
        ParamSpec {
            name: "refresh_ms",
            doc: "it repeats a vote that still holds after so many milliseconds; below vote_ttl_ms",
            kind: ParamKind::Integer { min: 1, max: 3_600_000 },
            default: Some(ParamValue::Integer(500)),
        },
    ];
    const INPUTS: &'static [InputSpec] = &[IMBALANCE];
    const SEEN: &'static [(&'static str, &'static str)] = &[
        ("imbalance", "millionths"),
        ("microprice_offset", "thousandths of a tick"),
        ("bid", "price mantissa"),
        ("ask", "price mantissa"),
    ];
    const REASONS: &'static [ReasonSpec] = &[
        ReasonSpec {
            code: BID_PRESSURE,
            name: "bid_pressure",
            doc: "more is bid than asked; seen: imbalance in millionths, microprice − mid in \
                  thousandths of a tick, bid and ask mantissas",
        },
        ReasonSpec {
            code: ASK_PRESSURE,
            name: "ask_pressure",
            doc: "more is asked than bid; seen: imbalance in millionths, microprice − mid in \
                  thousandths of a tick, bid and ask mantissas",
        },
        ReasonSpec {
            code: BALANCED,
            name: "balanced",
            doc: "neither side leans far enough; seen: imbalance in millionths, microprice − mid \
                  in thousandths of a tick, bid and ask mantissas",
        },
    ];

    fn new(params: &Params, context: &MemberContext<'_>) -> Result<Self, ParamError> {
        let (enter_ppm, exit_ppm) = (params.integer("enter_ppm"), params.integer("exit_ppm"));
        if exit_ppm >= enter_ppm {
            return Err(ParamError {
                key: "exit_ppm".to_owned(),
                sentence: format!("{exit_ppm} must be below enter_ppm, {enter_ppm}"),
            });
        }
        Ok(Self {
            imbalance: context.signal(&IMBALANCE)?,
            enter_ppm,
            exit_ppm,
            offset_min_millitick: params.integer("offset_min_millitick"),
            refresh: Nanos::from_ms(params.integer("refresh_ms")),
            states: vec![State::default(); context.instruments],
            voices: Voices::new(context.instruments),
        })
    }

    fn on_signal(&mut self, instrument: InstrumentId, signal: &Signal) {
        let Some(state) = self.states.get_mut(instrument.index()) else { return };
        if Some(signal.indicator) == self.imbalance && signal.line == 0 {
            state.heard_ppm = Some(micro(signal.value()).clamp(-1_000_000, 1_000_000));
        }
    }

    // The view shows the touch; nothing of it is kept.
    fn on_touch(&mut self, _instrument: InstrumentId, _touch: &Touch) {}

    fn vote(&mut self, view: &View<'_>) -> Option<Vote> {
        let state = *self.states.get(view.instrument.index())?;
        let opinion = self.opinion(&state, view);
        let due = view.now.0.saturating_sub(state.said.0) >= self.refresh.0;
        let said = self.voices.say(view.instrument, opinion, due);
        let state = self.states.get_mut(view.instrument.index())?;
        state.lean = match opinion.direction {
            1 => Some(Side::Buy),
            -1 => Some(Side::Sell),
            _ => None,
        };
        if said.is_some() {
            state.said = view.now;
        }
        said
    }
}

impl Microstructure {
    fn opinion(&self, state: &State, view: &View<'_>) -> Vote {
        if !view.touch.usable() {
            return abstain(reasons::BOOK_NOT_LIVE, [0; 4]);
        }
        if self.imbalance.is_some() && state.heard_ppm.is_none() {
            return abstain(reasons::WARMING_UP, [0; 4]);
        }
        let Some(offset) = offset_millitick(view.touch, view.spec) else {
            return abstain(reasons::UNMEASURABLE, [0, 0, view.touch.bid.0, view.touch.ask.0]);
        };
        let imbalance = state.heard_ppm.unwrap_or_else(|| imbalance_ppm(view.touch));
        let seen = [imbalance, offset, view.touch.bid.0, view.touch.ask.0];
        // At most a million.
        let confidence = u32::try_from(imbalance.unsigned_abs()).unwrap_or(Vote::SURE);
        match self.leaning(state.lean, imbalance, offset) {
            Some(Side::Buy) => lean(Side::Buy, BID_PRESSURE, confidence, seen),
            Some(Side::Sell) => lean(Side::Sell, ASK_PRESSURE, confidence, seen),
            None => abstain(BALANCED, seen),
        }
    }

    /// Leans at `enter_ppm`, holds down to `exit_ppm`.
    fn leaning(&self, before: Option<Side>, imbalance: i64, offset: i64) -> Option<Side> {
        let toward = if imbalance > 0 { Side::Buy } else { Side::Sell };
        // The distance that counts is the one in the same direction.
        let ahead = if imbalance > 0 { offset } else { offset.saturating_neg() };
        let size = imbalance.abs();
        let enters = size >= self.enter_ppm && ahead >= self.offset_min_millitick;
        let holds = before == Some(toward) && size >= self.exit_ppm && size > 0;
        (enters || holds).then_some(toward)
    }
}

/// (Qb − Qa) in millionths of (Qb + Qa), truncated toward zero.
/// Invariant: the touch is usable, so both quantities are above zero.
fn imbalance_ppm(touch: &Touch) -> i64 {
    let (bid, ask) = (i128::from(touch.bid_qty.0), i128::from(touch.ask_qty.0));
    i64::try_from((bid - ask) * 1_000_000 / (bid + ask)).unwrap_or(0)
}

/// microprice − mid in thousandths of a tick, truncated toward zero; `None`
/// when the range is left.
/// Invariant: the touch is usable, and a specification's tick is above zero.
fn offset_millitick(touch: &Touch, spec: &InstrumentSpec) -> Option<i64> {
    let (bid, ask) = (i128::from(touch.bid_qty.0), i128::from(touch.ask_qty.0));
    let spread = i128::from(touch.ask.0) - i128::from(touch.bid.0);
    let above = spread.checked_mul(bid - ask)?.checked_mul(1_000)?;
    let below = (bid + ask).checked_mul(2 * i128::from(spec.tick_size.0))?;
    i64::try_from(above.checked_div(below)?).ok()
}
