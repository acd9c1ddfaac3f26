//! One HTTP request over a plain socket, as the simplest of clients would send it.
//!
//! Never here: a client library, whose leniency would hide a malformed answer.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer.
pub(crate) struct Answer {
    /// 200 and its like.
    pub(crate) status: u16,
    /// Its lines, lower case.
    pub(crate) head: String,
    /// What follows them.
    pub(crate) body: String,
}

/// Asks `authority` (host and port) for `path`. `None` when nobody answers.
pub(crate) fn get(authority: &str, path: &str) -> Option<Answer> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    let text = exchange(authority, request.as_bytes())?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
}

/// Writes anything and reads until the other side is done.
pub(crate) fn exchange(authority: &str, bytes: &[u8]) -> Option<String> {
    let mut socket = TcpStream::connect(authority).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    socket.write_all(bytes).ok()?;
    let mut answer = Vec::new();
    // A reset behind a whole answer is the other side's manners, not our subject.
    let _ = socket.read_to_end(&mut answer);
    Some(String::from_utf8_lossy(&answer).into_owned())
}
