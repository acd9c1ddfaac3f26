//! What every world but replay shares: the exchange's settings, the crews of a
//! layout, the cold side, and what is known when it is over.

use crate::cli::RunFlags;
use crate::failure::Failure;
use crate::line::Line;
use crate::worlds::venue_model;
use actor::{Actor, Crew, Wait, allowed_cores};
use config::{Config, Loaded, Override, Speed as Pace};
use exchange::{ExchangeConfig, FaultScript, Source, Speed};
use std::collections::{BTreeMap, VecDeque};
use topology::{Applied, Layout, Shape};
use venue::Dialect;

/// What the flags say about the configuration, as overrides of its keys.
#[must_use]
pub fn overrides(flags: &RunFlags) -> Vec<Override> {
    let mut given = Vec::new();
    let mut add = |flag: &str, key: &str, value: Option<String>| {
        if let Some(value) = value {
            given.push(Override { flag: flag.to_owned(), key: key.to_owned(), value });
        }
    };
    let path = |path: &std::path::PathBuf| path.display().to_string();
    add("--seed", "exchange.seed", flags.seed.map(|seed| seed.to_string()));
    add("--rate", "exchange.rate", flags.rate.map(|rate| rate.to_string()));
    add("--duration", "exchange.duration_s", flags.duration.map(|seconds| seconds.to_string()));
    add("--layout", "engine.layout", flags.layout.clone());
    add("--speed", "exchange.speed", flags.speed.clone());
    add("--state", "engine.state_dir", flags.state.as_ref().map(path));
    let dialect = dialect_of(flags);
    let mut ids: Vec<String> = flags.instrument.iter().map(|name| full_id(dialect, name)).collect();
    if flags.config.is_none() && dialect != BUILT_IN {
        // The built-in configuration names its own venue's instruments.
        add("--venue", "venues.binance.dialect", Some(dialect.name().to_owned()));
        if ids.is_empty() && flags.capture.is_empty() {
            ids = known(dialect).iter().map(|i| full_id(dialect, &i.symbol)).collect();
        }
    }
    add("--instrument", "instruments.ids", (!ids.is_empty()).then(|| ids.join(",")));
    let files: Vec<String> = flags.capture.iter().map(path).collect();
    add("--capture", "exchange.capture", (!files.is_empty()).then(|| files.join(",")));
    given
}

/// What the built-in configuration trades on.
const BUILT_IN: Dialect = Dialect::BinanceUsdm;

/// The venue that the flags ask for; the built-in configuration's when they ask for none.
fn dialect_of(flags: &RunFlags) -> Dialect {
    flags.venue.as_deref().and_then(Dialect::parse).unwrap_or(BUILT_IN)
}

/// Our id of what the venue calls `name`: on Binance's futures `BTCUSDT` is short
/// for the perpetual.
fn full_id(dialect: Dialect, name: &str) -> String {
    let name = name.trim().to_uppercase();
    if name.contains('.') { name } else { dialect.instrument_id(&name) }
}

/// The embedded exchange as the configuration wants it.
///
/// # Errors
/// A fault script or a file of latencies that cannot be read or understood.
pub fn exchange_config(
    config: &Config,
    virtual_from: Option<i64>,
) -> Result<ExchangeConfig, Failure> {
    let settings = &config.exchange;
    let dialect = market_of(config);
    let mut exchange = if settings.capture.is_empty() {
        let mut exchange = ExchangeConfig::synthetic(settings.seed).speaking(dialect);
        let wanted = |symbol: &str| config.instruments.iter().any(|i| i.symbol.as_str() == symbol);
        exchange.instruments.retain(|instrument| wanted(&instrument.symbol));
        exchange.source = Source::Synthetic { rate: settings.rate };
        exchange.duration_ns = seconds(settings.duration_s);
        exchange
    } else {
        let speed = match settings.speed {
            Pace::Max => Speed::Max,
            Pace::Times(times) => Speed::Ratio(times, 1),
        };
        ExchangeConfig {
            seed: settings.seed,
            ..ExchangeConfig::capture(settings.capture.clone(), speed).speaking(dialect)
        }
    };
    if let Some(from) = virtual_from {
        exchange = exchange.on_virtual_time(from);
    }
    venue_model::apply(&settings.model, &mut exchange)?;
    if let Some(path) = &settings.script {
        let text = std::fs::read_to_string(path)
            .map_err(|why| Failure::config(format!("exchange.script {}: {why}", path.display())))?;
        exchange.faults =
            FaultScript::parse(&text).map_err(|why| Failure::config(why.to_string()))?;
    }
    Ok(exchange)
}

