//! What a simulated exchange is made from: instruments, market source, account, latencies, limits.
//! Read once at the start; nothing here changes while it runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::faults::FaultScript;
use crate::fees::Fees;
use crate::funding::FundingTerms;
use crate::latency::Latency;
use crate::number::{MONEY_ONE, notional, parse, parse_told, pow10};
use crate::queue::QueueModel;
use crate::sign::Ed25519Key;

/// Why an exchange could not be built or started, each as a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// A recorded file cannot be read or understood.
    #[error("{0}")]
    Capture(String),
    /// A setting is out of range.
    #[error("{0}")]
    Config(String),
    /// A fault script is wrong, with its line.
    #[error("{0}")]
    Script(String),
    /// The listening socket or its thread could not be had.
    #[error("{0}")]
    Listen(String),
}

/// Which of the venue's markets an exchange is, and so which protocol it speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Binance USD-M futures.
    #[default]
    BinanceUsdm,
    /// Binance spot.
    BinanceSpot,
}

impl Dialect {
    /// The dialect of a word; none when this exchange does not speak it.
    pub fn parse(word: &str) -> Option<Dialect> {
        [Dialect::BinanceUsdm, Dialect::BinanceSpot].into_iter().find(|d| d.word() == word)
    }

    /// The word that configurations use.
    pub fn word(self) -> &'static str {
        match self {
            Dialect::BinanceUsdm => "binance_usdm",
            Dialect::BinanceSpot => "binance_spot",
        }
    }
}

/// One perpetual and its trading rules. Prices and quantities are mantissas of its own decimals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// The venue's symbol, upper case.
    pub symbol: String,
    /// Decimals that prices are written with.
    pub price_decimals: u32,
    /// Decimals that quantities are written with; at most 18 together with `price_decimals`.
    pub qty_decimals: u32,
    /// Price step.
    pub tick_size: i64,
    /// Quantity step.
    pub lot_size: i64,
    /// Lowest price.
    pub price_min: i64,
    /// Highest price.
    pub price_max: i64,
    /// Smallest order.
    pub qty_min: i64,
    /// Largest limit order.
    pub qty_max: i64,
    /// Largest market order.
    pub market_qty_max: i64,
    /// Smallest price × quantity, scale 18.
    pub notional_min: i128,
    /// A limit price may stray this much from the mid, parts per million.
    pub price_band_ppm: i64,
    /// Open orders allowed.
    pub open_orders_max: usize,
    /// Where the synthetic market starts; unused by a capture.
    pub price_start: i64,
    /// How far the latent price strays per action, in 1/1000 of a tick; unused by a capture.
    pub volatility_milliticks: i64,
    /// Smallest size of the flow's orders in a synthetic market; unused by a capture.
    pub flow_lot: i64,
    /// Whether the rules were read off recorded strings rather than stated by anyone.
    pub inferred: bool,
    /// Which market it trades on; the exchange sets it to its own.
    pub market: Dialect,
}

impl Instrument {
    /// An instrument from decimal strings as the venue writes them.
    /// Errors: a string that is no decimal, or decimals that add up to more than 18.
    pub fn new(
        symbol: &str,
        decimals: (u32, u32),
        steps: (&str, &str),
        price_start: &str,
    ) -> Result<Instrument, ExchangeError> {
        let (price_decimals, qty_decimals) = decimals;
        if price_decimals + qty_decimals > 18 {
            return Err(ExchangeError::Config(format!(
                "{symbol} has {price_decimals} price and {qty_decimals} quantity decimals; money \
                    has 18, so leave the instrument out"
            )));
        }
        let number = |text: &str, decimals: u32| {
            parse_told(text, decimals).map_err(|why| {
                ExchangeError::Config(format!("{symbol}: {text} is not a decimal ({why:?})"))
            })
        };
        let tick_size = number(steps.0, price_decimals)?;
        let lot_size = number(steps.1, qty_decimals)?;
        if tick_size <= 0 || lot_size <= 0 {
            return Err(ExchangeError::Config(format!(
                "{symbol}: tick_size and lot_size must be above zero"
            )));
        }
        Ok(Instrument {
            symbol: symbol.to_owned(),
            price_decimals,
            qty_decimals,
            tick_size,
            lot_size,
            price_min: tick_size,
            // High enough for any quote, low enough that a notional stays far inside an i128.
            price_max: 10_000_000_i64.saturating_mul(pow10(price_decimals)),
            qty_min: lot_size,
            qty_max: lot_size.saturating_mul(1_000_000),
            market_qty_max: lot_size.saturating_mul(120_000),
            notional_min: 5 * MONEY_ONE,
            price_band_ppm: 50_000,
            open_orders_max: 200,
            price_start: number(price_start, price_decimals)?,
            volatility_milliticks: 300,
            flow_lot: lot_size,
            inferred: false,
            market: Dialect::BinanceUsdm,
        })
    }

    /// Price × quantity at scale 18.
    pub(crate) fn notional(&self, price: i64, qty: i64) -> i128 {
        notional(price, qty, self.price_decimals + self.qty_decimals)
    }

