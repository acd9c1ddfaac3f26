//! HTTP/1.1 as far as a venue needs it: one request out of a buffer, one response into a buffer.
//! Knows nothing of what is asked.

use crate::rest::{RestRequest, RestResponse};

/// The largest request that is read: far above any order, far below a nuisance.
const REQUEST_BYTES_MAX: usize = 64 << 10;
const HEADERS_MAX: usize = 48;

/// What a buffer holds.
#[derive(Debug)]
pub(super) enum Parsed {
    /// Not a whole request yet.
    Partial,
    /// Not HTTP, or nothing that this server takes: answer with this status and close.
    Bad(u16, &'static str),
    /// One request and the bytes that it took.
    Request(Box<Head>, usize),
}

/// One request.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) rest: RestRequest,
    /// `Sec-WebSocket-Key`, when an upgrade is asked for.
    pub(super) websocket_key: Option<String>,
    pub(super) keep_alive: bool,
}

/// Reads one request from the front of `bytes`.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    let head = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() > REQUEST_BYTES_MAX => {
            return Parsed::Bad(431, "Request header fields too large");
        }
        Ok(httparse::Status::Partial) => return Parsed::Partial,
        Err(_) => return Parsed::Bad(400, "Bad request"),
    };
    let header = |name: &str| {
        let found = request.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name));
        found.and_then(|h| std::str::from_utf8(h.value).ok()).map(str::trim)
    };
    if header("transfer-encoding").is_some() {
        return Parsed::Bad(411, "Length required");
    }
    let length = match header("content-length").map_or(Ok(0), str::parse::<usize>) {
        Ok(length) if length <= REQUEST_BYTES_MAX => length,
        Ok(_) => return Parsed::Bad(413, "Content too large"),
        Err(_) => return Parsed::Bad(400, "Bad content-length"),
    };
    let Some(body) = bytes.get(head..head + length) else { return Parsed::Partial };
    let target = request.path.unwrap_or("/");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let has = |name: &str, word: &str| {
        header(name).is_some_and(|v| v.to_ascii_lowercase().split(',').any(|t| t.trim() == word))
    };
    let upgrades = has("upgrade", "websocket") && has("connection", "upgrade");
    let rest = RestRequest {
        method: request.method.unwrap_or("").to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        body: String::from_utf8_lossy(body).into_owned(),
        api_key: header("x-mbx-apikey").map(str::to_owned),
    };
    let websocket_key = header("sec-websocket-key").filter(|_| upgrades).map(str::to_owned);
    let keep_alive = request.version == Some(1) && !has("connection", "close");
    Parsed::Request(Box::new(Head { rest, websocket_key, keep_alive }), head + length)
}

/// Appends one whole response, so that it leaves in one write.
pub(super) fn push_response(out: &mut Vec<u8>, response: &RestResponse, keep_alive: bool) {
    let connection = if keep_alive { "keep-alive" } else { "close" };
    let mut head = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/json;charset=UTF-8\r\ncontent-length: \
            {}\r\nconnection: {connection}\r\n",
        response.status,
        reason(response.status),
        response.body.len(),
    );
    for (name, value) in &response.headers {
        head.push_str(name);
        head.push_str(": ");
        head.push_str(value);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(response.body.as_bytes());
}

/// Appends the 101 that turns a connection into a WebSocket.
pub(super) fn push_upgrade(out: &mut Vec<u8>, accept: &str) {
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: \
            Upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    out.extend_from_slice(head.as_bytes());
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        418 => "I'm a teapot",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Error",
    }
}
