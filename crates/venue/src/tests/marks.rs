//! Aggregates, mark prices, forced orders and candles, by the documents' own
//! examples, with the values that stand beside them there.

use super::{decode, error, shown};
use crate::{DecodeError, Decoded};
use types::{
    AggTrade, DecimalError, InstrumentId, KlineInterval, Liquidation, MarkPrice, Money, Nanos,
    Price, Qty, Side,
};

const AGG: &str = r#"{"e":"aggTrade","E":123456789,"s":"BTCUSDT","a":5933014,"p":"0.10","q":"100","f":100,"l":105,"T":123456785,"m":true}"#;
const MARK: &str = r#"{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT","p":"11794.15000000","i":"11784.62659091","P":"11784.25641265","r":"0.00038167","T":1562306400000}"#;
const FORCED: &str = r#"{"e":"forceOrder","E":1568014460893,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"9910","ap":"9910.12345","X":"FILLED","l":"0.014","z":"0.014","T":1568014460893}}"#;
const KLINE: &str = r#"{"e":"kline","E":1626992741424,"s":"BTCUSDT","k":{"t":1626992700000,"T":1626992759999,"s":"BTCUSDT","i":"1m","f":23961275,"L":23961322,"o":"1.01","c":"1.03","h":"1.04","l":"1.00","v":"3917","n":48,"x":false,"q":"3957.89900","V":"1729","Q":"1748.01900","B":"0"}}"#;

