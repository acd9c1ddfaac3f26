//! Tests of the one binary as a user meets it: arguments, environment and signals in; standard
//! output, exit code and journal out. One program, modules by subject.
//!
//! Never here: a call into the crates that the binary is made of. What a journal says is read from
//! `journal dump --json` and judged by rules that are written down a second time in `audit`.
//!
//! `ALTHING=PATH` tests that binary instead of the one that Cargo has built beside the tests.

mod audit;
mod captures;
mod command_line;
mod configuration;
mod connections;
mod damage;
mod demo;
mod edges;
mod exchange_alone;
mod explain;
mod faults;
mod funding;
mod http;
mod ledger;
mod misfortune;
mod paper;
mod program;
mod recorded;
mod recording;
mod replays;
mod run_verb;
mod same_orders;
mod scale;
mod scratch;
mod sessions;
mod spot;
mod standing;
mod streams;
mod summary;
mod worlds;
