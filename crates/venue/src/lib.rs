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

// The venues: one line here, one in the registry; `binance` is what two share.
mod binance;
mod binance_spot;
mod binance_usdm;

mod account;
mod base64;
mod cold;
mod decoder;
mod event;
mod fuzz;
mod named;
mod params;
mod plan;
mod registry;
mod reply;
mod rest_call;
mod sequence;
mod session;
mod sign;
mod specs;
mod tape;
mod venue;
mod write;

pub use account::{AccountChange, AssetNow, FundingPaid, PositionNow};
pub use cold::{
    AccountState, AssetBalance, Filters, OpenOrder, PositionState, PriceBand, UserTrade,
};
pub use decoder::Decoder;
pub use event::{DecodeError, Decoded, Depth, LevelChange, Snapshot};
pub use fuzz::{fuzz_decode, fuzz_private, fuzz_reply, fuzz_rest};
pub use named::frame_type;
pub use plan::{Bases, ConnectionPlan, Limits, Network, Paths, Streams};
pub use registry::Dialect;
pub use reply::{ApiReply, Fee, OrderNow, OrderReport, Outcome, PrivateEvent};
pub use rest_call::RestRequest;
pub use sequence::{DepthSequence, SequenceRule, Skip, Step};
pub use session::{OrderSession, Request};
pub use sign::{Signature, Signer};
pub use specs::{SpecError, SpecTable};
pub use write::EncodeError;

#[cfg(test)]
mod tests;
