//! All positions together, working orders included, must stay within a limit.
//!
//! Each instrument counts with the larger of what its buys or its sells could
//! lead to, at its best ask, whichever way it is: longs do not relieve shorts.
//! An order that brings its own position nearer to zero passes, also while the
//! sum is over the limit. Never here: an instrument left out because its price
//! is not known; then the sum is missing.

use crate::rule::{
    Case, Edge, Finding, MISSING, OVERFLOW, Rule, measured, plain_case, scaled, worst_value,
};
use types::{Decimal, ParamError, ParamKind, ParamSpec, ParamValue, Params, Price, Qty, Side};

/// The rule with its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxGrossExposure {
    limit: Decimal,
}

impl Rule for MaxGrossExposure {
    const NAME: &'static str = "max_gross_exposure";
    const DOC: &'static str =
        "refuses an order that could take all positions together past the limit";
    const UNIT: &'static str = "quote asset at scale 18";
    const REMEDY: &'static str =
        "lower council.order.qty or seat fewer instruments, or raise the limit";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "limit",
        doc: "greatest sum of all positions' worth, longs and shorts added, in the quote asset",
        kind: ParamKind::Decimal {
            min: Decimal::new(1, 18),
            // A billion billion: beyond that the number is a mistake.
            max: Decimal::new(1_000_000_000_000_000_000, 0),
        },
        default: None::<ParamValue>,
    }];

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { limit: params.decimal("limit") })
    }

    fn check(&self, case: &Case) -> Finding {
        let mut held = case.held;
        let qty = i128::from(case.order.qty.0.max(0));
        match case.order.side() {
            Side::Buy => held.buying = held.buying.saturating_add(qty),
            Side::Sell => held.selling = held.selling.saturating_add(qty),
        }
        let own = worst_value(&held, case.spec.as_ref(), &case.touch);
        let both = measured(own).zip(measured(case.gross_else));
        let seen =
            both.map_or(MISSING, |(own, others)| own.checked_add(others).unwrap_or(OVERFLOW));
        let limit = scaled(self.limit);
        if case.reduces() {
            return Finding { passed: true, seen: measured(seen).unwrap_or(0), limit };
        }
        Finding::at_most(seen, limit)
    }

    fn edge(&self) -> Edge {
        let mut passes = plain_case(0);
        passes.touch.ask = Price(1);
        passes.touch.bid = Price(0);
        passes.order.qty = Qty(1);
        let one = 10_i128.pow(18);
        // One whole unit of its own, and the rest elsewhere.
        passes.gross_else = scaled(self.limit) - one;
        Edge { passes, refuses: Case { gross_else: passes.gross_else + 1, ..passes } }
    }
}
