//! No more order messages in a second than a limit.
//!
//! Reads the count of the sliding window: every approval of the last second of
//! sequenced time, cancels included. Never here: a refusal of a cancel; cancels
//! only use up what places may.

use crate::rate::REMEMBERED;
use crate::rule::{Case, Edge, Finding, Rule, plain_case};
use types::{ParamError, ParamKind, ParamSpec, ParamValue, Params};

/// The rule with its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderRate {
    per_second: u32,
}

/// The largest limit; the window remembers more than it.
const LIMIT_MAX: u32 = 5_000;

const _: () = assert!((LIMIT_MAX as usize) < REMEMBERED);

impl Rule for OrderRate {
    const NAME: &'static str = "order_rate";
    const DOC: &'static str = "refuses a place when a second has seen enough order messages";
    const UNIT: &'static str = "order messages in the last second, this one included";
    const REMEDY: &'static str =
        "lengthen council.order.cooldown_ms, or raise the limit, at most to the venue's own";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "limit",
        doc: "greatest number of order messages in any second, all instruments together",
        kind: ParamKind::Integer { min: 1, max: LIMIT_MAX as i64 },
        default: None::<ParamValue>,
    }];

    fn new(params: &Params) -> Result<Self, ParamError> {
        let per_second = u32::try_from(params.integer("limit")).unwrap_or(1);
        Ok(Self { per_second })
    }

    fn check(&self, case: &Case) -> Finding {
        Finding::at_most(i128::from(case.recent) + 1, i128::from(self.per_second))
    }

    fn edge(&self) -> Edge {
        let passes = Case { recent: self.per_second - 1, ..plain_case(0) };
        Edge { passes, refuses: Case { recent: self.per_second, ..passes } }
    }
}
