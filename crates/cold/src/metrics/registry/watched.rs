//! How the metrics of connections, frames, seats, rules and books are read.
//!
//! Called by the registry's entries. Never here: a metric that is not in the list.

use crate::metrics::render::Samples;
use crate::metrics::source::{ConnectionSample, CopySample, FrameSample, Scrape, ShadowSample};
use types::{BookState, Decimal};

pub(super) fn connections(scrape: &Scrape<'_>) -> Vec<ConnectionSample> {
    scrape.source.connections.as_ref().map_or_else(Vec::new, |read| read())
}

pub(super) fn copies(scrape: &Scrape<'_>) -> Vec<CopySample> {
    scrape.source.copies.as_ref().map_or_else(Vec::new, |read| read())
}

/// Those that were not understood, or those that are not used.
pub(super) fn frames(scrape: &Scrape<'_>, has_fault: bool) -> Vec<FrameSample> {
    let all = scrape.source.frames.as_ref().map_or_else(Vec::new, |read| read());
    all.into_iter().filter(|frame| frame.why.is_empty() != has_fault).collect()
}

/// Seat and member of each shadow, with its score.
pub(super) fn shadows(scrape: &Scrape<'_>) -> Vec<(String, String, ShadowSample)> {
    let all = scrape.source.shadows.as_ref().map_or_else(Vec::new, |read| read());
    all.into_iter().map(|at| (at.seat.to_string(), member(scrape, at.seat).0, at)).collect()
}

/// Name and kind of the member in a seat.
fn member(scrape: &Scrape<'_>, seat: usize) -> (String, bool) {
    let known = scrape.source.seats.get(seat);
    known.map_or_else(
        || (format!("member {seat}"), false),
        |known| (known.member.clone(), known.is_shadow),
    )
}

/// Every configured seat shows, at zero too.
pub(super) fn votes_by_member(scrape: &Scrape<'_>, out: &mut Samples<'_>) {
    let counts = &scrape.stats.votes_by_seat;
    for seat in 0..scrape.source.seats.len().max(counts.len()) {
        let (name, is_shadow) = member(scrape, seat);
        let shadow = if is_shadow { "yes" } else { "no" };
        let said = counts.get(seat).copied().unwrap_or_default();
        for (direction, count) in ["buy", "sell", "abstain"].into_iter().zip(said) {
            out.one(&[&seat.to_string(), &name, shadow, direction], count);
        }
    }
}

pub(super) fn opinions(scrape: &Scrape<'_>, out: &mut Samples<'_>) {
    for said in &scrape.stats.opinions {
        let (name, _) = member(scrape, said.seat);
        let labels = [&said.seat.to_string(), &name, &said.instrument];
        out.one(&labels.map(String::as_str), Decimal::new(said.ppm, 6));
    }
}

pub(super) fn rules_on(scrape: &Scrape<'_>, out: &mut Samples<'_>) {
    for rule in &scrape.source.rules {
        out.one(&[rule], u8::from(!scrape.source.rules_off.contains(rule)));
    }
}

pub(super) fn book_state(scrape: &Scrape<'_>, out: &mut Samples<'_>) {
    let states = [BookState::Syncing, BookState::Live, BookState::Stale];
    for book in &scrape.stats.books {
        for (name, state) in ["syncing", "live", "stale"].into_iter().zip(states) {
            out.one(&[&book.instrument, name], u8::from(book.state == state));
        }
    }
}
