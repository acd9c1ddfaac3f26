//! The part of a standing that tells who wanted what: each seat's votes and what it says now, and
//! each rule's verdicts.
//!
//! Read by `forms`. Never here: what the council made of the votes.

use super::Standing;
use crate::names::Names;
use serde_json::{Map, Value, json};
use std::fmt::Write;
use types::Decimal;

impl Standing {
    /// Every seat that is known or has voted, in the order of the seats.
    pub(super) fn members_json(&self, names: &Names) -> Value {
        self.seats(names).map(|seat| self.member_json(seat, names)).collect()
    }

    fn member_json(&self, seat: usize, names: &Names) -> Value {
        let [buy, sell, abstain] = self.votes(seat);
        let says: Map<_, _> = self
            .says(seat)
            .map(|(instrument, says)| (instrument.to_owned(), json!(says.to_string())))
            .collect();
        json!({
            "seat": seat,
            "member": name(seat, names),
            "weight_ppm": names.seats.get(seat).map(|words| words.weight_ppm),
            "votes": {"buy": buy, "sell": sell, "abstain": abstain},
            "says": says,
        })
    }

    /// Every rule that is known or has judged, in the order of judgement.
    pub(super) fn rules_json(&self, names: &Names) -> Value {
        let rules = self.verdicts(names);
        let told = |(rule, passed, denied): (String, u64, u64)| {
            let off = names.off.get(&rule);
            json!({"rule": rule, "passed": passed, "denied": denied, "off": off})
        };
        rules.map(told).collect()
    }

    /// A line for each seat.
    pub(super) fn members_text(&self, names: &Names, out: &mut String) {
        for seat in self.seats(names) {
            let [buy, sell, abstain] = self.votes(seat);
            let shadow = match names.seats.get(seat) {
                Some(words) if words.weight_ppm == 0 => " (shadow)",
                _ => "",
            };
            let says: Vec<_> =
                self.says(seat).map(|(instrument, says)| format!("{instrument} {says}")).collect();
            let says =
                if says.is_empty() { String::new() } else { format!("; says {}", says.join(", ")) };
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "member    {}{shadow} {buy} buy, {sell} sell, {abstain} abstain{says}",
                name(seat, names)
            );
        }
    }

    /// A line for each rule that has judged, one for those that have not been asked, one for those
    /// that are off. A built-in refusal shows only once it has refused: it passes nothing.
    pub(super) fn rules_text(&self, names: &Names, out: &mut String) {
        let (mut idle, mut off) = (Vec::new(), Vec::new());
        for (rule, passed, denied) in self.verdicts(names) {
            match passed + denied {
                0 if names.off.contains_key(&rule) => off.push(rule),
                0 if names.built_in.contains(&rule) => {}
                0 => idle.push(rule),
                _ if names.built_in.contains(&rule) => {
                    let _ = writeln!(out, "rule      {rule} {denied} denied");
                }
                _ => {
                    let _ = writeln!(out, "rule      {rule} {passed} passed, {denied} denied");
                }
            }
        }
        for (head, rules) in [("not asked yet", idle), ("off", off)] {
            if !rules.is_empty() {
                let _ = writeln!(out, "rule      {head}: {}", rules.join(", "));
            }
        }
    }

    fn seats(&self, names: &Names) -> std::ops::Range<usize> {
        0..names.seats.len().max(self.stats.votes_by_seat.len())
    }

    fn votes(&self, seat: usize) -> [u64; 3] {
        self.stats.votes_by_seat.get(seat).copied().unwrap_or_default()
    }

    /// What a seat says of each instrument: its confidence, above zero to buy.
    fn says(&self, seat: usize) -> impl Iterator<Item = (&str, Decimal)> {
        let of = self.stats.opinions.iter().filter(move |said| said.seat == seat);
        of.map(|said| (said.instrument.as_str(), Decimal::new(said.ppm, 6).trimmed()))
    }

    /// Name, passed and denied.
    fn verdicts(&self, names: &Names) -> impl Iterator<Item = (String, u64, u64)> {
        let (passed, denied) = (&self.stats.passed, &self.stats.denied);
        let count = names.rules.len().max(passed.len()).max(denied.len());
        let of =
            |counts: &[u64], rule: u16| counts.get(usize::from(rule)).copied().unwrap_or_default();
        let rules = 0..u16::try_from(count).unwrap_or(u16::MAX);
        rules.map(move |rule| (names.rule(rule), of(passed, rule), of(denied, rule)))
    }
}

fn name(seat: usize, names: &Names) -> String {
    u8::try_from(seat).map_or_else(|_| format!("member {seat}"), |seat| names.member(seat))
}
