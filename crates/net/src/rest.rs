//! REST, blocking, for the cold side: ureq over rustls and ring. Called by the
//! fetcher, by reconciliation and by whatever signs; never by the line.
//!
//! A status outside 2xx is an answer, not an error. Nothing is retried here and
//! no redirect is followed: a signed request is sent once.

use crate::endpoint::Endpoint;
use crate::tls::read_pem;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, http};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Create.
    Post,
    /// Change.
    Put,
    /// Remove.
    Delete,
}

impl Method {
    const fn as_http(self) -> http::Method {
        match self {
            Self::Get => http::Method::GET,
            Self::Post => http::Method::POST,
            Self::Put => http::Method::PUT,
            Self::Delete => http::Method::DELETE,
        }
    }
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Seconds that the server asks to wait (`Retry-After`), if it does.
    pub retry_after_s: Option<u64>,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Reply {
    /// Whether the status is 2xx.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// No answer: a sentence without secrets, and whether the request can have
/// reached the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestError {
    /// True only where it is certain that no byte of the request left.
    pub not_sent: bool,
    /// What happened.
    pub sentence: String,
}

impl std::fmt::Display for RestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for RestError {}

impl RestError {
    fn not_sent(sentence: impl Into<String>) -> Self {
        Self { not_sent: true, sentence: sentence.into() }
    }
}

/// Somebody who answers REST calls: [`RestClient`], or an exchange in process.
pub trait Rest: Send {
    /// Asks once and waits for the answer.
    ///
    /// # Errors
    /// [`RestError`], when there is no whole answer.
    fn call(
        &mut self,
        method: Method,
        path_and_query: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Reply, RestError>;
}

/// Timeouts and limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestSettings {
    /// Limit of the TCP connect and the TLS handshake.
    pub connect_timeout: Duration,
    /// Limit of the whole call.
    pub timeout: Duration,
    /// Longest body that is read, in bytes.
    pub max_body: usize,
    /// Certificates trusted besides the public roots.
    pub extra_ca: Option<PathBuf>,
    /// Whether `http://` may leave this machine. Loopback always may.
    pub allow_plaintext: bool,
}

impl Default for RestSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            max_body: 8 << 20,
            extra_ca: None,
            allow_plaintext: false,
        }
    }
}

/// Ends a client's calls from another thread: a start that is called off does
/// not sit out a timeout.
pub struct RestBreaker(Agent);

impl RestBreaker {
    /// Ends the call under way, with an error, and every one after it.
    pub fn end_calls(self) {
        self.0.shutdown();
    }
}

/// REST against one base URL.
pub struct RestClient {
    base: String,
    caller: Caller,
}

impl RestClient {
    /// A client of `base`: scheme, host, port and perhaps a path, without a
    /// slash at the end.
    ///
    /// # Errors
    /// A sentence: not a URL, plaintext that would leave this machine, or a
    /// certificate file that cannot be read.
    pub fn new(base: &str, settings: RestSettings) -> Result<Self, String> {
        let endpoint = Endpoint::parse(base, "http", "https")?;
        endpoint.check_plaintext(settings.allow_plaintext)?;
        let base = base.trim_end_matches('/').to_owned();
        Ok(Self { base, caller: Caller::new(settings)? })
    }

    /// What ends this client's calls from another thread.
    #[must_use]
    pub fn breaker(&self) -> RestBreaker {
        RestBreaker(self.caller.breaker())
    }

    /// GET.
    ///
    /// # Errors
    /// [`RestError`], when there is no whole answer.
    pub fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Reply, RestError> {
        self.call(Method::Get, path, headers, &[])
    }

