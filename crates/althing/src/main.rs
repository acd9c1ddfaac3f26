//! The one binary: Althing with the members that it has by itself.

use std::process::ExitCode;

/// Counts what sealed threads allocate; see `actor::alloc`.
#[global_allocator]
static ALLOCATOR: actor::CountingAllocator = actor::CountingAllocator;

fn main() -> ExitCode {
    althing::program(&[])
}
