//! What has been sold beyond what was bought, working sells included, must stay
//! within a limit of its own: 0 where nothing may be sold that was not bought.
//!
//! Reads the exposure. For a spot market, where a sell is paid with what the
//! account holds: the venue refuses one that it cannot pay, and goes on refusing.
//! Never here: a buy, or the account's balance, which others may move too.

use crate::rule::{Case, Edge, Finding, MISSING, Rule, plain_case, scaled, scaled_qty};
use types::{Decimal, ParamError, ParamKind, ParamSpec, ParamValue, Params, Qty, Side};

/// The rule with its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxShort {
    limit: Decimal,
}

impl Rule for MaxShort {
    const NAME: &'static str = "max_short";
    const DOC: &'static str = "refuses a sell that could take the position, working sells included, further below zero \
         than the limit";
    const UNIT: &'static str = "base quantity at scale 18, short counted above zero";
    const REMEDY: &'static str =
        "raise the limit to what the account can pay a sell with, or wait for a buy to fill";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "limit",
        doc: "greatest short position, in the base asset or in contracts; 0 allows none",
        kind: ParamKind::Decimal {
            min: Decimal::new(0, 0),
            // As far as max_position goes.
            max: Decimal::new(1_000_000_000_000_000, 0),
        },
        default: None::<ParamValue>,
    }];
    const UNLESS_NAMED: Option<&'static str> =
        Some("max_position bounds both sides alike, as it should where short selling is free");

    fn new(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { limit: params.decimal("limit") })
    }

    fn check(&self, case: &Case) -> Finding {
        Finding::at_most(led_to(case), scaled(self.limit))
    }

    fn edge(&self) -> Edge {
        let mut passes = plain_case(self.limit.places);
        passes.order.side = Side::Sell as u8;
        // One more than the limit out of a position of one.
        passes.held.position = 1;
        passes.order.qty = Qty(self.limit.mantissa.saturating_add(1));
        let mut refuses = passes;
        refuses.held.position = 0;
        Edge { passes, refuses }
    }
}

/// How short this side's orders lead if all of them fill; a buy leads nowhere below
/// zero.
fn led_to(case: &Case) -> i128 {
    if case.order.side() == Side::Buy {
        return 0;
    }
    let Some(spec) = case.spec.as_ref().filter(|_| case.order.qty.0 > 0) else { return MISSING };
    let sold = case.held.selling.saturating_add(i128::from(case.order.qty.0));
    scaled_qty(sold.saturating_sub(case.held.position), spec)
}
