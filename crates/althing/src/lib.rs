//! Althing's composition root: it reads flags, builds the line from the rooms of
//! the house, starts it, and says what came of it. A binary is a shell around
//! [`program`].
//!
//! Never here: a stage's logic, a venue's bytes, a number on the hot path.

pub mod cli;
pub mod described;
pub mod failure;
pub mod line;
pub mod market;
pub mod plan;
mod program;
pub mod remembered;
pub mod shape;
pub mod signals;
pub mod startup;
pub mod summary;
pub mod telemetry;
pub mod verbs;
pub mod worlds;

pub use program::program;

use cli::{Cli, Verb};
use failure::Failure;

/// Does what the command line asks.
///
/// # Errors
/// The first thing that fails, with its exit code.
pub fn run(cli: &Cli) -> Result<(), Failure> {
    match &cli.verb {
        None => verbs::demo::run(&cli.run),
        Some(Verb::Run(flags)) => verbs::run::run(flags),
        Some(Verb::Replay { journal, verify, layout, json }) => {
            verbs::replay::run(journal, *verify, layout, *json)
        }
        Some(Verb::Why { client_order_id, record }) => verbs::record::why(client_order_id, record),
        Some(Verb::Orders { record }) => verbs::record::orders(record),
        Some(Verb::Status { record }) => verbs::status::status(record),
        Some(Verb::Positions { record }) => verbs::status::positions(record),
        Some(Verb::Topo { config, layout }) => {
            verbs::topo::run(config.as_deref(), layout.as_deref())
        }
        Some(Verb::Config { what }) => verbs::configuration::run(what),
        Some(Verb::Journal { what }) => verbs::record::journal(what),
        Some(Verb::Ledger { what }) => verbs::ledger::run(what),
        Some(Verb::Indicators(flags)) => verbs::indicators::run(flags),
        Some(Verb::Members(flags)) => verbs::members::run(flags),
        Some(Verb::Rules(flags)) => verbs::rules::run(flags),
        Some(Verb::Capture { what }) => verbs::capture::run(what),
        Some(Verb::Record(flags)) => verbs::recorder::run(flags),
        Some(Verb::Venue(flags)) => verbs::exchange::run(flags),
    }
}
