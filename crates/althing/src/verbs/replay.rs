//! `replay`: a journal through the line again.
//!
//! A journal that was not sealed (the run was killed, or its end was cut off) is replayed up to
//! its last whole group: that is said, with `"sealed": false`, and equality of the part that is
//! there exits 0. A sealed journal with any damage exits 1.

use super::asked::to_standard_output;
use super::located;
use super::record::{place_in, place_of, say_ending};
use crate::failure::Failure;
use crate::plan;
use crate::worlds::replay;
use cold::{Comparison, Ending, JournalError};
use serde_json::{Value, json};
use std::path::Path;

/// Replays and, with `verify`, compares.
///
/// # Errors
/// A difference or damage, with exit code 1; a journal that cannot be opened.
pub fn run(journal: &Path, verify: bool, layout: &str, json: bool) -> Result<(), Failure> {
    let opened = located::open(journal).and_then(|journal| plan::check_rules(&journal));
    let made = opened.and_then(|()| replay::replay(journal, layout));
    if let (Err(why), true) = (&made, json) {
        let at = place_in(journal, why);
        // What is wrong with the journal is said in either case.
        let _ = tell(&json!({"equal": false, "at": at, "why": why.sentence}));
    }
    let made = made?;
    let difference = made.difference.as_ref().filter(|_| verify);
    let said = say(&made, difference, verify, json);
    match difference {
        None => said,
        Some(why) => Err(Failure::failed(format!("the replay differs: {why}"))),
    }
}

fn tell(document: &Value) -> Result<(), Failure> {
    to_standard_output(&format!("{document}\n"))
}

fn say(
    made: &Comparison,
    difference: Option<&JournalError>,
    verify: bool,
    json: bool,
) -> Result<(), Failure> {
    if let Some(why) = difference {
        let document = json!({"equal": false, "at": place_of(why), "why": why.to_string()});
        return if json { tell(&document) } else { Ok(()) };
    }
    let (digest, orders, events) = (&made.order_digest, made.orders, made.events);
    let mut document =
        json!({"equal": true, "order_digest": digest, "orders": orders, "events": events});
    if let Some(ending) = &made.ending {
        say_ending(&mut document, ending);
    }
    if json {
        return tell(&document);
    }
    let equal = if verify { "equal  " } else { "" };
    let mut page = format!("{equal}order digest {digest}  orders {orders}  events {events}\n");
    if let Some(Ending::Unsealed(torn)) = &made.ending {
        page += &format!("{torn}\nwhat is said here holds for the part that is there\n");
    }
    to_standard_output(&page)
}
