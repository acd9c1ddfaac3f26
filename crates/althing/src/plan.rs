//! From a checked configuration to the plan that the stages are made from, and
//! from the registries to what a configuration may name.

mod fit;

use crate::failure::Failure;
use crate::line::Plan;
use crate::{market, shape, startup};
use config::{Config, CouncilMode, Loaded, Override, Registered, Registries, Role, RuleState};
use council::{CouncilConfig, Mode, OrderSettings, SeatSettings};
use indicator::{IndicatorConfig, Source};
use risk::{RiskConfig, RuleSetting};
use std::collections::BTreeMap;
use std::path::Path;
use types::{Nanos, ParamError};
use venue::Dialect;

/// Calls `then` with everything that a configuration may name in this build.
pub fn with_registries<T>(then: impl FnOnce(&Registries<'_>) -> T) -> T {
    let plain =
        |(name, doc, params)| Registered { name, doc, params, inputs: &[], unless_named: None };
    let indicators: Vec<_> =
        indicator::ALL.iter().map(|e| plain((e.name, e.doc, e.params))).collect();
    let in_order = |name: &&str| risk::RULES.iter().find(|rule| rule.name == *name);
    let rules: Vec<_> = risk::ORDER.iter().filter_map(in_order).map(rule_entry).collect();
    let role = |i: &council::InputSpec| Role { name: i.name, doc: i.doc, usual: i.usual };
    let roles: Vec<Vec<Role>> =
        council::members().map(|e| e.inputs.iter().map(role).collect()).collect();
    let members: Vec<_> = council::members()
        .zip(&roles)
        .map(|(e, inputs)| Registered { inputs, ..plain((e.name, e.doc, e.params)) })
        .collect();
    let dialects: Vec<_> = Dialect::ALL.iter().map(|dialect| dialect.name()).collect();
    let links: Vec<_> = shape::line().links.iter().map(|link| link.name).collect();
    then(&Registries {
        indicators: &indicators,
        members: &members,
        rules: &rules,
        dialects: &dialects,
        links: &links,
    })
}

fn rule_entry(rule: &'static risk::RuleDescriptor) -> Registered<'static> {
    let risk::RuleDescriptor { name, doc, params, unless_named, .. } = *rule;
    Registered { name, doc, params, inputs: &[], unless_named }
}

/// Loads the configuration of `file`, or the built-in demo's, with the
/// environment and `flags` over it.
///
/// # Errors
/// Sentences, one a line.
pub fn load(file: Option<&Path>, flags: &[Override]) -> Result<Loaded, String> {
    let (text, name) = match file {
        None => (config::DEMO.to_owned(), config::DEMO_NAME.to_owned()),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|why| {
                format!(
                    "--config {}: {why}; name a configuration that can be read (configs/ has \
                     examples), or leave the flag out for the built-in demo",
                    path.display()
                )
            })?;
            (text, path.display().to_string())
        }
    };
    let loaded =
        with_registries(|known| Config::load(&text, &name, std::env::vars(), flags, known));
    loaded.map_err(|faults| sentences(&faults))
}

