//! Wires over sockets and over memory: the one crate of the line that touches
//! the network.
//!
//! [`SocketWire`] is polled by an actor's own thread and never blocks,
//! allocates or frees there; everything slow (names, TCP, TLS, handshakes,
//! REST) happens in cold rooms of this crate, the connector and the fetcher,
//! which hand finished things over bounded channels. [`MemoryWire`] is the same
//! contract over byte links, for virtual time; [`Tee`] lets a second reader follow
//! what an actor is handed.
//!
//! Never here: what a venue's bytes mean, an order, a decision.

mod backoff;
mod codec;
mod connection;
mod connector;
mod counters;
mod endpoint;
mod fetcher;
mod memory;
mod null;
mod open;
mod plan;
mod rest;
mod status;
mod stream;
mod tee;
mod tls;
mod wire;

pub use backoff::Backoff;
pub use counters::{CounterReadings, WireCounters};
pub use memory::{MemoryNames, MemoryPeer, MemorySizes, MemoryWire, memory_wire};
pub use null::NullWire;
pub use plan::{ConnectionPlan, Resolver, RestCall, RestPlan, Rotation, Target, WireSettings};
pub use rest::{Method, Reply, Rest, RestBreaker, RestClient, RestError, RestSettings};
pub use status::{ConnectionStatus, WireStatus};
pub use tee::{EVERY_CONNECTION, SECOND_READER, SecondReader, Tee};
pub use wire::{SocketWire, WireHandle};

#[cfg(test)]
mod tests;
