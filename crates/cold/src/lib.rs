//! The side thread: journal, statistics, metrics. May block, may allocate.
