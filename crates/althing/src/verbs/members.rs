//! `members`: what may sit in the council, with everything that its files say.

use super::listed;
use crate::cli::ListFlags;
use crate::described;
use crate::failure::Failure;

/// Runs it.
///
/// # Errors
/// A name that no member has.
pub fn run(flags: &ListFlags) -> Result<(), Failure> {
    listed::tell("members", described::members(), None, flags)
}
