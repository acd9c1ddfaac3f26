//! The same order twice within a moment is a mistake, whatever its id.
//!
//! Reads when an order of the same instrument, side, price, quantity, type and
//! time in force was last approved. A loop that places the same order again and
//! again stops at the first repetition; the id's own repetition is refused by
//! the stage itself. Never here: an opinion on orders that differ.

use crate::rule::{Case, Edge, Finding, Rule, plain_case};
use types::{Nanos, ParamError, ParamKind, ParamSpec, ParamValue, Params};

/// The rule with its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DuplicateIntent {
    window: Nanos,
}

impl Rule for DuplicateIntent {
    const NAME: &'static str = "duplicate_intent";
    const DOC: &'static str = "refuses an order that repeats one of a moment ago in every term";
    const UNIT: &'static str = "equal orders within the window, this one included";
    const REMEDY: &'static str =
        "make council.order.cooldown_ms longer than window_ms, or window_ms shorter";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "window_ms",
        doc: "an equal order within so many milliseconds is refused",
        // A minute: beyond that it is the market that repeats itself.
        kind: ParamKind::Integer { min: 1, max: 60_000 },
        default: None::<ParamValue>,
    }];

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { window: Nanos::from_ms(params.integer("window_ms")) })
    }

    fn check(&self, case: &Case) -> Finding {
        let age = |at: Nanos| i128::from(case.now.0) - i128::from(at.0);
        let again = case.twin.is_some_and(|at| age(at) < i128::from(self.window.0));
        Finding::at_most(1 + i128::from(again), 1)
    }

    fn edge(&self) -> Edge {
        let passes = Case { now: self.window, twin: Some(Nanos(0)), ..plain_case(0) };
        Edge { passes, refuses: Case { twin: Some(Nanos(1)), ..passes } }
    }
}
