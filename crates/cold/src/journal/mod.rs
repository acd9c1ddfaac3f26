//! The journal: a directory that holds one run's segments and nothing else.
//!
//! A segment is a header, in the first segment the run's configuration, 64-byte
//! records, and, when it was closed in order, a seal. Written by [`JournalWriter`]
//! on the cold side; read by [`Journal`] with the engine stopped. `format.rs`
//! has the layout byte for byte.
//!
//! Never here: an edit of a written byte, a retry of a failed write or sync, a
//! guess about a tail that is damaged.

mod chain;
mod digest;
mod dump;
mod error;
mod fields;
mod format;
mod groups;
mod open;
mod rule;
mod run;
mod segment;
mod specs;
mod store;
mod tail;
mod writer;

pub use digest::{OrderDigest, order_line};
pub(crate) use dump::write_text;
pub use dump::{DumpForm, dump};
pub use error::JournalError;
pub use fields::{Field, visit_fields};
pub(crate) use fields::{cause, snake};
pub use groups::{Ending, Group, Groups, Torn};
pub use open::{Journal, Verified};
pub use run::{Durability, JournalSettings, Kept, RunInfo, Sealed};
pub use specs::Specs;
pub use store::{DirStore, SegmentFile, Store};
pub use writer::JournalWriter;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
