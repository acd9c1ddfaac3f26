//! What a report says went wrong with an order.

use super::{Code, Family};
use types::ReportStatus;

pub(super) fn family() -> Family {
    let all = ReportStatus::ALL.iter().filter_map(|status| {
        let told = report(*status)?;
        Some(code(*status, &told))
    });
    Family {
        folder: "report",
        about: "What a report says went wrong with an order; the order's state moves by it.",
        head: "status",
        seen: "`althing why ORDER` at the end, as the order's life; `althing orders` beside its states.\n\
               `althing ledger query \"SELECT * FROM order_states WHERE cause = 'CODE'\"` lists every order that changed its state by it.\n\
               `althing journal dump JOURNAL | grep status=CODE` shows the reports themselves.",
        codes: all.collect(),
    }
}

struct Told {
    meaning: &'static str,
    when: &'static str,
    remedy: &'static str,
    more: &'static str,
    /// The order's states in the example, and the report's code.
    example: (&'static str, i32),
}

fn code(status: ReportStatus, told: &Told) -> Code {
    let name = status.as_str();
    let (states, number) = told.example;
    let number = if number == 0 { String::new() } else { format!(", code {number}") };
    Code {
        code: name.to_owned(),
        meaning: told.meaning.to_owned(),
        when: told.when,
        remedy: told.remedy.to_owned(),
        more: told.more,
        example: format!("report: {name}{number}\n{states}"),
        extra: String::new(),
    }
}

/// `None` where nothing went wrong.
fn report(status: ReportStatus) -> Option<Told> {
    use ReportStatus as S;
    match status {
        S::Sent
        | S::Accepted
        | S::Fill
        | S::FilledAll
        | S::Canceled
        | S::CancelSent
        | S::Amended
        | S::AmendSent => None,
        S::WouldBlock | S::NotConnected | S::Suppressed | S::Denied | S::SendFailed => {
            Some(before_the_venue(status))
        }
        S::Rejected | S::Expired | S::OutcomeUnknown | S::NotFound => Some(from_the_venue(status)),
        S::CancelRejected | S::CancelNotSent | S::AmendNotSent | S::AmendRejected => {
            Some(of_a_change(status))
        }
    }
}

/// Something held it back on our side.
fn before_the_venue(status: ReportStatus) -> Told {
    use ReportStatus as S;
    match status {
        S::WouldBlock => Told {
            meaning: "the socket took nothing; the order was not sent",
            when: "The system's send buffer of the order connection is full: the venue, or the way to it, takes no bytes.",
            remedy: "nothing; the council may want it again. Often: look at the connection",
            more: "`althing_gateway_orders_not_sent_total` counts them; a row of them is a connection that has died without saying so.",
            example: ("APPROVED → DENIED", 0),
        },
        S::NotConnected => Told {
            meaning: "there was no order connection; the order was not sent",
            when: "Both order connections are down, or neither has logged on yet.",
            remedy: "nothing; it reconnects by itself. `althing status` says since when it is down",
            more: "`althing_connection_failures` of `orders.0` and `orders.1` says how often it was tried; a refused key is counted in `althing_gateway_logons_refused_total`.",
            example: ("APPROVED → DENIED", 0),
        },
        S::Suppressed => Told {
            meaning: "the kill latch was up; the order was not sent",
            when: "The latch is read right before each socket write, so it also stops what risk had approved a moment earlier.",
            remedy: "find out who raised it; only a restart lowers it",
            more: "Cancels still go out. `althing status` names the command that raised it and when.",
            example: ("APPROVED → DENIED", 0),
        },
        S::Denied => Told {
            meaning: "a rule refused it; `code` is the rule's place",
            when: "Risk found that a rule does not allow it; the report carries that back to the council.",
            remedy: "see the rule's own page",
            more: "`althing rules` lists them by their places, and `althing why ORDER` names the one.",
            example: ("INITIALIZED → DENIED", 8),
        },
        _ => Told {
            meaning: "part of it was written and the rest failed",
            when: "The connection broke in the middle of an order's bytes: nobody knows whether the venue can read what it has.",
            remedy: "nothing; the order is UNKNOWN until the venue says what it has",
            more: "It is asked about on the other connection and never sent again; until then its quantity stays reserved.",
            example: ("APPROVED → UNKNOWN", 0),
        },
    }
}

/// The venue said it, or could not.
fn from_the_venue(status: ReportStatus) -> Told {
    use ReportStatus as S;
    match status {
        S::Rejected => Told {
            meaning: "the venue refused it; `code` is the venue's",
            when: "A post-only order would have taken, the balance does not cover it, a limit of the venue was reached, the key may not trade.",
            remedy: "look the code up in the venue's list; a rule that knows the reason refuses it here",
            more: "Binance -5022: post-only would have taken; another council.order.offset_ticks helps.\n\
                   Binance -2019 or -2010: the margin or the balance does not cover it; lower `[risk.max_position]`.\n\
                   Binance -1015: too many orders; lower `[risk.order_rate]`.",
            example: ("SUBMITTED → REJECTED", -5022),
        },
        S::Expired => Told {
            meaning: "its time in force ended it",
            when: "An IOC or FOK order found too little, a GTX order would have taken, or the venue ended it for reasons of its own.",
            remedy: "nothing, or another time in force",
            more: "What was filled before stays filled: the states show it.",
            example: ("ACCEPTED → EXPIRED", 0),
        },
        S::OutcomeUnknown => Told {
            meaning: "the venue does not know the outcome itself",
            when: "It answered with a code that means neither yes nor no: its own time limit, an overload, a restart.",
            remedy: "nothing; the order is UNKNOWN, is asked about, and is never sent again",
            more: "While an instrument has an UNKNOWN order its quantity stays reserved, so `max_position` may refuse others.\n\
                   `althing_orders{state=\"UNKNOWN\"}` above zero for minutes is worth a call to the venue.",
            example: ("SUBMITTED → UNKNOWN → ACCEPTED", -1007),
        },
        _ => Told {
            meaning: "a query found no such order; that proves nothing by itself",
            when: "An order in UNKNOWN was asked about before the venue had it in its books, or it never arrived.",
            remedy: "look at the venue: where it has no such order, stop the engine, which cancels what works, and start it anew",
            more: "The order stays UNKNOWN and its instrument stays locked, and the engine asks again: this version has no proof of absence, so nothing but the venue's word on the order ends it.",
            example: ("UNKNOWN, as before", -2013),
        },
    }
}

/// A cancel or an amendment.
fn of_a_change(status: ReportStatus) -> Told {
    use ReportStatus as S;
    match status {
        S::CancelRejected => Told {
            meaning: "the venue refused the cancel; `code` is the venue's",
            when: "The order was filled or ended while the cancel was under way.",
            remedy: "nothing; most often it is filled already, and that is told next",
            more: "An order that stays alive after it is asked about, like one without an answer.",
            example: ("PENDING_CANCEL → FILLED", -2011),
        },
        S::CancelNotSent => Told {
            meaning: "the cancel was not sent",
            when: "The order connection was down or took no bytes at that moment.",
            remedy: "nothing; it is asked for again after council.order.cancel_retry_ms",
            more: "The order keeps its state: it may still be filled.",
            example: ("ACCEPTED", 0),
        },
        S::AmendNotSent => Told {
            meaning: "the amendment was not sent; `code` less one is the rule that refused it, 0 is none",
            when: "A rule judged the whole new order and refused it, or the connection took no bytes.",
            remedy: "the order stands as it was; see the rule's own page",
            more: "`althing rules` lists the rules by their places.",
            example: ("ACCEPTED", 9),
        },
        _ => Told {
            meaning: "the venue refused the amendment, or never had it",
            when: "The order was filled or ended first, the new price would have taken, or nothing would have changed.",
            remedy: "the order stands as it was",
            more: "Where it comes often, a larger council.order.amend_ticks asks for fewer changes.",
            example: ("PENDING_REPLACE → ACCEPTED", -5027),
        },
    }
}
