//! Books, bars and incremental indicators; events to signals.
//!
//! [`IndicatorStage`] is fed by the sequencer's link and read by the council's:
//! every record passes through, and Touch and Signal records are added to its
//! group. [`bars`] and [`registry`] also serve whoever works on a capture or a
//! file of bars.
//!
//! Never here: a clock, a float in a value, an allocation after construction, an
//! order.

pub mod bars;
mod config;
mod counters;
mod input;
mod lines;
mod market;
mod maths;
mod plan;
pub mod registry;
pub mod sheet;
mod stage;

pub use config::{IndicatorConfig, MAX_LINES, Options, Source};
pub use counters::{Count, Counters};
pub use input::{Indicator, Input, Overflow, Wants};
pub use lines::{LINES_MAX, LineSpec, Lines, Unit};
pub use registry::{ALL, AnyIndicator, Descriptor};
pub use stage::IndicatorStage;

#[cfg(test)]
mod tests;
