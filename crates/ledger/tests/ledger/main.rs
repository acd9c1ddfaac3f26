//! The ledger against the journal that it was made from.

mod asked;
mod places;
mod run;

use cold::{Ending, Journal, Stats};
use ledger::{TABLES, rebuild};
use run::{NAMES, Run, Scratch, id, spec};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::fmt::Write;
use std::path::Path;
use types::{Decimal, Money, Side};

/// Every table as text, rows in the order of their keys, each value with its type.
fn dump(db: &Path) -> String {
    let connection = Connection::open(db).expect("a database");
    let mut text = String::new();
    for table in TABLES.iter().map(|table| table.name) {
        let mut rows = connection
            .prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2"))
            .expect("a table of that name");
        let columns = rows.column_count();
        let mut rows = rows.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let _ = write!(text, "{table}");
            for column in 0..columns {
                let value = row.get_ref(column).expect("a value");
                assert!(!matches!(value, ValueRef::Real(_)), "{table} {column} is a REAL");
                let _ = write!(text, " {:?}", value);
            }
            text.push('\n');
        }
    }
    text
}

fn one<T: rusqlite::types::FromSql>(db: &Path, sql: &str) -> T {
    let connection = Connection::open(db).expect("a database");
    connection.query_row(sql, [], |row| row.get(0)).expect("one value")
}

#[test]
fn deleted_and_rebuilt_it_is_the_same() {
    let scratch = Scratch::new();
    Run::of(40).write(&scratch.at("journal"), true);
    let db = scratch.at("ledger.sqlite");
    let made = rebuild(&scratch.at("journal"), &db).expect("made");
    assert_eq!((made.orders, made.fills), (41, 40));
    let (first, bytes) = (dump(&db), std::fs::read(&db).expect("a file"));
    assert!(first.lines().count() > 200, "{first}");
    // Over the old file, and after it was deleted.
    rebuild(&scratch.at("journal"), &db).expect("made again");
    assert_eq!(dump(&db), first);
    std::fs::remove_file(&db).expect("deleted");
    rebuild(&scratch.at("journal"), &db).expect("made again");
    assert_eq!(dump(&db), first);
    assert_eq!(std::fs::read(&db).expect("a file"), bytes, "to the byte");
    // And whatever was damaged in it is whole again: its head says that it was a ledger.
    let mut damaged = bytes.clone();
    damaged.truncate(5000);
    damaged[4100..].fill(0xff);
    std::fs::write(&db, damaged).expect("written");
    rebuild(&scratch.at("journal"), &db).expect("made again");
    assert_eq!(dump(&db), first);
}

#[test]
fn positions_are_those_of_the_summary_and_of_the_fills() {
    let scratch = Scratch::new();
    let run = Run::of(200);
    let journal = run.write(&scratch.at("journal"), true);
    let db = scratch.at("ledger.sqlite");
    rebuild(&scratch.at("journal"), &db).expect("made");
    let mut stats = Stats::new(journal.run().instruments.clone().into());
    for record in &run.records {
        stats.on_record(record);
    }
    for held in stats.snapshot().instruments {
        let column = |name: &str| -> String {
            one(
                &db,
                &format!("SELECT {name} FROM positions WHERE instrument = '{}'", held.instrument),
            )
        };
        assert_eq!(column("qty"), held.position.to_string());
        assert_eq!(column("realised"), held.realised.expect("in range").to_string());
        assert_eq!(column("fees_mantissa"), held.fees.expect("in range").0.to_string());
    }
    for (instrument, name) in NAMES.iter().enumerate() {
        let of = run.fills.iter().filter(|fill| fill.instrument == instrument);
        let (mut qty, mut fees) = (0, 0);
        for fill in of {
            qty += if fill.side == Side::Buy { fill.qty } else { -fill.qty };
            fees += fill.fee.0;
        }
        assert!(qty != 0, "the run holds something of each");
        let sql = format!("SELECT qty_mantissa FROM positions WHERE instrument = '{name}'");
        assert_eq!(one::<i64>(&db, &sql), qty);
        // The same out of the ledger's own fills, in SQL's integers.
        let sql = format!(
            "SELECT SUM(CASE side WHEN 'BUY' THEN qty_mantissa ELSE -qty_mantissa END)
             FROM fills WHERE instrument = '{name}'"
        );
        assert_eq!(one::<i64>(&db, &sql), qty);
        let sql = format!("SELECT qty FROM positions WHERE instrument = '{name}'");
        let text = Decimal::new(qty, spec(instrument).qty_decimals).to_string();
        assert_eq!(one::<String>(&db, &sql), text);
        let sql = format!("SELECT fees FROM positions WHERE instrument = '{name}'");
        assert_eq!(one::<String>(&db, &sql), Money(fees).to_string());
    }
}

