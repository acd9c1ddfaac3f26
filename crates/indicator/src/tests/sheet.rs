//! Sets as they are written, columns as they are named, values as they are
//! printed.

use super::known::bar;
use crate::Unit;
use crate::bars::Bar;
use crate::sheet::{Row, Sheet, parse_label, value_text};
use types::{Nanos, Value};

fn names(set: &str) -> Vec<String> {
    let sheet = Sheet::parse(set, 2).expect("a good set");
    sheet.columns().iter().map(|column| column.name.clone()).collect()
}

fn refusal(set: &str) -> String {
    Sheet::parse(set, 2).expect_err("a fault").to_string()
}

#[test]
fn columns_are_named_as_the_contract_says() {
    let set = "rsi:14,ema:20,sma:20,macd:12:26:9,bbands:20:2,atr:14,adx:14,keltner:20:2,\
        ichimoku:9:26:52";
    let expected = "rsi_14, ema_20, sma_20, macd_12_26_9, macd_signal_12_26_9, macd_hist_12_26_9, \
        bb_upper_20_2, bb_middle_20_2, bb_lower_20_2, atr_14, adx_14, keltner_upper_20_2, \
        keltner_middle_20_2, keltner_lower_20_2, ichimoku_tenkan_9, ichimoku_kijun_26, \
        ichimoku_senkou_a, ichimoku_senkou_b, ichimoku_chikou";
    assert_eq!(names(set).join(", "), expected);
    assert_eq!(
        names(" rsi , bbands:10:2.50 "),
        ["rsi_14", "bb_upper_10_2.5", "bb_middle_10_2.5", "bb_lower_10_2.5"]
    );
}

#[test]
fn bad_sets_are_refused_with_a_sentence() {
    assert!(refusal("emma:3").starts_with("emma: unknown indicator; known are: adx, atr, "));
    assert_eq!(refusal(""), "set: names no indicator; write one or more, such as rsi:14,ema:20");
    assert_eq!(refusal("ema:0"), "ema:0: period 0 is out of range; give 1 to 10000");
    assert_eq!(refusal("ema:x"), "ema:x: period is \"x\"; write ema:period");
    assert_eq!(refusal("ema:3:4"), "ema:3:4: has too many parameters; write ema:period");
    assert_eq!(refusal("macd:12::9"), "macd:12::9: slow is \"\"; write macd:fast:slow:signal");
    assert_eq!(
        refusal("bbands:20:0"),
        "bbands:20:0: deviations 0 is out of range; give 0.01 to 100"
    );
    assert_eq!(refusal("ema:20,ema"), "ema: column ema_20 is there already; leave one of them out");
    assert_eq!(
        refusal("microprice"),
        "microprice: bars do not move it; it needs the market itself"
    );
    assert!(parse_label("ema:3").is_ok_and(|(entry, _)| entry.name == "ema"));
}

fn rows(set: &str, bars: &[Bar]) -> Vec<Row> {
    let mut sheet = Sheet::parse(set, 0).expect("a good set");
    let mut rows = Vec::new();
    for bar in bars {
        sheet.on_bar(bar, |row| rows.push(row.clone()));
    }
    sheet.finish(|row| rows.push(row.clone()));
    rows
}

#[test]
fn chikou_stands_at_the_bar_it_belongs_to() {
    let bars: Vec<_> = (0..40)
        .map(|row| Bar { open_ts: Nanos::from_ms(row * 60_000), ..bar(1_000 + row) })
        .collect();
    let rows = rows("sma:1,ichimoku:9:26:52", &bars);
    assert_eq!(rows.len(), 40);
    for (at, row) in rows.iter().enumerate() {
        assert_eq!(row.time_ms, at as i64 * 60_000);
        assert_eq!(row.values[0], Some(Value::from_num(1_000 + at)));
        let plotted = (at + 26 < 40).then(|| Value::from_num(1_026 + at));
        assert_eq!(row.values[5], plotted, "row {at}");
    }
}

#[test]
fn fewer_bars_than_a_line_reaches_back_are_given_all_the_same() {
    let rows = rows("ichimoku", &[bar(5), bar(6)]);
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.values.iter().all(Option::is_none)));
}

#[test]
fn values_are_printed_in_decimals_of_the_price() {
    let price = |value: f64, places| value_text(Value::from_num(value), Unit::Price, places);
    assert_eq!(price(4_239_723.5, 2), "42397.235");
    assert_eq!(price(-0.25, 0), "-0.25");
    assert_eq!(price(-3.0, 8), "-0.00000003");
    assert_eq!(price(0.0, 2), "0");
    assert_eq!(price(130.0, 8), "0.0000013");
    let ratio = |bits| value_text(Value::from_bits(bits), Unit::Ratio, 8);
    assert_eq!(ratio(1 << 64), "1");
    assert_eq!(ratio(-1), "0");
    assert_eq!(ratio((1 << 64) - 1), "1");
    assert_eq!(ratio((1 << 64) / 3), "0.333333333333");
    assert_eq!(value_text(Value::MAX, Unit::Price, 18), "9.223372036854775808");
    assert_eq!(value_text(Value::MIN, Unit::Percent, 0), "-9223372036854775808");
}
