//! The venue that a line in real time speaks to: where it is, what is asked of
//! it before the start, and the two wires.
//!
//! Read by the supervisor alone. Opens sockets; decides nothing.
#![allow(clippy::disallowed_methods, reason = "the supervisor waits")]

use super::LOOK;
use super::paper::{self, Model, Paper, PaperRest};
use crate::failure::Failure;
use crate::line::{self, Ends, Line, Plan, Time};
use crate::market::market;
use crate::shape::links;
use crate::signals::Interrupt;
use crate::startup::{self, Asked, Recovered};
use crate::worlds::inventory;
use crate::worlds::keys::{self, Key};
use crate::worlds::session;
use actor::{Clock, Meter};
use config::{Config, Loaded, Mode, Network, Origin};
use exchange::{Server, ServerConfig, ServerHandle};
use net::{
    ConnectionPlan, Method, Rest, RestBreaker, RestCall, RestClient, RestPlan, RestSettings,
    SECOND_READER, SocketWire, Target, Tee, WireHandle, WireSettings,
};
use std::time::{Duration, Instant};
use topology::Shape;
use types::{Nanos, Symbol};
use venue::Dialect;

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
    key: Key,
    rest_settings: RestSettings,
    is_paper: bool,
}

/// What would be dangerous to pretend: live without recovery.
pub(super) fn refuse_what_is_not_built(loaded: &Loaded) -> Result<(), Failure> {
    let config = &loaded.config;
    if config.engine.mode == Mode::Live {
        return Err(Failure::not_safe(
            "engine.mode = \"live\" is refused: this version has no recovery and no checklist; \
             use testnet or paper",
        ));
    }
    let has_faults = config.exchange.script.is_some() || !config.exchange.capture.is_empty();
    if is_paper(config) && has_faults {
        return Err(Failure::config(
            "exchange.script and exchange.capture are for the simulated exchange, and this paper \
             run takes its market from a venue; leave them out, or set network = \"embedded\"",
        ));
    }
    if is_paper(config) {
        refuse_flags_of_a_made_market(loaded)?;
    }
    Ok(())
}

/// A file may keep keys of the simulated exchange for other runs; who writes a flag means this one.
fn refuse_flags_of_a_made_market(loaded: &Loaded) -> Result<(), Failure> {
    for key in ["exchange.seed", "exchange.rate", "exchange.speed"] {
        if let Some(Origin::Flag(flag)) = loaded.origin(key) {
            return Err(Failure::usage(format!(
                "{flag} is for the simulated exchange ({key}), and this paper run takes its market \
                 from a venue, which nobody can seed or pace; leave it out, or set \
                 network = \"embedded\""
            )));
        }
    }
    Ok(())
}

/// Whether the market is a venue's and the fills are our own model's.
pub(super) fn is_paper(config: &Config) -> bool {
    let is_outside = config.venues.values().any(|venue| venue.network != Network::Embedded);
    config.engine.mode == Mode::Paper && is_outside
}

/// The exchange inside this process, if a venue wants it; its market is held.
pub(super) fn embedded(config: &Config) -> Result<Option<ServerHandle>, Failure> {
    let wanted = config.venues.values().any(|venue| venue.network == Network::Embedded);
    if !wanted {
        return Ok(None);
    }
    let mut exchange = session::exchange_config(config, None)?;
    keys::admit(config, &mut exchange)?;
    let mut server = ServerConfig::new(exchange);
    // Only how many connections there will be: where they go is not known yet.
    let market = market(config, startup::dialect(config)?, &symbols(config), "")?;
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
    let dialect = startup::dialect(config)?;
    let venue = config.venues.values().next();
    let venue = venue.ok_or_else(|| Failure::config("no venue is configured"))?;
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
    let is_paper = is_paper(config);
    // Paper signs for the model alone: it asks for no key of the user's, and has none to lose.
    let key = if is_paper { Key::of_the_exchange_inside(config) } else { Key::of(config)? };
    let rest_settings =
        RestSettings { extra_ca: venue.extra_ca.clone(), ..RestSettings::default() };
    Ok(Access { dialect, rest, streams, orders, key, rest_settings, is_paper })
}

