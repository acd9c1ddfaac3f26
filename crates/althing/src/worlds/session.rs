//! What every world but replay shares: the exchange's settings, the crews of a
//! layout, the cold side, and what is known when it is over.

use crate::cli::RunFlags;
use crate::failure::Failure;
use crate::line::Line;
use actor::{Actor, Crew, Running, StopFlag, Wait, allowed_cores, start};
use config::{Config, Loaded, Override, Speed as Pace};
use exchange::{ExchangeConfig, FaultScript, Source, Speed};
use std::collections::VecDeque;
use topology::{Applied, Layout, Shape};

/// What the flags say about the configuration, as overrides of its keys.
#[must_use]
pub fn overrides(flags: &RunFlags) -> Vec<Override> {
    let text = |value: &str| format!("{value:?}");
    let list = |values: &[String]| {
        format!("[{}]", values.iter().map(|v| text(v)).collect::<Vec<_>>().join(", "))
    };
    let mut given = Vec::new();
    let mut add = |flag: &str, key: &str, value: Option<String>| {
        if let Some(value) = value {
            given.push(Override { flag: flag.to_owned(), key: key.to_owned(), value });
        }
    };
    let path = |path: &std::path::PathBuf| path.display().to_string();
    add("--seed", "exchange.seed", flags.seed.map(|seed| seed.to_string()));
    add("--rate", "exchange.rate", flags.rate.map(|rate| rate.to_string()));
    add("--duration", "exchange.duration_s", flags.duration.map(|seconds| seconds.to_string()));
    add("--layout", "engine.layout", flags.layout.as_deref().map(text));
    add("--speed", "exchange.speed", flags.speed.as_deref().map(text));
    add("--state", "engine.state_dir", flags.state.as_ref().map(|state| text(&path(state))));
    let ids: Vec<String> = flags.instrument.iter().map(|name| full_id(name)).collect();
    add("--instrument", "instruments.ids", (!ids.is_empty()).then(|| list(&ids)));
    let files: Vec<String> = flags.capture.iter().map(path).collect();
    add("--capture", "exchange.capture", (!files.is_empty()).then(|| list(&files)));
    given
}

/// `BTCUSDT` is short for the perpetual on Binance, the one venue of this version.
fn full_id(name: &str) -> String {
    let name = name.trim().to_uppercase();
    if name.contains('.') { name } else { format!("{name}-PERP.BINANCE") }
}

/// The embedded exchange as the configuration wants it.
///
/// # Errors
/// A fault script that cannot be read or understood.
pub fn exchange_config(
    config: &Config,
    virtual_from: Option<i64>,
) -> Result<ExchangeConfig, Failure> {
    let settings = &config.exchange;
    let mut exchange = if settings.capture.is_empty() {
        let mut exchange = ExchangeConfig::synthetic(settings.seed);
        let wanted = |symbol: &str| config.instruments.iter().any(|i| i.symbol.as_str() == symbol);
        exchange.instruments.retain(|instrument| wanted(&instrument.symbol));
        exchange.source = Source::Synthetic { rate: settings.rate };
        exchange.duration_ns = seconds(settings.duration_s);
        exchange
    } else {
        let speed = match settings.speed {
            Pace::Max => Speed::Max,
            Pace::Times(times) => Speed::Ratio(times, 1),
        };
        ExchangeConfig {
            seed: settings.seed,
            ..ExchangeConfig::capture(settings.capture.clone(), speed)
        }
    };
    if let Some(from) = virtual_from {
        exchange = exchange.on_virtual_time(from);
    }
    if let Some(us) = settings.latency_us {
        let nanos = i64::try_from(us).unwrap_or(i64::MAX).saturating_mul(1000);
        exchange.order_latency_ns = nanos;
        exchange.reply_latency_ns = nanos;
    }
    if let Some(path) = &settings.script {
        let text = std::fs::read_to_string(path)
            .map_err(|why| Failure::config(format!("exchange.script {}: {why}", path.display())))?;
        exchange.faults =
            FaultScript::parse(&text).map_err(|why| Failure::config(why.to_string()))?;
    }
    Ok(exchange)
}

