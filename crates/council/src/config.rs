//! What is configured under `[council]` and `[[council.member]]`, checked
//! before anything starts.
//!
//! Fed by the configuration; read by the stage's constructor. Never here: a
//! price or a quantity as a float.

use crate::registry::{descriptor, members};
use crate::stage::SEATS_MAX;
use types::{
    Decimal, InstrumentId, MAX_INSTRUMENTS, OrderType, ParamError, ParamValue, TimeInForce,
};

/// How votes become decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Weighted votes, with quorum and threshold.
    Ensemble,
    /// The named member decides alone.
    Solo(String),
    /// Votes are computed and journaled; nothing is routed.
    Off,
}

/// The council.
#[derive(Clone, Debug)]
pub struct CouncilConfig {
    /// How votes become decisions.
    pub mode: Mode,
    /// Ensemble: the least number of members that point the way that wins.
    pub quorum: usize,
    /// The least score, in millionths from 0 to 1,000,000.
    pub threshold_ppm: u32,
    /// How long a vote counts, in milliseconds of sequenced time.
    pub vote_ttl_ms: i64,
    /// The strategy in the order ids.
    pub strategy: u16,
    /// What an intent asks for.
    pub order: OrderSettings,
    /// Who sits in it, in the order of the seats.
    pub members: Vec<SeatSettings>,
}

/// What an intent asks for.
#[derive(Clone, Debug)]
pub struct OrderSettings {
    /// Limit or market; a market order has no price and does not rest.
    pub order_type: OrderType,
    /// GTC, IOC, FOK or GTX, of a limit order.
    pub time_in_force: TimeInForce,
    /// The quantity, in the base asset or in contracts, rounded down to the lot.
    pub qty: Decimal,
    /// Other quantities for single instruments.
    pub qty_by_instrument: Vec<(InstrumentId, Decimal)>,
    /// The largest position that the council asks for, long or short; `None`
    /// leaves that to risk.
    pub position_max: Option<Decimal>,
    /// Ticks from the touch on the order's own side toward the other side;
    /// negative rests behind the touch.
    pub offset_ticks: i64,
    /// A resting order whose price has come to be this many ticks or more from the
    /// one that would be asked for now is amended; `None` leaves it where it is.
    pub amend_ticks: Option<i64>,
    /// A resting order older than this is cancelled, in milliseconds.
    pub max_age_ms: i64,
    /// Least time between two places on one instrument, in milliseconds.
    pub cooldown_ms: i64,
    /// Least time before a cancel that came to nothing is asked for again, in
    /// milliseconds.
    pub cancel_retry_ms: i64,
}

impl OrderSettings {
    /// Post-only orders of `qty` at the touch, cancelled after 5 s, at most one
    /// place a second.
    #[must_use]
    pub const fn new(qty: Decimal) -> Self {
        Self {
            order_type: OrderType::Limit,
            time_in_force: TimeInForce::Gtx,
            qty,
            qty_by_instrument: Vec::new(),
            position_max: None,
            offset_ticks: 0,
            amend_ticks: None,
            max_age_ms: 5_000,
            cooldown_ms: 1_000,
            cancel_retry_ms: 1_000,
        }
    }

    /// The quantity configured for `instrument`.
    pub(crate) fn qty_of(&self, instrument: InstrumentId) -> Decimal {
        let own = self.qty_by_instrument.iter().find(|(id, _)| *id == instrument);
        own.map_or(self.qty, |(_, qty)| *qty)
    }
}

/// One seat.
#[derive(Clone, Debug)]
pub struct SeatSettings {
    /// The member's name in the registry.
    pub name: String,
    /// Its weight in millionths, 1 to 1,000,000; ignored for a shadow.
    pub weight_ppm: u32,
    /// It votes and is scored, and counts for nothing.
    pub shadow: bool,
    /// The member's parameters.
    pub params: Vec<(String, ParamValue)>,
    /// The indicators that it listens to: role and configured label.
    pub inputs: Vec<(String, String)>,
}

impl SeatSettings {
    /// A seat of full weight with every parameter and input as usual.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            weight_ppm: 1_000_000,
            shadow: false,
            params: Vec::new(),
            inputs: Vec::new(),
        }
    }
}