    /// POST with an empty body; with one, [`Rest::call`].
    ///
    /// # Errors
    /// [`RestError`], when there is no whole answer.
    pub fn post(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Reply, RestError> {
        self.call(Method::Post, path, headers, &[])
    }

    /// PUT with an empty body; with one, [`Rest::call`].
    ///
    /// # Errors
    /// [`RestError`], when there is no whole answer.
    pub fn put(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Reply, RestError> {
        self.call(Method::Put, path, headers, &[])
    }

    /// DELETE.
    ///
    /// # Errors
    /// [`RestError`], when there is no whole answer.
    pub fn delete(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Reply, RestError> {
        self.call(Method::Delete, path, headers, &[])
    }
}

impl Rest for RestClient {
    fn call(
        &mut self,
        method: Method,
        path_and_query: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Reply, RestError> {
        let url = format!("{}{path_and_query}", self.base);
        let request = Call { method, url: &url, headers, body };
        let mut reply = Reply::default();
        self.caller.call(&request, &mut reply)?;
        Ok(reply)
    }
}

/// A call, whole.
pub(crate) struct Call<'c> {
    pub(crate) method: Method,
    pub(crate) url: &'c str,
    pub(crate) headers: &'c [(&'c str, &'c str)],
    pub(crate) body: &'c [u8],
}

/// Makes calls to any URL.
pub(crate) struct Caller {
    agent: Agent,
    max_body: usize,
    allow_plaintext: bool,
}

impl Caller {
    pub(crate) fn new(settings: RestSettings) -> Result<Self, String> {
        let roots = match &settings.extra_ca {
            None => RootCerts::WebPki,
            Some(path) => {
                // ureq takes certificates, not anchors: the public ones again.
                let public = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
                let certificates: Vec<_> = public
                    .chain(&read_pem(path)?)
                    .map(|der| Certificate::from_der(der).to_owned())
                    .collect();
                RootCerts::new_with_certs(&certificates)
            }
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_connect(Some(settings.connect_timeout))
            .timeout_global(Some(settings.timeout))
            .user_agent("althing")
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        let RestSettings { max_body, allow_plaintext, .. } = settings;
        Ok(Self { agent: Agent::new_with_config(config), max_body, allow_plaintext })
    }

    /// What ends calls under way from another thread.
    pub(crate) fn breaker(&self) -> Agent {
        self.agent.clone()
    }

    /// Makes one call; the reply's body keeps its memory from call to call.
    pub(crate) fn call(&mut self, call: &Call<'_>, reply: &mut Reply) -> Result<(), RestError> {
        let endpoint = Endpoint::parse(call.url, "http", "https").map_err(RestError::not_sent)?;
        endpoint.check_plaintext(self.allow_plaintext).map_err(RestError::not_sent)?;
        let mut request = http::Request::builder().method(call.method.as_http()).uri(call.url);
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        // Neither the query nor a header's value is told: they may hold a key.
        let place = call.url.split('?').next().unwrap_or_default();
        let told = |why: &ureq::Error| RestError {
            not_sent: cannot_have_left(why),
            sentence: format!("{place}: {why}"),
        };
        let unfit = |_| RestError::not_sent(format!("{place}: a header or the URL cannot be sent"));
        let sent = match call.method {
            Method::Post | Method::Put => self.agent.run(request.body(call.body).map_err(unfit)?),
            Method::Get | Method::Delete => self.agent.run(request.body(()).map_err(unfit)?),
        };
        let mut response = sent.map_err(|why| told(&why))?;
        reply.status = response.status().as_u16();
        let wait = response.headers().get(http::header::RETRY_AFTER);
        reply.retry_after_s = wait.and_then(|wait| wait.to_str().ok()?.trim().parse().ok());
        reply.body.clear();
        let limit = self.max_body as u64;
        let unread = |why: &dyn std::fmt::Display| RestError {
            not_sent: false,
            sentence: format!("{place}: the body (limit {limit} bytes): {why}"),
        };
        // ureq refuses a body that reaches its limit, so one byte more and a look.
        let limited = response.body_mut().with_config().limit(limit.saturating_add(1));
        limited.reader().read_to_end(&mut reply.body).map_err(|why| unread(&why))?;
        if reply.body.len() > self.max_body { Err(unread(&"it is longer")) } else { Ok(()) }
    }
}

/// Whether the call failed before a byte of the request could leave.
fn cannot_have_left(why: &ureq::Error) -> bool {
    use ureq::{Error, Timeout};
    match why {
        Error::HostNotFound
        | Error::ConnectionFailed
        | Error::BadUri(_)
        | Error::Timeout(Timeout::Resolve | Timeout::Connect) => true,
        Error::Io(why) => why.kind() == std::io::ErrorKind::ConnectionRefused,
        _ => false,
    }
}
