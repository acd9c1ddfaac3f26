//! Which connections carry the same streams, and which of them are up.
//!
//! Made from the feeds' plans at start, moved by connections that open and
//! close; read by every stream that arrives more than once. Never here: what a
//! message says.

use crate::FeedInput;

/// The most connections that carry the same streams: four copies, each beside
/// its successor while it is replaced.
pub(crate) const LANES: usize = 8;

/// A connection's place among those that carry the same streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lane {
    group: u16,
    index: u8,
}

/// Where a message came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The connection's number over all feeds; `None` for one nobody planned.
    pub(crate) connection: Option<usize>,
    pub(crate) lane: Lane,
    /// Whether other connections carry the same.
    pub(crate) is_shared: bool,
}

/// All connections of all feeds.
pub(crate) struct Lanes {
    /// Of each feed: where its connections begin in `lanes`.
    begins: Vec<usize>,
    lanes: Vec<Lane>,
    /// By group: how many there are, and a bit for each that is up.
    groups: Vec<(u8, u8)>,
}

/// The group of whoever has none.
const NO_GROUP: u16 = u16::MAX;

impl Lanes {
    /// The lanes of `feeds`. A ninth connection of a group is on its own: what it
    /// brings is still told once, only nobody waits for it.
    pub(crate) fn new(feeds: &[FeedInput]) -> Self {
        let mut named: Vec<(u16, u16)> = Vec::new();
        let mut this = Self { begins: Vec::new(), lanes: Vec::new(), groups: Vec::new() };
        for feed in feeds {
            this.begins.push(this.lanes.len());
            for connection in 0..feed.carries.len() {
                let name = feed.copies.get(connection).copied();
                let known = named.iter().find(|(known, _)| Some(*known) == name);
                let group = match known.map(|(_, group)| *group) {
                    Some(group) if usize::from(this.groups[usize::from(group)].0) < LANES => group,
                    _ => this.new_group(),
                };
                if let (None, Some(name)) = (known, name) {
                    named.push((name, group));
                }
                this.join(group);
            }
        }
        this
    }

    fn new_group(&mut self) -> u16 {
        self.groups.push((0, 0));
        // Invariant: connections are numbered by a u16, and groups are no more.
        u16::try_from(self.groups.len() - 1).unwrap_or(NO_GROUP)
    }

    fn join(&mut self, group: u16) {
        let members = &mut self.groups[usize::from(group)].0;
        self.lanes.push(Lane { group, index: *members });
        *members += 1;
    }

    /// How many connections there are.
    pub(crate) fn count(&self) -> usize {
        self.lanes.len()
    }

    /// Where a message of `connection` of `feed` comes from.
    #[inline]
    pub(crate) fn origin(&self, feed: usize, connection: u16) -> Origin {
        let begin = self.begins.get(feed).copied().unwrap_or(0);
        let end = self.begins.get(feed + 1).copied().unwrap_or(self.lanes.len());
        let at = begin + usize::from(connection);
        match self.lanes.get(at).filter(|_| at < end) {
            None => Origin {
                connection: None,
                lane: Lane { group: NO_GROUP, index: 0 },
                is_shared: false,
            },
            Some(&lane) => {
                let is_shared = self.groups[usize::from(lane.group)].0 > 1;
                Origin { connection: Some(at), lane, is_shared }
            }
        }
    }

    /// A connection opened or closed.
    pub(crate) fn set_up(&mut self, lane: Lane, is_up: bool) {
        let Some((_, up)) = self.groups.get_mut(usize::from(lane.group)) else { return };
        let bit = 1 << lane.index;
        if is_up { *up |= bit } else { *up &= !bit }
    }

    /// Whether another connection of the group is up.
    pub(crate) fn others_up(&self, lane: Lane) -> bool {
        self.up(lane.group) & !(1 << lane.index) != 0
    }

    fn up(&self, group: u16) -> u8 {
        self.groups.get(usize::from(group)).map_or(0, |(_, up)| *up)
    }
}

/// Something that one stream keeps for each lane that brings it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PerLane<T> {
    group: u16,
    slots: [T; LANES],
}

impl<T: Copy + Default> Default for PerLane<T> {
    fn default() -> Self {
        Self { group: NO_GROUP, slots: [T::default(); LANES] }
    }
}

impl<T: Copy + Default> PerLane<T> {
    /// The slot of a lane; those of another group, which brought the stream
    /// before, are forgotten.
    #[inline]
    pub(crate) fn of(&mut self, lane: Lane) -> &mut T {
        if self.group != lane.group {
            *self = Self { group: lane.group, ..Self::default() };
        }
        &mut self.slots[usize::from(lane.index) % LANES]
    }

    /// A lane opened or closed. Whether this stream came on it.
    pub(crate) fn forget(&mut self, lane: Lane) -> bool {
        if self.group != lane.group {
            return false;
        }
        self.slots[usize::from(lane.index) % LANES] = T::default();
        true
    }
}

impl PerLane<u64> {
    /// Whether a lane that is up has not come to `id` yet, so that it may still
    /// bring it. A connection brings a stream in order.
    pub(crate) fn may_bring(&self, id: u64, lanes: &Lanes) -> bool {
        let up = lanes.up(self.group);
        let is_behind = |(index, last): (usize, &u64)| up >> index & 1 == 1 && *last < id;
        up != 0 && self.slots.iter().enumerate().any(is_behind)
    }
}