fn bases(dialect: Dialect, network: venue::Network) -> (String, String, String) {
    let bases = dialect.bases(network);
    (bases.rest.to_owned(), bases.streams.to_owned(), bases.orders.to_owned())
}

/// Asks the venue what the line must know; in the paper world the account is the
/// model's, which comes back beside it.
pub(super) fn recover(
    config: &Config,
    access: &Access,
    now: Nanos,
    interrupt: &Interrupt,
) -> Result<(Recovered, Option<Model>), Failure> {
    let mut rest = RestClient::new(&access.rest, access.rest_settings.clone())
        .map_err(|why| unusable(config, &why))?;
    let breaker = rest.breaker();
    if !access.is_paper {
        return Ok((ask(config, access, (&mut rest, breaker), now, interrupt)?, None));
    }
    let mut base = session::exchange_config(config, None)?;
    keys::admit(config, &mut base)?;
    let mut rest = PaperRest::new(rest, access.dialect, &symbols(config), base, now);
    let recovered = ask(config, access, (&mut rest, breaker), now, interrupt)?;
    startup::listen_key(&mut rest, access.dialect, access.key.name()).map_err(Failure::failed)?;
    let model = rest.into_model().ok_or_else(|| Failure::failed("the venue told no instruments"));
    Ok((recovered, Some(model?)))
}

/// Why there is no client; what begins with the path of `extra_ca` is that key's fault.
fn unusable(config: &Config, why: &str) -> Failure {
    let mut venues = config.venues.iter();
    let is_named = |path: &std::path::Path| why.starts_with(&path.display().to_string());
    let named = venues.find(|(_, of)| of.extra_ca.as_deref().is_some_and(is_named));
    Failure::config(match named {
        Some((name, _)) => format!(
            "venues.{name}.extra_ca: {why}; name a PEM file of certificates that can be read, or \
             leave the key out"
        ),
        None => why.to_owned(),
    })
}

/// Asks on a thread of its own, so that a signal ends the asking and not a timeout.
fn ask(
    config: &Config,
    access: &Access,
    (rest, breaker): (&mut dyn Rest, RestBreaker),
    now: Nanos,
    interrupt: &Interrupt,
) -> Result<Recovered, Failure> {
    let signer = access.key.signer()?;
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
            .spawn_scoped(scope, || startup::recover(rest, &asked, &symbols))
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
            let recovered = answered.map_err(Failure::venue)?;
            inventory::check(config, &recovered).map(|()| recovered)
        }
    })
}

