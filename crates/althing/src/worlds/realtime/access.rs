//! The venue that a line in real time speaks to: where it is, what is asked of
//! it before the start, and the two wires.
//!
//! Read by the supervisor alone. Opens sockets; decides nothing.
#![allow(clippy::disallowed_methods, reason = "the supervisor waits")]

use super::LOOK;
use crate::failure::Failure;
use crate::line::Ends;
use crate::market::market;
use crate::signals::Interrupt;
use crate::startup::{self, Asked, Recovered};
use crate::worlds::session;
use config::{Config, KeyType, Mode, Network};
use exchange::{Server, ServerConfig, ServerHandle};
use net::{
    ConnectionPlan, Method, RestCall, RestClient, RestPlan, RestSettings, SocketWire, Target,
    WireHandle, WireSettings,
};
use std::time::{Duration, Instant};
use types::{Nanos, Symbol};
use venue::{Dialect, Signer};

/// How long the venue may take to cancel everything when the line is dead: one
/// call, and all of them.
const CANCEL_CALL: Duration = Duration::from_secs(2);
const CANCEL_ALL: Duration = Duration::from_secs(5);

/// Where a venue is and who speaks to it.
pub(super) struct Access {
    dialect: Dialect,
    rest: String,
    streams: String,
    orders: String,
    key: String,
    secret: String,
    rest_settings: RestSettings,
}

/// What would be dangerous to pretend: live without recovery, and paper against
/// a venue, since this version's fills come from the embedded exchange alone.
pub(super) fn refuse_what_is_not_built(config: &Config) -> Result<(), Failure> {
    if config.engine.mode == Mode::Live {
        return Err(Failure::not_safe(
            "engine.mode = \"live\" is refused: this version has no recovery and no checklist; \
             use testnet or paper",
        ));
    }
    if let Some((name, _)) = config.venues.iter().find(|(_, venue)| venue.key_type != KeyType::Hmac)
    {
        return Err(Failure::not_safe(format!(
            "venues.{name}.key_type = \"ed25519\" is refused: the gateway speaks it, the start-up \
             does not yet; use a key of type hmac"
        )));
    }
    let outside = config.venues.iter().find(|(_, venue)| venue.network != Network::Embedded);
    match outside {
        Some((name, _)) if config.engine.mode == Mode::Paper => Err(Failure::not_safe(format!(
            "engine.mode = \"paper\" with venues.{name}.network outside this process is refused: \
             orders would leave, and paper sends none; set network = \"embedded\", or \
             mode = \"testnet\" for a test network"
        ))),
        _ => Ok(()),
    }
}

/// The exchange inside this process, if a venue wants it; its market is held.
pub(super) fn embedded(config: &Config) -> Result<Option<ServerHandle>, Failure> {
    let wanted = config.venues.values().any(|venue| venue.network == Network::Embedded);
    if !wanted {
        return Ok(None);
    }
    let mut server = ServerConfig::new(session::exchange_config(config, None)?);
    // Only how many connections there will be: where they go is not known yet.
    let market = market(config, Dialect::BinanceUsdm, &symbols(config), "")?;
    server.market_clients_min = market.plans.len();
    // Nothing moves before the order links are up, and of a recording only what makes
    // the books whole before the line is armed: the rest is played to a line that may act.
    server.held = true;
    server.held_joined = true;
    Server::start(server).map(Some).map_err(|why| Failure::venue(why.to_string()))
}

pub(super) fn symbols(config: &Config) -> Vec<Symbol> {
    config.instruments.iter().map(|instrument| instrument.symbol).collect()
}

