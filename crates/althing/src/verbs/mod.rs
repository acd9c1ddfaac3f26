//! The verbs of the command line, one file each.

pub mod asked;
pub mod capture;
pub mod configuration;
pub mod demo;
pub mod exchange;
pub mod located;
pub mod indicators;
pub mod record;
pub mod recorder;
pub mod replay;
pub mod run;
pub mod topo;
