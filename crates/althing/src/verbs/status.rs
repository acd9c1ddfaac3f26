//! `status` and `positions`: where a run stands, from its record; a run that is
//! over, or one that goes on in another process.
//!
//! A running engine has written what is not older than its last flush, and the
//! page says as of when. What no record holds, its actors, links and connections, is
//! asked of its metrics. Never here: a word that the running engine acts on.

use super::asked::to_standard_output;
use super::living::Living;
use super::located::{candidates, open};
use crate::cli::RecordFlags;
use crate::failure::Failure;
use crate::plan;
use crate::worlds::record::announced;
use cold::{Ending, Names, Standing};
use serde_json::json;

/// `status`.
///
/// # Errors
/// No journal, or damage.
pub fn status(flags: &RecordFlags) -> Result<(), Failure> {
    let found = found(flags)?;
    let Found { standing, world, names, living } = &found;
    let document = || {
        let mut document = standing.to_json(world, names);
        living.add_to(&mut document);
        document
    };
    let page = || format!("{}{}", standing.to_text(world, names), living.text());
    print(flags.json, document, page)
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
            "funding": standing.stats.funding.map(|funding| funding.to_string()),
            "last_ns": standing.stats.last_ts.0,
            "sealed": standing.ending == Ending::Sealed,
        })
    };
    print(flags.json, document, || standing.positions_text())
}

struct Found {
    standing: Standing,
    world: String,
    names: Names,
    /// What is not in its record.
    living: Living,
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
            (mode, plan::names_in(&journal, &loaded.config))
        }
        Err(why) => {
            eprintln!("{}\nrules are shown by their numbers", why.sentence);
            ("unknown".to_owned(), Names::default())
        }
    };
    let living = match standing.ending {
        Ending::Sealed => Living::Over,
        Ending::Unsealed(_) => Living::ask(announced(&candidate.path)),
    };
    Ok(Found { standing, world, names, living })
}

fn print(
    json: bool,
    document: impl FnOnce() -> serde_json::Value,
    text: impl FnOnce() -> String,
) -> Result<(), Failure> {
    to_standard_output(&if json { format!("{:#}\n", document()) } else { text() })
}