pub(super) fn access(config: &Config, exchange: Option<&ServerHandle>) -> Result<Access, Failure> {
    let (name, venue) = config
        .venues
        .iter()
        .next()
        .ok_or_else(|| Failure::config("no venue is configured; add [venues.NAME]"))?;
    let dialect = Dialect::parse(&venue.dialect).ok_or_else(|| {
        Failure::config(format!("venues.{name}.dialect = {:?} is not known", venue.dialect))
    })?;
    let given =
        |url: &Option<String>| url.clone().unwrap_or_default().trim_end_matches('/').to_owned();
    let (rest, streams, orders) = match (venue.network, exchange) {
        (Network::Embedded, Some(exchange)) => {
            (exchange.rest_base(), exchange.ws_base(), exchange.ws_base())
        }
        (Network::Mainnet, _) => bases(dialect, venue::Network::Live),
        (Network::Testnet, _) => bases(dialect, venue::Network::Testnet),
        _ => {
            let orders = venue.ws_api.as_ref().or(venue.ws.as_ref()).cloned();
            (given(&venue.rest), given(&venue.ws), given(&orders))
        }
    };
    let found = config::credentials(venue, |name| std::env::var(name).ok())
        .map_err(|why| Failure::config(format!("venues.{name}: {why}")))?;
    let (key, secret) = match found {
        Some(found) => (found.key.expose().to_owned(), found.secret.expose().to_owned()),
        // The simulated exchange's own: no secret to anyone.
        None if venue.network == Network::Embedded => {
            ("test-key".to_owned(), "test-secret".to_owned())
        }
        None => {
            return Err(Failure::config(format!(
                "venues.{name} has no key; set key_env and secret_env to the names of two \
                    environment variables"
            )));
        }
    };
    let rest_settings =
        RestSettings { extra_ca: venue.extra_ca.clone(), ..RestSettings::default() };
    Ok(Access { dialect, rest, streams, orders, key, secret, rest_settings })
}

fn bases(dialect: Dialect, network: venue::Network) -> (String, String, String) {
    let bases = dialect.bases(network);
    (bases.rest.to_owned(), bases.streams.to_owned(), bases.orders.to_owned())
}

/// Asks the venue what the line must know, on a thread of its own, so that a
/// signal ends the asking and not a timeout.
pub(super) fn recover(
    config: &Config,
    access: &Access,
    now: Nanos,
    interrupt: &Interrupt,
) -> Result<Recovered, Failure> {
    let mut rest =
        RestClient::new(&access.rest, access.rest_settings.clone()).map_err(Failure::config)?;
    let signer = Signer::new(&access.key, &access.secret).map_err(Failure::config)?;
    let breaker = rest.breaker();
    let venue = config.venues.values().next();
    let window = venue.map_or(5000, |venue| i64::try_from(venue.recv_window_ms).unwrap_or(5000));
    let asked = Asked {
        dialect: access.dialect,
        signer: &signer,
        now,
        // The venue refuses requests from its future by a second, from its past by the window.
        clock_limit: Nanos::from_ms(window.min(1000)),
    };
    let symbols: Vec<_> = config.instruments.iter().map(|i| i.symbol.as_str()).collect();
    let mut breaker = Some(breaker);
    std::thread::scope(|scope| {
        let asking = std::thread::Builder::new()
            .name("recover".to_owned())
            .spawn_scoped(scope, || startup::recover(&mut rest, &asked, &symbols))
            .map_err(|why| Failure::failed(format!("thread recover: {why}")))?;
        while !asking.is_finished() {
            if interrupt.is_raised()
                && let Some(breaker) = breaker.take()
            {
                breaker.end_calls();
            }
            std::thread::sleep(LOOK);
        }
        let answered = asking.join().map_err(|_| Failure::not_safe("thread recover panicked"))?;
        if interrupt.is_raised() {
            Err(Interrupt::failure())
        } else {
            answered.map_err(Failure::venue)
        }
    })
}