/// Which market the exchange inside this process is: that of the configured venue.
fn market_of(config: &Config) -> exchange::Dialect {
    let venue = config.venues.values().next();
    venue.and_then(|venue| exchange::Dialect::parse(&venue.dialect)).unwrap_or_default()
}

/// How long the snapshots of so many books may take: Binance USD-M allows an address 2400 of weight
/// a minute, which is 120 snapshots of 1000 levels, and as long again for those asked for twice.
pub fn snapshots_take(books: usize) -> std::time::Duration {
    std::time::Duration::from_secs(1).saturating_mul(u32::try_from(books).unwrap_or(u32::MAX))
}

/// What to do about a capture whose books do not become LIVE; nothing where no
/// capture is played.
#[must_use]
pub fn unjoined(config: &Config) -> String {
    let Some(file) = config.exchange.capture.first() else { return String::new() };
    format!(
        "; a recording's depth messages must begin before its snapshot and go on after it: `althing \
         capture inspect {}` says whether they do",
        file.display()
    )
}

fn seconds(seconds: u64) -> Option<i64> {
    i64::try_from(seconds).ok()?.checked_mul(1_000_000_000).filter(|span| *span > 0)
}

/// Refuses a layout that does not fit the line, before anything is started.
///
/// # Errors
/// The layout's own sentence.
pub fn check_layout(layout: &Layout, shape: &Shape) -> Result<(), Failure> {
    let applied = layout.apply(shape, &allowed_cores());
    applied.map(drop).map_err(|why| Failure::config(why.to_string()))
}

/// The crews of a layout, over the hot actors of a line.
///
/// # Errors
/// A layout that does not fit the line.
pub fn crews(
    actors: Vec<Box<dyn Actor>>,
    shape: &Shape,
    layout: &Layout,
    wait: config::Wait,
) -> Result<(Vec<Crew>, Applied), Failure> {
    let cores = allowed_cores();
    let applied = layout.apply(shape, &cores).map_err(|why| Failure::config(why.to_string()))?;
    let wait = match wait {
        config::Wait::Spin => Wait::Spin,
        config::Wait::SpinYield => Wait::SpinYield,
        config::Wait::SpinPark => Wait::SpinPark,
        config::Wait::Auto if applied.has_cores => Wait::Spin,
        config::Wait::Auto => Wait::SpinYield,
    };
    let mut actors: VecDeque<Box<dyn Actor>> = actors.into();
    let crews = applied.groups.iter().map(|group| Crew {
        name: group.name(),
        actors: actors.drain(..group.actors.len()).collect(),
        core: group.core,
        wait,
        sealed: true,
    });
    Ok((crews.collect(), applied))
}

/// The hot actors and what stays with the supervisor.
pub fn split(line: Line) -> (Vec<Box<dyn Actor>>, Line) {
    let mut line = line;
    let actors = std::mem::take(&mut line.actors);
    (actors, line)
}

/// What an order of the demo is worth, in the quote asset: well above every
/// venue's least notional, well below the demo's limits.
const DEMO_NOTIONAL: i128 = 600;

