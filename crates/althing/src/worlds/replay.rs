//! Replay: a journal's inputs through the same stages, and what they make
//! compared with what was recorded.

use crate::failure::Failure;
use crate::line;
use crate::plan;
use crate::shape;
use actor::{Actor, Crew, Duty, StopFlag, Wait, allowed_cores, start};
use cold::{ColdActor, ColdSettings, Comparator, Comparison, Journal, ReplayFeed};
use link::{Batch, Receiver};
use std::path::Path;
use std::sync::Arc;
use topology::{Layout, Shape};
use types::Record;
use venue::Signer;

/// Takes what the gateway tells: the record holds it already, as input.
struct Discard {
    told: Receiver<Record>,
}

impl Actor for Discard {
    fn name(&self) -> &'static str {
        "discard"
    }

    fn turn(&mut self) -> Duty {
        match self.told.poll(256, |_| ()) {
            Batch::Took(_) => Duty::Busy,
            Batch::Empty => Duty::Idle,
            Batch::Closed => Duty::Done,
        }
    }
}

/// Replays the journal in `directory` in `layout` and compares.
///
/// # Errors
/// A journal that cannot be opened, a configuration in it that this build does
/// not understand, a layout that does not fit, a thread that panicked.
pub fn replay(directory: &Path, layout: &str) -> Result<Comparison, Failure> {
    let journal = Journal::open(directory).map_err(Failure::damaged)?;
    let loaded = plan::recorded(&journal)?;
    let plan = plan::plan(&loaded.config).map_err(|why| Failure::config(why.to_string()))?;
    let shape = shape::with_depths(&loaded.config.links);
    // Nothing is sent: the signature is made because the line makes it.
    let signer = Signer::new("replay", "replay").map_err(Failure::failed)?;
    let line = line::build_replay(&plan, &shape, signer)
        .map_err(|why| Failure::config(why.to_string()))?;
    let layout = without_feed(layout)?;
    let stages = without_ends(&shape);
    let applied =
        layout.apply(&stages, &allowed_cores()).map_err(|why| Failure::usage(why.to_string()))?;
    let stop = StopFlag::new();
    let wait = if applied.has_cores { Wait::Spin } else { Wait::SpinYield };
    let mut actors = line.actors.into_iter();
    let mut crews: Vec<Crew> = applied
        .groups
        .iter()
        .map(|group| Crew {
            name: group.name(),
            actors: actors.by_ref().take(group.actors.len()).collect(),
            core: group.core,
            wait,
            sealed: true,
        })
        .collect();
    let reader = ReplayFeed::new(&journal, line.events);
    crews.push(Crew {
        name: "replay".to_owned(),
        actors: vec![Box::new(reader), Box::new(Discard { told: line.told })],
        core: None,
        wait: Wait::SpinYield,
        sealed: false,
    });
    let ids: Arc<[String]> = loaded.config.instruments.iter().map(|i| i.id.clone()).collect();
    let cold = ColdActor::new(line.tap, ids, stop.clone(), ColdSettings::default())
        .with_comparator(Comparator::new(&journal));
    let handle = cold.handle();
    let cold =
        cold::start(cold).map_err(|why| Failure::failed(format!("the cold thread: {why}")))?;
    let mut running = Vec::new();
    for crew in crews {
        running.push(start(crew, &stop).map_err(|why| Failure::failed(why.to_string()))?);
    }
    for thread in running {
        thread.join().map_err(Failure::failed)?;
    }
    cold.join().map_err(Failure::failed)?;
    handle.outcome().comparison.ok_or_else(|| Failure::failed("the replay did not finish"))
}

/// A layout's groups without the feed, whose place the journal takes.
fn without_feed(layout: &str) -> Result<Layout, Failure> {
    let layout = Layout::parse(layout).map_err(|why| Failure::usage(why.to_string()))?;
    let Layout::Groups(groups) = layout else { return Ok(layout) };
    let stages = groups.into_iter().map(|group| {
        group.into_iter().filter(|name| name != "feed" && name != "normalizer").collect::<Vec<_>>()
    });
    Ok(Layout::Groups(stages.filter(|group| !group.is_empty()).collect()))
}

/// The shape's stages: what a replay runs.
fn without_ends(shape: &Shape) -> Shape {
    let mut shape = shape.clone();
    shape.actors.retain(|actor| actor.hot && actor.name != "feed" && actor.name != "normalizer");
    shape
}
