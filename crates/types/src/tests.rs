//! Exact numbers, stable layouts, ids that prove their maker.

use crate::*;
use proptest::prelude::*;
use std::mem::{align_of, size_of};

fn at(text: &str, places: u8) -> Result<i64, DecimalError> {
    Decimal::parse_at(text.as_bytes(), places)
}

#[test]
fn reads_decimals_exactly() {
    assert_eq!(at("61800.20", 2), Ok(6_180_020));
    assert_eq!(at("61800.20", 1), Ok(618_002));
    assert_eq!(at("0", 8), Ok(0));
    assert_eq!(at("-0.5", 1), Ok(-5));
    assert_eq!(at("1.3e-06", 8), Ok(130));
    assert_eq!(at("1E3", 2), Ok(100_000));
    assert_eq!(at("1.5e+2", 0), Ok(150));
    assert_eq!(at("9223372036854775807", 0), Ok(i64::MAX));
    assert_eq!(at("-9223372036854775808", 0), Ok(i64::MIN));
    assert_eq!(at("0.000000000000000000000", 2), Ok(0));
}

#[test]
fn refuses_what_it_cannot_hold() {
    assert_eq!(at("61800.25", 1), Err(DecimalError::Inexact));
    assert_eq!(at("1e-9", 8), Err(DecimalError::Inexact));
    assert_eq!(at("9223372036854775808", 0), Err(DecimalError::Overflow));
    assert_eq!(at("1e400", 0), Err(DecimalError::Overflow));
    assert_eq!(at("1e99999999999", 0), Err(DecimalError::Overflow));
    for bad in [
        "", "-", ".", ".5", "5.", "1..2", "1,5", "0x10", "1e", "e5", "1e+", " 1", "1 ", "NaN",
        "--1", "+-1",
    ] {
        assert_eq!(at(bad, 4), Err(DecimalError::Malformed), "{bad:?}");
    }
}

#[test]
fn prints_what_it_read() {
    for text in ["61800.20", "0.001", "-12.340", "0", "0.0", "123456789012345.678"] {
        assert_eq!(Decimal::parse(text.as_bytes()).unwrap().to_string(), text);
    }
    assert_eq!(Decimal::new(i64::MIN, 18).to_string(), "-9.223372036854775808");
    assert_eq!(Decimal::new(5, 3).to_string(), "0.005");
    assert_eq!(Decimal::parse(b"12.3400").unwrap().trimmed().to_string(), "12.34");
}

#[test]
fn money_is_exact_and_checked() {
    let spec = spec();
    let notional = Money::notional(&spec, Price(618_002), Qty(14)).unwrap();
    assert_eq!(notional.to_string(), "865.2028");
    assert_eq!(Money::parse(b"865.2028").unwrap(), notional);
    assert_eq!(Money(1).to_string(), "0.000000000000000001");
    assert_eq!(Money(-15 * 10_i128.pow(17)).to_string(), "-1.5");
    assert!(Money(i128::MAX).checked_add(Money(1)).is_none());
    assert!(
        Money::notional(
            &InstrumentSpec { price_decimals: 10, qty_decimals: 9, ..spec },
            Price(1),
            Qty(1)
        )
        .is_none()
    );
}

fn spec() -> InstrumentSpec {
    InstrumentSpec {
        id: InstrumentId(3),
        version: 1,
        symbol: Symbol::new("BTCUSDT").unwrap(),
        price_decimals: 1,
        qty_decimals: 3,
        tick_size: Price(1),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(1_000_000),
        min_notional: Money::parse(b"100").unwrap(),
        maker_ppm: 200,
        taker_ppm: 500,
    }
}

#[test]
fn a_specification_survives_its_three_records() {
    let (name, grid, money) = spec().to_bodies();
    assert_eq!(InstrumentSpec::from_bodies(InstrumentId(3), &name, &grid, &money), spec());
    assert!(spec().defect().is_none());
    assert!(InstrumentSpec { price_decimals: 16, ..spec() }.defect().is_some());
    assert!(InstrumentSpec { tick_size: Price(0), ..spec() }.defect().is_some());
}

/// Journals outlive builds: a changed layout must change RECORD_VERSION too.
#[test]
fn layouts_are_what_version_2_says() {
    assert_eq!(RECORD_VERSION, 2);
    assert_eq!((size_of::<Record>(), align_of::<Record>()), (64, 64));
    for kind in Kind::ALL {
        assert_eq!(kind.body_size(), 40, "{}", kind.name());
        assert_eq!(Kind::from_code(*kind as u8), Some(*kind));
    }
    let level = Level {
        price: Price(0x0102),
        qty: Qty(0x0304),
        exch_ts: Nanos(0x0506),
        update_id: 0x0708,
        side: 1,
        pad: [0; 7],
    };
    let mut record = Record::new(Kind::Level, InstrumentId(0x090a), Nanos(0x0b0c), level);
    record.seq = 0x0d0e;
    record.flags = Flags::END | Flags::FRAME_END;
    let bytes: &[u8] = bytemuck::bytes_of(&record);
    assert_eq!(bytes[..8], 0x0d0e_u64.to_le_bytes());
    assert_eq!(bytes[8..16], 0x0b0c_i64.to_le_bytes());
    assert_eq!(bytes[16..20], [32, 3, 0x0a, 0x09]);
    assert_eq!(bytes[24..32], 0x0102_i64.to_le_bytes());
    assert_eq!(bytes[56], 1);
}