fn seconds(seconds: u64) -> Option<i64> {
    i64::try_from(seconds).ok()?.checked_mul(1_000_000_000).filter(|span| *span > 0)
}

/// The crews of a layout, over the hot actors of a line.
///
/// # Errors
/// A layout that does not fit the line.
pub fn crews(
    actors: Vec<Box<dyn Actor>>,
    shape: &Shape,
    layout: &Layout,
    wait: config::Wait,
) -> Result<(Vec<Crew>, Applied), Failure> {
    let cores = allowed_cores();
    let applied = layout.apply(shape, &cores).map_err(|why| Failure::config(why.to_string()))?;
    let wait = match wait {
        config::Wait::Spin => Wait::Spin,
        config::Wait::SpinYield => Wait::SpinYield,
        config::Wait::SpinPark => Wait::SpinPark,
        config::Wait::Auto if applied.has_cores => Wait::Spin,
        config::Wait::Auto => Wait::SpinYield,
    };
    let mut actors: VecDeque<Box<dyn Actor>> = actors.into();
    let crews = applied.groups.iter().map(|group| Crew {
        name: group.name(),
        actors: actors.drain(..group.actors.len()).collect(),
        core: group.core,
        wait,
        sealed: true,
    });
    Ok((crews.collect(), applied))
}

/// A running line.
pub struct Threads {
    /// One per crew.
    pub running: Vec<Running>,
    /// The layout as it was applied.
    pub applied: Applied,
    /// Raised by a panic or by the cold side.
    pub stop: StopFlag,
}

impl Threads {
    /// Starts every crew.
    ///
    /// # Errors
    /// A thread that the system refuses.
    pub fn start(crews: Vec<Crew>, applied: Applied, stop: StopFlag) -> Result<Self, Failure> {
        let mut running = Vec::new();
        for crew in crews {
            let name = crew.name.clone();
            let started = start(crew, &stop);
            running.push(started.map_err(|why| Failure::failed(format!("thread {name}: {why}")))?);
        }
        Ok(Self { running, applied, stop })
    }

    /// Waits for every thread's end.
    ///
    /// # Errors
    /// The first panic, in words.
    pub fn join(self) -> Result<(), Failure> {
        let mut first = Ok(());
        for thread in self.running {
            let name = thread.name.clone();
            if let Err(panic) = thread.join() {
                first = first.and(Err(Failure::failed(format!("thread {name} stopped: {panic}"))));
            }
        }
        first
    }

    /// Which actor got which core.
    #[must_use]
    pub fn pinned(&self) -> Vec<(String, Option<usize>, bool)> {
        let each = self.running.iter().flat_map(|thread| {
            let pinned = thread.pinned;
            thread
                .hearts
                .iter()
                .map(move |heart| (heart.name().to_owned(), pinned.core, pinned.applied))
        });
        each.collect()
    }
}

/// The hot actors and what stays with the supervisor.
pub fn split(line: Line) -> (Vec<Box<dyn Actor>>, Line) {
    let mut line = line;
    let actors = std::mem::take(&mut line.actors);
    (actors, line)
}

/// A capture brings its own instruments: those in it that the flags ask for, or
/// all of them when the flags ask for none.
///
/// # Errors
/// A capture that cannot be read, or that has none of the wanted ones.
pub fn with_capture_instruments(loaded: Loaded, flags: &RunFlags) -> Result<Loaded, Failure> {
    let config = &loaded.config;
    if config.exchange.capture.is_empty() || !flags.instrument.is_empty() {
        return Ok(loaded);
    }
    let exchange = exchange_config(config, Some(0))?;
    let exchange =
        exchange::Exchange::new(exchange).map_err(|why| Failure::config(why.to_string()))?;
    let symbols: Vec<String> = exchange.instruments().iter().map(|i| i.symbol.clone()).collect();
    let flags = RunFlags { instrument: symbols, ..flags.clone() };
    crate::plan::load(flags.config.as_deref(), &overrides(&flags)).map_err(Failure::config)
}
