//! `ledger`: the journal as SQL says what the run's summary says, and a question harms nothing.

use crate::misfortune::Misfortune;
use crate::program::{Finished, althing};
use crate::scratch::Scratch;
use crate::summary::{count, decimal, list, text};
use crate::worlds::{Run, files, ran, shared};
use serde_json::Value;

/// A ledger of a run in a place of its own: tests share the run and run beside each other.
struct Made {
    scratch: Scratch,
    document: Value,
}

impl Made {
    fn of(run: &Run) -> Self {
        let scratch = Scratch::new();
        let out = scratch.at("ledger.sqlite");
        let made = althing(&["ledger", "rebuild", run.journal_text(), "--out", &out, "--json"]);
        let document = made.run().code(0).json();
        Self { scratch, document }
    }

    fn at(&self) -> String {
        self.scratch.at("ledger.sqlite")
    }

    fn asked(&self, question: &str) -> Finished {
        althing(&["ledger", "query", question, "--ledger", &self.at(), "--json"]).run()
    }

    fn rows(&self, question: &str) -> Vec<Value> {
        list(&self.asked(question).code(0).json(), "rows").to_vec()
    }

    /// The one value of the one row.
    fn one(&self, question: &str) -> Value {
        let rows = self.rows(question);
        let [row] = &rows[..] else { panic!("{question}: {rows:?}") };
        row.as_object().and_then(|row| row.values().next()).expect("a column").clone()
    }

    fn money(&self, question: &str) -> i128 {
        self.one(question).as_str().map_or(0, decimal)
    }
}

/// Every figure of the summary that the ledger has too, from its rows.
fn agrees(run: &Run) -> Made {
    let made = Made::of(run);
    let summary = &run.summary;
    let whole = |question: &str| made.one(question).as_u64().expect("a count");
    for (key, question) in [
        ("events", "SELECT events FROM runs"),
        ("votes", "SELECT COUNT(*) FROM votes WHERE shadow = 0"),
        ("orders", "SELECT COUNT(*) FROM orders WHERE state <> 'DENIED'"),
        ("fills", "SELECT COUNT(*) FROM fills"),
        ("fills", "SELECT SUM(fills) FROM positions"),
    ] {
        assert_eq!(whole(question), count(summary, key), "{key} by {question}");
    }
    assert_eq!(made.one("SELECT order_digest FROM runs"), summary["order_digest"]);
    let fees = decimal(text(summary, "fees"));
    assert_eq!(made.money("SELECT exact_sum(fees) FROM positions"), fees);
    assert_eq!(made.money("SELECT exact_sum(fee) FROM fills"), fees, "of each fill");
    let made_by = "SELECT exact_sum(x) FROM (SELECT realised AS x FROM positions
                   UNION ALL SELECT unrealised FROM positions)";
    assert_eq!(made.money(made_by), decimal(text(summary, "pnl")));
    for (instrument, qty) in summary["position"].as_object().expect("by instrument") {
        let of = format!("WHERE instrument = '{instrument}'");
        let held = made.money(&format!("SELECT qty FROM positions {of}"));
        assert_eq!(held, decimal(qty.as_str().expect("a decimal")), "{instrument}");
        let sum = |side: &str| {
            made.money(&format!("SELECT exact_sum(qty) FROM fills {of} AND side = '{side}'"))
        };
        assert_eq!(sum("BUY") - sum("SELL"), held, "{instrument} by its fills");
    }
    let denied = made.rows("SELECT rule, COUNT(*) AS n FROM refusals GROUP BY rule");
    let denied: Vec<_> = denied.iter().map(|row| (text(row, "rule"), count(row, "n"))).collect();
    let by_rule = summary["denied"].as_object().expect("by rule");
    let told = by_rule.iter().map(|(rule, n)| (rule.as_str(), n.as_u64().expect("a count")));
    let mut told: Vec<_> = told.filter(|(_, n)| *n > 0).collect();
    told.sort_unstable();
    assert_eq!(denied, told);
    made
}

#[test]
fn its_figures_are_those_of_the_summary() {
    let made = agrees(shared());
    assert!(count(&shared().summary, "fills") > 0, "no fill, no proof");
    let rows = &made.document["rows"];
    assert_eq!(count(rows, "fills"), count(&shared().summary, "fills"));
    assert_eq!((&made.document["sealed"], &made.document["ok"]), (&true.into(), &true.into()));
    assert_eq!(text(&made.document, "ledger"), made.at());
}

