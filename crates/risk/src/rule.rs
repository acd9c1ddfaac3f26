//! What a rule is: it is given a case and finds. It changes nothing, keeps
//! nothing, and sees nothing that is not in the case.
//!
//! Read by every rule file; the cases are made by the stage.

use crate::Gate;
use crate::exposure::Held;
use types::{
    Decimal, InstrumentSpec, Money, Nanos, OrderFields, OrderType, ParamError, ParamSpec, Params,
    Price, Qty, Side, Touch,
};

/// Seen, when what the rule measures is not there: no specification, no usable
/// touch. Always a refusal.
pub const MISSING: i128 = i128::MIN;

/// Seen, when the measure is beyond any number. Always a refusal.
pub const OVERFLOW: i128 = i128::MAX;

/// One pre-trade rule. Places are judged; cancels never come here.
pub(crate) trait Rule: Sized {
    /// Its key under `[risk]`.
    const NAME: &'static str;
    /// What it refuses, in a sentence.
    const DOC: &'static str;
    /// The unit of what it sees and of its limit.
    const UNIT: &'static str;
    /// What to do about a refusal.
    const REMEDY: &'static str = "ask for less, or give the rule another limit";
    /// Its limits. None has a default: a limit is a decision.
    const PARAMS: &'static [ParamSpec];
    /// What a finding's limit means, where it is a code and not a number.
    const CODES: &'static [(i32, &'static str)] = &[];
    /// Why a smaller order may be refused where a larger one passes; `None`
    /// where it may not.
    const NOT_MONOTONE: Option<&'static str> = None;
    /// Why it is off in a file that does not name it. `None`, the usual: every file
    /// must name it, with its limits or with a reason of its own.
    const UNLESS_NAMED: Option<&'static str> = None;

    /// Whether it measures against the venue's mark price: without its stream the rule
    /// refuses every order.
    const WANTS_MARK: bool = false;

    /// The rule with its limits.
    fn new(params: &Params) -> Result<Self, ParamError>;

    /// Judges, and changes nothing.
    fn check(&self, case: &Case) -> Finding;

    /// One case that must pass and one, a unit beyond, that must not. The stage
    /// proves every configured rule at its edge before it starts.
    fn edge(&self) -> Edge;
}

/// Everything that a rule may look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) order: OrderFields,
    pub(crate) spec: Option<InstrumentSpec>,
    pub(crate) touch: Touch,
    /// When the last touch was made; `None` before the first.
    pub(crate) touched: Option<Nanos>,
    pub(crate) now: Nanos,
    pub(crate) held: Held,
    pub(crate) gate: Gate,
    /// Order messages of the last second, cancels included, this one not.
    pub(crate) recent: u32,
    /// The last mark price, at its own scale, and when it was told.
    pub(crate) mark: Option<(i64, Nanos)>,
    /// Our stamp less the venue's, of the last market event, in nanoseconds.
    pub(crate) skew: Option<i64>,
    /// Orders not known to be over, of all instruments.
    pub(crate) open: u32,
    /// Places approved already on the same sequenced input.
    pub(crate) siblings: u32,
    /// When an order of the same terms was approved last.
    pub(crate) twin: Option<Nanos>,
    /// What all other instruments are exposed to, scale 18; [`MISSING`] where
    /// one has no price.
    pub(crate) gross_else: i128,
    /// The greatest loss of any day so far, scale 18; [`MISSING`] while it
    /// cannot be measured.
    pub(crate) day_loss: i128,
}

impl Case {
    /// The opposite side's best price: where a taking order would begin to fill.
    pub(crate) fn opposite(&self) -> Option<Price> {
        self.touch.usable().then_some(match self.order.side() {
            Side::Buy => self.touch.ask,
            Side::Sell => self.touch.bid,
        })
    }

    /// The price that the order reaches for: its limit, or where a market order
    /// would begin to fill.
    pub(crate) fn reach_price(&self) -> Option<Price> {
        match self.order.order_type() {
            OrderType::Limit => Some(self.order.price),
            OrderType::Market => self.opposite(),
        }
    }

    /// The price at which the order is valued. A limit order at its price; a
    /// sell that takes fills at the bid or better, so at least at that; a market
    /// order at the opposite touch.
    pub(crate) fn value_price(&self) -> Option<Price> {
        match (self.order.order_type(), self.order.side()) {
            (OrderType::Market, _) => self.opposite(),
            (OrderType::Limit, Side::Buy) => Some(self.order.price),
            (OrderType::Limit, Side::Sell) => {
                Some(self.opposite().map_or(self.order.price, |bid| bid.max(self.order.price)))
            }
        }
    }

    /// What the order is worth at `price`, scale 18; [`MISSING`] without a
    /// specification or a price above 0, [`OVERFLOW`] beyond the range.
    pub(crate) fn notional(&self, price: Option<Price>) -> i128 {
        let (Some(spec), Some(price)) = (self.spec.as_ref(), price) else { return MISSING };
        if price.0 <= 0 || self.order.qty.0 <= 0 {
            return MISSING;
        }
        Money::notional(spec, price, self.order.qty).map_or(OVERFLOW, |money| money.0)
    }

    /// Whether the order, together with every working order of its side, can
    /// only bring the position nearer to zero.
    pub(crate) fn reduces(&self) -> bool {
        let qty = i128::from(self.order.qty.0);
        let Held { position, buying, selling } = self.held;
        qty > 0
            && match self.order.side() {
                Side::Buy => position.saturating_add(buying).saturating_add(qty) <= 0,
                Side::Sell => position.saturating_sub(selling).saturating_sub(qty) >= 0,
            }
    }
}

