//! The list of all metrics as data: name, kind, help, labels, and how to read it.
//!
//! Base units; money in the instrument's quote asset; every counter since the
//! start of the process.

use super::render::Samples;
use super::source::Scrape;
use crate::journal::snake;
use crate::stats::{InstrumentStats, LineState, REASONS};
use types::{BookState, Decimal, Money, OrderState};

mod watched;

use watched::{
    book_state, connections, copies, frames, opinions, rules_on, shadows, votes_by_member,
};

/// What a metric does over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Only rises.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts in buckets, with sum and count.
    Histogram,
}

impl MetricKind {
    /// The word of the text format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct MetricSpec {
    /// Its name, with unit and, for a counter, `_total`.
    pub name: &'static str,
    /// What it does over time.
    pub kind: MetricKind,
    /// What it means, for the page and the docs.
    pub help: &'static str,
    /// Its labels, in the order in which they are written.
    pub labels: &'static [&'static str],
    pub(crate) read: fn(&Scrape<'_>, &mut Samples<'_>),
}

macro_rules! metrics {
    ($($kind:ident $name:literal [$($label:literal),*] $help:literal => $read:expr;)*) => {
        /// Every metric of the engine, in the order of the page. The counters of
        /// actors come after them, as `althing_ACTOR_COUNTER_total`.
        pub const METRICS: &[MetricSpec] = &[$(MetricSpec {
            name: $name,
            kind: MetricKind::$kind,
            help: $help,
            labels: &[$($label),*],
            read: $read,
        }),*];
    };
}

