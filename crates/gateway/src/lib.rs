//! The only way out: makes order bytes, writes them, and owns each order's life
//! until it is over.
//!
//! Reads: what risk let pass, and its own sockets (order connection, private
//! stream). Feeds: the cold side with everything that passed, and the sequencer,
//! through the return ring, with what became of it. Nothing is decided on an
//! outcome before it has been sequenced; so a replay decides the same.
//!
//! Full-policy: it reads its sockets only while the return ring has room for a
//! whole read besides the slots reserved for its own outcomes, so it can never
//! block the line; it takes no input while the cold side's link is full.
//!
//! Never here: a retry under another id, an opinion, a number that is not in the
//! sequence.

mod answers;
mod connections;
mod counters;
mod gateway;
mod inbound;
mod known;
mod latch;
mod life;
mod orders;
mod outbound;
mod tape;

pub use connections::{API, PRIVATE, SPARE};
pub use counters::GatewayCounters;
pub use gateway::{Gateway, GatewayConfig, GatewayLinks};
pub use latch::KillLatch;
pub use life::{Cause, LIFE, Next, Row, next_state, proves_placed};
pub use orders::{Order, OrderTable};
pub use outbound::Outbound;

#[cfg(test)]
mod tests;
