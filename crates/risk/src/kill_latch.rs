//! Nothing is placed unless the engine is armed.
//!
//! Reads the sequenced copy of the breaker. While draining, orders pass that
//! can only bring the position nearer to zero. Never here: the latch that the
//! gateway reads before each write, and a refusal of a cancel.

use crate::Gate;
use crate::rule::{Case, Edge, Finding, Rule, plain_case};
use types::{ParamError, ParamSpec, Params};

/// The rule. It has no numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KillLatch;

impl Rule for KillLatch {
    const NAME: &'static str = "kill_latch";
    const DOC: &'static str =
        "refuses every place unless the engine is armed; while draining, all but reductions";
    const UNIT: &'static str =
        "breaker state: 0 armed, 1 draining, 2 disarmed, 3 stopped, 4 killed";
    const REMEDY: &'static str =
        "see who disarmed, drained or killed it in `althing status`; killed lasts until a restart";
    const PARAMS: &'static [ParamSpec] = &[];

    fn new(_params: &Params) -> Result<Self, ParamError> {
        Ok(Self)
    }

    fn check(&self, case: &Case) -> Finding {
        let allowed = match case.gate {
            Gate::Draining if case.reduces() => Gate::Draining,
            _ => Gate::Armed,
        };
        Finding::at_most(case.gate as i128, allowed as i128)
    }

    fn edge(&self) -> Edge {
        let passes = plain_case(0);
        Edge { passes, refuses: Case { gate: Gate::Draining, ..passes } }
    }
}
