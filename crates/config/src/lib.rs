//! The configuration: TOML text, environment and flags become one checked,
//! typed value, or a list of everything that is wrong with them.
//!
//! The binary feeds it; every other crate is handed its part. The crate needs
//! none of them: what they register comes in as data ([`Registries`]). It
//! reads no environment and writes no file; the user's file is never changed.
//!
//! The way through: [`Document`] (flat keys with places) → plan (which keys
//! may be there) → values (each judged by its kind) → checks (keys that must
//! agree) → [`Config`]. All complaints of all steps are reported at once.
//!
//! Invariant: no secret is in a [`Config`], a [`Loaded`] or a [`ConfigError`].

mod build;
mod canonical;
mod checks;
mod config;
mod document;
mod fault;
mod forms;
mod judge;
pub mod keys;
mod load;
mod nearest;
mod page;
mod plan;
mod registry;
pub mod schema;
mod secret;
mod show;
mod value;
mod values;
mod venue_model;

pub use config::{
    Config, Council, CouncilMode, Durability, Engine, Exchange, Feed, Gateway, IndicatorChoice,
    Indicators, Instrument, Journal, KeyType, Metrics, Mode, Network, OrderPlan, ParamList,
    RuleChoice, RuleState, Seat, SecretPlace, Source, Speed, Stream, Venue, Wait,
};
pub use document::{Document, Entry, Override, PREFIX};
pub use fault::ConfigError;
pub use load::Loaded;
pub use page::document;
pub use registry::{Registered, Registries, Role};
pub use secret::{Credentials, Secret, SecretError, credentials, read_secret_file};
pub use value::{Origin, Scalar, Written};
pub use values::Effective;
pub use venue_model::{Funding, Latency, Queue, VenueModel, longest_way_us};

/// The configuration of the demo, built in: used when no file is named.
pub const DEMO: &str = include_str!("../../../configs/demo.toml");

/// The name of [`DEMO`] in messages.
pub const DEMO_NAME: &str = "configs/demo.toml (built in)";

#[cfg(test)]
mod tests;
