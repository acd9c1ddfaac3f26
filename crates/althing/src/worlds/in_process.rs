//! REST against an exchange in process: the start of a virtual run asks it as a
//! run in real time asks its venue.
//!
//! Lets virtual time pass while it waits, and keeps what comes out meanwhile for
//! the driver. Never here: a socket, a clock.

use exchange::{Destination, Exchange, Outgoing, RestReply, RestRequest};
use net::{Method, Reply, Rest, RestError};

/// How long an answer may take, in nanoseconds of virtual time: six times the longest latency that
/// may be configured.
const ANSWERS: i64 = 60_000_000_000;

/// REST against an exchange in process, for the start of a virtual run.
pub struct InProcess<'e> {
    /// The exchange.
    pub exchange: &'e mut Exchange,
    /// Virtual time.
    pub now: i64,
    /// Messages that came out meanwhile: the driver delivers them first.
    pub early: Vec<Outgoing>,
}

impl Rest for InProcess<'_> {
    fn call(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        _body: &[u8],
    ) -> Result<Reply, RestError> {
        let key = headers.iter().find(|(name, _)| *name == "X-MBX-APIKEY").map(|(_, key)| *key);
        let mut request = get_request(path, key);
        request.method = format!("{method:?}").to_uppercase();
        let response = match self.exchange.rest(self.now, &request) {
            RestReply::Now(response) => (response.status, response.body),
            RestReply::Later(token) => self.wait_for(token)?,
        };
        Ok(Reply { status: response.0, retry_after_s: None, body: response.1.into_bytes() })
    }
}

impl InProcess<'_> {
    /// Lets virtual time pass until the answer is there; nothing that comes out
    /// meanwhile is lost.
    fn wait_for(&mut self, token: u64) -> Result<(u16, String), RestError> {
        let mut out = Vec::new();
        let end = self.now.saturating_add(ANSWERS);
        // However many messages a market of a thousand instruments has to tell first.
        while let Some(due) = self.exchange.next_due().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.exchange.advance_some(self.now, 1, &mut out);
            for message in out.drain(..) {
                if let Destination::Rest { token: answered, status } = message.to
                    && answered == token
                {
                    return Ok((status, message.text));
                }
                self.early.push(message);
            }
        }
        let sentence = "the exchange in process did not answer".to_owned();
        Err(RestError { not_sent: false, sentence })
    }
}

/// A request as the exchange in process takes it.
pub(crate) fn get_request(path: &str, key: Option<&str>) -> RestRequest {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    RestRequest {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        body: String::new(),
        api_key: key.map(str::to_owned),
    }
}
