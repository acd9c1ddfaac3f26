//! An order must fit its instrument's specification.
//!
//! Reads the specification in force. Names the first thing that does not fit:
//! a refusal's limit is one of its `CODES`, and what was seen is the number at
//! fault. Never here: a rounding that would make it fit.

use crate::rule::{Case, Edge, Finding, MISSING, Rule, plain_case};
use types::{
    InstrumentSpec, OrderType, ParamError, ParamSpec, Params, Price, Qty, Side, TimeInForce,
};

/// The rule. Its numbers are the specification's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conformity;

impl Rule for Conformity {
    const NAME: &'static str = "conformity";
    const DOC: &'static str =
        "refuses what the instrument's tick, lot, least and greatest sizes do not allow";
    const UNIT: &'static str = "the number at fault; the limit is the code of the fault";
    const REMEDY: &'static str =
        "the code says which number; bring council.order.qty and offset_ticks onto the grid";
    const PARAMS: &'static [ParamSpec] = &[];
    const CODES: &'static [(i32, &'static str)] = &[
        (0, "it fits; seen is its notional at scale 18, or the least number where it has none"),
        (1, "the instrument has no specification in force; nothing was seen"),
        (2, "the side, the type or the time in force has no meaning together; seen is its code"),
        (3, "the price must be above zero, and zero for a market order"),
        (4, "the price is not a multiple of tick_size"),
        (5, "the quantity is not above zero or not a multiple of lot_size"),
        (6, "the quantity is below min_qty"),
        (7, "the quantity is above max_qty"),
        (8, "the notional is below min_notional, or cannot be measured"),
    ];
    const NOT_MONOTONE: Option<&'static str> =
        Some("a smaller order may fall off the lot grid, or below min_qty or min_notional");

    fn new(_params: &Params) -> Result<Self, ParamError> {
        Ok(Self)
    }

    fn check(&self, case: &Case) -> Finding {
        let Some(spec) = case.spec.as_ref().filter(|spec| spec.defect().is_none()) else {
            return Finding::refused(MISSING, 1);
        };
        let fault = words(case).or_else(|| price(case, spec)).or_else(|| qty(case, spec));
        if let Some((seen, code)) = fault {
            return Finding::refused(i128::from(seen), i128::from(code));
        }
        notional(case, spec)
    }

    fn edge(&self) -> Edge {
        let mut passes = plain_case(0);
        if let Some(spec) = passes.spec.as_mut() {
            spec.max_qty = Qty(10);
        }
        passes.order.qty = Qty(10);
        let mut refuses = passes;
        refuses.order.qty = Qty(11);
        Edge { passes, refuses }
    }
}

/// What does not fit, as the number and its code.
type Fault = Option<(i64, i32)>;

fn words(case: &Case) -> Fault {
    let order = &case.order;
    if order.side > Side::Sell as u8 {
        return Some((i64::from(order.side), 2));
    }
    if OrderType::from_code(order.order_type).is_none() {
        return Some((i64::from(order.order_type), 2));
    }
    let known = TimeInForce::from_code(order.time_in_force);
    // A market order cannot rest, so it cannot wait for a time or be post-only.
    let rests = matches!(known, Some(TimeInForce::Gtx | TimeInForce::Gtd));
    if known.is_none() || (rests && order.order_type() == OrderType::Market) {
        return Some((i64::from(order.time_in_force), 2));
    }
    None
}

fn price(case: &Case, spec: &InstrumentSpec) -> Fault {
    let Price(price) = case.order.price;
    match case.order.order_type() {
        OrderType::Market if price != 0 => Some((price, 3)),
        OrderType::Market => None,
        OrderType::Limit if price <= 0 => Some((price, 3)),
        OrderType::Limit if price % spec.tick_size.0 != 0 => Some((price, 4)),
        OrderType::Limit => None,
    }
}

fn qty(case: &Case, spec: &InstrumentSpec) -> Fault {
    let Qty(qty) = case.order.qty;
    if qty <= 0 || qty % spec.lot_size.0 != 0 {
        Some((qty, 5))
    } else if qty < spec.min_qty.0 {
        Some((qty, 6))
    } else if qty > spec.max_qty.0 {
        Some((qty, 7))
    } else {
        None
    }
}

/// The venues measure a limit order's notional at its own price. A reduce-only
/// order is exempt, so that the last remainder of a position can be closed.
fn notional(case: &Case, spec: &InstrumentSpec) -> Finding {
    let at = match case.order.order_type() {
        OrderType::Limit => Some(case.order.price),
        OrderType::Market => case.opposite(),
    };
    let seen = case.notional(at);
    let measured = Finding::at_most(seen, i128::MAX).passed;
    if case.order.reduce_only() || (measured && seen >= spec.min_notional.0) {
        Finding { passed: true, seen, limit: 0 }
    } else {
        Finding::refused(seen, 8)
    }
}
