//! The rules. One file and one line here add one; [`ORDER`] says when it judges,
//! and has a place for a rule that it does not name.
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
            max_short: MaxShort,
            order_rate: OrderRate,
            price_collar: PriceCollar,
        }
    };
}

/// What judges first, in this order: what makes later measures meaningless.
const FIRST: &[&str] = &[
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
];

/// What judges last: it alone counts approvals, so nothing after it may refuse.
const LAST: &[&str] = &["order_rate"];

/// The order of judgement, in which the first refusal wins: `FIRST`, then the
/// rules that neither list names, by their names, then `LAST`. A verdict's rule
/// is its index here.
pub const ORDER: &[&str] = &IN_ORDER;

const IN_ORDER: [&str; RULES.len()] = {
    let mut order = [""; RULES.len()];
    let mut at = 0;
    while at < FIRST.len() {
        assert!(is_rule(FIRST[at]), "Invariant: FIRST names rules.");
        order[at] = FIRST[at];
        at += 1;
    }
    let mut rule = 0;
    while rule < RULES.len() {
        let name = RULES[rule].name;
        if !holds(FIRST, name) && !holds(LAST, name) {
            order[at] = name;
            at += 1;
        }
        rule += 1;
    }
    let mut last = 0;
    while last < LAST.len() {
        assert!(is_rule(LAST[last]), "Invariant: LAST names rules.");
        order[at] = LAST[last];
        at += 1;
        last += 1;
    }
    assert!(at == RULES.len(), "Invariant: each rule judges once.");
    order
};

const fn is_rule(name: &str) -> bool {
    let mut at = 0;
    while at < RULES.len() {
        if same(RULES[at].name, name) {
            return true;
        }
        at += 1;
    }
    false
}

const fn holds(list: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < list.len() {
        if same(list[at], name) {
            return true;
        }
        at += 1;
    }
    false
}

const fn same(one: &str, two: &str) -> bool {
    let (one, two) = (one.as_bytes(), two.as_bytes());
    let mut at = 0;
    while at < one.len() && at < two.len() && one[at] == two[at] {
        at += 1;
    }
    at == one.len() && at == two.len()
}

/// What the stage refuses by itself, whatever is configured, and why: without
/// these an order could not be kept account of. Their indices follow the rules';
/// they leave a verdict only when they refuse.
pub const BUILT_IN_REASONS: &[(&str, &str)] = &[
    (
        "unknown_instrument",
        "the order's instrument is not in the tables: no specification of it was sequenced",
    ),
    ("malformed_order", "it has no id or no quantity above zero"),
    ("duplicate_order", "its id lives already: no order twice"),
    ("order_table_full", "no slot is left for another live order; seen and limit are the capacity"),
    (
        "not_amendable",
        "it amends an order that does not work, or of another instrument or side, or one whose \
         last amendment nobody has answered, or to no more than what is filled",
    ),
];

/// The names of the built-in refusals.
pub const BUILT_IN: &[&str] = &{
    let mut names = [""; BUILT_IN_REASONS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = BUILT_IN_REASONS[at].0;
        at += 1;
    }
    names
};

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
    /// What to do about a refusal.
    pub remedy: &'static str,
    /// Its limits.
    pub params: &'static [ParamSpec],
    /// What a verdict's `limit` means where it is a code; empty where it is a number.
    pub codes: &'static [(i32, &'static str)],
    /// Why a smaller order may be refused where a larger one passes; `None` where it may not.
    pub not_monotone: Option<&'static str>,
    /// Why it is off in a file that does not name it; `None`: every file must name it.
    pub unless_named: Option<&'static str>,
    /// Whether it refuses every order while the venue's mark price is not told.
    pub wants_mark: bool,
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
            remedy: crate::$module::$rule::REMEDY,
            params: crate::$module::$rule::PARAMS,
            codes: crate::$module::$rule::CODES,
            not_monotone: crate::$module::$rule::NOT_MONOTONE,
            unless_named: crate::$module::$rule::UNLESS_NAMED,
            wants_mark: crate::$module::$rule::WANTS_MARK,
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
