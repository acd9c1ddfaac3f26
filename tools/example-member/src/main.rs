//! Althing with one more member, [`Steady`](steady::Steady), and no line of the
//! engine touched: it is every verb of `althing`, and `[[council.member]] name =
//! "steady"` in a configuration seats it.

mod steady;

use council::Enrolled;
use std::process::ExitCode;

/// Counts what sealed threads allocate.
#[global_allocator]
static ALLOCATOR: actor::CountingAllocator = actor::CountingAllocator;

/// The members of this crate: one line each.
static MEMBERS: [Enrolled; 1] = [Enrolled::of::<steady::Steady>()];

fn main() -> ExitCode {
    althing::program(&MEMBERS)
}
