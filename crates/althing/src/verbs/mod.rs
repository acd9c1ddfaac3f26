//! The verbs of the command line, one file each.

pub mod configuration;
pub mod demo;
pub mod exchange;
pub mod record;
pub mod replay;
pub mod run;
pub mod topo;
