//! What a running engine tells of itself at this moment: actors, links, connections.
//!
//! Asked of its `/metrics`, twice, so that an actor that has stopped turning is seen; read by
//! `status`. Never here: what a record holds, or a word that the engine acts on.
#![allow(clippy::disallowed_methods, reason = "two looks are a while apart")]

use net::{RestClient, RestSettings};
use serde_json::{Value, json};
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

/// Between two looks: an actor that waits in its longest pause turns hundreds of times in it.
const APART: Duration = Duration::from_millis(200);
/// How long an engine may take to answer: its metrics have a thread of their own.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a run tells of itself.
pub(super) enum Living {
    /// It is over; nothing is there to ask.
    Over,
    /// Nobody can be asked, and why.
    Silent(String),
    /// It has answered.
    Told {
        /// Where.
        address: String,
        /// What, at two moments.
        pages: [Page; 2],
    },
}

impl Living {
    /// Asks the run that says its metrics are at `address`.
    pub(super) fn ask(address: Option<SocketAddr>) -> Self {
        let Some(at) = address else {
            return Self::Silent(
                "the run has not said where its metrics are: it starts, or was ended by force"
                    .to_owned(),
            );
        };
        let address = format!("http://{at}/metrics");
        match ask_twice(&format!("http://{at}")) {
            Ok(pages) => Self::Told { address, pages },
            Err(why) => {
                Self::Silent(format!("nobody answers: {why}; the run was ended by force, or hangs"))
            }
        }
    }

    /// Into the document of `status`; null where there is nothing to tell.
    pub(super) fn add_to(&self, document: &mut Value) {
        let (metrics, why, page) = match self {
            Self::Over => (None, None, None),
            Self::Silent(why) => (None, Some(why), None),
            Self::Told { address, pages } => (Some(address), None, Some(pages)),
        };
        document["metrics"] = json!(metrics);
        document["metrics_missing"] = json!(why);
        document["actors"] = json!(page.map(|pages| pages[1].actors(&pages[0])));
        document["links"] = json!(page.map(|pages| pages[1].links()));
        document["connections"] = json!(page.map(|pages| pages[1].connections()));
        document["book_dropped"] = json!(page.and_then(|pages| pages[1].book_dropped()));
    }

    /// A line for each actor, link and connection.
    pub(super) fn text(&self) -> String {
        let pages = match self {
            Self::Over => return String::new(),
            Self::Silent(why) => return format!("\nactors, links and connections: {why}\n"),
            Self::Told { pages, .. } => pages,
        };
        let mut out = "\n".to_owned();
        let now = &pages[1];
        // Writing to a string cannot fail.
        for of in now.actors(&pages[0]) {
            let (name, turns, rate) = (word(&of["actor"]), &of["turns"], &of["turns_per_s"]);
            let stands = if rate == &json!(0) { ": IT STANDS STILL" } else { "" };
            let _ = writeln!(out, "actor     {name} {turns} turns, {rate} a second{stands}");
        }
        for of in now.links() {
            let (name, waiting, depth) = (word(&of["link"]), &of["waiting"], &of["depth"]);
            let open = if of["open"] == json!(true) { "" } else { ", its sender has ended" };
            let _ = writeln!(out, "link      {name} {waiting} waiting, depth {depth}{open}");
        }
        for of in now.connections() {
            let (name, state) = (word(&of["connection"]), word(&of["state"]));
            let _ = writeln!(out, "wire      {name} {state}, {} failures in a row", of["failures"]);
        }
        if let Some(dropped) = now.book_dropped() {
            let _ = writeln!(out, "book      {dropped} levels not kept by full books");
        }
        out
    }
}

fn ask_twice(base: &str) -> Result<[Page; 2], String> {
    let settings = RestSettings {
        connect_timeout: PATIENCE,
        timeout: PATIENCE,
        // Where it listens is the configuration's word, and nothing secret is asked.
        allow_plaintext: true,
        ..RestSettings::default()
    };
    let mut client = RestClient::new(base, settings)?;
    let mut page = || {
        let reply = client.get("/metrics", &[]).map_err(|why| why.sentence)?;
        if !reply.is_ok() {
            return Err(format!("{base}/metrics: status {}", reply.status));
        }
        Ok(Page::read(&String::from_utf8_lossy(&reply.body)))
    };
    let first = page()?;
    std::thread::sleep(APART);
    Ok([first, page()?])
}

/// The samples of a page: metric, value of its first label, number.
pub(super) struct Page(Vec<(String, String, u64)>);

impl Page {
    fn read(text: &str) -> Self {
        let samples = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            let (metric, labels) = name.split_once('{').unwrap_or((name, ""));
            let label = labels.split('"').nth(1).unwrap_or_default();
            Some((metric.to_owned(), label.to_owned(), value.parse().ok()?))
        });
        Self(samples.collect())
    }

    /// Label and value of each sample of a metric.
    fn of(&self, metric: &str) -> impl Iterator<Item = (&str, u64)> {
        let all = self.0.iter().filter(move |(name, ..)| name == metric);
        all.map(|(_, label, value)| (label.as_str(), *value))
    }

    fn value(&self, metric: &str, label: &str) -> Option<u64> {
        self.of(metric).find(|(of, _)| *of == label).map(|(_, value)| value)
    }

    /// Each actor, with how often it turned since `before`.
    fn actors(&self, before: &Self) -> Vec<Value> {
        let metric = "althing_actor_turns_total";
        let each = self.of(metric).map(|(actor, turns)| {
            let since = turns.saturating_sub(before.value(metric, actor).unwrap_or(turns));
            let a_second = u64::try_from(APART.as_millis()).map_or(0, |ms| since * 1000 / ms);
            json!({"actor": actor, "turns": turns, "turns_per_s": a_second})
        });
        each.collect()
    }

    fn links(&self) -> Vec<Value> {
        let each = self.of("althing_link_waiting").map(|(link, waiting)| {
            let value = |metric| self.value(metric, link);
            json!({
                "link": link,
                "waiting": waiting,
                "depth": value("althing_link_depth"),
                "sent": value("althing_link_sent_total"),
                "taken": value("althing_link_taken_total"),
                "open": value("althing_link_open") == Some(1),
            })
        });
        each.collect()
    }

    fn connections(&self) -> Vec<Value> {
        let each = self.of("althing_connection_up").map(|(name, up)| {
            json!({
                "connection": name,
                "state": if up == 1 { "UP" } else { "DOWN" },
                "failures": self.value("althing_connection_failures", name),
            })
        });
        each.collect()
    }

    /// Levels that full books did not keep.
    fn book_dropped(&self) -> Option<u64> {
        self.of("althing_indicator_levels_dropped_total").next().map(|(_, value)| value)
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}
