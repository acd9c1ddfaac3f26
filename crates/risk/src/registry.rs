//! The rules. One file and one line here add one; [`ORDER`] says when it judges.
//!
//! The macro declares the modules, the enum with its static dispatch, and the
//! table that the configuration, the documentation and the conformance test
//! read. Never here: a rule that is compiled in and can be forgotten; each must
//! be configured with its limits or switched off with a reason.

use crate::rule::{Case, Edge, Finding, Rule};
use types::{ParamError, ParamSpec, Params};

/// The list, alphabetical, handed to the macro `$then`.
macro_rules! rules {
    ($then:ident) => {
        $then! {
            book_live: BookLive,
            clock_skew: ClockSkew,
            conformity: Conformity,
            daily_loss: DailyLoss,
            duplicate_intent: DuplicateIntent,
            fan_out: FanOut,
            instrument_allowed: InstrumentAllowed,
            kill_latch: KillLatch,
            mark_collar: MarkCollar,
            max_gross_exposure: MaxGrossExposure,
            max_open_orders: MaxOpenOrders,
            max_order_notional: MaxOrderNotional,
            max_order_qty: MaxOrderQty,
            max_position: MaxPosition,
            order_rate: OrderRate,
            price_collar: PriceCollar,
        }
    };
}

/// The order of judgement. The first refusal wins, so what makes later
/// measures meaningless comes first; a verdict's rule is its index here.
pub const ORDER: &[&str] = &[
    // Whether anything may be placed at all.
    "kill_latch",
    "instrument_allowed",
    // Whether there is a reference to measure against.
    "book_live",
    "clock_skew",
    // Whether the order's numbers mean something.
    "conformity",
    // Fat fingers: a wrong price, then a wrong size.
    "price_collar",
    "mark_collar",
    "max_order_qty",
    "max_order_notional",
    // What it adds to everything that was approved before.
    "max_position",
    "max_gross_exposure",
    "max_open_orders",
    // Whether there is anything left to lose.
    "daily_loss",
    // Loops: the same again, too much of one input, too much in a second.
    "duplicate_intent",
    "fan_out",
    // Last, because it alone counts approvals: nothing after it may refuse.
    "order_rate",
];

/// What the stage refuses by itself, whatever is configured: without these an
/// order could not be kept account of. Their indices follow the rules'; they
/// leave a verdict only when they refuse.
pub const BUILT_IN: &[&str] = &[
    // Its instrument is not in the tables.
    "unknown_instrument",
    // No id, a quantity not above zero, or an amendment, which risk cannot
    // judge yet and the council does not ask for.
    "malformed_order",
    // Its id lives already: no order twice.
    "duplicate_order",
    // No slot for another live order; limit and seen are the capacity.
    "order_table_full",
];

/// Rules and built-in refusals together.
pub(crate) const JUDGES: usize = ORDER.len() + BUILT_IN.len();

/// The name behind a verdict's rule index; `None` when this version has no such.
#[must_use]
pub fn rule_name(index: u16) -> Option<&'static str> {
    let index = usize::from(index);
    ORDER.get(index).or_else(|| BUILT_IN.get(index.wrapping_sub(ORDER.len()))).copied()
}

/// What is known of a rule without running it.
#[derive(Clone, Copy, Debug)]
pub struct RuleDescriptor {
    /// Its key under `[risk]`.
    pub name: &'static str,
    /// What it refuses.
    pub doc: &'static str,
    /// The unit of a verdict's `seen` and `limit`.
    pub unit: &'static str,
    /// Its limits.
    pub params: &'static [ParamSpec],
    /// What a verdict's `limit` means where it is a code; empty where it is a number.
    pub codes: &'static [(i32, &'static str)],
    /// Why a smaller order may be refused where a larger one passes; `None` where it may not.
    pub not_monotone: Option<&'static str>,
}

macro_rules! define {
    ($($module:ident: $rule:ident,)*) => {
        /// A rule with its limits.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum AnyRule { $($rule(crate::$module::$rule)),* }

        /// Every rule, in the order of the alphabet.
        pub const RULES: &[RuleDescriptor] = &[$(RuleDescriptor {
            name: crate::$module::$rule::NAME,
            doc: crate::$module::$rule::DOC,
            unit: crate::$module::$rule::UNIT,
            params: crate::$module::$rule::PARAMS,
            codes: crate::$module::$rule::CODES,
            not_monotone: crate::$module::$rule::NOT_MONOTONE,
        }),*];

        impl AnyRule {
            /// The rule called `name` with its limits; `None` when there is no such.
            pub(crate) fn new(name: &str, params: &Params) -> Option<Result<Self, ParamError>> {
                $(if name == crate::$module::$rule::NAME {
                    return Some(crate::$module::$rule::new(params).map(Self::$rule));
                })*
                None
            }

            /// Judges, and changes nothing.
            pub(crate) fn check(&self, case: &Case) -> Finding {
                match self { $(Self::$rule(rule) => rule.check(case)),* }
            }

            /// The two cases next to its limit.
            pub(crate) fn edge(&self) -> Edge {
                match self { $(Self::$rule(rule) => rule.edge()),* }
            }
        }
    };
}

rules!(define);

/// The descriptor of `name`.
pub(crate) fn descriptor(name: &str) -> Option<&'static RuleDescriptor> {
    RULES.iter().find(|rule| rule.name == name)
}