#[test]
fn an_aggregate_tells_how_many_trades_it_joins() {
    let trade = AggTrade {
        price: Price(10),
        qty: Qty(100_000),
        exch_ts: Nanos::from_ms(123_456_785),
        agg_id: 5_933_014,
        aggressor: Side::Sell as u8,
        pad: [0; 3],
        trades: 6,
    };
    let wanted = Ok(Decoded::AggTrade { instrument: InstrumentId(3), trade });
    decode(AGG, |decoded| assert_eq!(decoded, wanted));
    // The order of keys that the venue writes is the scanner's; it says the same.
    let written = r#"{"e":"aggTrade","E":123456789,"a":5933014,"s":"BTCUSDT","p":"0.10","q":"100.000","f":100,"l":105,"T":123456785,"m":true}"#;
    assert_eq!(shown(written.as_bytes()), shown(AGG.as_bytes()));
    let backward = AGG.replace(r#""l":105"#, r#""l":99"#);
    assert_eq!(error(&backward), DecodeError::Shape);
    assert_eq!(error(&AGG.replace(r#""q":"100""#, r#""q":"0""#)), DecodeError::Sign);
    for key in ["a", "p", "q", "f", "l", "T", "m"] {
        let without = AGG.replacen(&format!(r#""{key}":"#), r#""-":"#, 1);
        assert_eq!(error(&without), DecodeError::Shape, "{key}");
    }
}

#[test]
fn a_mark_price_keeps_all_its_digits() {
    let mark = MarkPrice {
        mark: 1_179_415_000_000,
        index: 1_178_462_659_091,
        settle: 1_178_425_641_265,
        exch_ts: Nanos::from_ms(1_562_305_380_000),
        rate: 38_167,
        next_funding_s: 1_562_306_400,
    };
    let wanted = |mark| Ok(Decoded::MarkPrice { instrument: InstrumentId(3), mark });
    decode(MARK, |decoded| assert_eq!(decoded, wanted(mark)));
    let negative = MARK.replace("0.00038167", "-0.00750000");
    decode(&negative, |decoded| assert_eq!(decoded, wanted(MarkPrice { rate: -750_000, ..mark })));
    // A dated future has no funding, and newer messages an average beside the mark.
    let dated = MARK.replace("0.00038167", "").replace("1562306400000", "0");
    let none = MarkPrice { rate: 0, next_funding_s: 0, ..mark };
    decode(&dated, |decoded| assert_eq!(decoded, wanted(none)));
    let averaged = MARK.replace(r#","i":"#, r#","ap":"11794.2","i":"#);
    decode(&averaged, |decoded| assert_eq!(decoded, wanted(mark)));
    let old = MARK.replace(r#""i":"#, r#""-":"#).replace(r#""P":"#, r#""-":"#);
    let bare = MarkPrice { index: 0, settle: 0, ..mark };
    decode(&old, |decoded| assert_eq!(decoded, wanted(bare)));
}

#[test]
fn refuses_marks_that_a_record_cannot_hold() {
    let overflow = DecodeError::Number(DecimalError::Overflow);
    for (from, to, wanted) in [
        ("11794.15000000", "0", DecodeError::Sign),
        ("11794.15000000", "", DecodeError::Sign),
        ("11794.15000000", "-1", DecodeError::Sign),
        ("11794.15000000", "11794.150000001", DecodeError::Number(DecimalError::Inexact)),
        ("11784.62659091", "-1", DecodeError::Sign),
        ("0.00038167", "22", overflow),
        ("0.00038167", "x", DecodeError::Number(DecimalError::Malformed)),
        ("1562306400000", "9999999999999999", overflow),
    ] {
        assert_eq!(error(&MARK.replace(from, to)), wanted, "{to}");
    }
    for key in ["E", "p", "r", "T"] {
        let without = MARK.replacen(&format!(r#""{key}":"#), r#""-":"#, 1);
        assert_eq!(error(&without), DecodeError::Shape, "{key}");
    }
}

#[test]
fn a_forced_order_tells_its_limit_and_its_average_cut() {
    let liquidation = Liquidation {
        price: Price(991_000),
        average: Price(991_012),
        filled: Qty(14),
        exch_ts: Nanos::from_ms(1_568_014_460_893),
        side: Side::Sell as u8,
        complete: 1,
        pad: [0; 6],
    };
    let wanted =
        |liquidation| Ok(Decoded::Liquidation { instrument: InstrumentId(3), liquidation });
    decode(FORCED, |decoded| assert_eq!(decoded, wanted(liquidation)));
    let partly = FORCED.replace("FILLED", "PARTIALLY_FILLED").replace("SELL", "BUY");
    let open = Liquidation { side: Side::Buy as u8, complete: 0, ..liquidation };
    decode(&partly, |decoded| assert_eq!(decoded, wanted(open)));
    for (average, price) in
        [("9910", 991_000), ("9910.5", 991_050), ("0", 0), ("9.91012e3", 991_012)]
    {
        let text = FORCED.replace("9910.12345", average);
        let told = Liquidation { average: Price(price), ..liquidation };
        decode(&text, |decoded| assert_eq!(decoded, wanted(told)));
    }
    decode(&FORCED.replace("BTCUSDT", "DOGEUSDT"), |decoded| {
        assert_eq!(decoded, Ok(Decoded::UnknownSymbol));
    });
    for key in ["s", "S", "p", "ap", "X", "z", "T"] {
        let without = FORCED.replacen(&format!(r#""{key}":"#), r#""-":"#, 1);
        assert_eq!(error(&without), DecodeError::Shape, "{key}");
    }
    for average in ["9910.", "9910.1x", "x", "-1"] {
        decode(&FORCED.replace("9910.12345", average), |decoded| assert!(decoded.is_err()));
    }
}

#[test]
fn a_candle_is_two_records() {
    decode(KLINE, |decoded| {
        let Ok(Decoded::Kline { instrument, prices, volume }) = decoded else {
            panic!("{decoded:?}")
        };
        assert_eq!(instrument, InstrumentId(3));
        assert_eq!(prices.open_ts, Nanos::from_ms(1_626_992_700_000));
        let ohlc = [prices.open, prices.high, prices.low, prices.close];
        assert_eq!(ohlc, [Price(101), Price(104), Price(100), Price(103)]);
        assert_eq!((volume.volume, volume.taker_volume), (Qty(3_917_000), Qty(1_729_000)));
        assert_eq!(Money::from(volume.quote_volume), Money::parse(b"3957.899").unwrap());
        assert_eq!((volume.trades, volume.closed), (48, 0));
        assert_eq!(volume.interval(), Some(KlineInterval::M1));
    });
    decode(&KLINE.replace("false", "true"), |decoded| {
        let Ok(Decoded::Kline { volume, .. }) = decoded else { panic!("{decoded:?}") };
        assert_eq!(volume.closed, 1);
    });
    for key in ["t", "i", "o", "c", "h", "l", "v", "n", "x", "q", "V"] {
        let (head, candle) = KLINE.split_once(r#""k":"#).unwrap();
        let without = candle.replacen(&format!(r#""{key}":"#), r#""-":"#, 1);
        assert_eq!(error(&format!(r#"{head}"k":{without}"#)), DecodeError::Shape, "{key}");
    }
    assert_eq!(error(&KLINE.replace("1m", "7m")), DecodeError::Shape);
    assert_eq!(error(&KLINE.replace("3957.89900", "-1")), DecodeError::Sign);
}
