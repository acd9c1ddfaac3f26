//! The configuration over arbitrary text, with everything registered that the
//! engine registers. A text is loaded or refused with complaints; never a panic.
#![no_main]

use config::{Config, Registered, Registries, Role};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

fn registries() -> &'static Registries<'static> {
    static ALL: OnceLock<Registries<'static>> = OnceLock::new();
    ALL.get_or_init(|| {
        let entry =
            |name, doc, params| Registered { name, doc, params, inputs: &[], unless_named: None };
        let indicators =
            indicator::registry::ALL.iter().map(|i| entry(i.name, i.doc, i.params)).collect();
        let rules = risk::RULES.iter().map(|rule| Registered {
            unless_named: rule.unless_named,
            ..entry(rule.name, rule.doc, rule.params)
        });
        let members = council::MEMBERS.iter().map(|member| {
            let roles = member.inputs.iter().map(|input| Role {
                name: input.name,
                doc: input.doc,
                usual: input.usual,
            });
            let inputs = leak(roles.collect());
            Registered { inputs, ..entry(member.name, member.doc, member.params) }
        });
        Registries {
            indicators: leak(indicators),
            members: leak(members.collect()),
            rules: leak(rules.collect()),
            dialects: leak(venue::Dialect::ALL.iter().map(|d| d.name()).collect()),
            links: &[],
        }
    })
}

/// Kept for the life of the process, once each.
fn leak<T>(list: Vec<T>) -> &'static [T] {
    Box::leak(list.into_boxed_slice())
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Config::load(text, "fuzz.toml", [], &[], registries()) {
        // What was accepted is accepted again, with the same hash.
        Ok(loaded) => {
            let again = Config::load(text, "fuzz.toml", [], &[], registries());
            assert_eq!(again.map(|again| again.hash).ok(), Some(loaded.hash));
        }
        Err(faults) => assert!(!faults.is_empty(), "refused without a word"),
    }
});
