//! The specification that a recording is read with, and where it is from: a file
//! that the user gives, the recording's own exchange information, or its strings.
//!
//! A stated rule that cannot hold a recorded string is widened by the missing
//! decimals and said to be: a recording is never unreadable for its rules.

use crate::{Fault, Survey, SymbolFacts};
use std::path::Path;
use types::{Decimal, InstrumentId, InstrumentSpec, Money, Price, Qty, Symbol};
use venue::Dialect;

/// Where a specification is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecSource {
    /// The file that the user gave.
    File,
    /// The exchange information in the recording.
    ExchangeInfo,
    /// The recorded strings.
    Inferred,
}

impl SpecSource {
    /// As a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::ExchangeInfo => "exchange_info",
            Self::Inferred => "inferred",
        }
    }
}

/// A specification for reading.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The specification.
    pub spec: InstrumentSpec,
    /// Where it is from.
    pub source: SpecSource,
    /// Whether decimals were added that the stated one lacks.
    pub widened: bool,
    /// The step of all prices in the recording, in the specification's decimals.
    pub(crate) grid: Price,
}

impl Rules {
    /// What a user should know about it, as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let spec = &self.spec;
        let (tick, lot) = (spec.price(spec.tick_size), spec.qty(spec.lot_size));
        let from = match self.source {
            SpecSource::File => "from the given file",
            SpecSource::ExchangeInfo => "from the recording's exchange information",
            SpecSource::Inferred => "inferred from the recorded strings, not stated by the venue",
        };
        let widened = if self.widened { "; decimals added that recorded strings need" } else { "" };
        format!("{}: tick_size {tick}, lot_size {lot}, {from}{widened}", spec.symbol)
    }
}

/// The rules of `symbol`.
///
/// # Errors
/// A file that cannot be read or that does not have the symbol, or strings that
/// no specification can hold.
pub(crate) fn rules(
    dialect: Dialect,
    symbol: &str,
    survey: &Survey,
    file: Option<&Path>,
) -> Result<Rules, Fault> {
    let facts = survey.symbol(symbol)?;
    let (stated, source) = match file {
        Some(path) => (Some(from_file(dialect, symbol, path)?), SpecSource::File),
        None => {
            let info = survey.exchange_info.as_deref();
            // An old or partial one may lack the symbol or a filter: the strings are there.
            let stated = info.and_then(|info| {
                dialect.parse_exchange_info(info.as_bytes(), &[symbol]).ok()?.into_iter().next()
            });
            match stated {
                Some(spec) => (Some(spec), SpecSource::ExchangeInfo),
                None => (None, SpecSource::Inferred),
            }
        }
    };
    let (spec, widened) = match stated {
        Some(spec) => widened(spec, facts)?,
        None => (inferred(symbol, facts)?, false),
    };
    let seen = facts.prices.step_at(spec.price_decimals);
    Ok(Rules { spec, source, widened, grid: Price(common(spec.tick_size.0, seen)) })
}

fn from_file(dialect: Dialect, symbol: &str, path: &Path) -> Result<InstrumentSpec, Fault> {
    let refused = |why: String| Fault::at(path, 0, format!("--spec: {why}"));
    let bytes = std::fs::read(path).map_err(|why| refused(why.to_string()))?;
    let json: serde_json::Value = serde_json::from_slice(&bytes).map_err(|why| {
        refused(format!("is not JSON ({why}); give the venue's exchangeInfo or {SHORT}"))
    })?;
    if json.get("symbols").is_some() {
        let specs = dialect.parse_exchange_info(&bytes, &[symbol]).map_err(&refused)?;
        let spec = specs.into_iter().next();
        return spec.ok_or_else(|| refused(format!("does not list {symbol}")));
    }
    let entry = json.get(symbol).unwrap_or(&json);
    let step = |key: &str| {
        let text =
            entry[key].as_str().ok_or_else(|| refused(format!("has no {key}; give {SHORT}")))?;
        let step = Decimal::parse(text.as_bytes());
        step.map_err(|why| refused(format!("{key} is {text:?}: {why}"))).and_then(|step| match step
            .mantissa
        {
            1.. => Ok(step),
            _ => Err(refused(format!("{key} is {text:?}; it must be above zero"))),
        })
    };
    let (tick, lot) = (step("tick_size")?, step("lot_size")?);
    spec_of(symbol, (tick.places, tick.mantissa), (lot.places, lot.mantissa)).map_err(&refused)
}

/// What a file of one's own must hold.
const SHORT: &str = r#"{"tick_size":"0.10","lot_size":"0.001"}"#;

fn spec_of(symbol: &str, tick: (u8, i64), lot: (u8, i64)) -> Result<InstrumentSpec, String> {
    let spec = InstrumentSpec {
        id: InstrumentId(0),
        version: 1,
        symbol: Symbol::new(symbol).ok_or("the symbol is not 1 to 24 printable characters")?,
        price_decimals: tick.0,
        qty_decimals: lot.0,
        tick_size: Price(tick.1),
        lot_size: Qty(lot.1),
        min_qty: Qty(0),
        max_qty: Qty(i64::MAX),
        min_notional: Money::ZERO,
        maker_ppm: 0,
        taker_ppm: 0,
    };
    match spec.defect() {
        Some(defect) => Err(format!("{symbol}: {defect}")),
        None => Ok(spec),
    }
}

/// As many places as the strings are written with, or as they need where money
/// could not hold those.
fn inferred(symbol: &str, facts: &SymbolFacts) -> Result<InstrumentSpec, Fault> {
    let (prices, qtys) = (&facts.prices, &facts.qtys);
    let fits = prices.written + qtys.written <= 18;
    let places = |grain: &crate::Grain| if fits { grain.written } else { grain.needed };
    let (price, qty) = (places(prices), places(qtys));
    let spec = spec_of(symbol, (price, prices.step_at(price)), (qty, qtys.step_at(qty)));
    spec.map_err(|why| Fault::whole(format!("no specification holds the recorded strings: {why}")))
}

fn widened(spec: InstrumentSpec, facts: &SymbolFacts) -> Result<(InstrumentSpec, bool), Fault> {
    let price = spec.price_decimals.max(facts.prices.needed);
    let qty = spec.qty_decimals.max(facts.qtys.needed);
    if (price, qty) == (spec.price_decimals, spec.qty_decimals) {
        return Ok((spec, false));
    }
    let beyond = || {
        Fault::whole(format!(
            "{}: the recorded strings need {price} price and {qty} quantity decimals, \
             more than a specification can hold",
            spec.symbol
        ))
    };
    let scaled = |value: i64, from: u8, to: u8| {
        let factor = 10_i64.checked_pow(u32::from(to - from))?;
        value.checked_mul(factor)
    };
    let scaled_qty = |value: Qty| scaled(value.0, spec.qty_decimals, qty).map(Qty);
    let wide = InstrumentSpec {
        price_decimals: price,
        qty_decimals: qty,
        tick_size: Price(scaled(spec.tick_size.0, spec.price_decimals, price).ok_or_else(beyond)?),
        lot_size: scaled_qty(spec.lot_size).ok_or_else(beyond)?,
        min_qty: scaled_qty(spec.min_qty).ok_or_else(beyond)?,
        max_qty: scaled_qty(spec.max_qty).unwrap_or(Qty(i64::MAX)),
        ..spec
    };
    if wide.defect().is_some() { Err(beyond()) } else { Ok((wide, true)) }
}

fn common(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
