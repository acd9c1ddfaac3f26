//! The worlds: what stands at the two ends of the line and where time comes
//! from. Everything between the ends is the same in all of them.

pub mod in_process;
pub mod lockstep;
pub mod realtime;
pub mod record;
pub mod replay;
pub mod session;
pub mod threads;
pub mod virtually;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::recorded;