    /// The asset that is traded: the symbol without its quote.
    pub(crate) fn base(&self) -> &str {
        self.symbol.strip_suffix(self.quote()).unwrap_or(&self.symbol)
    }

    /// The asset that it is paid in: the longest known one that ends the symbol, else USDT.
    pub(crate) fn quote(&self) -> &str {
        let known = ["FDUSD", "USDT", "USDC", "TUSD", "BUSD", "BTC", "ETH", "BNB", "EUR", "TRY"];
        let found = known
            .into_iter()
            .find(|quote| self.symbol.len() > quote.len() && self.symbol.ends_with(quote));
        found.unwrap_or("USDT")
    }
}

/// BTCUSDT and ETHUSDT on the spot market, with steps and decimals as on the real venue.
pub fn spot_instruments() -> Vec<Instrument> {
    let rows =
        [("BTCUSDT", "0.00001000", "61800.0", 300), ("ETHUSDT", "0.00010000", "2680.0", 250)];
    rows.into_iter()
        .filter_map(|(symbol, lot, start, volatility)| {
            let steps = ("0.01000000", lot);
            let mut instrument = Instrument::new(symbol, (8, 8), steps, start).ok()?;
            instrument.volatility_milliticks = volatility;
            // Steps are far finer here than what people trade.
            instrument.flow_lot = 100 * instrument.lot_size;
            instrument.qty_max = 9_000 * pow10(8);
            instrument.market_qty_max = 100 * pow10(8);
            Some(instrument)
        })
        .collect()
}

/// BTCUSDT, ETHUSDT and SOLUSDT perpetuals with steps as on the real venue.
pub fn default_instruments() -> Vec<Instrument> {
    let rows = [
        ("BTCUSDT", (2, 3), ("0.10", "0.001"), "61800.00", 300, 50),
        ("ETHUSDT", (2, 3), ("0.01", "0.001"), "2680.00", 250, 20),
        ("SOLUSDT", (4, 0), ("0.0100", "1"), "154.0000", 15, 5),
    ];
    rows.into_iter()
        .filter_map(|(symbol, decimals, steps, start, volatility, floor)| {
            let mut instrument = Instrument::new(symbol, decimals, steps, start).ok()?;
            instrument.volatility_milliticks = volatility;
            instrument.notional_min = floor * MONEY_ONE;
            Some(instrument)
        })
        .collect()
}

/// How fast a capture is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// `numerator / denominator` times the recorded pace; 1/1 is real time.
    Ratio(u32, u32),
    /// Evenly, this many messages per second.
    Rate(u32),
    /// As fast as the clients read.
    Max,
}

impl Speed {
    /// Reads `max`, `1`, `2.5`. Errors: anything else, zero, or more than six decimals.
    pub fn parse(text: &str) -> Result<Speed, ExchangeError> {
        if text == "max" {
            return Ok(Speed::Max);
        }
        match parse(text, 6).ok().and_then(|v| u32::try_from(v).ok()) {
            Some(millionths) if millionths > 0 => Ok(Speed::Ratio(millionths, 1_000_000)),
            _ => Err(ExchangeError::Config(format!(
                "speed {text} is not understood; use max or a number from 0.000001 to 4000"
            ))),
        }
    }
}

/// Where market messages come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Books kept by a seeded order flow.
    Synthetic {
        /// Messages per second of market time, averaged over all instruments.
        rate: u32,
    },
    /// Recorded files, merged by their local time.
    Capture {
        /// Plain, .gz or .zst; `<local time> <JSON>` per line.
        files: Vec<PathBuf>,
        /// How fast.
        speed: Speed,
    },
    /// What `Exchange::push` is given: a real market, as it happens.
    Pushed,
}

/// What time means to this exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Time is the wall clock of whoever calls; the market waits for `Exchange::start`, and every
    /// stamp
    /// inside a played frame becomes its send time.
    Real,
    /// Time is the market's own: a synthetic one starts at this ns UTC, a capture at its first line
    /// (the value is then ignored); recorded stamps stay.
    Virtual(i64),
}

/// The one account.
#[derive(Clone, Debug)]
pub struct AccountConfig {
    /// API key, sent in `X-MBX-APIKEY` or as `apiKey`.
    pub key: String,
    /// Secret of the HMAC.
    pub secret: String,
    /// Wallet at the start, scale 18 (futures).
    pub wallet: i128,
    /// Balances at the start by asset, scale 18 (spot).
    pub balances: BTreeMap<String, i128>,
    /// Margin of a position is its notional divided by this.
    pub leverage: i64,
    /// Fee of the passive side, parts per million of the notional.
    pub maker_fee_ppm: i64,
    /// Fee of the aggressive side, parts per million of the notional.
    pub taker_fee_ppm: i64,
    /// Instruments with fees of their own, by symbol.
    pub fees_of: BTreeMap<String, Fees>,
    /// A second API key, whose requests are signed with Ed25519 and which may log on.
    pub ed25519: Option<Ed25519Key>,
}

