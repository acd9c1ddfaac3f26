//! The order digest and the dumps, against answers from outside.

use crate::journal::fixture::{BTC, Script, TempDir, id, place, spec, write};
use crate::journal::{DumpForm, Journal, OrderDigest, dump, order_line};
use crate::names::Names;
use types::{Action, OrderFields, OrderFlags, Price, Qty};

fn dumped(form: DumpForm) -> String {
    let dir = TempDir::new();
    write(dir.path(), &Script::small().records, 640);
    let journal = Journal::open(dir.path()).expect("a journal");
    let mut text = Vec::new();
    dump(&journal, &Names::default(), form, &mut text).expect("written").expect("intact");
    String::from_utf8(text).expect("text")
}

#[test]
fn an_order_line_has_nine_fields() {
    let line = |fields: &OrderFields| order_line(fields, &spec(), "BTCUSDT-PERP.BINANCE");
    let order = place(1);
    let name = format!("{}|BTCUSDT-PERP.BINANCE", id(1));
    assert_eq!(line(&order), format!("place|{name}|BUY|LIMIT|GTX|65000.00|0.010|\n"));
    let market = OrderFields {
        order_type: 1,
        time_in_force: 1,
        side: 1,
        price: Price(0),
        flags: OrderFlags::REDUCE_ONLY,
        ..order
    };
    assert_eq!(line(&market), format!("place|{name}|SELL|MARKET|IOC||0.010|reduce_only\n"));
    let amend = OrderFields { action: Action::Amend as u8, qty: Qty(7), ..order };
    assert_eq!(line(&amend), format!("amend|{name}|BUY|LIMIT|GTX|65000.00|0.007|\n"));
    let cancel = OrderFields { action: Action::Cancel as u8, ..order };
    assert_eq!(line(&cancel), format!("cancel|{name}||||||\n"));
    for fields in [order, market, amend, cancel] {
        assert_eq!(line(&fields).matches('|').count(), 8);
    }
}

#[test]
fn the_digest_of_no_order_is_sha256_of_nothing() {
    let digest = OrderDigest::new(Vec::new().into());
    // sha256sum < /dev/null
    assert_eq!(digest.hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

#[test]
fn the_digest_is_sha256sum_of_the_order_lines() {
    let mut digest = OrderDigest::new(vec!["BTCUSDT-PERP.BINANCE".to_owned()].into());
    let lines: String =
        Script::small().records.iter().filter_map(|record| digest.on_record(record)).collect();
    assert_eq!(lines, dumped(DumpForm::Orders));
    assert_eq!(lines.lines().count(), 3);
    // The lines above through coreutils' sha256sum.
    assert_eq!(digest.hex(), KNOWN_DIGEST);
}

const KNOWN_DIGEST: &str = "ac1fc75e0e279b5d7944653de7800daa6a3d77c3d4a0453a8553c8530aa4fd90";

#[test]
fn a_dump_names_fields_and_prints_decimals() {
    let text = dumped(DumpForm::Text);
    assert_eq!(text.lines().count(), Script::small().records.len());
    let has = |part: &str| assert!(text.contains(part), "{part}\n{text}");
    has("action         BTCUSDT-PERP.BINANCE action=place client_order_id=");
    has(" price=65000.00 qty=0.010 member=0");
    has("report_detail  BTCUSDT-PERP.BINANCE venue_order_id=9001 trade_id=78 fee=0.013");
    has("command        -                    op=arm op_value=0 .");
    has("confidence=0.750000 reason=4");
    has("normalizer_ns=100 sequenced_ns=250");
}

#[test]
fn a_json_dump_is_an_object_a_line() {
    for line in dumped(DumpForm::Json).lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(value["sequence"].is_u64() && value["ts_ns"].is_i64(), "{line}");
        if value["kind"] == "trade" {
            assert!(value["price"].as_str().is_some_and(|price| price.starts_with("6500")));
            assert_eq!(value["instrument"], "BTCUSDT-PERP.BINANCE");
        }
    }
}

#[test]
fn prints_bare_mantissas_where_no_specification_came() {
    let mut digest = OrderDigest::new(Vec::new().into());
    let record = types::Record::new(types::Kind::Action, BTC, types::Nanos(0), place(1));
    let line = digest.on_record(&record).expect("an order");
    assert!(line.contains("|#0|BUY|LIMIT|GTX|6500000|10|"), "{line}");
}
