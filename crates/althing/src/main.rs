//! The one binary: parses the command line, runs it, and turns a failure into a
//! sentence and an exit code.

use althing::cli::Cli;
use clap::Parser;
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
    match althing::run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("althing: {failure}");
            ExitCode::from(failure.code)
        }
    }
}
