//! What no key can be judged for alone: keys that must agree with each other.
//!
//! Fed by the judged values, whether or not all keys passed; silent about keys
//! that did not. Each check is a function whose name says it.

use crate::config::ParamList;
use crate::fault::Complaint;
use crate::forms::{instrument, is_plain};
use crate::judge::param_value;
use crate::nearest::nearest;
use crate::values::Values;
use crate::{ConfigError, Document, Origin, Registered, Registries};
use std::net::SocketAddr;
use types::Params;

/// Everything that disagrees.
pub(crate) fn check(
    values: &Values,
    document: &Document,
    registries: &Registries<'_>,
) -> Vec<ConfigError> {
    let mut checks = Checks { values, document, registries, faults: Vec::new() };
    checks.version();
    checks.refuse_live();
    checks.refuse_disk();
    checks.venues();
    checks.instruments();
    checks.council();
    checks.parameters();
    checks.feed();
    checks.metrics();
    checks.venue_model();
    checks.faults
}

struct Checks<'a> {
    values: &'a Values,
    document: &'a Document,
    registries: &'a Registries<'a>,
    faults: Vec<ConfigError>,
}

impl Checks<'_> {
    fn fault(&mut self, path: &str, sentence: impl Into<String>, remedy: impl Into<String>) {
        let effective = self.values.get(path);
        let place = match effective.map(|e| &e.origin) {
            None | Some(Origin::Default) => self.document.place_of(path),
            Some(origin) => origin.clone(),
        };
        let value = effective.map(|e| e.value.to_string());
        self.faults.push(Complaint::new(sentence, remedy).at(place, path, value));
    }

    fn version(&mut self) {
        if self.values.integer("version").is_some_and(|version| version != 1) {
            self.fault("version", "this engine reads version 1 only", "write version = 1");
        }
    }

    /// The one place that keeps `live` shut. What it will need stands in
    /// DESIGN.md, "It starts closed".
    fn refuse_live(&mut self) {
        if self.values.text("engine.mode") != Some("live") {
            return;
        }
        self.fault(
            "engine.mode",
            "live is refused: it needs start-up recovery, reconciliation and the pre-trading \
                checklist, which come with a later release",
            "write \"testnet\" or \"paper\"",
        );
    }

    fn refuse_disk(&mut self) {
        if self.values.text("journal.durability") == Some("disk") {
            self.fault(
                "journal.durability",
                "parking orders until they are on disk is not built yet",
                "write \"process\"",
            );
        }
    }

    fn venues(&mut self) {
        let names = self.document.tables_in("venues");
        if names.is_empty() {
            self.fault(
                "venues",
                "no venue is configured",
                "write [venues.NAME] with dialect and network",
            );
        }
        for name in names {
            let path = format!("venues.{name}");
            self.network(&path);
            self.addresses(&path);
            self.keys(&path);
        }
    }

    /// The mode decides which networks are safe.
    fn network(&mut self, venue: &str) {
        let path = format!("{venue}.network");
        let mode = self.values.text("engine.mode").unwrap_or_default();
        let network = self.values.text(&path).unwrap_or_default();
        if mode == "testnet" && network == "mainnet" {
            self.fault(
                &path,
                "mode = \"testnet\" sends orders, and mainnet is the real exchange",
                "write \"testnet\", \"embedded\" or \"custom\", or set mode = \"paper\"",
            );
        }
        if mode == "live" && !matches!(network, "mainnet" | "") {
            self.fault(&path, "mode = \"live\" trades on mainnet only", "write \"mainnet\"");
        }
    }

    fn addresses(&mut self, venue: &str) {
        let network = self.values.text(&format!("{venue}.network")).unwrap_or_default();
        for name in ["rest", "ws", "ws_api"] {
            let path = format!("{venue}.{name}");
            match (network, self.values.text(&path)) {
                ("custom", None) if name != "ws_api" && self.document.get(&path).is_none() => self
                    .fault(
                        &path,
                        "network = \"custom\" needs this address, and it is missing",
                        format!("write {name} = \"…\", or another network"),
                    ),
                ("embedded", Some(_)) => self.fault(
                    &path,
                    "the embedded exchange has no address of yours",
                    "leave it out, or write network = \"custom\"",
                ),
                ("mainnet" | "testnet", Some(address)) if is_plain(address) => self.fault(
                    &path,
                    "this address is not encrypted",
                    "write https:// or wss://, or network = \"custom\"",
                ),
                _ => {}
            }
        }
    }

    fn keys(&mut self, venue: &str) {
        let has = |name: &str| self.document.get(&format!("{venue}.{name}")).is_some();
        let (key, env, file) = (has("key_env"), has("secret_env"), has("secret_file"));
        let mode = self.values.text("engine.mode").unwrap_or_default();
        let network = self.values.text(&format!("{venue}.network")).unwrap_or_default();
        if env && file {
            self.fault(
                &format!("{venue}.secret_file"),
                "the secret is said to be in two places",
                "keep secret_env or secret_file, not both",
            );
        }
        let needs = mode == "live" || (mode == "testnet" && network == "testnet");
        if !key && (needs || env || file) {
            self.fault(
                &format!("{venue}.key_env"),
                "orders to this venue need an API key, and its variable is not named",
                "write key_env = \"NAME_OF_A_VARIABLE\"",
            );
        }
        if !(env || file) && (needs || key) {
            self.fault(
                &format!("{venue}.secret_env"),
                "orders to this venue need an API secret, and its place is not named",
                "write secret_env = \"NAME_OF_A_VARIABLE\" or secret_file = \"PATH\"",
            );
        }
    }

    fn instruments(&mut self) {
        let venues = self.document.tables_in("venues");
        for id in self.values.list("instruments.ids") {
            let Ok(parsed) = instrument(id) else { continue };
            if venues.is_empty() || venue_of(self.values, &venues, &parsed.venue).is_some() {
                continue;
            }
            let known = nearest(&parsed.venue, venues.iter().map(String::as_str));
            let nearest = known.map_or_else(String::new, str::to_ascii_uppercase);
            self.fault(
                "instruments.ids",
                format!("{id} names no configured venue, or not one alone"),
                format!("end it with a point and the venue's name; the nearest is {nearest}"),
            );
        }
    }

    fn council(&mut self) {
        let count = self.document.array_length("council.member");
        let mode = self.values.text("council.mode").unwrap_or_default();
        let is_given = self.document.has_table("council.member");
        if count == 0 && !is_given && mode != "off" {
            self.fault(
                "council.member",
                "the council has no member",
                "write [[council.member]] with name = \"…\", or [council] mode = \"off\"",
            );
        }
        self.solo(mode, count);
        if mode == "ensemble" && count > 0 {
            self.ensemble(count);
        }
        for index in 0..count {
            self.inputs(index);
        }
    }

    fn is_shadow(&self, index: usize) -> bool {
        self.values.flag(&format!("council.member[{index}].shadow")) == Some(true)
    }

    fn solo(&mut self, mode: &str, count: usize) {
        if mode != "solo" {
            return;
        }
        let Some(name) = self.values.text("council.solo") else {
            if self.document.get("council.solo").is_none() {
                let remedy = "write solo = \"…\" with the name of a member that has a seat";
                self.fault(
                    "council.solo",
                    "mode = \"solo\" follows one member, and none is named",
                    remedy,
                );
            }
            return;
        };
        let sits = |index: &usize| {
            let member = self.values.text(&format!("council.member[{index}].name"));
            member == Some(name) && !self.is_shadow(*index)
        };
        let seats = (0..count).filter(sits).count();
        if seats != 1 {
            self.fault(
                "council.solo",
                format!("{seats} seats that are no shadow hold this member"),
                "give it exactly one",
            );
        }
    }

    /// Every role must be filled by a label that is computed.
    fn inputs(&mut self, index: usize) {
        let path = format!("council.member[{index}]");
        let name = self.values.text(&format!("{path}.name"));
        let Some(entry) = name.and_then(|name| self.registries.member(name)) else { return };
        // A set that failed itself says nothing about its labels.
        if self.values.get("indicators.set").is_none() {
            return;
        }
        let set = self.values.list("indicators.set");
        for role in entry.inputs {
            let key = format!("{path}.inputs.{}", role.name);
            let Some(label) = self.values.text(&key) else { continue };
            if !set.iter().any(|known| known == label) {
                let nearest = nearest(label, set.iter().map(String::as_str)).unwrap_or("none");
                self.fault(
                    &key,
                    "this indicator is not in indicators.set",
                    format!("add it there, or name one that is; the nearest is {nearest}"),
                );
            }
        }
    }

    fn ensemble(&mut self, count: usize) {
        let voting = (0..count).filter(|index| !self.is_shadow(*index)).count();
        let quorum = self.values.integer("council.quorum").unwrap_or(0);
        if quorum > voting as i128 {
            self.fault(
                "council.quorum",
                format!("only {voting} seats count, so this quorum is never reached"),
                "lower it, or add a seat that is not a shadow",
            );
        }
    }

    /// The registries' own judgement of seats and rules: what the kinds let
    /// pass, such as a default out of its own range, ends here.
    fn parameters(&mut self) {
        for index in 0..self.document.array_length("council.member") {
            let path = format!("council.member[{index}]");
            let entry = self.values.text(&format!("{path}.name"));
            if let Some(entry) = entry.and_then(|name| self.registries.member(name)) {
                self.resolve(&path, entry);
            }
        }
        for rule in self.registries.rules {
            let path = format!("risk.{}", rule.name);
            let is_on = self.document.get(&format!("{path}.off")).is_none();
            if is_on && self.document.has_table(&path) {
                self.resolve(&path, rule);
                for symbol in self.document.tables_in(&format!("{path}.instruments")) {
                    self.resolve(&format!("{path}.instruments.{symbol}"), rule);
                }
            }
        }
    }

    fn resolve(&mut self, path: &str, entry: &Registered<'_>) {
        let given = given_params(self.values, path, entry);
        if given.len() < entry.params.len() {
            return; // A key of it has been complained about already.
        }
        if let Err(error) = Params::resolve(entry.params, &given) {
            self.fault(&format!("{path}.{}", error.key), error.sentence, "mend this value");
        }
    }

    fn feed(&mut self) {
        let of = |name: &str| self.values.integer(&format!("feed.{name}"));
        if let (Some(stale), Some(silence)) = (of("stale_after_ms"), of("silence_ms"))
            && silence < stale
        {
            self.fault(
                "feed.silence_ms",
                format!(
                    "a connection would be given up before its books count as stale ({stale} ms)"
                ),
                format!("give at least {stale}, or lower stale_after_ms"),
            );
        }
        if let (Some(after), Some(overlap)) = (of("rotate_after_s"), of("rotate_overlap_ms"))
            && overlap >= after.saturating_mul(1000)
        {
            self.fault(
                "feed.rotate_overlap_ms",
                format!("a connection would be replaced again ({after} s) before it is alone"),
                "give less than rotate_after_s, or raise that",
            );
        }
    }

    fn venue_model(&mut self) {
        let names = self.document.tables_in("venues");
        let is_spot = |name: &String| {
            let dialect = self.values.text(&format!("venues.{name}.dialect"));
            dialect.is_some_and(|dialect| dialect.ends_with("_spot"))
        };
        let is_spot = names.first().is_some_and(is_spot);
        let window = |name: &String| self.values.integer(&format!("venues.{name}.recv_window_ms"));
        let shortest = names.iter().filter_map(window).min();
        let window_ms = shortest.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(u64::MAX);
        for (key, sentence, remedy) in crate::venue_model::check(self.values, is_spot, window_ms) {
            self.fault(key, sentence, remedy);
        }
    }

    fn metrics(&mut self) {
        let address: Option<SocketAddr> =
            self.values.text("metrics.listen").and_then(|text| text.parse().ok());
        let is_remote = address.is_some_and(|address| !address.ip().is_loopback());
        if is_remote && self.values.flag("metrics.allow_remote") == Some(false) {
            self.fault(
                "metrics.listen",
                "other machines could read positions and balances here",
                "write 127.0.0.1, or allow_remote = true if that is wanted",
            );
        }
    }
}

/// The configured venue that ends an instrument's id: the one of that name, or
/// the only one whose dialect is of that house (`BINANCE` of `binance_usdm`).
/// No ending names the only venue there is.
pub(crate) fn venue_of<'n>(values: &Values, venues: &'n [String], ending: &str) -> Option<&'n str> {
    if let Some(name) = venues.iter().find(|name| *name == ending) {
        return Some(name);
    }
    let of_house = |name: &&String| {
        let dialect = values.text(&format!("venues.{name}.dialect")).unwrap_or_default();
        let rest = dialect.strip_prefix(ending);
        ending.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let mut found = venues.iter().filter(of_house);
    let first = found.next()?;
    found.next().is_none().then_some(first.as_str())
}

/// The values of an entry's parameters under `path`, in declared order.
pub(crate) fn given_params(values: &Values, path: &str, entry: &Registered<'_>) -> ParamList {
    let value = |name: &str| param_value(&values.get(&format!("{path}.{name}"))?.value);
    let pairs = entry.params.iter().map(|spec| Some((spec.name.to_owned(), value(spec.name)?)));
    pairs.flatten().collect()
}
