//! Both ends of a replay: the recorded inputs go in, and what the line makes of
//! them is compared with what was recorded.
//!
//! Never here: an opinion about a difference; the first one is reported as it is.

mod comparator;
mod feed;

pub use comparator::{Comparator, Comparison};
pub use feed::ReplayFeed;

#[cfg(test)]
mod tests;
