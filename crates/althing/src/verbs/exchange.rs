//! `venue`: a simulated exchange on a port, for other programs to speak to.
#![allow(clippy::disallowed_methods, reason = "it waits until it is told to stop")]

use super::asked::to_standard_output;
use crate::cli::VenueFlags;
use crate::failure::Failure;
use crate::signals::Interrupt;
use crate::worlds::keys;
use exchange::{ExchangeConfig, FaultScript, Server, ServerConfig, Source, Speed, TlsFiles};
use serde_json::json;
use std::time::Duration;

/// Runs it until SIGTERM.
///
/// # Errors
/// Flags that make no sense, a port in use, a script with a fault.
pub fn run(flags: &VenueFlags) -> Result<(), Failure> {
    let dialect = exchange::Dialect::parse(&flags.dialect).ok_or_else(|| {
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
    let usage = |why: exchange::ExchangeError| Failure::usage(why.to_string());
    let mut config = if flags.capture.is_empty() {
        let mut config = ExchangeConfig::synthetic(flags.seed);
        config.source = Source::Synthetic { rate: flags.rate };
        config
    } else {
        let speed = Speed::parse(&flags.speed).map_err(usage)?;
        ExchangeConfig { seed: flags.seed, ..ExchangeConfig::capture(flags.capture.clone(), speed) }
    };
    config = config.speaking(dialect);
    keys::admit_test_key(&mut config)?;
    if let Some(path) = &flags.script {
        let text = std::fs::read_to_string(path)
            .map_err(|why| Failure::usage(format!("--script {}: {why}", path.display())))?;
        config.faults = FaultScript::parse(&text).map_err(usage)?;
    }
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
