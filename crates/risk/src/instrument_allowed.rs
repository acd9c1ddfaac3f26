//! Orders only in what is known, and only reductions where trading is to end.
//!
//! Reads the specification in force. An instrument that is to be left gets
//! `reduce_only = true` of its own, and then only orders pass that bring its
//! position nearer to zero. Never here: a list of names; what is configured is
//! what may be traded.

use crate::rule::{Case, Edge, Finding, MISSING, Rule, plain_case};
use types::{ParamError, ParamKind, ParamSpec, ParamValue, Params};

/// The rule with its switch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InstrumentAllowed {
    reduce_only: bool,
}

impl Rule for InstrumentAllowed {
    const NAME: &'static str = "instrument_allowed";
    const DOC: &'static str =
        "refuses an instrument without a specification, and all but reductions where only they may";
    const UNIT: &'static str = "0 an order that reduces, 1 any other";
    const REMEDY: &'static str =
        "set reduce_only = false for it, or wait until its specification has been told";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "reduce_only",
        doc: "true: only orders that bring the position nearer to zero",
        kind: ParamKind::Flag,
        default: None::<ParamValue>,
    }];
    const NOT_MONOTONE: Option<&'static str> = None;

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { reduce_only: params.flag("reduce_only") })
    }

    fn check(&self, case: &Case) -> Finding {
        let limit = i128::from(!self.reduce_only);
        if case.spec.is_none() {
            return Finding::refused(MISSING, limit);
        }
        Finding::at_most(i128::from(!case.reduces()), limit)
    }

    fn edge(&self) -> Edge {
        let mut passes = plain_case(0);
        if !self.reduce_only {
            return Edge { passes, refuses: Case { spec: None, ..passes } };
        }
        passes.held.position = -1;
        Edge { passes, refuses: plain_case(0) }
    }
}
