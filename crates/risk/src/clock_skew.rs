//! Our time and the venue's must be near each other.
//!
//! Measures the sequenced time of the instrument's last market event less the
//! time that the venue gave it: what the network takes, and what the two clocks
//! differ by. A venue refuses orders whose stamp is off; here they stay in, and
//! what is decided on late data does too. Never here: a clock of its own.

use crate::rule::{Case, Edge, Finding, MISSING, Rule, plain_case};
use types::{Nanos, ParamError, ParamKind, ParamSpec, ParamValue, Params};

/// The rule with its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClockSkew {
    apart_max: Nanos,
}

impl Rule for ClockSkew {
    const NAME: &'static str = "clock_skew";
    const DOC: &'static str = "refuses when our time and the venue's are too far apart, either way";
    const UNIT: &'static str = "nanoseconds between the venue's stamp and ours";
    const REMEDY: &'static str =
        "synchronise this machine's clock (chrony, ntpd); a recording may want a wider limit_ms";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "limit_ms",
        doc: "greatest distance of the two stamps of a market event, in milliseconds",
        // A minute: no venue takes an order that is stamped further away.
        kind: ParamKind::Integer { min: 1, max: 60_000 },
        default: None::<ParamValue>,
    }];

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { apart_max: Nanos::from_ms(params.integer("limit_ms")) })
    }

    fn check(&self, case: &Case) -> Finding {
        let limit = i128::from(self.apart_max.0);
        case.skew.map_or(Finding::refused(MISSING, limit), |skew| {
            Finding::at_most(i128::from(skew).abs(), limit)
        })
    }

    fn edge(&self) -> Edge {
        let passes = Case { skew: Some(-self.apart_max.0), ..plain_case(0) };
        Edge { passes, refuses: Case { skew: Some(self.apart_max.0 + 1), ..passes } }
    }
}
