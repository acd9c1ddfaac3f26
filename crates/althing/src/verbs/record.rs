//! `why`, `orders`, `journal verify`, `journal dump`: from the record, with the
//! engine stopped.
//!
//! Exit codes: 0 also for a journal that was not sealed, whose torn tail is cut and told; 1 for
//! damage, for what is no journal, and for an order that is in none; 2 for a path that names no
//! directory; 3 for a recorded configuration that this build does not understand.

use super::asked::to_standard_output;
use super::located::{candidates, open};
use crate::cli::{JournalVerb, RecordFlags};
use crate::failure::Failure;
use crate::plan;
use cold::{DumpForm, Ending, Explanation, Journal, JournalError, Names};
use serde_json::{Value, json};
use std::io::{BufWriter, Write};
use std::path::Path;
use types::ClientOrderId;

/// `why`.
///
/// # Errors
/// A text that is no id, an order that no journal knows, damage.
pub fn why(id: &str, flags: &RecordFlags) -> Result<(), Failure> {
    let order = ClientOrderId::parse(id.trim().as_bytes())
        .map_err(|why| Failure::usage(format!("{id}: {why}")))?;
    let mut looked = Vec::new();
    for candidate in candidates(flags, Some(order))? {
        let journal = open(&candidate.path)?;
        if let Some(explanation) = explained(&journal, order)? {
            candidate.tell();
            return print(flags.json, &explanation.to_json(), &explanation.to_text());
        }
        looked.push(format!("{} ({})", candidate.path.display(), candidate.because));
    }
    Err(Failure::failed(format!(
        "order {order} is not in {}; `althing orders` lists those that are, and --journal names \
         another journal",
        looked.join(", nor in ")
    )))
}

fn explained(journal: &Journal, order: ClientOrderId) -> Result<Option<Explanation>, Failure> {
    let names = plan::names_in(journal, &plan::recorded(journal)?.config);
    cold::explain(journal, order, &names).map_err(Failure::damaged)
}

/// `orders`.
///
/// # Errors
/// No journal, or damage.
pub fn orders(flags: &RecordFlags) -> Result<(), Failure> {
    let found = candidates(flags, None)?;
    let Some(candidate) = found.first() else { return Ok(()) };
    let journal = open(&candidate.path)?;
    let stories = cold::orders(&journal).map_err(Failure::damaged)?;
    candidate.tell();
    let mut text = String::new();
    for story in &stories {
        text.push_str(&story.to_text());
        text.push('\n');
    }
    let document =
        json!({"orders": stories.iter().map(cold::OrderStory::to_json).collect::<Vec<_>>()});
    print(flags.json, &document, &text)
}

/// `journal verify` and `journal dump`.
///
/// # Errors
/// Damage, with where it is.
pub fn journal(what: &JournalVerb) -> Result<(), Failure> {
    match what {
        JournalVerb::Verify { journal, json } => verify(journal, *json),
        JournalVerb::Dump { journal, orders, json } => {
            let form = match (orders, json) {
                (true, _) => DumpForm::Orders,
                (_, true) => DumpForm::Json,
                _ => DumpForm::Text,
            };
            dump(&open(journal)?, form)
        }
    }
}

fn dump(journal: &Journal, form: DumpForm) -> Result<(), Failure> {
    // A dump is for looking at what is there: a configuration that this build does not
    // understand leaves numbers without names, and that is said.
    let names = match plan::recorded(journal) {
        Ok(loaded) => plan::names_in(journal, &loaded.config),
        Err(why) => {
            eprintln!("{}\nnumbers are shown without names and units", why.sentence);
            Names::default()
        }
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    let dumped = cold::dump(journal, &names, form, &mut out);
    match dumped.and_then(|groups| out.flush().map(|()| groups)) {
        // A reader that has gone away is not our failure.
        Err(why) if why.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(why) => Err(Failure::failed(format!("standard output could not be written: {why}"))),
        Ok(Ok(groups)) => {
            if let Some(Ending::Unsealed(torn)) = groups.ending() {
                eprintln!("{torn}");
            }
            Ok(())
        }
        Ok(Err(why)) => Err(Failure::damaged(why)),
    }
}

fn tell(document: &Value) -> Result<(), Failure> {
    to_standard_output(&format!("{document}\n"))
}

fn verify(directory: &Path, json: bool) -> Result<(), Failure> {
    let opened = open(directory);
    if let (Err(why), true) = (&opened, json) {
        // What is wrong with the journal is said in either case.
        let _ = tell(&json!({"ok": false, "at": place_in(directory, why), "why": why.sentence}));
    }
    let verified = match opened?.verify() {
        Ok(verified) => verified,
        Err(why) => {
            if json {
                let at = place_of(&why);
                let _ = tell(&json!({"ok": false, "at": at, "why": why.to_string()}));
            }
            return Err(Failure::damaged(why));
        }
    };
    let mut document = json!({
        "ok": true,
        "segments": verified.segments,
        "events": verified.groups,
        "records": verified.records,
        "orders": verified.orders,
        "order_digest": verified.order_digest,
    });
    say_ending(&mut document, &verified.ending);
    document["ending"] =
        if verified.ending == Ending::Sealed { "sealed".into() } else { "unsealed".into() };
    let ending = match &verified.ending {
        Ending::Sealed => "sealed".to_owned(),
        Ending::Unsealed(torn) => torn.to_string(),
    };
    let text = format!(
        "intact: {} segments, {} events, {} records, {} orders\n{ending}\norder digest {}\n",
        verified.segments,
        verified.groups,
        verified.records,
        verified.orders,
        verified.order_digest
    );
    print(json, &document, &text)
}

/// Adds `sealed`, and for a journal that is not, what was `cut` and a sentence.
pub(crate) fn say_ending(document: &mut Value, ending: &Ending) {
    document["sealed"] = (*ending == Ending::Sealed).into();
    if let Ending::Unsealed(torn) = ending {
        document["cut"] = json!({
            "segment": torn.segment.display().to_string(),
            "offset": torn.offset,
            "sequence": torn.sequence,
            "bytes": torn.bytes_cut,
        });
        document["note"] = torn.to_string().into();
    }
}

/// Where damage or a difference is, for machines.
pub(crate) fn place_of(why: &JournalError) -> Value {
    let segment = why.segment.display().to_string();
    json!({"segment": segment, "offset": why.offset, "sequence": why.sequence})
}

/// Where in `directory` a failure is: at its head, when all of it is concerned.
pub(crate) fn place_in(directory: &Path, why: &Failure) -> Value {
    let all = || json!({"segment": directory.display().to_string(), "offset": 0, "sequence": 0});
    why.place.as_deref().map_or_else(all, place_of)
}

fn print(json: bool, document: &Value, text: &str) -> Result<(), Failure> {
    let text = if json { format!("{document:#}\n") } else { text.to_owned() };
    to_standard_output(&text)
}

#[cfg(test)]
mod tests;
