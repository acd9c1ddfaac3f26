//! Frames to fixed-point events, the integrity of each book, and the one
//! sequencer in which everything meets.
//!
//! Reads: the frame links of all feeds, the gateway's return ring, the command
//! link. Feeds: the indicator stage, and through it everything else. Full-policy:
//! an event waits in the staging buffer until the next link has room; the frame it
//! came from stays in its link until then.
//!
//! Never here: a book, an opinion, a clock that decides (the sequencer's clock
//! only says when a timer is due, and in virtual time there is none).

mod copies;
mod counters;
mod in_order;
mod lanes;
mod newest;
mod normalizer;
mod quotes;
mod sequencer;
mod staging;
mod streams;
mod sync;
mod untold;
mod waiting;

pub use copies::{CopiedStream, CopyCount};
pub use counters::NormalizerCounters;
pub use normalizer::{FeedInput, Normalizer, NormalizerConfig};
pub use sequencer::{Sequencer, SequencerInputs, TIMER_PERIOD};

#[cfg(test)]
mod tests;
