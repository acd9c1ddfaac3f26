//! Request parameters as name and text, whatever transport they came by.
//! An empty value counts as absent, as on the venue; nothing here knows what a parameter means.

use serde_json::Value;

use crate::refusal::Refusal;

/// Parameters in the order received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params {
    pub(crate) pairs: Vec<(String, String)>,
}

impl Params {
    /// From a query string and a form body, percent-decoded; where both name one, the query wins.
    pub(crate) fn from_form(query: &str, body: &str) -> Params {
        let mut pairs = Vec::new();
        for part in query.split('&').chain(body.split('&')).filter(|p| !p.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            pairs.push((decode(name), decode(value)));
        }
        Params { pairs }
    }

    /// From the `params` object of a WebSocket-API request; numbers and booleans as their JSON
    /// text.
    pub(crate) fn from_json(object: Option<&Value>) -> Params {
        let mut pairs = Vec::new();
        if let Some(Value::Object(map)) = object {
            for (name, value) in map {
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Null => continue,
                    other => other.to_string(),
                };
                pairs.push((name.clone(), text));
            }
        }
        Params { pairs }
    }

    /// The value, unless absent or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The value, or -1102.
    pub(crate) fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| Refusal::missing(name))
    }

    /// An integer value; malformed counts as missing (-1102), as on the venue.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.get(name) else { return Ok(None) };
        // Three decimals are allowed on times; the fraction does not matter at millisecond checks.
        let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
        whole.parse().map(Some).map_err(|_| Refusal::missing(name))
    }
}

/// Undoes percent-encoding and `+`; a malformed escape stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match (bytes[at], escape.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