/// A capture brings its own instruments: those in it that the flags ask for, or
/// all of them when the flags ask for none. The built-in configuration does not
/// know them, so the demo sizes its orders by their prices.
///
/// # Errors
/// A capture that cannot be read, or that has none of the wanted ones.
pub fn for_instruments(loaded: Loaded, flags: &RunFlags) -> Result<Loaded, Failure> {
    let has_capture = !loaded.config.exchange.capture.is_empty();
    let is_built_in = flags.config.is_none();
    if !has_capture && is_inside(&loaded) {
        let wanted: Vec<_> = loaded.config.instruments.iter().map(|i| i.id.clone()).collect();
        let known = known(dialect_of(flags));
        check_instruments(&wanted, flags, ("the simulated exchange", &known))?;
    }
    if !has_capture && !is_built_in {
        return Ok(loaded);
    }
    let mut inside = exchange_config(&loaded.config, Some(0))?;
    // Only its instruments are looked at: no fault may strike here.
    inside.faults = FaultScript::default();
    let balances = inside.account.balances.clone();
    let mut exchange =
        exchange::Exchange::new(inside.clone()).map_err(|why| refused(&why, inside, flags))?;
    let instruments = exchange.instruments().to_vec();
    if has_capture && !flags.instrument.is_empty() {
        check_instruments(&flags.instrument, flags, ("the capture", &instruments))?;
    }
    let mut flags = flags.clone();
    if has_capture && flags.instrument.is_empty() {
        flags.instrument = instruments.iter().map(|i| i.symbol.clone()).collect();
    }
    let mut given = overrides(&flags);
    if is_built_in {
        let dialect = dialect_of(&flags);
        let wanted: Vec<String> =
            flags.instrument.iter().map(|name| full_id(dialect, name)).collect();
        if dialect.is_spot() {
            let (flag, key) = ("demo".to_owned(), "risk.max_short.limit".to_owned());
            given.push(Override { flag, key, value: "0".to_owned() });
        }
        for (index, instrument) in instruments.iter().enumerate() {
            if !wanted.is_empty() && !wanted.contains(&full_id(dialect, &instrument.symbol)) {
                continue;
            }
            let price = if has_capture {
                first_price(&mut exchange, index, instrument)
            } else {
                Some(instrument.price_start)
            };
            given.extend(price.into_iter().flat_map(|price| sizes(instrument, price)));
            given.extend(dialect.is_spot().then(|| inventory(&instrument.symbol, &balances)));
        }
    }
    crate::plan::load(flags.config.as_deref(), &given).map_err(Failure::config)
}

/// Why a market cannot be played, and whose fault that is.
fn refused(why: &exchange::ExchangeError, mut inside: ExchangeConfig, flags: &RunFlags) -> Failure {
    if flags.capture.is_empty() {
        return Failure::config(why.to_string());
    }
    inside.dialect = match inside.dialect {
        exchange::Dialect::BinanceUsdm => exchange::Dialect::BinanceSpot,
        exchange::Dialect::BinanceSpot => exchange::Dialect::BinanceUsdm,
    };
    let other = inside.dialect.word();
    let more = if exchange::Exchange::new(inside).is_ok() {
        format!("; it can be played with --venue {other}, or venues.NAME.dialect = \"{other}\"")
    } else {
        String::new()
    };
    Failure::usage(format!("--capture: {why}{more}"))
}

/// Whether the flags name recordings of Binance's spot market.
#[must_use]
pub fn is_spot_recording(flags: &RunFlags) -> bool {
    let played = ExchangeConfig::capture(flags.capture.clone(), Speed::Max);
    let played = played.speaking(exchange::Dialect::BinanceSpot);
    !flags.capture.is_empty() && exchange::Exchange::new(played).is_ok()
}

/// Refuses `--instrument` where the exchange inside this process plays its own
/// market and does not have it; before the other keys are held against the flag.
///
/// # Errors
/// The first one that it does not have, and those that it has.
pub fn check_asked(file: &Loaded, flags: &RunFlags) -> Result<(), Failure> {
    if file.config.exchange.capture.is_empty() && flags.capture.is_empty() && is_inside(file) {
        let known = known(dialect_of(flags));
        return check_instruments(&flags.instrument, flags, ("the simulated exchange", &known));
    }
    Ok(())
}

