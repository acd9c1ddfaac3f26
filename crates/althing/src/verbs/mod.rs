//! The verbs of the command line, one file each.

pub mod asked;
pub mod capture;
pub mod configuration;
pub mod demo;
pub mod exchange;
pub mod indicators;
pub mod ledger;
pub mod listed;
mod living;
pub mod located;
pub mod members;
pub mod record;
pub mod recorder;
pub mod replay;
pub mod rules;
pub mod run;
pub mod status;
pub mod topo;