impl CouncilConfig {
    /// Checks everything but what the members themselves check.
    pub(crate) fn check(&self, instruments: usize) -> Result<(), ParamError> {
        if instruments > MAX_INSTRUMENTS {
            let sentence = format!("{instruments} are too many; give at most {MAX_INSTRUMENTS}");
            return Err(ParamError { key: "instruments".to_owned(), sentence });
        }
        for (at, seat) in self.members.iter().enumerate() {
            check_seat(at, seat)?;
        }
        self.check_count()?;
        self.check_mode()?;
        self.check_order(instruments)
    }

    fn check_count(&self) -> Result<(), ParamError> {
        if self.members.len() > SEATS_MAX {
            let sentence = format!(
                "{} seats are too many; a group of records holds the votes of {SEATS_MAX}",
                self.members.len()
            );
            return Err(fault("member", sentence));
        }
        Ok(())
    }

    fn check_mode(&self) -> Result<(), ParamError> {
        within("threshold", i64::from(self.threshold_ppm), 0, 1_000_000)?;
        within("vote_ttl_ms", self.vote_ttl_ms, 1, DAYS_MS)?;
        let voters = self.members.iter().filter(|seat| !seat.shadow);
        match &self.mode {
            Mode::Off => Ok(()),
            Mode::Ensemble => {
                let most = i64::try_from(voters.count()).unwrap_or(i64::MAX);
                if most == 0 {
                    return Err(fault(
                        "mode",
                        "an ensemble needs a member that is no shadow; seat one, or set off"
                            .to_owned(),
                    ));
                }
                within("quorum", i64::try_from(self.quorum).unwrap_or(i64::MAX), 1, most)
            }
            Mode::Solo(name) => match voters.filter(|seat| seat.name == *name).count() {
                1 => Ok(()),
                0 => Err(fault("solo", format!("`{name}` has no voting seat; seat it"))),
                seats => Err(fault("solo", format!("`{name}` has {seats} seats; keep one"))),
            },
        }
    }

    fn check_order(&self, instruments: usize) -> Result<(), ParamError> {
        let order = &self.order;
        if order.time_in_force == TimeInForce::Gtd {
            let word = order.time_in_force;
            let sentence = format!("{word} is not offered; give GTC, IOC, FOK or GTX");
            return Err(fault("order.tif", sentence));
        }
        positive("order.qty", order.qty)?;
        for (instrument, qty) in &order.qty_by_instrument {
            positive("order.qty", *qty)?;
            if instrument.index() >= instruments {
                let sentence = format!("there is no instrument {}", instrument.0);
                return Err(fault("order.qty", sentence));
            }
        }
        order.position_max.map_or(Ok(()), |most| positive("order.position_max", most))?;
        within("order.offset_ticks", order.offset_ticks, -1_000_000, 1_000_000)?;
        within("order.amend_ticks", order.amend_ticks.unwrap_or(1), 1, 1_000_000)?;
        within("order.max_age_ms", order.max_age_ms, 1, DAYS_MS)?;
        within("order.cooldown_ms", order.cooldown_ms, 0, DAYS_MS)?;
        within("order.cancel_retry_ms", order.cancel_retry_ms, 1, DAYS_MS)
    }
}

/// A week: a longer time is a mistake.
const DAYS_MS: i64 = 7 * 24 * 3_600_000;

fn check_seat(at: usize, seat: &SeatSettings) -> Result<(), ParamError> {
    let key = format!("member[{at}]");
    let Some(member) = descriptor(&seat.name) else {
        let names: Vec<_> = members().map(|member| member.name).collect();
        let sentence = format!("there is no `{}`; known are: {}", seat.name, names.join(", "));
        return Err(fault(&format!("{key}.name"), sentence));
    };
    for (role, _) in &seat.inputs {
        if !member.inputs.iter().any(|input| input.name == role) {
            let roles: Vec<_> = member.inputs.iter().map(|input| input.name).collect();
            let sentence = format!("`{role}` is no input; known are: {}", roles.join(", "));
            return Err(fault(&format!("{key}.inputs"), sentence));
        }
    }
    if seat.shadow {
        return Ok(());
    }
    within(&format!("{key}.weight"), i64::from(seat.weight_ppm), 1, 1_000_000)
}

fn positive(key: &str, value: Decimal) -> Result<(), ParamError> {
    match value.mantissa {
        1.. => Ok(()),
        _ => Err(fault(key, format!("{value} is not above zero"))),
    }
}

fn within(key: &str, value: i64, min: i64, max: i64) -> Result<(), ParamError> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(fault(key, format!("{value} is out of range; give {min} to {max}")))
}

pub(crate) fn fault(key: &str, sentence: String) -> ParamError {
    ParamError { key: format!("council.{key}"), sentence }
}
