//! One order's quantity must stay within a limit.
//!
//! Reads the specification for the quantity's scale. Beside the notional: a price
//! that is wrong by a digit makes a large order look small. Never here: what is
//! held or working already.

use crate::rule::{Case, Edge, Finding, MISSING, Rule, plain_case, scaled, scaled_qty};
use types::{Decimal, ParamError, ParamKind, ParamSpec, ParamValue, Params, Qty};

/// The rule with its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxOrderQty {
    limit: Decimal,
}

impl Rule for MaxOrderQty {
    const NAME: &'static str = "max_order_qty";
    const DOC: &'static str = "refuses an order of more than a quantity";
    const UNIT: &'static str = "base quantity at scale 18";
    const REMEDY: &'static str =
        "lower council.order.qty, or raise the limit";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "limit",
        doc: "greatest quantity of one order, in the base asset or in contracts",
        kind: ParamKind::Decimal {
            min: Decimal::new(1, 18),
            // Tokens that trade at 1e-8 are ordered by the billion.
            max: Decimal::new(1_000_000_000_000_000, 0),
        },
        default: None::<ParamValue>,
    }];

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { limit: params.decimal("limit") })
    }

    fn check(&self, case: &Case) -> Finding {
        let qty = i128::from(case.order.qty.0);
        let seen = match case.spec.as_ref().filter(|_| qty > 0) {
            Some(spec) => scaled_qty(qty, spec),
            None => MISSING,
        };
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
