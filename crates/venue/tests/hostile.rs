//! Bytes that no honest venue sends: every decoder returns, none panics, and
//! the next good frame decodes as if nothing had happened.

mod support;

use proptest::prelude::*;
use support::{frames, padded, shared, spec};
use venue::{Decoded, Decoder, Dialect, SpecTable, fuzz_decode};

const DEPTH: &str = r#"{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":10,"u":20,"pu":9,"b":[["58710.20","0.014"],["61510.90","0.000"]],"a":[["61800.30","3.330"]]}}"#;
const QUOTE: &str = r#"{"e":"bookTicker","u":5,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256314}"#;
const TRADE: &str = r#"{"e":"trade","E":1723161256322,"T":1723161256321,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}"#;
const BOOK: &str =
    r#"{"lastUpdateId":7,"E":2,"T":1,"bids":[["10.10","1"]],"asks":[["10.20","3"]]}"#;
const UPDATE: &str = r#"{"e":"ORDER_TRADE_UPDATE","E":1568879465651,"T":1568879465650,"o":{"s":"BTCUSDT","c":"x","S":"SELL","q":"0.010","p":"7103.10","x":"TRADE","X":"FILLED","i":8886774,"l":"0.004","z":"0.007","L":"7103.04","N":"USDT","n":"0.01136486","T":1568879465650,"t":77,"m":true}}"#;
const REPLY: &str = r#"{"id":9,"status":400,"error":{"code":-2013,"msg":"Order does not exist.","data":{"retryAfter":1}},"rateLimits":[]}"#;

const SEEDS: [&str; 6] = [DEPTH, QUOTE, TRADE, BOOK, UPDATE, REPLY];

/// Pieces that parsers stumble over.
const PIECES: [&[u8]; 20] = [
    b"\"",
    b"\\",
    b"\\u",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\0",
    b"\xff",
    b"-",
    b"1e999",
    b"18446744073709551616",
    b"null",
    b"-0",
    b"\xef\xbb\xbf",
    b"\"e\":\"trade\",",
    b"0.0000000000000000001",
];

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), 0..4_u8, any::<u8>(), any::<prop::sample::Index>());
    (prop::sample::select(&SEEDS[..]), prop::collection::vec(edit, 1..8)).prop_map(
        |(seed, edits)| {
            let mut bytes = seed.as_bytes().to_vec();
            for (at, kind, byte, piece) in edits {
                let at = at.index(bytes.len() + 1);
                match kind {
                    0 if at < bytes.len() => bytes[at] = byte,
                    1 => bytes.truncate(at),
                    2 if at < bytes.len() => {
                        bytes.remove(at);
                    }
                    _ => {
                        let piece = PIECES[piece.index(PIECES.len())];
                        bytes.splice(at..at, piece.iter().copied());
                    }
                }
            }
            bytes
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn prop_arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        fuzz_decode(&bytes);
    }

    #[test]
    fn prop_mutated_frames_never_panic_and_leave_the_decoder_usable(bytes in mutated()) {
        fuzz_decode(&bytes);
        let mut specs = SpecTable::new(1);
        specs.insert(spec(0, "BTCUSDT", 2, 3)).unwrap();
        let mut used = Decoder::new(Dialect::BinanceUsdm, 4096);
        let _ = used.decode(&mut padded(&bytes), bytes.len(), &specs);
        for seed in [DEPTH, QUOTE, TRADE] {
            let mut fresh = Decoder::new(Dialect::BinanceUsdm, 4096);
            let (mut a, mut b) = (padded(seed.as_bytes()), padded(seed.as_bytes()));
            let wanted = fresh.decode(&mut a, seed.len(), &specs);
            prop_assert!(wanted.is_ok());
            prop_assert_eq!(used.decode(&mut b, seed.len(), &specs), wanted);
        }
    }

    /// What decodes holds the promises of its types, whatever was sent.
    #[test]
    fn prop_what_decodes_is_positive(bytes in mutated()) {
        let mut specs = SpecTable::new(1);
        specs.insert(spec(0, "BTCUSDT", 2, 3)).unwrap();
        let mut decoder = Decoder::new(Dialect::BinanceUsdm, 4096);
        match decoder.decode(&mut padded(&bytes), bytes.len(), &specs) {
            Ok(Decoded::Depth(depth)) => {
                prop_assert!(depth.first_id <= depth.final_id);
                prop_assert!(depth.levels.iter().all(|l| l.price.0 > 0 && l.qty.0 >= 0));
            }
            Ok(Decoded::Trade { trade, .. }) => prop_assert!(trade.price.0 > 0 && trade.qty.0 > 0),
            Ok(Decoded::Quote { quote, .. }) => {
                prop_assert!(quote.bid.0 >= 0 && quote.ask.0 >= 0);
                prop_assert!(quote.bid_qty.0 >= 0 && quote.ask_qty.0 >= 0);
            }
            _ => {}
        }
    }
}

#[test]
fn every_truncation_of_every_sample_returns() {
    for seed in SEEDS {
        for end in 0..=seed.len() {
            fuzz_decode(&seed.as_bytes()[..end]);
        }
    }
}

#[test]
fn every_single_byte_change_of_every_sample_returns() {
    for seed in SEEDS {
        for at in 0..seed.len() {
            for byte in [0, b'"', b'\\', b'{', b']', b'-', b'9', 0x80, 0xff] {
                let mut bytes = seed.as_bytes().to_vec();
                bytes[at] = byte;
                fuzz_decode(&bytes);
            }
        }
    }
}

#[test]
fn captured_frames_cut_and_flipped_return() {
    let Some(capture) = shared("captures/binance/usdm_btcusdt_20240808.gz") else { return };
    for (index, frame) in frames(&capture).step_by(211).enumerate() {
        let mut bytes = frame.to_vec();
        bytes.truncate(frame.len() * (index % 100) / 100);
        fuzz_decode(&bytes);
        let mut bytes = frame.to_vec();
        let at = (index * 7919) % bytes.len();
        bytes[at] ^= 1 << (index % 8);
        fuzz_decode(&bytes);
    }
}