/// The bodies that version 2 added, byte by byte; their codes are for good.
#[test]
fn layouts_of_trades_marks_and_candles_are_what_version_2_says() {
    let codes = [Kind::MarkPrice, Kind::AggTrade, Kind::Liquidation, Kind::KlinePrices];
    assert_eq!(codes.map(|kind| kind as u8), [38, 39, 40, 41]);
    assert_eq!((Kind::KlineVolume as u8, Kind::Trade as u8, Kind::BookChange as u8), (42, 35, 37));
    let agg = AggTrade {
        price: Price(1),
        qty: Qty(2),
        exch_ts: Nanos(3),
        agg_id: 4,
        aggressor: 1,
        pad: [0; 3],
        trades: 6,
    };
    let words: [u64; 5] = bytemuck::cast(agg);
    assert_eq!(words, [1, 2, 3, 4, 1 | 6 << 32]);
    let as_trade: [u64; 5] = bytemuck::cast(agg.as_trade());
    assert_eq!(as_trade, [1, 2, 3, 4, 1]);
    let mark =
        MarkPrice { mark: 1, index: 2, settle: 3, exch_ts: Nanos(4), rate: -1, next_funding_s: 5 };
    let words: [u64; 5] = bytemuck::cast(mark);
    assert_eq!(words, [1, 2, 3, 4, 0xffff_ffff | 5 << 32]);
    let forced = Liquidation {
        price: Price(1),
        average: Price(2),
        filled: Qty(3),
        exch_ts: Nanos(4),
        side: 1,
        complete: 1,
        pad: [0; 6],
    };
    let words: [u64; 5] = bytemuck::cast(forced);
    assert_eq!(words, [1, 2, 3, 4, 0x0101]);
    let prices = KlinePrices {
        open_ts: Nanos(1),
        open: Price(2),
        high: Price(3),
        low: Price(4),
        close: Price(5),
    };
    let words: [u64; 5] = bytemuck::cast(prices);
    assert_eq!(words, [1, 2, 3, 4, 5]);
    let volume = KlineVolume {
        quote_volume: Wide::new(1),
        volume: Qty(2),
        taker_volume: Qty(3),
        trades: 4,
        interval: KlineInterval::M5 as u8,
        closed: 1,
        pad: [0; 2],
    };
    let words: [u64; 5] = bytemuck::cast(volume);
    assert_eq!(words, [1, 0, 2, 3, 4 | 3 << 32 | 1 << 40]);
}

#[test]
fn the_layout_of_funding_is_what_version_2_says() {
    assert_eq!((Kind::Funding as u8, Kind::Funding.class()), (18, crate::Class::Report));
    let asset = *b"USDT\0\0\0\0\0\0\0\0\0\0\0\0";
    let paid = crate::Funding { asset, amount: Wide::new(-2), exch_ts: Nanos(3) };
    let words: [u64; 5] = bytemuck::cast(paid);
    assert_eq!(words, [0x5444_5355, 0, u64::MAX - 1, u64::MAX, 3]);
}

#[test]
fn mark_prices_print_with_their_own_places() {
    let mark = MarkPrice {
        mark: 1_179_415_000_000,
        rate: 38_167,
        next_funding_s: 1_562_306_400,
        ..MarkPrice::default()
    };
    assert_eq!(mark.mark().to_string(), "11794.15000000");
    assert_eq!(mark.rate().to_string(), "0.00038167");
    assert_eq!(mark.next_funding(), Nanos::from_ms(1_562_306_400_000));
}

#[test]
fn every_interval_has_its_word_and_its_length() {
    for interval in KlineInterval::ALL {
        assert_eq!(KlineInterval::parse(interval.as_str().as_bytes()), Some(*interval));
        assert_eq!(KlineInterval::from_code(*interval as u8), Some(*interval));
    }
    let lengths: Vec<u32> = KlineInterval::ALL.iter().map(|i| i.seconds()).collect();
    assert!(lengths[..15].is_sorted() && lengths[15] == 0);
    assert_eq!(KlineInterval::parse(b"2d"), None);
}

#[test]
fn classes_come_in_the_order_of_the_sequencer() {
    let classes: Vec<_> = Kind::ALL.iter().map(|kind| kind.class()).collect();
    assert!(classes.is_sorted());
    assert_eq!(Kind::from_code(0), None);
    assert!(Record::EMPTY.kind().is_none());
}

