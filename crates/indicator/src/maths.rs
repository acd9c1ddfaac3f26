//! The arithmetic under the indicators: exact rolling sums, means, decays,
//! ratios, roots and logarithms in integers and fixed point.
//!
//! Read by the indicators alone. Never here: a float, an allocation after
//! construction, a value that depends on the machine.

mod divide;
mod extreme;
mod log;
mod range;
mod ring;
mod root;
mod smooth;

pub(crate) use divide::{Divisor, fraction, quotient};
pub(crate) use extreme::Extreme;
pub(crate) use log::log_return;
pub(crate) use range::{Ohlc, true_range};
pub(crate) use ring::Ring;
pub(crate) use root::{Scale, root};
pub(crate) use smooth::Average;

#[cfg(test)]
mod tests;