metrics! {
    Gauge "althing_info" ["version", "mode", "layout"]
        "Always 1; the labels say what runs." =>
        |s, out| out.one(&[&s.source.version, &s.source.mode, &s.source.layout], 1);
    Counter "althing_events_total" ["class"]
        "Sequenced inputs by class." => events;
    Counter "althing_records_total" ["kind"]
        "Records taken by the cold side, by kind." =>
        |s, out| for (kind, count) in &s.stats.kinds { out.one(&[kind], count) };
    Gauge "althing_last_event_seconds" []
        "Time of the last sequenced input, in seconds since 1970, UTC." =>
        |s, out| out.one(&[], Decimal::new(s.stats.last_ts.0, 9));
    Gauge "althing_armed" [] "1 when trading may begin." => |s, out| flag(s, out, |l| l.armed);
    Gauge "althing_draining" []
        "1 when only in-flight and reducing orders pass." => |s, out| flag(s, out, |l| l.draining);
    Gauge "althing_killed" []
        "1 when nothing but cancels passes until a restart." => |s, out| flag(s, out, |l| l.killed);
    Gauge "althing_order_link_up" []
        "1 when the order connection is up." => |s, out| flag(s, out, |l| l.order_link);
    Gauge "althing_private_link_up" []
        "1 when the private stream is up." => |s, out| flag(s, out, |l| l.private_link);
    Gauge "althing_connection_up" ["connection"]
        "1 when the connection is open; market.0 is the first of the market's." =>
        |s, out| for at in connections(s) { out.one(&[&at.name], u8::from(at.is_up)); };
    Gauge "althing_connection_failures" ["connection"]
        "Failures in a row; 0 once it is open." =>
        |s, out| for at in connections(s) { out.one(&[&at.name], at.failures); };
    Counter "althing_frames_undecodable_total" ["actor", "type", "why"]
        "Frames that could not be understood, by what was wrong (docs/errors.md)." =>
        |s, out| for at in frames(s, true) { out.one(&[at.actor, at.what, at.why], at.count); };
    Counter "althing_frames_unused_total" ["actor", "type"]
        "Frames of types that the engine does not use." =>
        |s, out| for at in frames(s, false) { out.one(&[at.actor, at.what], at.count); };
    Counter "althing_stream_messages_total" ["connection", "stream", "came"]
        "Messages of each connection and stream that came first, and those that another had \
            brought before." =>
        |s, out| for at in copies(s) {
            out.one(&[&at.connection, at.stream, "first"], at.first);
            out.one(&[&at.connection, at.stream, "late"], at.late);
        };
    Counter "althing_signals_total" []
        "Indicator values." => |s, out| out.one(&[], s.stats.signals);
    Counter "althing_votes_total" ["seat"]
        "Votes of seated and of shadow members." => |s, out| {
            out.one(&["seated"], s.stats.votes);
            out.one(&["shadow"], s.stats.shadow_votes);
        };
    Counter "althing_member_votes_total" ["seat", "member", "shadow", "direction"]
        "Votes of each seat, by what they say." => votes_by_member;
    Gauge "althing_member_opinion" ["seat", "member", "instrument"]
        "What a seat says now: its confidence, above 0 to buy, below to sell, 0 to abstain." =>
        opinions;
    Counter "althing_shadow_fills_total" ["seat", "member"]
        "Hypothetical fills of a shadow seat." =>
        |s, out| for (seat, member, at) in shadows(s) { out.one(&[&seat, &member], at.fills); };
    Gauge "althing_shadow_pnl" ["seat", "member"]
        "What a shadow seat would have made, before fees, in the quote asset." =>
        |s, out| for (seat, member, at) in shadows(s) {
            out.one(&[&seat, &member], Decimal::new(at.pnl_micro, 6));
        };
    Counter "althing_intents_total" []
        "What the council wanted." => |s, out| out.one(&[], s.stats.intents);
    Counter "althing_denied_total" ["rule"]
        "Intents that a risk rule refused." => denied;
    Counter "althing_rule_passed_total" ["rule"]
        "Intents that a risk rule let pass." => |s, out| {
            counted(s, out, &s.stats.passed);
        };
    Gauge "althing_rule_on" ["rule"]
        "1 when the rule judges, 0 when it is switched off." => rules_on;
    Counter "althing_order_actions_total" ["action"]
        "Order actions that the gateway accepted." => |s, out| {
            out.one(&["place"], s.stats.orders);
            out.one(&["amend"], s.stats.amends);
            out.one(&["cancel"], s.stats.cancels);
        };
    Counter "althing_fills_total" [] "Fills." => |s, out| out.one(&[], s.stats.fills);
    Gauge "althing_orders" ["state"]
        "Orders of this run by the state they are in." =>
        |s, out| for (state, count) in OrderState::ALL.iter().zip(s.stats.order_states) {
            out.one(&[state.as_str()], count);
        };
    Gauge "althing_position" ["instrument"]
        "Position in the instrument's own unit; short is negative." =>
        |s, out| for at in &s.stats.instruments { out.one(&[&at.instrument], at.position) };
    Gauge "althing_realised_pnl" ["instrument"]
        "Made by closing, before fees, in the quote \
            asset." => |s, out| money(s, out, |at| at.realised);
    Gauge "althing_unrealised_pnl" ["instrument"]
        "Of the open position at the last mid, in the quote asset." =>
        |s, out| money(s, out, |at| at.unrealised);
    Gauge "althing_fees" ["instrument"]
        "Fees paid, in the quote asset; negative is a \
            rebate." => |s, out| money(s, out, |at| at.fees);
    Gauge "althing_funding" []
        "Funding received less funding paid, of all instruments, in the quote asset." =>
        |s, out| if let Some(funding) = s.stats.funding { out.one(&[], funding) };
    Gauge "althing_book_live" ["instrument"]
        "1 when the book may be acted on." =>
        |s, out| for book in &s.stats.books {
            out.one(&[&book.instrument], u8::from(book.state == BookState::Live));
        };
    Gauge "althing_book_state" ["instrument", "state"]
        "1 when the book is in this state." => book_state;
    Gauge "althing_books" ["state"]
        "Books by state." => books;
    Counter "althing_book_changes_total" ["reason"]
        "Changes of a book's state by reason." => book_changes;
    Histogram "althing_stage_seconds" ["stage"]
        "Time in each stage, from mark to mark, for every measured event." =>
        |s, out| for stage in &s.stats.stages { out.histogram(&[stage.name], stage) };
    Gauge "althing_stage_max_seconds" ["stage"]
        "The longest time in each stage." =>
        |s, out| for stage in &s.stats.stages {
            out.one(&[stage.name], seconds(stage.summary.max_ns));
        };
    Histogram "althing_tick_to_order_seconds" []
        "From the read of a frame off its socket to the return of the order's socket write." =>
        |s, out| out.histogram(&[], &s.stats.tick_to_order);
    Gauge "althing_tick_to_order_max_seconds" []
        "The longest time from tick to order." =>
        |s, out| out.one(&[], seconds(s.stats.tick_to_order.summary.max_ns));
    Gauge "althing_link_depth" ["link"]
        "What fits in a link: records, or bytes for frames." =>
        |s, out| for gauge in &s.source.gauges { out.one(&[gauge.name()], gauge.depth()) };
    Gauge "althing_link_waiting" ["link"]
        "Records or frames that wait in a link." =>
        |s, out| for gauge in &s.source.gauges { out.one(&[gauge.name()], gauge.waiting()) };
    Gauge "althing_link_open" ["link"]
        "1 when the link has a sender; 0 once that has ended." =>
        |s, out| for gauge in &s.source.gauges {
            out.one(&[gauge.name()], u8::from(!gauge.is_closed()));
        };
    Counter "althing_link_sent_total" ["link"]
        "Records or frames sent into a link." =>
        |s, out| for gauge in &s.source.gauges { out.one(&[gauge.name()], gauge.sent()) };
    Counter "althing_link_taken_total" ["link"]
        "Records or frames taken out of a link and dealt with." =>
        |s, out| for gauge in &s.source.gauges { out.one(&[gauge.name()], gauge.taken()) };
    Counter "althing_actor_turns_total" ["actor"]
        "Turns of duty of each actor." =>
        |s, out| for heart in &s.source.hearts { out.one(&[heart.name()], heart.turns()) };
    Counter "althing_allocations_after_seal_total" []
        "Allocations of the line's threads after the seal; must stay 0." =>
        |s, out| out.one(&[], s.allocations.0);
    Counter "althing_allocations_tls_total" []
        "Allocations of the line's threads inside TLS." => |s, out| out.one(&[], s.allocations.1);
    Counter "althing_journal_written_bytes_total" []
        "Bytes of the journal handed to the system." => |s, out| out.one(&[], s.outcome.kept.bytes);
    Counter "althing_journal_records_total" []
        "Records taken into the journal." => |s, out| out.one(&[], s.outcome.kept.records);
    Counter "althing_journal_not_kept_total" []
        "Records that came after the journal had failed; must stay 0." =>
        |s, out| out.one(&[], s.outcome.not_kept);
    Gauge "althing_journal_segments" []
        "Segments of this run's journal." => |s, out| out.one(&[], s.outcome.kept.segments);
    Counter "althing_journal_flushes_total" []
        "Flushes of the journal's buffer." => |s, out| out.one(&[], s.outcome.kept.flushes);
    Gauge "althing_journal_failed" []
        "1 when the journal has ended early and the line was stopped." =>
        |s, out| out.one(&[], u8::from(s.outcome.failure.is_some()));
}

