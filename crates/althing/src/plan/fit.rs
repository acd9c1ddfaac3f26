//! Whether what a configuration names fits together: what each member is told is
//! counted as it expects, and what indicators and rules live on is subscribed.
//!
//! Fed by a loaded configuration before anything starts; each fault says where it
//! stands. Never asked about a recorded one: what an older build ran stays readable.

use crate::line::Plan;
use config::{ConfigError, IndicatorChoice, Loaded, Origin, RuleState, Stream};
use council::InputSpec;
use indicator::{Descriptor, LineSpec, Source};
use types::{ParamError, Unit};

/// The longest value that a sentence repeats, in characters.
const SHOWN: usize = 60;
const STREAMS: &str = "feed.streams";

/// Everything that does not fit.
pub(super) fn faults(loaded: &Loaded, plan: &Plan) -> Vec<ConfigError> {
    let mut faults = roles(loaded);
    faults.extend(indicator_streams(loaded, plan));
    faults.extend(rule_streams(loaded));
    faults
}

/// A stage's refusal, with the place of its key or of the table that it stands in.
pub(super) fn located(loaded: &Loaded, why: &ParamError) -> String {
    let mut head = why.key.as_str();
    loop {
        let under = |key: &str| {
            key.strip_prefix(head).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        // What nobody wrote has no place.
        let written =
            |(key, of): &&(String, config::Effective)| under(key) && of.origin != Origin::Default;
        if let Some((_, of)) = loaded.effective.iter().find(written) {
            return format!("{}: {why}", of.origin);
        }
        match head.rsplit_once('.') {
            Some((above, _)) => head = above,
            None => return why.to_string(),
        }
    }
}

fn fault(loaded: &Loaded, key: &str, sentence: String, remedy: String) -> ConfigError {
    let found = loaded.effective.iter().find(|(path, _)| path == key).map(|(_, of)| of);
    let value = found.map(|of| of.value.to_string());
    ConfigError {
        place: found.map_or(Origin::Default, |of| of.origin.clone()),
        key: key.to_owned(),
        value: value.filter(|text| text.chars().count() <= SHOWN),
        sentence,
        remedy,
    }
}

fn descriptor(choice: &IndicatorChoice) -> Option<&'static Descriptor> {
    indicator::ALL.iter().find(|entry| entry.name == choice.name)
}

/// Every input of every seat hears lines of the unit that its member expects.
fn roles(loaded: &Loaded) -> Vec<ConfigError> {
    let mut faults = Vec::new();
    for (at, seat) in loaded.config.council.seats.iter().enumerate() {
        let entry = council::members().find(|entry| entry.name == seat.name);
        for role in entry.map_or(&[][..], |entry| entry.inputs) {
            let given = seat.inputs.iter().find(|(name, _)| name == role.name);
            let key = format!("council.member[{at}].inputs.{}", role.name);
            let told = given.and_then(|(_, label)| said(loaded, label));
            if let Some((label, lines)) = told
                && let Some(sentence) = misheard(role, label, lines)
            {
                faults.push(fault(loaded, &key, sentence, fitting(loaded, role)));
            }
        }
    }
    faults
}

/// The configured indicator of that label, and what it says.
fn said<'l>(loaded: &Loaded, label: &'l str) -> Option<(&'l str, &'static [LineSpec])> {
    let choice = loaded.config.indicators.set.iter().find(|choice| choice.label == label)?;
    Some((label, descriptor(choice)?.lines))
}

/// Why `role` cannot be told these lines; `None` where it can.
fn misheard(role: &InputSpec, label: &str, lines: &[LineSpec]) -> Option<String> {
    let (at, wanted) = role.lines.iter().find(|need| !says(lines, need))?;
    let wanted = wanted.name();
    Some(match lines.get(usize::from(*at)) {
        Some(line) => format!(
            "`{label}` is counted in {}, and this input in {wanted}: the one cannot stand for \
             the other",
            line.unit.name()
        ),
        None => format!(
            "`{label}` has {} lines, and this input hears line {}, in {wanted}",
            lines.len(),
            at + 1
        ),
    })
}

fn says(lines: &[LineSpec], (at, unit): &(u16, Unit)) -> bool {
    lines.get(usize::from(*at)).is_some_and(|line| line.unit == *unit)
}

/// What to give `role` instead: of what is configured, or else of what there is.
fn fitting(loaded: &Loaded, role: &InputSpec) -> String {
    let fits = |of: &Descriptor| role.lines.iter().all(|need| says(of.lines, need));
    let set = &loaded.config.indicators.set;
    let labels = set.iter().filter(|choice| descriptor(choice).is_some_and(fits));
    let labels: Vec<_> = labels.map(|choice| choice.label.as_str()).collect();
    if !labels.is_empty() {
        return format!("what fits in indicators.set: {}", labels.join(", "));
    }
    let known: Vec<_> = indicator::ALL.iter().filter(|of| fits(of)).map(|of| of.name).collect();
    format!("add one that fits to indicators.set: {}", known.join(", "))
}

/// Every indicator that trades or the mark price move is told them.
fn indicator_streams(loaded: &Loaded, plan: &Plan) -> Vec<ConfigError> {
    let streams = &loaded.config.feed.streams;
    let has = |stream| streams.contains(&stream);
    let set = loaded.config.indicators.set.iter().zip(&plan.indicators);
    let faults = set.filter_map(|(choice, entry)| {
        let wants = descriptor(choice)?.wants;
        let is_fed_by_mark = entry.source == Source::Touch && !wants.touch && !wants.book;
        let (moved_by, remedy) = match entry.source {
            _ if !entry.source.moves(wants) => return None, // Its stage says that.
            Source::Touch if !is_fed_by_mark || has(Stream::MarkPrice) => return None,
            Source::Touch => ("the venue's mark price", "add \"mark_price\""),
            _ if has(Stream::Trades) || has(Stream::AggTrades) => return None,
            Source::Trades => ("trades", "add \"trades\" or \"agg_trades\""),
            Source::Bars { .. } => {
                ("bars, which are made of trades", "add \"trades\" or \"agg_trades\"")
            }
        };
        let label = &choice.label;
        let sentence =
            format!("`{label}` is moved by {moved_by}, and none of these streams brings that");
        let remedy = format!("{remedy}, or take {label} out of indicators.set");
        Some(fault(loaded, STREAMS, sentence, remedy))
    });
    faults.collect()
}

/// Every rule that measures against the mark price is told it.
fn rule_streams(loaded: &Loaded) -> Vec<ConfigError> {
    if loaded.config.feed.streams.contains(&Stream::MarkPrice) {
        return Vec::new();
    }
    let is_on = |name: &str| {
        let on = |state: &RuleState| matches!(state, RuleState::On { .. });
        loaded.config.risk.iter().any(|rule| rule.name == name && on(&rule.state))
    };
    let blind = risk::RULES.iter().filter(|rule| rule.wants_mark && is_on(rule.name));
    let faults = blind.map(|rule| {
        let name = rule.name;
        let sentence = format!(
            "risk.{name} is on, and no stream tells the mark price: it would refuse every order"
        );
        let remedy = format!("add \"mark_price\", or write off = \"the reason\" in [risk.{name}]");
        fault(loaded, STREAMS, sentence, remedy)
    });
    faults.collect()
}