#[test]
fn holds_orders_fills_votes_refusals_and_balances_exactly() {
    let scratch = Scratch::new();
    Run::of(3).write(&scratch.at("journal"), true);
    let db = scratch.at("ledger.sqlite");
    rebuild(&scratch.at("journal"), &db).expect("made");
    let text = |sql: &str| -> String { one(&db, sql) };
    let count = |sql: &str| -> i64 { one(&db, sql) };
    assert_eq!(count("SELECT COUNT(*) FROM orders WHERE state = 'FILLED'"), 3);
    let order = format!("WHERE client_order_id = '{}'", id(1));
    // Beyond what an SQL integer holds.
    let venue_id = text(&format!("SELECT venue_order_id FROM orders {order}"));
    assert_eq!(venue_id, (u64::MAX - 1).to_string());
    assert_eq!(text(&format!("SELECT trade_id FROM fills {order}")), "101");
    assert_eq!(text("SELECT fee FROM fills WHERE trade_id = '103'"), "-0.000000000000000001");
    assert_eq!(text("SELECT fee_mantissa FROM fills WHERE trade_id = '103'"), "-1");
    assert_eq!(count("SELECT COUNT(*) FROM order_states WHERE state = 'FILLED'"), 3);
    assert_eq!(count("SELECT COUNT(*) FROM votes WHERE shadow = 1"), 3);
    assert_eq!(count("SELECT SUM(direction) FROM votes WHERE member = 'member 1'"), 3);
    assert_eq!(text("SELECT client_order_id FROM refusals"), id(4).to_string());
    assert_eq!(text("SELECT rule FROM refusals"), "rule 1");
    assert_eq!(text("SELECT allowed_mantissa FROM refusals"), (i128::MAX - 1).to_string());
    // The last word on an asset counts.
    assert_eq!(text("SELECT total FROM balances WHERE asset = 'USDT'"), "7.5");
    assert_eq!(text("SELECT total FROM balances WHERE asset = 'BTC'"), "0.000000000000000001");
    assert_eq!(text("SELECT amount FROM funding WHERE instrument IS NULL"), "-0.5");
    let named = "SELECT amount_mantissa FROM funding WHERE instrument = 'PEPEUSDT-PERP.BINANCE'";
    assert_eq!(text(named), "250000000000000000");
    assert_eq!(count("SELECT COUNT(*) FROM funding"), 2);
    assert_eq!(count("SELECT sealed FROM runs"), 1);
    assert_eq!(text("SELECT config FROM runs"), "version = 1\n");
    assert_eq!(text("PRAGMA journal_mode"), "wal");
}

#[test]
fn projects_an_unsealed_journal_up_to_its_last_whole_group() {
    let scratch = Scratch::new();
    Run::of(5).write(&scratch.at("journal"), false);
    let db = scratch.at("ledger.sqlite");
    let made = rebuild(&scratch.at("journal"), &db).expect("made");
    assert!(matches!(made.ending, Ending::Unsealed(_)));
    assert_eq!(one::<i64>(&db, "SELECT sealed FROM runs"), 0);
    let last = Journal::open(&scratch.at("journal")).and_then(|j| j.verify()).expect("a prefix");
    let sequence: i64 = one(&db, "SELECT last_sequence FROM runs");
    assert_eq!(sequence, i64::try_from(last.last_sequence).expect("small"));
}

#[test]
fn a_damaged_journal_leaves_the_old_ledger_as_it_was() {
    let scratch = Scratch::new();
    Run::of(5).write(&scratch.at("journal"), true);
    let db = scratch.at("ledger.sqlite");
    rebuild(&scratch.at("journal"), &db).expect("made");
    let before = std::fs::read(&db).expect("a file");
    let segment = scratch.at("journal").join("00000001.journal");
    let mut bytes = std::fs::read(&segment).expect("a segment");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, bytes).expect("written");
    let why = rebuild(&scratch.at("journal"), &db).expect_err("damaged").to_string();
    assert!(why.contains("00000001.journal (byte "), "{why}");
    assert_eq!(std::fs::read(&db).expect("still there"), before);
    assert_eq!(scratch.names(), ["journal", "ledger.sqlite"], "nothing half is left");
}

#[test]
fn says_what_is_wrong_with_a_path() {
    let scratch = Scratch::new();
    let why = rebuild(&scratch.at("nowhere"), &scratch.at("x")).expect_err("none").to_string();
    assert!(why.contains("nowhere") && why.contains("give the directory"), "{why}");
    Run::of(1).write(&scratch.at("journal"), true);
    let place = scratch.at("missing").join("ledger.sqlite");
    let why = rebuild(&scratch.at("journal"), &place).expect_err("no such place").to_string();
    assert!(why.contains("missing"), "{why}");
}

#[test]
fn a_log_left_by_the_old_file_is_not_read_with_the_new_one() {
    let scratch = Scratch::new();
    Run::of(2).write(&scratch.at("journal"), true);
    let db = scratch.at("ledger.sqlite");
    std::fs::write(scratch.at("ledger.sqlite-wal"), b"an old log").expect("written");
    rebuild(&scratch.at("journal"), &db).expect("made");
    assert!(!scratch.at("ledger.sqlite-wal").exists());
    assert_eq!(one::<i64>(&db, "SELECT COUNT(*) FROM fills"), 2);
}
