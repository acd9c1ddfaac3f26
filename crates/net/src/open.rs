//! Opens one connection: name, TCP, TLS, WebSocket handshake, subscription.
//! Runs on a cold thread of its own per attempt; may block up to its limits.
#![allow(clippy::disallowed_methods, reason = "a cold room: an attempt has a deadline")]

use crate::codec::{HEADER_MAX, encode};
use crate::connection::{Buffers, Connection, Limits};
use crate::endpoint::Endpoint;
use crate::plan::{ConnectionPlan, Target, WireSettings};
use crate::stream::{Stream, TlsStream};
use mio::{Interest, Registry, Token};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tungstenite::client::{IntoClientRequest, client_with_config};
use tungstenite::handshake::client::Request;
use tungstenite::http::{HeaderName, HeaderValue};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::protocol::frame::coding::{Data, OpCode};

/// What an attempt needs besides its plan.
pub(crate) struct Means {
    pub(crate) settings: WireSettings,
    pub(crate) tls: Arc<ClientConfig>,
    /// Where ready sockets are told; `None` when the wire reads them directly.
    pub(crate) registry: Option<Registry>,
}

/// The limits of a plan's connections.
pub(crate) fn limits(plan: &ConnectionPlan, settings: &WireSettings) -> Limits {
    Limits {
        max_message: settings.max_message,
        max_send: settings.max_send,
        silence_ns: u64::try_from(plan.silence_limit.as_nanos()).unwrap_or(u64::MAX),
    }
}

/// Opens the connection of `plan`, which stands at `slot` of the wire.
pub(crate) fn open(
    plan: &mut ConnectionPlan,
    slot: usize,
    means: &Means,
    mut buffers: Buffers,
    seed: u64,
) -> Result<Box<Connection>, String> {
    let settings = &means.settings;
    let url = match &mut plan.url {
        Target::Fixed(url) => url.clone(),
        Target::Asked(ask) => ask()?,
    };
    let endpoint = Endpoint::parse(&url, "ws", "wss")?;
    endpoint.check_plaintext(settings.allow_plaintext)?;
    let tcp = connect(&endpoint, settings.connect_timeout)?;
    let request = request(&url, &plan.headers)?;
    let mut raw = Timed { tcp: &tcp, until: Instant::now() + settings.handshake_timeout };
    let mut tls = if endpoint.tls { Some(begin_tls(&endpoint, means)?) } else { None };
    let tail = match &mut tls {
        None => agree(&mut raw, request, plan.subscribe.as_deref(), seed),
        Some(tls) => {
            let mut secure = rustls::Stream::new(tls, &mut raw);
            agree(&mut secure, request, plan.subscribe.as_deref(), seed)
        }
    }?;
    buffers.reader.restart(&tail)?;
    let stream = release(tcp, tls, slot, means).map_err(|why| why.to_string())?;
    Ok(Box::new(Connection::new(stream, buffers, limits(plan, settings), seed)))
}

/// Connects to the first address of the name that answers.
fn connect(endpoint: &Endpoint, timeout: Duration) -> Result<TcpStream, String> {
    let Endpoint { host, port, .. } = endpoint;
    let addresses =
        (host.as_str(), *port).to_socket_addrs().map_err(|why| format!("{host}: {why}"))?;
    let mut last = format!("{host} has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(tcp) => {
                tcp.set_nodelay(true).map_err(|why| format!("{address}: {why}"))?;
                return Ok(tcp);
            }
            Err(why) => last = format!("connecting to {address}: {why}"),
        }
    }
    Err(last)
}

fn begin_tls(endpoint: &Endpoint, means: &Means) -> Result<ClientConnection, String> {
    let told = |why: &dyn std::fmt::Display| format!("{}: {why}", endpoint.host);
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|why| told(&why))?;
    let mut tls = ClientConnection::new(Arc::clone(&means.tls), name).map_err(|why| told(&why))?;
    // A frame is taken whole; `max_send` bounds it.
    tls.set_buffer_limit(None);
    Ok(tls)
}

