//! `why`, `orders`, `journal verify`, `journal dump`: from the record, with the
//! engine stopped.

use crate::cli::{JournalVerb, RecordFlags};
use crate::failure::Failure;
use crate::plan;
use crate::worlds::record::RunDirectory;
use cold::{DumpForm, Ending, Journal, JournalError};
use serde_json::{Value, json};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use types::ClientOrderId;

/// `why`.
///
/// # Errors
/// A text that is no id, an order that the journal does not know, damage.
pub fn why(id: &str, flags: &RecordFlags) -> Result<(), Failure> {
    let order = ClientOrderId::parse(id.trim().as_bytes())
        .map_err(|why| Failure::usage(format!("{id}: {why}")))?;
    let journal = open(&find(flags)?)?;
    let loaded = plan::recorded(&journal)?;
    let names = plan::names(&loaded.config);
    let found = cold::explain(&journal, order, &names).map_err(damaged)?;
    let Some(explanation) = found else {
        return Err(Failure::failed(format!(
            "order {id} is not in {}; `althing orders` lists those that are",
            journal.directory().display()
        )));
    };
    print(flags.json, &explanation.to_json(), &explanation.to_text());
    Ok(())
}

/// `orders`.
///
/// # Errors
/// No journal, or damage.
pub fn orders(flags: &RecordFlags) -> Result<(), Failure> {
    let journal = open(&find(flags)?)?;
    let stories = cold::orders(&journal).map_err(damaged)?;
    let mut text = String::new();
    for story in &stories {
        text.push_str(&story.to_text());
        text.push('\n');
    }
    let document =
        json!({"orders": stories.iter().map(cold::OrderStory::to_json).collect::<Vec<_>>()});
    print(flags.json, &document, &text);
    Ok(())
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
            let journal = open(journal)?;
            let mut out = BufWriter::new(std::io::stdout().lock());
            match cold::dump(&journal, form, &mut out) {
                // A reader that has gone away is not our failure.
                Err(_) => Ok(()),
                Ok(Ok(groups)) => {
                    if let Some(Ending::Unsealed(torn)) = groups.ending() {
                        eprintln!(
                            "not sealed: cut after sequence {}, {} bytes not read",
                            torn.sequence, torn.bytes_cut
                        );
                    }
                    Ok(())
                }
                Ok(Err(why)) => Err(damaged(why)),
            }
        }
    }
}

fn verify(directory: &Path, json: bool) -> Result<(), Failure> {
    let found = Journal::open(directory).and_then(|journal| journal.verify());
    let verified = match found {
        Ok(verified) => verified,
        Err(why) => {
            if json {
                let at = super::replay::place_of(&why);
                println!("{}", json!({"ok": false, "at": at, "why": why.to_string()}));
            }
            return Err(damaged(why));
        }
    };
    let ending = match &verified.ending {
        Ending::Sealed => json!("sealed"),
        Ending::Unsealed(torn) => {
            json!({"unsealed": {"sequence": torn.sequence, "bytes_cut": torn.bytes_cut}})
        }
    };
    let document = json!({
        "ok": true,
        "segments": verified.segments,
        "events": verified.groups,
        "records": verified.records,
        "orders": verified.orders,
        "order_digest": verified.order_digest,
        "ending": ending,
    });
    let text = format!(
        "intact: {} segments, {} events, {} records, {} orders, {}\norder digest {}\n",
        verified.segments,
        verified.groups,
        verified.records,
        verified.orders,
        if verified.ending == Ending::Sealed {
            "sealed".to_owned()
        } else {
            format!("not sealed: {ending}")
        },
        verified.order_digest
    );
    print(json, &document, &text);
    Ok(())
}

fn find(flags: &RecordFlags) -> Result<PathBuf, Failure> {
    if let Some(journal) = &flags.journal {
        return Ok(journal.clone());
    }
    let state = match (&flags.state, &flags.config) {
        (Some(state), _) => state.clone(),
        (None, file) => {
            let loaded = plan::load(file.as_deref(), &[]).map_err(Failure::config)?;
            loaded.config.engine.state_dir
        }
    };
    RunDirectory::of_state(&state).newest()
}

fn open(directory: &Path) -> Result<Journal, Failure> {
    Journal::open(directory).map_err(damaged)
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn damaged(why: JournalError) -> Failure {
    Failure::failed(why.to_string())
}

fn print(json: bool, document: &Value, text: &str) {
    let text = if json { format!("{document:#}\n") } else { text.to_owned() };
    // A reader that has gone away is not our failure.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
