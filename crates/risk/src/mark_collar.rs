//! An order's price must stay near the venue's mark price.
//!
//! The second reference beside the touch: in a thin or a broken book both sides
//! of the touch may be wrong together. Without a mark price, or with one that is
//! too old, what it measures is missing, and that is a refusal; where a venue or
//! a feed gives none, the rule is switched off with that reason. Never here: the
//! mark price as something to trade at.

use crate::rule::{Case, Edge, Finding, MISSING, Rule, apart_ppm, plain_case};
use types::{MarkPrice, Nanos, ParamError, ParamKind, ParamSpec, ParamValue, Params, Price};

/// The rule with its limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MarkCollar {
    distance_max_ppm: i64,
    age_max: Nanos,
}

impl Rule for MarkCollar {
    const NAME: &'static str = "mark_collar";
    const DOC: &'static str =
        "refuses a price too far from the venue's mark price, either way; none is a refusal";
    const UNIT: &'static str = "millionths of the mark price, rounded up";
    const REMEDY: &'static str =
        "add the mark price to feed.streams, bring the price nearer, or raise the limit";
    const WANTS_MARK: bool = true;
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "limit_ppm",
            doc: "greatest distance from the mark price, in millionths of it",
            // At most half the price, as for the touch.
            kind: ParamKind::Integer { min: 1, max: 500_000 },
            default: None::<ParamValue>,
        },
        ParamSpec {
            name: "limit_ms",
            doc: "greatest age of the mark price, in milliseconds",
            kind: ParamKind::Integer { min: 1, max: 3_600_000 },
            default: None::<ParamValue>,
        },
    ];

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self {
            distance_max_ppm: params.integer("limit_ppm"),
            age_max: Nanos::from_ms(params.integer("limit_ms")),
        })
    }

    fn check(&self, case: &Case) -> Finding {
        Finding::at_most(self.distance_ppm(case), i128::from(self.distance_max_ppm))
    }

    fn edge(&self) -> Edge {
        // At a mark of a milliard, one millionth is a thousand units.
        let whole = 1_000_000_000;
        let mark = whole * 10_i64.pow(u32::from(MarkPrice::PLACES));
        let mut passes = plain_case(0);
        passes.mark = Some((mark, passes.now));
        passes.order.price = Price(whole + 1_000 * self.distance_max_ppm);
        let mut refuses = passes;
        refuses.order.price.0 += 1;
        Edge { passes, refuses }
    }
}

impl MarkCollar {
    fn distance_ppm(&self, case: &Case) -> i128 {
        let (Some((mark, at)), Some(spec)) = (case.mark, case.spec.as_ref()) else {
            return MISSING;
        };
        let age = i128::from(case.now.0) - i128::from(at.0);
        let Some(price) = case.reach_price().filter(|_| mark > 0) else { return MISSING };
        if !(0..=i128::from(self.age_max.0)).contains(&age) || spec.price_decimals > 18 {
            return MISSING;
        }
        // Both at scale 18: 19 digits moved by at most 18 places stay within 128 bits.
        let scaled = |value: i64, places: u8| {
            i128::from(value) * 10_i128.pow(18 - u32::from(places.min(18)))
        };
        apart_ppm(scaled(price.0, spec.price_decimals), scaled(mark, MarkPrice::PLACES))
    }
}
