//! Sessions of the WebSocket API: logon, status, logout, and who may leave the signature out.
//! Asked by `api` for each request; it knows connections only by their number.

use serde_json::{Value, json};

use crate::exchange::Exchange;
use crate::params::Params;
use crate::refusal::{Refusal, refuse};
use crate::sign::api_payload;

/// One session that has logged on.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    key: String,
    since_ms: i64,
}

impl Exchange {
    /// `session.logon`, `session.status` or `session.logout`.
    pub(crate) fn session_command(
        &mut self,
        now: i64,
        (session, method): (u32, &str),
        params: &Params,
    ) -> Result<Value, Refusal> {
        match method {
            "session.logon" => {
                self.weigh(now, 2)?;
                self.logon(now, session, params)?;
            }
            "session.logout" => {
                self.weigh(now, 2)?;
                self.sessions.remove(&session);
            }
            _ => self.weigh(now, 2)?,
        }
        let logged_on = self.sessions.get(&session);
        Ok(json!({
            "apiKey": logged_on.map(|s| &s.key),
            "authorizedSince": logged_on.map(|s| s.since_ms),
            "connectedSince": logged_on.map(|s| s.since_ms),
            "returnRateLimits": true,
            "serverTime": self.clock_ms(now),
        }))
    }

    fn logon(&mut self, now: i64, session: u32, params: &Params) -> Result<(), Refusal> {
        let key = params.need("apiKey")?.to_owned();
        let may_log_on = self.account.config.ed25519.as_ref().is_some_and(|k| k.name() == key);
        if key == self.account.config.key && !may_log_on {
            return Err(Refusal::new(
                -4056,
                "HMAC_SHA256 API key is not supported. Only Ed25519 keys may log on; sign each \
                    request, or log on with such a key.",
            ));
        }
        self.check_signed(now, Some(&key), params, &api_payload(&params.pairs))?;
        let since_ms = self.clock_ms(now);
        self.sessions.insert(session, Session { key, since_ms });
        Ok(())
    }

    /// Whether a request of this session may be carried out: it is signed, or the session has
    /// logged on.
    pub(crate) fn check_api(&self, now: i64, session: u32, params: &Params) -> Result<(), Refusal> {
        let key = params.get("apiKey");
        if key.is_none() && params.get("signature").is_none() {
            return match self.sessions.get(&session) {
                Some(_) => self.check_stamp(now, params),
                None => Err(Refusal::missing("apiKey")),
            };
        }
        // An explicit key goes before the session's, for this request only.
        let key = key.ok_or_else(|| refuse(-2014))?;
        self.check_signed(now, Some(key), params, &api_payload(&params.pairs))
    }

    /// A connection of the WebSocket API is gone, and its logon with it.
    pub fn session_ended(&mut self, session: u32) {
        self.sessions.remove(&session);
        self.user_streams.remove(&session);
    }
}
