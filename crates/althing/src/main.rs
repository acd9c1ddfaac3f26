//! Althing's one binary: the composition root. It reads flags, builds the line
//! from the rooms of the house, starts it, and says what came of it.
//!
//! Never here: a stage's logic, a venue's bytes, a number on the hot path.

mod cli;
mod failure;
mod line;
mod plan;
mod shape;
mod signals;
mod startup;
mod summary;
mod telemetry;
mod verbs;
mod worlds;

use clap::Parser;
use cli::{Cli, Verb};
use std::process::ExitCode;

/// Counts what sealed threads allocate; see `actor::alloc`.
#[global_allocator]
static ALLOCATOR: actor::CountingAllocator = actor::CountingAllocator;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(why) => {
            let code = if why.use_stderr() { 2 } else { 0 };
            let _ = why.print();
            return ExitCode::from(code);
        }
    };
    let done = match &cli.verb {
        None => verbs::demo::run(&cli.run),
        Some(Verb::Run(flags)) => verbs::run::run(flags),
        Some(Verb::Replay { journal, verify, layout, json }) => {
            verbs::replay::run(journal, *verify, layout, *json)
        }
        Some(Verb::Why { client_order_id, record }) => verbs::record::why(client_order_id, record),
        Some(Verb::Orders { record }) => verbs::record::orders(record),
        Some(Verb::Topo { config, layout }) => verbs::topo::run(config.as_deref(), layout),
        Some(Verb::Config { what }) => verbs::configuration::run(what),
        Some(Verb::Journal { what }) => verbs::record::journal(what),
        Some(Verb::Venue(flags)) => verbs::exchange::run(flags),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("althing: {failure}");
            ExitCode::from(failure.code)
        }
    }
}
