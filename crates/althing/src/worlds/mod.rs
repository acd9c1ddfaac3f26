//! The worlds: what stands at the two ends of the line and where time comes
//! from. Everything between the ends is the same in all of them.

pub mod chosen;
pub mod in_process;
pub mod inventory;
pub mod keys;
pub mod lockstep;
pub mod order_sessions;
pub mod realtime;
pub mod record;
pub mod replay;
pub mod session;
pub mod threads;
pub mod venue_model;
pub mod virtually;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::recorded;
