//! Where spot requests come in: REST paths under `/api/v3`, and methods of the WebSocket API.
//! Carries parameters and answers; what they do is in the rooms around it.

use serde_json::{Value, json};

use super::{refuse, replies};
use crate::config::Instrument;
use crate::exchange::Exchange;
use crate::filters::instrument_of;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::rest::{Answer, RestRequest};
use crate::sign::{api_payload, rest_payload};

/// Levels in a full depth reply.
const DEPTH_LIMIT_MAX: i64 = 5_000;

impl Exchange {
    pub(crate) fn route_spot(
        &mut self,
        now: i64,
        request: &RestRequest,
    ) -> Result<Answer, Refusal> {
        let params = Params::from_form(&request.query, &request.body);
        let path = request.path.trim_end_matches('/');
        let public = match (request.method.as_str(), path) {
            ("GET", "/api/v3/ping") => "ping",
            ("GET", "/api/v3/time") => "time",
            ("GET", "/api/v3/exchangeInfo") => "exchangeInfo",
            ("GET", "/api/v3/depth") => "depth",
            _ => {
                let method = signed_method(&request.method, path).ok_or_else(|| {
                    let what = format!("Path {path}, Method {} is invalid", request.method);
                    Refusal::new(-5000, &what).with_status(404)
                })?;
                self.weigh(now, weight_of(method))?;
                let payload = rest_payload(&request.query, &request.body);
                self.check_signed(now, request.api_key.as_deref(), &params, &payload)?;
                return self.spot_signed(now, method, &params).map(Answer::of);
            }
        };
        self.spot_public(now, public, &params)
    }

    /// One method of the WebSocket API.
    pub(crate) fn spot_api(
        &mut self,
        now: i64,
        session: u32,
        method: &str,
        params: &Params,
    ) -> Result<Value, Refusal> {
        match method {
            "ping" | "time" | "exchangeInfo" | "depth" => {
                match self.spot_public(now, method, params)? {
                    Answer::Body(body) => Ok(serde_json::from_str(&body).unwrap_or(Value::Null)),
                    Answer::Wait(..) => Err(Refusal::new(-1000, "The book is not there yet.")),
                }
            }
            "userDataStream.subscribe" => {
                self.weigh(now, 2)?;
                if !self.sessions.contains_key(&session) {
                    return Err(Refusal::new(
                        -2015,
                        "Log on with session.logon first, or use \
                            userDataStream.subscribe.signature.",
                    ));
                }
                self.subscribe_user(session)
            }
            "userDataStream.subscribe.signature" => {
                self.weigh(now, 2)?;
                let key = params.need("apiKey")?;
                self.check_signed(now, Some(key), params, &api_payload(&params.pairs))?;
                self.subscribe_user(session)
            }
            "userDataStream.unsubscribe" => {
                self.weigh(now, 2)?;
                self.user_streams.remove(&session);
                Ok(json!({}))
            }
            "order.place"
            | "order.test"
            | "order.cancel"
            | "order.status"
            | "order.amend.keepPriority"
            | "openOrders.status"
            | "openOrders.cancelAll"
            | "account.status"
            | "myTrades" => {
                self.weigh(now, weight_of(method))?;
                self.check_api(now, session, params)?;
                self.spot_signed(now, method, params)
            }
            "" => Err(Refusal::missing("method")),
            _ => Err(Refusal::new(-1100, "Unknown method.")),
        }
    }

    fn subscribe_user(&mut self, session: u32) -> Result<Value, Refusal> {
        if self.user_streams.contains_key(&session) {
            return Err(Refusal::new(-2035, "User Data Stream subscription already active."));
        }
        // One subscription for each session, so always its first.
        self.user_streams.insert(session, 0);
        Ok(json!({"subscriptionId": 0}))
    }

