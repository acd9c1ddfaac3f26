//! Frames that were not understood, by what was wrong with them.

use super::{Code, Family};
use types::DecimalError;
use venue::DecodeError;

pub(super) fn family() -> Family {
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
    Family {
        folder: "frame",
        about: "A frame that was not understood: it changes nothing but its book, which is asked for anew.",
        head: "why",
        seen: "`althing_frames_undecodable_total{why=\"CODE\"}` in `/metrics`, with the frame's type; `undecodable` in the summary counts all of them.\n\
               `althing capture inspect FILE` counts those of a recording.",
        codes: all.into_iter().map(code).collect(),
    }
}

fn code(error: DecodeError) -> Code {
    let meaning = match error {
        DecodeError::Number(_) => "a number does not fit its instrument".to_owned(),
        DecodeError::Refused(_) => "the venue answered with its error".to_owned(),
        error => error.to_string(),
    };
    let (when, remedy, more, example) = told(error);
    Code {
        code: error.name().to_owned(),
        meaning,
        when,
        remedy: remedy.to_owned(),
        more,
        example: example.to_owned(),
        extra: String::new(),
    }
}

type Told = (&'static str, &'static str, &'static str, &'static str);

/// When, the remedy, what else to do, a frame.
const fn told(error: DecodeError) -> Told {
    match error {
        DecodeError::NotJson => (
            "The bytes are no JSON: a page in HTML, a plain sentence, a frame that was cut.",
            "something between here and the venue answers: a proxy, a login page; record it and look",
            "`althing record --out DIR` keeps the frames as they came.",
            "<html><body>502 Bad Gateway</body></html>",
        ),
        DecodeError::Shape => (
            "It is JSON, and a field that belongs to its type is missing or has another type.",
            "the venue has changed its messages, or the dialect is another's; record it (`althing record`) and report it",
            "Look first whether venues.NAME.dialect is that of the address in venues.NAME.ws.",
            "{\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"s\":\"BTCUSDT\",\"p\":61800.1}}",
        ),
        DecodeError::Number(_) => (
            "A price or a quantity has more decimals than its instrument's specification says, or is larger than any number.",
            "the specification in force is not the venue's of today: restart, which asks anew",
            "`althing ledger query --table instruments` shows the decimals in force.",
            "{\"stream\":\"btcusdt@trade\",\"data\":{…,\"p\":\"61800.1000000001\",…}}",
        ),
        DecodeError::Sign => (
            "A price of zero or below, or a quantity below zero.",
            "the venue sent what cannot be; the book is asked for anew",
            "One now and then harms nothing; where it repeats, record it and report it to the venue.",
            "{\"stream\":\"btcusdt@depth\",\"data\":{…,\"b\":[[\"61800.10\",\"-0.500\"]],…}}",
        ),
        DecodeError::TooManyLevels => (
            "One message holds more levels of a book than the decoder took memory for at the start.",
            "raise feed.max_frame_kib",
            "Or ask for less: a snapshot of 1000 levels a side is a fifth of one of 5000.",
            "{\"lastUpdateId\":1027024,\"bids\":[[\"61800.10\",\"0.903\"], … 20000 more …]}",
        ),
        DecodeError::TooLong => (
            "One message is longer than feed.max_frame_kib.",
            "raise feed.max_frame_kib",
            "`althing_feed_frames_oversized_total` counts those that the socket's reader did not keep.",
            "{\"lastUpdateId\":1027024,\"bids\":[ … 2 MiB … ]}",
        ),
        DecodeError::Padding => (
            "The frame link handed on a frame without the room behind it that an in-place parser wants.",
            "a fault of this program; report it",
            "Nothing that a venue sends can bring it about; keep the journal.",
            "frame of 812 bytes with 12 bytes behind it",
        ),
        DecodeError::Refused(_) => (
            "The venue answered a request for a snapshot, or a subscription, with an error of its own.",
            "look the code up in the venue's list; a limit of requests passes by itself",
            "Binance -1003: too many requests from this address; wait, and start fewer engines at once.",
            "{\"code\":-1003,\"msg\":\"Too many requests\"}",
        ),
    }
}