impl AccountConfig {
    /// The rates of one instrument.
    pub(crate) fn fees(&self, symbol: &str) -> Fees {
        let usual = Fees { maker_ppm: self.maker_fee_ppm, taker_ppm: self.taker_fee_ppm };
        self.fees_of.get(symbol).copied().unwrap_or(usual)
    }
}

/// Request limits, as on the real venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// REST weight per clock minute.
    pub weight_1m: u32,
    /// New orders per ten clock seconds.
    pub orders_10s: u32,
    /// New orders per clock minute.
    pub orders_1m: u32,
}

/// Everything that an exchange is made from.
#[derive(Clone, Debug)]
pub struct ExchangeConfig {
    /// Which market it is.
    pub dialect: Dialect,
    /// Seed of every random draw.
    pub seed: u64,
    /// Instruments of a synthetic or a pushed market, or rules for those of a capture (which are
    /// inferred where absent).
    pub instruments: Vec<Instrument>,
    /// Where market messages come from.
    pub source: Source,
    /// What time means.
    pub timing: Timing,
    /// From a request to its effect, ns, with `Latency::Constant`.
    pub order_latency_ns: i64,
    /// From an effect to its reply or report, ns, with `Latency::Constant`.
    pub reply_latency_ns: i64,
    /// Where latencies come from.
    pub latency: Latency,
    /// Where own orders stand in a recorded queue; a synthetic market keeps real queues.
    pub queue: QueueModel,
    /// A funding rate of all instruments; none: only what a recording tells.
    pub funding: Option<FundingTerms>,
    /// Market time after which the market ends, ns; of a capture, by its recorded times.
    pub duration_ns: Option<i64>,
    /// The account.
    pub account: AccountConfig,
    /// Request limits.
    pub limits: Limits,
    /// Faults to inject.
    pub faults: FaultScript,
}

impl ExchangeConfig {
    /// A synthetic market in real time with the defaults: 2,000 messages a second, no added
    /// latency.
    pub fn synthetic(seed: u64) -> ExchangeConfig {
        ExchangeConfig {
            dialect: Dialect::BinanceUsdm,
            seed,
            instruments: default_instruments(),
            source: Source::Synthetic { rate: 2_000 },
            timing: Timing::Real,
            order_latency_ns: 0,
            reply_latency_ns: 0,
            latency: Latency::Constant,
            queue: QueueModel::RiskAverse,
            funding: None,
            duration_ns: None,
            account: AccountConfig {
                key: "test-key".to_owned(),
                secret: "test-secret".to_owned(),
                wallet: 1_000_000 * MONEY_ONE,
                balances: [("USDT", 1_000_000), ("BTC", 100)]
                    .map(|(asset, whole)| (asset.to_owned(), whole * MONEY_ONE))
                    .into(),
                leverage: 20,
                maker_fee_ppm: 200,
                taker_fee_ppm: 500,
                fees_of: BTreeMap::new(),
                ed25519: None,
            },
            limits: Limits { weight_1m: 2_400, orders_10s: 300, orders_1m: 1_200 },
            faults: FaultScript::default(),
        }
    }

    /// Recorded files in real time at the given speed; instruments are inferred.
    pub fn capture(files: Vec<PathBuf>, speed: Speed) -> ExchangeConfig {
        ExchangeConfig {
            instruments: Vec::new(),
            source: Source::Capture { files, speed },
            ..ExchangeConfig::synthetic(0)
        }
    }

    /// A market of these instruments that is pushed in, in real time, with the usual fees and
    /// limits of its dialect. [`crate::listed`] reads instruments off the venue.
    pub fn pushed(dialect: Dialect, instruments: Vec<Instrument>) -> ExchangeConfig {
        let config = ExchangeConfig { source: Source::Pushed, ..ExchangeConfig::synthetic(0) };
        ExchangeConfig { instruments, ..config.speaking(dialect) }
    }

    /// The same exchange as another market: its own instruments where none are recorded, its usual
    /// fees (10 bps on spot) and request limits.
    pub fn speaking(mut self, dialect: Dialect) -> ExchangeConfig {
        self.dialect = dialect;
        let is_synthetic = matches!(self.source, Source::Synthetic { .. });
        let (instruments, fees, limits) = match dialect {
            Dialect::BinanceUsdm => {
                let limits = Limits { weight_1m: 2_400, orders_10s: 300, orders_1m: 1_200 };
                (default_instruments(), (200, 500), limits)
            }
            Dialect::BinanceSpot => {
                // The venue counts a day instead of a minute; 200,000 a day never bind here.
                let limits = Limits { weight_1m: 6_000, orders_10s: 100, orders_1m: u32::MAX };
                (spot_instruments(), (1_000, 1_000), limits)
            }
        };
        if is_synthetic {
            self.instruments = instruments;
        }
        (self.account.maker_fee_ppm, self.account.taker_fee_ppm) = fees;
        self.limits = limits;
        self
    }

    /// The same exchange on virtual time, with half a millisecond each way.
    pub fn on_virtual_time(mut self, start_ns: i64) -> ExchangeConfig {
        self.timing = Timing::Virtual(start_ns);
        self.order_latency_ns = 500_000;
        self.reply_latency_ns = 500_000;
        self
    }
}
