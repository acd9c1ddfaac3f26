//! Market frames: forms, orders of keys, refusals.

use super::{btc, decode, decoder, error, padded, shown, table};
use crate::{DecodeError, Decoded, Decoder, Dialect, LevelChange};
use types::{DecimalError, InstrumentId, Nanos, Price, Qty, Quote, Side};

const DEPTH: &str = r#"{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":10,"u":20,"pu":9,"b":[["58710.20","0.014"],["61510.90","0.000"]],"a":[["61800.30","3.330"]]}"#;
const QUOTE: &str = r#"{"e":"bookTicker","u":5,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256314}"#;
const TRADE: &str = r#"{"e":"trade","E":1723161256322,"T":1723161256321,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}"#;

fn combined(event: &str) -> String {
    format!(r#"{{"stream":"btcusdt@x","data":{event}}}"#)
}

#[test]
fn reads_a_depth_message_bids_first() {
    decode(&combined(DEPTH), |decoded| {
        let Ok(Decoded::Depth(depth)) = decoded else { panic!("{decoded:?}") };
        assert_eq!(depth.instrument, InstrumentId(3));
        assert_eq!((depth.first_id, depth.final_id, depth.previous_id), (10, 20, Some(9)));
        assert_eq!(depth.event_ts, Nanos::from_ms(1_723_161_256_299));
        assert_eq!(depth.exch_ts, Nanos::from_ms(1_723_161_256_298));
        let level = |side, price, qty| LevelChange { side, price: Price(price), qty: Qty(qty) };
        let wanted = [
            level(Side::Buy, 5_871_020, 14),
            level(Side::Buy, 6_151_090, 0),
            level(Side::Sell, 6_180_030, 3330),
        ];
        assert_eq!(depth.levels, wanted);
    });
}

#[test]
fn reads_a_quote() {
    let quote = Quote {
        bid: Price(6_180_020),
        bid_qty: Qty(2507),
        ask: Price(6_180_030),
        ask_qty: Qty(2510),
        exch_ts: Nanos::from_ms(1_723_161_256_313),
    };
    let wanted = Ok(Decoded::Quote { instrument: InstrumentId(3), update_id: 5, quote });
    decode(QUOTE, |decoded| assert_eq!(decoded, wanted));
}

#[test]
fn reads_a_trade_and_who_took() {
    for (maker, aggressor) in [("false", Side::Buy), ("true", Side::Sell)] {
        decode(&TRADE.replace("false", maker), |decoded| {
            let Ok(Decoded::Trade { instrument, trade }) = decoded else { panic!("{decoded:?}") };
            assert_eq!(instrument, InstrumentId(3));
            assert_eq!((trade.price, trade.qty), (Price(6_180_030), Qty(6)));
            assert_eq!(trade.trade_id, 5_266_583_935);
            assert_eq!(trade.exch_ts, Nanos::from_ms(1_723_161_256_321));
            assert_eq!(trade.aggressor, aggressor as u8);
        });
    }
}

#[test]
fn raw_and_combined_forms_say_the_same() {
    for event in [DEPTH, QUOTE, TRADE] {
        assert_eq!(shown(event.as_bytes()), shown(combined(event).as_bytes()));
        let turned = format!(r#"{{"data":{event},"stream":"x"}}"#);
        assert_eq!(shown(event.as_bytes()), shown(turned.as_bytes()));
    }
}

#[test]
fn order_of_keys_white_space_and_unknown_keys_do_not_matter() {
    let same = r#" { "a" : [ [ "61800.30" , "3.330" , [] ] ] , "zz" : { "e" : "x", "b" : [1] } ,
        "b" :[["58710.20","0.014"],["61510.90","0.000"]],"pu": 9, "st":2, "u" : 20 , "U":10,
        "\u0073":"BTC\u0055SDT" ,"T":1723161256298,"E":1723161256299, "e" : "depthUpdate" } "#;
    assert_eq!(shown(same.as_bytes()), shown(DEPTH.as_bytes()));
}

#[test]
fn last_of_repeated_keys_counts() {
    let twice = DEPTH.replace(r#""U":10,"#, r#""U":1,"U":10,"#);
    assert_eq!(shown(twice.as_bytes()), shown(DEPTH.as_bytes()));
    let other = DEPTH.replace(r#""pu":9,"#, r#""pu":9,"pu":8,"#);
    decode(&other, |decoded| {
        let Ok(Decoded::Depth(depth)) = decoded else { panic!("{decoded:?}") };
        assert_eq!(depth.previous_id, Some(8));
    });
}

#[test]
fn takes_exact_exponents_and_trailing_zeros_and_refuses_more_digits() {
    let with = |price: &str| TRADE.replace("61800.30", price);
    for same in ["6180030e-2", "6.18003E4", "61800.3", "61800.30000000000000000000"] {
        assert_eq!(shown(with(same).as_bytes()), shown(TRADE.as_bytes()), "{same}");
    }
    let number = DecodeError::Number;
    for (price, wanted) in [
        ("61800.301", number(DecimalError::Inexact)),
        ("6.180030001e4", number(DecimalError::Inexact)),
        ("99999999999999999999", number(DecimalError::Overflow)),
        ("1e999", number(DecimalError::Overflow)),
        ("", number(DecimalError::Malformed)),
        ("NaN", number(DecimalError::Malformed)),
        ("Infinity", number(DecimalError::Malformed)),
        (".5", number(DecimalError::Malformed)),
        ("1.", number(DecimalError::Malformed)),
        ("1 ", number(DecimalError::Malformed)),
        ("0x10", number(DecimalError::Malformed)),
        ("1_000", number(DecimalError::Malformed)),
        ("0", DecodeError::Sign),
        ("-0.00", DecodeError::Sign),
        ("-1.00", DecodeError::Sign),
    ] {
        assert_eq!(error(&with(price)), wanted, "{price:?}");
    }
}

#[test]
fn refuses_unquoted_prices_which_have_been_floats() {
    for price in ["61800.30", "61800", "6e4", "null", "true", "[\"1\"]", "{}"] {
        assert_eq!(error(&TRADE.replace("\"61800.30\"", price)), DecodeError::Shape, "{price}");
        let level = DEPTH.replace("\"61800.30\"", price);
        assert_eq!(error(&level), DecodeError::Shape, "{price}");
    }
}

#[test]
fn refuses_negative_quantities_and_trades_of_nothing() {
    assert_eq!(error(&TRADE.replace("0.006", "-0.006")), DecodeError::Sign);
    assert_eq!(error(&TRADE.replace("0.006", "0.000")), DecodeError::Sign);
    assert_eq!(error(&DEPTH.replace("3.330", "-3.330")), DecodeError::Sign);
    assert_eq!(error(&QUOTE.replace("2.507", "-2.507")), DecodeError::Sign);
}

#[test]
fn entries_that_are_no_trades_are_counted_by_name() {
    let entry = TRADE.replace("61800.30", "0").replace("0.006", "0").replace("MARKET", "NA");
    decode(&entry, |decoded| assert_eq!(decoded, Ok(Decoded::Unused("trade_na"))));
}

#[test]
fn an_empty_side_of_a_quote_is_zero_at_zero() {
    let empty = QUOTE.replace("61800.20", "0.00").replace("2.507", "0.000");
    decode(&empty, |decoded| {
        let Ok(Decoded::Quote { quote, .. }) = decoded else { panic!("{decoded:?}") };
        assert_eq!((quote.bid, quote.bid_qty), (Price(0), Qty(0)));
    });
    assert_eq!(error(&QUOTE.replace("61800.20", "0.00")), DecodeError::Sign);
    let negative = QUOTE.replace("61800.20", "-1.00").replace("2.507", "0.000");
    assert_eq!(error(&negative), DecodeError::Sign);
}

#[test]
fn takes_ids_up_to_64_bits_and_refuses_the_next() {
    let most = u64::MAX;
    let with = |id: &str| DEPTH.replace(r#""u":20"#, &format!(r#""u":{id}"#));
    decode(&with(&most.to_string()), |decoded| {
        let Ok(Decoded::Depth(depth)) = decoded else { panic!("{decoded:?}") };
        assert_eq!(depth.final_id, most);
    });
    assert_eq!(error(&with("18446744073709551616")), DecodeError::NotJson);
    for id in ["-1", "20.0", "2e1", "\"20\"", "null", "9"] {
        assert_eq!(error(&with(id)), DecodeError::Shape, "{id}");
    }
}

#[test]
fn refuses_times_beyond_the_end_of_time() {
    let late = DEPTH.replace("1723161256298", &u64::MAX.to_string());
    assert_eq!(error(&late), DecodeError::Number(DecimalError::Overflow));
    let late = DEPTH.replace("1723161256298", &i64::MAX.to_string());
    assert_eq!(error(&late), DecodeError::Number(DecimalError::Overflow));
}

#[test]
fn every_missing_field_is_refused() {
    for (frame, keys) in [
        (DEPTH, &["E", "T", "s", "U", "u", "pu", "b", "a"][..]),
        (QUOTE, &["u", "s", "b", "B", "a", "A", "T"]),
        (TRADE, &["T", "s", "t", "p", "q", "m"]),
    ] {
        for key in keys {
            let without = frame.replacen(&format!(r#""{key}":"#), r#""-":"#, 1);
            assert_ne!(without, frame);
            assert_eq!(error(&without), DecodeError::Shape, "{key} of {frame}");
        }
    }
}

#[test]
fn names_what_it_does_not_use() {
    for (text, wanted) in [
        (r#"{"result":null,"id":1}"#, Ok(Decoded::Control)),
        (r#"{"id":1,"result":["btcusdt@trade"]}"#, Ok(Decoded::Control)),
        (r#"{"error":{"code":2,"msg":"no"},"id":1}"#, Ok(Decoded::ControlError { code: 2 })),
        (r#"{"code":-1121,"msg":"no"}"#, Ok(Decoded::ControlError { code: -1121 })),
        (r#"{"e":"24hrTicker","s":"BTCUSDT"}"#, Ok(Decoded::Unused("24hrTicker"))),
        (r#"{"e":"serverShutdown","E":1}"#, Ok(Decoded::Unused("serverShutdown"))),
        (r#"[{"e":"markPriceUpdate"}]"#, Ok(Decoded::Unused("markPriceUpdate"))),
        (r#"{"data":[{"e":"somethingNew"}]}"#, Ok(Decoded::UnusedUnknown)),
        (r#"{"lastUpdateId":1,"bids":[],"asks":[]}"#, Err(DecodeError::Shape)),
        (r#"{"data":{"lastUpdateId":1,"bids":[]}}"#, Ok(Decoded::Unused("partial_depth"))),
        (r#"{"data":[{"e":"markPriceUpdate"}]}"#, Ok(Decoded::Unused("markPriceUpdate"))),
        (r#"{"e":"somethingNew"}"#, Ok(Decoded::UnusedUnknown)),
        (r#"{"e":"trade","s":"DOGEUSDT"}"#, Ok(Decoded::UnknownSymbol)),
        (r#"{"e":"trade","s":"AN_IMPOSSIBLY_LONG_SYMBOL_NAME"}"#, Ok(Decoded::UnknownSymbol)),
        (r#"{"e":"trade","s":""}"#, Ok(Decoded::UnknownSymbol)),
        ("{}", Err(DecodeError::Shape)),
        ("[]", Err(DecodeError::Shape)),
        ("7", Err(DecodeError::Shape)),
        ("null", Err(DecodeError::Shape)),
        (r#""e""#, Err(DecodeError::Shape)),
        (r#"{"data":[]}"#, Err(DecodeError::Shape)),
        (r#"{"data":7}"#, Err(DecodeError::Shape)),
        (r#"{"e":7}"#, Err(DecodeError::Shape)),
        (r#"{"data":{"e":null}}"#, Err(DecodeError::Shape)),
        ("", Err(DecodeError::NotJson)),
        (" ", Err(DecodeError::NotJson)),
        ("ping", Err(DecodeError::NotJson)),
        ("{}{}", Err(DecodeError::NotJson)),
        ("{\"e\":\"\u{0}\"}", Err(DecodeError::NotJson)),
    ] {
        decode(text, |decoded| assert_eq!(decoded, wanted, "{text}"));
    }
}

#[test]
fn refuses_every_truncation_and_decodes_the_next_frame() {
    let mut decoder = decoder();
    let table = table();
    for frame in [DEPTH, QUOTE, TRADE, &combined(DEPTH)] {
        for end in 0..frame.len() {
            let part = &frame.as_bytes()[..end];
            let refused = decoder.decode(&mut padded(part), end, &table);
            assert_eq!(refused, Err(DecodeError::NotJson), "{end} bytes of {frame}");
        }
        let whole = decoder.decode(&mut padded(frame.as_bytes()), frame.len(), &table);
        assert!(whole.is_ok());
    }
}

#[test]
fn bytes_behind_the_frame_are_not_read_as_part_of_it() {
    // A truncated frame whose missing end stands in the padding.
    let mut bytes = padded(DEPTH.as_bytes());
    let cut = DEPTH.len() - 1;
    bytes[cut] = b'}';
    let refused = decoder().decode(&mut bytes, cut, &table()).map(|_| ());
    assert_eq!(refused, Err(DecodeError::NotJson));
}

#[test]
fn refuses_bad_utf8_deep_nesting_and_frames_too_long() {
    let bad = DEPTH.replace("depthUpdate", "depthUpd\u{e9}te").into_bytes();
    let mut bad: Vec<u8> = bad.into_iter().filter(|b| *b != 0xc3).collect();
    let len = bad.len();
    bad.resize(len + DecodeError::PADDING, 0);
    assert_eq!(decoder().decode(&mut bad, len, &table()), Err(DecodeError::NotJson));
    let deep = "[".repeat(2000) + &"]".repeat(2000);
    assert_eq!(error(&deep), DecodeError::NotJson);
    let mut small = Decoder::new(Dialect::BinanceUsdm, DEPTH.len() - 1);
    let long = small.decode(&mut padded(DEPTH.as_bytes()), DEPTH.len(), &table()).map(|_| ());
    assert_eq!(long, Err(DecodeError::TooLong));
    let mut bare = DEPTH.as_bytes().to_vec();
    let refused = decoder().decode(&mut bare, DEPTH.len(), &table()).map(|_| ());
    assert_eq!(refused, Err(DecodeError::Padding));
    let refused = decoder().decode(&mut bare, usize::MAX, &table()).map(|_| ());
    assert_eq!(refused, Err(DecodeError::TooLong));
}

#[test]
fn five_megabytes_of_levels_decode_and_of_garbage_do_not() {
    let mut decoder = Decoder::new(Dialect::BinanceUsdm, 5 << 20);
    let count = (5 << 20) / 10 - 40;
    let many = vec![r#"["1","1"]"#; count].join(",");
    let frame = DEPTH.replace(r#"["61800.30","3.330"]"#, &many);
    let decoded = decoder.decode(&mut padded(frame.as_bytes()), frame.len(), &table());
    let Ok(Decoded::Depth(depth)) = decoded else { panic!("{:?}", decoded.map(|_| ())) };
    assert_eq!(depth.levels.len(), count + 2);
    for byte in [b'[', b'{', b'"', b'\\', b',', 0, 0xff, b' ', b'1'] {
        let mut garbage = vec![byte; (5 << 20) + DecodeError::PADDING];
        let refused = decoder.decode(&mut garbage, 5 << 20, &table()).map(|_| ());
        assert_eq!(refused, Err(DecodeError::NotJson), "{byte}");
    }
}

#[test]
fn small_decoders_work_too() {
    for max in [0, 1, 9, 63, 64, 65] {
        let mut decoder = Decoder::new(Dialect::BinanceUsdm, max);
        let refused = decoder.decode(&mut padded(b"{}"), 2, &table()).map(|_| ());
        let wanted = if max < 2 { DecodeError::TooLong } else { DecodeError::Shape };
        assert_eq!(refused, Err(wanted));
    }
}

#[test]
fn reads_a_snapshot_in_any_order() {
    for text in [
        r#"{"lastUpdateId":7,"E":2,"T":1,"bids":[["10.10","1"],["10.00","2"]],"asks":[["10.20","3"]]}"#,
        r#"{"asks":[["10.20","3"]],"T":1,"bids":[["10.1","1.0"],["10","2"]],"E":2,"lastUpdateId":7}"#,
    ] {
        let mut decoder = decoder();
        let snapshot =
            decoder.decode_snapshot(&mut padded(text.as_bytes()), text.len(), &btc()).unwrap();
        assert_eq!((snapshot.last_id, snapshot.instrument), (7, InstrumentId(3)));
        assert_eq!((snapshot.event_ts, snapshot.exch_ts), (Nanos::from_ms(2), Nanos::from_ms(1)));
        let flat = |levels: &[LevelChange]| -> Vec<_> {
            levels.iter().map(|level| (level.price.0, level.qty.0, level.side)).collect()
        };
        assert_eq!(flat(snapshot.bids), [(1010, 1000, Side::Buy), (1000, 2000, Side::Buy)]);
        assert_eq!(flat(snapshot.asks), [(1020, 3000, Side::Sell)]);
    }
}

#[test]
fn tells_a_refused_snapshot_from_a_broken_one() {
    let refuse = |text: &str| {
        let mut decoder = decoder();
        let refused = decoder.decode_snapshot(&mut padded(text.as_bytes()), text.len(), &btc());
        refused.map(|_| ()).unwrap_err()
    };
    assert_eq!(refuse(r#"{"code":-1003,"msg":"Too many"}"#), DecodeError::Refused(-1003));
    assert_eq!(refuse(r#"{"lastUpdateId":1,"bids":[]}"#), DecodeError::Shape);
    assert_eq!(refuse(r#"{"lastUpdateId":1,"bids":[["1"]],"asks":[]}"#), DecodeError::Shape);
    assert_eq!(refuse(r#"{"bids":[],"asks":[]}"#), DecodeError::Shape);
    assert_eq!(refuse("<html>"), DecodeError::NotJson);
}
