//! What it costs to decode a market message: the scanner, the full parser
//! behind it, and the yardstick, simd-json's bare tape, side by side.
//!
//! Run by hand: `cargo run --release -p venue --example decode_cost`. Reads the
//! captures of `ALTHING_DATA` or `../shared/data`; a number behind `--` is how many
//! rounds, 301 without one. Rounds are interleaved and a
//! ratio is the median over rounds; a time is the least of them, for orientation.
#![allow(clippy::disallowed_methods, reason = "a measurement by hand asks the clock")]

use flate2::read::MultiGzDecoder;
use simd_json::{Buffers, Tape};
use std::hint::black_box;
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Instant;
use types::{InstrumentId, InstrumentSpec, Money, Price, Qty, Symbol};
use venue::{DecodeError, Decoder, Dialect, SpecTable};

/// Few enough for a round to end before its thread is interrupted.
const FRAMES: usize = 300;

fn main() {
    let data = std::env::var_os("ALTHING_DATA").map_or_else(
        || concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into(),
        PathBuf::from,
    );
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(301);
    println!("ns a message; ratios are medians of {rounds} interleaved rounds\n");
    println!(
        "| capture, kind | bytes | scanner | parser | simd-json tape | ratio, median | of least | goal |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (file, dialect, goals) in [
        ("usdm_btcusdt_20240808.gz", Dialect::BinanceUsdm, true),
        ("spot_btcusdt_20240808.gz", Dialect::BinanceSpot, false),
    ] {
        let path = data.join("captures/binance").join(file);
        let Ok(bytes) = std::fs::read(&path) else {
            println!("SKIPPED: {} is missing; set ALTHING_DATA", path.display());
            continue;
        };
        let mut plain = Vec::new();
        MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).expect("a gzip file");
        for (kind, needle, goal) in [
            ("depth", "depthUpdate", "0.33"),
            ("trade", "\"trade\"", "0.20"),
            ("quote", "@bookTicker", "-"),
        ] {
            let frames = pick(&plain, needle.as_bytes());
            let cost = Bench::new(dialect).cost(&frames, rounds);
            let size = frames.iter().map(Vec::len).sum::<usize>() / frames.len().max(1);
            let goal = if goals { goal } else { "-" };
            println!(
                "| {file}, {kind} | {size} | {:.0} | {:.0} | {:.0} | {:.3} | {:.3} | {goal} |",
                cost.least[0],
                cost.least[1],
                cost.least[2],
                cost.ratio,
                cost.least[0] / cost.least[2]
            );
        }
    }
}

/// Some frames that contain `needle`.
fn pick(capture: &[u8], needle: &[u8]) -> Vec<Vec<u8>> {
    capture
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.iter().position(|byte| *byte == b' ').map(|at| &line[at + 1..]))
        .filter(|frame| frame.windows(needle.len()).any(|window| window == needle))
        .take(FRAMES)
        .map(<[u8]>::to_vec)
        .collect()
}

struct Cost {
    least: [f64; 3],
    ratio: f64,
}

struct Bench {
    decoder: Decoder,
    specs: SpecTable,
    slot: Vec<u8>,
    buffers: Buffers,
    tape: Option<Tape<'static>>,
}

impl Bench {
    fn new(dialect: Dialect) -> Self {
        const MAX: usize = 1 << 18;
        let mut specs = SpecTable::new(1);
        let (price_decimals, qty_decimals) =
            if dialect == Dialect::BinanceUsdm { (2, 3) } else { (8, 8) };
        let spec = InstrumentSpec {
            id: InstrumentId(0),
            version: 1,
            symbol: Symbol::new("BTCUSDT").expect("a symbol"),
            price_decimals,
            qty_decimals,
            tick_size: Price(1),
            lot_size: Qty(1),
            min_qty: Qty(1),
            max_qty: Qty(1_000_000_000),
            min_notional: Money::ZERO,
            maker_ppm: 0,
            taker_ppm: 0,
        };
        specs.insert(spec).expect("room");
        Self {
            decoder: Decoder::new(dialect, MAX),
            specs,
            slot: vec![0; MAX + DecodeError::PADDING],
            buffers: Buffers::new(MAX),
            tape: Some(Tape(Vec::new())),
        }
    }

    fn cost(&mut self, frames: &[Vec<u8>], rounds: usize) -> Cost {
        let mut least = [f64::MAX; 3];
        let mut ratios = Vec::with_capacity(rounds);
        for _ in 0..rounds.max(1) {
            let mut round = [0.0; 3];
            for (way, spent) in round.iter_mut().enumerate() {
                let start = Instant::now();
                for frame in frames {
                    self.one(way, frame);
                }
                *spent = start.elapsed().as_nanos() as f64 / frames.len() as f64;
            }
            ratios.push(round[0] / round[2]);
            for (best, spent) in least.iter_mut().zip(round) {
                *best = best.min(spent);
            }
        }
        ratios.sort_by(f64::total_cmp);
        Cost { least, ratio: ratios[ratios.len() / 2] }
    }

    /// The copy into the slot is in all three: each way gets fresh bytes.
    fn one(&mut self, way: usize, frame: &[u8]) {
        let len = frame.len();
        self.slot[..len].copy_from_slice(frame);
        let padded = &mut self.slot[..len + DecodeError::PADDING];
        match way {
            0 => drop(black_box(self.decoder.decode(padded, len, &self.specs))),
            1 => drop(black_box(self.decoder.decode_parsed(padded, len, &self.specs))),
            _ => {
                let mut tape = self.tape.take().unwrap_or(Tape(Vec::new())).reset();
                let done = simd_json::fill_tape_padded(padded, len, &mut self.buffers, &mut tape);
                let _ = black_box((done.is_ok(), tape.0.len()));
                self.tape = Some(tape.reset());
            }
        }
    }
}
