//! Texts with a form of their own, read into what they mean: addresses,
//! instrument ids, bar lengths, indicators with their parameters.
//!
//! The judge calls these to refuse a text, the builder to use one. Pure.

use crate::config::{IndicatorChoice, Instrument, Source};
use crate::fault::Complaint;
use crate::judge::parameter;
use crate::nearest::nearest;
use crate::schema::{Form, one_of};
use crate::{Registries, Speed};
use std::net::SocketAddr;
use types::{ParamValue, Symbol};

/// A day in seconds: bars are aligned to it.
const DAY_S: u32 = 86_400;

impl Form {
    /// Why `text` is not of this form; `None` if it is.
    pub(crate) fn complaint(self, text: &str, registries: &Registries<'_>) -> Option<Complaint> {
        let known =
            |list: &[crate::Registered<'_>]| list.iter().map(|e| e.name).collect::<Vec<_>>();
        match self {
            Self::OneOf(words) => word(text, words),
            Self::Dialect => word(text, registries.dialects),
            Self::Member => word(text, &known(registries.members)),
            Self::Indicator => indicator(text, registries).err(),
            Self::Path => path(text),
            Self::Layout => topology::Layout::parse(text)
                .err()
                .map(|_| self.plain("this layout has an empty name in it", registries)),
            Self::Rest => address(text, ["http://", "https://"]),
            Self::Socket => address(text, ["ws://", "wss://"]),
            Self::Variable => variable(text),
            Self::Address => text
                .parse::<SocketAddr>()
                .err()
                .map(|_| self.plain("this is not an IP address and a port", registries)),
            Self::Speed => {
                speed(text).is_none().then(|| self.plain("this is not a speed", registries))
            }
            Self::Instrument => instrument(text).err(),
            Self::Source => source(text).err(),
            // Whether the set has it is for the checks to say.
            Self::Label => None,
            Self::Reason => (text.trim().len() < 3).then(|| {
                Complaint::new("this is no reason", "say in a few words why the rule is off")
            }),
        }
    }

    fn plain(self, sentence: &str, registries: &Registries<'_>) -> Complaint {
        Complaint::new(sentence, format!("write {}", self.words(registries)))
    }
}

fn word(text: &str, words: &[&str]) -> Option<Complaint> {
    if words.contains(&text) {
        return None;
    }
    let nearest = nearest(text, words.iter().copied())
        .map_or_else(String::new, |word| format!("; the nearest is \"{word}\""));
    Some(Complaint::new("this word is not known", format!("write {}{nearest}", one_of(words))))
}

/// A name that survives as an upper-case environment variable.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= 32
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
}

fn path(text: &str) -> Option<Complaint> {
    (text.is_empty() || text.chars().any(char::is_control))
        .then(|| Complaint::new("this is not a path", "write the path of a file or a directory"))
}

/// The text is never repeated: an address may carry a password.
fn address(text: &str, schemes: [&str; 2]) -> Option<Complaint> {
    let remedy =
        format!("write {}HOST or {}HOST, with :PORT and a path if needed", schemes[0], schemes[1]);
    let Some(rest) = schemes.iter().find_map(|scheme| text.strip_prefix(scheme)) else {
        return Some(Complaint::new("this address has another scheme", remedy));
    };
    if rest.contains(['@', '?', '#']) {
        return Some(Complaint::new(
            "an address with a user, a query or a fragment may carry a secret and is refused",
            remedy,
        ));
    }
    let host = rest.split('/').next().unwrap_or_default();
    let is_bad = |c: char| c.is_control() || c.is_whitespace() || !c.is_ascii();
    if host.is_empty() || host.starts_with(':') || rest.contains(is_bad) {
        return Some(Complaint::new("this address has no host", remedy));
    }
    None
}

/// Whether an address is reached without TLS.
pub(crate) fn is_plain(address: &str) -> bool {
    address.starts_with("http://") || address.starts_with("ws://")
}

fn variable(text: &str) -> Option<Complaint> {
    let is_name = text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    (!is_name).then(|| {
        Complaint::new(
            "this is not the name of an environment variable (it is not shown, in case it is the \
                secret itself)",
            "write a name such as \"BINANCE_SECRET\" and put the secret into that variable",
        )
    })
}

