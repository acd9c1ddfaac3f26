//! Recorded markets: reading them in the order of their stamps, writing them,
//! and saying what is in them.
//!
//! Two formats are read: `<local time> <JSON>` per line, and sessions of one
//! JSON object per line, which is also what is written; plain, gzip or zstd,
//! one file or several. Files are streamed, so their size does not matter.
//! What a recording means is asked of the engine itself: [`BookLine`] is the
//! normalizer with books behind it.
//!
//! Read by the `capture` and `record` verbs. Never here: a socket, a decision,
//! a repair of what was recorded.

mod bars;
mod calendar;
mod candle;
mod digest;
mod entry;
mod fault;
mod frame;
mod fuzz;
mod grain;
mod inspect;
mod line;
mod order;
mod recorder;
mod rules;
mod session;
mod source;
mod survey;
mod tape;
mod url;

pub use bars::{RecordedBar, RecordedBars, bars, interval};
pub use candle::{Candle, volume_text};
pub use entry::{Entry, What};
pub use fault::Fault;
pub use fuzz::fuzz_recording;
pub use grain::Grain;
pub use inspect::{Inspected, Question, inspect};
pub use line::{BookLine, Counts, FRAME_MAX, Watched};
pub use recorder::{Recorded, RecordedStream, Recorder, RecorderPlan};
pub use rules::{Rules, SpecSource};
pub use session::ClosedFile;
pub use survey::{ByType, Survey, SymbolFacts};
pub use tape::Tape;
