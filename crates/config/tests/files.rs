//! The files of `configs/` and docs/configuration.md against the registries
//! that the engine really has. The only place where this crate meets them.

use config::{Config, Loaded, Registered, Registries, Role};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Calls `then` with everything registered.
fn with_registries<T>(then: impl FnOnce(&Registries<'_>) -> T) -> T {
    let indicators: Vec<_> = indicator::ALL
        .iter()
        .map(|entry| Registered {
            name: entry.name,
            doc: entry.doc,
            params: entry.params,
            inputs: &[],
            unless_named: None,
        })
        .collect();
    let role =
        |input: &council::InputSpec| Role { name: input.name, doc: input.doc, usual: input.usual };
    let roles: Vec<Vec<Role>> =
        council::MEMBERS.iter().map(|entry| entry.inputs.iter().map(role).collect()).collect();
    let members: Vec<_> = council::MEMBERS
        .iter()
        .zip(&roles)
        .map(|(entry, roles)| Registered {
            name: entry.name,
            doc: entry.doc,
            params: entry.params,
            inputs: roles,
            unless_named: None,
        })
        .collect();
    let in_order = |name: &&str| risk::RULES.iter().find(|rule| rule.name == *name);
    let rules: Vec<_> = risk::ORDER
        .iter()
        .filter_map(in_order)
        .map(|entry| Registered {
            name: entry.name,
            doc: entry.doc,
            params: entry.params,
            inputs: &[],
            unless_named: entry.unless_named,
        })
        .collect();
    let dialects: Vec<&str> = venue::Dialect::ALL.iter().map(|dialect| dialect.name()).collect();
    then(&Registries {
        indicators: &indicators,
        members: &members,
        rules: &rules,
        dialects: &dialects,
        links: &[],
    })
}

fn load(name: &str) -> Result<Loaded, Vec<config::ConfigError>> {
    let text = std::fs::read_to_string(root().join("configs").join(name)).expect("it is there");
    with_registries(|registries| Config::load(&text, name, [], &[], registries))
}

fn names() -> Vec<String> {
    let files = std::fs::read_dir(root().join("configs")).expect("configs/ is there");
    let names = files.map(|file| file.expect("readable").file_name().into_string().expect("UTF-8"));
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".toml")).collect();
    names.sort();
    names
}

#[test]
fn every_file_loads_except_live() {
    assert!(names().len() >= 5);
    for name in names().iter().filter(|name| *name != "live.toml") {
        let loaded = load(name).unwrap_or_else(|faults| {
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            panic!("{}", faults.join("\n"))
        });
        assert_eq!(loaded.config.version, 1, "{name}");
    }
}

#[test]
fn live_is_refused_for_its_mode_and_nothing_else() {
    let faults = load("live.toml").expect_err("live is refused");
    let keys: Vec<_> = faults.iter().map(|fault| fault.key.as_str()).collect();
    assert_eq!(keys, ["engine.mode"]);
    assert!(
        faults[0]
            .to_string()
            .starts_with("live.toml:14:8: engine.mode = \"live\": live is refused")
    );
}

#[test]
fn canonical_text_of_every_file_loads_to_the_same() {
    for name in names().iter().filter(|name| *name != "live.toml") {
        let first = load(name).expect("it loads");
        let second = with_registries(|registries| {
            Config::load(&first.canonical, "journal", [], &[], registries)
        })
        .expect("the canonical text loads");
        assert_eq!(first.config, second.config, "{name}");
        assert_eq!(first.canonical, second.canonical, "{name}");
        assert_eq!((first.hash, first.full_hash), (second.hash, second.full_hash), "{name}");
    }
}

#[test]
fn the_built_in_demo_is_the_file() {
    let text = std::fs::read_to_string(root().join("configs/demo.toml")).expect("it is there");
    assert_eq!(text, config::DEMO);
}

/// Every key stands under a comment: its own, or that of the key above it where
/// the two belong together.
#[test]
fn every_key_of_every_file_has_a_reason() {
    for name in names() {
        let text =
            std::fs::read_to_string(root().join("configs").join(&name)).expect("it is there");
        let mut reasons = 0;
        for line in text.lines() {
            match line {
                _ if line.starts_with('#') => reasons = 2,
                "" => reasons = 0,
                _ if line.starts_with('[') => reasons += 1,
                _ => {
                    assert!(reasons > 0, "{name}: {line} has no reason above it");
                    reasons -= 1;
                }
            }
        }
    }
}

#[test]
fn the_page_is_the_schema() {
    let path = root().join("docs/configuration.md");
    let page = with_registries(config::document);
    if std::env::var_os("ALTHING_BLESS").is_some() {
        std::fs::write(&path, &page).expect("docs/ is there");
    }
    let file = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(file == page, "docs/configuration.md is stale: run this test with ALTHING_BLESS=1");
}
