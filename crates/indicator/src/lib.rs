//! Books, bars and incremental indicators; events to signals.
//!
//! [`IndicatorStage`] is fed by the sequencer's link and read by the council's:
//! every record passes through, and Touch and Signal records are added to its
//! group. [`bars`] and [`registry`] also serve whoever works on a capture or a
//! file of bars.
//!
//! Never here: a clock, a float, an allocation after construction, an order.

pub mod bars;
mod config;
mod counters;
mod input;
mod market;
mod plan;
pub mod registry;
mod smooth;
mod stage;

pub use config::{IndicatorConfig, MAX_INDICATORS, Options, Source};
pub use counters::{Count, Counters};
pub use input::{Indicator, Input, Overflow, Wants};
pub use registry::{ALL, AnyIndicator, Descriptor};
pub use stage::IndicatorStage;

#[cfg(test)]
mod tests;
