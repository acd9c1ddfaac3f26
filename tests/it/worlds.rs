//! Runs that several subjects look at: one virtual run for all of them, made once, and the ways to
//! make another.

use crate::program::{Program, althing};
use crate::scratch::Scratch;
use crate::summary::text;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The seed of the shared run.
pub(crate) const SEED: u64 = 7;

/// A finished run and the place where its journal is.
pub(crate) struct Run {
    /// Its summary.
    pub(crate) summary: Value,
    /// Holds the state directory; gone with it.
    pub(crate) scratch: Scratch,
}

impl Run {
    /// Its journal.
    pub(crate) fn journal(&self) -> &Path {
        Path::new(text(&self.summary, "journal"))
    }

    /// Its journal, as an argument.
    pub(crate) fn journal_text(&self) -> &str {
        text(&self.summary, "journal")
    }

    /// Its journal's files, in order.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        files(self.journal())
    }
}

/// Files of a directory, in order of their names.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// A demo run with these arguments behind `--json --state …`.
pub(crate) fn demo(scratch: &Scratch, arguments: &[&str]) -> Program {
    let state = scratch.at("state");
    let mut all = vec!["--json", "--state", &state];
    all.extend(arguments);
    althing(&all)
}

/// A demo run that ends well.
pub(crate) fn ran(arguments: &[&str]) -> Run {
    let scratch = Scratch::new();
    let summary = demo(&scratch, arguments).run().code(0).json();
    Run { summary, scratch }
}

/// Arguments of the shared run: three seconds of a market that is quiet enough for a test and busy
/// enough for two dozen orders.
pub(crate) fn shared_arguments(seed: &str) -> Vec<&str> {
    vec!["--virtual", "--seed", seed, "--duration", "3", "--rate", "2000"]
}

/// The run that most subjects look at. Its journal has several segments.
pub(crate) fn shared() -> &'static Run {
    static SHARED: OnceLock<Run> = OnceLock::new();
    SHARED.get_or_init(|| {
        let scratch = Scratch::new();
        let seed = SEED.to_string();
        let mut arguments = shared_arguments(&seed);
        arguments.extend(["--layout", "fused"]);
        // The smallest segment there is, so that the journal has more than one file.
        let program = demo(&scratch, &arguments).env("ALTHING__JOURNAL__SEGMENT_MIB", "1");
        let summary = program.run().code(0).json();
        Run { summary, scratch }
    })
}

/// A generator for places and picks, so that a failure repeats: splitmix64.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    /// The next number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let end = u64::try_from(end).expect("fits");
        usize::try_from(mixed % end).expect("below a usize")
    }
}
