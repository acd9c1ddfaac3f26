//! Which keys this document may have: the schema spelled out for the venues,
//! seats, rules and links that it names.
//!
//! Fed by the document and the registries; yields one slot per key. What the
//! document has besides is unknown.

use crate::fault::Complaint;
use crate::keys::SECTIONS;
use crate::nearest::{nearest, nearest_path};
use crate::schema::{Form, Given, KeySpec, Kind, Section, given_of, kind_of};
use crate::{ConfigError, Document, Registered, Registries, Written};
use std::collections::BTreeMap;

/// The most seats of a council: their votes must fit one group of records.
pub(crate) const SEATS: usize = 8;

/// What people call a key that has no place in a file.
const SECRETS: [&str; 9] = [
    "api_key",
    "api_secret",
    "apikey",
    "key",
    "passphrase",
    "password",
    "private_key",
    "secret",
    "token",
];

const TWO_BRACKETS: &str = "members are a list: write [[council.member]] with two brackets";

/// A key that may be given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) kind: Kind,
    pub(crate) given: Given,
    pub(crate) volatile: bool,
}

/// Every slot by path, and what is wrong with the document's shape.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) slots: BTreeMap<String, Slot>,
    pub(crate) faults: Vec<ConfigError>,
    /// Paths that have been complained about as a whole.
    settled: Vec<String>,
}

impl Plan {
    /// Spells the schema out for `document`.
    pub(crate) fn new(document: &Document, registries: &Registries<'_>) -> Self {
        let mut plan = Self::default();
        for section in SECTIONS {
            match section.path {
                "venues.*" => plan.venues(section, document),
                "council.member[]" => plan.seats(section, document, registries),
                "council.order.qty_of" => plan.symbols(section, document),
                "links" => plan.links(section, document, registries),
                path => plan.section(path, section.keys),
            }
        }
        plan.rules(document, registries);
        plan.refuse_unknown(document, registries);
        plan
    }

    fn section(&mut self, path: &str, keys: &[KeySpec]) {
        for key in keys {
            let full =
                if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
            let slot = Slot { kind: key.kind, given: key.given, volatile: key.volatile };
            self.slots.insert(full, slot);
        }
    }

    fn parameters(&mut self, path: &str, entry: &Registered<'_>) {
        for spec in entry.params {
            let slot = Slot { kind: kind_of(spec), given: given_of(spec), volatile: false };
            self.slots.insert(format!("{path}.{}", spec.name), slot);
        }
    }

    fn venues(&mut self, section: &Section, document: &Document) {
        for name in document.tables_in("venues") {
            let path = format!("venues.{name}");
            if !crate::forms::is_name(&name) || name.contains("__") || name.contains('-') {
                let complaint = Complaint::new(
                    "this is not a venue's name",
                    "begin with a lower-case letter and use lower-case letters, digits and \
                        single _",
                );
                self.settle(complaint.at(document.place_of(&path), &path, None));
            }
            self.section(&path, section.keys);
        }
    }

    fn seats(&mut self, section: &Section, document: &Document, registries: &Registries<'_>) {
        let count = document.array_length("council.member");
        if count > SEATS {
            let complaint = Complaint::new(
                format!("{count} seats are too many"),
                format!("give at most {SEATS}"),
            );
            self.faults.push(complaint.at(document.place_of("council"), "council.member", None));
        }
        for index in 0..count {
            let path = format!("council.member[{index}]");
            self.section(&path, section.keys);
            let name = document.get(&format!("{path}.name")).map(|entry| &entry.value);
            let member = match name {
                Some(Written::Text(name) | Written::Raw(name)) => registries.member(name),
                _ => None,
            };
            match member {
                Some(entry) => self.seat_keys(&path, entry),
                // Its other keys cannot be judged before its name is.
                None => self.settled.push(path),
            }
        }
    }

    fn seat_keys(&mut self, path: &str, entry: &Registered<'_>) {
        self.parameters(path, entry);
        for role in entry.inputs {
            let slot =
                Slot { kind: Kind::Text(Form::Label), given: role.usual.into(), volatile: false };
            self.slots.insert(format!("{path}.inputs.{}", role.name), slot);
        }
    }

