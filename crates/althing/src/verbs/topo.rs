//! `topo`: the line as it would run here.

use crate::failure::Failure;
use crate::{plan, shape};
use actor::allowed_cores;
use std::path::Path;
use topology::{Layout, draw};

/// Draws the line of a configuration in a layout.
///
/// # Errors
/// A configuration or a layout that makes no sense.
pub fn run(config: Option<&Path>, layout: &str) -> Result<(), Failure> {
    let loaded = plan::load(config, &[]).map_err(Failure::config)?;
    let shape = shape::with_depths(&loaded.config.links);
    let limit = loaded.config.engine.memory_mib << 20;
    shape.validate(limit).map_err(|why| Failure::config(why.to_string()))?;
    let layout = Layout::parse(layout).map_err(|why| Failure::usage(why.to_string()))?;
    let applied =
        layout.apply(&shape, &allowed_cores()).map_err(|why| Failure::usage(why.to_string()))?;
    print!("{}", draw(&shape, Some(&applied)));
    Ok(())
}
