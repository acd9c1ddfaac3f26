//! Questions: what they answer, what they may not, and that they leave nothing behind.

use crate::run::{Run, Scratch};
use ledger::{Cell, Ledger, LedgerError, Rows, TABLES, rebuild};
use std::path::PathBuf;

/// Everything that was answered, as text.
#[derive(Default)]
struct Kept {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Rows for Kept {
    fn columns(&mut self, names: &[String]) -> std::io::Result<()> {
        self.names = names.to_vec();
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> std::io::Result<()> {
        let text = |cell: &Cell<'_>| match cell {
            Cell::Text(text) => text.clone().into_owned(),
            other => format!("{other:?}"),
        };
        self.rows.push(cells.iter().map(text).collect());
        Ok(())
    }
}

fn made(orders: u64) -> (Scratch, PathBuf) {
    let scratch = Scratch::new();
    Run::of(orders).write(&scratch.at("journal"), true);
    let db = scratch.at("ledger.sqlite");
    rebuild(&scratch.at("journal"), &db).expect("made");
    (scratch, db)
}

fn ask(ledger: &Ledger, question: &str) -> Result<Kept, LedgerError> {
    let mut kept = Kept::default();
    ledger.ask(question, &mut kept)?;
    Ok(kept)
}

fn refused(ledger: &Ledger, question: &str) -> String {
    match ask(ledger, question) {
        Err(LedgerError::Question(why)) => why,
        Err(other) => panic!("{question}: {other}"),
        Ok(kept) => panic!("{question} answered {:?}", kept.rows),
    }
}

#[test]
fn answers_with_names_and_rows() {
    let (_scratch, db) = made(5);
    let ledger = Ledger::open(&db).expect("a ledger");
    let kept = ask(&ledger, "SELECT state, COUNT(*) AS n FROM orders GROUP BY state ORDER BY 1");
    let kept = kept.expect("answered");
    assert_eq!(kept.names, ["state", "n"]);
    assert_eq!(kept.rows, [["FILLED", "Integer(5)"], ["INITIALIZED", "Integer(1)"]]);
    // Two of one name are told apart, as keys of an object must be.
    let kept = ask(&ledger, "SELECT 1 AS a, 2 AS a, NULL AS b, 3 AS a").expect("answered");
    assert_eq!(kept.names, ["a", "a_2", "b", "a_3"]);
    assert_eq!(kept.rows, [["Integer(1)", "Integer(2)", "Null", "Integer(3)"]]);
}

#[test]
fn every_table_has_all_its_rows_without_bare_integers() {
    let (_scratch, db) = made(5);
    let ledger = Ledger::open(&db).expect("a ledger");
    for table in TABLES {
        let kept = ask(&ledger, &table.all_rows()).expect("answered");
        let count = ask(&ledger, &format!("SELECT COUNT(*) FROM {}", table.name));
        let count = count.expect("answered").rows[0][0].clone();
        assert_eq!(format!("Integer({})", kept.rows.len()), count, "{}", table.name);
        assert!(kept.names.iter().all(|name| !name.ends_with("_mantissa")), "{:?}", kept.names);
    }
}

#[test]
fn a_question_writes_nothing_and_reads_no_other_file() {
    let (scratch, db) = made(2);
    let other = scratch.at("other.sqlite");
    std::fs::copy(&db, &other).expect("a copy");
    let before = (std::fs::read(&db).expect("a file"), scratch.names());
    let ledger = Ledger::open(&db).expect("a ledger");
    let attach = format!("ATTACH '{}' AS b", other.display());
    let vacuum = format!("VACUUM INTO '{}'", scratch.at("copy.sqlite").display());
    for (question, said) in [
        ("DELETE FROM orders", "deletion from orders"),
        ("UPDATE orders SET state = 'X' RETURNING state", "change of orders"),
        ("INSERT INTO balances VALUES ('X','1','1',1,1) RETURNING asset", "write to balances"),
        ("DROP TABLE fills", "refused"),
        ("CREATE TABLE t (x)", "refused"),
        ("CREATE TEMP TABLE t AS SELECT 1 AS x", "refused"),
        ("CREATE VIRTUAL TABLE t USING fts5(x)", "refused"),
        ("PRAGMA journal_mode = DELETE", "PRAGMA journal_mode"),
        ("PRAGMA user_version = 9", "PRAGMA user_version"),
        ("BEGIN IMMEDIATE", "a transaction"),
        ("REINDEX", "refused"),
        ("SELECT load_extension('x')", ""),
        (attach.as_str(), "ATTACH"),
        (vacuum.as_str(), ""),
    ] {
        let why = refused(&ledger, question);
        assert!(why.contains(said), "{question}: {why}");
    }
    assert!(refused(&ledger, "SELECT 1; SELECT 2").contains("more than one"));
    assert!(refused(&ledger, "SELECT 1; DELETE FROM orders").contains("deletion from orders"));
    // It goes on answering, and says what there is.
    let columns = ask(&ledger, "SELECT name FROM pragma_table_info('fills')").expect("answered");
    assert!(columns.rows.iter().any(|row| row[0] == "fee_asset"), "{:?}", columns.rows);
    assert_eq!(ask(&ledger, "SELECT COUNT(*) FROM orders").expect("answered").rows.len(), 1);
    drop(ledger);
    assert_eq!((std::fs::read(&db).expect("a file"), scratch.names()), before);
}

#[test]
fn says_what_is_wrong_with_a_question() {
    let (_scratch, db) = made(1);
    let ledger = Ledger::open(&db).expect("a ledger");
    for (question, said) in [
        ("SELECT qty FROM positons", "positons"),
        ("SELEC 1", "at byte 0"),
        ("", "one SELECT"),
        ("   -- nothing", "one SELECT"),
        ("SELECT exact_sum(instrument) FROM orders", "BTCUSDT"),
        ("SELECT exact_sum(1.5)", "whole numbers only"),
    ] {
        let why = refused(&ledger, question);
        assert!(why.contains(said), "{question:?}: {why}");
    }
}

#[test]
fn exact_sum_keeps_every_place_where_a_float_would_not() {
    let (_scratch, db) = made(200);
    let ledger = Ledger::open(&db).expect("a ledger");
    let one = |question: &str| ask(&ledger, question).expect("answered").rows[0][0].clone();
    for instrument in crate::run::NAMES {
        let sum =
            one(&format!("SELECT exact_sum(fee) FROM fills WHERE instrument = '{instrument}'"));
        let held = one(&format!("SELECT fees FROM positions WHERE instrument = '{instrument}'"));
        assert_eq!(sum, held, "{instrument}");
    }
    assert_eq!(one("SELECT exact_sum(x) FROM (SELECT '0.1' AS x UNION ALL SELECT '0.2')"), "0.3");
    assert_eq!(one("SELECT exact_sum(fee) FROM fills WHERE instrument = 'none'"), "Null");
    assert_eq!(one("SELECT exact_sum(x) FROM (SELECT NULL AS x UNION ALL SELECT 4)"), "4");
}
