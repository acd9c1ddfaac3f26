//! The one binary: parses the command line, runs it, and turns a failure into a
//! sentence and an exit code.

use althing::cli::Cli;
use althing::failure::Failure;
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
    // A panic of the supervisor's own thread: the worlds have ended themselves on its
    // way up, and the message has been printed.
    let ran = std::panic::catch_unwind(|| althing::run(&cli)).unwrap_or_else(|_| {
        let sentence = "stopped by a fault of the program, see the panic above; nothing more was \
            placed, and the record is not sealed";
        Err(Failure::not_safe(sentence))
    });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("althing: {failure}");
            ExitCode::from(failure.code)
        }
    }
}
