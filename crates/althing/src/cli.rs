//! The command line: verbs and flags. Parsing only; nothing runs here.

use crate::verbs::capture::CaptureVerb;
use crate::verbs::recorder::RecorderFlags;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A trading engine for people who colocate: exchange bytes in, signed orders
/// out, replayed bit for bit. Without a verb it runs the demo: the whole line
/// against the embedded exchange over loopback, then a summary.
#[derive(Debug, Parser)]
#[command(name = "althing", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; nothing = the demo.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Flags of the demo.
    #[command(flatten)]
    pub run: RunFlags,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Trade in the `mode` of the configuration until told to stop.
    Run(RunFlags),
    /// Feed a journal's inputs through the line again and compare what it makes.
    Replay {
        /// The journal's directory.
        journal: PathBuf,
        /// Compare with the record; without it only the digest is made.
        #[arg(long)]
        verify: bool,
        /// auto, fused, pinned, or groups such as feed+normalizer,indicator.
        #[arg(long, default_value = "auto")]
        layout: String,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Explain an order: the tick, the signals, each vote, each rule, the times.
    Why {
        /// Its 32 hex digits.
        client_order_id: String,
        /// Which journal.
        #[command(flatten)]
        record: RecordFlags,
    },
    /// Every order of a journal, with its states, times and fills.
    Orders {
        /// Which journal.
        #[command(flatten)]
        record: RecordFlags,
    },
    /// Where the run stands: breaker, orders, positions, balances, feeds, books.
    Status {
        /// Which journal.
        #[command(flatten)]
        record: RecordFlags,
    },
    /// Every position of the run, with what it made.
    Positions {
        /// Which journal.
        #[command(flatten)]
        record: RecordFlags,
    },
    /// Draw the line: actors, links, and the threads of a layout.
    Topo {
        /// The configuration; without it the demo's.
        #[arg(long)]
        config: Option<PathBuf>,
        /// auto, fused, pinned, or groups: draws the threads on this machine too.
        #[arg(long)]
        layout: Option<String>,
    },
    /// Look at a configuration.
    Config {
        /// What to do with it.
        #[command(subcommand)]
        what: ConfigVerb,
    },
    /// Look at a journal.
    Journal {
        /// What to do with it.
        #[command(subcommand)]
        what: JournalVerb,
    },
    /// The journal as SQL: make its tables, ask them.
    Ledger {
        /// What to do with it.
        #[command(subcommand)]
        what: LedgerVerb,
    },
    /// Compute indicators over a file of bars; without one, list the indicators.
    Indicators(IndicatorsFlags),
    /// List the members: parameters, inputs, warm-up, what their votes show and mean.
    Members(ListFlags),
    /// List the rules, in the order of judgement: limits, units, verdict codes.
    Rules(ListFlags),
    /// Look at a recording.
    Capture {
        /// What to do with it.
        #[command(subcommand)]
        what: CaptureVerb,
    },
    /// Record a venue's public streams into files that every other verb reads.
    Record(RecorderFlags),
    /// Run a simulated exchange on a port.
    Venue(VenueFlags),
}

/// Flags of the demo and of `run`.
#[derive(Clone, Debug, Default, Args)]
pub struct RunFlags {
    /// Seed of the simulated market.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Dialect of the embedded exchange.
    #[arg(long)]
    pub venue: Option<String>,
    /// Instruments to trade, comma-separated: BTCUSDT or BTCUSDT-PERP.BINANCE.
    #[arg(long, value_delimiter = ',')]
    pub instrument: Vec<String>,
    /// Play recorded files instead of the simulated market.
    #[arg(long, num_args = 1..)]
    pub capture: Vec<PathBuf>,
    /// Pace of a capture: 1, any number, or max.
    #[arg(long)]
    pub speed: Option<String>,
    /// Market messages per second.
    #[arg(long)]
    pub rate: Option<u64>,
    /// Seconds of market time; a capture is played to its end without it.
    #[arg(long)]
    pub duration: Option<u64>,
    /// auto, fused, pinned, or groups such as feed+normalizer,indicator+council+risk,gateway.
    #[arg(long)]
    pub layout: Option<String>,
    /// Virtual time, exchange in process, lock-step: the same orders every time.
    #[arg(long = "virtual")]
    pub is_virtual: bool,
    /// The configuration; without it the demo's.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// Where the journal goes; without it the demo uses a new directory.
    #[arg(long)]
    pub state: Option<PathBuf>,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
    /// Write that document to a file too.
    #[arg(long)]
    pub report: Option<PathBuf>,
}