#[test]
fn any_flipped_bit_breaks_the_checksum() {
    let record = Record::new(
        Kind::Timer,
        InstrumentId::NONE,
        Nanos(7),
        Timer { due: Nanos(7), period: Nanos(1), pad: [0; 3] },
    )
    .stamped();
    assert!(record.is_intact());
    for bit in 0..512 {
        let mut bytes: [u8; 64] = bytemuck::cast(record);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let flipped: Record = bytemuck::pod_read_unaligned(&bytes);
        assert!(!flipped.is_intact(), "bit {bit}");
    }
}

#[test]
fn client_order_ids_tell_ours_from_foreign_ones() {
    let id = ClientOrderId::new(1_763_725_000_123, 7, 42);
    assert_eq!((id.epoch(), id.strategy(), id.sequence()), (1_763_725_000_123, 7, 42));
    let text = id.to_string();
    assert_eq!(text.len(), 32);
    assert_eq!(text.as_bytes(), id.digits());
    assert_eq!(ClientOrderId::parse(text.as_bytes()), Ok(id));
    for position in 0..32 {
        let mut other = id.digits();
        other[position] = if other[position] == b'0' { b'1' } else { b'0' };
        assert!(ClientOrderId::parse(&other).is_err(), "position {position}");
    }
    assert_eq!(ClientOrderId::parse(b"web_abc"), Err(IdError::Malformed));
}

#[test]
fn params_are_checked_by_key_kind_and_range() {
    static SPECS: &[ParamSpec] = &[
        ParamSpec {
            name: "period",
            doc: "bars",
            kind: ParamKind::Integer { min: 1, max: 10 },
            default: Some(ParamValue::Integer(5)),
        },
        ParamSpec {
            name: "limit",
            doc: "base quantity",
            kind: ParamKind::Decimal { min: Decimal::new(0, 0), max: Decimal::new(1, 0) },
            default: None,
        },
    ];
    let give = |key: &str, value| vec![(key.to_owned(), value)];
    let half = ParamValue::Decimal(Decimal::new(5, 1));
    assert_eq!(Params::resolve(SPECS, &give("limit", half)).unwrap().integer("period"), 5);
    assert!(Params::resolve(SPECS, &[]).unwrap_err().sentence.contains("missing"));
    assert!(
        Params::resolve(SPECS, &give("limt", half)).unwrap_err().sentence.contains("known are")
    );
    let over = ParamValue::Decimal(Decimal::new(11, 1));
    assert!(Params::resolve(SPECS, &give("limit", over)).unwrap_err().sentence.contains("range"));
    assert!(Params::resolve(SPECS, &give("limit", ParamValue::Flag(true))).is_err());
}

#[test]
fn timing_marks_count_from_the_frame() {
    let mut timing = Timing { base: 1000, ..Timing::default() };
    assert_eq!(timing.at(Mark::Risk), None);
    timing.stamp(Mark::Risk, 1250);
    assert_eq!(timing.at(Mark::Risk), Some(250));
    timing.stamp(Mark::Gateway, 900);
    assert_eq!(timing.at(Mark::Gateway), Some(1), "reached, however the meter reads");
}

proptest! {
    #[test]
    fn prop_every_decimal_survives_text(mantissa: i64, places in 0_u8..=18) {
        let decimal = Decimal::new(mantissa, places);
        let text = decimal.to_string();
        prop_assert_eq!(Decimal::parse(text.as_bytes()), Ok(decimal));
        prop_assert_eq!(Decimal::parse_at(text.as_bytes(), places), Ok(mantissa));
    }

    #[test]
    fn prop_fast_and_general_reader_agree(text in "-?[0-9]{0,12}\\.?[0-9]{0,10}(e-?[0-9]{1,2})?", places in 0_u8..=12) {
        let general = Decimal::parse_wide(text.as_bytes(), places)
            .and_then(|wide| i64::try_from(wide).map_err(|_| DecimalError::Overflow));
        prop_assert_eq!(Decimal::parse_at(text.as_bytes(), places), general);
    }

    #[test]
    fn prop_arbitrary_bytes_never_panic(bytes: Vec<u8>, places in 0_u8..=18) {
        let _ = Decimal::parse(&bytes);
        let _ = Decimal::parse_at(&bytes, places);
        let _ = ClientOrderId::parse(&bytes);
    }

    #[test]
    fn prop_wide_halves_join_again(value: i128) {
        prop_assert_eq!(Wide::new(value).get(), value);
    }

    #[test]
    fn prop_ids_survive_text(epoch in 0_u64..1 << 48, strategy: u16, sequence in 0..=ClientOrderId::MAX_SEQUENCE) {
        let id = ClientOrderId::new(epoch, strategy, sequence);
        prop_assert_eq!(ClientOrderId::parse(&id.digits()), Ok(id));
    }
}