/// What a rule found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the order may go on.
    pub passed: bool,
    /// What was measured, in the rule's unit.
    pub seen: i128,
    /// What is allowed, in the same unit.
    pub limit: i128,
}

impl Finding {
    /// Passes up to and including `limit`; [`MISSING`] and [`OVERFLOW`] never.
    #[must_use]
    pub const fn at_most(seen: i128, limit: i128) -> Self {
        Self { passed: seen <= limit && seen != MISSING && seen != OVERFLOW, seen, limit }
    }

    /// A refusal.
    #[must_use]
    pub const fn refused(seen: i128, limit: i128) -> Self {
        Self { passed: false, seen, limit }
    }
}

/// The two cases next to a rule's limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) passes: Case,
    pub(crate) refuses: Case,
}

/// A limit at scale 18, so that instruments of different decimals compare.
/// Exact: 19 digits moved by at most 18 places stay within 128 bits.
pub(crate) fn scaled(limit: Decimal) -> i128 {
    let missing = 18_u32.saturating_sub(u32::from(limit.places));
    i128::from(limit.mantissa) * 10_i128.pow(missing)
}

/// A quantity sum of an instrument at scale 18; [`OVERFLOW`] beyond the range.
pub(crate) fn scaled_qty(sum: i128, spec: &InstrumentSpec) -> i128 {
    let missing = 18_u32.saturating_sub(u32::from(spec.qty_decimals));
    sum.checked_mul(10_i128.pow(missing)).unwrap_or(OVERFLOW)
}

/// The distance of `price` from `reference` in millionths of it, rounded up: what
/// is beyond a limit by any fraction is refused. [`MISSING`] without a reference
/// above zero, [`OVERFLOW`] beyond the range.
pub(crate) fn apart_ppm(price: i128, reference: i128) -> i128 {
    if reference <= 0 {
        return MISSING;
    }
    let apart = price.checked_sub(reference).and_then(i128::checked_abs);
    let Some(apart) = apart else { return OVERFLOW };
    // In two steps: a product with a million may leave the range.
    let (whole, rest) = (apart / reference, apart % reference);
    let (part, left) = match rest.checked_mul(1_000_000) {
        Some(scaled) => (scaled / reference, scaled % reference),
        // The reference is beyond 10^32, so a millionth of it is exact enough.
        None => (rest / (reference / 1_000_000), 1),
    };
    let whole = whole.checked_mul(1_000_000).and_then(|whole| whole.checked_add(part));
    whole.and_then(|whole| whole.checked_add(i128::from(left > 0))).unwrap_or(OVERFLOW)
}

/// What an instrument is worth at most, with the working orders of one side
/// filled and none of the other's, at the best ask, scale 18. Nothing held is
/// worth nothing; [`MISSING`] without a specification or an ask.
pub(crate) fn worst_value(held: &Held, spec: Option<&InstrumentSpec>, touch: &Touch) -> i128 {
    if held.is_flat() {
        return 0;
    }
    let (Some(spec), true) = (spec, touch.ask.0 > 0 && touch.ask_qty.0 > 0) else {
        return MISSING;
    };
    let Held { position, buying, selling } = *held;
    let long = position.saturating_add(buying).saturating_abs();
    let short = position.saturating_sub(selling).saturating_abs();
    let places = u32::from(spec.price_decimals) + u32::from(spec.qty_decimals);
    let unit = 18_u32.checked_sub(places).map(|missing| 10_i128.pow(missing));
    let worth = long.max(short).checked_mul(i128::from(touch.ask.0));
    worth.zip(unit).and_then(|(worth, unit)| worth.checked_mul(unit)).unwrap_or(OVERFLOW)
}

/// A measure, if it could be taken.
pub(crate) const fn measured(seen: i128) -> Option<i128> {
    if seen == MISSING || seen == OVERFLOW { None } else { Some(seen) }
}

/// A case in which everything is in order: the base of each rule's edge. One
/// whole unit at a price of one whole unit, in an armed engine, just touched.
pub(crate) fn plain_case(qty_decimals: u8) -> Case {
    let spec = InstrumentSpec {
        id: types::InstrumentId(0),
        version: 1,
        symbol: types::Symbol::default(),
        price_decimals: 0,
        qty_decimals,
        tick_size: Price(1),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(i64::MAX),
        min_notional: Money::ZERO,
        maker_ppm: 0,
        taker_ppm: 0,
    };
    let order = OrderFields {
        order: types::ClientOrderId::new(1, 1, 1).into(),
        price: Price(1),
        qty: Qty(1),
        action: types::Action::Place as u8,
        side: Side::Buy as u8,
        order_type: OrderType::Limit as u8,
        time_in_force: types::TimeInForce::Gtc as u8,
        flags: 0,
        member: types::MemberId::COUNCIL,
        strategy: 1,
    };
    let touch = Touch {
        bid: Price(1),
        bid_qty: Qty(1),
        ask: Price(3),
        ask_qty: Qty(1),
        state: types::BookState::Live as u8,
        ..Touch::default()
    };
    Case {
        order,
        spec: Some(spec),
        touch,
        touched: Some(Nanos(0)),
        now: Nanos(0),
        held: Held::default(),
        gate: Gate::Armed,
        recent: 0,
        mark: None,
        skew: Some(0),
        open: 0,
        siblings: 0,
        twin: None,
        gross_else: 0,
        day_loss: 0,
    }
}
