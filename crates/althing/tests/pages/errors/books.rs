//! Why a book is not LIVE, and why it is again.

use super::{Code, Family};
use types::{BookState, StateReason};

pub(super) fn family() -> Family {
    Family {
        folder: "book",
        about: "Why a book changed its state: it may be acted on while it is LIVE.",
        head: "reason",
        seen: "`althing status`, in brackets behind the book's state; `althing journal dump JOURNAL | grep reason=CODE`.\n\
               `althing_book_changes_total{reason=\"CODE\"}` and `althing_book_state` in `/metrics`.",
        codes: cold::REASONS.iter().map(|reason| code(*reason)).collect(),
    }
}

fn code(reason: StateReason) -> Code {
    let (meaning, remedy) = said(reason);
    let (when, more, state) = told(reason);
    let word = word(reason);
    let state = format!("{state:?}").to_uppercase();
    Code {
        example: format!(
            "book      BTCUSDT-PERP.BINANCE {state} ({word})  61799.90 × 0.903 | 61800.00 × 0.797"
        ),
        code: word,
        meaning: meaning.to_owned(),
        when,
        remedy: remedy.to_owned(),
        more,
        extra: String::new(),
    }
}

fn word(reason: StateReason) -> String {
    let name = format!("{reason:?}");
    let split = name.char_indices().flat_map(|(at, c)| {
        let gap = (at > 0 && c.is_ascii_uppercase()).then_some('_');
        gap.into_iter().chain([c.to_ascii_lowercase()])
    });
    split.collect()
}

/// Meaning and remedy.
const fn said(reason: StateReason) -> (&'static str, &'static str) {
    use StateReason as R;
    match reason {
        R::Start => ("no snapshot has come yet", "wait; the venue may be limiting requests"),
        R::Bridged => ("the snapshot joined: LIVE", "nothing"),
        R::Gap => (
            "a break in the venue's own sequence: STALE, and a snapshot is asked for",
            "nothing; many of them are a connection that loses messages",
        ),
        R::Crossed => (
            "best bid at or above best ask after a whole message: STALE",
            "nothing; a snapshot follows",
        ),
        R::Disconnected => ("the connection closed: STALE", "nothing; it reconnects with backoff"),
        R::Silent => (
            "nothing came for feed.stale_after_ms: STALE",
            "raise it where the instrument is quiet; else look at the connection",
        ),
        R::Resumed => ("messages flow again, in sequence: LIVE", "nothing"),
        R::NotBridged => (
            "the snapshot was older than the first waiting change",
            "nothing; another is asked for",
        ),
        R::BufferFull => (
            "more changes waited for a snapshot than there is room for",
            "nothing; it begins anew. Often: the venue answers snapshots too slowly",
        ),
        R::Undecodable => (
            "a frame that was not understood may have held a change: STALE",
            "see what was wrong with the frame, by its word",
        ),
        R::Truncated => (
            "the touch came near levels that the book had no room for: a snapshot is asked for",
            "raise feed.book_levels where it comes often",
        ),
    }
}

/// When it happens, what else to do, and the state that the book has then.
const fn told(reason: StateReason) -> (&'static str, &'static str, BookState) {
    use BookState::{Live, Stale, Syncing};
    use StateReason as R;
    match reason {
        R::Start => (
            "The engine has just started, or the instrument's snapshot was refused so far.",
            "`althing_normalizer_snapshots_refused_total` counts refusals; Binance answers 429 when an address asks too often.",
            Syncing,
        ),
        R::Bridged => (
            "A snapshot came that the waiting changes continue without a break.",
            "It should follow every other reason within a second or two; where it does not, read the reason before it.",
            Live,
        ),
        R::Gap => (
            "A depth message does not continue the one before it, and no copy of it came within feed.gap_wait_ms.",
            "`feed.copies = 2` lets a second connection fill what one has lost; `althing_normalizer_holes_filled_total` counts how often it does.\n\
             Gaps at the same minute on every instrument are the machine or its network, not the venue.",
            Stale,
        ),
        R::Crossed => (
            "After a whole message the best bid was at or above the best ask: a change was lost without a break in the sequence, or the venue sent it so.",
            "Where it repeats on one instrument, record it (`althing record`) and report it with the file.",
            Stale,
        ),
        R::Disconnected => (
            "The connection that carries the book's depth, and every copy of it, has closed.",
            "`althing_connection_failures` says how often it failed in a row since; a replacement of an old connection does not come here.",
            Stale,
        ),
        R::Silent => (
            "A book was LIVE and no message of its instrument came for feed.stale_after_ms.",
            "On a depth stream of 100 ms two seconds are twenty messages; a thinly traded instrument may rightly be quiet for longer.\n\
             All instruments at once: the connection is dead and has not said so; it is closed after feed.silence_ms.",
            Stale,
        ),
        R::Resumed => (
            "A book that was stale for silence got a message that continues the last one: nothing was missed, so no snapshot is needed.",
            "Many pairs of silent and resumed mean that feed.stale_after_ms is too short for the instrument.",
            Live,
        ),
        R::NotBridged => (
            "The venue answered with a snapshot from before the first change that was kept for it.",
            "One or two at the start are usual; `althing_normalizer_snapshots_not_bridged_total` that goes on rising is a venue that serves old snapshots.",
            Syncing,
        ),
        R::BufferFull => (
            "While the snapshot was under way, more changes came than are kept; those are forgotten and it begins anew.",
            "`althing_normalizer_buffer_overruns_total` counts them; fewer instruments, or another address for REST, shorten the wait.",
            Syncing,
        ),
        R::Undecodable => (
            "A frame of the book's connection could not be read, so a change may have been in it.",
            "[Frames that were not understood](../../errors.md#frames-that-were-not-understood) has the words; `althing_frames_undecodable_total` counts by them.",
            Stale,
        ),
        R::Truncated => (
            "A book keeps feed.book_levels levels a side beyond its dense window; the price moved to where levels had been dropped.",
            "`althing_indicator_levels_dropped_total` counts what a full book did not keep.",
            Stale,
        ),
    }
}
