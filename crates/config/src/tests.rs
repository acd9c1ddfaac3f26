//! The loader from outside: what is refused and where, what wins over what,
//! and that the canonical text closes the circle.

mod forms;
mod refusals;
mod secrets;
mod venue_model;
mod whole;

use crate::{Config, ConfigError, Loaded, Override, Registered, Registries, Role};
use types::{Decimal, ParamKind, ParamSpec, ParamValue};

const PERIOD: &[ParamSpec] = &[ParamSpec {
    name: "period",
    doc: "window",
    kind: ParamKind::Integer { min: 1, max: 100 },
    default: Some(ParamValue::Integer(20)),
}];

const BANDS: &[ParamSpec] = &[
    PERIOD[0],
    ParamSpec {
        name: "width",
        doc: "in deviations",
        kind: ParamKind::Decimal { min: Decimal::new(1, 1), max: Decimal::new(10, 0) },
        default: None,
    },
];

const LEAN: &[ParamSpec] = &[
    ParamSpec {
        name: "fast",
        doc: "a number",
        kind: ParamKind::Integer { min: 1, max: 50 },
        default: Some(ParamValue::Integer(12)),
    },
    ParamSpec {
        name: "inverted",
        doc: "a flag",
        kind: ParamKind::Flag,
        default: Some(ParamValue::Flag(false)),
    },
];

const LIMIT: &[ParamSpec] = &[ParamSpec {
    name: "limit",
    doc: "a decimal",
    kind: ParamKind::Decimal { min: Decimal::new(1, 3), max: Decimal::new(1000, 0) },
    default: None,
}];

const ROLES: &[Role] = &[Role { name: "trend", doc: "a trend", usual: Some("ema:12") }];

const fn entry(name: &'static str, params: &'static [ParamSpec]) -> Registered<'static> {
    Registered { name, doc: "does something", params, inputs: &[], unless_named: None }
}

const LEANER: Registered<'static> = Registered { inputs: ROLES, ..entry("lean", LEAN) };

pub(crate) const REGISTRIES: Registries<'static> = Registries {
    indicators: &[entry("bands", BANDS), entry("ema", PERIOD), entry("touch", &[])],
    members: &[LEANER, entry("quiet", &[])],
    rules: &[entry("latch", &[]), entry("size", LIMIT)],
    dialects: &["binance_usdm", "okx"],
    links: &["risk_gateway", "tap"],
};

/// The least that loads. Line 4 is the first of a section.
pub(crate) const LEAST: &str = r#"version = 1
[engine]
mode = "paper"
[venues.binance]
dialect = "binance_usdm"
network = "embedded"
[instruments]
ids = ["BTCUSDT-PERP.BINANCE", "SOLUSDT-PERP.BINANCE"]
[indicators]
set = ["ema:12"]
[council]
threshold = "0.5"
[council.order]
qty = "0.01"
[[council.member]]
name = "lean"
[risk.latch]
[risk.size]
limit = "10"
"#;

pub(crate) fn load(text: &str) -> Result<Loaded, Vec<ConfigError>> {
    Config::load(text, "t.toml", [], &[], &REGISTRIES)
}

pub(crate) fn load_with(
    text: &str,
    environment: &[(&str, &str)],
    flags: &[(&str, &str)],
) -> Result<Loaded, Vec<ConfigError>> {
    let pairs = environment.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let flags: Vec<_> = flags
        .iter()
        .map(|(key, value)| Override {
            flag: format!("--{}", key.rsplit('.').next().unwrap_or_default()),
            key: key.to_string(),
            value: value.to_string(),
        })
        .collect();
    Config::load(text, "t.toml", pairs, &flags, &REGISTRIES)
}

/// Every complaint as a line.
pub(crate) fn complaints(result: Result<Loaded, Vec<ConfigError>>) -> Vec<String> {
    result.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// `LEAST` with one piece of text replaced.
pub(crate) fn with(from: &str, to: &str) -> String {
    assert!(LEAST.contains(from), "{from}");
    LEAST.replacen(from, to, 1)
}
