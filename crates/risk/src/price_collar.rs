//! An order's price must stay near our own fresh reference.
//!
//! Measures the distance of the limit price from the middle of the touch, both
//! ways, in millionths of the middle; a market order is measured where it would
//! begin to fill. Never here: a price without a reference to hold it against.

use crate::rule::{Case, Edge, Finding, MISSING, Rule, apart_ppm, plain_case};
use types::{ParamError, ParamKind, ParamSpec, ParamValue, Params, Price};

/// The rule with its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PriceCollar {
    distance_max_ppm: i64,
}

impl Rule for PriceCollar {
    const NAME: &'static str = "price_collar";
    const DOC: &'static str = "refuses a price too far from the middle of the touch, either way";
    const UNIT: &'static str = "millionths of the mid price, rounded up";
    const REMEDY: &'static str =
        "bring council.order.offset_ticks nearer to zero, or raise limit_ppm";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "limit_ppm",
        doc: "greatest distance from the mid price, in millionths of it",
        // At most half the price: beyond that the collar collars nothing.
        kind: ParamKind::Integer { min: 1, max: 500_000 },
        default: None::<ParamValue>,
    }];

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { distance_max_ppm: params.integer("limit_ppm") })
    }

    fn check(&self, case: &Case) -> Finding {
        Finding::at_most(distance_ppm(case), i128::from(self.distance_max_ppm))
    }

    fn edge(&self) -> Edge {
        // At a mid price of a milliard, one millionth is a thousand units.
        let mid = 1_000_000_000;
        let mut passes = plain_case(0);
        passes.touch.bid = Price(mid - 1);
        passes.touch.ask = Price(mid + 1);
        passes.order.price = Price(mid + 1_000 * self.distance_max_ppm);
        let mut refuses = passes;
        refuses.order.price.0 += 1;
        Edge { passes, refuses }
    }
}

/// Twice the distance over twice the mid, so that a mid between two prices is
/// exact.
fn distance_ppm(case: &Case) -> i128 {
    let Some(price) = case.reach_price().filter(|_| case.touch.usable()) else { return MISSING };
    let mid_x2 = i128::from(case.touch.bid.0) + i128::from(case.touch.ask.0);
    apart_ppm(2 * i128::from(price.0), mid_x2)
}
