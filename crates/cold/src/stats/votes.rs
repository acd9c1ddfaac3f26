//! What each seat has said: how often which way, and what it says now.
//!
//! Fed by vote records, seated and shadow; read by the metrics. Never here: what a
//! vote came to, which is the council's.

use types::{Direction, Vote};

/// Most seats that are told apart: the council's own limit is below it, and a
/// damaged record must not ask for memory.
const SEATS: usize = 64;

/// Votes by seat.
#[derive(Clone, Debug, Default)]
pub(crate) struct Votes {
    /// Buy, sell, abstain; by seat.
    counts: Vec<[u64; 3]>,
    /// By instrument, then by seat: direction × confidence in millionths.
    now: Vec<Vec<Option<i64>>>,
}

impl Votes {
    pub(crate) fn on_vote(&mut self, instrument: usize, vote: &Vote) {
        let seat = usize::from(vote.member);
        if seat >= SEATS || instrument >= types::MAX_INSTRUMENTS {
            return;
        }
        let (way, sign) = match vote.direction() {
            Direction::Buy => (0, 1),
            Direction::Sell => (1, -1),
            Direction::Abstain => (2, 0),
        };
        if self.counts.len() <= seat {
            self.counts.resize(seat + 1, [0; 3]);
        }
        self.counts[seat][way] += 1;
        if self.now.len() <= instrument {
            self.now.resize(instrument + 1, Vec::new());
        }
        let now = &mut self.now[instrument];
        if now.len() <= seat {
            now.resize(seat + 1, None);
        }
        now[seat] = Some(sign * i64::from(vote.confidence));
    }

    /// Buy, sell and abstain, by seat.
    pub(crate) fn counts(&self) -> Vec<[u64; 3]> {
        self.counts.clone()
    }

    /// Instrument, seat, and what the seat says of it now.
    pub(crate) fn opinions(&self) -> impl Iterator<Item = (usize, usize, i64)> {
        let seats = |(at, seats): (usize, &Vec<Option<i64>>)| {
            let said = seats.iter().enumerate();
            let said = said.filter_map(|(seat, said)| Some((seat, (*said)?)));
            said.map(move |(seat, said)| (at, seat, said)).collect::<Vec<_>>()
        };
        self.now.iter().enumerate().flat_map(seats)
    }
}