#[test]
fn its_figures_are_those_of_the_summary_after_faults() {
    let faults = [
        "probability = 0.2; do = 'drop_ack'",
        "probability = 0.3; do = 'duplicate'; on = 'ORDER_TRADE_UPDATE'",
        "probability = 0.2; do = 'gap'; on = 'ORDER_TRADE_UPDATE'",
        "probability = 0.05; do = 'gap'; on = 'depth'",
    ];
    let run = Misfortune::in_virtual_time(6, &faults).survived();
    assert!(run.struck("drop_ack") > 0 && run.count("fills") > 0, "{:#}", run.run.summary);
    let made = agrees(&run.run);
    let was = made.one("SELECT COUNT(*) FROM order_states WHERE state = 'UNKNOWN'");
    assert!(was.as_u64() > Some(0), "some answer was lost");
}

#[test]
fn a_refusal_names_its_order_its_rule_and_what_was_seen_in_units() {
    let scratch = Scratch::new();
    let state = scratch.at("state");
    let mut arguments = crate::worlds::shared_arguments("7");
    arguments.extend(["--json", "--state", &state]);
    let program = althing(&arguments).env("ALTHING__RISK__MAX_ORDER_NOTIONAL__LIMIT", "1");
    let run = Run { summary: program.run().json(), scratch };
    let made = agrees(&run);
    let refusals = made.rows("SELECT * FROM refusals");
    assert!(!refusals.is_empty(), "{:#}", run.summary);
    for row in &refusals {
        assert_eq!(text(row, "rule"), "max_order_notional");
        assert_eq!((text(row, "allowed"), text(row, "unit")), ("1", "quote asset"));
        assert!(decimal(text(row, "seen")) > decimal("1"), "{row}");
        let state = format!(
            "SELECT state FROM orders WHERE client_order_id = '{}'",
            text(row, "client_order_id")
        );
        assert_eq!(made.one(&state), "DENIED");
    }
}

#[test]
fn a_question_makes_the_ledger_once_and_says_so() {
    let run = ran(&["--virtual", "--seed", "5", "--duration", "1", "--rate", "300"]);
    let state = run.scratch.at("state");
    let ask =
        || althing(&["ledger", "query", "--table", "runs", "--state", &state, "--json"]).run();
    let first = ask().code(0).names(&["making the ledger", "its newest run"]);
    let second = ask().code(0);
    assert!(!second.err.contains("making"), "{}", second.said());
    assert_eq!(first.json(), second.json());
    let document = first.json();
    let path = text(&document, "ledger");
    assert!(path.starts_with(&state) && path.contains("/ledger/"), "{path}");
    // Not among the journals: each of those is one still.
    let journals = files(run.journal().parent().expect("a folder"));
    assert_eq!(journals, [run.journal()]);
    althing(&["journal", "verify", run.journal_text()]).run().code(0);
    // One that is no longer whole is made anew.
    let bytes = std::fs::read(path).expect("a ledger");
    std::fs::write(path, &bytes[..4096]).expect("cut");
    assert_eq!(ask().code(0).names(&["making the ledger"]).json(), first.json());
    // A journal that is named is not said; its damage is.
    let segment = &files(run.journal())[0];
    let mut bytes = std::fs::read(segment).expect("a segment");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(segment, bytes).expect("written");
    let ended = althing(&["ledger", "rebuild", run.journal_text(), "--json"]).run().code(1);
    let document = ended.json();
    assert_eq!(document["ok"], false);
    assert!(count(&document["at"], "offset") > 0, "{document}");
    assert!(text(&document["at"], "segment").ends_with(".journal"), "{document}");
    assert!(ended.err.contains(text(&document, "why")), "{}", ended.said());
    assert_eq!(ask().code(0).json(), first.json(), "the old ledger is as it was");
}

#[test]
fn an_unsealed_journal_is_told_and_asked_up_to_its_cut() {
    let scratch = Scratch::new();
    let journal = scratch.path().join("cut");
    std::fs::create_dir(&journal).expect("made");
    let segments = shared().files();
    let segment = segments.iter().find(|path| path.extension().is_some()).expect("a segment");
    let bytes = std::fs::read(segment).expect("a segment");
    let to = journal.join(segment.file_name().expect("a name"));
    std::fs::write(to, &bytes[..bytes.len() / 2 + 7]).expect("written");
    let journal = journal.display().to_string();
    let told = althing(&["ledger", "rebuild", &journal]).run().code(0);
    assert!(told.text().contains("is not sealed"), "{}", told.said());
    let made = althing(&["ledger", "rebuild", &journal, "--json"]).run().code(0).json();
    assert_eq!(made["sealed"], false);
    assert!(count(&made["cut"], "bytes") > 0, "{made}");
    assert!(count(&made, "events") < count(&shared().summary, "events"));
    let asked = althing(&["ledger", "query", "SELECT events FROM runs", "--journal", &journal])
        .run()
        .code(0);
    assert!(asked.err.contains("was not sealed"), "{}", asked.said());
}

