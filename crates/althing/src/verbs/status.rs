//! `status` and `positions`: where a run stands, from its record; a run that is
//! over, or one that goes on in another process.
//!
//! A running engine has written what is not older than its last flush, and the
//! page says as of when. Never here: a word to the running engine.

use super::located::{candidates, open};
use crate::cli::RecordFlags;
use crate::failure::Failure;
use crate::plan;
use cold::{Ending, Names, Standing};
use serde_json::json;
use std::io::Write;

/// `status`.
///
/// # Errors
/// No journal, or damage.
pub fn status(flags: &RecordFlags) -> Result<(), Failure> {
    let found = found(flags)?;
    let Found { standing, world, names } = &found;
    print(flags.json, || standing.to_json(world, names), || standing.to_text(world, names));
    Ok(())
}

/// `positions`.
///
/// # Errors
/// As [`status`].
pub fn positions(flags: &RecordFlags) -> Result<(), Failure> {
    let standing = found(flags)?.standing;
    let document = || {
        json!({
            "positions": standing.positions_json(),
            "pnl": standing.stats.pnl().map(|pnl| pnl.to_string()),
            "fees": standing.stats.fees().map(|fees| fees.to_string()),
            "last_ns": standing.stats.last_ts.0,
            "sealed": standing.ending == Ending::Sealed,
        })
    };
    print(flags.json, document, || standing.positions_text());
    Ok(())
}

struct Found {
    standing: Standing,
    world: String,
    names: Names,
}

fn found(flags: &RecordFlags) -> Result<Found, Failure> {
    let found = candidates(flags, None)?;
    let Some(candidate) = found.first() else {
        return Err(Failure::failed("no journal was found; give --journal"));
    };
    let journal = open(&candidate.path)?;
    let standing = cold::standing(&journal).map_err(|why| Failure::failed(why.to_string()))?;
    candidate.tell();
    // A whole one that goes on is told by the page itself.
    if let Ending::Unsealed(torn) = &standing.ending
        && torn.bytes_cut > 0
    {
        eprintln!("{torn}");
    }
    // A configuration that this build does not understand leaves numbers without
    // names; where the run stands can be told all the same.
    let (world, names) = match plan::recorded(&journal) {
        Ok(loaded) => {
            let mode = format!("{:?}", loaded.config.engine.mode).to_lowercase();
            (mode, plan::names(&loaded.config))
        }
        Err(why) => {
            eprintln!("{}\nrules are shown by their numbers", why.sentence);
            ("unknown".to_owned(), Names::default())
        }
    };
    Ok(Found { standing, world, names })
}

fn print(json: bool, document: impl FnOnce() -> serde_json::Value, text: impl FnOnce() -> String) {
    let text = if json { format!("{:#}\n", document()) } else { text() };
    // A reader that has gone away is not our failure.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