fn sentences(faults: &[config::ConfigError]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The plan of a configuration.
///
/// # Errors
/// What a stage refuses, with its key.
pub fn plan(config: &Config) -> Result<Plan, ParamError> {
    let venue = config.venues.values().next();
    let dialect = venue.and_then(|venue| Dialect::parse(&venue.dialect));
    let dialect = dialect.ok_or_else(|| ParamError {
        key: "venues".to_owned(),
        sentence: "no venue of a known dialect; add one".to_owned(),
    })?;
    let ms = |ms: u64| Nanos::from_ms(i64::try_from(ms).unwrap_or(i64::MAX));
    Ok(Plan {
        dialect,
        instruments: config.instruments.len(),
        indicators: indicators(config),
        labels: config.indicators.set.iter().map(|choice| choice.label.clone()).collect(),
        council: council(config),
        risk: risk(config)?,
        order_timeout: ms(config.gateway.order_timeout_ms),
        stale_after: ms(config.feed.stale_after_ms),
        gap_wait: ms(config.feed.gap_wait_ms),
        book_levels: config.feed.book_levels,
        bar_grace: config.indicators.bar_grace_ms.map(ms),
        max_frame: config.feed.max_frame_kib << 10,
        recv_window_ms: venue
            .map_or(5000, |venue| u32::try_from(venue.recv_window_ms).unwrap_or(5000)),
    })
}

/// What moves an indicator where its label does not say it: the usual source, or where
/// that does not move it, the only one that does.
fn indicators(config: &Config) -> Vec<IndicatorConfig> {
    let usual = source(config.indicators.source);
    let choices = config.indicators.set.iter().map(|choice| {
        let known = indicator::ALL.iter().find(|entry| entry.name == choice.name);
        let moves = |by: &Source| known.is_some_and(|entry| by.moves(entry.wants));
        let fitting = || [usual, Source::Touch, Source::Trades].into_iter().find(moves);
        let source = choice.source.map(source).or_else(fitting).unwrap_or(usual);
        IndicatorConfig { name: choice.name.clone(), params: choice.params.clone(), source }
    });
    choices.collect()
}

const fn source(of: config::Source) -> Source {
    match of {
        config::Source::Touch => Source::Touch,
        config::Source::Trades => Source::Trades,
        config::Source::Bars(seconds) => Source::Bars { seconds },
    }
}

fn council(config: &Config) -> CouncilConfig {
    let council = &config.council;
    let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    let order = &council.order;
    let seats = council.seats.iter().map(|seat| SeatSettings {
        name: seat.name.clone(),
        weight_ppm: seat.weight_ppm,
        shadow: seat.is_shadow,
        params: seat.params.clone(),
        inputs: seat.inputs.clone(),
    });
    CouncilConfig {
        mode: match &council.mode {
            CouncilMode::Ensemble => Mode::Ensemble,
            CouncilMode::Solo(name) => Mode::Solo(name.clone()),
            CouncilMode::Off => Mode::Off,
        },
        quorum: usize::try_from(council.quorum).unwrap_or(usize::MAX),
        threshold_ppm: council.threshold_ppm,
        vote_ttl_ms: ms(council.vote_ttl_ms),
        strategy: config.engine.strategy_id,
        order: OrderSettings {
            order_type: order.order_type,
            time_in_force: order.time_in_force,
            qty: order.qty,
            qty_by_instrument: order.qty_of.clone(),
            position_max: order.position_max,
            offset_ticks: order.offset_ticks,
            amend_ticks: order.amend_ticks,
            max_age_ms: ms(order.max_age_ms),
            cooldown_ms: ms(order.cooldown_ms),
            cancel_retry_ms: ms(order.cancel_retry_ms),
        },
        members: seats.collect(),
    }
}

fn risk(config: &Config) -> Result<RiskConfig, ParamError> {
    let settings = config.risk.iter().map(|rule| {
        let setting = match &rule.state {
            RuleState::On { limits, .. } => RuleSetting::On(limits.clone()),
            RuleState::Off(reason) => RuleSetting::Off(reason.clone()),
        };
        (rule.name.clone(), setting)
    });
    let mut risk = RiskConfig::new(&settings.collect::<Vec<_>>())?;
    for rule in &config.risk {
        let RuleState::On { own, .. } = &rule.state else { continue };
        for (instrument, limits) in own {
            risk = risk.with_override(*instrument, &rule.name, limits)?;
        }
    }
    Ok(risk)
}

/// The configuration that a journal was recorded with.
///
/// # Errors
/// One that this build does not understand.
pub fn recorded(journal: &cold::Journal) -> Result<Loaded, Failure> {
    let text = &journal.run().config_text;
    let name = "the journal's configuration";
    let loaded = with_registries(|known| Config::load(text, name, [], &[], known));
    loaded.map_err(|faults| {
        let why = sentences(&faults);
        Failure::config(format!(
            "this build does not understand the recorded configuration:\n{why}"
        ))
    })
}

/// How the list of rules begins in a recorded configuration.
const RULES_LINE: &str = "# rules in the order of judgement: ";

/// What a journal keeps of a configuration: its canonical text, and in a comment the rules by
/// their places, as a verdict names its rule by its place alone.
#[must_use]
pub fn recorded_text(loaded: &Loaded) -> String {
    let rules: Vec<_> = rules_in_order().collect();
    format!("{RULES_LINE}{}\n{}", rules.join(" "), loaded.canonical)
}

/// Every rule by its place in a verdict, what risk refuses by itself behind the registered.
fn rules_in_order() -> impl Iterator<Item = &'static str> {
    risk::ORDER.iter().chain(risk::BUILT_IN).copied()
}

/// The rules by their places when the journal was written; `None` in a journal that does not say.
fn recorded_rules(journal: &cold::Journal) -> Option<Vec<&str>> {
    let listed = journal.run().config_text.lines().next()?.strip_prefix(RULES_LINE)?;
    Some(listed.split_whitespace().collect())
}

/// Whether this build judges by the rules of the build that wrote the journal, in their order.
///
/// # Errors
/// Exit 3: the rules of both, where they differ.
pub fn check_rules(journal: &cold::Journal) -> Result<(), Failure> {
    let Some(recorded) = recorded_rules(journal) else { return Ok(()) };
    let ours: Vec<_> = rules_in_order().collect();
    if recorded == ours {
        return Ok(());
    }
    let at = recorded.iter().zip(&ours).take_while(|(theirs, ours)| theirs == ours).count();
    let named = |rules: &[&str]| rules.get(at).map_or("none", |rule| *rule).to_owned();
    Err(Failure::config(format!(
        "the journal was written by a build with other rules: its rule {} is {}, and this build's \
         is {}; replay it with the build that wrote it (why, orders, status and ledger read it \
         all the same)",
        at + 1,
        named(&recorded),
        named(&ours)
    )))
}

