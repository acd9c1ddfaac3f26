//! The actor contract and what runs it: the duty loop, threads, pinning, the
//! clock of real time, and the seal that ends allocation.
//!
//! An actor does not know its thread: the same actor runs alone on a pinned
//! core, shares a thread with its neighbours, or is turned by a lock-step
//! driver. It never waits, never sleeps and never asks a clock.

mod alloc;
mod clock;
mod duty;
mod named;
mod outbox;
mod pin;
mod runner;
mod stage;
mod stop;
mod waiting;
mod wire;

pub use alloc::{CountingAllocator, allocations, in_tls, seal_thread};
pub use clock::{Clock, Meter};
pub use duty::{Actor, Duty, Heartbeat};
pub use named::NamedCounts;
pub use outbox::{Outbox, Slot};
pub use pin::{Pinned, allowed_cores, pin_to};
pub use runner::{Crew, LAST, Running, start};
pub use stage::{Stage, StageActor};
pub use stop::StopFlag;
pub use waiting::{Wait, Waiting};
pub use wire::{SendOutcome, Wire, WireEvent};

#[cfg(test)]
mod tests;
