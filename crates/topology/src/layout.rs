//! Layouts: which actors share a thread. Configuration, never code.

use crate::Shape;
use std::fmt;

/// How the hot actors are cut into threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Chosen from the cores that the process may use.
    Auto,
    /// The whole line on one thread.
    Fused,
    /// Each stage on a core of its own.
    Pinned,
    /// Any cut: groups of neighbours, in the order of the line.
    Groups(Vec<Vec<String>>),
}

/// One thread of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its actors, in the order of the line.
    pub actors: Vec<&'static str>,
    /// The core it should run on; `None` leaves it to the system.
    pub core: Option<usize>,
}

impl Group {
    /// `feed+normalizer`.
    #[must_use]
    pub fn name(&self) -> String {
        self.actors.join("+")
    }
}

/// A layout applied to a shape and a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The threads, in the order of the line.
    pub groups: Vec<Group>,
    /// False when the layout wants more cores than there are: the threads then
    /// share cores and yield.
    pub has_cores: bool,
}

impl Applied {
    /// The layout as text: `fused`, `pinned`, or the groups.
    #[must_use]
    pub fn text(&self) -> String {
        match self.groups.as_slice() {
            [_] => "fused".to_owned(),
            groups if groups.iter().all(|group| group.actors.len() == 1) => "pinned".to_owned(),
            groups => groups.iter().map(Group::name).collect::<Vec<_>>().join(","),
        }
    }
}

/// Why a layout's text makes no sense, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutError(pub String);

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LayoutError {}

impl Layout {
    /// Reads `auto`, `fused`, `pinned`, or groups such as
    /// `feed+normalizer,indicator+council+risk,gateway`.
    ///
    /// # Errors
    /// An empty group or name.
    pub fn parse(text: &str) -> Result<Self, LayoutError> {
        match text.trim() {
            "auto" => return Ok(Self::Auto),
            "fused" => return Ok(Self::Fused),
            "pinned" => return Ok(Self::Pinned),
            _ => {}
        }
        let group = |part: &str| part.split('+').map(|name| name.trim().to_owned()).collect();
        let groups: Vec<Vec<String>> = text.split(',').map(group).collect();
        if groups.iter().flatten().any(String::is_empty) {
            return Err(LayoutError(format!(
                "layout {text:?} has an empty name; write auto, fused, pinned, or groups such as \
                    feed+normalizer,indicator+council+risk,gateway"
            )));
        }
        Ok(Self::Groups(groups))
    }

    /// Applies the layout to the hot actors of `shape` on a machine whose free
    /// cores are `cores`. One core is left to the cold side and everyone else.
    ///
    /// # Errors
    /// Groups that name an unknown actor, leave one out, name one twice, or are
    /// not in the order of the line.
    pub fn apply(&self, shape: &Shape, cores: &[usize]) -> Result<Applied, LayoutError> {
        let hot: Vec<&'static str> =
            shape.actors.iter().filter(|actor| actor.hot).map(|actor| actor.name).collect();
        let spare = cores.len().saturating_sub(1);
        let cut = match self {
            Self::Fused => vec![hot.clone()],
            Self::Pinned => hot.iter().map(|name| vec![*name]).collect(),
            Self::Groups(groups) => checked(groups, &hot)?,
            Self::Auto => auto(&hot, spare),
        };
        // The first core is left free: interrupts and everyone else live there.
        let has_cores = cut.len() <= spare;
        let core_of = |index: usize| if has_cores { cores.get(index + 1).copied() } else { None };
        let groups =
            cut.into_iter().enumerate().map(|(i, actors)| Group { actors, core: core_of(i) });
        Ok(Applied { groups: groups.collect(), has_cores })
    }
}

/// Never more spinning threads than cores to spare: too many spinners on too
/// few cores is slower by three orders of magnitude.
fn auto(hot: &[&'static str], spare: usize) -> Vec<Vec<&'static str>> {
    let stages = |from: usize, to: usize| hot.get(from..to).unwrap_or_default().to_vec();
    let count = hot.len();
    match spare {
        spare if spare >= count => hot.iter().map(|name| vec![*name]).collect(),
        spare if spare >= 3 && count >= 4 => {
            vec![stages(0, 2), stages(2, count - 1), stages(count - 1, count)]
        }
        _ => vec![hot.to_vec()],
    }
}

fn checked(
    groups: &[Vec<String>],
    hot: &[&'static str],
) -> Result<Vec<Vec<&'static str>>, LayoutError> {
    let line = hot.join(", ");
    let mut cut = Vec::new();
    let mut next = hot.iter();
    for name in groups.iter().flatten() {
        if !hot.contains(&name.as_str()) {
            return Err(LayoutError(format!("layout names {name:?}; the line is {line}")));
        }
        if next.next() != Some(&name.as_str()) {
            return Err(LayoutError(format!(
                "layout has {name} out of place, twice, or after one left out; name each once, \
                    in order: {line}"
            )));
        }
    }
    if let Some(missing) = next.next() {
        return Err(LayoutError(format!("layout leaves out {missing}; the line is {line}")));
    }
    let mut rest = hot.iter();
    for group in groups {
        cut.push(rest.by_ref().take(group.len()).copied().collect());
    }
    Ok(cut)
}
