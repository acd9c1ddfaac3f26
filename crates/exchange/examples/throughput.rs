//! Measures the served exchange: frames per second through the socket to one trivial client.
//! `cargo run --release -p exchange --example throughput -- [FILE…]`; without files, the
//! synthetic market.

#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::io::Read;
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use exchange::{ExchangeConfig, Server, ServerConfig, Source, Speed};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let mut config = if files.is_empty() {
        let mut config = ExchangeConfig::synthetic(1);
        config.source = Source::Synthetic { rate: 60_000 };
        config.duration_ns = Some(5_000_000_000);
        config
    } else {
        ExchangeConfig::capture(files, Speed::Max)
    };
    config.limits.weight_1m = u32::MAX;
    let server = Server::start(ServerConfig::new(config))?;
    let mut streams = Vec::new();
    for symbol in ["btcusdt", "ethusdt", "solusdt"] {
        for stream in ["depth@0ms", "bookTicker", "trade"] {
            streams.push(format!("{symbol}@{stream}"));
        }
    }
    let url = format!("{}/public/stream?streams={}", server.ws_base(), streams.join("/"));
    let socket = TcpStream::connect(server.addr())?;
    let (client, _) = tungstenite::client(url, socket)?;
    let mut socket = client.into_inner();
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    let start = Instant::now();
    let mut last = start;
    let mut bytes = 0_usize;
    let mut chunk = vec![0; 1 << 18];
    loop {
        match socket.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => {
                bytes += length;
                last = Instant::now();
            }
            Err(_) if server.finished() => break,
            Err(_) => {}
        }
    }
    let stats = server.stop();
    let seconds = (last - start).as_secs_f64();
    let frames = stats.counters.frame_sent;
    println!(
        "{frames} frames, {bytes} bytes in {seconds:.3} s: {:.0} frames/s, {:.1} MB/s",
        frames as f64 / seconds,
        bytes as f64 / seconds / 1e6
    );
    Ok(())
}
