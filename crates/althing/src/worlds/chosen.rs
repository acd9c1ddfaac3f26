//! What the flags, and a recording that they name, say about the configuration:
//! which instruments are traded, on which market, and how much of them.
//!
//! Asked by the verbs before a world starts; the answer is a configuration, as if a
//! user had written it. Starts nothing.

use super::session::exchange_config;
use crate::cli::RunFlags;
use crate::failure::Failure;
use config::{Loaded, Override};
use exchange::{ExchangeConfig, FaultScript, Speed};
use std::collections::BTreeMap;
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
    let brings_its_own = has_capture && flags.instrument.is_empty();
    if brings_its_own {
        flags.instrument = instruments.iter().map(|i| i.symbol.clone()).collect();
    }
    let mut given = overrides(&flags);
    let named = given.iter_mut().find(|given| given.key == "instruments.ids");
    if let Some(named) = named.filter(|_| brings_its_own) {
        "--capture".clone_into(&mut named.flag);
    }
    if is_built_in {
        let dialect = dialect_of(&flags);
        let wanted: Vec<String> =
            flags.instrument.iter().map(|name| full_id(dialect, name)).collect();
        if dialect.is_spot() {
            let (flag, key) = ("demo".to_owned(), "risk.max_short.limit".to_owned());
            given.push(Override { flag, key, value: "0".to_owned() });
        }
        let prices = if has_capture {
            first_prices(&mut exchange)
        } else {
            instruments.iter().map(|instrument| Some(instrument.price_start)).collect()
        };
        for (instrument, price) in instruments.iter().zip(prices) {
            if !wanted.is_empty() && !wanted.contains(&full_id(dialect, &instrument.symbol)) {
                continue;
            }
            given.extend(price.into_iter().flat_map(|price| sizes(instrument, price)));
            given.extend(dialect.is_spot().then(|| inventory(&instrument.symbol, &balances)));
        }
    }
    let mut loaded = crate::plan::load(flags.config.as_deref(), &given).map_err(Failure::config)?;
    if has_capture && flags.duration.is_none() {
        // A recording is played to its end, unless the flag says how much of it.
        loaded.config.exchange.duration_s = 0;
    }
    Ok(loaded)
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

/// The first price that a capture tells of each instrument, by its place: a mantissa
/// of its own decimals. `None` for those that its first million messages tell none of.
fn first_prices(exchange: &mut exchange::Exchange) -> Vec<Option<i64>> {
    let instruments = exchange.instruments().to_vec();
    let mut prices = vec![None; instruments.len()];
    let (mut left, mut out) = (instruments.len(), Vec::new());
    for _ in 0..1_000_000 {
        let Some(due) = exchange.next_due().filter(|_| left > 0) else { break };
        exchange.advance_some(due, 1, &mut out);
        for message in out.drain(..) {
            let exchange::Destination::Market { instrument, .. } = message.to else { continue };
            if prices[instrument].is_none() {
                prices[instrument] = told_price(&message.text, &instruments[instrument]);
                left -= usize::from(prices[instrument].is_some());
            }
        }
    }
    prices
}

/// The price in a market message, if it is a trade or a quote.
fn told_price(text: &str, instrument: &exchange::Instrument) -> Option<i64> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let price = json["p"].as_str().or_else(|| json["b"].as_str())?;
    let places = u8::try_from(instrument.price_decimals).ok()?;
    types::Decimal::parse_at(price.as_bytes(), places).ok().filter(|price| *price > 0)
}
