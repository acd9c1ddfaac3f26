//! What the registries know, in one form for all three: an entry with its facts,
//! its parameters and its tables, as text, as JSON, and as Markdown.
//!
//! Fed by the registries of indicator, council and risk; read by the verbs
//! `indicators`, `members` and `rules`, and by the pages in docs/. Never here: an
//! entry that is not registered, or a word about one that its file does not hold.

mod forms;

use council::{InputSpec, MemberDescriptor, ReasonSpec};
use indicator::{Descriptor, Wants};
use risk::RuleDescriptor;
use serde_json::{Value, json};
use types::{ParamSpec, Params};

/// One registered thing.
#[derive(Clone, Debug)]
pub struct Described {
    /// Its name in a configuration.
    pub name: &'static str,
    /// How it is written there, where its name alone does not say it.
    pub usage: String,
    /// What it does.
    pub meaning: &'static str,
    /// Key and words, in the order in which they are shown.
    pub facts: Vec<(&'static str, String)>,
    /// Its parameters.
    pub params: &'static [ParamSpec],
    /// Everything else that comes in rows.
    pub tables: Vec<Table>,
}

/// Rows under a key.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its key in JSON and its head in text.
    pub key: &'static str,
    /// The keys of its columns.
    pub columns: &'static [&'static str],
    /// A cell for each column.
    pub rows: Vec<Vec<Value>>,
}

/// Every indicator, by name.
#[must_use]
pub fn indicators() -> Vec<Described> {
    indicator::ALL.iter().map(of_indicator).collect()
}

/// Every member, this build's first, then those of other crates.
#[must_use]
pub fn members() -> Vec<Described> {
    council::members().map(of_member).collect()
}

/// Every rule, in the order of judgement.
#[must_use]
pub fn rules() -> Vec<Described> {
    let found = |name: &&str| risk::RULES.iter().find(|rule| rule.name == *name);
    let all = risk::ORDER.iter().filter_map(found).zip(1..);
    all.map(|(rule, place)| of_rule(rule, place)).collect()
}

/// What risk refuses whatever is configured.
#[must_use]
pub fn built_in() -> Table {
    let rows = risk::BUILT_IN_REASONS.iter();
    Table {
        key: "built_in",
        columns: &["name", "meaning"],
        rows: rows.map(|(name, meaning)| vec![json!(name), json!(meaning)]).collect(),
    }
}

fn of_indicator(of: &Descriptor) -> Described {
    let usage: String = of.params.iter().map(|spec| format!(":{}", spec.name)).collect();
    let params = Params::defaults(of.params).ok();
    let lines = of.lines.iter().enumerate().map(|(at, line)| {
        let warm_up = params.as_ref().map(|params| (of.warm_up)(params, at));
        vec![json!(line.name), json!(line.unit.name()), json!(warm_up)]
    });
    Described {
        name: of.name,
        usage: format!("{}{usage}", of.name),
        meaning: of.doc,
        facts: vec![("moved_by", moved_by(of.wants))],
        params: of.params,
        tables: vec![Table {
            key: "lines",
            columns: &["name", "unit", "warm_up"],
            rows: lines.collect(),
        }],
    }
}

fn moved_by(wants: Wants) -> String {
    let kinds = [
        (wants.bars, "bars"),
        (wants.trades, "trades"),
        (wants.touch, "touch"),
        (wants.book, "book"),
        (wants.mark, "mark price"),
    ];
    kinds.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

fn of_member(of: &'static MemberDescriptor) -> Described {
    let is_ours = council::MEMBERS.iter().any(|ours| ours.name == of.name);
    let mut facts = vec![("warm_up", of.warm_up.to_owned())];
    if !is_ours {
        facts.push(("from", "another crate, enrolled by this program".to_owned()));
    }
    let role = |input: &InputSpec| {
        let unit = unit_of(input);
        vec![json!(input.name), json!(input.usual), json!(unit), json!(input.doc)]
    };
    let reason = |of: &ReasonSpec| vec![json!(of.code), json!(of.name), json!(of.doc)];
    let seen = of.seen.iter().map(|(name, unit)| vec![json!(name), json!(unit)]);
    Described {
        name: of.name,
        usage: of.name.to_owned(),
        meaning: of.doc,
        facts,
        params: of.params,
        tables: vec![
            Table {
                key: "inputs",
                columns: &["name", "usual", "unit", "meaning"],
                rows: of.inputs.iter().map(role).collect(),
            },
            Table { key: "seen", columns: &["name", "unit"], rows: seen.collect() },
            Table {
                key: "reasons",
                columns: &["code", "name", "meaning"],
                rows: council::member::COMMON_REASONS
                    .iter()
                    .chain(of.reasons)
                    .map(reason)
                    .collect(),
            },
        ],
    }
}

/// What an input's lines are counted in, each unit once.
fn unit_of(input: &InputSpec) -> String {
    let mut units: Vec<_> = input.lines.iter().map(|(_, unit)| unit.name()).collect();
    units.dedup();
    units.join(", ")
}

fn of_rule(of: &'static RuleDescriptor, place: usize) -> Described {
    let mut facts = vec![
        ("judges", format!("{place} of {}", risk::ORDER.len())),
        ("unit", of.unit.to_owned()),
        ("remedy", of.remedy.to_owned()),
    ];
    if let Some(why) = of.unless_named {
        facts.push(("unless_named", format!("off: {why}")));
    }
    if let Some(why) = of.not_monotone {
        facts.push(("smaller_may_be_refused", why.to_owned()));
    }
    let codes = of.codes.iter().map(|(code, words)| vec![json!(code), json!(words)]);
    Described {
        name: of.name,
        usage: format!("[risk.{}]", of.name),
        meaning: of.doc,
        facts,
        params: of.params,
        tables: vec![Table { key: "codes", columns: &["limit", "meaning"], rows: codes.collect() }],
    }
}

#[cfg(test)]
mod tests;