    /// A key whose name is one of the document's symbols.
    fn symbols(&mut self, section: &Section, document: &Document) {
        let Some(spec) = section.keys.first() else { return };
        let slot = Slot { kind: spec.kind, given: spec.given, volatile: spec.volatile };
        let paths = symbols(document).into_iter().map(|symbol| section.join(&symbol));
        self.slots.extend(paths.map(|path| (path, slot)));
    }

    fn links(&mut self, section: &Section, document: &Document, registries: &Registries<'_>) {
        let Some(spec) = section.keys.first() else { return };
        let slot = Slot { kind: spec.kind, given: spec.given, volatile: spec.volatile };
        if registries.links.is_empty() {
            let given = document.entries().filter(|(path, _)| {
                path.strip_prefix("links.").is_some_and(|name| !name.contains(['.', '[']))
            });
            self.slots.extend(given.map(|(path, _)| (path.to_owned(), slot)));
        }
        for name in registries.links {
            self.slots.insert(format!("links.{name}"), slot);
        }
    }

    fn rules(&mut self, document: &Document, registries: &Registries<'_>) {
        for rule in registries.rules {
            let path = format!("risk.{}", rule.name);
            let off = format!("{path}.off");
            if !document.has_table(&path) {
                match rule.unless_named {
                    Some(why) => self.off_slot(off, Given::Text(why)),
                    None => self.missing_rule(&path, rule, document, registries),
                }
            } else if let Some(entry) = document.get(&off) {
                let given = document.entries().map(|(key, _)| key);
                if given.filter(|key| key.starts_with(&format!("{path}."))).count() > 1 {
                    let complaint = Complaint::new(
                        "a rule that is off has limits beside it",
                        "keep the limits and drop `off`, or keep `off` alone",
                    );
                    self.faults.push(complaint.at(entry.origin.clone(), &path, None));
                }
                self.parameters(&path, rule);
                self.relax(&path);
                self.off_slot(off, Given::Optional);
            } else {
                self.parameters(&path, rule);
                for symbol in symbols(document) {
                    let own = format!("{path}.instruments.{symbol}");
                    if document.has_table(&own) {
                        self.parameters(&own, rule);
                    }
                }
                self.off_slot(off, Given::Optional);
            }
        }
        let known = || registries.rules.iter().map(|rule| rule.name);
        for name in document.tables_in("risk") {
            if !known().any(|rule| rule == name) {
                let path = format!("risk.{name}");
                let nearest = nearest(&name, known())
                    .map_or_else(String::new, |rule| format!("; the nearest is [risk.{rule}]"));
                let complaint =
                    Complaint::new("no such rule", format!("name a registered one{nearest}"));
                self.settle(complaint.at(document.place_of(&path), &path, None));
            }
        }
    }

    fn off_slot(&mut self, path: String, given: Given) {
        let kind = Kind::Text(Form::Reason);
        self.slots.insert(path, Slot { kind, given, volatile: false });
    }

    /// A rule that is off has no values, neither given nor by default.
    fn relax(&mut self, path: &str) {
        let head = format!("{path}.");
        for (_, slot) in self.slots.iter_mut().filter(|(key, _)| key.starts_with(&head)) {
            slot.given = Given::Optional;
        }
    }

    fn missing_rule(
        &mut self,
        path: &str,
        rule: &Registered<'_>,
        document: &Document,
        registries: &Registries<'_>,
    ) {
        let wanted = rule.params.iter().filter(|spec| spec.default.is_none());
        let wanted: Vec<_> = wanted
            .map(|spec| format!("{} = {}", spec.name, kind_of(spec).words(registries)))
            .collect();
        let with =
            if wanted.is_empty() { String::new() } else { format!(" with {}", wanted.join(", ")) };
        let complaint = Complaint::new(
            "every registered rule must be set or switched off by name, and this one is missing",
            format!("write [{path}]{with}, or off = \"the reason\""),
        );
        self.settle(complaint.at(document.place_of(path), path, None));
    }

    fn settle(&mut self, fault: ConfigError) {
        self.settled.push(fault.key.clone());
        self.faults.push(fault);
    }

