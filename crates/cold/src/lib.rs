//! The side thread: journal, statistics, metrics. May block, may allocate.
mod journal;
mod explain;
mod stats;
mod side;
mod replay;
pub use journal::*;
pub use explain::*;
pub use stats::*;
pub use side::*;
pub use replay::*;
