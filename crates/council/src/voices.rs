//! What a member said last of each instrument, and whether to say it again.
//!
//! Held by members. Keeps the journal free of repetition: an abstention is said
//! when it begins or its reason changes; an opinion is said when it changes, or
//! again when its inputs are fresh, which renews its life. Never here: an
//! opinion of its own.

use types::{InstrumentId, Vote};

/// Direction and reason said last, per instrument. Zeroes: nothing was said.
#[derive(Debug)]
pub struct Voices {
    said: Vec<(i8, u16)>,
}

impl Voices {
    /// All memory is taken here.
    #[must_use]
    pub fn new(instruments: usize) -> Self {
        Self { said: vec![(0, 0); instruments] }
    }

    /// `opinion`, if it is to be said. `fresh`: it stands on new inputs.
    pub fn say(&mut self, instrument: InstrumentId, opinion: Vote, fresh: bool) -> Option<Vote> {
        let last = self.said.get_mut(instrument.index())?;
        let now = (opinion.direction, opinion.reason);
        let again = fresh && opinion.direction != 0;
        if *last == now && !again {
            return None;
        }
        *last = now;
        Some(opinion)
    }
}
