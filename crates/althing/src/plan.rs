//! From a checked configuration to the plan that the stages are made from, and
//! from the registries to what a configuration may name.

use crate::failure::Failure;
use crate::line::Plan;
use crate::shape;
use config::{Config, CouncilMode, Loaded, Override, Registered, Registries, RuleState};
use council::{CouncilConfig, Mode, OrderSettings, SeatSettings};
use indicator::{IndicatorConfig, Source};
use risk::{RiskConfig, RuleSetting};
use std::path::Path;
use types::{Nanos, ParamError};
use venue::Dialect;

/// What a configuration may name, from the registries of the line.
pub struct Known {
    indicators: Vec<Registered>,
    members: Vec<Registered>,
    rules: Vec<Registered>,
    dialects: Vec<&'static str>,
    links: Vec<&'static str>,
}

impl Known {
    /// Everything registered in this build.
    #[must_use]
    pub fn new() -> Self {
        let indicators = indicator::ALL.iter().map(|entry| (entry.name, entry.doc, entry.params));
        let members = council::MEMBERS.iter().map(|entry| (entry.name, entry.doc, entry.params));
        let in_order = risk::ORDER.iter().filter_map(|name| risk::RULES.iter().find(|r| r.name == *name));
        let rules = in_order.map(|entry| (entry.name, entry.doc, entry.params));
        let registered = |(name, doc, params)| Registered { name, doc, params };
        Self {
            indicators: indicators.map(registered).collect(),
            members: members.map(registered).collect(),
            rules: rules.map(registered).collect(),
            dialects: Dialect::ALL.iter().map(|dialect| dialect.name()).collect(),
            links: shape::line().links.iter().map(|link| link.name).collect(),
        }
    }

    /// The registries as the configuration wants them.
    #[must_use]
    pub fn registries(&self) -> Registries<'_> {
        Registries {
            indicators: &self.indicators,
            members: &self.members,
            rules: &self.rules,
            dialects: &self.dialects,
            links: &self.links,
        }
    }
}

impl Default for Known {
    fn default() -> Self {
        Self::new()
    }
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
            let text = std::fs::read_to_string(path)
                .map_err(|why| format!("--config {}: {why}", path.display()))?;
            (text, path.display().to_string())
        }
    };
    let known = Known::new();
    Config::load(&text, &name, std::env::vars(), flags, &known.registries()).map_err(|faults| {
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })
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
        max_frame: config.feed.max_frame_kib << 10,
        recv_window_ms: venue.map_or(5000, |venue| u32::try_from(venue.recv_window_ms).unwrap_or(5000)),
    })
}

fn indicators(config: &Config) -> Vec<IndicatorConfig> {
    // The first length of bar is what bar indicators take; the configuration
    // promises at least one.
    let bar_ms = config.indicators.bars_ms.first().copied().unwrap_or(1000);
    let seconds = u32::try_from(bar_ms / 1000).unwrap_or(1).max(1);
    let choices = config.indicators.set.iter().map(|choice| {
        let found = indicator::ALL.iter().find(|entry| entry.name == choice.name);
        let source = match found.map(|entry| entry.wants) {
            Some(wants) if !wants.bars && (wants.touch || wants.book) => Source::Touch,
            Some(wants) if !wants.bars => Source::Trades,
            _ => Source::Bars { seconds },
        };
        IndicatorConfig { name: choice.name.clone(), params: choice.params.clone(), source }
    });
    choices.collect()
}

fn council(config: &Config) -> CouncilConfig {
    let council = &config.council;
    let ppm = |value: types::Decimal| value.at(6).and_then(|v| u32::try_from(v).ok()).unwrap_or(0);
    let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    let order = &council.order;
    let seats = council.seats.iter().map(|seat| SeatSettings {
        weight_ppm: ppm(seat.weight),
        shadow: seat.is_shadow,
        params: seat.params.clone(),
        ..SeatSettings::new(&seat.member)
    });
    CouncilConfig {
        mode: match council.mode {
            CouncilMode::Ensemble => Mode::Ensemble,
            CouncilMode::Solo(index) => {
                Mode::Solo(council.seats.get(index).map_or_else(String::new, |s| s.member.clone()))
            }
            CouncilMode::Off => Mode::Off,
        },
        quorum: usize::try_from(council.quorum).unwrap_or(usize::MAX),
        threshold_ppm: ppm(council.threshold),
        vote_ttl_ms: ms(council.vote_ttl_ms),
        strategy: config.engine.strategy_id,
        order: OrderSettings {
            time_in_force: order.time_in_force,
            offset_ticks: order.offset_ticks,
            max_age_ms: ms(order.max_age_ms),
            cooldown_ms: ms(order.cooldown_ms),
            ..OrderSettings::new(order.qty)
        },
        members: seats.collect(),
    }
}

fn risk(config: &Config) -> Result<RiskConfig, ParamError> {
    let settings = config.risk.iter().map(|rule| {
        let setting = match &rule.state {
            RuleState::On(limits) => RuleSetting::On(limits.clone()),
            RuleState::Off(reason) => RuleSetting::Off(reason.clone()),
        };
        (rule.name.clone(), setting)
    });
    RiskConfig::new(&settings.collect::<Vec<_>>())
}

/// The configuration that a journal was recorded with.
///
/// # Errors
/// One that this build does not understand.
pub fn recorded(journal: &cold::Journal) -> Result<Loaded, Failure> {
    let known = Known::new();
    let text = &journal.run().config_text;
    let loaded = Config::load(text, "the journal's configuration", [], &[], &known.registries());
    loaded.map_err(|faults| {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        Failure::config(format!("this build does not understand the recorded configuration:\n{}", faults.join("\n")))
    })
}

/// What the numbers in a journal are called in its configuration.
#[must_use]
pub fn names(config: &Config) -> cold::Names {
    let mut names = cold::Names {
        indicators: config.indicators.set.iter().map(|choice| choice.label.clone()).collect(),
        members: config.council.seats.iter().map(|seat| seat.name.clone()).collect(),
        rules: risk::ORDER.iter().chain(risk::BUILT_IN).map(|name| (*name).to_owned()).collect(),
        ..cold::Names::default()
    };
    for (index, seat) in config.council.seats.iter().enumerate() {
        let Ok(number) = u8::try_from(index) else { continue };
        // Reason codes are small; every code that has a meaning is below this.
        for code in 0..256 {
            if let Some(reason) = council::reason(&seat.member, code) {
                names.reasons.insert((number, code), reason.name.to_owned());
            }
        }
    }
    names
}

/// Builds every stage of a configuration and throws it away: what a stage
/// refuses is found without starting anything.
///
/// # Errors
/// The key at fault and what to do.
pub fn check(config: &Config) -> Result<(), Failure> {
    let refuse = |why: ParamError| Failure::config(why.to_string());
    let plan = plan(config).map_err(refuse)?;
    indicator::IndicatorStage::new(plan.instruments, &plan.indicators).map_err(refuse)?;
    council::CouncilStage::new(plan.council, plan.instruments, &plan.labels).map_err(refuse)?;
    risk::RiskStage::new(plan.risk, plan.instruments).map_err(refuse)?;
    Ok(())
}
