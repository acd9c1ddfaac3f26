//! The position that all working orders of one side could make, with this
//! order, must stay within a limit; a reduce-only order must reduce.
//!
//! Reads the exposure. A sell out of a long position that is over the limit
//! passes: what it leads to is judged, not what is. Never here: working orders
//! of the other side counted as a relief, since they may never fill.

use crate::exposure::Held;
use crate::rule::{Case, Edge, Finding, MISSING, Rule, plain_case, scaled, scaled_qty};
use types::{Decimal, ParamError, ParamKind, ParamSpec, ParamValue, Params, Qty, Side};

/// The rule with its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxPosition {
    limit: Decimal,
}

impl Rule for MaxPosition {
    const NAME: &'static str = "max_position";
    const DOC: &'static str =
        "refuses an order that could take the position, working orders included, past the limit";
    const UNIT: &'static str = "base quantity at scale 18, in the direction of the order";
    const REMEDY: &'static str =
        "lower council.order.qty or position_max, or raise the limit; reducing orders pass";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "limit",
        doc: "greatest position, long or short, in the base asset or in contracts",
        kind: ParamKind::Decimal {
            min: Decimal::new(1, 18),
            // Tokens that trade at 1e-8 are held by the billion.
            max: Decimal::new(1_000_000_000_000_000, 0),
        },
        default: None::<ParamValue>,
    }];

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { limit: params.decimal("limit") })
    }

    fn check(&self, case: &Case) -> Finding {
        let seen = led_to(case);
        if case.order.reduce_only() && !case.reduces() {
            return Finding::refused(seen, 0);
        }
        Finding::at_most(seen, scaled(self.limit))
    }

    fn edge(&self) -> Edge {
        let mut passes = plain_case(self.limit.places);
        passes.order.qty = Qty(self.limit.mantissa);
        let mut refuses = passes;
        refuses.order.qty.0 = self.limit.mantissa.saturating_add(1);
        Edge { passes, refuses }
    }
}

/// The position that this side's orders lead to if all of them fill, counted in
/// their direction: past zero it is below zero until the position has turned.
fn led_to(case: &Case) -> i128 {
    let Some(spec) = case.spec.as_ref().filter(|_| case.order.qty.0 > 0) else { return MISSING };
    let Held { position, buying, selling } = case.held;
    let (from, working) = match case.order.side() {
        Side::Buy => (position, buying),
        Side::Sell => (position.saturating_neg(), selling),
    };
    let sum = from.saturating_add(working).saturating_add(i128::from(case.order.qty.0));
    scaled_qty(sum, spec)
}