impl Access {
    /// Has the venue cancel every order of `symbols`, beside the line: for when a
    /// panic or a broken journal has ended the line, and its gateway with it.
    /// Cancels only, once, within a bound. What became of it, in words.
    pub(super) fn cancel_all(&self, symbols: &[Symbol], now: Nanos) -> String {
        if self.is_paper {
            return "the model's orders ended with it; none was ever at a venue".to_owned();
        }
        let asked = Instant::now();
        let settings = RestSettings {
            connect_timeout: CANCEL_CALL,
            timeout: CANCEL_CALL,
            ..self.rest_settings.clone()
        };
        let client = RestClient::new(&self.rest, settings);
        let signer = self.key.signer().map_err(|why| why.sentence);
        let client = client.and_then(|rest| Ok((rest, signer?)));
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

/// A line with its wires, and what stands at their other ends.
pub(super) struct Joined {
    /// The line, not running.
    pub line: Line,
    /// Its wires over sockets: the market's first.
    pub wires: Vec<WireHandle>,
    /// The model of a paper world.
    pub paper: Option<Paper>,
}

/// Builds the line between its two wires. With a model, the orders go to it, and to
/// nobody else: then there is no order connection.
pub(super) fn join(
    config: &Config,
    access: &Access,
    (plan, shape): (&Plan, &Shape),
    model: Option<Model>,
) -> Result<Joined, Failure> {
    let signer = access.key.signer()?;
    let symbols = symbols(config);
    let planned = market(config, access.dialect, &symbols, &access.streams)?;
    let (market, market_handle) = market_wire(config, access, symbols, planned.plans)?;
    let (carries, copies) = (planned.carries, planned.copies);
    let time = Time { clock: Some(Clock::start()), meter: Meter::start() };
    let refused = |why: types::ParamError| Failure::config(why.to_string());
    let Some(model) = model else {
        let (orders, orders_handle) = order_wire(config, access)?;
        let ends = Ends { market, carries, copies, orders, signer };
        let line = line::build(plan, shape, ends, time).map_err(refused)?;
        return Ok(Joined { line, wires: vec![market_handle, orders_handle], paper: None });
    };
    let frames = shape.links.iter().find(|link| link.name == links::FEED_NORMALIZER);
    let depth = frames.map_or(1 << 20, |link| link.depth);
    let (market, second) = Tee::new(market, paper::LINKS, depth);
    let (paper, orders) = Paper::start(model, second, copies.clone())?;
    let ends = Ends { market, carries, copies, orders, signer };
    let line = line::build(plan, shape, ends, time).map_err(refused)?;
    Ok(Joined { line, wires: vec![market_handle], paper: Some(paper) })
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
        let index = usize::try_from(token & !SECOND_READER).ok();
        let symbol = index.and_then(|index| symbols.get(index));
        let path = symbol.map_or_else(String::new, |symbol| dialect.depth_path(symbol));
        RestCall { method: Method::Get, url: format!("{base}{path}"), headers: Vec::new() }
    });
    let mut rest = RestPlan::new(resolver);
    rest.settings = access.rest_settings.clone();
    let settings = wire_settings(config, access, "market");
    SocketWire::start(settings, plans, Some(rest)).map_err(Failure::venue)
}

/// The orders' connections: two sessions of the venue's API, of which one works and
/// one is kept warm, and the private stream.
fn order_wire(config: &Config, access: &Access) -> Result<(SocketWire, WireHandle), Failure> {
    let api = format!("{}{}", access.orders, access.dialect.paths().orders);
    let sessions = [gateway::API, gateway::SPARE];
    let mut plans: Vec<_> =
        sessions.into_iter().map(|number| ConnectionPlan::new(number, api.clone())).collect();
    plans.push(private_plan(access));
    for plan in &mut plans {
        // As the market's: an order that goes into a dead connection is UNKNOWN.
        plan.silence_limit = Duration::from_millis(config.feed.silence_ms);
    }
    let mut settings = wire_settings(config, access, "orders");
    // What the gateway keeps of one message.
    settings.max_message = 64 << 10;
    SocketWire::start(settings, plans, None).map_err(Failure::venue)
}

/// The private stream: behind a fresh key each time, or, where there is no key, a
/// session like the others, on which the gateway subscribes.
fn private_plan(access: &Access) -> ConnectionPlan {
    let dialect = access.dialect;
    if dialect.paths().listen_key.is_empty() {
        let url = format!("{}{}", access.orders, dialect.private_path(""));
        return ConnectionPlan::new(gateway::PRIVATE, url);
    }
    let (rest, settings) = (access.rest.clone(), access.rest_settings.clone());
    let (key, streams) = (access.key.name().to_owned(), access.streams.clone());
    let ask = move || {
        let mut rest = RestClient::new(&rest, settings.clone())?;
        let listen_key = startup::listen_key(&mut rest, dialect, &key)?;
        Ok(format!("{streams}{}", dialect.private_path(&listen_key)))
    };
    ConnectionPlan {
        url: Target::Asked(Box::new(ask)),
        ..ConnectionPlan::new(gateway::PRIVATE, "")
    }
}
