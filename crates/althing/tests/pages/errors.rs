//! The tables of docs/errors.md. Each is a match over the code's own list, so a new
//! code does not compile without its meaning and its remedy.

use std::fmt::Write;
use types::{DecimalError, ReportStatus, StateReason};
use venue::DecodeError;

/// A table of code, meaning and remedy.
fn table(head: &str, rows: impl Iterator<Item = (String, String, String)>) -> String {
    let mut out = format!("| {head} | meaning | what to do |\n|---|---|---|\n");
    for (code, meaning, remedy) in rows {
        let _ = writeln!(out, "| `{code}` | {} | {remedy} |", meaning.replace('|', "\\|"));
    }
    out
}

fn row(code: &str, meaning: &str, remedy: &str) -> (String, String, String) {
    (code.to_owned(), meaning.to_owned(), remedy.to_owned())
}

/// Every rule, then what risk refuses by itself.
pub(crate) fn denied() -> String {
    let found = |name: &&str| risk::RULES.iter().find(|rule| rule.name == *name);
    let rules = risk::ORDER.iter().filter_map(found).map(|r| row(r.name, r.doc, r.remedy));
    let by_itself = risk::BUILT_IN_REASONS.iter();
    let remedy = "nothing to configure: the order could not be kept account of; report it with \
        the journal where it comes again";
    table("rule", rules.chain(by_itself.map(|(name, why)| row(name, why, remedy))))
}

pub(crate) fn conformity() -> String {
    let rule = risk::RULES.iter().find(|rule| rule.name == "conformity").expect("registered");
    let mut out = "| code | meaning |\n|---|---|\n".to_owned();
    for (code, words) in rule.codes {
        let _ = writeln!(out, "| `{code}` | {words} |");
    }
    out
}

pub(crate) fn reports() -> String {
    let all = ReportStatus::ALL.iter();
    table(
        "status",
        all.filter_map(|status| {
            let (meaning, remedy) = report(*status)?;
            Some(row(status.as_str(), meaning, remedy))
        }),
    )
}

/// What went wrong, and what to do; `None` where nothing did.
const fn report(status: ReportStatus) -> Option<(&'static str, &'static str)> {
    use ReportStatus as S;
    Some(match status {
        S::Sent
        | S::Accepted
        | S::Fill
        | S::FilledAll
        | S::Canceled
        | S::CancelSent
        | S::Amended
        | S::AmendSent => return None,
        S::WouldBlock => (
            "the socket took nothing; the order was not sent",
            "nothing; the council may want it again. Often: look at the connection",
        ),
        S::NotConnected => (
            "there was no order connection; the order was not sent",
            "nothing; it reconnects by itself. `althing status` says since when it is down",
        ),
        S::Suppressed => (
            "the kill latch was up; the order was not sent",
            "find out who raised it; only a restart lowers it",
        ),
        S::Denied => ("a rule refused it; `code` is the rule's place", "see above"),
        S::Rejected => (
            "the venue refused it; `code` is the venue's",
            "look the code up in the venue's list; a rule that knows the reason refuses it here",
        ),
        S::Expired => ("its time in force ended it", "nothing, or another time in force"),
        S::CancelRejected => (
            "the venue refused the cancel; `code` is the venue's",
            "nothing; most often it is filled already, and that is told next",
        ),
        S::OutcomeUnknown => (
            "the venue does not know the outcome itself",
            "nothing; the order is UNKNOWN, is asked about, and is never sent again",
        ),
        S::CancelNotSent => (
            "the cancel was not sent",
            "nothing; it is asked for again after council.order.cancel_retry_ms",
        ),
        S::SendFailed => (
            "part of it was written and the rest failed",
            "nothing; the order is UNKNOWN until the venue says what it has",
        ),
        S::NotFound => (
            "a query found no such order; that proves nothing by itself",
            "nothing; the engine asks again before it takes the order for absent",
        ),
        S::AmendNotSent => (
            "the amendment was not sent; `code` less one is the rule that refused it, 0 is none",
            "the order stands as it was; see the rule above",
        ),
        S::AmendRejected => {
            ("the venue refused the amendment, or never had it", "the order stands as it was")
        }
    })
}

pub(crate) fn books() -> String {
    use StateReason as R;
    let all = [
        R::Start,
        R::Bridged,
        R::Gap,
        R::Crossed,
        R::Disconnected,
        R::Silent,
        R::Resumed,
        R::NotBridged,
        R::BufferFull,
        R::Undecodable,
        R::Truncated,
    ];
    let word = |reason: R| {
        let name = format!("{reason:?}");
        let split = name.char_indices().flat_map(|(at, c)| {
            let gap = (at > 0 && c.is_ascii_uppercase()).then_some('_');
            gap.into_iter().chain([c.to_ascii_lowercase()])
        });
        split.collect::<String>()
    };
    table(
        "reason",
        all.into_iter().map(|reason| {
            let (meaning, remedy) = book(reason);
            row(&word(reason), meaning, remedy)
        }),
    )
}

const fn book(reason: StateReason) -> (&'static str, &'static str) {
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
            "see the words below, in the order of their counts",
        ),
        R::Truncated => (
            "the touch came near levels that the book had no room for: a snapshot is asked for",
            "raise the book's levels in the configuration where it comes often",
        ),
    }
}

pub(crate) fn undecodable() -> String {
    let all = [
        DecodeError::NotJson,
        DecodeError::Shape,
        DecodeError::Number(DecimalError::Inexact),
        DecodeError::Sign,
        DecodeError::TooManyLevels,
        DecodeError::TooLong,
        DecodeError::Padding,
        DecodeError::Refused(-1003),
    ];
    table(
        "why",
        all.into_iter().map(|error| {
            let said = match error {
                DecodeError::Number(_) => "a number does not fit its instrument".to_owned(),
                DecodeError::Refused(_) => "the venue answered with its error".to_owned(),
                error => error.to_string(),
            };
            row(error.name(), &said, frame(error))
        }),
    )
}

const fn frame(error: DecodeError) -> &'static str {
    match error {
        DecodeError::NotJson => {
            "something between here and the venue answers: a proxy, a login page; record it and look"
        }
        DecodeError::Shape => {
            "the venue has changed its messages, or the dialect is another's; record it \
             (`althing record`) and report it"
        }
        DecodeError::Number(_) => {
            "the specification in force is not the venue's of today: restart, which asks anew"
        }
        DecodeError::Sign => "the venue sent what cannot be; the book is asked for anew",
        DecodeError::TooManyLevels | DecodeError::TooLong => "raise feed.max_frame_kib",
        DecodeError::Padding => "a fault of this program; report it",
        DecodeError::Refused(_) => {
            "look the code up in the venue's list; a limit of requests passes by itself"
        }
    }
}
