//! `replay`: a journal through the line again.

use crate::failure::Failure;
use crate::worlds::replay;
use serde_json::json;
use std::path::Path;

/// Replays and, with `verify`, compares.
///
/// # Errors
/// A difference or damage, with exit code 1; a journal that cannot be opened.
pub fn run(journal: &Path, verify: bool, layout: &str, json: bool) -> Result<(), Failure> {
    let opened = cold::Journal::open(journal);
    if let (Err(why), true) = (&opened, json) {
        println!("{}", json!({"equal": false, "at": place_of(why), "why": why.to_string()}));
    }
    opened.map_err(|why| Failure::failed(why.to_string()))?;
    let made = replay::replay(journal, layout)?;
    let difference = made.difference.as_ref().filter(|_| verify);
    if json {
        let document = match difference {
            None => {
                json!({"equal": true, "order_digest": made.order_digest, "orders": made.orders, "events": made.events})
            }
            Some(why) => json!({"equal": false, "at": place_of(why), "why": why.to_string()}),
        };
        println!("{document}");
    } else if difference.is_none() {
        println!(
            "{}order digest {}  orders {}  events {}",
            if verify { "equal  " } else { "" },
            made.order_digest,
            made.orders,
            made.events
        );
    }
    match difference {
        None => Ok(()),
        Some(why) => Err(Failure::failed(format!("the replay differs: {why}"))),
    }
}

/// Where damage or a difference is, for machines.
pub(crate) fn place_of(why: &cold::JournalError) -> serde_json::Value {
    let segment = why.segment.display().to_string();
    json!({"segment": segment, "offset": why.offset, "sequence": why.sequence})
}
