//! One hash over everything that an inspection found, for comparing two of them.
//!
//! SHA-256 over lines of text, in this order: `instrument|SYMBOL`,
//! `frames|N`, `type|NAME|N` by name, `events|N`, `trades|N`, `gaps|N`,
//! `crossed|N`, `undecodable|N`, `first_ns|N`, `last_ns|N`, then the whole final
//! book, best level first: `bid|PRICE|QTY` and `ask|PRICE|QTY`, without trailing
//! zeros. How the recording is cut into files, compressed or where its
//! specification is from does not enter.

use crate::Inspected;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use types::{Decimal, Side};

/// The digest, in hex.
pub(crate) fn of(found: &Inspected) -> String {
    let mut text = format!("instrument|{}\nframes|{}\n", found.symbol, found.frames);
    // Writing to a String cannot fail.
    for (name, count) in &found.by_type {
        let _ = writeln!(text, "type|{name}|{count}");
    }
    let counts = &found.counts;
    let numbers = [
        ("events", i128::from(counts.events)),
        ("trades", i128::from(found.trades)),
        ("gaps", i128::from(counts.gaps)),
        ("crossed", i128::from(found.watched.crossed)),
        ("undecodable", i128::from(counts.undecodable)),
        ("first_ns", i128::from(found.first.0)),
        ("last_ns", i128::from(found.last.0)),
    ];
    for (name, number) in numbers {
        let _ = writeln!(text, "{name}|{number}");
    }
    let spec = &found.watched.spec;
    let plain = |decimal: Decimal| decimal.trimmed().to_string();
    for (name, side) in [("bid", Side::Buy), ("ask", Side::Sell)] {
        for (price, qty) in found.watched.book.top(side, usize::MAX) {
            let _ = writeln!(text, "{name}|{}|{}", plain(spec.price(price)), plain(spec.qty(qty)));
        }
    }
    hex(&Sha256::digest(text.as_bytes()))
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
