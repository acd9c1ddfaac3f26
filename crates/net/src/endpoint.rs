//! A URL taken apart: where to connect, and whether in the clear. Read by the
//! opener and the REST client; opens nothing.

use std::net::IpAddr;
use tungstenite::http::Uri;

/// Scheme, host and port of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Host name or address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: bool,
}

impl Endpoint {
    /// Takes `url` apart. `plain` and `secure` are the two schemes that are known.
    pub(crate) fn parse(url: &str, plain: &str, secure: &str) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|why| format!("{url:?} is not a URL: {why}"))?;
        let tls = match uri.scheme_str() {
            Some(scheme) if scheme == plain => false,
            Some(scheme) if scheme == secure => true,
            _ => return Err(format!("{url:?} does not begin with {secure}:// or {plain}://")),
        };
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(format!("{url:?} names no host"));
        }
        Ok(Self { host, port: uri.port_u16().unwrap_or(if tls { 443 } else { 80 }), tls })
    }

    /// Refuses what would leave this machine in the clear.
    pub(crate) fn check_plaintext(&self, allowed: bool) -> Result<(), String> {
        if self.tls || allowed || self.is_loopback() {
            return Ok(());
        }
        Err(format!("{} is not loopback, and plaintext may not leave this machine", self.host))
    }

    fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}
