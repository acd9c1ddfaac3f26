//! `topo`: the line as it would run here.

use super::asked::to_standard_output;
use crate::failure::Failure;
use crate::{plan, shape};
use actor::allowed_cores;
use std::path::Path;
use topology::{Layout, draw};

/// Draws the line of a configuration, and the threads of a layout if one is given.
///
/// # Errors
/// A configuration or a layout that makes no sense.
pub fn run(config: Option<&Path>, layout: Option<&str>) -> Result<(), Failure> {
    let loaded = plan::load(config, &[]).map_err(Failure::config)?;
    let shape = shape::of(&loaded.config)?;
    let usage = |why: topology::LayoutError| Failure::usage(why.to_string());
    let applied = match layout {
        None => None,
        Some(text) => {
            let layout = Layout::parse(text).map_err(usage)?;
            Some(layout.apply(&shape, &allowed_cores()).map_err(usage)?)
        }
    };
    to_standard_output(&draw(&shape, applied.as_ref()))
}
