//! What venues say and want to hear: a pure codec, bring your own socket.
//!
//! Frames come from the feed's links and the gateway's sockets; the normalizer
//! and the gateway read what is decoded here, and the gateway sends what is
//! encoded and signed here. Cold rooms use the REST parsers and the plans.
//!
//! Hot: [`Decoder`], [`DepthSequence`], [`OrderSession`]: no allocation once
//! made. Cold: everything that returns a `String` or a `Vec`.
//!
//! Never here: a socket, a clock, a retry, a float that touches a price.

// The venues: one line here, one in the registry.
mod binance_usdm;

mod cold;
mod decoder;
mod event;
mod plan;
mod registry;
mod reply;
mod sequence;
mod session;
mod sign;
mod specs;
mod tape;
mod venue;
mod write;

pub use cold::{AccountState, AssetBalance, OpenOrder, PositionState};
pub use decoder::{Decoder, fuzz_decode};
pub use event::{DecodeError, Decoded, Depth, LevelChange, Snapshot};
pub use plan::{Bases, ConnectionPlan, Limits, Network, Paths, Streams};
pub use registry::Dialect;
pub use reply::{ApiReply, Fee, OrderNow, OrderReport, Outcome, PrivateEvent};
pub use sequence::{DepthSequence, SequenceRule, Skip, Step};
pub use session::{OrderSession, Request};
pub use sign::Signer;
pub use specs::{SpecError, SpecTable};
pub use write::EncodeError;

#[cfg(test)]
mod tests;
