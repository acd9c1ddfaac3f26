//! `venue`: a simulated exchange on a port, for other programs to speak to.
#![allow(clippy::disallowed_methods, reason = "it waits until it is told to stop")]

use super::asked::to_standard_output;
use crate::cli::VenueFlags;
use crate::failure::Failure;
use crate::plan;
use crate::signals::Interrupt;
use crate::worlds::{keys, session, venue_model};
use exchange::{
    Dialect, ExchangeConfig, FaultScript, Server, ServerConfig, Source, Speed, TlsFiles,
};
use serde_json::json;
use std::time::Duration;

/// The seed of its market where nobody says another.
const SEED: u64 = 1;
/// Market messages a second where nobody says: what the demo's market makes.
const RATE: u32 = 2000;

/// Runs it until SIGTERM.
///
/// # Errors
/// Flags that make no sense, a port in use, a script with a fault.
pub fn run(flags: &VenueFlags) -> Result<(), Failure> {
    let dialect = Dialect::parse(&flags.dialect).ok_or_else(|| {
        let known: Vec<_> = venue::Dialect::ALL.iter().map(|dialect| dialect.name()).collect();
        Failure::usage(format!(
            "--dialect {}: not spoken by this version; known: {}",
            flags.dialect,
            known.join(", ")
        ))
    })?;
    if flags.state.is_some() {
        return Err(Failure::usage(
            "--state: this exchange keeps no state between runs yet; leave it out",
        ));
    }
    let mut config = settings(flags, dialect)?;
    keys::admit_test_key(&mut config)?;
    let tls = flags.tls_certificate.clone().zip(flags.tls_key.clone());
    let tls =
        tls.map(|(certificate, key)| TlsFiles { certificate, key, name: flags.tls_name.clone() });
    let server = ServerConfig { listen: flags.listen.clone(), tls, ..ServerConfig::new(config) };
    let interrupt = Interrupt::install()?;
    let server = Server::start(server).map_err(|why| Failure::venue(why.to_string()))?;
    let (rest, ws) = (server.rest_base(), server.ws_base());
    to_standard_output(&if flags.json {
        format!("{}\n", json!({"dialect": flags.dialect, "rest": rest, "ws": ws}))
    } else {
        format!("{} at {rest} and {ws}; stop with Ctrl-C\n{}\n", flags.dialect, keys::words())
    })?;
    while !interrupt.is_raised() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let stats = server.stop();
    eprintln!(
        "orders {}  fills {}  refusals {}",
        stats.counters.orders, stats.counters.fills, stats.counters.refusals
    );
    Ok(())
}

/// The longest recorded way of an exchange that knows nobody's patience: a minute.
const LATENCY_MAX_US: u64 = 60_000_000;

/// The exchange that the configuration, if one is given, and the flags ask for; a flag wins.
fn settings(flags: &VenueFlags, dialect: Dialect) -> Result<ExchangeConfig, Failure> {
    let usage = |why: exchange::ExchangeError| Failure::usage(why.to_string());
    let loaded = flags.config.as_deref().map(|path| plan::load(Some(path), &[])).transpose();
    let given = loaded.map_err(Failure::config)?.map(|loaded| loaded.config.exchange);
    let seed = flags.seed.or(given.as_ref().map(|given| given.seed)).unwrap_or(SEED);
    let capture = match &given {
        Some(given) if flags.capture.is_empty() => given.capture.clone(),
        _ => flags.capture.clone(),
    };
    let mut config = if capture.is_empty() {
        let rate = flags.rate.or(given.as_ref().map(|given| given.rate)).unwrap_or(RATE);
        ExchangeConfig { source: Source::Synthetic { rate }, ..ExchangeConfig::synthetic(seed) }
    } else {
        let speed = match (&flags.speed, &given) {
            (Some(speed), _) => Speed::parse(speed).map_err(usage)?,
            (None, Some(given)) => session::speed(given.speed),
            (None, None) => Speed::Ratio(1, 1),
        };
        ExchangeConfig { seed, ..ExchangeConfig::capture(capture, speed) }
    };
    // The dialect has fees of its own, which the model's stand in for.
    config = config.speaking(dialect);
    if let Some(given) = &given {
        venue_model::apply(&given.model, LATENCY_MAX_US, &mut config)?;
        if let Some(path) = given.script.as_ref().filter(|_| flags.script.is_none()) {
            config.faults = session::script(path)?;
        }
    }
    if let Some(path) = &flags.script {
        let text = std::fs::read_to_string(path)
            .map_err(|why| Failure::usage(format!("--script {}: {why}", path.display())))?;
        config.faults = FaultScript::parse(&text).map_err(usage)?;
    }
    Ok(config)
}
