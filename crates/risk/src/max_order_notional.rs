//! No single order may be worth more than a limit.
//!
//! Values a limit order at its price, a taking sell at the bid if that is
//! higher, a market order at the opposite touch. Never here: an order whose
//! worth cannot be measured passing for a small one.

use crate::rule::{Case, Edge, Finding, Rule, plain_case, scaled};
use types::{Decimal, ParamError, ParamKind, ParamSpec, ParamValue, Params, Qty};

/// The rule with its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxOrderNotional {
    limit: Decimal,
}

impl Rule for MaxOrderNotional {
    const NAME: &'static str = "max_order_notional";
    const DOC: &'static str = "refuses an order that is worth more than the limit";
    const UNIT: &'static str = "quote asset at scale 18";
    const REMEDY: &'static str =
        "lower council.order.qty, or raise the limit";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "limit",
        doc: "greatest price times quantity of one order, in the quote asset",
        // A milliard: beyond that the number is a mistake, not a limit.
        kind: ParamKind::Decimal { min: Decimal::new(1, 9), max: Decimal::new(1_000_000_000, 0) },
        default: None::<ParamValue>,
    }];

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { limit: params.decimal("limit") })
    }

    fn check(&self, case: &Case) -> Finding {
        Finding::at_most(case.notional(case.value_price()), scaled(self.limit))
    }

    fn edge(&self) -> Edge {
        // At a price of one, the quantity is the notional, digit for digit.
        let mut passes = plain_case(self.limit.places);
        passes.order.qty = Qty(self.limit.mantissa);
        let mut refuses = passes;
        refuses.order.qty.0 = self.limit.mantissa.saturating_add(1);
        Edge { passes, refuses }
    }
}