    fn spot_public(&mut self, now: i64, what: &str, params: &Params) -> Result<Answer, Refusal> {
        let ms = now / 1_000_000;
        let body = match what {
            "ping" => {
                self.weigh(now, 1)?;
                json!({})
            }
            "time" => {
                self.weigh(now, 1)?;
                json!({"serverTime": self.clock_ms(now)})
            }
            "exchangeInfo" => {
                self.weigh(now, 20)?;
                let wanted = self.listed(params)?;
                replies::exchange_info(&wanted, &self.config.limits, ms)
            }
            _ => return self.spot_depth(now, params),
        };
        Ok(Answer::of(body))
    }

    /// The instruments that `symbol` or `symbols`, a JSON list, names; else all of them.
    fn listed(&self, params: &Params) -> Result<Vec<&Instrument>, Refusal> {
        if params.get("symbol").is_some() {
            return Ok(vec![&self.instruments[instrument_of(params, &self.instruments)?]]);
        }
        let Some(list) = params.get("symbols") else {
            return Ok(self.instruments.iter().collect());
        };
        let named: Vec<String> = serde_json::from_str(list).map_err(|_| refuse(-1100))?;
        let find = |name: &String| self.instruments.iter().find(|i| i.symbol == *name);
        named.iter().map(|name| find(name).ok_or_else(|| refuse(-1121))).collect()
    }

    fn spot_depth(&mut self, now: i64, params: &Params) -> Result<Answer, Refusal> {
        let limit = params.integer("limit")?.unwrap_or(100).clamp(1, DEPTH_LIMIT_MAX);
        let weight = match limit {
            1..=100 => 5,
            101..=500 => 25,
            501..=1_000 => 50,
            _ => 250,
        };
        self.weigh(now, weight)?;
        let index = instrument_of(params, &self.instruments)?;
        Ok(match self.market.snapshot(index, now / 1_000_000, limit as usize) {
            Some(body) => Answer::Body(body),
            None => Answer::Wait(index, limit as usize),
        })
    }

    fn spot_signed(&mut self, now: i64, method: &str, params: &Params) -> Result<Value, Refusal> {
        match method {
            "openOrders.status" => {
                let only = match params.get("symbol") {
                    Some(_) => Some(instrument_of(params, &self.instruments)?),
                    None => None,
                };
                let open = self.orders.open.iter().filter_map(|id| self.orders.all.get(id));
                let rows = open
                    .filter(|order| only.is_none_or(|only| only == order.request.instrument))
                    .map(|o| replies::order(o, &self.instruments[o.request.instrument]));
                Ok(Value::Array(rows.collect()))
            }
            "openOrders.cancelAll" => self.spot_cancel_all(now, params),
            "account.status" => Ok(replies::account(self, now / 1_000_000)),
            "myTrades" => self.trade_rows(params, replies::my_trade),
            _ => self.spot_command(now, method, params),
        }
    }
}

/// The method of the WebSocket API that a signed REST request is the same as.
fn signed_method(method: &str, path: &str) -> Option<&'static str> {
    Some(match (method, path) {
        ("POST", "/api/v3/order") => "order.place",
        ("POST", "/api/v3/order/test") => "order.test",
        ("DELETE", "/api/v3/order") => "order.cancel",
        ("GET", "/api/v3/order") => "order.status",
        ("PUT", "/api/v3/order/amend/keepPriority") => "order.amend.keepPriority",
        ("GET", "/api/v3/openOrders") => "openOrders.status",
        ("DELETE", "/api/v3/openOrders") => "openOrders.cancelAll",
        ("GET", "/api/v3/account") => "account.status",
        ("GET", "/api/v3/myTrades") => "myTrades",
        _ => return None,
    })
}

/// Placing and canceling weigh nothing since 2026-04-02.
fn weight_of(method: &str) -> u32 {
    match method {
        "order.place" | "order.cancel" | "openOrders.cancelAll" => 0,
        "order.test" => 1,
        "order.status" | "order.amend.keepPriority" => 4,
        "openOrders.status" => 6,
        _ => 20,
    }
}
