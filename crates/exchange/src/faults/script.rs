//! The fault script: TOML to faults, with a sentence and a line for everything that it refuses.
//! Parsing only; it injects nothing.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Action, Fault, Trigger, strikes_alone};
use crate::config::ExchangeError;
use crate::number::parse;
use crate::outgoing::{Target, WireAction};

const NAMES: [&str; 17] = [
    "drop_ack",
    "delay",
    "duplicate",
    "reorder",
    "close",
    "half_open",
    "reset",
    "gap",
    "garbage",
    "throttle",
    "ban",
    "unknown_accepted",
    "unknown_dropped",
    "clock_skew",
    "maintenance",
    "stall",
    "slow",
];
const KEYS: [&str; 11] =
    ["at", "when", "probability", "do", "on", "by", "for", "text", "code", "target", "bytes_per_s"];
const KINDS: [&str; 21] = [
    "request",
    "order.place",
    "order.cancel",
    "order.modify",
    "order.status",
    "depth.snapshot",
    "session.logon",
    "userDataStream.subscribe",
    "userDataStream.subscribe.signature",
    "depth",
    "bookTicker",
    "trade",
    "aggTrade",
    "markPrice",
    "forceOrder",
    "kline",
    "private",
    "ORDER_TRADE_UPDATE",
    "ACCOUNT_UPDATE",
    "executionReport",
    "outboundAccountPosition",
];

/// A parsed script; the default injects nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultScript {
    pub(crate) faults: Vec<Fault>,
}

impl FaultScript {
    /// Reads a script. Errors: a sentence with the line, naming the nearest known word where one is
    /// unknown; a fault that this exchange cannot carry out is refused here, never ignored.
    pub fn parse(text: &str) -> Result<FaultScript, ExchangeError> {
        let table = DeTable::parse(text)
            .map_err(|why| ExchangeError::Script(format!("the fault script is not TOML: {why}")))?;
        let mut faults = Vec::new();
        for (key, value) in table.get_ref() {
            if key.get_ref() != "fault" {
                let (line, word) = (line_of(text, key.span().start), key.get_ref());
                return Err(ExchangeError::Script(format!(
                    "fault script line {line}: unknown key {word}; write [[fault]]"
                )));
            }
            let DeValue::Array(entries) = value.get_ref() else {
                return Err(ExchangeError::Script("write [[fault]], with two brackets".to_owned()));
            };
            for entry in entries {
                faults.push(Entry::new(text, entry)?.fault()?);
            }
        }
        Ok(FaultScript { faults })
    }

    /// How many faults the script holds.
    pub fn len(&self) -> usize {
        self.faults.len()
    }

    /// Whether the script holds no fault.
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count()
}

/// One `[[fault]]`.
struct Entry<'a> {
    line: usize,
    values: Vec<(String, usize, &'a DeValue<'a>)>,
}

