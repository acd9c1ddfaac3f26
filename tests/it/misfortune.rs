//! A run against a venue that misbehaves by a script, and what must hold of it whatever the script.
//!
//! Used by `faults`. The run may be virtual or over sockets; the rules are the same.

use crate::audit::audit;
use crate::recorded::Recorded;
use crate::scratch::Scratch;
use crate::summary::{count, text};
use crate::worlds::{Run, demo};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// A script and the run against it.
pub(crate) struct Misfortune {
    script: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    /// Orders that may be left without an end.
    unknown: RangeInclusive<u64>,
    /// Instruments.
    books: usize,
}

/// One `[[fault]]` a line; `;` stands for a line's end inside it.
fn tables(faults: &[&str]) -> String {
    faults.iter().map(|fault| format!("[[fault]]\n{}\n\n", fault.replace(';', "\n"))).collect()
}

impl Misfortune {
    /// In virtual time.
    pub(crate) fn in_virtual_time(seconds: u32, faults: &[&str]) -> Self {
        Self::over_sockets(seconds, faults).with("--virtual")
    }

    /// In real time.
    pub(crate) fn over_sockets(seconds: u32, faults: &[&str]) -> Self {
        let arguments = format!("--seed 11 --rate 900 --duration {seconds}");
        Self {
            script: tables(faults),
            arguments: arguments.split(' ').map(str::to_owned).collect(),
            environment: Vec::new(),
            unknown: 0..=0,
            books: 3,
        }
    }

    fn with(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// With one key of the configuration set.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same on the spot market, which has two instruments.
    pub(crate) fn on_spot(self) -> Self {
        Self { books: 2, ..self.with("--venue=binance_spot") }
    }

    /// With so many orders of which nobody can say at the end what became of them.
    pub(crate) fn leaving_unknown(mut self, orders: RangeInclusive<u64>) -> Self {
        self.unknown = orders;
        self
    }

    /// Runs, and holds the run to what must be true whatever went wrong: it ends well, replays, and
    /// agrees with the venue; every rule of `audit`; every book LIVE again at the end.
    pub(crate) fn survived(self) -> Survived {
        let scratch = Scratch::new();
        let script = scratch.file("script.toml", &self.script);
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let mut program = demo(&scratch, &arguments).env("ALTHING__EXCHANGE__SCRIPT", &script);
        for (name, value) in &self.environment {
            program = program.env(name, value);
        }
        let ended = program.run().code(0);
        let summary = ended.json();
        for key in ["crossed", "dropped", "allocations_after_seal"] {
            assert_eq!(count(&summary, key), 0, "{key}\n{}", ended.said());
        }
        let left = count(&summary, "orders_left_open");
        assert!(self.unknown.contains(&left), "{left} orders left open\n{}", ended.said());
        assert_eq!(summary["replay_equal"], true, "{}", ended.said());
        assert_eq!(summary["venue_agrees"], true, "{}", ended.said());
        assert!(count(&summary, "orders") > 0, "no order, no proof\n{}", ended.said());
        let run = Run { summary, scratch };
        let recorded = audit(&run);
        let books = books_while_the_market_ran(&recorded);
        assert_eq!(books.len(), self.books, "a book never came up: {books:?}");
        let changes: Vec<&Value> = recorded.of_kind("book_change").collect();
        let live = books.values().all(|state| state == "live");
        assert!(live, "not LIVE at the end: {books:?} after {changes:#?}\n{}", ended.err);
        Survived { run, recorded }
    }
}

/// The state of each book when the market ended. A book that fell silent then is judged by what it
/// was before, if next to nothing came after: an exchange that ends may flush a last word.
fn books_while_the_market_ran(recorded: &Recorded) -> BTreeMap<String, String> {
    let mut books = BTreeMap::new();
    let mut before = BTreeMap::new();
    let mut since = 0;
    for row in &recorded.rows {
        match text(row, "kind") {
            "book_change" => {
                if text(row, "reason") == "silent" && since > 0 {
                    before.clone_from(&books);
                    since = 0;
                }
                books.insert(text(row, "instrument").to_owned(), text(row, "state").to_owned());
            }
            "trade" | "quote" | "level" => since += 1,
            _ => {}
        }
    }
    let silent =
        recorded.of_kind("book_change").last().is_some_and(|row| row["reason"] == "silent");
    if silent && since < 10 { before } else { books }
}

/// A run that came through.
pub(crate) struct Survived {
    /// The run.
    pub(crate) run: Run,
    /// Its journal.
    pub(crate) recorded: Recorded,
}

impl Survived {
    /// A count of the summary.
    pub(crate) fn count(&self, key: &str) -> u64 {
        count(&self.run.summary, key)
    }

    /// How often a fault has struck, by the script's word, as the summary tells it. A script that
    /// did not strike proves nothing.
    pub(crate) fn struck(&self, fault: &str) -> u64 {
        let times = self.run.summary["faults"][fault].as_u64();
        times.unwrap_or_else(|| panic!("faults.{fault} is not in {:#}", self.run.summary))
    }

    /// The same, when the fault has struck as often as that.
    pub(crate) fn after(self, fault: &str, times: u64) -> Self {
        assert_eq!(self.struck(fault), times, "{fault} in {:#}", self.run.summary);
        self
    }
}
