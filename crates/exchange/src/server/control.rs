//! What a WebSocket path and a control message ask for.
//! Reads addresses and SUBSCRIBE messages; changes only the connection's own subscriptions.

use serde_json::{Value, json};

use super::connection::{Role, Streams};
use crate::config::Dialect;
use crate::exchange::Exchange;
use crate::params::decode;

/// The role that an upgrade path asks for, or the reason why there is none.
pub(super) fn role_of(exchange: &mut Exchange, path: &str, query: &str) -> Result<Role, String> {
    let api = match exchange.dialect() {
        Dialect::BinanceUsdm => "/ws-fapi/v1",
        Dialect::BinanceSpot => "/ws-api/v3",
    };
    if path.trim_end_matches('/') == api {
        return Ok(Role::Api);
    }
    let place = ["/public", "/market", "/private"].iter().find_map(|p| path.strip_prefix(p));
    let place = place.unwrap_or(path);
    let mut streams = Streams::default();
    let mut names: Vec<String> = Vec::new();
    if let Some(rest) = place.strip_prefix("/stream") {
        if !rest.trim_matches('/').is_empty() {
            return Err(format!("there is no stream at {path}"));
        }
        streams.combined = true;
    } else if let Some(rest) =
        place.strip_prefix("/ws").filter(|rest| rest.is_empty() || rest.starts_with('/'))
    {
        names.extend(rest.split('/').filter(|n| !n.is_empty()).map(decode));
    } else {
        return Err(format!("there is no stream at {path}"));
    }
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("streams", list)) => names.extend(decode(list).split('/').map(str::to_owned)),
            Some(("listenKey", key)) => names.push(decode(key)),
            _ => {}
        }
    }
    let private = path.starts_with("/private");
    for name in names.iter().filter(|n| !n.is_empty()) {
        let known = subscribe(exchange, &mut streams, name);
        // Some clients put a connection number where a stream may stand.
        let is_number = name.bytes().all(|b| b.is_ascii_digit());
        if !known && private && !is_number {
            return Err(format!("listenKey {name} does not exist"));
        }
    }
    Ok(Role::Streams(streams))
}

/// Adds one stream or listenKey; false when there is no such thing, which the venue ignores.
fn subscribe(exchange: &mut Exchange, streams: &mut Streams, name: &str) -> bool {
    if exchange.is_listen_key(name) {
        streams.keys.insert(name.to_owned());
        return true;
    }
    match exchange.find_stream(name) {
        Some(stream) => {
            exchange.want(stream.1);
            streams.market.insert(stream, name.to_owned());
            true
        }
        None => false,
    }
}

/// Carries out one control message and returns its answer.
pub(super) fn control(exchange: &mut Exchange, streams: &mut Streams, text: &str) -> String {
    let Ok(request) = serde_json::from_str::<Value>(text) else {
        return json!({"error": {"code": 3, "msg": "Invalid JSON: expected value"}}).to_string();
    };
    let id = &request["id"];
    let names = request["params"].as_array().into_iter().flatten().filter_map(Value::as_str);
    match request["method"].as_str() {
        Some("SUBSCRIBE") => {
            for name in names {
                subscribe(exchange, streams, name);
            }
            json!({"result": null, "id": id})
        }
        Some("UNSUBSCRIBE") => {
            for name in names {
                streams.keys.remove(name);
                if let Some(stream) = exchange.find_stream(name) {
                    streams.market.remove(&stream);
                }
            }
            json!({"result": null, "id": id})
        }
        Some("LIST_SUBSCRIPTIONS") => {
            let list: Vec<&String> = streams.market.values().chain(&streams.keys).collect();
            json!({"result": list, "id": id})
        }
        _ => json!({"error": {"code": 2, "msg": "Invalid request: unknown method"}, "id": id}),
    }
    .to_string()
}
