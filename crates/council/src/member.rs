//! What a member is, and all that it is shown.
//!
//! Read by every member file, in this crate and in others' (docs/members.md);
//! called by the stage. Never here: a way to send an order, to see a clock (the
//! view's time is the sequenced one), or to learn which world it is in.

use std::fmt;
use types::{
    InstrumentId, InstrumentSpec, Nanos, ParamError, ParamSpec, Params, Price, Qty, Side, Signal,
    Touch, Unit, Value, Vote,
};

/// One strategy: it listens, and when asked gives its opinion.
///
/// It decides on nothing but what it is handed, so that the same sequence gives
/// the same votes; after [`Member::new`] it takes no memory.
pub trait Member: fmt::Debug + Send + Sized + 'static {
    /// Its name in `[[council.member]]`.
    const NAME: &'static str;
    /// What it looks at and what it wants, in a sentence.
    const DOC: &'static str;
    /// Until when it abstains after a start, in words.
    const WARM_UP: &'static str;
    /// Its parameters.
    const PARAMS: &'static [ParamSpec];
    /// The indicators that it listens to.
    const INPUTS: &'static [InputSpec];
    /// What its reason codes mean: from [`reasons::OWN`] up.
    const REASONS: &'static [ReasonSpec];
    /// What a vote's `seen` holds, the same for each reason: a name, and the words
    /// of its unit, as `cold` reads them. Empty shows the bare numbers.
    const SEEN: &'static [(&'static str, &'static str)] = &[];

    /// The member; all memory is taken here.
    ///
    /// # Errors
    /// A parameter or an input that it cannot work with, by its key.
    fn new(params: &Params, context: &MemberContext<'_>) -> Result<Self, ParamError>;

    /// An indicator has a new value. Called between decisions, any number of times.
    fn on_signal(&mut self, instrument: InstrumentId, signal: &Signal);

    /// The touch of `instrument` has changed.
    fn on_touch(&mut self, instrument: InstrumentId, touch: &Touch);

    /// Its opinion, at a moment when the book is whole. `None` when there is
    /// nothing to add to what it said last: an unchanged abstention is not said
    /// twice. It abstains while it warms up and while the touch is not usable.
    fn vote(&mut self, view: &View<'_>) -> Option<Vote>;
}

/// What a member is shown when it is asked.
#[derive(Clone, Copy, Debug)]
pub struct View<'v> {
    /// Of which instrument an opinion is wanted.
    pub instrument: InstrumentId,
    /// Its specification in force.
    pub spec: &'v InstrumentSpec,
    /// Its best bid and ask.
    pub touch: &'v Touch,
    /// Our signed position in it.
    pub position: Qty,
    /// The order that works in it, if one does.
    pub working: Option<Working>,
    /// The time of the sequenced group.
    pub now: Nanos,
}

impl View<'_> {
    /// The middle of the touch in units of the price mantissa, as the indicators
    /// say their prices; `None` beyond the range. Exact.
    ///
    /// Invariant: the touch is usable.
    #[must_use]
    pub fn mid(&self) -> Option<Value> {
        let twice = Value::checked_from_num(self.touch.bid.0.checked_add(self.touch.ask.0)?)?;
        twice.checked_div_int(2)
    }
}

/// A working order, as a member sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Working {
    /// Which way.
    pub side: Side,
    /// Its limit price.
    pub price: Price,
    /// What is left of it.
    pub remaining: Qty,
}

/// What a member may know when it is seated.
#[derive(Clone, Copy, Debug)]
pub struct MemberContext<'c> {
    /// How many instruments there are: tables are sized by it.
    pub instruments: usize,
    /// The configured indicators; a signal's number is the index here.
    pub labels: &'c [String],
    /// Role to label, as configured for this seat.
    pub inputs: &'c [(String, String)],
}

impl MemberContext<'_> {
    /// The signal number behind `role`: of the label that the seat gives it, or
    /// of its usual label. `None` only for an optional role that is not given.
    pub fn signal(&self, role: &InputSpec) -> Result<Option<u16>, ParamError> {
        let given = self.inputs.iter().find(|(name, _)| name == role.name);
        let Some(label) = given.map(|(_, label)| label.as_str()).or(role.usual) else {
            return Ok(None);
        };
        let found = self.labels.iter().position(|known| known == label);
        let number = found.and_then(|index| u16::try_from(index).ok());
        number.map(Some).ok_or_else(|| ParamError {
            key: role.name.to_owned(),
            sentence: format!(
                "the indicator `{label}` is not configured; configured are: {}",
                if self.labels.is_empty() { "none".to_owned() } else { self.labels.join(", ") }
            ),
        })
    }

    /// As [`MemberContext::signal`], for a role that must be there.
    ///
    /// # Errors
    /// As there; also when neither the seat nor the role gives a label.
    pub fn needed(&self, role: &InputSpec) -> Result<u16, ParamError> {
        self.signal(role)?.ok_or_else(|| ParamError {
            key: role.name.to_owned(),
            sentence: "is missing; name the indicator to listen to".to_owned(),
        })
    }
}

/// An indicator that a member listens to.
#[derive(Clone, Copy, Debug)]
pub struct InputSpec {
    /// Its role, the key under `inputs`.
    pub name: &'static str,
    /// What it is for, with the unit that the member expects.
    pub doc: &'static str,
    /// The label taken where the seat gives none; `None` = optional.
    pub usual: Option<&'static str>,
    /// The lines that it hears, by number, and what each must be counted in: an
    /// indicator that says anything else is refused before the start.
    pub lines: &'static [(u16, Unit)],
}

/// What a reason code means.
#[derive(Clone, Copy, Debug)]
pub struct ReasonSpec {
    /// The code in the vote.
    pub code: u16,
    /// As it is printed.
    pub name: &'static str,
    /// What it means and what the vote's `seen` holds.
    pub doc: &'static str,
}

/// The codes that every member shares.
pub mod reasons {
    /// Not all of its inputs have a value yet.
    pub const WARMING_UP: u16 = 1;
    /// The touch is not usable.
    pub const BOOK_NOT_LIVE: u16 = 2;
    /// What it measures left the range of its numbers.
    pub const UNMEASURABLE: u16 = 3;
    /// Members number their own reasons from here.
    pub const OWN: u16 = 10;
}

/// What the shared codes mean.
pub const COMMON_REASONS: &[ReasonSpec] = &[
    ReasonSpec {
        code: reasons::WARMING_UP,
        name: "warming_up",
        doc: "not all of its inputs have a value yet",
    },
    ReasonSpec {
        code: reasons::BOOK_NOT_LIVE,
        name: "book_not_live",
        doc: "the book is not live, crossed or one-sided",
    },
    ReasonSpec {
        code: reasons::UNMEASURABLE,
        name: "unmeasurable",
        doc: "what it measures left the range of its numbers",
    },
];

/// An abstention for `reason`.
#[must_use]
pub fn abstain(reason: u16, seen: [i64; 4]) -> Vote {
    Vote { reason, seen, ..Vote::default() }
}

/// A vote for `side` with `confidence` in millionths; more than
/// [`Vote::SURE`] is taken as that.
#[must_use]
pub fn lean(side: Side, reason: u16, confidence: u32, seen: [i64; 4]) -> Vote {
    let direction = if side == Side::Buy { 1 } else { -1 };
    Vote { direction, reason, confidence: confidence.min(Vote::SURE), seen, ..Vote::default() }
}
