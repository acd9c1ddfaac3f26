//! `replay`: a journal through the line again.
//!
//! A journal that was not sealed (the run was killed, or its end was cut off) is replayed up to
//! its last whole group: that is said, with `"sealed": false`, and equality of the part that is
//! there exits 0. A sealed journal with any damage exits 1.

use super::located;
use super::record::{place_in, place_of, say_ending};
use crate::failure::Failure;
use crate::worlds::replay;
use cold::{Comparison, Ending, JournalError};
use serde_json::json;
use std::path::Path;

/// Replays and, with `verify`, compares.
///
/// # Errors
/// A difference or damage, with exit code 1; a journal that cannot be opened.
pub fn run(journal: &Path, verify: bool, layout: &str, json: bool) -> Result<(), Failure> {
    let made = located::open(journal).and_then(|_| replay::replay(journal, layout));
    if let (Err(why), true) = (&made, json) {
        println!("{}", json!({"equal": false, "at": place_in(journal, why), "why": why.sentence}));
    }
    let made = made?;
    let difference = made.difference.as_ref().filter(|_| verify);
    say(&made, difference, verify, json);
    match difference {
        None => Ok(()),
        Some(why) => Err(Failure::failed(format!("the replay differs: {why}"))),
    }
}

fn say(made: &Comparison, difference: Option<&JournalError>, verify: bool, json: bool) {
    if let Some(why) = difference {
        if json {
            println!("{}", json!({"equal": false, "at": place_of(why), "why": why.to_string()}));
        }
        return;
    }
    let (digest, orders, events) = (&made.order_digest, made.orders, made.events);
    let mut document =
        json!({"equal": true, "order_digest": digest, "orders": orders, "events": events});
    if let Some(ending) = &made.ending {
        say_ending(&mut document, ending);
    }
    if json {
        println!("{document}");
        return;
    }
    let equal = if verify { "equal  " } else { "" };
    println!("{equal}order digest {digest}  orders {orders}  events {events}");
    if let Some(Ending::Unsealed(torn)) = &made.ending {
        println!("{torn}");
        println!("what is said here holds for the part that is there");
    }
}
