//! The WebSocket API: one JSON request to one JSON reply.
//! Carries parameters to order entry and account; holds no state of its own.

use serde_json::{Value, json};

use crate::access::unknown_outcome;
use crate::exchange::Exchange;
use crate::outgoing::{Destination, Due, Outgoing};
use crate::params::Params;
use crate::refusal::Refusal;
use crate::replies;

impl Exchange {
    /// Takes one request of an API session. The reply comes out as `Outgoing` to
    /// `Destination::Api`, not
    /// before `now` plus both latencies; with none configured it is in `out` on return, together
    /// with
    /// whatever else was due by `now`.
    pub fn api_request(&mut self, now: i64, session: u32, text: &[u8], out: &mut Vec<Outgoing>) {
        let at = self.trips.arrives(now, Some(session));
        self.queue.push(at, Due::Api { session, text: text.to_vec() });
        self.drain_queue(now, out);
    }

    /// A request takes effect.
    pub(crate) fn on_api(&mut self, now: i64, session: u32, text: &[u8]) {
        if self.windows.is_deaf(now, Destination::Api(session)) {
            return;
        }
        self.counters.requests += 1;
        let request: Value = match serde_json::from_slice(text) {
            Ok(value @ Value::Object(_)) => value,
            _ => {
                let refusal = Refusal::new(
                    -1100,
                    "Illegal characters found in a parameter; the request is not a JSON object.",
                );
                let reply = self.api_reply(now, &Value::Null, Err(refusal));
                self.send_reply(now, session, reply, &[]);
                return;
            }
        };
        let method = request["method"].as_str().unwrap_or("").to_owned();
        let params = Params::from_json(request.get("params"));
        // Fault scripts know an amendment by one word on both markets.
        let word = if method == "order.amend.keepPriority" { "order.modify" } else { &method };
        let verdict = self.judge(now, &["request", word]);
        let mut result = if verdict.dropped {
            Ok(Value::Null)
        } else if self.is_spot() {
            self.spot_or_session(now, session, &method, &params)
        } else {
            self.api_result(now, session, &method, &params)
        };
        if let Some(code) = verdict.unknown {
            result = Err(unknown_outcome(code));
        }
        let reply = self.api_reply(now, &request["id"], result);
        self.send_reply(now, session, reply, &verdict.on_reply);
    }

    fn send_reply(
        &mut self,
        now: i64,
        session: u32,
        text: String,
        actions: &[crate::faults::Action],
    ) {
        let to = Destination::Api(session);
        let at = self.trips.returns(now, to);
        self.send_struck(actions, Outgoing { at, to, text });
    }

    fn spot_or_session(
        &mut self,
        now: i64,
        session: u32,
        method: &str,
        params: &Params,
    ) -> Result<Value, Refusal> {
        if method.starts_with("session.") {
            return self.session_command(now, (session, method), params);
        }
        self.spot_api(now, session, method, params)
    }

    fn api_result(
        &mut self,
        now: i64,
        session: u32,
        method: &str,
        params: &Params,
    ) -> Result<Value, Refusal> {
        match method {
            "order.place" | "order.cancel" | "order.modify" => {
                self.weigh(now, 0)?;
                self.check_api(now, session, params)?;
                self.order_command(now, method, params)
            }
            "order.status" => {
                self.weigh(now, 1)?;
                self.check_api(now, session, params)?;
                self.order_command(now, method, params)
            }
            "ping" => self.weigh(now, 1).map(|()| json!({})),
            "time" => {
                self.weigh(now, 1)?;
                Ok(json!({"serverTime": self.clock_ms(now)}))
            }
            "account.balance" | "v2/account.balance" => {
                self.weigh(now, 5)?;
                self.check_api(now, session, params)?;
                Ok(replies::balance(&self.account, self.sums(), now / 1_000_000))
            }
            "account.status" | "v2/account.status" => {
                self.weigh(now, 5)?;
                self.check_api(now, session, params)?;
                let rows = self.position_rows(now, None, !method.starts_with("v2"));
                Ok(replies::account(&self.account, rows, self.sums(), now / 1_000_000))
            }
            "account.position" | "v2/account.position" => {
                self.weigh(now, 5)?;
                self.check_api(now, session, params)?;
                Ok(Value::Array(self.position_rows(now, None, !method.starts_with("v2"))))
            }
            "session.logon" | "session.status" | "session.logout" => {
                self.session_command(now, (session, method), params)
            }
            "" => Err(Refusal::missing("method")),
            _ => Err(Refusal::new(-1100, "Unknown method.")),
        }
    }

    fn api_reply(&mut self, now: i64, id: &Value, result: Result<Value, Refusal>) -> String {
        let limits = self.config.limits;
        let usage = &self.usage;
        let rate_limits = json!([
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1,
             "limit": limits.weight_1m, "count": usage.weight.1},
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10,
             "limit": limits.orders_10s, "count": usage.orders_10s.1},
            {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1,
             "limit": limits.orders_1m, "count": usage.orders_1m.1},
        ]);
        match result {
            Ok(result) => {
                json!({"id": id, "status": 200, "result": result, "rateLimits": rate_limits})
            }
            Err(refusal) => {
                self.counters.refusals += 1;
                let mut error = json!({"code": refusal.code, "msg": refusal.msg});
                if matches!(refusal.status, 418 | 429) {
                    let until = self.retry_at(now) / 1_000_000;
                    error["data"] = json!({"serverTime": self.clock_ms(now), "retryAfter": until});
                }
                let status = refusal.status;
                json!({"id": id, "status": status, "error": error, "rateLimits": rate_limits})
            }
        }
        .to_string()
    }

    /// When a throttled client may try again: the end of the fault's window, or of the clock
    /// minute.
    pub(crate) fn retry_at(&self, now: i64) -> i64 {
        let minute = 60_000_000_000;
        if now < self.windows.refuse.1 {
            self.windows.refuse.1
        } else {
            (now / minute + 1) * minute
        }
    }
}
