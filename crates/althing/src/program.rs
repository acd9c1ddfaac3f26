//! A whole program: the command line, what it asks for, and the exit code. The
//! binary `althing` is this with nobody enrolled; a binary of another crate is
//! this with members of its own (tools/example-member).
//!
//! Never here: the allocator, which each binary names for itself.

use crate::cli::Cli;
use crate::failure::Failure;
use clap::Parser;
use council::Enrolled;
use std::process::ExitCode;

/// Enrols `members` beside the council's own, then does what the command line
/// asks. A binary names `actor::CountingAllocator` as its allocator, or what is
/// allocated after the seal is not counted.
#[must_use]
pub fn program(members: &'static [Enrolled]) -> ExitCode {
    if let Err(why) = council::enrol(members) {
        return end(&Failure::not_safe(why.to_string()));
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(why) => {
            let code = if why.use_stderr() { 2 } else { 0 };
            let _ = why.print();
            return ExitCode::from(code);
        }
    };
    // A panic of the supervisor's own thread: the worlds have ended themselves on its
    // way up, and the message has been printed.
    let ran = std::panic::catch_unwind(|| crate::run(&cli)).unwrap_or_else(|_| {
        let sentence = "stopped by a fault of the program, see the panic above; nothing more was \
            placed, and the record is not sealed";
        Err(Failure::not_safe(sentence))
    });
    ran.map_or_else(|failure| end(&failure), |()| ExitCode::SUCCESS)
}

fn end(failure: &Failure) -> ExitCode {
    eprintln!("althing: {failure}");
    ExitCode::from(failure.code)
}