    fn is_settled(&self, path: &str) -> bool {
        self.settled.iter().any(|head| {
            path.strip_prefix(head.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    fn refuse_unknown(&mut self, document: &Document, registries: &Registries<'_>) {
        self.refuse_sections(document, registries);
        let mut faults = Vec::new();
        for (path, entry) in document.entries() {
            if self.slots.contains_key(path) || self.is_settled(path) {
                continue;
            }
            // The value is never repeated: it may be a secret in the wrong place.
            let complaint = if self.is_section(path) {
                Complaint::new(
                    "this is a section, not a key",
                    format!("write [{path}] and its keys"),
                )
            } else {
                Complaint::new("unknown key", self.remedy(path, registries))
            };
            faults.push(complaint.at(entry.key.clone(), path, None));
        }
        for (path, place) in document.tables() {
            let is_empty = !document.entries().any(|(key, _)| is_under(key, path));
            // The last: an empty rule is a rule without limits of its own.
            let is_known = self.is_section(path)
                || matches!(path, "venues" | "risk" | "links")
                || path.starts_with("risk.");
            if is_empty && !is_known && !self.is_settled(path) {
                let complaint = Complaint::new("unknown section", self.section_remedy(path));
                faults.push(complaint.at(place.clone(), path, None));
            }
        }
        self.faults.append(&mut faults);
    }

    fn is_section(&self, path: &str) -> bool {
        self.slots.keys().any(|key| is_under(key, path))
    }

    fn section_remedy(&self, path: &str) -> String {
        if path.starts_with("council.member") {
            return TWO_BRACKETS.to_owned();
        }
        let sections = self.slots.keys().filter_map(|key| Some(key.rsplit_once('.')?.0));
        nearest_path(path, sections)
            .map_or_else(String::new, |known| format!("the nearest known section is [{known}]"))
    }

    /// One complaint for a whole section that does not exist, and for one that
    /// stands where a value is wanted.
    fn refuse_sections(&mut self, document: &Document, registries: &Registries<'_>) {
        let tops = SECTIONS.iter().filter_map(|section| section.path.split(['.', '[']).next());
        let known: Vec<&str> = tops.filter(|name| !name.is_empty()).chain(["risk"]).collect();
        for (path, place) in document.tables() {
            let complaint = if let Some(slot) = self.slots.get(path) {
                let remedy = format!("write {}", slot.kind.words(registries));
                Complaint::new("this is a section, and a value is wanted", remedy)
            } else if !path.contains(['.', '[']) && !known.contains(&path) {
                let nearest = nearest(path, known.iter().copied()).unwrap_or("engine");
                let remedy = format!("the nearest known section is [{nearest}]");
                Complaint::new("unknown section", remedy)
            } else {
                continue;
            };
            self.settle(complaint.at(place.clone(), path, None));
        }
    }

    fn remedy(&self, path: &str, registries: &Registries<'_>) -> String {
        if path.starts_with("council.member.") || path == "council.member" {
            return TWO_BRACKETS.to_owned();
        }
        let last = path.rsplit('.').next().unwrap_or_default();
        if SECRETS.contains(&last) {
            return "secrets are never in a configuration: name the environment variable in \
                key_env and secret_env, or a file of mode 0600 in secret_file"
                .to_owned();
        }
        let patterns: Vec<String> = SECTIONS
            .iter()
            .filter(|section| section.keys.iter().all(|key| key.name != "*"))
            .flat_map(|section| section.keys.iter().map(|key| section.join(key.name)))
            .chain(registries.rules.iter().map(|rule| format!("risk.{}.off", rule.name)))
            .collect();
        let known = self.slots.keys().chain(&patterns).map(String::as_str);
        nearest_path(path, known)
            .map_or_else(String::new, |known| format!("the nearest known key is {known}"))
    }
}

/// Whether `key` is in the table or the list of tables `path`.
fn is_under(key: &str, path: &str) -> bool {
    key.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// The symbols of the configured instruments, as far as they can be read.
pub(crate) fn symbols(document: &Document) -> Vec<String> {
    let ids: Vec<&str> = match document.get("instruments.ids").map(|entry| &entry.value) {
        Some(Written::List(items)) => items
            .iter()
            .filter_map(|item| match item {
                Written::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect(),
        Some(Written::Raw(text)) => text.split(',').map(str::trim).collect(),
        _ => Vec::new(),
    };
    let parsed = ids.into_iter().filter_map(|id| crate::forms::instrument(id).ok());
    let mut symbols: Vec<String> = parsed.map(|instrument| instrument.symbol.to_string()).collect();
    symbols.sort_unstable();
    symbols.dedup();
    symbols
}