fn request(url: &str, headers: &[(String, String)]) -> Result<Request, String> {
    let mut request = url.into_client_request().map_err(|why| format!("{url:?}: {why}"))?;
    for (name, value) in headers {
        // The value may be a secret: only the name is ever told.
        let told = || format!("header {name:?} cannot be sent");
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| told())?;
        let value = HeaderValue::from_str(value).map_err(|_| told())?;
        request.headers_mut().insert(key, value);
    }
    Ok(request)
}

/// The handshake and the subscription; what was read beyond the handshake.
fn agree<S: Read + Write>(
    stream: &mut S,
    request: Request,
    subscribe: Option<&str>,
    seed: u64,
) -> Result<Vec<u8>, String> {
    let mut tee = Tee { stream, read: Vec::new() };
    // tungstenite only shakes hands here, so its buffers stay small.
    let config = WebSocketConfig::default().read_buffer_size(1024);
    client_with_config(request, &mut tee, Some(config))
        .map_err(|why| format!("handshake: {why}"))?;
    let tail = tail_of(&tee.read);
    if let Some(text) = subscribe {
        let mut frame = vec![0; text.len() + HEADER_MAX];
        let mask = seed.to_ne_bytes();
        let mask = [mask[0], mask[1], mask[2], mask[3]];
        let length = encode(OpCode::Data(Data::Text), text.as_bytes(), mask, &mut frame);
        let sent = stream.write_all(&frame[..length.unwrap_or(0)]).and_then(|()| stream.flush());
        sent.map_err(|why| format!("subscribing: {why}"))?;
    }
    Ok(tail)
}

/// What follows the first empty line: a 101 answer has no body.
fn tail_of(read: &[u8]) -> Vec<u8> {
    let end = read.windows(4).position(|four| four == b"\r\n\r\n").map_or(read.len(), |at| at + 4);
    read.get(end..).unwrap_or_default().to_vec()
}

/// From a blocking socket of this thread to a ready one of the line.
fn release(
    tcp: TcpStream,
    tls: Option<ClientConnection>,
    slot: usize,
    means: &Means,
) -> io::Result<Stream> {
    tcp.set_read_timeout(None)?;
    tcp.set_write_timeout(None)?;
    tcp.set_nonblocking(true)?;
    let mut tcp = mio::net::TcpStream::from_std(tcp);
    if let Some(registry) = &means.registry {
        registry.register(&mut tcp, Token(slot), Interest::READABLE)?;
    }
    Ok(match tls {
        None => Stream::Plain(tcp),
        Some(tls) => Stream::Tls(Box::new(TlsStream { tls, tcp })),
    })
}

/// A blocking socket with a point in time at which everything on it fails.
struct Timed<'t> {
    tcp: &'t TcpStream,
    until: Instant,
}

impl Timed<'_> {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(late()) } else { Ok(Some(left)) }
    }
}

fn late() -> io::Error {
    io::Error::new(ErrorKind::TimedOut, "the handshake took too long")
}

/// A socket timeout shows as WouldBlock, which tungstenite would take for
/// "come again".
fn as_late<T>(result: io::Result<T>) -> io::Result<T> {
    result.map_err(|why| if why.kind() == ErrorKind::WouldBlock { late() } else { why })
}

impl Read for Timed<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_read_timeout(self.left()?)?;
        as_late(self.tcp.read(to))
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(self.left()?)?;
        as_late(self.tcp.write(from))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps what was read: tungstenite does not give back what it read beyond the
/// handshake.
struct Tee<'s, S> {
    stream: &'s mut S,
    read: Vec<u8>,
}

impl<S: Read> Read for Tee<'_, S> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let bytes = self.stream.read(to)?;
        self.read.extend_from_slice(&to[..bytes]);
        Ok(bytes)
    }
}

impl<S: Write> Write for Tee<'_, S> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.stream.write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
