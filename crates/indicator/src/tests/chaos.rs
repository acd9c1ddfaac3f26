//! Any records at all: no panic, no more than declared, the same every time.

use super::line::{Line, configured};
use crate::{IndicatorConfig, IndicatorStage, Source};
use actor::Stage;
use proptest::prelude::*;
use types::{Flags, InstrumentId, Kind, Nanos, Record, Timer};

fn config() -> Vec<IndicatorConfig> {
    vec![
        configured("ema", "period", 2, Source::Touch),
        configured("rsi", "period", 2, Source::Bars { seconds: 1 }),
        configured("ema", "period", 3, Source::Trades),
        configured("microprice", "", 0, Source::Touch),
        configured("imbalance", "levels", 5, Source::Touch),
        configured("spread", "", 0, Source::Touch),
        configured("basis", "", 0, Source::Touch),
        configured("funding", "", 0, Source::Touch),
        configured("bbands", "period", 2, Source::Trades),
        configured("volatility", "period", 2, Source::Touch),
        configured("trade_flow", "trades", 2, Source::Trades),
        configured("vwap", "hours", 1, Source::Trades),
        configured("ichimoku", "kijun", 2, Source::Bars { seconds: 1 }),
        configured("adx", "period", 2, Source::Bars { seconds: 5 }),
        configured("keltner", "period", 2, Source::Bars { seconds: 1 }),
        configured("macd", "fast", 2, Source::Trades),
    ]
}

/// Small numbers meet often, extreme ones break things.
fn number() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 0..20_i64, 1 => any::<i64>(), 1 => 1 << 60..i64::MAX]
}

fn any_record() -> impl Strategy<Value = Record> {
    let kind = prop_oneof![
        4 => prop::sample::select(Kind::ALL),
        8 => prop::sample::select(&[Kind::Level, Kind::Quote, Kind::Trade, Kind::BookChange, Kind::MarkPrice][..]),
    ];
    (kind, prop::array::uniform5(number()), 0..3_u16, any::<bool>()).prop_map(
        |(kind, [a, b, c, d, e], instrument, whole)| {
            // Any 40 bytes are a valid body of any kind: a timer's carry five numbers.
            let pad = [c, d, e].map(i64::cast_unsigned);
            let body = Timer { due: Nanos(a), period: Nanos(b), pad };
            let mut record = Record::new(kind, InstrumentId(instrument), Nanos(1), body);
            if whole {
                record.flags |= Flags::FRAME_END;
            }
            record
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn survives_any_group_of_any_records(
        groups in prop::collection::vec(prop::collection::vec(any_record(), 1..4), 1..60),
    ) {
        let (mut one, _) = Line::new(&config());
        let (mut other, _) = Line::new(&config());
        for group in &groups {
            let added = one.group(group);
            prop_assert!(added.len() <= IndicatorStage::MAX_ADDED);
            prop_assert_eq!(added, other.group(group));
        }
    }
}
