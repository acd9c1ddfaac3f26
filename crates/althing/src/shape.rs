//! The shape of the engine: who runs, what flows, and why each size is what it is.
//!
//! Pure: building a shape starts nothing. `[links]` in the configuration may
//! override a depth; the shape is validated after that and its hash goes into
//! the journal's header.

use crate::failure::Failure;
use config::Config;
use std::collections::BTreeMap;
use topology::{FullPolicy, LinkDecl, Payload, Shape};

/// The names of the links, so that a typo does not compile.
pub mod links {
    /// Venue bytes.
    pub const FEED_NORMALIZER: &str = "feed_normalizer";
    /// Requests for snapshots.
    pub const NORMALIZER_FEED: &str = "normalizer_feed";
    /// Sequenced events.
    pub const NORMALIZER_INDICATOR: &str = "normalizer_indicator";
    /// Events and signals.
    pub const INDICATOR_COUNCIL: &str = "indicator_council";
    /// Events, signals, votes and intents.
    pub const COUNCIL_RISK: &str = "council_risk";
    /// The same, judged.
    pub const RISK_GATEWAY: &str = "risk_gateway";
    /// What became of orders.
    pub const GATEWAY_NORMALIZER: &str = "gateway_normalizer";
    /// Everything.
    pub const GATEWAY_COLD: &str = "gateway_cold";
    /// Commands.
    pub const COLD_NORMALIZER: &str = "cold_normalizer";
}

const fn down(
    name: &'static str,
    from: &'static str,
    to: &'static str,
    depth: usize,
    why: &'static str,
) -> LinkDecl {
    LinkDecl {
        name,
        from,
        to,
        payload: Payload::Records,
        depth,
        why,
        full: FullPolicy::HoldBack,
        feedback: false,
    }
}

const fn up(
    name: &'static str,
    from: &'static str,
    to: &'static str,
    depth: usize,
    why: &'static str,
) -> LinkDecl {
    LinkDecl { feedback: true, full: FullPolicy::StopReading, ..down(name, from, to, depth, why) }
}

/// The line as it stands without overrides.
#[must_use]
pub fn line() -> Shape {
    let mut s = Shape::default();
    for name in ["feed", "normalizer", "indicator", "council", "risk", "gateway"] {
        s.actor(name, true);
    }
    s.actor("cold", false);
    s.link(LinkDecl {
        payload: Payload::Frames,
        ..down(
            links::FEED_NORMALIZER,
            "feed",
            "normalizer",
            32 << 20,
            "four of the longest frames, or two seconds of the busiest recorded burst",
        )
    });
    s.link(down(
        links::NORMALIZER_INDICATOR,
        "normalizer",
        "indicator",
        8192,
        "a 1000-level snapshot is 2002 events: four of them",
    ));
    s.link(down(
        links::INDICATOR_COUNCIL,
        "indicator",
        "council",
        8192,
        "as deep as the link before it: signals replace levels",
    ));
    s.link(down(links::COUNCIL_RISK, "council", "risk", 8192, "as deep as the link before it"));
    s.link(down(links::RISK_GATEWAY, "risk", "gateway", 8192, "as deep as the link before it"));
    s.link(down(
        links::GATEWAY_COLD,
        "gateway",
        "cold",
        1 << 18,
        "16 MiB: half a second of the busiest burst while a disk stalls",
    ));
    s.link(up(
        links::GATEWAY_NORMALIZER,
        "gateway",
        "normalizer",
        16384,
        "4 outcomes for each of 1024 instruments reserved, the rest for whole reads",
    ));
    s.link(LinkDecl {
        payload: Payload::Requests,
        full: FullPolicy::AskAgain,
        ..up(
            links::NORMALIZER_FEED,
            "normalizer",
            "feed",
            2048,
            "one request for each of 1024 instruments, twice",
        )
    });
    s.link(up(
        links::COLD_NORMALIZER,
        "cold",
        "normalizer",
        16384,
        "specifications, balances and positions of 1024 instruments at start",
    ));
    s
}

/// The line with the depths that a configuration gave. Unknown names are the
/// configuration's to refuse.
#[must_use]
pub fn with_depths(depths: &BTreeMap<String, usize>) -> Shape {
    let mut shape = line();
    for link in &mut shape.links {
        if let Some(depth) = depths.get(link.name) {
            link.depth = *depth;
        }
    }
    shape
}

/// Least depth of a link of records: a full batch of the stage that adds most.
const LEAST_RECORDS: usize = 4096;
/// Least depth of the return ring: the gateway's reserved slots twice.
const LEAST_FEEDBACK: usize = 8192;

/// The shape of a configuration, checked: every rule of a shape, and every link
/// deep enough for what its ends need.
///
/// # Errors
/// The link, its depth and the least that works.
pub fn of(config: &Config) -> Result<Shape, Failure> {
    let shape = with_depths(&config.links);
    let limit = config.engine.memory_mib << 20;
    shape.validate(limit).map_err(|why| Failure::config(why.to_string()))?;
    let frames = (config.feed.max_frame_kib << 10).saturating_mul(4);
    for link in &shape.links {
        let least = match (link.payload, link.name) {
            (Payload::Frames, _) => frames.next_power_of_two(),
            (_, links::GATEWAY_NORMALIZER) => LEAST_FEEDBACK,
            (Payload::Records, _) => LEAST_RECORDS,
            (Payload::Requests, _) => 2,
        };
        if link.depth < least {
            return Err(Failure::config(format!(
                "links.{} = {}: too small for what its ends need; give at least {least}",
                link.name, link.depth
            )));
        }
    }
    Ok(shape)
}