impl Access {
    /// Has the venue cancel every order of `symbols`, beside the line: for when a
    /// panic or a broken journal has ended the line, and its gateway with it.
    /// Cancels only, once, within a bound. What became of it, in words.
    pub(super) fn cancel_all(&self, symbols: &[Symbol], now: Nanos) -> String {
        let asked = Instant::now();
        let settings = RestSettings {
            connect_timeout: CANCEL_CALL,
            timeout: CANCEL_CALL,
            ..self.rest_settings.clone()
        };
        let client = RestClient::new(&self.rest, settings);
        let client = client.and_then(|rest| Ok((rest, Signer::new(&self.key, &self.secret)?)));
        let (mut rest, signer) = match client {
            Ok(client) => client,
            Err(why) => return format!("the venue was not asked to cancel: {why}"),
        };
        let mut failed = Vec::new();
        for symbol in symbols.iter().map(Symbol::as_str) {
            let said = if asked.elapsed() > CANCEL_ALL {
                Err("no time was left".to_owned())
            } else {
                startup::cancel_all(&mut rest, self.dialect, &signer, (symbol, now))
            };
            failed.extend(said.err().map(|why| format!("{symbol}: {why}")));
        }
        if failed.is_empty() {
            "the venue was asked to cancel every order, and did".to_owned()
        } else {
            format!("orders may still work, cancel them by hand: {}", failed.join("; "))
        }
    }
}

/// The line's two wires.
pub(super) fn ends(
    config: &Config,
    access: &Access,
) -> Result<(Ends<SocketWire, SocketWire>, Vec<WireHandle>), Failure> {
    let signer = Signer::new(&access.key, &access.secret).map_err(Failure::config)?;
    let symbols = symbols(config);
    let planned = market(config, access.dialect, &symbols, &access.streams)?;
    let (market, market_handle) = market_wire(config, access, symbols, planned.plans)?;
    let (orders, orders_handle) = order_wire(config, access)?;
    let (carries, copies) = (planned.carries, planned.copies);
    let ends = Ends { market, carries, copies, orders, signer };
    Ok((ends, vec![market_handle, orders_handle]))
}

fn wire_settings(config: &Config, access: &Access, name: &'static str) -> WireSettings {
    WireSettings {
        name,
        max_message: config.feed.max_frame_kib << 10,
        extra_ca: access.rest_settings.extra_ca.clone(),
        ..WireSettings::default()
    }
}

fn market_wire(
    config: &Config,
    access: &Access,
    symbols: Vec<Symbol>,
    plans: Vec<ConnectionPlan>,
) -> Result<(SocketWire, WireHandle), Failure> {
    let (base, dialect) = (access.rest.clone(), access.dialect);
    let resolver = Box::new(move |token: u64| {
        let symbol = usize::try_from(token).ok().and_then(|index| symbols.get(index));
        let path = symbol.map_or_else(String::new, |symbol| dialect.depth_path(symbol));
        RestCall { method: Method::Get, url: format!("{base}{path}"), headers: Vec::new() }
    });
    let mut rest = RestPlan::new(resolver);
    rest.settings = access.rest_settings.clone();
    let settings = wire_settings(config, access, "market");
    SocketWire::start(settings, plans, Some(rest)).map_err(Failure::venue)
}

fn order_wire(config: &Config, access: &Access) -> Result<(SocketWire, WireHandle), Failure> {
    let paths = access.dialect.paths();
    let api = ConnectionPlan::new(gateway::API, format!("{}{}", access.orders, paths.orders));
    let (rest, settings) = (access.rest.clone(), access.rest_settings.clone());
    let (dialect, key, streams) = (access.dialect, access.key.clone(), access.streams.clone());
    let ask = move || {
        let mut rest = RestClient::new(&rest, settings.clone())?;
        let listen_key = startup::listen_key(&mut rest, dialect, &key)?;
        Ok(format!("{streams}{}", dialect.private_path(&listen_key)))
    };
    let private = ConnectionPlan {
        url: Target::Asked(Box::new(ask)),
        ..ConnectionPlan::new(gateway::PRIVATE, "")
    };
    let mut settings = wire_settings(config, access, "orders");
    // What the gateway keeps of one message.
    settings.max_message = 64 << 10;
    SocketWire::start(settings, vec![api, private], None).map_err(Failure::venue)
}
