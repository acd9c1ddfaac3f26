//! `config check`, `config show`, `config hash`.

use super::asked::to_standard_output;
use crate::cli::{ConfigFlags, ConfigVerb};
use crate::failure::Failure;
use crate::worlds::session;
use crate::{plan, shape};
use config::Loaded;
use serde_json::{Value, json};

/// Runs the verb.
///
/// # Errors
/// Every fault of the configuration, one a line, with exit code 3.
pub fn run(what: &ConfigVerb) -> Result<(), Failure> {
    match what {
        ConfigVerb::Check(flags) => {
            let hash = checked(flags)?.hash_text();
            let document = json!({"ok": true, "hash": hash});
            to_standard_output(&told(flags, &document, &format!("ok, hash {hash}")))
        }
        ConfigVerb::Show(flags) => to_standard_output(&shown(&checked(flags)?, flags.json)),
        ConfigVerb::Hash(flags) => {
            let hash = checked(flags)?.hash_text();
            to_standard_output(&told(flags, &json!({ "hash": hash }), &hash))
        }
    }
}

fn told(flags: &ConfigFlags, document: &Value, line: &str) -> String {
    if flags.json { format!("{document}\n") } else { format!("{line}\n") }
}

/// Loads, and builds everything that can be built without starting it.
fn checked(flags: &ConfigFlags) -> Result<Loaded, Failure> {
    let file = flags.file.as_deref().or(flags.config.as_deref());
    let loaded = plan::load(file, &[]).map_err(Failure::config)?;
    plan::check(&loaded)?;
    let shape = shape::of(&loaded.config)?;
    session::check_layout(&loaded.config.engine.layout, &shape)
        .map_err(|why| Failure::config(format!("engine.layout: {why}")))?;
    Ok(loaded)
}

fn shown(loaded: &Loaded, json: bool) -> String {
    if json {
        format!("{:#}\n", json!({"hash": loaded.hash_text(), "values": loaded.json()}))
    } else {
        loaded.table()
    }
}
