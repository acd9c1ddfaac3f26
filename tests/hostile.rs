//! The fuzzers' samples, mutated: what the fuzzers run for hours, for seconds in every test run.
//! Anything is read, answered, counted or refused; a panic is the failure.
//!
//! The market's own messages are in the tests of `venue`, the journal's in those of `cold`.

use proptest::prelude::*;
use proptest::sample::Index;
use std::path::Path;

/// A fuzzer's name, and what it runs.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 4] = [
    ("bars", indicator::bars::fuzz_bars),
    ("capture", recording::fuzz_recording),
    ("capture", exchange::fuzz_capture),
    ("exchange", exchange::fuzz_exchange),
];

/// Pieces that parsers stumble over.
const PIECES: [&[u8]; 16] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\n",
    b"\0",
    b"\xff",
    b"-",
    b"1e999",
    b"18446744073709551616",
    b"null",
    b"-0",
    b"0.0000000000000000001",
];

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/seeds");
    let entries = std::fs::read_dir(Path::new(folder).join(target)).expect("seeds of a target");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a seed")).collect()
}

/// One edit: a byte set, a piece put in, a stretch cut out or doubled.
fn edit(bytes: &mut Vec<u8>, (kind, at, to, byte): (u8, Index, Index, u8)) {
    let at = at.index(bytes.len() + 1);
    let end = (at + to.index(64)).min(bytes.len());
    match kind {
        0 if at < bytes.len() => bytes[at] = byte,
        1 => drop(bytes.drain(at..end)),
        2 => {
            let stretch = bytes[at..end].to_vec();
            bytes.splice(at..at, stretch);
        }
        _ => {
            let piece = PIECES[usize::from(byte) % PIECES.len()];
            bytes.splice(at..at, piece.iter().copied());
        }
    }
}

#[test]
fn samples_pass() {
    for (target, run) in TARGETS {
        let seeds = seeds(target);
        assert!(seeds.len() >= 2, "{target}");
        for seed in seeds {
            run(&seed);
            for end in 0..seed.len() {
                run(&seed[..end]);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]
    #[test]
    fn mutated_samples_are_read_or_refused(
        which in 0..TARGETS.len(),
        seed in any::<Index>(),
        edits in prop::collection::vec((0..4_u8, any::<Index>(), any::<Index>(), any::<u8>()), 1..8),
    ) {
        let (target, run) = TARGETS[which];
        let seeds = seeds(target);
        let mut bytes = seeds[seed.index(seeds.len())].clone();
        for one in edits {
            edit(&mut bytes, one);
        }
        run(&bytes);
    }
}
