//! What is asked of the venue before anything runs: its clock, the instruments'
//! specifications, balances and positions; and the commands with which the
//! sequence, and so the journal, begins.
//!
//! Every step that fails stops the start with a sentence. No order leaves here.

use crate::failure::Failure;
use config::{Config, Mode};
use net::{Method, Rest};
use std::net::IpAddr;
use types::{
    Balance, Command, CommandOp, HeldPosition, InstrumentId, InstrumentSpec, Kind, Nanos, Price,
    Qty, Record, Wide,
};
use venue::{AccountState, Dialect, Network, Signer};

/// The language of the configured venue.
///
/// # Errors
/// No venue, or a language that this version does not speak.
pub fn dialect(config: &Config) -> Result<Dialect, Failure> {
    let (name, venue) = config
        .venues
        .iter()
        .next()
        .ok_or_else(|| Failure::config("no venue is configured; add [venues.NAME]"))?;
    Dialect::parse(&venue.dialect).ok_or_else(|| {
        Failure::config(format!("venues.{name}.dialect = {:?} is not known", venue.dialect))
    })
}

/// Refuses an instrument of another market than the venue's: a perpetual on spot.
///
/// # Errors
/// The first one, and what it is called there.
pub fn check_instruments(config: &Config) -> Result<(), Failure> {
    let dialect = dialect(config)?;
    let market = |id: &str| id.rsplit_once('.').map_or_else(String::new, |(left, _)| left.into());
    for instrument in &config.instruments {
        let there = dialect.instrument_id(instrument.symbol.as_str());
        if instrument.id.contains('.') && market(&instrument.id) != market(&there) {
            return Err(Failure::config(format!(
                "instruments.ids: {} is not traded on {dialect}; write {there}, or another \
                 venues.NAME.dialect",
                instrument.id
            )));
        }
    }
    Ok(())
}

/// What the venue said.
pub struct Recovered {
    /// Specifications, ids in the order asked for.
    pub specs: Vec<InstrumentSpec>,
    /// What each instrument trades, in the same order.
    pub bases: Vec<String>,
    /// The venue's clock when it was asked.
    pub venue_time: Nanos,
    /// Balances and positions.
    pub account: AccountState,
}

/// A venue as it is spoken to before the start.
pub struct Asked<'a> {
    /// Its language.
    pub dialect: Dialect,
    /// The account's key.
    pub signer: &'a Signer,
    /// The engine's clock, to sign with and to compare with the venue's.
    pub now: Nanos,
    /// How far the two clocks may differ.
    pub clock_limit: Nanos,
}

/// Refuses a mode that plays with money on an address that may be the real exchange:
/// a custom venue must be on this machine, on a private network, or a venue's own test
/// network.
///
/// # Errors
/// The key, the host, and what may stand there.
pub fn check_addresses(config: &Config) -> Result<(), Failure> {
    if config.engine.mode != Mode::Testnet {
        return Ok(());
    }
    for (name, venue) in &config.venues {
        let given = [("rest", &venue.rest), ("ws", &venue.ws), ("ws_api", &venue.ws_api)];
        for (key, url) in given.into_iter().filter_map(|(key, url)| Some((key, url.as_ref()?))) {
            let host = host_of(url);
            if !is_for_play(&host) {
                return Err(Failure::config(format!(
                    "venues.{name}.{key} = \"{url}\": mode = \"testnet\" sends orders, and {host} may be \
                     the real exchange; give a venue's test network, or an address on this machine \
                     or a private network"
                )));
            }
        }
    }
    Ok(())
}

/// The host of an address, lower case, without port and trailing dot.
fn host_of(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let host = match authority.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
        Some((v6, _)) => v6,
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether no real exchange can be there.
fn is_for_play(host: &str) -> bool {
    let tests = Dialect::ALL.iter().map(|dialect| dialect.bases(Network::Testnet));
    let mut known = tests.flat_map(|bases| [bases.rest, bases.streams, bases.orders]);
    let is_near = match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        Ok(IpAddr::V6(v6)) => v6.is_loopback() || v6.is_unique_local(),
        Err(_) => host == "localhost",
    };
    is_near || known.any(|base| host_of(base) == host)
}

/// Asks the venue for everything that the line must know.
///
/// # Errors
/// A sentence that names the request, the answer and what to do.
pub fn recover(
    rest: &mut dyn Rest,
    asked: &Asked<'_>,
    symbols: &[&str],
) -> Result<Recovered, String> {
    let dialect = asked.dialect;
    let paths = dialect.paths();
    let body = get(rest, paths.time, &[])?;
    let venue_time = dialect.parse_server_time(&body)?;
    let offset = venue_time.0.saturating_sub(asked.now.0);
    if offset.saturating_abs() > asked.clock_limit.0 {
        return Err(format!(
            "the venue's clock is {} ms from ours and orders would be refused; synchronise this \
                machine's clock (chrony, ntpd)",
            offset / Nanos::PER_MS
        ));
    }
    let asked_for = |why| format!("{why}; asked for {}", symbols.join(", "));
    let body = get(rest, &dialect.specs_path(symbols), &[]).map_err(asked_for)?;
    let specs = dialect.parse_exchange_info(&body, symbols)?;
    if let Some((spec, defect)) = specs.iter().find_map(|s| Some((s, s.defect()?))) {
        return Err(format!("{}: {defect}; leave it out of [instruments] ids", spec.symbol));
    }
    let mut bases = Vec::new();
    for (symbol, filters) in symbols.iter().zip(dialect.parse_filters(&body, symbols)?) {
        let status = filters.status;
        if status != "TRADING" {
            return Err(format!(
                "{symbol}: the venue says {status}, not TRADING; wait until it trades again, or \
                 leave it out of [instruments] ids"
            ));
        }
        bases.push(filters.base_asset);
    }
    let timestamp = asked.now.as_ms().to_string();
    let query = asked.signer.rest_query(&[("timestamp", &timestamp)]);
    let path = format!("{}?{query}", paths.account);
    let body = get(rest, &path, &[("X-MBX-APIKEY", asked.signer.api_key())])?;
    let account = dialect.parse_account(&body)?;
    Ok(Recovered { specs, bases, venue_time, account })
}

