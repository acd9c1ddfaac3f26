//! Keys of the council: who votes, how votes are weighed, what they become.
//!
//! Read with the rest of the table by [`super`].

use super::{WEEK_S, integer, key, words};
use crate::schema::{Form, Given, KeySpec, Kind};
use types::Decimal;

/// An amount of something: the least that 18 places can say, or more.
const AMOUNT: Kind =
    Kind::Decimal { min: Decimal::new(1, 18), max: Decimal::new(1_000_000_000_000, 0) };

pub(super) const COUNCIL: &[KeySpec] = &[
    key(
        "mode",
        words(&["ensemble", "solo", "off"]),
        Given::Text("ensemble"),
        [
            "`ensemble` weighs every vote, `solo` follows one seat, `off` journals votes and \
                routes nothing.",
            "an ensemble of one is a solo; so one default serves both",
        ],
    ),
    key(
        "solo",
        Kind::Text(Form::Member),
        Given::Optional,
        ["The member that `mode = \"solo\"` follows.", "needed for solo, nothing else reads it"],
    ),
    key(
        "quorum",
        integer(1, 8),
        Given::Integer(1),
        [
            "How many seats must hold an opinion that is not too old.",
            "one: a council of one can act",
        ],
    ),
    key(
        "threshold",
        Kind::Share { min_ppm: 0 },
        Given::Decimal(Decimal::new(5, 1)),
        [
            "The confidence, 0 to 1, from which the council acts.",
            "0.5: half of the weight, fully confident, carries it",
        ],
    ),
    key(
        "vote_ttl_ms",
        integer(1, WEEK_S * 1000),
        Given::Integer(1000),
        [
            "How long a vote counts, in milliseconds of event time.",
            "an opinion on a book that is a second old is about another market",
        ],
    ),
];

pub(super) const ORDER: &[KeySpec] = &[
    key(
        "type",
        words(&["LIMIT", "MARKET"]),
        Given::Text("LIMIT"),
        [
            "Order type; a market order has no price and never rests, whatever `time_in_force` says.",
            "LIMIT: the price is part of the decision",
        ],
    ),
    key(
        "time_in_force",
        words(&["GTC", "IOC", "FOK", "GTX"]),
        Given::Text("GTX"),
        ["How long it stands; GTX is post-only.", "GTX: whoever says nothing pays no taker fee"],
    ),
    key(
        "qty",
        AMOUNT,
        Given::Required,
        [
            "Quantity of an order in the base asset or in contracts, rounded down to the lot.",
            "no default: what to risk is nobody's guess",
        ],
    ),
    key(
        "position_max",
        AMOUNT,
        Given::Optional,
        [
            "The largest position that the council asks for, long or short, in the same unit.",
            "without it, risk alone holds the line and its refusals fill the record",
        ],
    ),
    key(
        "offset_ticks",
        integer(-1_000_000, 1_000_000),
        Given::Integer(0),
        [
            "Ticks from the own side's best toward the other side; negative rests behind it.",
            "0 joins the queue",
        ],
    ),
    key(
        "amend_ticks",
        integer(1, 1_000_000),
        Given::Optional,
        [
            "From how many ticks on a resting order is amended to the price that would be asked for \
                now.",
            "where it is missing, an order rests where it is until it is filled or cancelled",
        ],
    ),
    key(
        "max_age_ms",
        integer(1, WEEK_S * 1000),
        Given::Integer(5000),
        [
            "How long an order may rest before it is cancelled, in milliseconds of event time.",
            "longer than any vote behind it lives",
        ],
    ),
    key(
        "cooldown_ms",
        integer(0, WEEK_S * 1000),
        Given::Integer(1000),
        [
            "The shortest time between two places on one instrument, in milliseconds of event \
                time.",
            "longer than a round trip, so that the next decision sees what came of the last",
        ],
    ),
    key(
        "cancel_retry_ms",
        integer(1, WEEK_S * 1000),
        Given::Integer(1000),
        [
            "The shortest time before a cancel that came to nothing is asked for again, in \
                milliseconds of event time.",
            "the venue's answer to the first may still be under way",
        ],
    ),
];

pub(super) const QTY_OF: &[KeySpec] = &[key(
    "*",
    AMOUNT,
    Given::Optional,
    [
        "Quantity of an order in the instrument of this symbol, instead of `qty`.",
        "a lot of one instrument is worth a thousand of another",
    ],
)];

pub(super) const MEMBER: &[KeySpec] = &[
    key(
        "name",
        Kind::Text(Form::Member),
        Given::Required,
        ["Which registered member sits here.", "nothing can be guessed here"],
    ),
    key(
        "weight",
        Kind::Share { min_ppm: 1 },
        Given::Decimal(Decimal::new(1, 0)),
        ["How much its vote weighs against the others'.", "1: every seat alike"],
    ),
    key(
        "shadow",
        Kind::Flag,
        Given::Flag(false),
        [
            "Whether it only votes for the record and counts for nothing.",
            "a seat that is configured is meant to count",
        ],
    ),
];