/// Where a journal is.
#[derive(Clone, Debug, Args)]
pub struct RecordFlags {
    /// The journal's directory; without it the newest one under --state, else under the
    /// configuration's `state_dir`, else this user's last run. Which one is said.
    #[arg(long)]
    pub journal: Option<PathBuf>,
    /// The state directory.
    #[arg(long)]
    pub state: Option<PathBuf>,
    /// The configuration that names the state directory.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// What to do with a configuration.
#[derive(Clone, Debug, Subcommand)]
pub enum ConfigVerb {
    /// Check it: every fault with its line and column.
    Check(ConfigFlags),
    /// Every value in force and where it came from.
    Show(ConfigFlags),
    /// The hash of everything in it that decides.
    Hash(ConfigFlags),
}

/// Which configuration.
#[derive(Clone, Debug, Args)]
pub struct ConfigFlags {
    /// The file; without it the demo's.
    pub file: Option<PathBuf>,
    /// The same, as a flag.
    #[arg(long, conflicts_with = "file")]
    pub config: Option<PathBuf>,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// What to do with a journal.
#[derive(Clone, Debug, Subcommand)]
pub enum JournalVerb {
    /// Check every byte of it.
    Verify {
        /// The journal's directory.
        journal: PathBuf,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Print it as text.
    Dump {
        /// The journal's directory.
        journal: PathBuf,
        /// Only the lines of the order digest.
        #[arg(long, conflicts_with = "json")]
        orders: bool,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
}

/// What to do with a ledger.
#[derive(Clone, Debug, Subcommand)]
pub enum LedgerVerb {
    /// Make it from the journal, in place of the one that is there.
    Rebuild(RebuildFlags),
    /// Ask it one SELECT; it is made first where it is missing or old.
    Query(QueryFlags),
    /// List its tables with their columns and units.
    Tables(ListFlags),
}

/// Which journal a ledger is made from.
#[derive(Clone, Debug, Default, Args)]
pub struct JournalFlags {
    /// The journal's directory; without it the newest one under --state, else under the
    /// configuration's `state_dir`, else this user's last run. Which one is said.
    #[arg(long)]
    pub journal: Option<PathBuf>,
    /// This user's last run, wherever it was.
    #[arg(long, conflicts_with_all = ["journal", "state", "config"])]
    pub last: bool,
    /// The state directory.
    #[arg(long)]
    pub state: Option<PathBuf>,
    /// The configuration that names the state directory.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// Flags of `ledger rebuild`.
#[derive(Clone, Debug, Default, Args)]
pub struct RebuildFlags {
    /// The journal's directory, as --journal.
    #[arg(value_name = "JOURNAL", conflicts_with_all = ["journal", "last", "state", "config"])]
    pub directory: Option<PathBuf>,
    /// Which journal.
    #[command(flatten)]
    pub from: JournalFlags,
    /// Where it goes; without it STATE/ledger/RUN.sqlite for STATE/journal/RUN, else
    /// JOURNAL.sqlite.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Flags of `ledger query`.
#[derive(Clone, Debug, Default, Args)]
#[command(group = clap::ArgGroup::new("question").required(true).args(["sql", "table"]))]
pub struct QueryFlags {
    /// One SELECT; decimals add up exactly with exact_sum(column).
    pub sql: Option<String>,
    /// Every row of a table instead: orders, fills, positions, balances, funding, votes, refusals …
    #[arg(long)]
    pub table: Option<String>,
    /// Ask this ledger as it is; none is made.
    #[arg(long)]
    pub ledger: Option<PathBuf>,
    /// Which journal.
    #[command(flatten)]
    pub from: JournalFlags,
    /// Comma-separated values below a line of names.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Flags of `indicators`.
#[derive(Clone, Debug, Args)]
pub struct IndicatorsFlags {
    /// A file of bars, CSV or CSV.gz: time_ms, open, high, low, close, volume.
    #[arg(long)]
    pub bars: Option<PathBuf>,
    /// Indicators with their parameters: rsi:14,ema:20,macd:12:26:9.
    #[arg(long)]
    pub set: Option<String>,
    /// One row for each bar, one column for each line, on standard output.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// What to list of a registry.
#[derive(Clone, Debug, Default, Args)]
pub struct ListFlags {
    /// Only these; without any, all.
    pub names: Vec<String>,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Flags of the simulated exchange.
#[derive(Clone, Debug, Args)]
pub struct VenueFlags {
    /// Its language.
    #[arg(long)]
    pub dialect: String,
    /// Address; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: String,
    /// A configuration: its [exchange] says how orders are filled (queue, latencies, fees,
    /// funding, wallet), and, where no flag does, what market is played, at what pace.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// A fault script.
    #[arg(long)]
    pub script: Option<PathBuf>,
    /// Seed of the market; 1 without a flag or a configuration.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Kept for exchanges with a state; this one has none yet.
    #[arg(long)]
    pub state: Option<PathBuf>,
    /// Market messages per second; 2000 without a flag or a configuration.
    #[arg(long)]
    pub rate: Option<u32>,
    /// Play recorded files instead of the simulated market.
    #[arg(long, num_args = 1..)]
    pub capture: Vec<PathBuf>,
    /// Pace of a capture: 1 (without a flag or a configuration), any number, or max.
    #[arg(long)]
    pub speed: Option<String>,
    /// Speak https and wss: the certificate chain, PEM, the server's own first.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's private key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// The host that the certificate is for; the addresses are printed with it.
    #[arg(long, value_name = "HOST", default_value = "localhost")]
    pub tls_name: String,
    /// One JSON line when ready.
    #[arg(long)]
    pub json: bool,
}
