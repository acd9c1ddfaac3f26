//! `config check`, `config show`, `config hash`.

use crate::cli::{ConfigFlags, ConfigVerb};
use crate::failure::Failure;
use crate::worlds::session;
use crate::{plan, shape};
use config::Loaded;
use serde_json::json;

/// Runs the verb.
///
/// # Errors
/// Every fault of the configuration, one a line, with exit code 3.
pub fn run(what: &ConfigVerb) -> Result<(), Failure> {
    match what {
        ConfigVerb::Check(flags) => {
            let loaded = checked(flags)?;
            if flags.json {
                println!("{}", json!({"ok": true, "hash": loaded.hash_text()}));
            } else {
                println!("ok, hash {}", loaded.hash_text());
            }
        }
        ConfigVerb::Show(flags) => show(&checked(flags)?, flags.json),
        ConfigVerb::Hash(flags) => {
            let hash = checked(flags)?.hash_text();
            if flags.json {
                println!("{}", json!({ "hash": hash }));
            } else {
                println!("{hash}");
            }
        }
    }
    Ok(())
}

/// Loads, and builds everything that can be built without starting it.
fn checked(flags: &ConfigFlags) -> Result<Loaded, Failure> {
    let file = flags.file.as_deref().or(flags.config.as_deref());
    let loaded = plan::load(file, &[]).map_err(Failure::config)?;
    plan::check(&loaded.config)?;
    let shape = shape::of(&loaded.config)?;
    session::check_layout(&loaded.config.engine.layout, &shape)
        .map_err(|why| Failure::config(format!("engine.layout: {why}")))?;
    Ok(loaded)
}

fn show(loaded: &Loaded, json: bool) {
    if json {
        println!("{:#}", json!({"hash": loaded.hash_text(), "values": loaded.json()}));
    } else {
        print!("{}", loaded.table());
    }
}
