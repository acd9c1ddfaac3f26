//! From an order back to the tick: `althing why`, and the list of all orders.
//!
//! Reads a journal with the engine stopped, in one pass, and keeps only what it
//! will show. The names of indicators, members, reasons and rules come from the
//! caller, who has the configuration.
//!
//! Never here: anything that a running engine waits for.

mod decision;
mod orders;
mod shown;
mod standing;
mod tally;
mod text;
mod utc;
mod why;

pub use orders::{OrderFill, OrderStories, OrderStory, StateChange, orders};
pub use shown::{Shown, StageTime};
pub use standing::{BookStanding, Breaker, FeedStanding, Standing, standing};
pub use tally::TallyShown;
pub use utc::utc;
pub use why::{Explanation, explain};

#[cfg(test)]
mod tests;
