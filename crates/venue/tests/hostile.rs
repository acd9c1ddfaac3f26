//! Bytes that no honest venue sends: every decoder returns, none panics, and
//! the next good frame decodes as if nothing had happened.

mod support;

use proptest::prelude::*;
use support::{frames, padded, shared, spec};
use venue::{
    Decoded, Decoder, Dialect, SpecTable, fuzz_decode, fuzz_private, fuzz_reply, fuzz_rest,
};

const DEPTH: &str = r#"{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":10,"u":20,"pu":9,"b":[["58710.20","0.014"],["61510.90","0.000"]],"a":[["61800.30","3.330"]]}}"#;
const QUOTE: &str = r#"{"e":"bookTicker","u":5,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256314}"#;
const TRADE: &str = r#"{"e":"trade","E":1723161256322,"T":1723161256321,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}"#;

/// The samples that the fuzzers start from, by target.
fn seeds() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/seeds");
    let read = |target: &'static str| {
        let entries = std::fs::read_dir(format!("{folder}/{target}")).expect("seeds of a target");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        let bytes = paths.iter().map(|path| std::fs::read(path).expect("a seed"));
        (target, bytes.collect::<Vec<_>>())
    };
    ["decode", "private", "reply", "rest"].map(read).into()
}

/// Runs a target as the fuzzer does.
fn run(target: &str, bytes: &[u8]) {
    match target {
        "decode" => fuzz_decode(bytes),
        "private" => fuzz_private(bytes),
        "reply" => fuzz_reply(bytes),
        _ => fuzz_rest(bytes),
    }
}

fn run_all(bytes: &[u8]) {
    for target in ["decode", "private", "reply", "rest"] {
        run(target, bytes);
    }
}

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

fn mutated() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let all: Vec<(&str, Vec<u8>)> = seeds()
        .into_iter()
        .flat_map(|(target, seeds)| seeds.into_iter().map(move |seed| (target, seed)))
        .collect();
    let edit = (any::<prop::sample::Index>(), 0..5_u8, any::<u8>(), any::<prop::sample::Index>());
    (prop::sample::select(all), prop::collection::vec(edit, 1..8)).prop_map(
        |((target, mut bytes), edits)| {
            for (at, kind, byte, piece) in edits {
                let at = at.index(bytes.len() + 1);
                match kind {
                    0 if at < bytes.len() => bytes[at] = byte,
                    1 if byte < 64 => bytes.truncate(at),
                    2 if at < bytes.len() => {
                        bytes.remove(at);
                    }
                    // Digits change most: numbers of other lengths and places.
                    3 if at < bytes.len() => bytes[at] = b"0123456789."[usize::from(byte) % 11],
                    _ => {
                        let piece = PIECES[piece.index(PIECES.len())];
                        bytes.splice(at..at, piece.iter().copied());
                    }
                }
            }
            (target, bytes)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn prop_arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        run_all(&bytes);
    }

    #[test]
    fn prop_mutated_frames_never_panic_and_leave_the_decoder_usable((target, bytes) in mutated()) {
        run(target, &bytes);
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
    fn prop_what_decodes_is_positive((_, bytes) in mutated()) {
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
    for (target, seeds) in seeds() {
        for seed in seeds {
            for end in 0..=seed.len() {
                run(target, &seed[..end]);
            }
        }
    }
}

#[test]
fn every_single_byte_change_of_every_sample_returns() {
    for (target, seeds) in seeds() {
        for seed in seeds {
            for at in 0..seed.len() {
                for byte in [0, b'"', b'\\', b'9', 0xff] {
                    let mut bytes = seed.clone();
                    bytes[at] = byte;
                    run(target, &bytes);
                }
            }
        }
    }
}

#[test]
fn captured_futures_frames_cut_and_flipped_return() {
    cut_and_flip("captures/binance/usdm_btcusdt_20240808.gz");
}

#[test]
fn captured_spot_frames_cut_and_flipped_return() {
    cut_and_flip("captures/binance/spot_btcusdt_20240808.gz");
}

fn cut_and_flip(name: &str) {
    let Some(capture) = shared(name) else { return };
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
