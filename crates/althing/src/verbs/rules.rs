//! `rules`: what may refuse an order, in the order of judgement, and what risk
//! refuses whatever is configured.

use super::listed;
use crate::cli::ListFlags;
use crate::described;
use crate::failure::Failure;

/// Runs it.
///
/// # Errors
/// A name that no rule has.
pub fn run(flags: &ListFlags) -> Result<(), Failure> {
    listed::tell("rules", described::rules(), Some(described::built_in()), flags)
}
