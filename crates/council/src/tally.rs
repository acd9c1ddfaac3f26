//! Weighing opinions: the votes on one instrument become at most one decision.
//!
//! Fed by the latest vote of each seat; read by the stage. Never here: a shadow
//! seat, a vote that has outlived its time, a float.
//!
//! Ensemble: over the seats whose latest vote is alive and does not abstain,
//! score = Σ weight × direction × confidence ÷ Σ weight, in millionths from
//! −1,000,000 to 1,000,000, truncated toward zero: the weighted average opinion
//! of those who have one. It decides for the score's sign when the score's size
//! is at least the threshold and at least `quorum` of them point that way. An
//! abstention neither counts against a decision nor toward its quorum.
//!
//! Solo: the named seat's vote alone, when its confidence is at least the
//! threshold. Off: never a decision.

use crate::{CouncilConfig, Mode};
use types::{Direction, MemberId, Nanos, Side, Vote};

/// The latest vote of one seat on one instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ballot {
    pub(crate) vote: Vote,
    /// When it was cast. A ballot that was never cast abstains.
    pub(crate) cast: Nanos,
}

/// What the council wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) side: Side,
    /// The one who wanted it most; the council itself when several did equally.
    pub(crate) member: MemberId,
}

/// The rules of counting, from the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    counted: Counted,
    /// Per seat; 0 for a shadow, which no count sees.
    weights: Vec<i64>,
    quorum: usize,
    threshold_ppm: i64,
    life: Nanos,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    Every,
    One(usize),
    None,
}

impl Tally {
    /// Invariant: the configuration has been checked.
    pub(crate) fn new(config: &CouncilConfig) -> Self {
        let weight = |seat: &crate::SeatSettings| match seat.shadow {
            true => 0,
            false => i64::from(seat.weight_ppm),
        };
        Self {
            counted: match &config.mode {
                Mode::Ensemble => Counted::Every,
                Mode::Solo(name) => {
                    let named = |seat: &crate::SeatSettings| !seat.shadow && seat.name == *name;
                    config.members.iter().position(named).map_or(Counted::None, Counted::One)
                }
                Mode::Off => Counted::None,
            },
            weights: config.members.iter().map(weight).collect(),
            quorum: config.quorum,
            threshold_ppm: i64::from(config.threshold_ppm),
            life: Nanos::from_ms(config.vote_ttl_ms),
        }
    }

    /// The decision on an instrument with these ballots, one per seat.
    pub(crate) fn decide(&self, ballots: &[Ballot], now: Nanos) -> Option<Decision> {
        match self.counted {
            Counted::Every => self.ensemble(ballots, now),
            Counted::One(seat) => self.solo(seat, ballots.get(seat)?, now),
            Counted::None => None,
        }
    }

    fn solo(&self, seat: usize, ballot: &Ballot, now: Nanos) -> Option<Decision> {
        let (side, confidence) = self.opinion(ballot, now)?;
        let member = MemberId(u8::try_from(seat).unwrap_or(u8::MAX));
        (confidence >= self.threshold_ppm).then_some(Decision { side, member })
    }

    fn ensemble(&self, ballots: &[Ballot], now: Nanos) -> Option<Decision> {
        // At most 8 seats × 10^6 × 10^6: far within 64 bits.
        let (mut sum, mut weights) = (0_i64, 0_i64);
        let (mut buyers, mut sellers) = (0_usize, 0_usize);
        for (ballot, &weight) in ballots.iter().zip(&self.weights).filter(|(_, w)| **w > 0) {
            let Some((side, confidence)) = self.opinion(ballot, now) else { continue };
            weights += weight;
            match side {
                Side::Buy => (sum, buyers) = (sum + weight * confidence, buyers + 1),
                Side::Sell => (sum, sellers) = (sum - weight * confidence, sellers + 1),
            }
        }
        let score = sum.checked_div(weights)?;
        let (side, with) = match score {
            1.. => (Side::Buy, buyers),
            0 => return None,
            _ => (Side::Sell, sellers),
        };
        let decided = score.abs() >= self.threshold_ppm && with >= self.quorum;
        decided.then(|| Decision { side, member: self.keenest(side, ballots, now) })
    }

    /// The seat with the largest weight × confidence toward `side`.
    fn keenest(&self, side: Side, ballots: &[Ballot], now: Nanos) -> MemberId {
        let (mut member, mut most) = (MemberId::COUNCIL, 0);
        for (seat, (ballot, &weight)) in ballots.iter().zip(&self.weights).enumerate() {
            let Some((_, confidence)) = self.opinion(ballot, now).filter(|o| o.0 == side) else {
                continue;
            };
            let wanted = weight * confidence;
            if wanted > most {
                (member, most) = (MemberId(u8::try_from(seat).unwrap_or(u8::MAX)), wanted);
            } else if wanted == most {
                member = MemberId::COUNCIL;
            }
        }
        member
    }

    /// Direction and confidence of a vote that is alive and does not abstain.
    fn opinion(&self, ballot: &Ballot, now: Nanos) -> Option<(Side, i64)> {
        let side = match ballot.vote.direction() {
            Direction::Buy => Side::Buy,
            Direction::Sell => Side::Sell,
            Direction::Abstain => return None,
        };
        let age = now.0.saturating_sub(ballot.cast.0);
        // No member is surer than sure.
        let confidence = i64::from(ballot.vote.confidence.min(Vote::SURE));
        (age <= self.life.0).then_some((side, confidence))
    }
}
