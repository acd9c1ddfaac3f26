//! A standing as one JSON document and as a page that is read at a glance.

use super::{BookStanding, FeedStanding, Standing};
use crate::explain::orders::OrderStory;
use crate::explain::utc::{span, utc};
use crate::journal::{Ending, snake};
use crate::names::Names;
use crate::stats::InstrumentStats;
use account::Gate;
use serde_json::{Map, Value, json};
use std::fmt::Write;
use types::{Money, Nanos};

/// Orders of a sort that the page names one by one; the rest is counted.
const SHOWN: usize = 10;

impl Standing {
    /// The document. `world` is the mode of the run's configuration; `names` are
    /// its rules'.
    #[must_use]
    pub fn to_json(&self, world: &str, names: &Names) -> Value {
        let breaker = json!({
            "scope": "engine",
            "state": gate(self.breaker.gate),
            "cause": self.cause(),
            "since_ns": self.breaker.since.0,
        });
        let states = self.by_state().into_iter();
        let states: Map<_, _> =
            states.map(|(state, count)| (state.as_str().to_owned(), json!(count))).collect();
        let balances = self.balances.iter();
        let balances: Vec<_> = balances
            .map(|(asset, total)| json!({"asset": asset, "total": total.to_string()}))
            .collect();
        json!({
            "world": world,
            "armed": self.stats.line.armed,
            "breaker": [breaker],
            "orders": states,
            "unknown": self.unknown().map(OrderStory::to_json).collect::<Vec<_>>(),
            "working": self.working().map(OrderStory::to_json).collect::<Vec<_>>(),
            "denied": self.denied(names).into_iter().map(|(k, v)| (k, json!(v))).collect::<Map<_, _>>(),
            "rules": self.rules_json(names),
            "members": self.members_json(names),
            "positions": self.positions_json(),
            "pnl": amount(self.stats.pnl()),
            "fees": amount(self.stats.fees()),
            "funding": amount(self.stats.funding),
            "balances": balances,
            "feeds": self.feeds.iter().map(feed_json).collect::<Vec<_>>(),
            "books": self.books.iter().map(book_json).collect::<Vec<_>>(),
            "events": self.stats.events,
            "first_ns": self.first.0,
            "last_ns": self.stats.last_ts.0,
            "sealed": self.ending == Ending::Sealed,
        })
    }

    /// Every instrument's position and money, flat ones too.
    #[must_use]
    pub fn positions_json(&self) -> Value {
        self.stats.instruments.iter().map(position_json).collect()
    }

    /// The page.
    #[must_use]
    pub fn to_text(&self, world: &str, names: &Names) -> String {
        let mut out = String::new();
        let over = match (&self.ending, self.breaker.gate) {
            (Ending::Sealed, _) => "over, its record is sealed",
            (Ending::Unsealed(_), Gate::Stopped) => "over, its record is not sealed",
            (Ending::Unsealed(_), _) => "running, or ended by force: its record is not sealed",
        };
        let _ = writeln!(out, "{world}, {over}");
        let length = span(self.stats.last_ts.0.saturating_sub(self.first.0));
        let _ = writeln!(
            out,
            "as of {}, after {length} and {} events\n",
            utc(self.stats.last_ts),
            self.stats.events
        );
        let armed = if self.stats.line.armed { "armed" } else { "not armed" };
        let cause = self.cause();
        let _ = writeln!(
            out,
            "breaker   {} ({armed}), by {cause} at {}",
            gate(self.breaker.gate),
            utc(self.breaker.since)
        );
        self.orders_text(names, &mut out);
        out.push('\n');
        out += &self.positions_text();
        for (asset, total) in &self.balances {
            let _ = writeln!(out, "balance   {asset} {total}, as last told");
        }
        out.push('\n');
        for feed in &self.feeds {
            let _ = writeln!(out, "feed      {}", feed_text(feed, self.stats.last_ts));
        }
        for book in &self.books {
            let _ = writeln!(out, "book      {}", book_text(book));
        }
        out.push('\n');
        self.members_text(names, &mut out);
        self.rules_text(names, &mut out);
        out
    }

    /// The lines of every position, then the sums.
    #[must_use]
    pub fn positions_text(&self) -> String {
        let mut out = String::new();
        for at in &self.stats.instruments {
            let entry = at.average_entry.map_or_else(String::new, |p| format!(" at {}", short(p)));
            let _ = writeln!(
                out,
                "position  {} {}{entry}, realised {}, unrealised {}, fees {}, {} fills",
                at.instrument,
                at.position.trimmed(),
                shown(at.realised),
                shown(at.unrealised),
                shown(at.fees),
                at.fills
            );
        }
        let (pnl, fees) = (self.stats.pnl(), self.stats.fees());
        let (pnl, fees, funding) = (shown(pnl), shown(fees), shown(self.stats.funding));
        let _ =
            writeln!(out, "money     pnl {pnl} before fees of {fees}, funding {funding} included");
        out
    }