#[test]
fn what_is_no_ledger_stays_and_what_is_of_another_journal_is_said() {
    let made = Made::of(shared());
    let notes = made.scratch.file("notes.sqlite", "my notes, and more of them than a header has");
    let run = shared().journal_text();
    let refused = althing(&["ledger", "rebuild", run, "--out", &notes]).run().code(2);
    refused.names(&["notes.sqlite", "no ledger", "another place"]);
    assert!(std::fs::read(&notes).expect("there").starts_with(b"my notes"));
    let other = ran(&["--virtual", "--seed", "6", "--duration", "1", "--rate", "300"]);
    let asked = ["ledger", "query", "--table", "runs", "--ledger", &made.at()];
    althing(&asked).run().code(0);
    let mut both = asked.to_vec();
    both.extend(["--journal", run]);
    althing(&both).run().code(0);
    both[7] = other.journal_text();
    althing(&both).run().code(1).names(&["another journal", "leave --ledger out"]);
    let out = made.at();
    let replaced = althing(&["ledger", "rebuild", other.journal_text(), "--out", &out, "--json"]);
    let replaced = replaced.run().code(0).names(&["was the ledger of run"]);
    assert!(text(&replaced.json(), "replaced").len() == 32, "{}", replaced.said());
    let nowhere = made.scratch.at("nowhere.sqlite");
    let asked = ["ledger", "query", "--table", "runs", "--ledger", &nowhere];
    althing(&asked).run().code(2).names(&["no such file", "rebuild"]);
}

#[test]
fn a_question_that_does_more_than_read_is_usage() {
    let made = Made::of(shared());
    let before = std::fs::read(made.at()).expect("a ledger");
    for (question, said) in [
        ("DELETE FROM orders", "only reads"),
        ("ATTACH '/etc/passwd' AS other", "ATTACH is refused"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT * FROM nothing", "althing ledger tables"),
        ("SELEC", "at byte 0"),
    ] {
        let ended = made.asked(question).code(2);
        assert!(ended.err.contains(said) && ended.out.is_empty(), "{}", ended.said());
    }
    assert_eq!(std::fs::read(made.at()).expect("a ledger"), before);
    althing(&["ledger", "query", "--table", "ordres", "--ledger", &made.at()])
        .run()
        .code(2)
        .names(&["ordres", "orders, order_states, fills"]);
    althing(&["ledger", "query", "--ledger", &made.at()]).run().code(2);
    let both = ["ledger", "query", "SELECT 1", "--table", "fills", "--ledger", &made.at()];
    althing(&both).run().code(2);
}

#[test]
fn answers_as_a_page_and_as_comma_separated_values() {
    let made = Made::of(shared());
    let ask = |question: &str, form: &[&str]| {
        let mut all = vec!["ledger", "query", question, "--ledger"];
        let at = made.at();
        all.push(&at);
        all.extend(form);
        althing(&all).run().code(0).text()
    };
    let odd = "SELECT 1 AS a, 'x, \"y\"' AS b, NULL AS c";
    assert_eq!(ask(odd, &["--csv"]), "a,b,c\n1,\"x, \"\"y\"\"\",\n");
    assert_eq!(ask(odd, &[]), "a  b       c\n1  x, \"y\"  -\n(1 row)\n");
    let fills = count(&shared().summary, "fills");
    let page = althing(&["ledger", "query", "--table", "fills", "--ledger", &made.at()]).run();
    let page = page.code(0).text();
    assert!(page.ends_with(&format!("({fills} rows)\n")), "{page}");
    assert!(page.contains(" UTC") && !page.contains("mantissa"), "{page}");
    let csv = ask("SELECT * FROM fills", &["--csv"]);
    assert_eq!(csv.lines().count() as u64, fills + 1);
}

#[test]
fn tables_are_listed_with_every_column() {
    let made = Made::of(shared());
    let listed = althing(&["ledger", "tables", "--json"]).run().code(0).json();
    let page = althing(&["ledger", "tables"]).run().code(0).text();
    for table in list(&listed, "tables") {
        let name = text(table, "name");
        let question = format!("SELECT name FROM pragma_table_info('{name}')");
        let has = made.rows(&question);
        let has: Vec<_> = has.iter().map(|row| text(row, "name")).collect();
        let columns = list(table, "columns").iter();
        let says: Vec<_> = columns.map(|column| text(column, "name")).collect();
        assert_eq!(has, says, "{name}");
        assert!(page.contains(&format!("\n{name}\n")) || page.starts_with(name), "{page}");
    }
    althing(&["ledger", "tables", "nope"]).run().code(2).names(&["nope", "fills"]);
}

#[test]
fn a_place_inside_a_journal_is_refused_and_the_journal_stays_whole() {
    let run = shared();
    let out = run.journal().join("x.sqlite").display().to_string();
    let rebuilt = althing(&["ledger", "rebuild", run.journal_text(), "--out", &out]).run();
    rebuilt.code(2).names(&["--out", "a place outside"]);
    assert!(!std::path::Path::new(&out).exists());
    althing(&["journal", "verify", run.journal_text()]).run().code(0);
}