/// What the numbers in `journal` are called: in its configuration, and by its own list of rules.
#[must_use]
pub fn names_in(journal: &cold::Journal, config: &Config) -> cold::Names {
    let mut names = names(config);
    if let Some(rules) = recorded_rules(journal) {
        names.rules = rules.into_iter().map(rule_words).collect();
    }
    names
}

/// What the numbers in a journal of this build are called in its configuration.
#[must_use]
pub fn names(config: &Config) -> cold::Names {
    let council = &config.council;
    let indicators = config.indicators.set.iter().map(|choice| {
        let known = indicator::ALL.iter().find(|entry| entry.name == choice.name);
        let doc = known.map_or("", |entry| entry.doc).to_owned();
        cold::IndicatorWords { label: choice.label.clone(), doc }
    });
    let solo = match &council.mode {
        CouncilMode::Solo(name) => {
            let named = |seat: &config::Seat| !seat.is_shadow && seat.name == *name;
            council.seats.iter().position(named).and_then(|seat| u8::try_from(seat).ok())
        }
        CouncilMode::Ensemble | CouncilMode::Off => None,
    };
    let counting = cold::Counting {
        solo,
        quorum: council.quorum,
        threshold_ppm: council.threshold_ppm,
        vote_life: Nanos::from_ms(i64::try_from(council.vote_ttl_ms).unwrap_or(i64::MAX)),
    };
    cold::Names {
        indicators: indicators.collect(),
        seats: council.seats.iter().map(seat_words).collect(),
        rules: rules_in_order().map(rule_words).collect(),
        off: rules_off(config),
        built_in: risk::BUILT_IN.iter().map(|name| (*name).to_owned()).collect(),
        counting: (council.mode != CouncilMode::Off).then_some(counting),
    }
}

/// Rules that are switched off, with the reason.
fn rules_off(config: &Config) -> BTreeMap<String, String> {
    let off = config.risk.iter().filter_map(|rule| match &rule.state {
        RuleState::Off(why) => Some((rule.name.clone(), why.clone())),
        RuleState::On { .. } => None,
    });
    off.collect()
}

fn seat_words(seat: &config::Seat) -> cold::SeatWords {
    let words = |text: &str| text.to_owned();
    // Reason codes are small; every code that has a meaning is below this.
    let reasons = (0..256).filter_map(|code| {
        let reason = council::reason(&seat.name, code)?;
        Some((code, (words(reason.name), words(reason.doc))))
    });
    let entry = council::members().find(|entry| entry.name == seat.name);
    let seen = entry.map_or(&[][..], |entry| entry.seen);
    cold::SeatWords {
        name: seat.name.clone(),
        weight_ppm: if seat.is_shadow { 0 } else { seat.weight_ppm },
        seen: seen.iter().map(|(name, unit)| (words(name), words(unit))).collect(),
        reasons: reasons.collect(),
    }
}

fn rule_words(name: &str) -> cold::RuleWords {
    let entry = risk::RULES.iter().find(|entry| entry.name == name);
    let codes = entry.map_or(&[][..], |entry| entry.codes);
    cold::RuleWords {
        name: name.to_owned(),
        unit: entry.map_or("", |entry| entry.unit).to_owned(),
        codes: codes.iter().map(|(code, words)| (*code, (*words).to_owned())).collect(),
    }
}

/// Builds every stage of a configuration, plans its connections, and throws it all
/// away: what the start would refuse is found without starting anything.
///
/// # Errors
/// The key at fault, where it stands, and what to do.
pub fn check(loaded: &Loaded) -> Result<(), Failure> {
    let config = &loaded.config;
    startup::check_addresses(config)?;
    let refuse = |why: ParamError| Failure::config(fit::located(loaded, &why));
    let plan = plan(config).map_err(refuse)?;
    let faults = fit::faults(loaded, &plan);
    if !faults.is_empty() {
        return Err(Failure::config(sentences(&faults)));
    }
    let symbols: Vec<_> = config.instruments.iter().map(|of| of.symbol).collect();
    market::market(config, plan.dialect, &symbols, "")?;
    let options = plan.indicator_options();
    indicator::IndicatorStage::with_options(plan.instruments, &plan.indicators, options)
        .map_err(refuse)?;
    council::CouncilStage::new(plan.council, plan.instruments, &plan.labels).map_err(refuse)?;
    risk::RiskStage::new(plan.risk, plan.instruments).map_err(refuse)?;
    Ok(())
}

#[cfg(test)]
mod tests;
