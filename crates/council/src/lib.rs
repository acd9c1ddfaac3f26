//! The council: members turn signals into votes, the council turns votes into
//! intents.
//!
//! Fed by the indicator stage; read by risk. A pure function of the sequenced
//! records: the same sequence gives the same votes and the same intents, in
//! every world. Never here: a clock, a float, an order that goes round risk, a
//! member that knows which world it is in.

// A member's file reads the same here and in another crate.
extern crate self as council;

#[macro_use]
mod registry;

mod config;
mod counters;
mod desk;
mod enrolled;
mod gate;
mod markets;
pub mod member;
mod pricing;
mod queue;
mod seats;
mod shadow;
mod stage;
mod tally;
mod turn;
mod voices;

macro_rules! declare {
    ($($module:ident: $member:ident,)*) => { $(mod $module;)* };
}

// One file per member, as the registry lists them.
members!(declare);

pub use config::{CouncilConfig, Mode, OrderSettings, SeatSettings};
pub use counters::{CouncilCounters, ShadowGauge};
pub use enrolled::{Enrolled, enrol};
pub use member::{InputSpec, ReasonSpec};
pub use registry::{MEMBERS, MemberDescriptor, members, reason};
pub use stage::{CANCELS_PER_GROUP, CouncilStage, SEATS_MAX};
pub use voices::Voices;

#[cfg(test)]
mod tests;