fn get(rest: &mut dyn Rest, path: &str, headers: &[(&str, &str)]) -> Result<Vec<u8>, String> {
    let name = path.split('?').next().unwrap_or(path);
    let reply = rest.call(Method::Get, path, headers, &[]).map_err(|why| {
        format!("GET {name} failed: {why}; is the venue reachable and its `rest` right?")
    })?;
    if reply.is_ok() {
        return Ok(reply.body);
    }
    let text = String::from_utf8_lossy(&reply.body);
    let text: String = text.chars().take(200).collect();
    Err(format!("GET {name} was answered with {}: {text}", reply.status))
}

/// Makes the private stream's key; empty where the venue has none and the stream is
/// subscribed on an order session.
///
/// # Errors
/// A sentence.
pub fn listen_key(rest: &mut dyn Rest, dialect: Dialect, api_key: &str) -> Result<String, String> {
    let path = dialect.paths().listen_key;
    if path.is_empty() {
        return Ok(String::new());
    }
    let reply = rest
        .call(Method::Post, path, &[("X-MBX-APIKEY", api_key)], &[])
        .map_err(|why| format!("POST {path} failed: {why}"))?;
    dialect.parse_listen_key(&reply.body)
}

/// Has the venue cancel every order of one symbol: what is left to do when the
/// line that made them is gone.
///
/// # Errors
/// A sentence.
pub fn cancel_all(
    rest: &mut dyn Rest,
    dialect: Dialect,
    signer: &Signer,
    (symbol, now): (&str, Nanos),
) -> Result<(), String> {
    let name = dialect.paths().cancel_all;
    let timestamp = now.as_ms().to_string();
    let query = signer.rest_query(&[("symbol", symbol), ("timestamp", &timestamp)]);
    let path = format!("{name}?{query}");
    let reply = rest
        .call(Method::Delete, &path, &[("X-MBX-APIKEY", signer.api_key())], &[])
        .map_err(|why| format!("DELETE {name} failed: {why}"))?;
    if reply.is_ok() || is_nothing_to_cancel(&reply.body) {
        return Ok(());
    }
    let text: String = String::from_utf8_lossy(&reply.body).chars().take(200).collect();
    Err(format!("DELETE {name} was answered with {}: {text}", reply.status))
}

/// Whether the venue refuses because no order works: Binance spot's -2011 (futures
/// answers that with a success).
fn is_nothing_to_cancel(body: &[u8]) -> bool {
    let said: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    said.is_some_and(|said| said["code"] == -2011)
}

impl Recovered {
    /// The commands with which the sequence begins: the epoch of order ids, each
    /// specification, each balance, each position.
    #[must_use]
    pub fn commands(&self, epoch: u64, now: Nanos) -> Vec<Record> {
        let epoch = i64::try_from(epoch).unwrap_or(i64::MAX);
        let mut records = vec![command(CommandOp::Epoch, epoch, now)];
        for spec in &self.specs {
            let (name, grid, money) = spec.to_bodies();
            records.push(Record::new(Kind::SpecName, spec.id, now, name));
            records.push(Record::new(Kind::SpecGrid, spec.id, now, grid));
            records.push(Record::new(Kind::SpecMoney, spec.id, now, money));
        }
        for balance in &self.account.balances {
            let mut asset = [0; 16];
            let length = balance.asset.len().min(asset.len());
            asset[..length].copy_from_slice(&balance.asset.as_bytes()[..length]);
            let body = Balance { asset, total: Wide::from(balance.wallet), pad: 0 };
            records.push(Record::new(Kind::Balance, InstrumentId::NONE, now, body));
        }
        records.extend(self.positions(now));
        records
    }

    fn positions(&self, now: Nanos) -> Vec<Record> {
        let held = self.account.positions.iter().filter_map(|position| {
            let spec = self.specs.iter().find(|spec| spec.symbol.as_str() == position.symbol)?;
            let unit = 10_i128.pow(u32::from(18 - spec.qty_decimals));
            let qty = i64::try_from(position.qty.0 / unit).ok().filter(|qty| *qty != 0)?;
            let entry = position.entry_price(spec.price_decimals).unwrap_or(Price(0));
            let body = HeldPosition { qty: Qty(qty), entry, pad: [0; 3] };
            Some(Record::new(Kind::HeldPosition, spec.id, now, body))
        });
        held.collect()
    }
}

/// A command record for the whole engine.
#[must_use]
pub fn command(op: CommandOp, value: i64, now: Nanos) -> Record {
    Record::new(Kind::Command, InstrumentId::NONE, now, Command::new(op, value))
}

#[cfg(test)]
mod tests;
