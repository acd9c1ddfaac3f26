//! Nothing is placed on a book that is not live, not whole, or too old.
//!
//! Measures the age of the last touch against the group's own time. Never here:
//! a clock, or a touch that was usable once.

use crate::rule::{Case, Edge, Finding, MISSING, OVERFLOW, Rule, plain_case};
use types::{Nanos, ParamError, ParamKind, ParamSpec, ParamValue, Params};

/// The rule with its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BookLive {
    age_max: Nanos,
}

impl Rule for BookLive {
    const NAME: &'static str = "book_live";
    const DOC: &'static str =
        "refuses when the book is not live, crossed or one-sided, or its touch too old";
    const UNIT: &'static str = "nanoseconds since the last touch";
    const REMEDY: &'static str =
        "see the book's state in `althing status`; raise limit_ms where updates are rarer";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "limit_ms",
        doc: "greatest age of the last touch, in milliseconds",
        // An hour: beyond that the number is a mistake, not a limit.
        kind: ParamKind::Integer { min: 1, max: 3_600_000 },
        default: None::<ParamValue>,
    }];

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { age_max: Nanos::from_ms(params.integer("limit_ms")) })
    }

    fn check(&self, case: &Case) -> Finding {
        let limit = i128::from(self.age_max.0);
        let Some(touched) = case.touched.filter(|_| case.touch.usable()) else {
            return Finding::refused(MISSING, limit);
        };
        // Sequenced time never goes back; a touch from the future is a fault.
        let age = i128::from(case.now.0) - i128::from(touched.0);
        Finding::at_most(if age < 0 { OVERFLOW } else { age }, limit)
    }

    fn edge(&self) -> Edge {
        let passes = Case { now: self.age_max, ..plain_case(0) };
        let refuses = Case { now: Nanos(self.age_max.0 + 1), ..passes };
        Edge { passes, refuses }
    }
}
