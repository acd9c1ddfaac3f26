//! Pre-trade risk: one file per rule, and the only maker of [`Approved`].
//!
//! Fed by the council's link; read by the gateway, whose sender takes
//! `&Approved` and nothing else. A pure function of the sequenced records: it
//! never asks a clock, never allocates after construction, never changes an
//! order, and never lets a measure that it cannot take count as a pass.
//!
//! An order that risk did not approve does not compile. Neither the order nor
//! the link's item can be made outside this crate:
//!
//! ```compile_fail,E0451
//! fn forge(fields: types::OrderFields) -> risk::Approved {
//!     risk::Approved { fields, instrument: types::InstrumentId(0) }
//! }
//! ```
//!
//! ```compile_fail,E0423
//! let forged = risk::Judged(types::Record::EMPTY);
//! ```
//!
//! ```compile_fail,E0277
//! let forged: risk::Judged = types::Record::EMPTY.into();
//! ```
//!
//! An approval cannot be kept and sent a second time by copying it:
//!
//! ```compile_fail,E0599
//! fn twice(order: risk::Approved) -> (risk::Approved, risk::Approved) {
//!     (order.clone(), order)
//! }
//! ```
//!
//! What does compile is reading one:
//!
//! ```
//! fn send(order: &risk::Approved) -> types::Qty {
//!     order.fields().qty
//! }
//! ```

#[macro_use]
mod registry;

mod config;
mod counters;
mod day;
mod exposure;
mod judged;
mod markets;
mod orders;
mod rate;
mod rule;
mod stage;
mod twins;

macro_rules! declare {
    ($($module:ident: $rule:ident,)*) => { $(mod $module;)* };
}

// One file per rule, as the registry lists them.
rules!(declare);

pub use account::Gate;
pub use config::{RiskConfig, RuleSetting};
pub use counters::RiskCounters;
pub use judged::{Approved, Judged};
pub use orders::ORDER_CAPACITY;
pub use registry::{BUILT_IN, BUILT_IN_REASONS, ORDER, RULES, RuleDescriptor, rule_name};
pub use rule::{Finding, MISSING, OVERFLOW};
pub use stage::RiskStage;

#[cfg(test)]
mod tests;
