//! Nothing but reductions once a day has lost too much; latched.
//!
//! Reads the greatest loss of any day (UTC, by sequenced time) since the start:
//! what all instruments together made, fees, funding and open positions included,
//! less what they had made when the day began. It only grows, so that a loss that was
//! reached stays reached until the engine is started again by a person. Never
//! here: a loss that a later profit undoes.

use crate::rule::{Case, Edge, Finding, Rule, measured, plain_case, scaled};
use types::{Decimal, ParamError, ParamKind, ParamSpec, ParamValue, Params};

/// The rule with its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DailyLoss {
    limit: Decimal,
}

impl Rule for DailyLoss {
    const NAME: &'static str = "daily_loss";
    const DOC: &'static str =
        "refuses all but reductions once a day has lost more than the limit, until a restart";
    const UNIT: &'static str = "quote asset at scale 18, the worst day since the start";
    const REMEDY: &'static str =
        "find out why first; reductions pass, and a restart begins a new count";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "limit",
        doc: "greatest loss of a day (UTC), fees, funding and open positions included, in the quote asset",
        kind: ParamKind::Decimal {
            min: Decimal::new(1, 18),
            max: Decimal::new(1_000_000_000_000_000_000, 0),
        },
        default: None::<ParamValue>,
    }];

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { limit: params.decimal("limit") })
    }

    fn check(&self, case: &Case) -> Finding {
        let limit = scaled(self.limit);
        if case.reduces() {
            return Finding { passed: true, seen: measured(case.day_loss).unwrap_or(0), limit };
        }
        Finding::at_most(case.day_loss, limit)
    }

    fn edge(&self) -> Edge {
        let limit = scaled(self.limit);
        let passes = Case { day_loss: limit, ..plain_case(0) };
        Edge { passes, refuses: Case { day_loss: limit.saturating_add(1), ..passes } }
    }
}
