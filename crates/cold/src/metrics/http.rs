//! HTTP as far as three read-only pages need it: one request, one answer, close.
//!
//! Pure: bytes in, bytes out. The server holds the sockets and the deadlines.

use super::render::{TextForm, render_metrics};
use super::source::{Check, HealthSource, MetricsSource};

/// Longest request head. Prometheus sends under 1 KiB.
pub(crate) const HEAD_MAX: usize = 8 << 10;
/// Most header lines.
const HEADERS_MAX: usize = 64;

/// What the pages show.
pub(crate) struct Pages {
    pub(crate) metrics: MetricsSource,
    pub(crate) health: HealthSource,
    /// Whether it listens on loopback alone: then a Host that is no loopback
    /// name comes from a page that was bound to our address, and is refused.
    pub(crate) loopback: bool,
}

impl Pages {
    /// The answer to what was read so far; `None` while the request is not whole.
    pub(crate) fn answer(&self, read: &[u8]) -> Option<Vec<u8>> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(read) {
            Ok(httparse::Status::Complete(_)) => Some(match self.judge(&request) {
                Ok(page) => page,
                Err(refusal) => refusal.bytes(),
            }),
            Ok(httparse::Status::Partial) if read.len() < HEAD_MAX => None,
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => Some(
                refuse(431, "Request Header Fields Too Large", "the request is too long").bytes(),
            ),
            Err(_) => Some(refuse(400, "Bad Request", "this is not an HTTP request").bytes()),
        }
    }

    fn judge(&self, request: &httparse::Request<'_, '_>) -> Result<Vec<u8>, Answer> {
        if request.method != Some("GET") {
            let mut answer = refuse(405, "Method Not Allowed", "only GET is answered");
            answer.extra = "Allow: GET\r\n";
            return Err(answer);
        }
        no_body(request)?;
        self.host(request)?;
        let target = request.path.unwrap_or_default();
        if !target.starts_with('/') {
            return Err(refuse(400, "Bad Request", "the target is no path"));
        }
        match target.split('?').next() {
            Some("/metrics") => Ok(self.metrics(request)),
            Some("/healthz") => Ok(check(&self.health.healthy)),
            Some("/readyz") => Ok(check(&self.health.ready)),
            _ => Err(refuse(404, "Not Found", "the pages are /metrics, /healthz and /readyz")),
        }
    }

    fn metrics(&self, request: &httparse::Request<'_, '_>) -> Vec<u8> {
        let wants = |accept: &str| accept.contains("application/openmetrics-text");
        let form = match values(request, "accept").any(wants) {
            true => TextForm::OpenMetrics,
            false => TextForm::Prometheus,
        };
        let body = render_metrics(&self.metrics, form);
        Answer { status: 200, reason: "OK", content_type: form.content_type(), extra: "", body }
            .bytes()
    }

    /// HTTP/1.1 wants exactly one Host.
    fn host(&self, request: &httparse::Request<'_, '_>) -> Result<(), Answer> {
        let mut hosts = values(request, "host");
        match (hosts.next(), hosts.next(), request.version) {
            (Some(host), None, _) if !self.loopback || is_loopback(host) => Ok(()),
            (Some(_), None, _) => {
                Err(refuse(403, "Forbidden", "this address is asked for as localhost or 127.0.0.1"))
            }
            (None, _, Some(0)) => Ok(()),
            _ => Err(refuse(400, "Bad Request", "one Host is wanted")),
        }
    }
}

/// One answer.
struct Answer {
    status: u16,
    reason: &'static str,
    content_type: &'static str,
    extra: &'static str,
    body: String,
}

impl Answer {
    fn bytes(self) -> Vec<u8> {
        let Self { status, reason, content_type, extra, body } = self;
        let length = body.len();
        format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\n\
             Content-Length: {length}\r\n{extra}Cache-Control: no-store\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

const PLAIN: &str = "text/plain; charset=utf-8";

fn refuse(status: u16, reason: &'static str, sentence: &str) -> Answer {
    let body = format!("{sentence}\n");
    Answer { status, reason, content_type: PLAIN, extra: "", body }
}

fn check(check: &Check) -> Vec<u8> {
    let (status, reason, body) = match check() {
        Ok(()) => (200, "OK", "ok\n".to_owned()),
        Err(sentence) => (503, "Service Unavailable", format!("{sentence}\n")),
    };
    Answer { status, reason, content_type: PLAIN, extra: "", body }.bytes()
}

fn no_body(request: &httparse::Request<'_, '_>) -> Result<(), Answer> {
    let too_large = || refuse(413, "Content Too Large", "a request here has no body");
    if values(request, "transfer-encoding").next().is_some() {
        return Err(too_large());
    }
    for length in values(request, "content-length") {
        let plain = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
        if !plain {
            return Err(refuse(400, "Bad Request", "Content-Length is no number"));
        }
        if length.bytes().any(|b| b != b'0') {
            return Err(too_large());
        }
    }
    Ok(())
}

/// The values of a header; one that is no text reads as empty.
fn values<'r>(
    request: &'r httparse::Request<'_, '_>,
    name: &'static str,
) -> impl Iterator<Item = &'r str> {
    let named = request.headers.iter().filter(move |h| h.name.eq_ignore_ascii_case(name));
    named.map(|header| std::str::from_utf8(header.value).unwrap_or_default().trim())
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let address = name.parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|ip| ip.is_loopback())
}
