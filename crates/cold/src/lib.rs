//! The side thread: journal, statistics, metrics. May block, may allocate.
mod journal;
mod explain;
mod stats;
pub use journal::*;
pub use explain::*;
pub use stats::*;
