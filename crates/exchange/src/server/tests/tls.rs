//! wss and https against a certificate made for the test.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;
use tungstenite::Message;

use super::{dial, recording, request};
use crate::{ExchangeConfig, Server, ServerConfig, ServerHandle, Speed, TlsFiles};

/// A certificate for `localhost` and its key, in files.
fn certified(name: &str) -> TlsFiles {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let file = |part: &str, text: String| -> PathBuf {
        let name = format!("althing-exchange-{}-{name}-{part}.pem", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    TlsFiles {
        certificate: file("cert", made.cert.pem()),
        key: file("key", made.signing_key.serialize_pem()),
        name: "localhost".to_owned(),
    }
}

fn serve(name: &str, exchange: ExchangeConfig) -> (ServerHandle, TlsFiles) {
    let files = certified(name);
    let mut config = ServerConfig::new(exchange);
    config.tls = Some(files.clone());
    (Server::start(config).unwrap(), files)
}

fn secure(server: &ServerHandle, files: &TlsFiles) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&files.certificate).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(session, dial(server))
}

#[test]
fn https_and_wss_carry_what_http_and_ws_do() {
    let (server, files) = serve("both", ExchangeConfig::synthetic(2));
    assert_eq!(server.rest_base(), format!("https://localhost:{}", server.addr().port()));
    assert_eq!(server.ws_base(), format!("wss://localhost:{}", server.addr().port()));
    let mut rest = secure(&server, &files);
    rest.write_all(b"GET /fapi/v1/time HTTP/1.1\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    // The session says goodbye: without close_notify this read would fail.
    rest.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("serverTime"), "{answer}");
    let url = format!("{}/ws-fapi/v1", server.ws_base());
    let mut api = tungstenite::client(url, secure(&server, &files)).unwrap().0;
    let sent = request("account.balance", "test-secret", &[]);
    api.send(Message::text(sent)).unwrap();
    let reply: Value = serde_json::from_str(api.read().unwrap().to_text().unwrap()).unwrap();
    assert_eq!(reply["status"], 200, "{reply}");
}

#[test]
fn recording_goes_through_wss_whole_and_ends_with_a_close_frame() {
    let count = 30_000;
    let capture = ExchangeConfig::capture(vec![recording("tls", count)], Speed::Max);
    let (server, files) = serve("whole", capture);
    let url = format!("{}/market/ws/btcusdt@trade", server.ws_base());
    let mut market = tungstenite::client(url, secure(&server, &files)).unwrap().0;
    for id in 0..count {
        let text = market.read().unwrap();
        let trade: Value = serde_json::from_str(text.to_text().unwrap()).unwrap();
        assert_eq!(trade["t"], id);
    }
    while !server.finished() {}
    let stopping = std::thread::Builder::new().spawn(move || server.stop()).unwrap();
    assert!(matches!(market.read(), Ok(Message::Close(Some(_)))));
    drop(market);
    assert_eq!(stopping.join().unwrap().delivered["trade"], count);
}

#[test]
fn plain_client_is_turned_away_and_bad_files_are_named() {
    let (server, files) = serve("plain", ExchangeConfig::synthetic(2));
    let mut plain = dial(&server);
    plain.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    plain.write_all(b"GET /fapi/v1/time HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // The end may be a reset, as something unread is left.
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"));
    let mut rest = secure(&server, &files);
    rest.write_all(b"GET /fapi/v1/ping HTTP/1.1\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    rest.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200"));
    for (certificate, key) in [(&files.key, &files.key), (&files.certificate, &files.certificate)] {
        let mut config = ServerConfig::new(ExchangeConfig::synthetic(2));
        let (certificate, key) = (certificate.clone(), key.clone());
        config.tls = Some(TlsFiles { certificate, key, name: "localhost".to_owned() });
        let why = Server::start(config).err().unwrap().to_string();
        assert!(why.contains(".pem is no use for TLS"), "{why}");
    }
}
