//! No more orders alive at once than a limit.
//!
//! Reads the count of approved orders that are not known to be over, UNKNOWN
//! ones included, of all instruments. Never here: an order taken for dead
//! because nobody answers.

use crate::orders::ORDER_CAPACITY;
use crate::rule::{Case, Edge, Finding, Rule, plain_case};
use types::{ParamError, ParamKind, ParamSpec, ParamValue, Params};

/// The rule with its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxOpenOrders {
    limit: u32,
}

impl Rule for MaxOpenOrders {
    const NAME: &'static str = "max_open_orders";
    const DOC: &'static str = "refuses a place when enough orders are alive";
    const UNIT: &'static str = "orders not known to be over, this one included";
    const REMEDY: &'static str =
        "shorten council.order.max_age_ms, or raise the limit; orders in UNKNOWN count";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "limit",
        doc: "greatest number of orders alive at once, all instruments together",
        // As many as risk can keep account of.
        kind: ParamKind::Integer { min: 1, max: ORDER_CAPACITY as i64 },
        default: None::<ParamValue>,
    }];

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { limit: u32::try_from(params.integer("limit")).unwrap_or(1) })
    }

    fn check(&self, case: &Case) -> Finding {
        Finding::at_most(i128::from(case.open) + 1, i128::from(self.limit))
    }

    fn edge(&self) -> Edge {
        let passes = Case { open: self.limit - 1, ..plain_case(0) };
        Edge { passes, refuses: Case { open: self.limit, ..passes } }
    }
}
