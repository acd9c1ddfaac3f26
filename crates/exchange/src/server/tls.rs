//! The bytes of one client, plain or under TLS.
//!
//! The certificate and key come from files. Reading and writing never wait. Never here: what the
//! bytes mean.

use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

use crate::config::ExchangeError;

/// What a server needs for https and wss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain, PEM, the server's own first.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// The host name that the certificate is for; addresses are given out under it.
    pub name: String,
}

impl TlsFiles {
    /// Reads both files. Errors: a sentence that names the file.
    pub(super) fn load(&self) -> Result<Arc<ServerConfig>, ExchangeError> {
        let refuse = |path: &Path, why: &dyn std::fmt::Display| {
            ExchangeError::Listen(format!(
                "{} is no use for TLS ({why}); give a PEM file of a certificate and one of its key",
                path.display()
            ))
        };
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|why| refuse(&self.certificate, &why))?;
        if chain.is_empty() {
            return Err(refuse(&self.certificate, &"no certificate in it"));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|why| refuse(&self.key, &why))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|why| refuse(&self.certificate, &why))?;
        Ok(Arc::new(config))
    }
}

/// A client's socket and, if there is one, the TLS session over it.
pub(super) struct Stream {
    pub(super) socket: TcpStream,
    tls: Option<Box<ServerConnection>>,
}

impl Stream {
    /// Errors: a session that rustls will not begin.
    pub(super) fn new(
        socket: TcpStream,
        config: Option<&Arc<ServerConfig>>,
    ) -> Result<Stream, rustls::Error> {
        let tls = match config {
            Some(config) => Some(Box::new(ServerConnection::new(Arc::clone(config))?)),
            None => None,
        };
        Ok(Stream { socket, tls })
    }

    /// Whether the session holds bytes that its socket has not taken.
    pub(super) fn wants_write(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// Gives the socket what the session holds.
    pub(super) fn push(&mut self) -> io::Result<()> {
        let Some(tls) = &mut self.tls else { return Ok(()) };
        while tls.wants_write() {
            if tls.write_tls(&mut self.socket)? == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }

    /// Says the session's goodbye, as far as the socket takes it at once.
    pub(super) fn part(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            // Who does not take the goodbye sees the connection end without one.
            let _ = self.push();
        }
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return self.socket.read(into) };
        loop {
            match tls.reader().read(into) {
                Err(why) if why.kind() == ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
            if tls.read_tls(&mut self.socket)? == 0 {
                return Ok(0);
            }
            if let Err(why) = tls.process_new_packets() {
                // The alert that says why; the connection ends either way.
                let _ = tls.write_tls(&mut self.socket);
                return Err(io::Error::new(ErrorKind::InvalidData, why));
            }
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push()?;
        let Some(tls) = &mut self.tls else { return self.socket.write(bytes) };
        let taken = tls.writer().write(bytes)?;
        match self.push() {
            Err(why) if why.kind() == ErrorKind::WouldBlock => Ok(taken),
            outcome => outcome.map(|()| taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.push()
    }
}
