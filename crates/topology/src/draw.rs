//! The shape as text: what `althing topo` prints and ARCHITECTURE.md shows.

use crate::{Applied, Shape};
use std::fmt::Write;

/// Draws the shape, and under it how a layout cuts it into threads.
#[must_use]
pub fn draw(shape: &Shape, applied: Option<&Applied>) -> String {
    let mut out = String::new();
    let hot: Vec<_> = shape.actors.iter().filter(|a| a.hot).map(|a| a.name).collect();
    let _ = writeln!(out, "{} ─▶ cold", hot.join(" ─▶ "));
    let _ = writeln!(out);
    let _ = writeln!(
        out,
        "{:<22} {:>12}  {:<8}  {:<12}  why that deep",
        "link", "depth", "of", "when full"
    );
    for link in &shape.links {
        let of = format!("{:?}", link.payload).to_lowercase();
        let back = if link.feedback { " ↺" } else { "" };
        let name = format!("{}{back}", link.name);
        let _ = writeln!(
            out,
            "{name:<22} {:>12}  {of:<8}  {:<12}  {}",
            link.depth,
            link.full.text(),
            link.why
        );
    }
    let _ = writeln!(
        out,
        "\nlinks take {:.1} MiB, shape {}",
        mib(shape.memory()),
        short(&shape.hash())
    );
    if let Some(applied) = applied {
        let _ = writeln!(out, "\nlayout {}", applied.text());
        for group in &applied.groups {
            let core = group.core.map_or("any core".to_owned(), |core| format!("core {core}"));
            let _ = writeln!(out, "  {:<56} {core}", group.name());
        }
        if !applied.has_cores {
            let _ = writeln!(
                out,
                "  fewer cores than threads and one to spare: threads yield, applied: false"
            );
        }
    }
    out
}

#[allow(clippy::cast_precision_loss, reason = "a size for people")]
fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn short(hash: &[u8; 32]) -> String {
    hash[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}
