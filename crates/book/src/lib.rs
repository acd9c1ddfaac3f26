//! Order books from level changes, beside a slow obvious twin.
//!
//! Fed by the indicator stage and by whatever inspects a capture: snapshots and
//! absolute quantities per price. Read for the touch, the best levels and sums
//! over them. A level near the touch costs a few nanoseconds: it is one slot of
//! a dense window of ticks; levels far away lie in a sorted store.
//!
//! Never here: an allocation after [`Book::new`], a float, a sequence rule (the
//! normalizer keeps those), a repair of what the venue said: a crossed book
//! stays crossed and says so.

mod book;
mod grid;
mod ladder;
pub mod naive;
mod window;

pub use book::{Book, Levels, NEAR_LEVELS};
pub use ladder::Applied;
pub use naive::NaiveBook;
pub use window::WINDOW_TICKS;

#[cfg(test)]
mod tests;