impl<'a> Entry<'a> {
    fn new(text: &str, entry: &'a Spanned<DeValue<'a>>) -> Result<Entry<'a>, ExchangeError> {
        let line = line_of(text, entry.span().start);
        let DeValue::Table(table) = entry.get_ref() else {
            return Err(ExchangeError::Script(format!(
                "fault script line {line}: a fault is a table; write [[fault]]"
            )));
        };
        let mut values = Vec::new();
        for (key, value) in table {
            let at = line_of(text, key.span().start);
            let word = key.get_ref().to_string();
            if !KEYS.contains(&word.as_str()) {
                return Err(unknown("key", &word, at, &KEYS));
            }
            values.push((word, at, value.get_ref()));
        }
        Ok(Entry { line, values })
    }

    fn complain(&self, what: &str) -> ExchangeError {
        ExchangeError::Script(format!("fault script line {}: {what}", self.line))
    }

    /// As `complain`, with the line of the key itself.
    fn complain_of(&self, key: &str, what: &str) -> ExchangeError {
        let at = self.values.iter().find(|(name, ..)| name == key).map_or(self.line, |v| v.1);
        ExchangeError::Script(format!("fault script line {at}: {what}"))
    }

    fn text(&self, key: &str) -> Result<Option<&'a str>, ExchangeError> {
        match self.values.iter().find(|(name, ..)| name == key) {
            None => Ok(None),
            Some((_, _, DeValue::String(text))) => Ok(Some(text.as_ref())),
            Some((_, at, _)) => Err(ExchangeError::Script(format!(
                "fault script line {at}: {key} should be text in quotes"
            ))),
        }
    }

    fn number(&self, key: &str) -> Result<Option<&'a str>, ExchangeError> {
        match self.values.iter().find(|(name, ..)| name == key) {
            None => Ok(None),
            Some((_, _, DeValue::Float(value))) => Ok(Some(value.as_str())),
            Some((_, _, DeValue::Integer(value))) => Ok(Some(value.as_str())),
            Some((_, at, _)) => Err(ExchangeError::Script(format!(
                "fault script line {at}: {key} should be a number"
            ))),
        }
    }

    /// A span such as `"3s"`, `"500ms"`, `"20us"`, `"-2s"`, ns.
    fn span(&self, key: &str) -> Result<Option<i64>, ExchangeError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let units = [("ms", 6), ("us", 3), ("µs", 3), ("ns", 0), ("s", 9)];
        let found = units
            .iter()
            .find_map(|(unit, decimals)| parse(text.strip_suffix(unit)?.trim(), *decimals).ok());
        let complaint = || {
            self.complain_of(
                key,
                &format!("{key} = {text:?} is not a span; write \"3s\" or \"500ms\""),
            )
        };
        found.map(Some).ok_or_else(complaint)
    }

    /// A span above zero.
    fn span_or(&self, key: &str, default_ns: i64) -> Result<i64, ExchangeError> {
        match self.span(key)? {
            Some(span) if span <= 0 => {
                Err(self.complain_of(key, &format!("{key} should be longer than nothing")))
            }
            span => Ok(span.unwrap_or(default_ns)),
        }
    }

    fn fault(&self) -> Result<Fault, ExchangeError> {
        let name =
            self.text("do")?.ok_or_else(|| self.complain("it has no do; say which fault it is"))?;
        if !NAMES.contains(&name) {
            let line = self.values.iter().find(|v| v.0 == "do").map_or(self.line, |v| v.1);
            return Err(unknown("fault", name, line, &NAMES));
        }
        let action = self.action(name)?;
        let (trigger, when) = self.trigger()?;
        let on = match (when, self.text("on")?) {
            (Some(_), Some(_)) => {
                return Err(
                    self.complain("it has both when and on; when names the message already")
                );
            }
            (Some(kind), None) | (None, Some(kind)) => kind.to_owned(),
            (None, None) => self.usual_kind(&action).to_owned(),
        };
        if !KINDS.contains(&on.as_str()) {
            let key = if when.is_some() { "when" } else { "on" };
            let line = self.values.iter().find(|(name, ..)| name == key).map_or(self.line, |v| v.1);
            return Err(unknown("message", &on, line, &KINDS));
        }
        if matches!(trigger, Trigger::At(_)) && strikes_alone(&action) && self.has("on") {
            return Err(self.complain_of(
                "on",
                &format!("{name} with at strikes by itself; leave on out, or write when"),
            ));
        }
        self.check_pair(name, &action, &on)?;
        Ok(Fault { trigger, on, action })
    }

    /// Refuses a fault on a message that it cannot strike, rather than never striking.
    fn check_pair(&self, name: &str, action: &Action, on: &str) -> Result<(), ExchangeError> {
        let asks = ["request", "order.", "depth.snapshot", "session.", "userDataStream."];
        let is_request = asks.iter().any(|word| on.starts_with(word));
        let fits = match action {
            Action::DropAck | Action::UnknownAccepted(_) | Action::UnknownDropped(_) => is_request,
            Action::Gap => !is_request,
            _ => true,
        };
        if fits {
            return Ok(());
        }
        let kind = if is_request { "a request" } else { "a message that is sent" };
        Err(self.complain(&format!("{name} cannot strike {on}, which is {kind}")))
    }

    fn usual_kind(&self, action: &Action) -> &'static str {
        match action {
            Action::Gap => "depth",
            Action::Duplicate | Action::Reorder(_) => "private",
            Action::Refuse { .. } => "request",
            _ => "order.place",
        }
    }

    fn trigger(&self) -> Result<(Trigger, Option<&'a str>), ExchangeError> {
        match (self.span("at")?, self.text("when")?, self.number("probability")?) {
            (Some(at), None, None) if at < 0 => {
                Err(self.complain_of("at", "at counts from the start and is not negative"))
            }
            (Some(at), None, None) => Ok((Trigger::At(at), None)),
            (None, Some(when), None) => {
                let (kind, nth) = when.split_once('#').unwrap_or((when, "1"));
                let nth = nth.parse().ok().filter(|n| *n > 0);
                let complaint = || {
                    self.complain_of(
                        "when",
                        &format!(
                            "when = {when:?}; write a message and its number from \
                        1, such as \"order.place#5\""
                        ),
                    )
                };
                Ok((Trigger::Nth(nth.ok_or_else(complaint)?), Some(kind)))
            }
            (None, None, Some(chance)) => {
                let ppm = parse(chance, 6).ok().filter(|p| (0..=1_000_000).contains(p));
                let complaint = || {
                    self.complain_of(
                        "probability",
                        "probability is from 0 to 1, with at most six decimals",
                    )
                };
                Ok((Trigger::Chance { ppm: ppm.ok_or_else(complaint)? as u64 }, None))
            }
            _ => Err(self.complain("it needs exactly one of at, when and probability")),
        }
    }

    fn action(&self, name: &str) -> Result<Action, ExchangeError> {
        let (action, used): (Action, &[&str]) = match name {
            "drop_ack" => (Action::DropAck, &[]),
            "delay" => (Action::Delay(self.span_or("by", 500_000_000)?), &["by"]),
            "duplicate" => (Action::Duplicate, &[]),
            "reorder" => (Action::Reorder(self.span_or("by", 500_000_000)?), &["by"]),
            "gap" => (Action::Gap, &[]),
            "garbage" => {
                let text = self.text("text")?.unwrap_or("{\"e\":\"depthUpdate\",\"E\":17,");
                (Action::Garbage(text.to_owned()), &["text"])
            }
            "throttle" => (self.refuse(429)?, &["for"]),
            "ban" => (self.refuse(418)?, &["for"]),
            "maintenance" => (self.refuse(503)?, &["for"]),
            "unknown_accepted" => (Action::UnknownAccepted(self.code()?), &["code"]),
            "unknown_dropped" => (Action::UnknownDropped(self.code()?), &["code"]),
            "clock_skew" => {
                let by_ns = self.span("by")?.unwrap_or(2_000_000_000);
                if by_ns == 0 {
                    return Err(self.complain_of("by", "a clock that is off by nothing is right"));
                }
                (
                    Action::ClockSkew { by_ns, for_ns: self.span_or("for", i64::MAX)? },
                    &["by", "for"],
                )
            }
            "stall" => (Action::Stall(self.span_or("for", 1_000_000_000)?), &["for"]),
            "close" => (Action::Wire(self.target()?, WireAction::Close), &["target"]),
            "reset" => (Action::Wire(self.target()?, WireAction::Reset), &["target"]),
            "half_open" => (
                Action::HalfOpen(self.target()?, self.span_or("for", 5_000_000_000)?),
                &["target", "for"],
            ),
            _ => (
                Action::Slow(self.target()?, self.pace()?, self.span_or("for", 2_000_000_000)?),
                &["target", "bytes_per_s", "for"],
            ),
        };
        let general = ["at", "when", "probability", "do", "on"];
        for (key, at, _) in &self.values {
            if !general.contains(&key.as_str()) && !used.contains(&key.as_str()) {
                return Err(ExchangeError::Script(format!(
                    "fault script line {at}: {name} takes no {key}"
                )));
            }
        }
        Ok(action)
    }

    fn refuse(&self, status: u16) -> Result<Action, ExchangeError> {
        Ok(Action::Refuse { status, for_ns: self.span_or("for", 2_000_000_000)? })
    }

    fn code(&self) -> Result<i32, ExchangeError> {
        match self.number("code")? {
            None | Some("-1000" | "503") => Ok(-1000),
            Some("-1007") => Ok(-1007),
            Some(other) => {
                Err(self.complain_of("code", &format!("code = {other}; it is 503 or -1007")))
            }
        }
    }

    fn pace(&self) -> Result<u32, ExchangeError> {
        let Some(text) = self.number("bytes_per_s")? else { return Ok(1_000) };
        let pace = text.parse().ok().filter(|pace| *pace > 0);
        let why = || format!("bytes_per_s = {text}; write a whole number from 1 to {}", u32::MAX);
        pace.ok_or_else(|| self.complain_of("bytes_per_s", &why()))
    }

    fn has(&self, key: &str) -> bool {
        self.values.iter().any(|(name, ..)| name == key)
    }

    fn target(&self) -> Result<Option<Target>, ExchangeError> {
        // Without a message to go by, all connections; with one, those that it goes over.
        let timed = self.has("at") && !self.has("on");
        match self.text("target")? {
            None => Ok(timed.then_some(Target::All)),
            Some("market") => Ok(Some(Target::Market)),
            Some("private") => Ok(Some(Target::Private)),
            Some("api") => Ok(Some(Target::Api)),
            Some("all") => Ok(Some(Target::All)),
            Some(other) => {
                let line = self.values.iter().find(|v| v.0 == "target").map_or(self.line, |v| v.1);
                Err(unknown("target", other, line, &["market", "private", "api", "all"]))
            }
        }
    }
}

fn unknown(what: &str, word: &str, line: usize, known: &[&str]) -> ExchangeError {
    let nearest = known.iter().min_by_key(|k| distance(word, k)).copied().unwrap_or("");
    ExchangeError::Script(format!(
        "fault script line {line}: unknown {what} {word}; the nearest known is {nearest}"
    ))
}

/// Edits from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<u8> = b.bytes().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