    fn orders_text(&self, names: &Names, out: &mut String) {
        let states = self.by_state().into_iter().map(|(state, n)| format!("{n} {state}"));
        let states: Vec<_> = states.collect();
        let states = if states.is_empty() { "none".to_owned() } else { states.join(", ") };
        let _ = writeln!(out, "orders    {states}");
        one_by_one("UNKNOWN", &self.unknown().collect::<Vec<_>>(), out);
        one_by_one("working", &self.working().collect::<Vec<_>>(), out);
        let denied: Vec<_> =
            self.denied(names).iter().map(|(rule, n)| format!("{n} by {rule}")).collect();
        if !denied.is_empty() {
            let _ = writeln!(out, "denied    {}", denied.join(", "));
        }
    }

    fn denied(&self, names: &Names) -> Vec<(String, u64)> {
        let counted = (0..).zip(&self.stats.denied).filter(|(_, count)| **count > 0);
        counted.map(|(rule, count)| (names.rule(rule), *count)).collect()
    }

    fn cause(&self) -> String {
        self.breaker.cause.map_or_else(|| "start".to_owned(), |op| snake(&format!("{op:?}")))
    }
}

/// A line for each order, and one for those that are too many.
fn one_by_one(head: &str, orders: &[&OrderStory], out: &mut String) {
    for order in orders.iter().take(SHOWN) {
        let _ = writeln!(out, "{head}   {}", order.to_text());
    }
    if let Some(more) = orders.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let _ = writeln!(out, "{head}   and {more} more: `althing orders` lists them");
    }
}

const fn gate(gate: Gate) -> &'static str {
    match gate {
        Gate::Armed => "ARMED",
        Gate::Draining => "DRAINING",
        Gate::Disarmed => "DISARMED",
        Gate::Stopped => "STOPPED",
        Gate::Killed => "KILLED",
    }
}

fn position_json(at: &InstrumentStats) -> Value {
    json!({
        "instrument": at.instrument,
        "qty": at.position.trimmed().to_string(),
        "average_entry": amount(at.average_entry),
        "realised": amount(at.realised),
        "unrealised": amount(at.unrealised),
        "fees": amount(at.fees),
        "fills": at.fills,
    })
}

fn feed_json(feed: &FeedStanding) -> Value {
    json!({
        "feed": feed.name,
        "state": up(feed.is_up),
        "since_ns": feed.since.map(|at| at.0),
        "last_ns": feed.last.map(|at| at.0),
    })
}

fn book_json(book: &BookStanding) -> Value {
    let level = |at: usize| book.touch.map(|touch| touch[at].to_string());
    json!({
        "instrument": book.instrument,
        "state": book_state(book),
        "reason": reason(book),
        "since_ns": book.since.map(|at| at.0),
        "bid": level(0),
        "bid_qty": level(1),
        "ask": level(2),
        "ask_qty": level(3),
    })
}

fn feed_text(feed: &FeedStanding, now: Nanos) -> String {
    let since = feed.since.map_or_else(String::new, |at| format!(" since {}", utc(at)));
    let last = |at: Nanos| format!(", last input {} before the end", span(now.0 - at.0));
    let last = feed.last.map_or_else(String::new, last);
    format!("{} {}{since}{last}", feed.name, up(feed.is_up))
}

fn book_text(book: &BookStanding) -> String {
    let touch = book.touch.map_or_else(
        || "no touch yet".to_owned(),
        |[bid, bid_qty, ask, ask_qty]| format!("{bid} × {bid_qty} | {ask} × {ask_qty}"),
    );
    format!("{} {} ({})  {touch}", book.instrument, book_state(book), reason(book))
}

fn book_state(book: &BookStanding) -> String {
    format!("{:?}", book.state).to_uppercase()
}

fn reason(book: &BookStanding) -> String {
    snake(&format!("{:?}", book.reason))
}

const fn up(is_up: bool) -> &'static str {
    if is_up { "UP" } else { "DOWN" }
}

fn amount(money: Option<Money>) -> Value {
    money.map_or(Value::Null, |money| json!(money.to_string()))
}

fn shown(money: Option<Money>) -> String {
    money.map_or_else(|| "unknown".to_owned(), short)
}

/// Eight places, cut: for people, who have the document for the rest.
fn short(money: Money) -> String {
    let text = money.to_string();
    match text.split_once('.') {
        Some((whole, places)) if places.len() > 8 => format!("{whole}.{}", &places[..8]),
        _ => text,
    }
}
