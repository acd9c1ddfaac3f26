//! The table of specifications against a plain map.

use super::btc;
use crate::{SpecError, SpecTable};
use proptest::prelude::*;
use std::collections::BTreeMap;
use types::{InstrumentId, InstrumentSpec, MAX_INSTRUMENTS, Price, Symbol};

fn named(id: u16, name: &str) -> InstrumentSpec {
    InstrumentSpec { id: InstrumentId(id), symbol: Symbol::new(name).unwrap(), ..btc() }
}

#[test]
fn finds_by_symbol_and_by_id_and_takes_new_versions() {
    let mut table = SpecTable::new(2);
    assert!(table.is_empty() && table.by_symbol(b"BTCUSDT").is_none());
    table.insert(named(9, "BTCUSDT")).unwrap();
    table.insert(named(0, "ETHUSDT")).unwrap();
    let newer = InstrumentSpec { version: 2, tick_size: Price(1), ..named(9, "BTCUSDT") };
    table.insert(newer).unwrap();
    assert_eq!(table.by_symbol(b"BTCUSDT"), Some(&newer));
    assert_eq!(table.by_id(InstrumentId(9)), Some(&newer));
    assert_eq!(table.by_id(InstrumentId(0)).unwrap().symbol.as_str(), "ETHUSDT");
    assert_eq!(table.len(), 2);
    assert_eq!(table.iter().map(|spec| spec.id.0).collect::<Vec<_>>(), [9, 0]);
}

#[test]
fn refuses_what_would_confuse_two_instruments() {
    let mut table = SpecTable::new(2);
    table.insert(named(1, "BTCUSDT")).unwrap();
    table.insert(named(2, "ETHUSDT")).unwrap();
    assert_eq!(table.insert(named(1, "ETHUSDT")), Err(SpecError::Conflict));
    assert_eq!(table.insert(named(3, "BTCUSDT")), Err(SpecError::Conflict));
    assert_eq!(table.insert(named(1, "XRPUSDT")), Err(SpecError::Conflict));
    assert_eq!(table.insert(named(3, "XRPUSDT")), Err(SpecError::Full));
    let far = named(MAX_INSTRUMENTS as u16, "XRPUSDT");
    assert_eq!(table.insert(far), Err(SpecError::Id));
    assert_eq!(table.insert(named(u16::MAX, "XRPUSDT")), Err(SpecError::Id));
    let broken = InstrumentSpec { price_decimals: 18, ..named(1, "BTCUSDT") };
    assert!(matches!(table.insert(broken), Err(SpecError::Defect(_))));
    for name in ["A\"B", "A\\B"] {
        assert!(matches!(table.insert(named(3, name)), Err(SpecError::Defect(_))));
    }
    let unnamed = InstrumentSpec { symbol: Symbol::default(), ..named(3, "X") };
    assert!(matches!(table.insert(unnamed), Err(SpecError::Defect(_))));
    assert_eq!(table.by_symbol(b"BTCUSDT").unwrap().price_decimals, 2);
}

#[test]
fn symbols_that_differ_by_a_byte_are_different() {
    let mut table = SpecTable::new(8);
    table.insert(named(1, "BTCUSDT")).unwrap();
    for other in [&b""[..], b"BTCUSD", b"BTCUSDTT", b"btcusdt", b"BTCUSDT\0", &[b'B'; 25]] {
        assert_eq!(table.by_symbol(other), None, "{other:?}");
    }
}

proptest! {
    #[test]
    fn prop_table_equals_a_map(names in prop::collection::vec("[A-D]{1,3}", 1..60)) {
        let mut table = SpecTable::new(MAX_INSTRUMENTS);
        let mut map = BTreeMap::new();
        for name in &names {
            let next = map.len() as u16;
            let id = *map.entry(name.clone()).or_insert(next);
            table.insert(named(id, name)).unwrap();
        }
        prop_assert_eq!(table.len(), map.len());
        for (name, id) in &map {
            prop_assert_eq!(table.by_symbol(name.as_bytes()).unwrap().id, InstrumentId(*id));
            prop_assert_eq!(table.by_id(InstrumentId(*id)).unwrap().symbol.as_str(), name);
        }
    }
}
