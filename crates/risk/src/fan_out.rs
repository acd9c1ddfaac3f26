//! One decision makes few orders.
//!
//! Reads how many places were approved already on the same sequenced input. The
//! bound that a router in a loop runs into: what came of one input is one
//! decision, whoever made it. Never here: cancels, which are never held back.

use crate::rule::{Case, Edge, Finding, Rule, plain_case};
use types::{ParamError, ParamKind, ParamSpec, ParamValue, Params};

/// The rule with its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FanOut {
    limit: u32,
}

impl Rule for FanOut {
    const NAME: &'static str = "fan_out";
    const DOC: &'static str = "refuses a place when one input has brought enough of them";
    const UNIT: &'static str = "places on one sequenced input, this one included";
    const REMEDY: &'static str =
        "raise the limit where one input may rightly move several instruments";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "limit",
        doc: "greatest number of orders that one sequenced input may bring",
        // More than any group of records holds.
        kind: ParamKind::Integer { min: 1, max: 64 },
        default: None::<ParamValue>,
    }];

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { limit: u32::try_from(params.integer("limit")).unwrap_or(1) })
    }

    fn check(&self, case: &Case) -> Finding {
        Finding::at_most(i128::from(case.siblings) + 1, i128::from(self.limit))
    }

    fn edge(&self) -> Edge {
        let passes = Case { siblings: self.limit - 1, ..plain_case(0) };
        Edge { passes, refuses: Case { siblings: self.limit, ..passes } }
    }
}
