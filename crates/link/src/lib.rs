//! The edge between two actors: one writer, one reader, a stated depth.
//!
//! [`link`] carries fixed-size records over a disruptor ring; [`frames`]
//! carries venue bytes of any length, contiguous, so that a decoder works on
//! them where they lie. Both are polled on the actors' own threads and neither
//! ever blocks, grows or drops: a full link answers `Full`, and the actor that
//! owns the sender has a written answer to that.
//!
//! Never here: a thread, a wait, a call of disruptor's that is unsound or spins
//! (`batch_publish`, `try_batch_publish`, `publish`).

mod frames;
mod gauge;
mod ring;

pub use frames::{Frame, FrameHead, FrameKind, FrameReceiver, FrameSender, frames};
pub use gauge::Gauge;
pub use ring::{Batch, Full, Receiver, Sender, link};

#[cfg(test)]
mod tests;