/// Nanoseconds as exact decimal seconds.
pub(crate) fn seconds(ns: u64) -> Decimal {
    Decimal::new(i64::try_from(ns).unwrap_or(i64::MAX), 9)
}

fn flag(scrape: &Scrape<'_>, out: &mut Samples<'_>, of: fn(&LineState) -> bool) {
    out.one(&[], u8::from(of(&scrape.stats.line)));
}

fn events(scrape: &Scrape<'_>, out: &mut Samples<'_>) {
    for (class, count) in ["command", "report", "timer", "market"].iter().zip(scrape.stats.classes)
    {
        out.one(&[class], count);
    }
}

/// Every known rule shows, at zero too: an alert wants a series to look at.
fn denied(scrape: &Scrape<'_>, out: &mut Samples<'_>) {
    counted(scrape, out, &scrape.stats.denied);
}

fn counted(scrape: &Scrape<'_>, out: &mut Samples<'_>, counts: &[u64]) {
    let count = scrape.source.rules.len().max(counts.len());
    for index in 0..count {
        let number = format!("rule {index}");
        let name = scrape.source.rules.get(index).unwrap_or(&number);
        out.one(&[name], counts.get(index).copied().unwrap_or(0));
    }
}

/// An amount that an overflow ended has no sample, which is not a zero.
fn money(scrape: &Scrape<'_>, out: &mut Samples<'_>, of: fn(&InstrumentStats) -> Option<Money>) {
    for at in &scrape.stats.instruments {
        if let Some(amount) = of(at) {
            out.one(&[&at.instrument], amount);
        }
    }
}

fn books(scrape: &Scrape<'_>, out: &mut Samples<'_>) {
    let states = [BookState::Syncing, BookState::Live, BookState::Stale];
    for (name, state) in ["syncing", "live", "stale"].iter().zip(states) {
        out.one(&[name], scrape.stats.books.iter().filter(|book| book.state == state).count());
    }
}

fn book_changes(scrape: &Scrape<'_>, out: &mut Samples<'_>) {
    for (reason, count) in REASONS.iter().zip(scrape.stats.book_changes) {
        out.one(&[&snake(&format!("{reason:?}"))], count);
    }
}