fn is_inside(loaded: &Loaded) -> bool {
    loaded.config.venues.values().any(|venue| venue.network == config::Network::Embedded)
}

fn known(dialect: Dialect) -> Vec<exchange::Instrument> {
    match dialect {
        Dialect::BinanceUsdm => exchange::default_instruments(),
        Dialect::BinanceSpot => exchange::spot_instruments(),
    }
}

/// Refuses instruments that whoever plays the market does not have.
fn check_instruments(
    wanted: &[String],
    flags: &RunFlags,
    (who, known): (&str, &[exchange::Instrument]),
) -> Result<(), Failure> {
    let id = |name: &str| full_id(dialect_of(flags), name);
    let is_known = |name: &&String| known.iter().any(|i| id(&i.symbol) == id(name));
    let Some(missing) = wanted.iter().find(|name| !is_known(name)) else { return Ok(()) };
    let has: Vec<_> = known.iter().map(|instrument| instrument.symbol.as_str()).collect();
    let has = format!("{who} has {}; give some of these", has.join(", "));
    Err(match flags.instrument.is_empty() {
        false => Failure::usage(format!("--instrument {missing}: {has}")),
        true => Failure::config(format!("instruments.ids: {missing} is not there; {has}")),
    })
}

/// Order size and position limit of about the demo's worth, in whole lots.
fn sizes(instrument: &exchange::Instrument, price: i64) -> Vec<Override> {
    let unit = 10_i128.pow(instrument.price_decimals + instrument.qty_decimals);
    let lot = i128::from(instrument.lot_size.max(1));
    let qty = DEMO_NOTIONAL.saturating_mul(unit) / i128::from(price.max(1));
    let lots = (qty / lot).max(1);
    let places = u8::try_from(instrument.qty_decimals).unwrap_or(0);
    let decimal = |lots: i128| {
        let mantissa = i64::try_from(lots.saturating_mul(lot)).unwrap_or(i64::MAX);
        types::Decimal::new(mantissa, places).trimmed().to_string()
    };
    let given = |key: String, value: String| Override { flag: "demo".to_owned(), key, value };
    let symbol = &instrument.symbol;
    vec![
        given(format!("council.order.qty_of.{symbol}"), decimal(lots)),
        given(format!("risk.max_position.instruments.{symbol}.limit"), decimal(lots * 10)),
        given(format!("risk.max_order_qty.instruments.{symbol}.limit"), decimal(lots * 10)),
    ]
}

/// What may be sold of an instrument on spot: what the exchange's account holds.
fn inventory(symbol: &str, balances: &BTreeMap<String, i128>) -> Override {
    // The longest name, since one asset's may begin with another's.
    let base = balances.keys().filter(|asset| symbol.starts_with(*asset));
    let held = base.max_by_key(|asset| asset.len()).and_then(|asset| balances.get(asset));
    let value = types::Money(held.copied().unwrap_or(0)).to_string();
    let key = format!("risk.max_short.instruments.{symbol}.limit");
    Override { flag: "demo".to_owned(), key, value }
}

/// The first price that a capture tells of an instrument: its own decimals'
/// mantissa. `None` when its first hundred thousand messages tell none.
fn first_price(
    exchange: &mut exchange::Exchange,
    index: usize,
    instrument: &exchange::Instrument,
) -> Option<i64> {
    let mut out = Vec::new();
    let places = u8::try_from(instrument.price_decimals).ok()?;
    for _ in 0..100_000 {
        let due = exchange.next_due()?;
        exchange.advance_some(due, 1, &mut out);
        for message in out.drain(..) {
            let exchange::Destination::Market { instrument, .. } = message.to else { continue };
            let json: serde_json::Value = serde_json::from_str(&message.text).ok()?;
            let price = json["p"].as_str().or_else(|| json["b"].as_str());
            if let Some(price) = price.filter(|_| instrument == index) {
                return types::Decimal::parse_at(price.as_bytes(), places).ok();
            }
        }
    }
    None
}