/// `max`, or a factor.
pub(crate) fn speed(text: &str) -> Option<Speed> {
    if text == "max" {
        return Some(Speed::Max);
    }
    let factor = text.parse().ok()?;
    (1..=4000).contains(&factor).then_some(Speed::Times(factor))
}

/// `BTCUSDT-PERP.BINANCE` taken apart; the venue is empty where the text is
/// the venue's own symbol.
pub(crate) fn instrument(text: &str) -> Result<Instrument, Complaint> {
    let complaint = |sentence: &str| {
        Complaint::new(
            sentence,
            "write SYMBOL-PERP.VENUE or SYMBOL.VENUE, such as \"BTCUSDT-PERP.BINANCE\"",
        )
    };
    let (left, venue) = text.rsplit_once('.').map_or((text, None), |(l, v)| (l, Some(v)));
    let symbol = left.strip_suffix("-PERP").unwrap_or(left);
    let is_word = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"-_".contains(&b);
    let parsed = Symbol::new(symbol).filter(|_| symbol.bytes().all(is_word));
    let symbol = parsed
        .ok_or_else(|| complaint("its symbol must be 1 to 24 capital letters, digits, - or _"))?;
    let lower = venue.unwrap_or_default().to_ascii_lowercase();
    if venue.is_some_and(|venue| !is_name(&lower) || lower.to_ascii_uppercase() != venue) {
        return Err(complaint("its venue must be a name in capital letters"));
    }
    Ok(Instrument { id: text.to_owned(), symbol, venue: lower })
}

/// `touch`, `trades` or a bar's length.
pub(crate) fn source(text: &str) -> Result<Source, Complaint> {
    match text {
        "touch" => Ok(Source::Touch),
        "trades" => Ok(Source::Trades),
        _ => interval(text).map(Source::Bars).ok_or_else(|| {
            Complaint::new(
                format!("{text:?} is no source and no bar length that divides a day"),
                "write touch, trades, or a number and s, m, h or d, such as 1m, 5m, 1h or 1d",
            )
        }),
    }
}

/// `5m` in seconds.
fn interval(text: &str) -> Option<u32> {
    let unit = match text.as_bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3600,
        b'd' => DAY_S,
        _ => return None,
    };
    let number: u32 = text.get(..text.len().checked_sub(1)?)?.parse().ok()?;
    let seconds = number.checked_mul(unit)?;
    (seconds > 0 && DAY_S.is_multiple_of(seconds)).then_some(seconds)
}

/// `macd:12:26:9@5m`: parameters in declared order, then what moves it.
pub(crate) fn indicator(
    label: &str,
    registries: &Registries<'_>,
) -> Result<IndicatorChoice, Complaint> {
    let (text, from) = label.split_once('@').map_or((label, None), |(l, s)| (l, Some(s)));
    let mut parts = text.split(':');
    let name = parts.next().unwrap_or_default();
    let Some(entry) = registries.indicator(name) else {
        let names: Vec<_> = registries.indicators.iter().map(|entry| entry.name).collect();
        let complaint = word(name, &names);
        return Err(complaint.unwrap_or_else(|| Complaint::new("no such indicator", "")));
    };
    let given: Vec<&str> = parts.collect();
    if given.len() > entry.params.len() {
        return Err(Complaint::new(
            format!("{label} has {} parameters, {name} takes {}", given.len(), entry.params.len()),
            usage(entry),
        ));
    }
    let mut values: Vec<(String, ParamValue)> = Vec::new();
    for (spec, text) in entry.params.iter().zip(given) {
        let value = parameter(spec, text, registries).map_err(|complaint| {
            let sentence = format!("{} of {label}: {}", spec.name, complaint.sentence);
            Complaint::new(sentence, complaint.remedy)
        })?;
        values.push((spec.name.to_owned(), value));
    }
    let params = types::Params::resolve(entry.params, &values).map_err(|e| {
        Complaint::new(format!("{} of {label} {}", e.key, e.sentence), usage(entry))
    })?;
    let params = params.iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let source = from.map(source).transpose()?;
    Ok(IndicatorChoice { label: label.to_owned(), name: entry.name.to_owned(), params, source })
}

fn usage(entry: &crate::Registered<'_>) -> String {
    let params: Vec<_> = entry.params.iter().map(|spec| format!(":{}", spec.name)).collect();
    format!("write {}{}", entry.name, params.concat())
}
